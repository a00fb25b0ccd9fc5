/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stdpkt/line.h - lines of the text formats that others have made up; private to stdpkt/
 */
#ifndef STDPKT_LINE_H
#define STDPKT_LINE_H

#include "stdpkt/reader.h"

enum pkt_event pkt_reader_line(struct pkt_reader *r, char **s, size_t *n);
size_t pkt_hex_token(const char **s, const char *end, uint64_t *v);

#endif
