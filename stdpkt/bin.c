// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/bin.c - stdpkt binary, between direct neighbours; stdpkt/pkt.h has the layout
 */
#include "stdpkt/bytes.h"
#include "stdpkt/reader.h"
#include "stdpkt/writer.h"

#include <errno.h>
#include <string.h>

#define MAGIC_LEN 8u

enum { BIN_FRAME = 0, BIN_COMMENT = 1, BIN_CUT_FRAME = 2, BIN_SWITCH = 3 };

static enum pkt_event bin_magic(struct pkt_reader *r)
{
	uint8_t *p = pkt_reader_peek(r, MAGIC_LEN);

	if (!p)
		return pkt_reader_short(r, "the first bytes");
	if (memcmp(p, PKT_BIN_MAGIC, MAGIC_LEN))
		return pkt_reader_lose(r, "byte %llu: expected the first 8 bytes of stdpkt binary",
				       (unsigned long long)pkt_reader_offset(r));
	pkt_reader_take(r, MAGIC_LEN);
	r->begun = true;
	return PKT_EV_FRAME;
}

enum pkt_event pkt_bin_next(struct pkt_reader *r, struct pkt_frame *f)
{
	uint32_t n, type, extra;
	enum pkt_event ev;
	uint8_t *p;

	if (!r->begun) {
		ev = bin_magic(r);
		if (ev != PKT_EV_FRAME)
			return ev;
	}
	for (;;) {
		p = pkt_reader_peek(r, PKT_BIN_HEAD);
		if (!p)
			return pkt_reader_short(r, "a record's head");
		n = pkt_le32(p);
		type = pkt_le32(p + 4);
		extra = type == BIN_CUT_FRAME ? 4 : 0;
		if (n > PKT_FRAME_MAX + extra || n < extra)
			return pkt_reader_lose(r, "byte %llu: a record of %u bytes; %u is the most",
					       (unsigned long long)pkt_reader_offset(r), n, PKT_FRAME_MAX + extra);
		p = pkt_reader_peek(r, PKT_BIN_HEAD + n);
		if (!p)
			return pkt_reader_short(r, type == BIN_COMMENT ? "a comment" : "a frame");
		pkt_reader_take(r, PKT_BIN_HEAD + n);
		if (type == BIN_COMMENT)
			return pkt_reader_comment(r, p + PKT_BIN_HEAD, n);
		if (type == BIN_SWITCH) {
			r->fmt = PKT_FMT_RING;
			return PKT_EV_SWITCH;
		}
		if (type == BIN_FRAME || type == BIN_CUT_FRAME)
			break;
	}
	f->ts_ns = pkt_le64(p + 8);
	f->data = p + PKT_BIN_HEAD + extra;
	f->caplen = f->len = n - extra;
	if (extra && pkt_le32(p + PKT_BIN_HEAD) > f->caplen)
		f->len = pkt_le32(p + PKT_BIN_HEAD);
	f->dir = PKT_DIR_NONE;
	memcpy(f->link, r->link, sizeof(f->link));
	return PKT_EV_FRAME;
}

int pkt_bin_write_begin(struct pkt_writer *w, struct pkt_buf *b)
{
	(void)w;
	if (pkt_buf_reserve(b, MAGIC_LEN))
		return -ENOMEM;
	memcpy(b->data + b->len, PKT_BIN_MAGIC, MAGIC_LEN);
	b->len += MAGIC_LEN;
	return 0;
}

static uint8_t *put_head(struct pkt_buf *b, uint32_t n, uint32_t type, uint64_t ts_ns)
{
	uint8_t *p;

	if (pkt_buf_reserve(b, PKT_BIN_HEAD + n))
		return NULL;
	p = b->data + b->len;
	pkt_put_le32(p, n);
	pkt_put_le32(p + 4, type);
	pkt_put_le64(p + 8, ts_ns);
	b->len += PKT_BIN_HEAD + n;
	return p + PKT_BIN_HEAD;
}

int pkt_bin_write_frame(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *f)
{
	bool cut = f->len > f->caplen;
	uint8_t *p = put_head(b, f->caplen + (cut ? 4 : 0), cut ? BIN_CUT_FRAME : BIN_FRAME, f->ts_ns);

	(void)w;
	if (!p)
		return -ENOMEM;
	if (cut) {
		pkt_put_le32(p, f->len);
		p += 4;
	}
	if (f->caplen)
		memcpy(p, f->data, f->caplen);
	return 0;
}

int pkt_bin_write_comment(struct pkt_writer *w, struct pkt_buf *b, const char *text)
{
	uint32_t n = (uint32_t)strnlen(text, PKT_FRAME_MAX);
	uint8_t *p = put_head(b, n, BIN_COMMENT, 0);

	(void)w;
	if (!p)
		return -ENOMEM;
	memcpy(p, text, n);
	return 0;
}

int pkt_bin_write_switch(struct pkt_buf *b)
{
	return put_head(b, 0, BIN_SWITCH, 0) ? 0 : -ENOMEM;
}
