// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/reader.c - finds the format of a stream, owns its buffer, hands out events
 *
 * Theory of operation: the caller puts bytes at pkt_reader_space() and takes events until PKT_EV_MORE. A format's
 * reader takes whole records out of the buffer and points into it: no frame is copied, and none is given before its
 * last byte is there, nor held back once it is. What is left of an incomplete record moves to the front when
 * the room behind it gets small. Every format bounds its records, so the buffer is bounded (PKT_READ_MAX).
 */
#include "stdpkt/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PKT_READ_FIRST (2 * PKT_READ_ROOM)

struct pkt_reader *pkt_reader_new(enum pkt_format fmt)
{
	struct pkt_reader *r = calloc(1, sizeof(*r));
	bool good;

	if (!r)
		return NULL;
	good = pkt_window_init(&r->in);
	if (!good) {
		free(r);
		return NULL;
	}
	r->fmt = fmt;
	r->text = "";
	return r;
}

void pkt_reader_free(struct pkt_reader *r)
{
	if (!r)
		return;
	pkt_buf_free(&r->comment);
	pkt_buf_free(&r->opts);
	free(r->ifs);
	pkt_unpack_free(r->unpack);
	pkt_window_free(&r->in);
	free(r);
}

bool pkt_window_init(struct pkt_window *w)
{
	uint8_t *mem = malloc(PKT_READ_FRONT + PKT_READ_FIRST);

	*w = (struct pkt_window){ .buf = mem ? mem + PKT_READ_FRONT : NULL, .cap = PKT_READ_FIRST };
	return mem;
}

void pkt_window_free(struct pkt_window *w)
{
	if (w->buf)
		free(w->buf - PKT_READ_FRONT);
	w->buf = NULL;
}

uint8_t *pkt_window_space(struct pkt_window *w, size_t *room)
{
	size_t n = w->end - w->pos, cap = w->cap;
	uint8_t *mem;

	if (!n || w->cap - w->end < PKT_READ_ROOM) {
		memmove(w->buf, w->buf + w->pos, n);
		w->off += w->pos;
		w->pos = 0;
		w->end = n;
	}
	while (cap - n < PKT_READ_ROOM)
		cap *= 2;
	if (cap > w->cap) {
		mem = cap <= PKT_READ_MAX ? realloc(w->buf - PKT_READ_FRONT, PKT_READ_FRONT + cap) : NULL;
		if (!mem) {
			*room = 0;
			return NULL;
		}
		w->buf = mem + PKT_READ_FRONT;
		w->cap = cap;
	}
	*room = w->cap - w->end;
	return w->buf + w->end;
}

static struct pkt_window *fed_window(struct pkt_reader *r)
{
	return r->unpack ? pkt_unpack_in(r->unpack) : &r->in;
}

uint8_t *pkt_reader_space(struct pkt_reader *r, size_t *room)
{
	return pkt_window_space(fed_window(r), room);
}

void pkt_reader_fed(struct pkt_reader *r, size_t n)
{
	struct pkt_window *w = fed_window(r);

	w->end += n;
	if (r->lost)
		w->pos = w->end;
}

void pkt_reader_end(struct pkt_reader *r)
{
	r->fed_all = true;
	r->eof = !r->unpack;
}

enum pkt_format pkt_reader_format(const struct pkt_reader *r)
{
	return r->fmt;
}

const char *pkt_reader_link(const struct pkt_reader *r)
{
	return r->link;
}

unsigned pkt_reader_mtu(const struct pkt_reader *r)
{
	return r->mtu;
}

const char *pkt_reader_text(const struct pkt_reader *r)
{
	return r->text;
}

bool pkt_reader_in_frame(const struct pkt_reader *r)
{
	return r->in_frame;
}

bool pkt_reader_lost(const struct pkt_reader *r)
{
	return r->lost;
}

/**
 * pkt_reader_bad() - PKT_EV_BAD with its text
 */
enum pkt_event pkt_reader_bad(struct pkt_reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->bad, sizeof(r->bad), fmt, ap);
	va_end(ap);
	r->text = r->bad;
	return PKT_EV_BAD;
}

/**
 * pkt_reader_lose() - PKT_EV_BAD for this and every further call: nobody knows where the next record begins
 */
enum pkt_event pkt_reader_lose(struct pkt_reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->bad, sizeof(r->bad), fmt, ap);
	va_end(ap);
	r->text = r->bad;
	r->lost = true;
	r->in.pos = r->in.end;
	return PKT_EV_BAD;
}

/**
 * pkt_reader_short() - what to return when the bytes that there are make no whole record
 * @what: that record, for people
 *
 * The rest of a cut record is taken, so that PKT_EV_END follows its PKT_EV_BAD.
 */
