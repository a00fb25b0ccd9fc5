// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/pcap_write.c - the classic capture file with nanoseconds; draft-ietf-opsawg-pcap
 *
 * It has no place for links, directions and comments, and its seconds end in 2106.
 */
#include "stdpkt/bytes.h"
#include "stdpkt/linktype.h"
#include "stdpkt/writer.h"

#include <errno.h>
#include <string.h>

#define FILE_HEAD 24u
#define REC_HEAD 16u
#define NS_PER_S 1000000000u

int pkt_pcap_write_begin(struct pkt_writer *w, struct pkt_buf *b)
{
	uint8_t *p;

	(void)w;
	if (pkt_buf_reserve(b, FILE_HEAD))
		return -ENOMEM;
	p = b->data + b->len;
	memset(p, 0, FILE_HEAD);
	pkt_put_le32(p, 0xa1b23c4d);
	pkt_put_le16(p + 4, 2);
	pkt_put_le16(p + 6, 4);
	pkt_put_le32(p + 16, PKT_FRAME_MAX);
	pkt_put_le32(p + 20, PKT_LINKTYPE_ETHERNET);
	b->len += FILE_HEAD;
	return 0;
}

int pkt_pcap_write_frame(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *f)
{
	uint8_t *p;

	(void)w;
	if (pkt_buf_reserve(b, REC_HEAD + f->caplen))
		return -ENOMEM;
	p = b->data + b->len;
	pkt_put_le32(p, (uint32_t)(f->ts_ns / NS_PER_S));
	pkt_put_le32(p + 4, (uint32_t)(f->ts_ns % NS_PER_S));
	pkt_put_le32(p + 8, f->caplen);
	pkt_put_le32(p + 12, f->len > f->caplen ? f->len : f->caplen);
	if (f->caplen)
		memcpy(p + REC_HEAD, f->data, f->caplen);
	b->len += REC_HEAD + f->caplen;
	return 0;
}
