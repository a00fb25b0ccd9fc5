// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/fuzz/fuzz_edit.c - any frame with any edit of its line
 *
 * The input: a length, so many bytes of frame, then pairs of a position in the line and a byte to put there; the hex is
 * left alone. What must hold: no crash; a line that is accepted gives a frame whose own line is accepted unchanged and
 * gives the same frame again, and that differs in nothing that the line does not show; without an edit nothing changes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stdpkt/pkt.h"
#include "test/fuzz/fuzz.h"

static void render(struct pkt_buf *b, const struct pkt_frame *f)
{
	struct pkt_writer w;

	pkt_writer_init(&w, PKT_FMT_TEXT, NULL, 0);
	w.begun = true;
	MUST(pkt_write_frame(&w, b, f) == 0);
	pkt_writer_fini(&w);
}

/* The first event that is no PKT_EV_LINK; the frame stays valid until the reader goes. */
static enum pkt_event read_line(struct pkt_reader *r, const void *line, size_t n, struct pkt_frame *f)
{
	enum pkt_event ev;
	size_t room;

	memcpy(pkt_reader_space(r, &room), line, n);
	MUST(n <= room);
	pkt_reader_fed(r, n);
	while ((ev = pkt_reader_next(r, f)) == PKT_EV_LINK)
		;
	return ev;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pkt_reader *r[3];
	struct pkt_frame f = { .ts_ns = 1 }, g, h;
	struct pkt_buf line = { 0 }, second = { 0 };
	enum pkt_event ev;
	size_t cols, i;

	if (size < 2)
		return 0;
	f.caplen = f.len = data[0] < size - 1 ? data[0] : (uint32_t)size - 1;
	f.data = data + 1;
	data += 1 + f.caplen;
	size -= 1 + f.caplen;
	for (i = 0; i < 3; i++)
		MUST((r[i] = pkt_reader_new(PKT_FMT_TEXT)));

	render(&line, &f);
	MUST(read_line(r[0], line.data, line.len, &g) == PKT_EV_FRAME);
	MUST(g.caplen == f.caplen && !memcmp(g.data, f.data, f.caplen));

	cols = line.len - 1 - (f.caplen ? 2 * (size_t)f.caplen : 1);
	for (; size >= 2; size -= 2, data += 2)
		if (data[1] != '\n')
			line.data[data[0] % cols] = data[1];
	ev = read_line(r[1], line.data, line.len, &g);
	if (ev == PKT_EV_FRAME) {
		MUST(g.caplen <= PKT_FRAME_MAX && g.caplen <= g.len);
		if (pkt_differ_unshown(f.data, f.caplen, g.data, g.caplen))
			MUST(g.caplen != f.caplen); /* a fifth tag comes to light when others are taken off */
		render(&second, &g);
		MUST(read_line(r[2], second.data, second.len, &h) == PKT_EV_FRAME);
		MUST(g.caplen == h.caplen && g.len == h.len && g.ts_ns == h.ts_ns && g.dir == h.dir);
		MUST(!strcmp(g.link, h.link) && !memcmp(g.data, h.data, g.caplen));
	} else {
		MUST(ev == PKT_EV_BAD || ev == PKT_EV_COMMENT || ev == PKT_EV_MORE);
	}
	for (i = 0; i < 3; i++)
		pkt_reader_free(r[i]);
	pkt_buf_free(&line);
	pkt_buf_free(&second);
	return 0;
}
