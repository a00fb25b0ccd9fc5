// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/fuzz/fuzz_formats.c - any bytes as a format that is read only when asked for; as a description; as a filter expression
 *
 * The first byte decides: one of the five formats (the rest is fed in pieces, and has to give what it gives at once), stdpkt make,
 * stdpkt cat -f.
 */
#include <string.h>

#include "stdpkt/filter.h"
#include "stdpkt/make.h"
#include "test/fuzz/fuzz.h"

static uint64_t run(enum pkt_format fmt, const uint8_t *data, size_t size, size_t piece)
{
	struct pkt_reader *r = pkt_reader_new(fmt);
	uint64_t h = 0xcbf29ce484222325ull;
	struct pkt_frame f;
	enum pkt_event ev;
	size_t room, n;
	uint32_t i;

	MUST(r);
	while ((ev = pkt_reader_next(r, &f)) != PKT_EV_END && !pkt_reader_lost(r)) {
		h = (h ^ (ev == PKT_EV_MORE ? 0 : ev)) * (ev == PKT_EV_MORE ? 1 : 0x100000001b3ull);
		if (ev == PKT_EV_FRAME) {
			MUST(f.caplen <= PKT_FRAME_MAX && f.caplen <= f.len && !f.opts_len);
			for (i = 0; i < f.caplen; i++)
				h = (h ^ f.data[i]) * 0x100000001b3ull;
		}
		if (ev != PKT_EV_MORE)
			continue;
		if (!size) {
			pkt_reader_end(r);
			continue;
		}
		n = size < piece ? size : piece;
		uint8_t *to = pkt_reader_space(r, &room);
		MUST(to && room >= 65536);
		n = n < room ? n : room;
		memcpy(to, data, n);
		pkt_reader_fed(r, n);
		data += n;
		size -= n;
	}
	pkt_reader_free(r);
	return h;
}

static int look(void *arg, const struct pkt_frame *f)
{
	static uint8_t byte;
	uint32_t *left = arg;

	MUST(f->caplen >= 14 && f->caplen <= PKT_FRAME_MAX);
	byte ^= f->data[0] ^ f->data[f->caplen - 1];
	return --*left ? 0 : 1;
}

static void make(const char *text)
{
	struct pkt_make_error e;
	struct pkt_make m;
	uint32_t left = 100;

	if (pkt_make_parse(&m, text, 1, &e)) {
		for (uint32_t i = 0; i < m.count && i < 3; i++)
			if (pkt_make_frames(&m, i, look, &left))
				break;
		pkt_make_free(&m);
	} else {
		MUST(e.at <= strlen(text) && e.n <= strlen(text) - e.at && *e.why);
	}
}

static void filter(const char *text)
{
	static const uint8_t packet[60] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6 };
	struct pkt_frame f = { .data = packet, .caplen = sizeof(packet), .len = sizeof(packet) };
	char why[100];
	struct pkt_filter *p = pkt_filter_new(text, why, sizeof(why));

	if (p)
		pkt_filter_match(p, &f);
	pkt_filter_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[300];
	size_t n;

	if (!size)
		return 0;
	if (data[0] % 8 < 5) {
		enum pkt_format fmt = (enum pkt_format)(PKT_FMT_QEMU + data[0] % 8);

		MUST(run(fmt, data + 1, size - 1, 1u << 20) == run(fmt, data + 1, size - 1, 1 + data[0] / 8));
		return 0;
	}
	n = size - 1 < sizeof(text) - 1 ? size - 1 : sizeof(text) - 1;
	memcpy(text, data + 1, n);
	text[n] = 0;
	if (data[0] % 8 < 7)
		make(text);
	else
		filter(text);
	return 0;
}
