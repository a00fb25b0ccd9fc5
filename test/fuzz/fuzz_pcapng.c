// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/fuzz/fuzz_pcapng.c - round trips: what has been written once as pcapng is written the same again, also by way of text
 */
#include <string.h>

#include "stdpkt/pkt.h"
#include "test/fuzz/fuzz.h"

/* Everything that the stream holds, in another format. */
static struct pkt_buf convert(const uint8_t *data, size_t size, enum pkt_format fmt)
{
	struct pkt_reader *r = pkt_reader_new(PKT_FMT_NONE);
	struct pkt_buf b = { 0 };
	struct pkt_writer w;
	struct pkt_frame f;
	enum pkt_event ev;
	size_t room;
	uint8_t *to;

	MUST(r);
	pkt_writer_init(&w, fmt, NULL, 0);
	while ((ev = pkt_reader_next(r, &f)) != PKT_EV_END && !pkt_reader_lost(r)) {
		if (ev == PKT_EV_FRAME)
			MUST(!pkt_write_frame(&w, &b, &f));
		else if (ev == PKT_EV_BLOCK)
			MUST(!pkt_write_block(&w, &b, &f));
		else if (ev == PKT_EV_COMMENT && !(fmt == PKT_FMT_PCAPNG && pkt_reader_in_frame(r)))
			MUST(!pkt_write_comment(&w, &b, pkt_reader_text(r)));
		if (ev != PKT_EV_MORE)
			continue;
		if (!size)
			pkt_reader_end(r);
		to = pkt_reader_space(r, &room);
		MUST(to);
		if (room > size)
			room = size;
		if (room)
			memcpy(to, data, room);
		pkt_reader_fed(r, room);
		data += room;
		size -= room;
	}
	MUST(!pkt_write_begin(&w, &b));
	pkt_writer_fini(&w);
	pkt_reader_free(r);
	return b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pkt_buf once = convert(data, size, PKT_FMT_PCAPNG), twice = convert(once.data, once.len, PKT_FMT_PCAPNG);
	struct pkt_buf text = convert(once.data, once.len, PKT_FMT_TEXT), back = convert(text.data, text.len, PKT_FMT_PCAPNG);
	struct pkt_buf again = convert(back.data, back.len, PKT_FMT_TEXT);

	MUST(once.len == twice.len && !memcmp(once.data, twice.data, once.len));
	MUST(text.len == again.len && !memcmp(text.data, again.data, text.len));
	pkt_buf_free(&once);
	pkt_buf_free(&twice);
	pkt_buf_free(&text);
	pkt_buf_free(&back);
	pkt_buf_free(&again);
	return 0;
}
