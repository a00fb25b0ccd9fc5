/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stdpkt/pcapng.h - numbers of draft-ietf-opsawg-pcapng; private to stdpkt/
 */
#ifndef STDPKT_PCAPNG_H
#define STDPKT_PCAPNG_H

enum { /* block types, 11.1 */
	PNG_IDB = 1,
	PNG_PACKET = 2, /* obsolete */
	PNG_SPB = 3,
	PNG_NRB = 4, /* names */
	PNG_ISB = 5, /* statistics */
	PNG_EPB = 6,
	PNG_JOURNAL = 9, /* of systemd */
	PNG_DSB = 10, /* decryption secrets */
	PNG_CUSTOM = 0xbad, /* that may be copied; 0x40000bad may not */
	PNG_SHB = 0x0a0d0d0a,
};

enum { /* options, 3.5 and with each block */
	PNG_OPT_END = 0,
	PNG_OPT_COMMENT = 1,
	PNG_SHB_USERAPPL = 4,
	PNG_OPT_CUSTOM_TEXT = 2988,
	PNG_OPT_CUSTOM_BYTES = 2989,
	PNG_OPT_CUSTOM_TEXT_NOCOPY = 19372,
	PNG_OPT_CUSTOM_BYTES_NOCOPY = 19373,
	PNG_IF_NAME = 2,
	PNG_IF_DESCRIPTION = 3,
	PNG_IF_TSRESOL = 9,
	PNG_IF_FCSLEN = 13,
	PNG_IF_TSOFFSET = 14,
	PNG_EPB_FLAGS = 2,
	PNG_EPB_HASH = 3,
	PNG_EPB_DROPCOUNT = 4,
	PNG_EPB_PACKETID = 5,
	PNG_EPB_QUEUE = 6,
	PNG_EPB_VERDICT = 7,
	PNG_ISB_STARTTIME = 2,
	PNG_ISB_ENDTIME = 3,
	PNG_ISB_COUNT_FIRST = 4, /* ifrecv, ifdrop, filteraccept, osdrop, usrdeliv */
	PNG_ISB_COUNT_LAST = 8,
};

#define PNG_BYTE_ORDER 0x1a2b3c4du
#define PNG_FLAGS_IN 1u /* epb_flags, bits 0-1 */
#define PNG_FLAGS_OUT 2u
#define PNG_FLAGS_DIR 3u
#define PNG_FLAGS_FCSLEN(flags) ((flags) >> 5 & 15u)
#define PNG_FLAGS_FCSLEN_MASK (15u << 5)
/* The start of shb_userappl by which we know our own: then interface names are names of links. */
#define PNG_USERAPPL "stdpkt"
/* if_description of an interface of ours whose name is not a link's but that of another capture's interface */
#define PNG_CAPTURED "of a capture"

#include "stdpkt/reader.h"

struct pkt_png_option {
	uint16_t code, len;
	const uint8_t *value;
};

/* 1: *o is the option at *at, which moves on; 0: there are no more; -1: it does not fit into [*at, end). */
int pkt_png_option(bool big, const uint8_t *block, uint32_t *at, uint32_t end, struct pkt_png_option *o);
/* pkt_png_keep() - append *o, of a block of that type, to r->opts in little-endian. False: no memory, no room. */
bool pkt_png_keep(struct pkt_reader *r, uint32_t type, const struct pkt_png_option *o);
/* A time of the interface in ns; 0 where it does not fit. */
uint64_t pkt_png_ns(const struct pkt_pcapng_if *i, uint64_t ts);

/* The shortest that a block of a type that is handed on may be; 0: of another type. */
uint32_t pkt_png_block_min(uint32_t type);
/* pkt_png_block() - the next event of such a block at p, len bytes; when it has been taken r->opts has its body, little-endian */
enum pkt_event pkt_png_block(struct pkt_reader *r, const uint8_t *p, uint32_t len, uint32_t type, struct pkt_frame *f);
/* pkt_png_block_ok() - n bytes of body in little-endian make sense, so that who reads the block will not stumble */
bool pkt_png_block_ok(uint32_t type, const uint8_t *body, uint32_t n);

#endif
