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

	if (!r)
		return NULL;
	r->buf = malloc(PKT_READ_FIRST);
	if (!r->buf) {
		free(r);
		return NULL;
	}
	r->cap = PKT_READ_FIRST;
	r->fmt = fmt;
	r->text = "";
	return r;
}

void pkt_reader_free(struct pkt_reader *r)
{
	if (!r)
		return;
	pkt_buf_free(&r->comment);
	free(r->ifs);
	free(r->buf);
	free(r);
}

uint8_t *pkt_reader_space(struct pkt_reader *r, size_t *room)
{
	size_t n = pkt_reader_avail(r), cap = r->cap;
	uint8_t *buf;

	if (!n || r->cap - r->end < PKT_READ_ROOM) {
		memmove(r->buf, r->buf + r->pos, n);
		r->off += r->pos;
		r->pos = 0;
		r->end = n;
	}
	while (cap - n < PKT_READ_ROOM)
		cap *= 2;
	if (cap > r->cap) {
		buf = cap <= PKT_READ_MAX ? realloc(r->buf, cap) : NULL;
		if (!buf) {
			*room = 0;
			return NULL;
		}
		r->buf = buf;
		r->cap = cap;
	}
	*room = r->cap - r->end;
	return r->buf + r->end;
}

void pkt_reader_fed(struct pkt_reader *r, size_t n)
{
	r->end += n;
	if (r->lost)
		r->pos = r->end;
}

void pkt_reader_end(struct pkt_reader *r)
{
	r->eof = true;
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
	r->pos = r->end;
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
	r->pos = r->end;
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
};

#define EXPECTED "expected stdpkt text (#stdpkt 1), pcapng, pcap or stdpkt binary"

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

/**
 * detect() - set r->fmt by the first bytes
 *
 * Return: PKT_EV_FRAME when found, else the event for the caller. As few bytes as decide are waited for.
 */
static enum pkt_event detect(struct pkt_reader *r)
{
	const uint8_t *p = r->buf + r->pos;
	size_t n = pkt_reader_avail(r), i, k, best = 0;
	bool prefix = false;

	if (!n)
		return pkt_reader_short(r, "");
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
	if (p[0] >= '0' && p[0] <= '9')
		return detect_time(r, p, n);
	if (prefix)
		return pkt_reader_short(r, "the first bytes");
	if (n >= 2 && p[0] == 0x1f && p[1] == 0x8b)
		return pkt_reader_lose(r, "byte 0: this is gzip (try zcat); " EXPECTED);
	return pkt_reader_lose(r, "byte %zu: 0x%02x: not a packet stream; " EXPECTED, best, p[best]);
}

enum pkt_event pkt_reader_next(struct pkt_reader *r, struct pkt_frame *frame)
{
	enum pkt_event ev;

	if (r->lost) {
		r->text = r->bad;
		return PKT_EV_BAD;
	}
	if (r->fmt == PKT_FMT_NONE) {
		ev = detect(r);
		if (ev != PKT_EV_FRAME)
			return ev;
	}
	switch (r->fmt) {
	case PKT_FMT_TEXT:
		return pkt_text_next(r, frame);
	case PKT_FMT_BIN:
		return pkt_bin_next(r, frame);
	case PKT_FMT_PCAPNG:
		return pkt_pcapng_next(r, frame);
	case PKT_FMT_PCAP:
		return pkt_pcap_next(r, frame);
	case PKT_FMT_RING:
		if (!pkt_reader_avail(r))
			return pkt_reader_short(r, "");
		return pkt_reader_lose(r, "byte %llu: bytes where the frames are in shared memory",
				       (unsigned long long)pkt_reader_offset(r));
	case PKT_FMT_NONE:
		break;
	}
	return pkt_reader_lose(r, "no such format: %d", (int)r->fmt);
}
