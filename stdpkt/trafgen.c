// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/trafgen.c - packets as netsniff-ng writes what it has read from a capture, and as trafgen(8) reads them
 *
 *   {
 *     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x1c, 0x7e, 0x6a,
 *     0xba, 0xd1, 0x08, 0x00,
 *   }
 *
 * Bytes in hex or decimal between braces, with spaces or commas between them; comments behind # and //, and between slash and star within
 * a line. trafgen's functions (fill(), drnd(), ...) are for its own generator: a packet with one is refused.
 */
#include "stdpkt/line.h"

#include <string.h>

/* The rest of the line is looked at again as a line of its own. */
static void go_on_at(struct pkt_reader *r, const char *s)
{
	r->in.pos = (size_t)((const uint8_t *)s - r->in.buf);
	r->line--;
}

/* The packet is not one: what is left of it is passed over. */
static enum pkt_event refuse(struct pkt_reader *r, const char *rest, const char *what)
{
	r->dump_any = false;
	r->dump_bad = true;
	go_on_at(r, rest);
	return pkt_reader_bad(r, "line %llu: not trafgen's: %s", (unsigned long long)r->line + 1, what);
}

/* 0 to 255, or -1 */
static int byte_value(const char *s, const char *end)
{
	uint64_t v = 0;

	if (end - s > 2 && s[0] == '0' && (s[1] | 0x20) == 'x') {
		s += 2;
		return end - s <= 2 && pkt_hex_token(&s, end, &v) ? (int)v : -1;
	}
	if (end - s > 3)
		return -1;
	for (; s < end; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		v = v * 10 + (unsigned)(*s - '0');
	}
	return v < 256 ? (int)v : -1;
}

/* Behind the comment that begins at @s; NULL: there is none; @end: it takes the rest of the line. */
static const char *comment_end(const char *s, const char *end)
{
	const char *p;

	if (*s == '#' || (end - s > 1 && s[0] == '/' && s[1] == '/'))
		return end;
	if (end - s < 2 || s[0] != '/' || s[1] != '*')
		return NULL;
	for (p = s + 2; end - p > 1; p++)
		if (p[0] == '*' && p[1] == '/')
			return p + 2;
	return end;
}

static enum pkt_event read_line(struct pkt_reader *r, struct pkt_frame *f, const char *s, const char *end)
{
	const char *word;
	int v;

	while (s < end) {
		word = comment_end(s, end);
		if (word) {
			s = word;
			continue;
		}
		word = s++;
		if (*word == ' ' || *word == '\t' || *word == ',')
			continue;
		if (*word == '{') {
			if (r->dump_any)
				return refuse(r, word, "a packet begins inside another");
			r->dump_any = true;
			r->dump_bad = false;
			r->opts.len = 0;
			if (pkt_buf_reserve(&r->opts, 1)) /* also for an empty one */
				return pkt_reader_lose(r, "no memory for a packet");
			continue;
		}
		if (*word == '}') {
			const bool any = r->dump_any, bad = r->dump_bad;

			r->dump_any = r->dump_bad = false;
			if (any) {
				go_on_at(r, s);
				*f = (struct pkt_frame){ .data = r->opts.data, .caplen = (uint32_t)r->opts.len, .len = (uint32_t)r->opts.len };
				return PKT_EV_FRAME;
			}
			if (!bad)
				return pkt_reader_bad(r, "line %llu: not trafgen's: '}' without '{'", (unsigned long long)r->line);
			continue;
		}
		while (s < end && !memchr(" \t,{}", *s, 5))
			s++;
		if (r->dump_bad)
			continue;
		if (!r->dump_any)
			return refuse(r, s, "what is outside of { and }");
		v = byte_value(word, s);
		if (v < 0)
			return refuse(r, s, "only bytes, such as 0x0a or 10, are understood between { and }");
		if (r->opts.len == PKT_FRAME_MAX)
			return refuse(r, s, "a packet that is too long");
		if (pkt_buf_reserve(&r->opts, 1))
			return pkt_reader_lose(r, "no memory for a packet");
		r->opts.data[r->opts.len++] = (uint8_t)v;
	}
	return PKT_EV_MORE;
}

enum pkt_event pkt_trafgen_next(struct pkt_reader *r, struct pkt_frame *f)
{
	enum pkt_event ev;
	size_t n;
	char *s;

	for (;;) {
		ev = pkt_reader_line(r, &s, &n);
		if (ev == PKT_EV_END && r->dump_any) {
			r->dump_any = false;
			return pkt_reader_bad(r, "cut inside a packet: the stream ends before its '}'");
		}
		if (ev == PKT_EV_BAD) { /* a line of the packet is missing */
			r->dump_bad |= r->dump_any;
			r->dump_any = false;
		}
		if (ev != PKT_EV_FRAME)
			return ev;
		ev = read_line(r, f, s, s + n);
		if (ev != PKT_EV_MORE)
			return ev;
	}
}