enum pkt_event pkt_reader_short(struct pkt_reader *r, const char *what)
{
	uint64_t at = pkt_reader_offset(r);
	size_t n = pkt_reader_avail(r);

	if (!r->eof)
		return PKT_EV_MORE;
	if (!n)
		return PKT_EV_END;
	r->in.pos = r->in.end;
	return pkt_reader_bad(r, "cut inside %s: it begins at byte %llu and the stream ends %zu bytes later", what,
			      (unsigned long long)at, n);
}

/**
 * pkt_reader_comment() - PKT_EV_COMMENT with n bytes of text, made one line without NUL
 */
enum pkt_event pkt_reader_comment(struct pkt_reader *r, const void *text, size_t n)
{
	size_t i;

	r->comment.len = 0;
	r->in_frame = false;
	r->text = "";
	if (pkt_buf_reserve(&r->comment, n + 1))
		return PKT_EV_COMMENT;
	if (n)
		memcpy(r->comment.data, text, n);
	for (i = 0; i < n; i++)
		if (r->comment.data[i] == '\n' || !r->comment.data[i])
			r->comment.data[i] = ' ';
	r->comment.data[n] = 0;
	r->text = (const char *)r->comment.data;
	return PKT_EV_COMMENT;
}

/**
 * pkt_reader_name() - a frame's link has a name
 *
 * Return: true where this is the first name that the stream gives: the caller gives PKT_EV_LINK and takes nothing.
 */
bool pkt_reader_name(struct pkt_reader *r, const char *link)
{
	bool first = !r->link[0];

	memcpy(r->link, link, PKT_LINK_MAX);
	return first;
}

/* First bytes. Text without its first line (a grep took it) begins with the time column. */
static const struct {
	enum pkt_format fmt;
	uint8_t n;
	char magic[9];
} magics[] = {
	{ PKT_FMT_BIN, 8, PKT_BIN_MAGIC },
	{ PKT_FMT_PCAPNG, 4, "\x0a\x0d\x0d\x0a" },
	{ PKT_FMT_PCAP, 4, "\xa1\xb2\xc3\xd4" }, /* us */
	{ PKT_FMT_PCAP, 4, "\xd4\xc3\xb2\xa1" },
	{ PKT_FMT_PCAP, 4, "\xa1\xb2\x3c\x4d" }, /* ns */
	{ PKT_FMT_PCAP, 4, "\x4d\x3c\xb2\xa1" },
	{ PKT_FMT_PCAP, 4, "\xa1\xb2\xcd\x34" }, /* Kuznetzov's */
	{ PKT_FMT_PCAP, 4, "\x34\xcd\xb2\xa1" },
	{ PKT_FMT_TEXT, 1, "#" },
	{ PKT_FMT_TEXT, 2, "- " },
	{ PKT_FMT_TRAFGEN, 1, "{" },
};

#define EXPECTED "expected stdpkt text (#stdpkt 1), pcapng, pcap or stdpkt binary"

static const struct {
	enum pkt_packer packer;
	char magic[5];
} packers[] = {
	{ PKT_PACK_GZIP, "\x1f\x8b" },
	{ PKT_PACK_ZSTD, "\x28\xb5\x2f\xfd" },
	{ PKT_PACK_LZ4, "\x04\x22\x4d\x18" },
};

/* The first column of a line: digits, perhaps with one '.' inside, then a space. */
static enum pkt_event detect_time(struct pkt_reader *r, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++) {
		if (p[i] == ' ') {
			r->fmt = PKT_FMT_TEXT;
			return PKT_EV_FRAME;
		}
		if (((p[i] < '0' || p[i] > '9') && p[i] != '.') || i > 31)
			return pkt_reader_lose(r, "byte %zu: 0x%02x is not part of a time, and no format begins so; " EXPECTED,
					       i, p[i]);
	}
	return pkt_reader_short(r, "the first bytes");
}

/* Is it compressed? PKT_EV_FRAME: it is, and is unpacked from now on; PKT_EV_END: no. */
static enum pkt_event detect_packer(struct pkt_reader *r)
{
	const uint8_t *p = r->in.buf + r->in.pos;
	size_t n = pkt_reader_avail(r), i, len;

	for (i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		len = strlen(packers[i].magic);
		if (memcmp(p, packers[i].magic, n < len ? n : len) != 0)
			continue;
		if (n < len)
			return pkt_reader_short(r, "the first bytes");
		if (r->unpack)
			return pkt_reader_lose(r, "byte 0: compressed twice");
		r->unpack = pkt_unpack_new(packers[i].packer, &r->in);
		if (!r->unpack)
			return pkt_reader_lose(r, "no memory to unpack");
		r->eof = false;
		return PKT_EV_FRAME;
	}
	return PKT_EV_END;
}

