/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stdpkt/pkt.h - frames and streams of frames: the contract of the wire formats
 *
 * A stream is frames written one after another on a file descriptor. This header is all that a
 * program needs to read and write one; it does no I/O, knows no guest, and never prints or exits.
 *
 *   reader:  bytes in, in pieces of any size -> frames and records out
 *   writer:  frames and records in -> bytes out, appended to a caller's buffer
 *
 * Formats: stdpkt text, stdpkt binary (between direct neighbours, see PKT_FMT_BIN), pcapng, pcap, compressed or not: a
 * reader finds these by the first bytes. The others have none that could tell and are read only when asked for.
 * stdpkt(7) describes them for people.
 */
#ifndef STDPKT_PKT_H
#define STDPKT_PKT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest frame in bytes that any reader accepts (libpcap's MAXIMUM_SNAPLEN): more is an error. */
#define PKT_FRAME_MAX 262144u
/* Longest link name, terminating NUL included. Names match [A-Za-z0-9_.:@+-]+ */
#define PKT_LINK_MAX 64
/* How the name of a link begins that is only an interface of a capture: nobody can be connected to. */
#define PKT_LINK_CAPTURED "if:"

enum pkt_format {
	PKT_FMT_NONE = 0, /* not known yet */
	PKT_FMT_TEXT,
	PKT_FMT_BIN,
	PKT_FMT_PCAPNG,
	PKT_FMT_PCAP, /* nanosecond pcap when written */
	PKT_FMT_RING, /* no bytes follow: the frames are in shared memory, which is not this layer's (lib/netdev/ring.h) */
	PKT_FMT_QEMU, /* a u32 big-endian length before each frame: QEMU's and passt's stream sockets */
	PKT_FMT_VDE, /* the same with a u16: vde_plug's stdin and stdout */
	PKT_FMT_ETHERPIPE, /* lines of EtherPIPE's character device; read only */
	PKT_FMT_HEXDUMP, /* offsets and bytes: od, hexdump, xxd, tcpdump -xx, for text2pcap; read only */
	PKT_FMT_TRAFGEN, /* bytes between braces: what netsniff-ng writes for trafgen; read only */
};

enum pkt_dir { PKT_DIR_NONE = 0, PKT_DIR_IN, PKT_DIR_OUT };

/* What a pcapng packet's epb_flags say beside the direction (draft-ietf-opsawg-pcapng 4.3.1); all other bits are kept too. */
enum {
	PKT_FLAG_RECEPTION = 7u << 2, /* 1 unicast, 2 multicast, 3 broadcast, 4 promiscuous */
	PKT_FLAG_CSUM_PARTIAL = 1u << 9, /* the checksum was to be filled in by the card */
	PKT_FLAG_CSUM_VALID = 1u << 10,
	PKT_FLAG_TSO = 1u << 11, /* the segment was to be cut up by the card */
};

/* One Ethernet frame. Other link types are made Ethernet or refused: stdpkt/linktype.c. */
struct pkt_frame {
	uint64_t ts_ns;		 /* ns since the epoch; 0 = unknown */
	const uint8_t *data;	 /* caplen bytes, from the destination MAC on, without FCS */
	uint32_t caplen;	 /* bytes here, <= PKT_FRAME_MAX */
	uint32_t len;		 /* bytes on the wire, >= caplen when the capture cut it */
	enum pkt_dir dir;	 /* as seen from the link's owner */
	char link[PKT_LINK_MAX]; /* the link that it was seen on; "" = unknown */
	/* what only pcapng and text carry: drops before this packet, its id, queue, verdicts, hashes, comments */
	uint32_t flags;	     /* PKT_FLAG_* */
	uint32_t opts_len;   /* a multiple of 4, at most PKT_META_MAX */
	const uint8_t *opts; /* whole pcapng options, little-endian, no end of options */
};
#define PKT_META_MAX 131072u

/* pkt_link_ok() - n bytes at s are a link name: 1 to PKT_LINK_MAX - 1 of [A-Za-z0-9_.:@+-], and not "-" alone. */
bool pkt_link_ok(const char *s, size_t n);

/* pkt_link_captured() - the name begins with PKT_LINK_CAPTURED */
bool pkt_link_captured(const char *name);

