/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stdpkt/writer.h - what the writers of the formats share; private to stdpkt/
 *
 * writer.c checks the frame's bounds and the stream's state, then calls the format's functions. These append whole
 * records and return 0 or -ENOMEM, with nothing appended.
 */
#ifndef STDPKT_WRITER_H
#define STDPKT_WRITER_H

#include "stdpkt/pkt.h"

/* The link of a frame: its own, else the stream's; "" where neither is a name. */
const char *pkt_writer_frame_link(const struct pkt_writer *w, const struct pkt_frame *f, size_t *n);

int pkt_text_write_begin(struct pkt_writer *w, struct pkt_buf *b);
int pkt_text_write_frame(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *f);
int pkt_text_write_comment(struct pkt_writer *w, struct pkt_buf *b, const char *text);
int pkt_text_write_switch(struct pkt_buf *b, enum pkt_format to);
int pkt_text_write_block(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *block);

int pkt_bin_write_begin(struct pkt_writer *w, struct pkt_buf *b);
int pkt_bin_write_frame(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *f);
int pkt_bin_write_comment(struct pkt_writer *w, struct pkt_buf *b, const char *text);
int pkt_bin_write_switch(struct pkt_buf *b); /* only to a ring */

int pkt_pcapng_write_begin(struct pkt_writer *w, struct pkt_buf *b);
int pkt_pcapng_write_frame(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *f);
int pkt_pcapng_write_comment(struct pkt_writer *w, struct pkt_buf *b, const char *text);
int pkt_pcapng_write_block(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *block);
void pkt_pcapng_writer_fini(struct pkt_writer *w);

int pkt_pcap_write_begin(struct pkt_writer *w, struct pkt_buf *b);
int pkt_pcap_write_frame(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *f);

int pkt_framing_write_frame(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *f);

#endif
