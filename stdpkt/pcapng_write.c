// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/pcapng_write.c - pcapng for tcpdump, tshark and Wireshark; draft-ietf-opsawg-pcapng
 *
 * One interface per link's name, that of the stream described at its start, others just before their first frame; nanoseconds; the
 * direction in epb_flags; options and blocks that were read as they are (pcapng_block.c). A comment is the opt_comment of an interface
 * statistics block: it can be written at once, wherever it comes, and the tools either show it or skip the block.
 */
#include "stdpkt/pcapng.h"
#include "stdpkt/bytes.h"
#include "stdpkt/linktype.h"
#include "stdpkt/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define USERAPPL PNG_USERAPPL " 1"
#define NO_LENGTH 0xffffffffu
#define COMMENT_MAX 65532u
#define LINKS_MAX 65536u
#define IDB_MAX (96u + PKT_LINK_MAX)

struct pkt_writer_ifs {
	uint32_t n, cap, last; /* last: of the frame before */
	char (*link)[PKT_LINK_MAX];
};

static uint8_t *put_option(uint8_t *p, uint16_t code, const void *value, uint16_t len)
{
	pkt_put_le16(p, code);
	pkt_put_le16(p + 2, len);
	memset(p + 4 + (len & ~3u), 0, 4);
	if (len)
		memcpy(p + 4, value, len);
	return p + 4 + ((len + 3u) & ~3u);
}

/* Close the block that begins at b->len and whose last option ends at p. */
static void end_block(struct pkt_buf *b, uint8_t *p)
{
	uint32_t len = (uint32_t)(p - (b->data + b->len)) + 4;

	pkt_put_le32(b->data + b->len + 4, len);
	pkt_put_le32(p, len);
	b->len += len;
}

static int find_if(struct pkt_writer_ifs *ifs, struct pkt_buf *b, const char *link, size_t n);

int pkt_pcapng_write_begin(struct pkt_writer *w, struct pkt_buf *b)
{
	const size_t n = strnlen(w->link, PKT_LINK_MAX - 1);
	uint8_t *p;

	if (pkt_buf_reserve(b, 128 + IDB_MAX))
		return -ENOMEM;
	if (!w->ifs)
		w->ifs = calloc(1, sizeof(*w->ifs));
	if (!w->ifs)
		return -ENOMEM;
	w->ifs->n = 0; /* a section has its own interfaces */
	p = b->data + b->len;
	pkt_put_le32(p, PNG_SHB);
	pkt_put_le32(p + 8, PNG_BYTE_ORDER);
	pkt_put_le16(p + 12, 1);
	pkt_put_le16(p + 14, 0);
	pkt_put_le32(p + 16, NO_LENGTH); /* of the section: not known */
	pkt_put_le32(p + 20, NO_LENGTH);
	p = put_option(p + 24, PNG_SHB_USERAPPL, USERAPPL, sizeof(USERAPPL) - 1);
	p = put_option(p, PNG_OPT_END, NULL, 0);
	end_block(b, p);
	/* the stream's own at once: libpcap refuses a capture without any, as one is that nothing got into */
	return n && find_if(w->ifs, b, w->link, n) ? -ENOMEM : 0;
}

/* Describe one more interface. */
static int add_if(struct pkt_writer_ifs *ifs, struct pkt_buf *b, const char *link, size_t n)
{
	static const uint8_t nsec = 9;
	static const size_t skip = sizeof(PKT_LINK_CAPTURED) - 1;
	uint32_t cap = ifs->cap ? 2 * ifs->cap : 4;
	uint8_t *p;
	void *mem;

	if (ifs->n == ifs->cap) {
		mem = cap <= LINKS_MAX ? realloc(ifs->link, cap * sizeof(*ifs->link)) : NULL;
		if (!mem)
			return -ENOMEM;
		ifs->link = mem;
		ifs->cap = cap;
	}
	if (pkt_buf_reserve(b, IDB_MAX))
		return -ENOMEM;
	memset(ifs->link[ifs->n], 0, PKT_LINK_MAX);
	memcpy(ifs->link[ifs->n], link, n);
	ifs->last = ifs->n++;
	p = b->data + b->len;
	pkt_put_le32(p, PNG_IDB);
	pkt_put_le16(p + 8, PKT_LINKTYPE_ETHERNET);
	pkt_put_le16(p + 10, 0);
	pkt_put_le32(p + 12, PKT_FRAME_MAX);
	p += 16;
	if (n > skip && !memcmp(link, PKT_LINK_CAPTURED, skip)) {
		p = put_option(p, PNG_IF_NAME, link + skip, (uint16_t)(n - skip));
		p = put_option(p, PNG_IF_DESCRIPTION, PNG_CAPTURED, sizeof(PNG_CAPTURED) - 1);
	} else if (n) {
		p = put_option(p, PNG_IF_NAME, link, (uint16_t)n);
	}
	p = put_option(p, PNG_IF_TSRESOL, &nsec, 1);
	p = put_option(p, PNG_OPT_END, NULL, 0);
	end_block(b, p);
	return 0;
}

