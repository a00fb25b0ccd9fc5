/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/unit/pkt_stream.h - feed a stream to a reader in pieces, and write down what comes out
 *
 * The record of a run is text: one line an event, frames with all that they carry. Two runs are equal if their records
 * are.
 */
#ifndef TEST_UNIT_PKT_STREAM_H
#define TEST_UNIT_PKT_STREAM_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stdpkt/pkt.h"

struct run {
	struct pkt_buf log; /* NUL-terminated when done */
	unsigned frames, bad, comments, links;
	char last_bad[320];
	bool bytes; /* with the frames' bytes */
};

static inline void *must(void *p)
{
	if (!p) {
		fputs("no memory\n", stderr);
		exit(111);
	}
	return p;
}

static inline void append(struct pkt_buf *b, const void *p, size_t n)
{
	if (pkt_buf_reserve(b, n + 1))
		must(NULL);
	if (n)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = 0;
}

__attribute__((format(printf, 2, 3))) static inline void appendf(struct pkt_buf *b, const char *fmt, ...)
{
	char line[2048];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	append(b, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

/* A reproducible source of numbers. */
static inline uint32_t rnd(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*state >> 33);
}

static inline void log_hex(struct pkt_buf *b, const uint8_t *data, uint32_t n)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t i;

	for (i = 0; i < n; i++) {
		char hex[2] = { digits[data[i] >> 4], digits[data[i] & 15] };

		append(b, hex, 2);
	}
}

static inline void log_frame(struct pkt_buf *b, const struct pkt_frame *f)
{
	appendf(b, "frame %llu %u %u dir%d link=%s ", (unsigned long long)f->ts_ns, f->caplen, f->len, (int)f->dir, f->link);
	log_hex(b, f->data, f->caplen);
	if (f->flags || f->opts_len) {
		appendf(b, " flags=%x opts=", f->flags);
		log_hex(b, f->opts, f->opts_len);
	}
	append(b, "\n", 1);
}

/* Take events until there are no more for now. False: no more at all. */
static inline bool take_events(struct run *run, struct pkt_reader *r)
{
	struct pkt_frame f;

	for (;;) {
		enum pkt_event ev = pkt_reader_next(r, &f);

		switch (ev) {
		case PKT_EV_MORE:
			return true;
		case PKT_EV_END:
			append(&run->log, "end\n", 4);
			return false;
		case PKT_EV_FRAME:
			run->frames++;
			log_frame(&run->log, &f);
			break;
		case PKT_EV_BLOCK:
			appendf(&run->log, "block %u link=%s ", f.len, f.link);
			log_hex(&run->log, f.data, f.caplen);
			append(&run->log, "\n", 1);
			break;
		case PKT_EV_LINK:
			run->links++;
			appendf(&run->log, "link %s mtu %u\n", pkt_reader_link(r), pkt_reader_mtu(r));
			break;
		case PKT_EV_COMMENT:
			run->comments++;
			append(&run->log, "comment ", 8);
			append(&run->log, pkt_reader_text(r), strlen(pkt_reader_text(r)));
			append(&run->log, "\n", 1);
			break;
		case PKT_EV_SWITCH:
			appendf(&run->log, "switch %s\n", pkt_format_name(pkt_reader_format(r)));
			break;
		case PKT_EV_BAD:
			run->bad++;
			snprintf(run->last_bad, sizeof(run->last_bad), "%s", pkt_reader_text(r));
			appendf(&run->log, "bad%s %s\n", pkt_reader_lost(r) ? " (lost)" : "", pkt_reader_text(r));
			if (pkt_reader_lost(r))
				return false;
			break;
		}
	}
}

/* What the reader is told that it reads. */
static enum pkt_format run_format;

/* @first: bytes in the first piece; @step: bytes in each further one, 0: of random size from @seed */
static inline struct run run_stream(const void *data, size_t n, size_t first, size_t step, uint64_t seed)
{
	struct pkt_reader *r = must(pkt_reader_new(run_format));
	const uint8_t *p = data;
	struct run run = { 0 };
	size_t room, piece = first;
	bool more = true;
	uint8_t *to;

	append(&run.log, "", 0);
	while (more && n) {
		to = must(pkt_reader_space(r, &room));
		if (piece > n)
			piece = n;
		if (piece > room)
			piece = room;
		memcpy(to, p, piece);
		pkt_reader_fed(r, piece);
		p += piece;
		n -= piece;
		more = take_events(&run, r);
		piece = step ? step : 1 + rnd(&seed) % 4000;
	}
	if (more) {
		pkt_reader_end(r);
		take_events(&run, r);
	}
	pkt_reader_free(r);
	return run;
}

static inline struct run run_whole(const void *data, size_t n)
{
	return run_stream(data, n, n ? n : 1, 1u << 30, 0);
}

static inline bool same_run(const struct run *a, const struct run *b)
{
	return a->log.len == b->log.len && !memcmp(a->log.data, b->log.data, a->log.len);
}

static inline void run_free(struct run *run)
{
	pkt_buf_free(&run->log);
}

/* A whole file; NULL: cannot be read. */
static inline uint8_t *read_file(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	struct pkt_buf b = { 0 };
	uint8_t chunk[4096];
	size_t got;

	if (!f)
		return NULL;
	append(&b, "", 0);
	while ((got = fread(chunk, 1, sizeof(chunk), f)) > 0)
		append(&b, chunk, got);
	fclose(f);
	*n = b.len;
	return b.data;
}

/* Frames of many kinds: real headers with random fields, some bytes spoilt, some cut, some all random. */
static inline uint32_t random_frame(uint8_t *p, uint32_t max, uint64_t *seed)
{
	static const uint8_t heads[][54] = {
		{ 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 200, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2 },
		{ 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 4, 0, 200, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2 },
		{ 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x46, 0, 0, 80, 0, 1, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1, 1, 8 },
		{ 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 200, 0, 1, 0x20, 9, 64, 17 },
		{ 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0x60, 5, 8, 0, 0x45, 0, 0, 99, 0, 1, 0, 0, 64, 17 },
		{ 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xa8, 0, 7, 0x81, 0, 0, 9, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 60, 17, 64 },
		{ 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 60, 58, 255, 0xfe, 0x80 },
		{ 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 60, 6, 255, 0xfe, 0x80 },
		{ 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 60, 44, 255, 0xfe, 0x80 },
		{ 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2 },
		{ 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2 },
	};
	uint32_t kind = rnd(seed) % (sizeof(heads) / sizeof(heads[0]) + 1), n, i;

	n = rnd(seed) % 4 ? rnd(seed) % 150 : rnd(seed) % 1515;
	if (n > max)
		n = max;
	for (i = 0; i < n; i++)
		p[i] = rnd(seed) % 3 ? (uint8_t)rnd(seed) : 0;
	if (kind < sizeof(heads) / sizeof(heads[0]))
		memcpy(p, heads[kind], n < sizeof(heads[0]) ? n : sizeof(heads[0]) - rnd(seed) % 20);
	if (n && rnd(seed) % 4 == 0)
		p[rnd(seed) % n] = (uint8_t)rnd(seed);
	return n;
}

#endif
