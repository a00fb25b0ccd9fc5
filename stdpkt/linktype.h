/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stdpkt/linktype.h - link types of capture files; private to stdpkt/
 */
#ifndef STDPKT_LINKTYPE_H
#define STDPKT_LINKTYPE_H

#include "stdpkt/pkt.h"

#define PKT_LINKTYPE_ETHERNET 1u

const char *pkt_linktype_name(uint32_t type);
bool pkt_linktype_frame(uint32_t type, uint32_t fcslen, struct pkt_frame *f);

#endif
