// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/line.c - lines of the text formats that others have made up, and hex in them
 */
#include "stdpkt/line.h"

#include <string.h>

/**
 * pkt_reader_line() - take a line
 *
 * Return: PKT_EV_FRAME with *n bytes at *s, without the newline; PKT_EV_MORE, PKT_EV_END; PKT_EV_BAD for one that is too long.
 */
enum pkt_event pkt_reader_line(struct pkt_reader *r, char **s, size_t *n)
{
	size_t have = pkt_reader_avail(r);
	char *nl;

	*s = (char *)r->in.buf + r->in.pos;
	nl = have > r->scanned ? memchr(*s + r->scanned, '\n', have - r->scanned) : NULL;
	if (!nl && have <= PKT_LINE_MAX && (!r->eof || !have)) {
		r->scanned = have;
		return r->eof ? PKT_EV_END : PKT_EV_MORE;
	}
	r->scanned = 0;
	*n = nl ? (size_t)(nl - *s) : have;
	pkt_reader_take(r, *n + (nl ? 1 : 0));
	r->line++;
	if (*n > PKT_LINE_MAX)
		return pkt_reader_bad(r, "line %llu: longer than %u characters", (unsigned long long)r->line, PKT_LINE_MAX);
	if (*n && (*s)[*n - 1] == '\r')
		--*n;
	return PKT_EV_FRAME;
}

/**
 * pkt_hex_token() - the word of hex digits at *s, at most 8 bytes' worth
 * @v: its value
 *
 * Return: digits; *s is behind them then. 0 where something else stands there, or no space follows.
 */
size_t pkt_hex_token(const char **s, const char *end, uint64_t *v)
{
	const char *p = *s;
	size_t n;

	for (*v = 0; p < end && *p != ' ' && *p != '\t'; p++) {
		int c = *p | 0x20;

		if (c >= '0' && c <= '9')
			c -= '0';
		else if (c >= 'a' && c <= 'f')
			c -= 'a' - 10;
		else
			return 0;
		*v = *v << 4 | (unsigned)c;
	}
	n = (size_t)(p - *s);
	if (n > 16)
		return 0;
	*s = p;
	return n;
}
