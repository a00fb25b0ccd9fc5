// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/pcapng_block.c - options, and the blocks that are no packets; draft-ietf-opsawg-pcapng
 *
 * Theory of operation: statistics, names, decryption secrets, journal entries and custom blocks are handed on as they are, so that
 * pcapng through pcapng loses none of them. As they are means: in little-endian, with times in ns, the way we write. Options go the same
 * way. Their comments are given as comments. What must not be copied (custom blocks and options that say so) is not, nor
 * what nobody here knows how to turn into another byte order.
 */
#include "stdpkt/pcapng.h"
#include "stdpkt/bytes.h"

#include <string.h>

#define NS_PER_S 1000000000u
#define BLOCK_HEAD 8u
#define ISB_HEAD 20u
#define DSB_HEAD 16u
#define CUSTOM_HEAD 12u

int pkt_png_option(bool big, const uint8_t *block, uint32_t *at, uint32_t end, struct pkt_png_option *o)
{
	uint32_t room;

	if (end - *at < 4)
		return 0;
	o->code = pkt_get16(block + *at, big);
	o->len = pkt_get16(block + *at + 2, big);
	if (o->code == PNG_OPT_END)
		return 0;
	o->value = block + *at + 4;
	room = (o->len + 3u) & ~3u;
	if (room > end - *at - 4)
		return -1;
	*at += 4 + room;
	return 1;
}

/* if_tsresol: a negative power of 10, or with the top bit set of 2. What does not fit in 64 bits of ns is 0: unknown. */
uint64_t pkt_png_ns(const struct pkt_pcapng_if *i, uint64_t ts)
{
	unsigned n = i->tsresol & 0x7f;
	__int128 ns;

	if (i->tsresol == 9 && !i->tsoffset)
		return ts;
	if (i->tsresol & 0x80) {
		ns = n < 64 ? (__int128)(((unsigned __int128)ts * NS_PER_S) >> n) : 0;
	} else {
		ns = ts;
		for (; n < 9; n++)
			ns *= 10;
		for (; n > 9 && ns; n--)
			ns /= 10;
	}
	ns += (__int128)i->tsoffset * NS_PER_S;
	return ns < 0 || ns > UINT64_MAX ? 0 : (uint64_t)ns;
}

static void reverse(uint8_t *v, size_t n)
{
	size_t i;

	for (i = 0; i < n / 2; i++) {
		uint8_t t = v[i];

		v[i] = v[n - 1 - i];
		v[n - 1 - i] = t;
	}
}

/* Bytes of an option's value, from *at on, that are a number in the section's byte order. */
static size_t number_in(uint32_t type, const struct pkt_png_option *o, size_t *at)
{
	size_t n = 0;

	*at = 0;
	if (o->code == PNG_OPT_CUSTOM_TEXT || o->code == PNG_OPT_CUSTOM_BYTES) {
		n = 4; /* whose it is */
	} else if (type == PNG_EPB) {
		if (o->code == PNG_EPB_DROPCOUNT || o->code == PNG_EPB_PACKETID)
			n = 8;
		else if (o->code == PNG_EPB_QUEUE)
			n = 4;
		else if (o->code == PNG_EPB_VERDICT && o->len == 9 && (o->value[0] == 1 || o->value[0] == 2)) {
			*at = 1;
			n = 8;
		}
	} else if (type == PNG_ISB && o->code >= PNG_ISB_COUNT_FIRST && o->code <= PNG_ISB_COUNT_LAST) {
		n = 8;
	}
	return *at + n <= o->len ? n : 0;
}

bool pkt_png_keep(struct pkt_reader *r, uint32_t type, const struct pkt_png_option *o)
{
	size_t room = 4 + ((o->len + 3u) & ~3u), at, n = number_in(type, o, &at);
	uint8_t *p;

	if (o->code == PNG_OPT_CUSTOM_TEXT_NOCOPY || o->code == PNG_OPT_CUSTOM_BYTES_NOCOPY)
		return true;
	if (r->opts.len + room > PKT_META_MAX) /* cannot be: a block has no more */
		return true;
	if (pkt_buf_reserve(&r->opts, room))
		return false;
	p = r->opts.data + r->opts.len;
	memset(p, 0, room);
	pkt_put_le16(p, o->code);
	pkt_put_le16(p + 2, o->len);
	if (o->len)
		memcpy(p + 4, o->value, o->len);
	if (r->big)
		reverse(p + 4 + at, n);
	r->opts.len += room;
	return true;
}

/* Where the options of the block begin, len - 4 where it has none; 0: what comes before them does not fit. */
static uint32_t options_at(bool big, const uint8_t *p, uint32_t len, uint32_t type)
{
	uint32_t at = BLOCK_HEAD, n;

	switch (type) {
	case PNG_ISB:
		return ISB_HEAD;
	case PNG_DSB:
		n = pkt_get32(p + 12, big);
		return n <= len - DSB_HEAD - 4 ? DSB_HEAD + ((n + 3) & ~3u) : 0;
	case PNG_NRB: /* records: u16 type, u16 length, value; type 0 is the last */
		while (len - 4 - at >= 4) {
			uint16_t record = pkt_get16(p + at, big);

			n = (pkt_get16(p + at + 2, big) + 3u) & ~3u;
			if (n > len - 4 - at - 4)
				return 0;
			at += 4 + n;
			if (!record)
				break;
		}
		return at;
	}
	return len - 4;
}

