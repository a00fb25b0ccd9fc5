// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/etherpipe.c - the lines that EtherPIPE's character device gives (Kuga et al., HotSDN 2013)
 *
 *   [TIME] [HASH] FFFFFFFFFFFF 001C7E6ABAD1 0800 45 00 00 4E ...
 *
 * One frame a line, in hex of either case: destination, source, type, then the bytes one by one. TIME has 16 digits, the card's
 * counter in units of 8 ns, which starts anywhere; its top bits are orders to the sending card. HASH has 8 and is passed over.
 */
#include "stdpkt/bytes.h"
#include "stdpkt/line.h"

#include <string.h>

#define TICK_NS 8u
#define TIME_BITS 0x00ffffffffffffffull

enum { N_DST = 12, N_TYPE = 4, N_TIME = 16, N_HASH = 8 };

static enum pkt_event bad_line(struct pkt_reader *r, const char *what)
{
	return pkt_reader_bad(r, "line %llu: not EtherPIPE's: %s", (unsigned long long)r->line, what);
}

static bool skip_space(const char **s, const char *end)
{
	const char *p = *s;

	while (*s < end && **s == ' ')
		++*s;
	return *s != p;
}

static enum pkt_event read_line(struct pkt_reader *r, struct pkt_frame *f, char *line, const char *end)
{
	uint8_t *to = (uint8_t *)line; /* what has been read is longer than what is written over it */
	const char *s = line;
	uint64_t v;
	size_t n;
	int part;

	f->ts_ns = 0;
	n = pkt_hex_token(&s, end, &v);
	if (n == N_TIME) {
		f->ts_ns = (v & TIME_BITS) * TICK_NS;
		skip_space(&s, end);
		n = pkt_hex_token(&s, end, &v);
		if (n == N_HASH) {
			skip_space(&s, end);
			n = pkt_hex_token(&s, end, &v);
		}
	}
	for (part = 0; part < 2; part++) {
		if (n != N_DST)
			return bad_line(r, "two MAC addresses of 12 digits are missing");
		pkt_put_be16(to, (uint16_t)(v >> 32));
		pkt_put_be16(to + 2, (uint16_t)(v >> 16));
		pkt_put_be16(to + 4, (uint16_t)v);
		to += 6;
		skip_space(&s, end);
		n = pkt_hex_token(&s, end, &v);
	}
	if (n != N_TYPE)
		return bad_line(r, "a type of 4 digits is missing");
	pkt_put_be16(to, (uint16_t)v);
	to += 2;
	while (skip_space(&s, end) && s < end) {
		if (pkt_hex_token(&s, end, &v) != 2)
			return bad_line(r, "bytes of two digits are expected behind the type");
		*to++ = (uint8_t)v;
	}
	f->data = (uint8_t *)line;
	f->caplen = f->len = (uint32_t)(to - (uint8_t *)line);
	if (f->caplen > PKT_FRAME_MAX)
		return bad_line(r, "a frame that is too long");
	f->dir = PKT_DIR_NONE;
	memset(f->link, 0, sizeof(f->link));
	return PKT_EV_FRAME;
}

enum pkt_event pkt_etherpipe_next(struct pkt_reader *r, struct pkt_frame *f)
{
	enum pkt_event ev;
	char *s;
	size_t n;

	for (;;) {
		ev = pkt_reader_line(r, &s, &n);
		if (ev != PKT_EV_FRAME)
			return ev;
		if (n && *s == '#')
			return pkt_reader_comment(r, s + 1, n - 1);
		if (n)
			return read_line(r, f, s, s + n);
	}
}
