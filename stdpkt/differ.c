// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/differ.c - do two frames differ in what no column of their lines shows?
 *
 * Theory of operation: byte by byte behind the tags. Where they differ it is asked of both frames whether a column shows these bits, or
 * a checksum is there that follows from others; tags are compared without their numbers. What is behind an ARP or IP packet is padding.
 */
#include "stdpkt/bytes.h"
#include "stdpkt/dissect.h"

#include <string.h>

struct side {
	struct pkt_dissect d;
	struct pkt_columns c;
	uint32_t end; /* of what is compared */
};

static uint32_t packet_end(const struct pkt_dissect *d)
{
	const uint8_t *p = d->data + d->l3;
	uint32_t n = 0;

	if (d->l3_kind == PKT_L3_ARP)
		n = 28;
	else if (d->l3_kind == PKT_L3_IP)
		n = pkt_be16(p + 2);
	else if (d->l3_kind == PKT_L3_IP6 && pkt_be16(p + 4))
		n = 40u + pkt_be16(p + 4);
	return n && n < d->caplen - d->l3 ? d->l3 + n : d->caplen;
}

static void look(struct side *s, const uint8_t *data, uint32_t len)
{
	pkt_dissect(&s->d, data, len);
	pkt_columns_render(&s->c, &s->d);
	s->end = packet_end(&s->d);
}

static bool within(uint32_t off, uint32_t at, uint32_t n)
{
	return off >= at && off - at < n;
}

/* Which bits of the byte at @off are shown, or follow. */
static uint8_t shown(const struct side *s, uint32_t off)
{
	const struct pkt_dissect *d = &s->d;

	for (uint32_t i = 0; i < s->c.n_fields; i++)
		if (s->c.field[i].kind != PKT_FIELD_CLASS && within(off, s->c.field[i].off, s->c.field[i].width))
			return 0xff;
	if ((d->l4_sum && within(off, d->l4_sum, 2)) || (d->ports && within(off, d->l4, 4)))
		return 0xff;
	switch (d->l3_kind) {
	case PKT_L3_ARP:
		return within(off, d->l3 + 14, 4) || within(off, d->l3 + 24, 4) ? 0xff : 0;
	case PKT_L3_IP: /* TOS, which has no word where it is 0, checksum and addresses */
		return off == d->l3 + 1 || within(off, d->l3 + 10, 10) ? 0xff : 0;
	case PKT_L3_IP6: /* the traffic class is in the middle of two bytes */
		return off == d->l3 ? 0x0f : off == d->l3 + 1 ? 0xf0 : within(off, d->l3 + 8, 32) ? 0xff : 0;
	case PKT_L3_NONE:
		break;
	}
	return 0;
}

/* As many tags: the number and the name are shown, the priority is not, nor which of the types that are called svlan it is. */
static bool tags_differ(const struct pkt_dissect *a, const struct pkt_dissect *b)
{
	for (uint32_t at = 12; a->tags == b->tags && at < 12 + 4 * a->tags; at += 4) {
		const uint16_t was = pkt_be16(a->data + at), is = pkt_be16(b->data + at);

		if ((was != is && was != 0x8100 && is != 0x8100) || (a->data[at + 2] ^ b->data[at + 2]) & 0xf0)
			return true;
	}
	return false;
}

bool pkt_differ_unshown(const uint8_t *a, uint32_t a_len, const uint8_t *b, uint32_t b_len)
{
	struct side was, is;
	uint32_t at, to;

	look(&was, a, a_len);
	look(&is, b, b_len);
	if (!was.d.l2_end || !is.d.l2_end) { /* too short for Ethernet: MACs are shown all the same, if they are there */
		at = a_len < 12 ? 0 : 12;
		return a_len != b_len || memcmp(a + at, b + at, a_len - at) != 0;
	}
	if (was.d.frag != is.d.frag || was.d.more != is.d.more)
		return false; /* other parts of a packet */
	at = was.d.l2_end - 2; /* the ethertype */
	to = is.d.l2_end - 2;
	if (tags_differ(&was.d, &is.d) || was.end - at != is.end - to)
		return true;
	for (; at < was.end; at++, to++)
		if ((a[at] ^ b[to]) & ~(shown(&was, at) & shown(&is, to)))
			return true;
	return false;
}
