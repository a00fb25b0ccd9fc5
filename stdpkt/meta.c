// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/meta.c - what a capture knows of a packet beside its bytes, as words: the flags column of text
 *
 *   csum,tso,drops=3,id=77,queue=1,verdict=xdp:2,hash=2:5b1d...,rx=4,bits=0x1000,opt2988=...
 *
 * The words are pcapng's epb_flags and packet options, so that text keeps all that pcapng has. Comments are no words: they are lines.
 * A word that is not known is passed over, for it may be a later version's.
 */
#include "stdpkt/meta.h"
#include "stdpkt/bytes.h"
#include "stdpkt/dissect.h"
#include "stdpkt/pcapng.h"

#include <string.h>

#define RECEPTION_SHIFT 2u
#define NAMED (PKT_FLAG_RECEPTION | PKT_FLAG_CSUM_PARTIAL | PKT_FLAG_CSUM_VALID | PKT_FLAG_TSO)

static char *put_str(char *p, const char *s)
{
	size_t n = strlen(s);

	memcpy(p, s, n);
	return p + n;
}

static char *put_dec64(char *p, uint64_t v)
{
	char tmp[20];
	int n = 0;

	do {
		tmp[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	while (n)
		*p++ = tmp[--n];
	return p;
}

static char *put_hex(char *p, const uint8_t *v, size_t n)
{
	pkt_hex_encode(p, v, n);
	return p + 2 * n;
}

static char *put_flags(char *p, uint32_t flags)
{
	uint8_t be[4];

	if (flags & PKT_FLAG_CSUM_PARTIAL)
		p = put_str(p, "csum,");
	if (flags & PKT_FLAG_CSUM_VALID)
		p = put_str(p, "csum-ok,");
	if (flags & PKT_FLAG_TSO)
		p = put_str(p, "tso,");
	if (flags & PKT_FLAG_RECEPTION) {
		p = put_str(p, "rx=");
		p = pkt_put_dec(p, (flags & PKT_FLAG_RECEPTION) >> RECEPTION_SHIFT);
		*p++ = ',';
	}
	if (flags & ~NAMED) {
		pkt_put_be16(be, (uint16_t)((flags & ~NAMED) >> 16));
		pkt_put_be16(be + 2, (uint16_t)(flags & ~NAMED));
		p = put_str(p, "bits=0x");
		p = put_hex(p, be, 4);
		*p++ = ',';
	}
	return p;
}

static char *put_option(char *p, uint16_t code, const uint8_t *v, uint16_t len)
{
	static const char *const verdicts[] = { "hw", "tc", "xdp" };

	if (code == PNG_EPB_DROPCOUNT && len == 8) {
		p = put_str(p, "drops=");
		return put_dec64(p, pkt_le64(v));
	}
	if (code == PNG_EPB_PACKETID && len == 8) {
		p = put_str(p, "id=");
		return put_dec64(p, pkt_le64(v));
	}
	if (code == PNG_EPB_QUEUE && len == 4) {
		p = put_str(p, "queue=");
		return put_dec64(p, pkt_le32(v));
	}
	if (code == PNG_EPB_VERDICT && (len == 9 ? v[0] == 1 || v[0] == 2 : len && !v[0])) {
		p = put_str(p, "verdict=");
		p = put_str(p, verdicts[v[0]]);
		*p++ = ':';
		return v[0] ? put_dec64(p, pkt_le64(v + 1)) : put_hex(p, v + 1, len - 1u);
	}
	if (code == PNG_EPB_HASH && len) {
		p = put_str(p, "hash=");
		p = pkt_put_dec(p, v[0]);
		*p++ = ':';
		return put_hex(p, v + 1, len - 1u);
	}
	p = put_str(p, "opt");
	p = pkt_put_dec(p, code);
	*p++ = '=';
	return put_hex(p, v, len);
}

char *pkt_put_meta(char *p, const struct pkt_frame *f)
{
	char *start = p;
	uint32_t at;
	uint16_t code, len;

	p = put_flags(p, f->flags);
	for (at = 0; at < f->opts_len; at += 4 + ((len + 3u) & ~3u)) {
		code = pkt_le16(f->opts + at);
		len = pkt_le16(f->opts + at + 2);
		if (code == PNG_OPT_COMMENT)
			continue;
		p = put_option(p, code, f->opts + at + 4, len);
		*p++ = ',';
	}
	if (p == start)
		*p++ = '-';
	else
		p--;
	return p;
}

static bool parse_dec(const char *s, size_t n, uint64_t max, uint64_t *v)
{
	*v = 0;
	if (!n)
		return false;
	for (; n; n--, s++)
		if (*s < '0' || *s > '9' || __builtin_mul_overflow(*v, 10u, v) || __builtin_add_overflow(*v, (uint64_t)(*s - '0'), v))
			return false;
	return *v <= max;
}

/* Append an option whose value is @first (n_first bytes) and then hex. */
static bool add_option(struct pkt_buf *b, uint16_t code, const uint8_t *first, size_t n_first, const char *hex, size_t digits)
{
	size_t len = n_first + digits / 2, room = 4 + ((len + 3) & ~(size_t)3);
	uint8_t *p;

	if (digits % 2 || len > UINT16_MAX || b->len + room > PKT_META_MAX || pkt_buf_reserve(b, room))
		return false;
	p = b->data + b->len;
	memset(p, 0, room);
	pkt_put_le16(p, code);
	pkt_put_le16(p + 2, (uint16_t)len);
	if (n_first)
		memcpy(p + 4, first, n_first);
	if (!pkt_hex_decode(p + 4 + n_first, hex, digits / 2))
		return false;
	b->len += room;
	return true;
}

static bool add_number(struct pkt_buf *b, uint16_t code, const char *s, size_t n, size_t width)
{
	uint8_t le[8];
	uint64_t v;

	if (!parse_dec(s, n, width == 4 ? UINT32_MAX : UINT64_MAX, &v))
		return false;
	pkt_put_le64(le, v);
	return add_option(b, code, le, width, s, 0);
}

/* TYPE:VALUE */
static bool add_verdict(struct pkt_buf *b, const char *s, size_t n)
{
	uint8_t v[9];
	uint64_t number;

	if (n > 3 && !memcmp(s, "hw:", 3)) {
		v[0] = 0;
		return add_option(b, PNG_EPB_VERDICT, v, 1, s + 3, n - 3);
	}
	if (n > 3 && !memcmp(s, "tc:", 3)) {
		v[0] = 1;
		s += 3;
		n -= 3;
	} else if (n > 4 && !memcmp(s, "xdp:", 4)) {
		v[0] = 2;
		s += 4;
		n -= 4;
	} else {
		return false;
	}
	if (!parse_dec(s, n, UINT64_MAX, &number))
		return false;
	pkt_put_le64(v + 1, number);
	return add_option(b, PNG_EPB_VERDICT, v, 9, s, 0);
}

/* NUMBER, @sep, hex: a hash with its algorithm, or an option with its code. */
static bool add_numbered(struct pkt_buf *b, const char *s, size_t n, char sep)
{
	const char *hex = memchr(s, sep, n);
	uint64_t v;
	uint8_t first;

	if (!hex || !parse_dec(s, (size_t)(hex - s), sep == ':' ? 255 : 65535, &v))
		return false;
	hex++;
	n -= (size_t)(hex - s);
	if (sep == ':') {
		first = (uint8_t)v;
		return add_option(b, PNG_EPB_HASH, &first, 1, hex, n);
	}
	/* the end, comments and flags are something else */
	return v > PNG_EPB_FLAGS && add_option(b, (uint16_t)v, NULL, 0, hex, n);
}

static bool parse_bits(const char *s, size_t n, uint32_t *flags)
{
	uint8_t be[4];

	if (n != 10 || memcmp(s, "0x", 2) != 0 || !pkt_hex_decode(be, s + 2, 4))
		return false;
	*flags |= pkt_be32(be) & ~(NAMED | PNG_FLAGS_DIR);
	return true;
}

static bool parse_word(struct pkt_buf *b, uint32_t *flags, const char *s, size_t n)
{
	uint64_t v;

#define WORD(w) (n == sizeof(w) - 1 && !memcmp(s, w, n))
#define KEY(k) (n >= sizeof(k) - 1 && !memcmp(s, k, sizeof(k) - 1) && (s += sizeof(k) - 1, n -= sizeof(k) - 1, true))
	if (WORD("csum"))
		*flags |= PKT_FLAG_CSUM_PARTIAL;
	else if (WORD("csum-ok"))
		*flags |= PKT_FLAG_CSUM_VALID;
	else if (WORD("tso"))
		*flags |= PKT_FLAG_TSO;
	else if (KEY("drops="))
		return add_number(b, PNG_EPB_DROPCOUNT, s, n, 8);
	else if (KEY("id="))
		return add_number(b, PNG_EPB_PACKETID, s, n, 8);
	else if (KEY("queue="))
		return add_number(b, PNG_EPB_QUEUE, s, n, 4);
	else if (KEY("verdict="))
		return add_verdict(b, s, n);
	else if (KEY("hash="))
		return add_numbered(b, s, n, ':');
	else if (KEY("opt"))
		return add_numbered(b, s, n, '=');
	else if (KEY("bits="))
		return parse_bits(s, n, flags);
	else if (KEY("rx=")) {
		if (!parse_dec(s, n, PKT_FLAG_RECEPTION >> RECEPTION_SHIFT, &v))
			return false;
		*flags |= (uint32_t)v << RECEPTION_SHIFT;
	}
#undef WORD
#undef KEY
	return true;
}

bool pkt_parse_meta(struct pkt_buf *b, uint32_t *flags, const char *s, size_t n)
{
	const char *end = s + n, *comma;

	*flags = 0;
	b->len = 0;
	for (;; s = comma + 1) {
		comma = memchr(s, ',', (size_t)(end - s));
		if (!parse_word(b, flags, s, (size_t)((comma ? comma : end) - s)))
			return false;
		if (!comma)
			return true;
	}
}
