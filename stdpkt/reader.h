/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stdpkt/reader.h - what the readers of the formats share; private to stdpkt/
 *
 * The bytes in.buf[in.pos, in.end) have been fed (or unpacked) and not yet taken. A format's pkt_*_next() looks at
 * them with pkt_reader_peek(), takes a whole record with pkt_reader_take(), and where a record is not complete returns
 * pkt_reader_short(), which tells "more will come" from "the end" from "cut".
 */
#ifndef STDPKT_READER_H
#define STDPKT_READER_H

#include "stdpkt/pkt.h"

#include <sys/types.h>

/* A line of text: the hex of the longest frame and its options, and its columns. */
#define PKT_LINE_MAX (2u * PKT_FRAME_MAX + 3u * PKT_META_MAX + 4096u)
/* A pcapng block that is buffered: the longest frame, its head and its options. */
#define PKT_BLOCK_MAX (PKT_FRAME_MAX + PKT_META_MAX)
/* A pcapng block that is skipped, as libpcap bounds it (16 MiB). */
#define PKT_SKIP_MAX (16u << 20)
/* The buffer never grows over this; it holds every record above and the room that is promised. */
#define PKT_READ_ROOM 65536u
#define PKT_READ_MAX (1u << 20)

/* What is in front of a frame may be overwritten by an Ethernet header (linktype.c), also at the start of the buffer. */
#define PKT_READ_FRONT 16u

/* A bounded buffer that bytes are put into at its end and taken from at pos. */
struct pkt_window {
	uint8_t *buf; /* cap bytes, and PKT_READ_FRONT before them */
	size_t cap, pos, end;
	uint64_t off; /* of buf[0] in the stream */
};
bool pkt_window_init(struct pkt_window *w);
void pkt_window_free(struct pkt_window *w);
/* pkt_window_space() - where the next bytes go to, at least PKT_READ_ROOM; NULL: no memory, or more than PKT_READ_MAX */
uint8_t *pkt_window_space(struct pkt_window *w, size_t *room);

struct pkt_unpack;
enum pkt_packer { PKT_PACK_NONE = 0, PKT_PACK_GZIP, PKT_PACK_ZSTD, PKT_PACK_LZ4 };
/* pkt_unpack_new() - *in has the first bytes, which the new one takes over; *in is empty then. NULL: no memory. */
struct pkt_unpack *pkt_unpack_new(enum pkt_packer packer, struct pkt_window *in);
void pkt_unpack_free(struct pkt_unpack *u);
struct pkt_window *pkt_unpack_in(struct pkt_unpack *u);
/*
 * pkt_unpack() - at most @room more bytes to @to. Return: how many; 0: more input is needed; -1: it makes no sense, pkt_unpack_why().
 * pkt_unpack_whole(): what there was ended where it may end.
 */
ssize_t pkt_unpack(struct pkt_unpack *u, uint8_t *to, size_t room);
bool pkt_unpack_whole(const struct pkt_unpack *u);
const char *pkt_unpack_name(const struct pkt_unpack *u);
const char *pkt_unpack_why(const struct pkt_unpack *u);

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
	struct pkt_window in;
	struct pkt_unpack *unpack; /* NULL: what is fed goes into "in" as it is */
	bool fed_all;		   /* eof of what is fed; equal to eof unless it is unpacked */
	char link[PKT_LINK_MAX];
	unsigned mtu;
	const char *text;
	char bad[320];
	struct pkt_buf comment;
	bool in_frame;	     /* the comment is also among the options of the next frame */
	struct pkt_buf opts; /* of the frame; the body of a block; hexdump, trafgen: the frame itself */

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
	uint16_t linktype;

	/* pcapng */
	bool ours;	/* this section was written by stdpkt */
	struct pkt_pcapng_if *ifs;
	uint32_t n_ifs, cap_ifs;
	uint32_t skip, skip_len; /* bytes left of a block that is skipped; its length */
	uint32_t opt;	/* options of the block at pos before this have been looked at; 0: none yet */
	uint32_t epb_flags;

	/* hexdump, trafgen */
	uint32_t dump_width; /* bytes in a line; 0: not known yet */
	uint32_t dump_last;  /* offset of the line before */
	bool dump_any, dump_bad; /* inside a packet; inside one that is passed over */
};

static inline size_t pkt_reader_avail(const struct pkt_reader *r)
{
	return r->in.end - r->in.pos;
}

/* n bytes at the read position, or NULL where there are not that many. They may be written to. */
static inline uint8_t *pkt_reader_peek(struct pkt_reader *r, size_t n)
{
	return r->in.end - r->in.pos >= n ? r->in.buf + r->in.pos : NULL;
}

static inline void pkt_reader_take(struct pkt_reader *r, size_t n)
{
	r->in.pos += n;
}

static inline uint64_t pkt_reader_offset(const struct pkt_reader *r)
{
	return r->in.off + r->in.pos;
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
enum pkt_event pkt_framing_next(struct pkt_reader *r, struct pkt_frame *f);
enum pkt_event pkt_etherpipe_next(struct pkt_reader *r, struct pkt_frame *f);
enum pkt_event pkt_hexdump_next(struct pkt_reader *r, struct pkt_frame *f);
enum pkt_event pkt_trafgen_next(struct pkt_reader *r, struct pkt_frame *f);

#endif
