// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/writer.c - checks, the state of a stream that is written, and which format does it
 */
#include "stdpkt/pcapng.h"
#include "stdpkt/writer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void set_link(struct pkt_writer *w, const char *link, unsigned mtu)
{
	size_t n = link ? strlen(link) : 0;

	memset(w->link, 0, sizeof(w->link));
	if (n && pkt_link_ok(link, n))
		memcpy(w->link, link, n);
	w->mtu = mtu;
}

void pkt_writer_init(struct pkt_writer *w, enum pkt_format fmt, const char *link, unsigned mtu)
{
	*w = (struct pkt_writer){ .fmt = fmt };
	set_link(w, link, mtu);
}

void pkt_writer_fini(struct pkt_writer *w)
{
	pkt_pcapng_writer_fini(w);
}

const char *pkt_writer_frame_link(const struct pkt_writer *w, const struct pkt_frame *f, size_t *n)
{
	*n = strnlen(f->link, PKT_LINK_MAX);
	if (*n && pkt_link_ok(f->link, *n))
		return f->link;
	*n = strnlen(w->link, PKT_LINK_MAX - 1);
	return w->link;
}

int pkt_write_begin(struct pkt_writer *w, struct pkt_buf *b)
{
	int err;

	if (w->begun)
		return 0;
	switch (w->fmt) {
	case PKT_FMT_TEXT:
		err = pkt_text_write_begin(w, b);
		break;
	case PKT_FMT_BIN:
		err = pkt_bin_write_begin(w, b);
		break;
	case PKT_FMT_PCAPNG:
		err = pkt_pcapng_write_begin(w, b);
		break;
	case PKT_FMT_PCAP:
		err = pkt_pcap_write_begin(w, b);
		break;
	case PKT_FMT_QEMU:
	case PKT_FMT_VDE:
		err = 0;
		break;
	default:
		return -EINVAL;
	}
	w->begun = !err;
	return err;
}

int pkt_write_frame(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *f)
{
	size_t len = b->len;
	bool begun = w->begun;
	int err = 0;

	if (f->caplen > PKT_FRAME_MAX || f->opts_len > PKT_META_MAX)
		return -EMSGSIZE;
	if (!begun)
		err = pkt_write_begin(w, b);
	if (err)
		return err;
	switch (w->fmt) {
	case PKT_FMT_TEXT:
		err = pkt_text_write_frame(w, b, f);
		break;
	case PKT_FMT_BIN:
		err = pkt_bin_write_frame(w, b, f);
		break;
	case PKT_FMT_PCAPNG:
		err = pkt_pcapng_write_frame(w, b, f);
		break;
	case PKT_FMT_PCAP:
		err = pkt_pcap_write_frame(w, b, f);
		break;
	case PKT_FMT_QEMU:
	case PKT_FMT_VDE:
		err = pkt_framing_write_frame(w, b, f);
		break;
	default:
		err = -EINVAL;
	}
	if (err) {
		b->len = len;
		w->begun = begun;
	}
	return err;
}

int pkt_write_comment(struct pkt_writer *w, struct pkt_buf *b, const char *text)
{
	size_t len = b->len;
	bool begun = w->begun;
	int err = pkt_write_begin(w, b);

	if (err)
		return err;
	if (w->fmt == PKT_FMT_TEXT)
		err = pkt_text_write_comment(w, b, text);
	else if (w->fmt == PKT_FMT_BIN)
		err = pkt_bin_write_comment(w, b, text);
	else if (w->fmt == PKT_FMT_PCAPNG)
		err = pkt_pcapng_write_comment(w, b, text);
	if (err) {
		b->len = len;
		w->begun = begun;
	}
	return err;
}

int pkt_write_block(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *block)
{
	size_t len = b->len;
	bool begun = w->begun;
	int err;

	if (!pkt_png_block_ok(block->len, block->data, block->caplen))
		return -EINVAL;
	err = pkt_write_begin(w, b);
	if (err)
		return err;
	if (w->fmt == PKT_FMT_TEXT)
		err = pkt_text_write_block(w, b, block);
	else if (w->fmt == PKT_FMT_PCAPNG)
		err = pkt_pcapng_write_block(w, b, block);
	if (err) {
		b->len = len;
		w->begun = begun;
	}
	return err;
}

int pkt_write_link(struct pkt_writer *w, struct pkt_buf *b, const char *link, unsigned mtu)
{
	struct pkt_writer was = *w;
	int err = 0;

	set_link(w, link, mtu);
	if (w->begun && w->fmt == PKT_FMT_TEXT && (mtu != was.mtu || strcmp(w->link, was.link))) {
		err = pkt_text_write_begin(w, b);
		if (err)
			*w = was;
	}
	return err;
}

/**
 * pkt_write_switch() - end the stream, go on in another format
 *
 * Return: 0, -ENOMEM, or -EINVAL where the stream cannot go on so.
 */
int pkt_write_switch(struct pkt_writer *w, struct pkt_buf *b, enum pkt_format to)
{
	size_t len = b->len;
	bool begun = w->begun;
	int err;

	if (to != PKT_FMT_RING && (to != PKT_FMT_BIN || w->fmt != PKT_FMT_TEXT))
		return -EINVAL;
	if (w->fmt != PKT_FMT_TEXT && w->fmt != PKT_FMT_BIN)
		return -EINVAL;
	err = pkt_write_begin(w, b);
	if (err)
		return err;
	err = w->fmt == PKT_FMT_TEXT ? pkt_text_write_switch(b, to) : pkt_bin_write_switch(b);
	if (err) {
		b->len = len;
		w->begun = begun;
		return err;
	}
	w->fmt = to;
	return 0;
}
