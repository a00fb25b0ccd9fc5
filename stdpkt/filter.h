/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stdpkt/filter.h - which frames does an expression of pcap-filter(7) mean?
 */
#ifndef STDPKT_FILTER_H
#define STDPKT_FILTER_H

#include "stdpkt/pkt.h"

struct pkt_filter;

/* pkt_filter_new() - NULL where @expr is none: @why gets libpcap's words, at most @len bytes. "" means all frames. */
struct pkt_filter *pkt_filter_new(const char *expr, char *why, size_t len);
/* A frame without a direction is "inbound". */
bool pkt_filter_match(const struct pkt_filter *filter, const struct pkt_frame *f);
void pkt_filter_free(struct pkt_filter *filter); /* NULL is fine */

#endif
