// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/text_read.c - lines to frames; stdpkt(7)
 *
 * Theory of operation: a line is found with memchr(), its columns by their spaces, and the hex is decoded in place, over
 * itself. Then the columns that the frame decides are rendered from it and compared with the line's in one go:
 * where they are equal, as in nearly every line, nothing was edited and nothing is parsed.
 *
 * len is what the frame's length was on the wire: more than the hex has is a frame that was cut when it was captured;
 * fewer is an edit that is ignored. flags are words for what only pcapng knows beside (meta.c).
 */
#include "stdpkt/bytes.h"
#include "stdpkt/dissect.h"
#include "stdpkt/meta.h"
#include "stdpkt/pcapng.h"
#include "stdpkt/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_S 1000000000u

static const char *const column_names[] = {
	"", "time", "link", "dir", "len", "flags", "eth-src", "eth-dst", "proto", "src", "dst", "info", "hex",
};

/* PKT_EV_BAD that names the line just taken and a column of it. */
__attribute__((format(printf, 3, 4))) static enum pkt_event bad_column(struct pkt_reader *r, int column, const char *fmt,
								       ...)
{
	char why[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return pkt_reader_bad(r, "line %llu, column %d (%s): %s", (unsigned long long)r->line, column,
			      column_names[column], why);
}

static bool is_none(const char *s, size_t n)
{
	return n == 1 && *s == '-';
}

static bool parse_u32(const char *s, size_t n, uint32_t *v)
{
	uint64_t x = 0;

	if (n < 1 || n > 10)
		return false;
	for (; n; n--, s++) {
		if (*s < '0' || *s > '9')
			return false;
		x = x * 10 + (uint64_t)(*s - '0');
	}
	*v = (uint32_t)x;
	return x <= UINT32_MAX;
}

/* Seconds, perhaps a dot and up to nine digits; "-" is 0. */
static bool parse_time(const char *s, size_t n, uint64_t *ns)
{
	static const uint32_t units[] = { 0, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1 };
	const char *end = s + n, *digits;
	uint64_t sec = 0;
	uint32_t frac = 0;

	*ns = 0;
	if (is_none(s, n))
		return true;
	if (n < 1 || *s == '.')
		return false;
	for (; s < end && *s != '.'; s++) {
		if (*s < '0' || *s > '9')
			return false;
		sec = sec * 10 + (uint64_t)(*s - '0');
		if (sec > UINT64_MAX / NS_PER_S)
			return false;
	}
	if (s < end && ++s == end)
		return false;
	if (end - s > 9)
		return false;
	for (digits = s; s < end; s++) {
		if (*s < '0' || *s > '9')
			return false;
		frac = frac * 10 + (uint32_t)(*s - '0');
	}
	frac *= units[end - digits];
	return !__builtin_mul_overflow(sec, (uint64_t)NS_PER_S, ns) && !__builtin_add_overflow(*ns, (uint64_t)frac, ns);
}

static bool parse_dir(const char *s, size_t n, enum pkt_dir *dir)
{
	if (n == 2 && !memcmp(s, "in", 2))
		*dir = PKT_DIR_IN;
	else if (n == 3 && !memcmp(s, "out", 3))
		*dir = PKT_DIR_OUT;
	else if (is_none(s, n))
		*dir = PKT_DIR_NONE;
	else
		return false;
	return true;
}

/* "#stdpkt 1 KEY=VALUE...": keys that this version does not know are for later ones. */
static enum pkt_event read_head(struct pkt_reader *r, const char *s, const char *end)
{
	bool named = false;
	uint32_t mtu;
	size_t n;

	for (; s < end; s += n + 1) {
		const char *space = memchr(s, ' ', (size_t)(end - s));

		n = (size_t)((space ? space : end) - s);
		if (n > 5 && !memcmp(s, "link=", 5)) {
			if (!pkt_link_ok(s + 5, n - 5))
				return pkt_reader_bad(r, "line %llu: the link's name is not 1 to %d of [A-Za-z0-9_.:@+-]",
						      (unsigned long long)r->line, PKT_LINK_MAX - 1);
			memset(r->link, 0, sizeof(r->link));
			memcpy(r->link, s + 5, n - 5);
			named = true;
		} else if (n > 4 && !memcmp(s, "mtu=", 4)) {
			if (!parse_u32(s + 4, n - 4, &mtu))
				return pkt_reader_bad(r, "line %llu: the mtu is not a number", (unsigned long long)r->line);
			r->mtu = mtu;
			named = true;
		}
	}
	return named ? PKT_EV_LINK : PKT_EV_MORE;
}

/* "#stdpkt block TYPE LINK HEX": a block of pcapng that is no packet; the hex is decoded over itself. */
static enum pkt_event read_block(struct pkt_reader *r, char *s, const char *end, struct pkt_frame *f)
{
	char *link = memchr(s, ' ', (size_t)(end - s)), *hex = link ? memchr(link + 1, ' ', (size_t)(end - link - 1)) : NULL;
	size_t n = hex ? (size_t)(end - hex - 1) : 1;
	uint32_t type;

	*f = (struct pkt_frame){ 0 };
	if (!hex || n % 2 || !parse_u32(s, (size_t)(link - s), &type) || !pkt_hex_decode((uint8_t *)hex + 1, hex + 1, n / 2) ||
	    !pkt_png_block_ok(type, (uint8_t *)hex + 1, (uint32_t)(n / 2)))
		return pkt_reader_bad(r, "line %llu: not a block of pcapng: TYPE LINK HEX", (unsigned long long)r->line);
	if (pkt_link_ok(link + 1, (size_t)(hex - link - 1)))
		memcpy(f->link, link + 1, (size_t)(hex - link - 1));
	f->len = type;
	f->data = (uint8_t *)hex + 1;
	f->caplen = (uint32_t)(n / 2);
	return PKT_EV_BLOCK;
}

/* A line that begins with '#'. PKT_EV_MORE: nothing that the caller needs to know. */
static enum pkt_event read_record(struct pkt_reader *r, char *s, size_t n, struct pkt_frame *f)
{
	if (memchr(s, 0, n))
		return pkt_reader_bad(r, "line %llu: a NUL byte", (unsigned long long)r->line);
	if (n >= 9 && !memcmp(s, "#stdpkt 1", 9) && (n == 9 || s[9] == ' '))
		return read_head(r, n > 10 ? s + 10 : s + n, s + n);
	if (n >= 9 && !memcmp(s, "#stdpkt ", 8) && s[8] >= '0' && s[8] <= '9')
		return pkt_reader_lose(r, "line %llu: a later version of the format (%.*s), this reads 1",
				       (unsigned long long)r->line, (int)(n < 40 ? n : 40), s);
	if (n >= 14 && !memcmp(s, "#stdpkt block ", 14))
		return read_block(r, s + 14, s + n, f);
	if ((n == 18 && !memcmp(s, "#stdpkt switch bin", n)) || (n == 19 && !memcmp(s, "#stdpkt switch ring", n))) {
		r->fmt = n == 18 ? PKT_FMT_BIN : PKT_FMT_RING;
		r->begun = true;
		return PKT_EV_SWITCH;
	}
	if (n >= 15 && !memcmp(s, "#stdpkt switch ", 15))
		return pkt_reader_lose(r, "line %llu: the stream goes on in a format that this does not read (%.*s)",
				       (unsigned long long)r->line, (int)(n < 40 ? n - 15 : 25), s + 15);
	return pkt_reader_comment(r, s + 1, n - 1);
}

/*
 * col[1] to col[12], and col[13] just behind where a space after the last would be. Returns the first column that is missing, or 0.
 * Eight characters at a time: bit 7 of each that is a space, found without a carry from one to the next.
 */
static int split(const char *s, const char *end, const char *col[])
{
	const uint64_t low = 0x7f7f7f7f7f7f7f7full, spaces = 0x2020202020202020ull;
	int k = 2;

	col[1] = s;
	col[PKT_COL_HEX + 1] = end + 1;
	for (; end - s >= 8; s += 8) {
		uint64_t w = pkt_le64((const uint8_t *)s) ^ spaces, found = ~(((w & low) + low) | w | low);

		for (; found; found &= found - 1) {
			col[k] = s + __builtin_ctzll(found) / 8 + 1;
			if (k++ == PKT_COL_HEX)
				return 0;
		}
	}
	for (; s < end; s++) {
		if (*s != ' ')
			continue;
		col[k] = s + 1;
		if (k++ == PKT_COL_HEX)
			return 0;
	}
	return k;
}

static enum pkt_event edit(struct pkt_reader *r, struct pkt_frame *f, const struct pkt_dissect *d,
			   const struct pkt_columns *c, const char *const col[])
{
	struct pkt_edit e = {
		.data = (uint8_t *)(uintptr_t)f->data,
		.room = (size_t)(col[PKT_COL_HEX + 1] - col[PKT_COL_HEX]),
		.caplen = f->caplen,
		.len = f->len,
	};

	if (!pkt_text_edit(&e, d, c, col))
		return bad_column(r, e.column, "%s", e.why);
	f->caplen = e.caplen;
	f->len = e.len;
	return PKT_EV_FRAME;
}

static enum pkt_event read_hex(struct pkt_reader *r, struct pkt_frame *f, const char *hex, size_t n)
{
	uint8_t *data = (uint8_t *)(uintptr_t)hex;
	size_t i;

	f->data = data;
	f->caplen = (uint32_t)(n / 2);
	if (is_none(hex, n)) {
		f->caplen = 0;
		return PKT_EV_FRAME;
	}
	if (n > 2 * PKT_FRAME_MAX)
		return bad_column(r, PKT_COL_HEX, "%zu digits; a frame has %u bytes at most", n, PKT_FRAME_MAX);
	if (!n)
		return bad_column(r, PKT_COL_HEX, "is missing");
	for (i = 0; n % 2 && i < n; i++)
		if (hex[i] == ' ')
			return bad_column(r, PKT_COL_HEX, "something follows the hex");
	if (n % 2)
		return bad_column(r, PKT_COL_HEX, "an odd number of digits (%zu)", n);
	if (!pkt_hex_decode(data, hex, f->caplen))
		return bad_column(r, PKT_COL_HEX, "not hex (or something follows it)");
	return PKT_EV_FRAME;
}

static enum pkt_event read_frame(struct pkt_reader *r, struct pkt_frame *f, const char *s, const char *end)
{
	const char *col[PKT_COL_HEX + 2];
	struct pkt_columns c;
	struct pkt_dissect d;
	enum pkt_event ev;
	int missing;

	missing = split(s, end, col);
	if (missing)
		return bad_column(r, missing, "is missing%s", end > s ? "" : " (an empty line)");
#define LEN(k) ((size_t)(col[(k) + 1] - 1 - col[k]))
	if (!parse_time(col[1], LEN(1), &f->ts_ns))
		return bad_column(r, PKT_COL_TIME, "not seconds.nanoseconds");
	memset(f->link, 0, sizeof(f->link));
	if (!is_none(col[2], LEN(2))) {
		if (!pkt_link_ok(col[2], LEN(2)))
			return bad_column(r, PKT_COL_LINK, "not a link's name");
		memcpy(f->link, col[2], LEN(2));
	}
	if (!parse_dir(col[3], LEN(3), &f->dir))
		return bad_column(r, PKT_COL_DIR, "not in, out or -");
	if (!parse_u32(col[4], LEN(4), &f->len) && !is_none(col[4], LEN(4)))
		return bad_column(r, PKT_COL_LEN, "not a number");
	f->flags = 0;
	r->opts.len = 0;
	if (!is_none(col[5], LEN(5)) && (!LEN(5) || !pkt_parse_meta(&r->opts, &f->flags, col[5], LEN(5))))
		return bad_column(r, PKT_COL_FLAGS, "not words joined by commas, or one whose value makes no sense");
	f->opts = r->opts.data;
	f->opts_len = (uint32_t)r->opts.len;
	ev = read_hex(r, f, col[12], LEN(12));
	if (ev != PKT_EV_FRAME)
		return ev;
	if (is_none(col[4], LEN(4)) || f->len < f->caplen)
		f->len = f->caplen;
#undef LEN
	pkt_dissect(&d, f->data, f->caplen);
	pkt_columns_render(&c, &d);
	if ((size_t)(col[PKT_COL_HEX] - col[PKT_COL_ETH_SRC]) != c.at[PKT_COL_HEX] ||
	    memcmp(col[PKT_COL_ETH_SRC], c.text, c.at[PKT_COL_HEX]) != 0)
		return edit(r, f, &d, &c, col);
	return PKT_EV_FRAME;
}

/*
 * The first frame that names a link where nothing did before: PKT_EV_LINK comes first, the line is taken the next time.
 * Someone may connect to that name, so the line has to look like one of ours.
 */
static bool names_link(struct pkt_reader *r, const char *s, const char *end)
{
	const char *name = memchr(s, ' ', (size_t)(end - s)), *name_end, *col[PKT_COL_HEX + 2];
	char link[PKT_LINK_MAX] = "";
	enum pkt_dir dir;
	uint64_t ts_ns;

	name_end = name ? memchr(name + 1, ' ', (size_t)(end - name - 1)) : NULL;
	if (!name_end || !pkt_link_ok(name + 1, (size_t)(name_end - name - 1)) || split(s, end, col) ||
	    !parse_time(s, (size_t)(name - s), &ts_ns) || !parse_dir(col[3], (size_t)(col[4] - 1 - col[3]), &dir))
		return false;
	memcpy(link, name + 1, (size_t)(name_end - name - 1));
	return !pkt_link_captured(link) && pkt_reader_name(r, link);
}

/* No newline yet. */
static enum pkt_event no_line(struct pkt_reader *r)
{
	size_t n = pkt_reader_avail(r);

	if (r->too_long || n > PKT_LINE_MAX) {
		bool first = !r->too_long;

		pkt_reader_take(r, n);
		r->scanned = 0;
		r->too_long = true;
		if (first) {
			r->line++;
			return pkt_reader_bad(r, "line %llu: longer than %u characters", (unsigned long long)r->line,
					      PKT_LINE_MAX);
		}
		return pkt_reader_short(r, "a line");
	}
	r->scanned = n;
	if (!r->eof || !n)
		return pkt_reader_short(r, "a line");
	pkt_reader_take(r, n);
	r->scanned = 0;
	r->line++;
	return pkt_reader_bad(r, "cut inside line %llu: the stream ends before its newline",
			      (unsigned long long)r->line);
}

enum pkt_event pkt_text_next(struct pkt_reader *r, struct pkt_frame *f)
{
	enum pkt_event ev;
	char *s, *nl, *end;
	size_t n;

	for (;;) {
		s = (char *)r->in.buf + r->in.pos;
		n = pkt_reader_avail(r);
		nl = n > r->scanned ? memchr(s + r->scanned, '\n', n - r->scanned) : NULL;
		if (!nl)
			return no_line(r);
		n = (size_t)(nl - s);
		end = n && nl[-1] == '\r' ? nl - 1 : nl; /* an editor of another system has been there */
		if (n > PKT_LINE_MAX && !r->too_long) {
			r->line++;
			pkt_reader_take(r, n + 1);
			r->scanned = 0;
			return pkt_reader_bad(r, "line %llu: longer than %u characters", (unsigned long long)r->line,
					      PKT_LINE_MAX);
		}
		if (!r->too_long && *s != '#' && !r->link[0] && names_link(r, s, end)) {
			r->scanned = n;
			return PKT_EV_LINK;
		}
		pkt_reader_take(r, n + 1);
		r->scanned = 0;
		if (r->too_long) { /* its end; it has been counted */
			r->too_long = false;
			continue;
		}
		r->line++;
		if (*s != '#') {
			ev = read_frame(r, f, s, end);
			if (ev == PKT_EV_FRAME && f->link[0] && !pkt_link_captured(f->link))
				memcpy(r->link, f->link, sizeof(r->link));
			return ev;
		}
		ev = read_record(r, s, (size_t)(end - s), f);
		if (ev != PKT_EV_MORE)
			return ev;
	}
}
