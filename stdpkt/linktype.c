// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/linktype.c - what a capture file's frames are; https://www.tcpdump.org/linktypes.html
 *
 * Theory of operation: everything behind this file is Ethernet. The frames of raw IP, BSD loopback (NULL, LOOP) and Linux cooked
 * captures (v1, v2) get an Ethernet header here, written over the header that they had, or over the head of their record. What it
 * cannot know it makes up, always in the same way:
 *
 *   ethertype  what the old header says; for raw IP by the version in the first nibble
 *   source     the sender's address where a cooked header has one of 6 bytes; else 02:00 and the last four bytes of the source IP
 *              address, as the ports of elements are called
 *   destination  broadcast or multicast, where the IP address or the cooked packet type says so; else as the source
 *   direction  of a cooked capture: out for packets that the host sent, else in
 *
 * A packet whose old header names something that is no Ethernet payload (netlink, an unknown address family) is refused.
 */
#include "stdpkt/bytes.h"
#include "stdpkt/dissect.h"
#include "stdpkt/linktype.h"

#include <string.h>

enum { LT_NULL = 0, LT_DLT_RAW = 12, LT_RAW = 101, LT_LOOP = 108, LT_SLL = 113, LT_IPV4 = 228, LT_IPV6 = 229, LT_SLL2 = 276 };
enum { TYPE_IP = 0x0800, TYPE_IP6 = 0x86dd };
/* of a cooked header: packet types, ARPHRD_NETLINK, and the protocol number of 802.2 without a length */
enum { SLL_BROADCAST = 1, SLL_MULTICAST = 2, SLL_OUTGOING = 4, ARPHRD_NETLINK = 824, SLL_P_802_2 = 4 };

bool pkt_linktype_ok(uint32_t type)
{
	return type == PKT_LINKTYPE_ETHERNET || type == LT_NULL || type == LT_DLT_RAW || type == LT_RAW || type == LT_LOOP || type == LT_SLL ||
	       type == LT_IPV4 || type == LT_IPV6 || type == LT_SLL2;
}

/* What the link header of n bytes that goes away said. */
struct old_head {
	uint32_t n;
	uint16_t ethertype; /* 0: by the IP version */
	uint8_t packet_type;
	bool cooked;
	const uint8_t *src; /* 6 bytes, or NULL */
};

/* Address families as the systems number them: 2 is IPv4 everywhere, IPv6 is not. */
static bool family(struct old_head *h, uint32_t af)
{
	h->n = 4;
	h->ethertype = af == 2 ? TYPE_IP : af == 10 || af == 24 || af == 28 || af == 30 ? TYPE_IP6 : 0;
	return h->ethertype;
}

static bool parse_head(struct old_head *h, uint32_t type, bool big, const uint8_t *p, uint32_t n)
{
	uint16_t arphrd = 0, len = 0;

	switch (type) {
	case LT_DLT_RAW: /* some systems wrote their own number */
	case LT_RAW:
	case LT_IPV4:
	case LT_IPV6:
		return n;
	case LT_NULL: /* in the order of the machine, usually the file's */
		return n >= 4 && (family(h, pkt_get32(p, big)) || family(h, pkt_get32(p, !big)));
	case LT_LOOP:
		return n >= 4 && family(h, pkt_be32(p));
	case LT_SLL:
		if (n < 16)
			return false;
		h->n = 16;
		h->packet_type = p[1];
		arphrd = pkt_be16(p + 2);
		len = pkt_be16(p + 4);
		h->src = p + 6;
		h->ethertype = pkt_be16(p + 14);
		break;
	case LT_SLL2:
		if (n < 20)
			return false;
		h->n = 20;
		h->ethertype = pkt_be16(p);
		arphrd = pkt_be16(p + 8);
		h->packet_type = p[10];
		len = p[11];
		h->src = p + 12;
		break;
	}
	h->cooked = true;
	if (len != 6)
		h->src = NULL;
	if (h->ethertype == SLL_P_802_2) /* an 802.3 frame, whose length goes where the ethertype is else */
		h->ethertype = (uint16_t)(n - h->n < 1500 ? n - h->n : 1500);
	else if (h->ethertype < 0x600)
		return false;
	return arphrd != ARPHRD_NETLINK;
}

static void make_head(uint8_t *eth, const struct old_head *h, uint16_t ethertype, const uint8_t *ip, uint32_t n)
{
	bool v4 = ethertype == TYPE_IP && n >= 20, v6 = ethertype == TYPE_IP6 && n >= 40;

	pkt_mac_of_ip(eth, v4 ? ip + 16 : v6 ? ip + 24 : NULL, v6);
	if (h->cooked && h->packet_type == SLL_BROADCAST)
		memset(eth, 0xff, 6);
	else if (h->cooked && h->packet_type == SLL_MULTICAST)
		eth[0] |= 1;
	if (h->src)
		memcpy(eth + 6, h->src, 6);
	else
		pkt_mac_of_ip(eth + 6, v4 ? ip + 12 : v6 ? ip + 8 : NULL, v6);
	pkt_put_be16(eth + 12, ethertype);
}

/**
 * pkt_linktype_frame() - make f what a struct pkt_frame promises: Ethernet without FCS
 * @fcslen: bytes of FCS that the file says its frames end in
 * @big: the file's byte order
 *
 * PKT_LINKTYPE_GROW bytes in front of the frame may be overwritten.
 *
 * Return: false where this packet cannot be read.
 */
bool pkt_linktype_frame(uint32_t type, uint32_t fcslen, bool big, struct pkt_frame *f)
{
	struct old_head h = { 0 };
	uint8_t eth[14], *to;
	uint16_t ethertype;
	uint32_t n;

	if (f->len < f->caplen)
		f->len = f->caplen;
	f->len -= fcslen < f->len ? fcslen : f->len;
	if (f->caplen > f->len)
		f->caplen = f->len;
	if (type == PKT_LINKTYPE_ETHERNET)
		return true;
	if (!pkt_linktype_ok(type) || !parse_head(&h, type, big, f->data, f->caplen))
		return false;
	n = f->caplen - h.n;
	ethertype = h.ethertype;
	if (!ethertype)
		ethertype = f->data[0] >> 4 == 4 ? TYPE_IP : TYPE_IP6;
	if (n + sizeof(eth) > PKT_FRAME_MAX)
		return false;
	make_head(eth, &h, ethertype, f->data + h.n, n);
	to = (uint8_t *)(uintptr_t)f->data + h.n - sizeof(eth);
	memcpy(to, eth, sizeof(eth));
	f->data = to;
	f->caplen = n + (uint32_t)sizeof(eth);
	f->len = f->len - h.n + (uint32_t)sizeof(eth);
	if (h.cooked)
		f->dir = h.packet_type == SLL_OUTGOING ? PKT_DIR_OUT : PKT_DIR_IN;
	return true;
}
