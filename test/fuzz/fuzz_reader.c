// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/fuzz/fuzz_reader.c - any bytes through the readers of all formats
 *
 * The first byte decides in what pieces the rest is fed. What must hold: no crash, it ends, the same events as when fed
 * at once, every frame within its bounds, and a frame written as text, pcapng and pcap is read back as it was. How much comes
 * out of compressed data before its library finds it corrupt depends on the pieces, so there only the bounds must hold.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stdpkt/pkt.h"
#include "test/fuzz/fuzz.h"

/* FNV-1a of all that a run gives. */
static uint64_t mix(uint64_t h, const void *data, size_t n)
{
	const uint8_t *p = data;

	for (; n; n--)
		h = (h ^ *p++) * 0x100000001b3ull;
	return h;
}

struct outputs {
	struct pkt_writer w[3];
	struct pkt_buf b[3];
};

static void write_all(struct outputs *o, const struct pkt_frame *f)
{
	for (int i = 0; i < 3; i++)
		MUST(pkt_write_frame(&o->w[i], &o->b[i], f) == 0);
}

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static bool corrupt; /* a run met compressed data that its library rejects */

/* @o: where the frames are written to, or NULL. Returns a number that stands for all events. */
static uint64_t run(const uint8_t *data, size_t size, unsigned seed, struct outputs *o, size_t *frames, bool bytes_only)
{
	struct pkt_reader *r = pkt_reader_new(PKT_FMT_NONE);
	uint64_t h = 0xcbf29ce484222325ull;
	struct pkt_frame f;
	size_t room, piece;
	uint8_t *to;

	MUST(r);
	*frames = 0;
	for (;;) {
		enum pkt_event ev = pkt_reader_next(r, &f);

		if (ev == PKT_EV_MORE) {
			if (!size) {
				pkt_reader_end(r);
				continue;
			}
			to = pkt_reader_space(r, &room);
			MUST(to && room >= 65536);
			seed = seed * 1103515245 + 12345;
			piece = seed & 0x80000000 ? 1 : 1 + (seed >> 16) % 300;
			if (!(seed & 0xff))
				piece = size;
			if (piece > size)
				piece = size;
			if (piece > room)
				piece = room;
			memcpy(to, data, piece);
			pkt_reader_fed(r, piece);
			data += piece;
			size -= piece;
			continue;
		}
		if (!bytes_only)
			h = mix(h, &ev, sizeof(ev));
		if (ev == PKT_EV_FRAME) {
			++*frames;
			MUST(f.caplen <= PKT_FRAME_MAX && f.caplen <= f.len && memchr(f.link, 0, sizeof(f.link)));
			MUST(f.dir == PKT_DIR_NONE || f.dir == PKT_DIR_IN || f.dir == PKT_DIR_OUT);
			MUST(!*f.link || pkt_link_ok(f.link, strlen(f.link)));
			h = mix(h, &f.ts_ns, sizeof(f.ts_ns));
			h = mix(h, &f.len, sizeof(f.len));
			h = mix(h, &f.caplen, sizeof(f.caplen));
			if (!bytes_only) {
				h = mix(h, &f.dir, sizeof(f.dir));
				h = mix(h, f.link, sizeof(f.link));
			}
			h = mix(h, f.data, f.caplen);
			if (o)
				write_all(o, &f);
		} else if (ev == PKT_EV_COMMENT || ev == PKT_EV_BAD) {
			const char *text = pkt_reader_text(r);

			MUST(!strchr(text, '\n'));
			if (ev == PKT_EV_BAD && (starts(text, "not zstd: ") || starts(text, "not gzip: ") || starts(text, "not lz4: ")))
				corrupt = true;
			if (!bytes_only)
				h = mix(h, text, strlen(text));
			if (o && ev == PKT_EV_COMMENT)
				for (int i = 0; i < 2; i++)
					MUST(pkt_write_comment(&o->w[i], &o->b[i], text) == 0);
		}
		if (ev == PKT_EV_END || (ev == PKT_EV_BAD && pkt_reader_lost(r)))
			break;
	}
	MUST(pkt_reader_next(r, &f) == (pkt_reader_lost(r) ? PKT_EV_BAD : PKT_EV_END));
	pkt_reader_free(r);
	return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum pkt_format fmts[3] = { PKT_FMT_TEXT, PKT_FMT_PCAPNG, PKT_FMT_PCAP };
	struct outputs o = { 0 };
	uint64_t whole, bytes, again;
	size_t n, frames;
	int i;

	if (!size)
		return 0;
	corrupt = false;
	for (i = 0; i < 3; i++) {
		pkt_writer_init(&o.w[i], fmts[i], NULL, 0);
		MUST(pkt_write_begin(&o.w[i], &o.b[i]) == 0);
	}
	whole = run(data + 1, size - 1, data[0] * 2654435761u, &o, &frames, false);
	again = run(data + 1, size - 1, data[0] * 40503u + 1, NULL, &n, false);
	MUST(corrupt || (whole == again && n == frames));

	bytes = run(data + 1, size - 1, 1, NULL, &n, true);
	for (i = 0; i < 3; i++) {
		again = run(o.b[i].data, o.b[i].len, data[0], NULL, &n, true);
		MUST(n == frames);
		MUST(fmts[i] == PKT_FMT_PCAP || again == bytes || corrupt); /* pcap's seconds have 32 bits */
		pkt_writer_fini(&o.w[i]);
		pkt_buf_free(&o.b[i]);
	}
	return 0;
}
