// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/bench/codec.c - how fast streams are written and read, without any I/O: one line a figure
 *
 * usage: codec [BYTES]; frames of that size (default 1514), TCP in IPv4, addresses and payload changing from frame to frame
 *
 * A stream of about 256 KiB is written into one buffer again and again, and read from it through pkt_reader_space() as from a descriptor,
 * in pieces of 64 KiB. Time is the processor's; the best of many rounds is printed: what else runs can only make it slower.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stdpkt/pkt.h"
#include "test/bench/bench.h"

#define STREAM_BYTES (256u << 10) /* as much as an element keeps before it stops: LK_OUT_SOFT */
#define ROUNDS 400
#define FRAMES_MAX 64u

static double seconds(void)
{
	return bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void make_frame(uint8_t *p, uint32_t n, uint32_t i)
{
	static const uint8_t head[54] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1,
					  192, 0, 2, 2, 0x9c, 0x40, 1, 0xbb, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x10, 0xfa, 0xf0 };
	uint32_t k;

	for (k = 0; k < n; k++)
		p[k] = (uint8_t)(k * 7 + i * 13 + (k * i >> 5));
	memcpy(p, head, sizeof(head));
	p[16] = (uint8_t)((n - 14) >> 8);
	p[17] = (uint8_t)(n - 14);
	p[28] = (uint8_t)i;
	p[29] = (uint8_t)(i >> 8);
	p[40] = (uint8_t)(i >> 8);
	p[41] = (uint8_t)i;
}

static uint64_t write_stream(enum pkt_format fmt, struct pkt_buf *b, const uint8_t *frames, uint32_t n, uint32_t count)
{
	struct pkt_frame f = { .caplen = n, .len = n, .dir = PKT_DIR_OUT };
	struct pkt_writer w;
	uint64_t i = 0;

	pkt_writer_init(&w, fmt, "bench.1.right", 1500);
	b->len = 0;
	for (; i < count; i++) {
		f.data = frames + (size_t)(i % FRAMES_MAX) * n;
		f.ts_ns = 1795256615000000000ull + i * 12345;
		if (pkt_write_frame(&w, b, &f))
			exit(111);
	}
	pkt_writer_fini(&w);
	return i;
}

static uint64_t read_stream(enum pkt_format fmt, const struct pkt_buf *b)
{
	struct pkt_reader *r = pkt_reader_new(fmt == PKT_FMT_BIN ? fmt : PKT_FMT_NONE);
	uint64_t frames = 0;
	struct pkt_frame f;
	size_t at = 0, room, n;

	while (r) {
		uint8_t *to = pkt_reader_space(r, &room);
		enum pkt_event ev;

		n = b->len - at < 65536 ? b->len - at : 65536;
		memcpy(to, b->data + at, n);
		at += n;
		if (n)
			pkt_reader_fed(r, n);
		else
			pkt_reader_end(r);
		while ((ev = pkt_reader_next(r, &f)) != PKT_EV_MORE && ev != PKT_EV_END)
			frames += ev == PKT_EV_FRAME;
		if (ev == PKT_EV_END)
			break;
	}
	pkt_reader_free(r);
	return frames;
}

static void print(const char *fmt, const char *what, uint32_t n, uint64_t frames, double best)
{
	char name[64];

	snprintf(name, sizeof(name), "codec.%s.%s.%u", fmt, what, n);
	printf("%-28s %10.3f Mpps\n", name, (double)frames / best / 1e6);
	snprintf(name, sizeof(name), "codec.%s.%s.%u.bytes", fmt, what, n);
	printf("%-28s %10.3f GB/s\n", name, (double)frames * n / best / 1e9);
}

int main(int argc, char **argv)
{
	static const enum pkt_format fmts[] = { PKT_FMT_TEXT, PKT_FMT_PCAPNG, PKT_FMT_PCAP, PKT_FMT_BIN };
	uint32_t n = argc > 1 ? (uint32_t)atoi(argv[1]) : 1514, i;
	uint32_t count = STREAM_BYTES / (n + 32);
	uint8_t *frames = n >= 60 && n <= 65535 ? malloc((size_t)FRAMES_MAX * n) : NULL;
	struct pkt_buf b = { 0 };
	double start, took, best;
	uint64_t done = 0, back = 0;
	size_t k;

	if (!frames)
		return 100;
	for (i = 0; i < FRAMES_MAX; i++)
		make_frame(frames + (size_t)i * n, n, i);
	for (k = 0; k < sizeof(fmts) / sizeof(fmts[0]); k++) {
		for (best = 1e9, i = 0; i < ROUNDS; i++) {
			start = seconds();
			done = write_stream(fmts[k], &b, frames, n, count);
			took = seconds() - start;
			best = took < best ? took : best;
		}
		print(pkt_format_name(fmts[k]), "write", n, done, best);
		for (best = 1e9, i = 0; i < ROUNDS; i++) {
			start = seconds();
			back = read_stream(fmts[k], &b);
			took = seconds() - start;
			best = took < best ? took : best;
		}
		if (back != done) {
			fprintf(stderr, "codec: %llu frames written, %llu read\n", (unsigned long long)done, (unsigned long long)back);
			return 111;
		}
		print(pkt_format_name(fmts[k]), "read", n, done, best);
	}
	pkt_buf_free(&b);
	free(frames);
	return 0;
}