/* What pkt_reader_next() hands out. */
enum pkt_event {
	PKT_EV_MORE = 0, /* feed more bytes (or the end) */
	PKT_EV_FRAME,	 /* *frame is valid until the next call on this reader */
	PKT_EV_LINK,	 /* the stream named its link: pkt_reader_link(), pkt_reader_mtu() */
	PKT_EV_SWITCH,	 /* the writer goes on in another format (already switched to here) */
	PKT_EV_BLOCK,	 /* a block of pcapng that is no packet: statistics, names, secrets, custom; *frame, see below */
	PKT_EV_COMMENT,	 /* a comment or stream record: pkt_reader_text(), without the '#' and newline */
	PKT_EV_END,	 /* the stream has ended on a frame boundary */
	PKT_EV_BAD,	 /* pkt_reader_text() says what is wrong, with line/column or byte offset */
};
/*
 * After PKT_EV_BAD a reader of text goes on with the next line (a bad line costs one line); a reader
 * of a binary format gives PKT_EV_BAD for every further call (it has lost the frame boundaries).
 * pkt_reader_lost() tells the two apart. A stream cut inside a frame gives every complete frame before it, then
 * PKT_EV_BAD with "cut ..." and then PKT_EV_END.
 * A pcapng frame of an interface that is not Ethernet is one PKT_EV_BAD (always with the same text), and reading goes on.
 * PKT_EV_BLOCK: frame->len is the block's type, data and caplen its body in little-endian, link its interface for
 * statistics (whose first word, the interface's number, means nothing then). Valid until the next call; for pkt_write_block().
 * PKT_EV_LINK comes for every "#stdpkt 1" line with a link or an mtu, and once before the first frame that carries a
 * link's name where nothing before it did (a grep has removed the line). Later names only show in frame->link and
 * pkt_reader_link().
 */

struct pkt_reader;

/* pkt_reader_new() - a reader that has seen nothing. @fmt: PKT_FMT_NONE to find it by the first bytes. NULL: no memory. */
struct pkt_reader *pkt_reader_new(enum pkt_format fmt);
void pkt_reader_free(struct pkt_reader *r); /* NULL is fine */
/*
 * pkt_reader_space() - where to read(2) the next bytes to; *room >= 64 KiB. Valid until the next call.
 * NULL with *room = 0: no memory, or the caller feeds without taking events (the buffer is bounded at 1 MiB: call
 * pkt_reader_next() until PKT_EV_MORE first).
 */
uint8_t *pkt_reader_space(struct pkt_reader *r, size_t *room);
/* pkt_reader_fed() - n bytes have been put at pkt_reader_space(). */
void pkt_reader_fed(struct pkt_reader *r, size_t n);
/* pkt_reader_end() - no more bytes will come. */
void pkt_reader_end(struct pkt_reader *r);
/* pkt_reader_next() - the next event; frame filled only with PKT_EV_FRAME. Never blocks. */
enum pkt_event pkt_reader_next(struct pkt_reader *r, struct pkt_frame *frame);
enum pkt_format pkt_reader_format(const struct pkt_reader *r); /* PKT_FMT_NONE until found */
const char *pkt_reader_link(const struct pkt_reader *r);       /* "" until named; follows the latest name seen */
unsigned pkt_reader_mtu(const struct pkt_reader *r);	       /* 0 = not said */
const char *pkt_reader_text(const struct pkt_reader *r);       /* of the last COMMENT or BAD */
/* pkt_reader_in_frame() - the comment just given is among the options of the next frame too: pcapng writes it with that */
bool pkt_reader_in_frame(const struct pkt_reader *r);
bool pkt_reader_lost(const struct pkt_reader *r);	       /* frame boundaries are lost for good */

/* A growing byte buffer for writers: the caller owns it, {0} is empty. */
struct pkt_buf {
	uint8_t *data;
	size_t len, cap;
};
int pkt_buf_reserve(struct pkt_buf *b, size_t more); /* 0 or -ENOMEM */
void pkt_buf_free(struct pkt_buf *b);

