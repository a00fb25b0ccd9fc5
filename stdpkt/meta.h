/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stdpkt/meta.h - the flags column of text; private to stdpkt/
 */
#ifndef STDPKT_META_H
#define STDPKT_META_H

#include "stdpkt/pkt.h"

/* The most that pkt_put_meta() writes: the flags' words, and an option is at most 2 digits a byte and a word longer. */
#define PKT_META_TEXT_MAX(opts_len) (64u + 8u * (size_t)(opts_len))
/* pkt_put_meta() - f->flags and f->opts as words, "-" where there is nothing. Returns where it ended. */
char *pkt_put_meta(char *p, const struct pkt_frame *f);
/* pkt_parse_meta() - the column back into *flags and, as pcapng options, *b. False: a word that it knows makes no sense. */
bool pkt_parse_meta(struct pkt_buf *b, uint32_t *flags, const char *s, size_t n);

#endif
