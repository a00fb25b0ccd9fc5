// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/framing.c - a length, then the frame: what virtual machines and switches speak on a stream
 *
 * QEMU's -netdev stream and passt: u32, big-endian. VDE's vde_plug: u16, big-endian. Neither has a time, a direction or a link, and
 * nothing at the start by which it could be recognised.
 */
#include "stdpkt/bytes.h"
#include "stdpkt/reader.h"
#include "stdpkt/writer.h"

#include <errno.h>
#include <string.h>

static uint32_t head_len(enum pkt_format fmt)
{
	return fmt == PKT_FMT_VDE ? 2 : 4;
}

enum pkt_event pkt_framing_next(struct pkt_reader *r, struct pkt_frame *f)
{
	uint32_t head = head_len(r->fmt), n;
	uint8_t *p = pkt_reader_peek(r, head);

	if (!p)
		return pkt_reader_short(r, "a length");
	n = head == 2 ? pkt_be16(p) : pkt_be32(p);
	if (n > PKT_FRAME_MAX)
		return pkt_reader_lose(r, "byte %llu: a frame of %u bytes; %u is the most", (unsigned long long)pkt_reader_offset(r),
				       n, PKT_FRAME_MAX);
	p = pkt_reader_peek(r, head + n);
	if (!p)
		return pkt_reader_short(r, "a frame");
	pkt_reader_take(r, head + n);
	f->ts_ns = 0;
	f->data = p + head;
	f->caplen = f->len = n;
	f->dir = PKT_DIR_NONE;
	memset(f->link, 0, sizeof(f->link));
	return PKT_EV_FRAME;
}

int pkt_framing_write_frame(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *f)
{
	uint32_t head = head_len(w->fmt);
	uint8_t *p;

	if (head == 2 && f->caplen > UINT16_MAX)
		return -EMSGSIZE;
	if (pkt_buf_reserve(b, head + f->caplen))
		return -ENOMEM;
	p = b->data + b->len;
	if (head == 4)
		pkt_put_be16(p, (uint16_t)(f->caplen >> 16));
	pkt_put_be16(p + head - 2, (uint16_t)f->caplen);
	if (f->caplen)
		memcpy(p + head, f->data, f->caplen);
	b->len += head + f->caplen;
	return 0;
}
