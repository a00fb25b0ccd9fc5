// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/text_write.c - frames as lines; stdpkt(7)
 */
#include "stdpkt/dissect.h"
#include "stdpkt/meta.h"
#include "stdpkt/writer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_S 1000000000u
/* time, link, dir, len with their spaces, and that of flags: 21 + 64 + 4 + 11 + 1 */
#define META_MAX 128u

static char *put_nsec(char *p, uint32_t ns)
{
	int i;

	*p = '.';
	for (i = 9; i; i--, ns /= 10)
		p[i] = (char)('0' + ns % 10);
	return p + 10;
}

static char *put_time(char *p, uint64_t ts_ns)
{
	uint64_t sec = ts_ns / NS_PER_S;

	if (!ts_ns) {
		*p++ = '-';
		return p;
	}
	if (sec > UINT32_MAX) { /* 18446744073 is the most */
		p = pkt_put_dec(p, (uint32_t)(sec / NS_PER_S));
		p = put_nsec(p, (uint32_t)(sec % NS_PER_S));
		memmove(p - 10, p - 9, 9); /* the dot goes */
		p--;
	} else {
		p = pkt_put_dec(p, (uint32_t)sec);
	}
	return put_nsec(p, (uint32_t)(ts_ns % NS_PER_S));
}

int pkt_text_write_begin(struct pkt_writer *w, struct pkt_buf *b)
{
	char line[PKT_LINK_MAX + 64];
	int n = snprintf(line, sizeof(line), "#stdpkt 1");

	if (w->link[0])
		n += snprintf(line + n, sizeof(line) - (size_t)n, " link=%s", w->link);
	if (w->mtu)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " mtu=%u", w->mtu);
	line[n++] = '\n';
	if (pkt_buf_reserve(b, (size_t)n))
		return -ENOMEM;
	memcpy(b->data + b->len, line, (size_t)n);
	b->len += (size_t)n;
	return 0;
}

int pkt_text_write_frame(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *f)
{
	struct pkt_dissect d;
	struct pkt_columns c;
	const char *link;
	size_t n;
	char *p;

	if (pkt_buf_reserve(b, META_MAX + PKT_META_TEXT_MAX(f->opts_len) + PKT_COLUMNS_MAX + 2 * (size_t)f->caplen + 2))
		return -ENOMEM;
	p = (char *)b->data + b->len;
	p = put_time(p, f->ts_ns);
	*p++ = ' ';
	link = pkt_writer_frame_link(w, f, &n);
	memcpy(p, n ? link : "-", n ? n : 1);
	p += n ? n : 1;
	n = f->dir == PKT_DIR_IN ? 3 : f->dir == PKT_DIR_OUT ? 4 : 2;
	memcpy(p, f->dir == PKT_DIR_IN ? " in " : f->dir == PKT_DIR_OUT ? " out" : " -  ", 4);
	p += n;
	*p++ = ' ';
	p = pkt_put_dec(p, f->len > f->caplen ? f->len : f->caplen);
	*p++ = ' ';
	if (f->flags || f->opts_len)
		p = pkt_put_meta(p, f);
	else
		*p++ = '-';
	*p++ = ' ';

	pkt_dissect(&d, f->data, f->caplen);
	pkt_columns_render(&c, &d);
	memcpy(p, c.text, c.at[PKT_COL_HEX]);
	p += c.at[PKT_COL_HEX];
	if (f->caplen)
		pkt_hex_encode(p, f->data, f->caplen);
	else
		*p++ = '-';
	p += 2 * (size_t)f->caplen;
	*p++ = '\n';
	b->len = (size_t)((uint8_t *)p - b->data);
	return 0;
}

/* "#stdpkt block TYPE LINK HEX" */
int pkt_text_write_block(struct pkt_writer *w, struct pkt_buf *b, const struct pkt_frame *block)
{
	size_t n;
	const char *link = pkt_writer_frame_link(w, block, &n);
	char *p;

	if (pkt_buf_reserve(b, META_MAX + 2 * (size_t)block->caplen))
		return -ENOMEM;
	p = (char *)b->data + b->len;
	p += sprintf(p, "#stdpkt block %u %.*s ", block->len, n ? (int)n : 1, n ? link : "-");
	pkt_hex_encode(p, block->data, block->caplen);
	p += 2 * (size_t)block->caplen;
	*p++ = '\n';
	b->len = (size_t)((uint8_t *)p - b->data);
	return 0;
}

/* A comment must not be taken for a record that readers act on; a space makes it a plain one. */
static bool looks_like_record(const char *text)
{
	return !strncmp(text, "stdpkt switch", 13) || !strncmp(text, "stdpkt block ", 13) ||
	       (!strncmp(text, "stdpkt ", 7) && text[7] >= '0' && text[7] <= '9');
}

int pkt_text_write_comment(struct pkt_writer *w, struct pkt_buf *b, const char *text)
{
	size_t n = strnlen(text, 2 * PKT_FRAME_MAX), i;
	uint8_t *p;

	(void)w;
	if (pkt_buf_reserve(b, n + 3))
		return -ENOMEM;
	p = b->data + b->len;
	*p++ = '#';
	if (looks_like_record(text))
		*p++ = ' ';
	for (i = 0; i < n; i++)
		*p++ = text[i] == '\n' || text[i] == '\r' ? ' ' : (uint8_t)text[i]; /* a reader takes off what an editor may have put on */
	*p++ = '\n';
	b->len = (size_t)(p - b->data);
	return 0;
}

int pkt_text_write_switch(struct pkt_buf *b, enum pkt_format to)
{
	if (pkt_buf_reserve(b, 32))
		return -ENOMEM;
	b->len += (size_t)sprintf((char *)b->data + b->len, "#stdpkt switch %s\n", pkt_format_name(to));
	return 0;
}
