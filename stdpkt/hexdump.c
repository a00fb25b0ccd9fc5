// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/hexdump.c - offsets and bytes in hex, as text2pcap(1) reads them
 *
 *   0000  00 0e b6 00 00 02 00 0e b6 00 00 01 08 00 45 00   ..............E.
 *
 * From od -A x -t x1 -v, hexdump -C, xxd, tshark -x, tcpdump -xx (whose offsets begin with 0x and end with a colon, and whose bytes are in
 * groups). Offset 0 begins a packet. It ends with the next one, with an offset without bytes, as od ends, with a line that has no
 * offset, or with the stream: else nobody can know that it is whole, so unlike all other formats this one may wait.
 *
 * What is behind the bytes is text, and may look like bytes: a line has no more than the lines before it had, and an offset that
 * is smaller than expected takes back what was too much.
 */
#include "stdpkt/dissect.h"
#include "stdpkt/line.h"

#include <string.h>

#define OFFSET_DIGITS_MIN 3 /* text2pcap: "more than two hex digits" */

/* Where the bytes begin; NULL: no line with an offset. */
static const char *parse_offset(const char *s, const char *end, uint64_t *off)
{
	const char *word, *stop;

	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	if (end - s > 2 && s[0] == '0' && s[1] == 'x')
		s += 2;
	word = s;
	for (stop = s; stop < end && *stop != ':' && *stop != ' ' && *stop != '\t'; stop++)
		;
	if (pkt_hex_token(&s, stop, off) < OFFSET_DIGITS_MIN || s - word > 8)
		return NULL;
	return s < end && *s == ':' ? s + 1 : s;
}

/* Append the line's bytes, at most @max of them (0: any number). False: no memory. */
static bool parse_bytes(struct pkt_reader *r, const char *s, const char *end, uint32_t max)
{
	size_t start = r->opts.len, n, gap;
	const char *word;
	uint64_t v;

	for (;;) {
		for (gap = 0; s < end && (*s == ' ' || *s == '\t'); s++)
			gap++;
		word = s;
		n = pkt_hex_token(&s, end, &v);
		/* hexdump -C has a wider gap in the middle of a line, before the text it is followed by '|' */
		if (!n || n % 2 || (gap > 2 && r->opts.len > start))
			return true;
		if (pkt_buf_reserve(&r->opts, 8))
			return false;
		for (; word < s; word += 2) {
			if (max && r->opts.len - start == max)
				return true;
			pkt_hex_decode(r->opts.data + r->opts.len, word, 1);
			r->opts.len++;
		}
	}
}

static enum pkt_event give(struct pkt_reader *r, struct pkt_frame *f)
{
	r->dump_any = false;
	r->dump_width = r->dump_last = 0;
	*f = (struct pkt_frame){ .data = r->opts.data, .caplen = (uint32_t)r->opts.len, .len = (uint32_t)r->opts.len };
	return PKT_EV_FRAME;
}

/* A line that goes on with a packet. */
static enum pkt_event add_line(struct pkt_reader *r, uint32_t off, const char *s, const char *end)
{
	if (off && !r->dump_any) {
		if (r->dump_bad)
			return PKT_EV_MORE;
		r->dump_bad = true;
		return pkt_reader_bad(r, "line %llu: offset %x, but no packet has begun with offset 0",
				      (unsigned long long)r->line, off);
	}
	if (off && (off > r->opts.len || off <= r->dump_last)) {
		r->dump_any = false;
		r->dump_bad = true;
		return pkt_reader_bad(r, "line %llu: offset %x where %zx is expected", (unsigned long long)r->line, off, r->opts.len);
	}
	if (!off) {
		r->opts.len = 0;
		r->dump_any = true;
		r->dump_bad = false;
	} else {
		r->opts.len = off; /* what was more was text */
		if (!r->dump_width)
			r->dump_width = off;
	}
	r->dump_last = off;
	if (!parse_bytes(r, s, end, r->dump_width))
		return pkt_reader_lose(r, "no memory for a packet");
	if (r->opts.len > PKT_FRAME_MAX) {
		r->dump_any = false;
		r->dump_bad = true;
		return pkt_reader_bad(r, "line %llu: a packet of more than %u bytes", (unsigned long long)r->line, PKT_FRAME_MAX);
	}
	return PKT_EV_MORE;
}

static bool has_byte(const char *s, const char *end)
{
	uint64_t v;
	size_t n;

	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	n = pkt_hex_token(&s, end, &v);
	return n && n % 2 == 0;
}

enum pkt_event pkt_hexdump_next(struct pkt_reader *r, struct pkt_frame *f)
{
	const char *bytes, *end;
	enum pkt_event ev;
	bool full;
	uint64_t off;
	size_t n, pos;
	char *s;

	for (;;) {
		pos = r->in.pos;
		ev = pkt_reader_line(r, &s, &n);
		if (ev == PKT_EV_END && r->dump_any)
			return give(r, f);
		if (ev != PKT_EV_FRAME)
			return ev;
		end = s + n;
		bytes = parse_offset(s, end, &off);
		full = bytes && has_byte(bytes, end);
		if (r->dump_any && !(full && off)) { /* what ends a packet */
			if (bytes && off > r->dump_last && off < r->opts.len)
				r->opts.len = off;
			if (full) { /* and begins the next: again, when this one has been taken */
				r->in.pos = pos;
				r->line--;
			}
			return give(r, f);
		}
		if (!full) {
			r->dump_bad = false;
			continue;
		}
		ev = add_line(r, (uint32_t)off, bytes, end);
		if (ev != PKT_EV_MORE)
			return ev;
	}
}
