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
	PNG_ISB = 5,
	PNG_EPB = 6,
	PNG_SHB = 0x0a0d0d0a,
};

enum { /* options, 3.5 and with each block */
	PNG_OPT_END = 0,
	PNG_OPT_COMMENT = 1,
	PNG_SHB_USERAPPL = 4,
	PNG_IF_NAME = 2,
	PNG_IF_TSRESOL = 9,
	PNG_IF_FCSLEN = 13,
	PNG_IF_TSOFFSET = 14,
	PNG_EPB_FLAGS = 2,
};

#define PNG_BYTE_ORDER 0x1a2b3c4du
#define PNG_FLAGS_IN 1u /* epb_flags, bits 0-1 */
#define PNG_FLAGS_OUT 2u
/* The start of shb_userappl by which we know our own: then interface names are names of links. */
#define PNG_USERAPPL "stdpkt"

#endif