/**
 * detect() - set r->fmt by the first bytes
 *
 * Return: PKT_EV_FRAME when found, else the event for the caller. As few bytes as decide are waited for.
 */
static enum pkt_event detect(struct pkt_reader *r)
{
	const uint8_t *p = r->in.buf + r->in.pos;
	size_t n = pkt_reader_avail(r), i, k, best = 0;
	bool prefix = false;
	enum pkt_event ev;

	if (!n)
		return pkt_reader_short(r, "");
	ev = detect_packer(r);
	if (ev != PKT_EV_END)
		return ev == PKT_EV_FRAME ? PKT_EV_MORE : ev;
	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		for (k = 0; k < magics[i].n && k < n && p[k] == (uint8_t)magics[i].magic[k]; k++)
			;
		if (k == magics[i].n) {
			r->fmt = magics[i].fmt;
			return PKT_EV_FRAME;
		}
		if (k == n)
			prefix = true;
		if (k > best)
			best = k;
	}
	if (prefix) /* one of pcap's begins with a digit */
		return pkt_reader_short(r, "the first bytes");
	if (p[0] >= '0' && p[0] <= '9')
		return detect_time(r, p, n);
	return pkt_reader_lose(r, "byte %zu: 0x%02x: not a packet stream; " EXPECTED, best, p[best]);
}

static enum pkt_event next_event(struct pkt_reader *r, struct pkt_frame *frame)
{
	enum pkt_event ev;

	if (r->fmt == PKT_FMT_NONE) {
		ev = detect(r);
		if (ev != PKT_EV_FRAME)
			return ev;
	}
	switch (r->fmt) {
	case PKT_FMT_TEXT:
		return pkt_text_next(r, frame);
	case PKT_FMT_PCAPNG:
		return pkt_pcapng_next(r, frame);
	case PKT_FMT_RING:
		if (!pkt_reader_avail(r))
			return pkt_reader_short(r, "");
		return pkt_reader_lose(r, "byte %llu: bytes where the frames are in shared memory",
				       (unsigned long long)pkt_reader_offset(r));
	case PKT_FMT_BIN:
		ev = pkt_bin_next(r, frame);
		break;
	case PKT_FMT_PCAP:
		ev = pkt_pcap_next(r, frame);
		break;
	case PKT_FMT_QEMU:
	case PKT_FMT_VDE:
		ev = pkt_framing_next(r, frame);
		break;
	case PKT_FMT_ETHERPIPE:
		ev = pkt_etherpipe_next(r, frame);
		break;
	case PKT_FMT_HEXDUMP:
		ev = pkt_hexdump_next(r, frame);
		break;
	case PKT_FMT_TRAFGEN:
		ev = pkt_trafgen_next(r, frame);
		break;
	default:
		return pkt_reader_lose(r, "no such format: %d", (int)r->fmt);
	}
	if (ev == PKT_EV_FRAME) { /* these carry no such thing */
		frame->flags = 0;
		frame->opts_len = 0;
		frame->opts = NULL;
	}
	return ev;
}

/* More of what is compressed. PKT_EV_FRAME: there is something new to look at. */
static enum pkt_event unpack(struct pkt_reader *r)
{
	size_t room;
	uint8_t *to = pkt_window_space(&r->in, &room);
	ssize_t n = to ? pkt_unpack(r->unpack, to, room) : -1;

	if (!to)
		return pkt_reader_lose(r, "no memory to unpack");
	if (n < 0)
		return pkt_reader_lose(r, "not %s: %s", pkt_unpack_name(r->unpack), pkt_unpack_why(r->unpack));
	r->in.end += (size_t)n;
	if (n)
		return PKT_EV_FRAME;
	if (!r->fed_all || r->eof)
		return PKT_EV_MORE;
	r->eof = true;
	if (!pkt_unpack_whole(r->unpack))
		return pkt_reader_bad(r, "cut inside %s data", pkt_unpack_name(r->unpack));
	return PKT_EV_FRAME;
}

enum pkt_event pkt_reader_next(struct pkt_reader *r, struct pkt_frame *frame)
{
	enum pkt_event ev;

	if (r->lost) {
		r->text = r->bad;
		return PKT_EV_BAD;
	}
	do {
		ev = next_event(r, frame);
		if (ev != PKT_EV_MORE || !r->unpack)
			return ev;
		ev = unpack(r);
	} while (ev == PKT_EV_FRAME);
	return ev;
}
