// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/dissect.c - find the headers of a frame, trusting none of its bytes
 *
 * Theory of operation: one pass from the outside in. have() is the only way to a header: it says whether that many
 * bytes are there. A header that is cut or does not make sense ends the pass, and what was found so far stands; there is no
 * error, for a frame may be anything.
 *
 * Ethernet: IEEE 802.3, tags 802.1Q; ARP RFC 826; IPv4 RFC 791; IPv6 RFC 8200.
 */
#include "stdpkt/bytes.h"
#include "stdpkt/dissect.h"

#include <string.h>

#define ETH_HEAD 14u
#define IP6_HEADERS_MAX 16 /* extension headers that are followed */

enum { TYPE_IP = 0x0800, TYPE_ARP = 0x0806, TYPE_VLAN = 0x8100, TYPE_IP6 = 0x86dd, TYPE_SVLAN = 0x88a8, TYPE_QINQ = 0x9100 };

enum {
	P_HOPOPTS = 0,
	P_ICMP = 1,
	P_TCP = 6,
	P_UDP = 17,
	P_DCCP = 33,
	P_ROUTING = 43,
	P_FRAGMENT = 44,
	P_AH = 51,
	P_ICMP6 = 58,
	P_DSTOPTS = 60,
	P_UDPLITE = 136,
};

static bool have(const struct pkt_dissect *d, uint32_t off, uint32_t n)
{
	return d->caplen >= n && off <= d->caplen - n;
}

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The transport header at d->l4 .. d->l4_end. */
static void dissect_l4(struct pkt_dissect *d)
{
	uint32_t sum = 0;

	switch (d->l4_proto) {
	case P_TCP:
		sum = 16;
		d->ports = true;
		break;
	case P_UDP:
	case P_DCCP:
	case P_UDPLITE:
		sum = 6;
		d->ports = true;
		break;
	case P_ICMP:
		sum = d->l3_kind == PKT_L3_IP ? 2 : 0;
		break;
	case P_ICMP6:
		sum = d->l3_kind == PKT_L3_IP6 ? 2 : 0;
		break;
	}
	d->l4_pseudo = d->l4_proto != P_ICMP;
	if (sum && d->l4_end - d->l4 >= sum + 2)
		d->l4_sum = d->l4 + sum;
	if (d->l4_end - d->l4 < 4)
		d->ports = false;
}

static void dissect_ip(struct pkt_dissect *d)
{
	uint32_t l3 = d->l2_end, hlen, total, frag;
	const uint8_t *p = d->data + l3;

	if (!have(d, l3, 20) || p[0] >> 4 != 4 || (p[0] & 15) < 5)
		return;
	d->l3_kind = PKT_L3_IP;
	d->l3 = l3;
	d->l4_proto = p[9];
	hlen = (p[0] & 15) * 4u;
	total = pkt_be16(p + 2);
	if (!total) /* a segment that the NIC was to cut up, captured before it did */
		total = d->caplen - l3;
	frag = pkt_be16(p + 6);
	d->more = frag & 0x2000;
	d->frag = (frag & 0x1fff) * 8;
	d->fragment = d->more || d->frag;
	if (d->frag || total <= hlen || !have(d, l3, hlen + 1))
		return;
	d->l4 = l3 + hlen;
	d->l4_end = min32(l3 + total, d->caplen);
	dissect_l4(d);
}

static void dissect_ip6(struct pkt_dissect *d)
{
	uint32_t l3 = d->l2_end, off = l3 + 40, end, n;
	const uint8_t *p = d->data + l3;
	int i;

	if (!have(d, l3, 40) || p[0] >> 4 != 6)
		return;
	d->l3_kind = PKT_L3_IP6;
	d->l3 = l3;
	d->l4_proto = p[6];
	n = pkt_be16(p + 4);
	end = n ? min32(off + n, d->caplen) : d->caplen;
	for (i = 0; i < IP6_HEADERS_MAX; i++) {
		uint8_t proto = d->l4_proto;

		if (proto != P_HOPOPTS && proto != P_ROUTING && proto != P_FRAGMENT && proto != P_AH && proto != P_DSTOPTS) {
			if (off >= end)
				return;
			d->l4 = off;
			d->l4_end = end;
			dissect_l4(d);
			return;
		}
		if (end < off + 8)
			return;
		p = d->data + off;
		n = proto == P_FRAGMENT ? 8 : proto == P_AH ? (p[1] + 2u) * 4 : (p[1] + 1u) * 8;
		if (n > end - off)
			return;
		if (proto == P_ROUTING && p[3])
			d->routed = true;
		if (proto == P_FRAGMENT) {
			d->frag = pkt_be16(p + 2) & 0xfff8;
			d->more = p[3] & 1;
			d->fragment = d->more || d->frag;
		}
		d->l4_proto = p[0];
		if (d->frag)
			return;
		off += n;
	}
}

static void dissect_arp(struct pkt_dissect *d)
{
	/* Ethernet, IPv4, 6 and 4 bytes: the only kind whose addresses are where we look */
	static const uint8_t kind[6] = { 0, 1, 0x08, 0, 6, 4 };

	if (!have(d, d->l2_end, 28) || memcmp(d->data + d->l2_end, kind, sizeof(kind)) != 0)
		return;
	d->l3_kind = PKT_L3_ARP;
	d->l3 = d->l2_end;
}

/**
 * pkt_dissect() - fill *d from the @caplen bytes at @data, which stay the caller's and are pointed to
 */
void pkt_dissect(struct pkt_dissect *d, const uint8_t *data, uint32_t caplen)
{
	uint32_t off = ETH_HEAD;

	memset(d, 0, sizeof(*d));
	d->data = data;
	d->caplen = caplen;
	if (!have(d, 0, ETH_HEAD))
		return;
	d->ethertype = pkt_be16(data + 12);
	while ((d->ethertype == TYPE_VLAN || d->ethertype == TYPE_SVLAN || d->ethertype == TYPE_QINQ) &&
	       d->tags < PKT_TAGS_MAX && have(d, off, 4)) {
		d->ethertype = pkt_be16(data + off + 2);
		d->tags++;
		off += 4;
	}
	d->l2_end = off;
	if (d->ethertype == TYPE_IP)
		dissect_ip(d);
	else if (d->ethertype == TYPE_IP6)
		dissect_ip6(d);
	else if (d->ethertype == TYPE_ARP)
		dissect_arp(d);
}
