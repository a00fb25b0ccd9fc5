// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/pcap_read.c - the classic capture file; draft-ietf-opsawg-pcap
 *
 * Both byte orders, microseconds and nanoseconds, versions 2.0 to 2.4, and Alexey Kuznetzov's variant with its longer
 * record head. Our own reader because libpcap's gives a frame only when its buffer is full, not when it is complete.
 */
#include "stdpkt/bytes.h"
#include "stdpkt/linktype.h"
#include "stdpkt/reader.h"

#include <string.h>

#define FILE_HEAD 24u
#define REC_HEAD 16u
#define REC_HEAD_KUZNETZOV 24u
#define NS_PER_S 1000000000u

enum { MAGIC_US = 0xa1b2c3d4u, MAGIC_NS = 0xa1b23c4du, MAGIC_KUZNETZOV = 0xa1b2cd34u };

static enum pkt_event read_head(struct pkt_reader *r)
{
	uint8_t *p = pkt_reader_peek(r, FILE_HEAD);
	uint32_t magic, minor, network;

	if (!p)
		return pkt_reader_short(r, "the pcap header");
	magic = pkt_be32(p);
	r->big = magic == MAGIC_US || magic == MAGIC_NS || magic == MAGIC_KUZNETZOV;
	magic = pkt_get32(p, r->big);
	if (magic != MAGIC_US && magic != MAGIC_NS && magic != MAGIC_KUZNETZOV)
		return pkt_reader_lose(r, "byte %llu: not a pcap header", (unsigned long long)pkt_reader_offset(r));
	minor = pkt_get16(p + 6, r->big);
	if (pkt_get16(p + 4, r->big) != 2 || (minor > 4 && minor != 543))
		return pkt_reader_lose(r, "byte 4: pcap version %u.%u, only 2.0 to 2.4 are read", pkt_get16(p + 4, r->big),
				       minor);
	/* libpcap: before 2.3, and in DG/UX's 2.543, the two lengths are the other way round; in 2.3 perhaps */
	r->lens_swapped = minor < 3 || minor == 543;
	r->lens_maybe_swapped = minor == 3;
	r->subsec = magic == MAGIC_NS ? 1 : 1000;
	r->rechead = magic == MAGIC_KUZNETZOV ? REC_HEAD_KUZNETZOV : REC_HEAD;
	network = pkt_get32(p + 20, r->big);
	if (network & 0x03ff0000)
		return pkt_reader_lose(r, "byte 20: link type field 0x%08x has reserved bits set", network);
	r->linktype = (uint16_t)network;
	if (!pkt_linktype_ok(r->linktype))
		return pkt_reader_lose(r, "byte 20: link type %u (%s): " PKT_LINKTYPES_READ, r->linktype,
				       pkt_linktype_name(r->linktype));
	r->fcslen = network & 0x04000000 ? (uint8_t)(network >> 28) * 2 : 0;
	r->begun = true;
	pkt_reader_take(r, FILE_HEAD);
	return PKT_EV_FRAME;
}

enum pkt_event pkt_pcap_next(struct pkt_reader *r, struct pkt_frame *f)
{
	uint32_t caplen, len, swap;
	enum pkt_event ev;
	uint8_t *p;

	if (!r->begun) {
		ev = read_head(r);
		if (ev != PKT_EV_FRAME)
			return ev;
	}
	p = pkt_reader_peek(r, r->rechead);
	if (!p)
		return pkt_reader_short(r, "a record's head");
	caplen = pkt_get32(p + 8, r->big);
	len = pkt_get32(p + 12, r->big);
	if (r->lens_swapped || (r->lens_maybe_swapped && caplen > len)) {
		swap = caplen;
		caplen = len;
		len = swap;
	}
	if (caplen > PKT_FRAME_MAX)
		return pkt_reader_lose(r, "byte %llu: a frame of %u bytes; %u is the most",
				       (unsigned long long)pkt_reader_offset(r), caplen, PKT_FRAME_MAX);
	p = pkt_reader_peek(r, r->rechead + caplen);
	if (!p)
		return pkt_reader_short(r, "a frame");
	pkt_reader_take(r, r->rechead + caplen);
	f->ts_ns = (uint64_t)pkt_get32(p, r->big) * NS_PER_S + (uint64_t)pkt_get32(p + 4, r->big) * r->subsec;
	f->data = p + r->rechead;
	f->caplen = caplen;
	f->len = len;
	f->dir = PKT_DIR_NONE;
	if (r->rechead == REC_HEAD_KUZNETZOV) /* the packet type of Linux: 4 is outgoing */
		f->dir = p[22] == 4 ? PKT_DIR_OUT : PKT_DIR_IN;
	memset(f->link, 0, sizeof(f->link));
	if (!pkt_linktype_frame(r->linktype, r->fcslen, r->big, f))
		return pkt_reader_bad(r, "a packet of link type %u (%s) that no Ethernet frame can carry", r->linktype,
				      pkt_linktype_name(r->linktype));
	return PKT_EV_FRAME;
}