struct pkt_writer {
	enum pkt_format fmt;
	char link[PKT_LINK_MAX]; /* "" = none: text writes '-' */
	unsigned mtu;		 /* 0 = not said */
	/* pcapng: one interface per link name seen; private to the writer */
	struct pkt_writer_ifs *ifs;
	bool begun;
};
/* pkt_writer_init() - *w starts a stream in @fmt. @link "" or NULL: none. */
void pkt_writer_init(struct pkt_writer *w, enum pkt_format fmt, const char *link, unsigned mtu);
void pkt_writer_fini(struct pkt_writer *w);
/*
 * All of these append whole records to @b and return 0, -ENOMEM or -EMSGSIZE (frame over PKT_FRAME_MAX, or over 65535 in
 * PKT_FMT_VDE; nothing appended); -EINVAL for a writer of a format that is only read or PKT_FMT_RING, and for a switch that is not
 * from text to PKT_FMT_BIN or from one of them to PKT_FMT_RING.
 * pkt_write_begin() writes the head of the stream (text: the #stdpkt line); the others call it if nobody has.
 * pkt_write_comment() and pkt_write_block() leave out what a format cannot carry (only text and pcapng have both).
 * @text has no newline.
 * pkt_write_switch() ends the stream with "#stdpkt switch NAME", or that record of bin; *w goes on in @to.
 */
int pkt_write_begin(struct pkt_writer *w, struct pkt_buf *b);
int pkt_write_frame(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *f);
int pkt_write_comment(struct pkt_writer *w, struct pkt_buf *b, const char *text);
int pkt_write_block(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *block); /* as PKT_EV_BLOCK gave it */
/*
 * pkt_write_link() - from here on frames that name no link are on @link ("" or NULL: unknown). Text says so in a new
 * "#stdpkt 1" line, pcapng with the next frame's interface, the others cannot. Before the head: sets what that says.
 */
int pkt_write_link(struct pkt_writer *w, struct pkt_buf *b, const char *link, unsigned mtu);
int pkt_write_switch(struct pkt_writer *w, struct pkt_buf *b, enum pkt_format to);

const char *pkt_format_name(enum pkt_format fmt); /* "text" "bin" "pcapng" "pcap" "ring" "qemu" "vde" "etherpipe" "hexdump" "trafgen" */
/* pkt_format_writable() - somebody may ask for output in it: not those between neighbours, nor what is only read */
bool pkt_format_writable(enum pkt_format fmt);
enum pkt_format pkt_format_by_name(const char *name); /* PKT_FMT_NONE: no such */

/*
 * pkt_flow() - what a frame of @len bytes is to somebody who spreads frames. KEY: *key is a number for its conversation, the same in both
 * directions, from addresses, protocol and ports (echo: identifier; fragments: without ports; an ICMP error: those of what it quotes).
 */
enum pkt_flow {
	PKT_FLOW_KEY,
	PKT_FLOW_ASK,	/* ARP request, neighbour solicitation */
	PKT_FLOW_OTHER, /* no IP, or what else neighbours tell each other */
};
enum pkt_flow pkt_flow(const uint8_t *data, uint32_t len, uint64_t *key);

/*
 * pkt_differ_unshown() - two frames differ in something that no column of text shows: not in MACs, the numbers of tags, addresses, ports,
 * words of info (tos, where it is 0, too), checksums, or the padding behind a packet. Of two fragments that are different parts: no.
 */
bool pkt_differ_unshown(const uint8_t *a, uint32_t a_len, const uint8_t *b, uint32_t b_len);

/*
 * PKT_FMT_BIN, little-endian, between processes of one machine (it follows "#stdpkt switch bin\n"; a stream that
 * starts in it, such as a return path, begins with the 8 bytes "\0stdpkt1"):
 *   u32 length  of the body that follows the 16-byte head; bounded by PKT_FRAME_MAX
 *   u32 type    0 frame, 1 comment (UTF-8 text), 2 cut frame, 3 switch (no body): a ring is next; another type is skipped by readers
 *   u64 ts_ns   ns since the epoch
 *   length bytes; of a cut frame u32 len (bytes on the wire), then the length - 4 bytes that there are
 * The link of its frames is the link of the stream; a direction is not carried.
 */
#define PKT_BIN_MAGIC "\0stdpkt1"
#define PKT_BIN_HEAD 16u

#endif
