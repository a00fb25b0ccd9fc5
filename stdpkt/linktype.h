/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stdpkt/linktype.h - link types of capture files; private to stdpkt/
 */
#ifndef STDPKT_LINKTYPE_H
#define STDPKT_LINKTYPE_H

#include "stdpkt/pkt.h"

#define PKT_LINKTYPE_ETHERNET 1u
#define PKT_LINKTYPES_READ "Ethernet, raw IP, NULL, LOOP and Linux cooked are read"
/* The most that the header in front of a frame grows by: an Ethernet header for none at all. */
#define PKT_LINKTYPE_GROW 14u

const char *pkt_linktype_name(uint32_t type);
bool pkt_linktype_ok(uint32_t type);
bool pkt_linktype_frame(uint32_t type, uint32_t fcslen, bool big, struct pkt_frame *f);

#endif