/* Make the link's interface ifs->last. */
static int find_if(struct pkt_writer_ifs *ifs, struct pkt_buf *b, const char *link, size_t n)
{
	uint32_t i;

	if (ifs->n && !memcmp(ifs->link[ifs->last], link, n) && !ifs->link[ifs->last][n])
		return 0;
	for (i = 0; i < ifs->n; i++) {
		if (!memcmp(ifs->link[i], link, n) && !ifs->link[i][n]) {
			ifs->last = i;
			return 0;
		}
	}
	return add_if(ifs, b, link, n);
}

int pkt_pcapng_write_frame(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *f)
{
	uint32_t pad = -f->caplen & 3, flags;
	const char *link;
	uint8_t *p, flags_le[4];
	size_t n;

	/* first the room for all, so that an interface is not described twice after a failure */
	if (pkt_buf_reserve(b, IDB_MAX + 64 + f->caplen + f->opts_len))
		return -ENOMEM;
	link = pkt_writer_frame_link(w, f, &n);
	if (find_if(w->ifs, b, link, n))
		return -ENOMEM;
	p = b->data + b->len;
	pkt_put_le32(p, PNG_EPB);
	pkt_put_le32(p + 8, w->ifs->last);
	pkt_put_le32(p + 12, (uint32_t)(f->ts_ns >> 32));
	pkt_put_le32(p + 16, (uint32_t)f->ts_ns);
	pkt_put_le32(p + 20, f->caplen);
	pkt_put_le32(p + 24, f->len > f->caplen ? f->len : f->caplen);
	p += 28;
	if (f->caplen)
		memcpy(p, f->data, f->caplen);
	p += f->caplen;
	memset(p, 0, pad);
	p += pad;
	flags = f->flags | (f->dir == PKT_DIR_IN ? PNG_FLAGS_IN : f->dir == PKT_DIR_OUT ? PNG_FLAGS_OUT : 0);
	if (flags) {
		pkt_put_le32(flags_le, flags);
		p = put_option(p, PNG_EPB_FLAGS, flags_le, 4);
	}
	if (f->opts_len)
		memcpy(p, f->opts, f->opts_len);
	p += f->opts_len;
	if (flags || f->opts_len)
		p = put_option(p, PNG_OPT_END, NULL, 0);
	end_block(b, p);
	return 0;
}

int pkt_pcapng_write_comment(struct pkt_writer *w, struct pkt_buf *b, const char *text)
{
	uint16_t len = (uint16_t)strnlen(text, COMMENT_MAX);
	size_t n = strnlen(w->link, PKT_LINK_MAX - 1);
	uint8_t *p;

	if (pkt_buf_reserve(b, IDB_MAX + 64 + len))
		return -ENOMEM;
	if (!w->ifs->n && find_if(w->ifs, b, w->link, n))
		return -ENOMEM;
	p = b->data + b->len;
	pkt_put_le32(p, PNG_ISB);
	pkt_put_le32(p + 8, w->ifs->last);
	pkt_put_le32(p + 12, 0);
	pkt_put_le32(p + 16, 0);
	p = put_option(p + 20, PNG_OPT_COMMENT, text, len);
	p = put_option(p, PNG_OPT_END, NULL, 0);
	end_block(b, p);
	return 0;
}

int pkt_pcapng_write_block(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *block)
{
	size_t n;
	const char *link = pkt_writer_frame_link(w, block, &n);
	uint8_t *p;

	if (pkt_buf_reserve(b, IDB_MAX + 16 + block->caplen))
		return -ENOMEM;
	if (block->len == PNG_ISB && find_if(w->ifs, b, link, n))
		return -ENOMEM;
	p = b->data + b->len;
	pkt_put_le32(p, block->len);
	memcpy(p + 8, block->data, block->caplen);
	if (block->len == PNG_ISB)
		pkt_put_le32(p + 8, w->ifs->last);
	end_block(b, p + 8 + block->caplen);
	return 0;
}

void pkt_pcapng_writer_fini(struct pkt_writer *w)
{
	if (!w->ifs)
		return;
	free(w->ifs->link);
	free(w->ifs);
	w->ifs = NULL;
}
