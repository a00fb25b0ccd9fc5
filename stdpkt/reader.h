/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stdpkt/reader.h - what the readers of the formats share; private to stdpkt/
 *
 * reader.c owns the buffer: bytes [pos, end) of buf have been fed and not yet taken. A format's pkt_*_next() looks at
 * them with pkt_reader_peek(), takes a whole record with pkt_reader_take(), and where a record is not complete returns
 * pkt_reader_short(), which tells "more will come" from "the end" from "cut".
 */
#ifndef STDPKT_READER_H
#define STDPKT_READER_H

#include "stdpkt/pkt.h"

/* A line of text: the hex of the longest frame, and its columns. */
#define PKT_LINE_MAX (2u * PKT_FRAME_MAX + 4096u)
/* A pcapng block that is buffered: the longest frame, its head and its options. */
#define PKT_BLOCK_MAX (PKT_FRAME_MAX + 131072u)
/* A pcapng block that is skipped, as libpcap bounds it (16 MiB). */
#define PKT_SKIP_MAX (16u << 20)
/* The buffer never grows over this; it holds every record above and the room that is promised. */
#define PKT_READ_ROOM 65536u
#define PKT_READ_MAX (1u << 20)

struct pkt_pcapng_if {
	uint16_t linktype;
	uint8_t tsresol;
	uint8_t fcslen; /* bytes of FCS at the end of its frames */
	uint32_t snaplen;
	int64_t tsoffset; /* s */
	char link[PKT_LINK_MAX];
};

struct pkt_reader {
	enum pkt_format fmt;
	bool eof;	/* no more bytes will be fed */
	bool lost;	/* BAD for ever */
	bool begun;	/* the file's head has been read (bin, pcap, pcapng) */
	uint8_t *buf;	/* cap bytes */
	size_t cap, pos, end;
	uint64_t off;	/* of buf[0] in the stream */
	char link[PKT_LINK_MAX];
	unsigned mtu;
	const char *text;
	char bad[320];
	struct pkt_buf comment;

	/* text */
	uint64_t line;	/* lines taken so far */
	size_t scanned;	/* bytes at pos known to hold no newline */
	bool too_long;	/* inside a line that is being thrown away */

	/* capture files */
	bool big;	/* big-endian */
	uint32_t rechead; /* pcap: bytes of a record's head */
	uint32_t subsec;  /* pcap: ns per unit */
	bool lens_swapped, lens_maybe_swapped;
	uint8_t fcslen;

	/* pcapng */
	bool ours;	/* this section was written by stdpkt */
	struct pkt_pcapng_if *ifs;
	uint32_t n_ifs, cap_ifs;
	uint32_t skip, skip_len; /* bytes left of a block that is skipped; its length */
	uint32_t opt;	/* options of the block at pos before this have been looked at; 0: none yet */
	uint32_t epb_flags;
};

static inline size_t pkt_reader_avail(const struct pkt_reader *r)
{
	return r->end - r->pos;
}

/* n bytes at the read position, or NULL where there are not that many. They may be written to. */
static inline uint8_t *pkt_reader_peek(struct pkt_reader *r, size_t n)
{
	return r->end - r->pos >= n ? r->buf + r->pos : NULL;
}

static inline void pkt_reader_take(struct pkt_reader *r, size_t n)
{
	r->pos += n;
}

static inline uint64_t pkt_reader_offset(const struct pkt_reader *r)
{
	return r->off + r->pos;
}

enum pkt_event pkt_reader_short(struct pkt_reader *r, const char *what);
__attribute__((format(printf, 2, 3))) enum pkt_event pkt_reader_bad(struct pkt_reader *r, const char *fmt, ...);
__attribute__((format(printf, 2, 3))) enum pkt_event pkt_reader_lose(struct pkt_reader *r, const char *fmt, ...);
enum pkt_event pkt_reader_comment(struct pkt_reader *r, const void *text, size_t n);
bool pkt_reader_name(struct pkt_reader *r, const char *link);

/* One per format: the next event. f is not touched unless PKT_EV_FRAME is returned. */
enum pkt_event pkt_text_next(struct pkt_reader *r, struct pkt_frame *f);
enum pkt_event pkt_bin_next(struct pkt_reader *r, struct pkt_frame *f);
enum pkt_event pkt_pcapng_next(struct pkt_reader *r, struct pkt_frame *f);
enum pkt_event pkt_pcap_next(struct pkt_reader *r, struct pkt_frame *f);

#endif