/* Append the part before the options to r->opts. */
static bool keep_head(struct pkt_reader *r, const uint8_t *p, uint32_t n, uint32_t type)
{
	uint32_t at;
	uint8_t *to;

	r->opts.len = 0;
	if (pkt_buf_reserve(&r->opts, n))
		return false;
	r->opts.len = n;
	to = r->opts.data;
	memcpy(to, p + BLOCK_HEAD, n);
	if (type == PNG_ISB) {
		uint32_t if_id = pkt_get32(p + 8, r->big);
		uint64_t ts = (uint64_t)pkt_get32(p + 12, r->big) << 32 | pkt_get32(p + 16, r->big);

		ts = if_id < r->n_ifs ? pkt_png_ns(&r->ifs[if_id], ts) : 0;
		pkt_put_le32(to, 0);
		pkt_put_le32(to + 4, (uint32_t)(ts >> 32));
		pkt_put_le32(to + 8, (uint32_t)ts);
	} else if (r->big && type == PNG_NRB) {
		for (at = 0; n - at >= 4; at += 4 + ((pkt_le16(to + at + 2) + 3u) & ~3u)) {
			reverse(to + at, 2);
			reverse(to + at + 2, 2);
		}
	} else if (r->big && type == PNG_DSB) {
		reverse(to, 4);
		reverse(to + 4, 4);
	} else if (r->big && type == PNG_CUSTOM) {
		reverse(to, 4);
	}
	return true;
}

/* A time in an option of statistics: two words, the high one first in either order. */
static bool keep_time(struct pkt_reader *r, const struct pkt_png_option *o, uint32_t if_id)
{
	struct pkt_png_option ns = *o;
	uint8_t v[8];
	uint64_t t = (uint64_t)pkt_get32(o->value, r->big) << 32 | pkt_get32(o->value + 4, r->big);

	t = if_id < r->n_ifs ? pkt_png_ns(&r->ifs[if_id], t) : 0;
	pkt_put_le32(v, (uint32_t)(t >> 32));
	pkt_put_le32(v + 4, (uint32_t)t);
	ns.value = v;
	return pkt_png_keep(r, PNG_ISB, &ns);
}

uint32_t pkt_png_block_min(uint32_t type)
{
	switch (type) {
	case PNG_NRB:
	case PNG_JOURNAL:
		return BLOCK_HEAD + 4;
	case PNG_ISB:
		return ISB_HEAD + 4;
	case PNG_DSB:
		return DSB_HEAD + 4;
	case PNG_CUSTOM:
		return CUSTOM_HEAD + 4;
	}
	return 0;
}

static enum pkt_event take(struct pkt_reader *r, uint32_t len, enum pkt_event ev)
{
	r->opt = 0;
	pkt_reader_take(r, len);
	return ev;
}

enum pkt_event pkt_png_block(struct pkt_reader *r, const uint8_t *p, uint32_t len, uint32_t type, struct pkt_frame *f)
{
	uint32_t start = options_at(r->big, p, len, type), at = r->opt ? r->opt : start;
	uint32_t if_id = type == PNG_ISB ? pkt_get32(p + 8, r->big) : UINT32_MAX;
	struct pkt_png_option o;
	bool good = start;

	if (start && !r->opt)
		good = keep_head(r, p, start - BLOCK_HEAD, type);
	while (good && pkt_png_option(r->big, p, &at, len - 4, &o) > 0) {
		r->opt = at;
		if (o.code == PNG_OPT_COMMENT)
			return pkt_reader_comment(r, o.value, o.len);
		if (type == PNG_ISB && (o.code == PNG_ISB_STARTTIME || o.code == PNG_ISB_ENDTIME) && o.len == 8)
			good = keep_time(r, &o, if_id);
		else
			good = pkt_png_keep(r, type, &o);
	}
	if (!good) {
		uint64_t where = pkt_reader_offset(r);

		take(r, len, PKT_EV_BAD);
		return pkt_reader_bad(r, "byte %llu: the inside of a block (type %u) does not fit into it", (unsigned long long)where,
				      type);
	}
	/* statistics without any, such as carry our comments */
	if (type == PNG_ISB && r->opts.len == ISB_HEAD - BLOCK_HEAD && !pkt_le32(r->opts.data + 4) && !pkt_le32(r->opts.data + 8))
		return take(r, len, PKT_EV_MORE);
	*f = (struct pkt_frame){ .data = r->opts.data, .caplen = (uint32_t)r->opts.len, .len = type };
	if (if_id < r->n_ifs)
		memcpy(f->link, r->ifs[if_id].link, sizeof(f->link));
	return take(r, len, PKT_EV_BLOCK);
}

bool pkt_png_block_ok(uint32_t type, const uint8_t *body, uint32_t n)
{
	uint32_t len = BLOCK_HEAD + n + 4, at;
	const uint8_t *p = body - BLOCK_HEAD; /* never looked at */
	struct pkt_png_option o;
	int more;

	if (!pkt_png_block_min(type) || len < pkt_png_block_min(type) || n % 4 || len > PKT_META_MAX)
		return false;
	at = options_at(false, p, len, type);
	if (!at)
		return false;
	while ((more = pkt_png_option(false, p, &at, len - 4, &o)) > 0)
		if (o.code == PNG_OPT_COMMENT)
			return false;
	return !more;
}
