// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/pcapng_read.c - the capture file of the tools; draft-ietf-opsawg-pcapng
 *
 * Theory of operation: a block is looked at when it is whole, and each gives at most one frame. Its comments come
 * before it, one event each: until the last has been given the block stays in the buffer, and r->opt is how far its
 * options have been gone through. Blocks of no interest are skipped without being kept.
 *
 * Both byte orders, new sections in the stream, any resolution of time stamps. Blocks that are no packets: pcapng_block.c. A
 * frame of an interface that is not Ethernet, nor can be made so, is refused and reading goes on; nonsense in a length ends it, for then nobody knows where the next block is.
 */
#include "stdpkt/pcapng.h"
#include "stdpkt/bytes.h"
#include "stdpkt/linktype.h"
#include "stdpkt/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN 12u
#define SHB_MIN 28u
#define IDB_MIN 20u
#define PACKET_HEAD 28u /* EPB and the obsolete one: up to the frame */
#define SPB_HEAD 12u
#define IFS_MAX 65536u

/* The block is done with. */
static void take_block(struct pkt_reader *r, uint32_t len)
{
	r->opt = 0;
	pkt_reader_take(r, len);
}

static enum pkt_event read_section(struct pkt_reader *r, uint8_t *p, uint32_t len)
{
	uint32_t at = r->opt ? r->opt : 24;
	struct pkt_png_option o;
	int more;

	if (!r->opt) {
		if (pkt_get16(p + 12, r->big) != 1 || (pkt_get16(p + 14, r->big) != 0 && pkt_get16(p + 14, r->big) != 2))
			return pkt_reader_lose(r, "byte %llu: pcapng version %u.%u, only 1.0 is read",
					       (unsigned long long)pkt_reader_offset(r) + 12, pkt_get16(p + 12, r->big),
					       pkt_get16(p + 14, r->big));
		r->n_ifs = 0;
		r->ours = false;
	}
	while ((more = pkt_png_option(r->big, p, &at, len - 4, &o)) > 0) {
		r->opt = at;
		if (o.code == PNG_SHB_USERAPPL && o.len >= strlen(PNG_USERAPPL))
			r->ours = !memcmp(o.value, PNG_USERAPPL, strlen(PNG_USERAPPL));
		if (o.code == PNG_OPT_COMMENT)
			return pkt_reader_comment(r, o.value, o.len);
	}
	if (more < 0)
		return pkt_reader_lose(r, "byte %llu: an option of %u bytes is longer than its section header block",
				       (unsigned long long)pkt_reader_offset(r) + at, o.len);
	take_block(r, len);
	return PKT_EV_MORE;
}

static struct pkt_pcapng_if *add_if(struct pkt_reader *r)
{
	struct pkt_pcapng_if *ifs;
	uint32_t cap = r->cap_ifs ? 2 * r->cap_ifs : 4;

	if (r->n_ifs == r->cap_ifs) {
		ifs = cap <= IFS_MAX ? realloc(r->ifs, cap * sizeof(*ifs)) : NULL;
		if (!ifs)
			return NULL;
		r->ifs = ifs;
		r->cap_ifs = cap;
	}
	return memset(&r->ifs[r->n_ifs], 0, sizeof(*r->ifs));
}

/* A C string's worth of an option; some writers put the NUL in. */
static size_t option_strlen(const struct pkt_png_option *o)
{
	return strnlen((const char *)o->value, o->len);
}

/* An interface that is not a link of ours: "if:eth0", or by its number unless it is the first. */
static void name_captured(struct pkt_pcapng_if *i, const struct pkt_png_option *name, uint32_t number)
{
	size_t n = name->value ? option_strlen(name) : 0, k;
	char *to = i->link + strlen(PKT_LINK_CAPTURED);

	if (!n && !number)
		return;
	memcpy(i->link, PKT_LINK_CAPTURED, strlen(PKT_LINK_CAPTURED));
	if (n > sizeof(i->link) - strlen(PKT_LINK_CAPTURED) - 1)
		n = sizeof(i->link) - strlen(PKT_LINK_CAPTURED) - 1;
	if (n)
		memcpy(to, name->value, n);
	else
		snprintf(to, 12, "%u", number);
	for (k = 0; k < n; k++)
		if (!pkt_link_ok(to + k, 1) && to[k] != '-')
			to[k] = '_';
}

static enum pkt_event read_interface(struct pkt_reader *r, uint8_t *p, uint32_t len)
{
	struct pkt_pcapng_if *i = add_if(r);
	struct pkt_png_option o, name = { 0 };
	bool is_link = r->ours;
	uint32_t at = 16;
	int more;

	if (!i)
		return pkt_reader_lose(r, "byte %llu: no memory for interface %u (%u is the most)",
				       (unsigned long long)pkt_reader_offset(r), r->n_ifs, IFS_MAX);
	i->linktype = pkt_get16(p + 8, r->big);
	i->snaplen = pkt_get32(p + 12, r->big);
	i->tsresol = 6;
	while ((more = pkt_png_option(r->big, p, &at, len - 4, &o)) > 0) {
		if (o.code == PNG_IF_NAME)
			name = o;
		else if (o.code == PNG_IF_DESCRIPTION)
			is_link = is_link && (o.len != strlen(PNG_CAPTURED) || memcmp(o.value, PNG_CAPTURED, o.len) != 0);
		else if (o.code == PNG_IF_TSRESOL && o.len >= 1)
			i->tsresol = o.value[0];
		else if (o.code == PNG_IF_FCSLEN && o.len >= 1)
			i->fcslen = o.value[0];
		else if (o.code == PNG_IF_TSOFFSET && o.len >= 8)
			i->tsoffset = (int64_t)((uint64_t)pkt_get32(o.value + (r->big ? 0 : 4), r->big) << 32 |
						pkt_get32(o.value + (r->big ? 4 : 0), r->big));
	}
	if (more < 0)
		return pkt_reader_lose(r, "byte %llu: an option of %u bytes is longer than its interface block",
				       (unsigned long long)pkt_reader_offset(r) + at, o.len);
	if (is_link && name.value && pkt_link_ok((const char *)name.value, option_strlen(&name)))
		memcpy(i->link, name.value, option_strlen(&name));
	else if (!r->ours || !is_link)
		name_captured(i, &name, r->n_ifs);
	r->n_ifs++;
	take_block(r, len);
	return PKT_EV_MORE;
}

/* The frame has been found, the block is taken whatever comes of it. @fcslen: the packet's own, 0: the interface's counts. */
static enum pkt_event give(struct pkt_reader *r, struct pkt_frame *f, uint32_t if_id, uint32_t len, uint32_t fcslen)
{
	const struct pkt_pcapng_if *i = &r->ifs[if_id];

	if (pkt_linktype_ok(i->linktype) && i->link[0] && !pkt_link_captured(i->link) && memcmp(i->link, r->link, PKT_LINK_MAX) != 0 &&
	    pkt_reader_name(r, i->link))
		return PKT_EV_LINK;
	take_block(r, len);
	memcpy(f->link, i->link, sizeof(f->link));
	if (!pkt_linktype_ok(i->linktype))
		return pkt_reader_bad(r, "interface %u: link type %u (%s): " PKT_LINKTYPES_READ, if_id, i->linktype,
				      pkt_linktype_name(i->linktype));
	if (!pkt_linktype_frame(i->linktype, fcslen ? fcslen : i->fcslen, r->big, f))
		return pkt_reader_bad(r, "interface %u: a packet of link type %u (%s) that no Ethernet frame can carry", if_id,
				      i->linktype, pkt_linktype_name(i->linktype));
	return PKT_EV_FRAME;
}

static enum pkt_event no_interface(struct pkt_reader *r, uint32_t if_id)
{
	return pkt_reader_lose(r, "byte %llu: a frame of interface %u, but only %u have been described",
			       (unsigned long long)pkt_reader_offset(r), if_id, r->n_ifs);
}

static enum pkt_event bad_caplen(struct pkt_reader *r, uint32_t caplen, uint32_t room)
{
	return pkt_reader_lose(r, "byte %llu: a frame of %u bytes in a block with room for %u; %u is the most",
			       (unsigned long long)pkt_reader_offset(r), caplen, room, PKT_FRAME_MAX);
}

static enum pkt_event no_memory(struct pkt_reader *r)
{
	return pkt_reader_lose(r, "byte %llu: no memory for a block's options", (unsigned long long)pkt_reader_offset(r));
}

/* The obsolete block has the drops in its head: how many since the last packet, 65535 for "not known". */
static bool keep_old_drops(struct pkt_reader *r, const uint8_t *p)
{
	uint16_t drops = pkt_get16(p + 10, r->big);
	uint8_t count[8] = { 0 };
	struct pkt_png_option o = { PNG_EPB_DROPCOUNT, 8, count };

	if (!drops || drops == 0xffff)
		return true;
	pkt_put_be16(count + (r->big ? 6 : 0), r->big ? drops : (uint16_t)(drops << 8 | drops >> 8));
	return pkt_png_keep(r, PNG_EPB, &o);
}

/* An enhanced packet block, or the obsolete one, whose interface id is half as long. */
static enum pkt_event read_packet(struct pkt_reader *r, uint8_t *p, uint32_t len, uint32_t type, struct pkt_frame *f)
{
	uint32_t if_id = type == PNG_EPB ? pkt_get32(p + 8, r->big) : pkt_get16(p + 8, r->big);
	uint32_t caplen = pkt_get32(p + 20, r->big), room = len - PACKET_HEAD - 4, at;
	struct pkt_png_option o;

	if (caplen > room || caplen > PKT_FRAME_MAX)
		return bad_caplen(r, caplen, room);
	if (if_id >= r->n_ifs)
		return no_interface(r, if_id);
	at = PACKET_HEAD + ((caplen + 3) & ~3u);
	if (!r->opt) {
		r->epb_flags = 0;
		r->opts.len = 0;
		if (type == PNG_PACKET && !keep_old_drops(r, p))
			return no_memory(r);
	} else {
		at = r->opt;
	}
	while (pkt_png_option(r->big, p, &at, len - 4, &o) > 0) {
		r->opt = at;
		if (o.code == PNG_EPB_FLAGS && o.len >= 4) {
			r->epb_flags = pkt_get32(o.value, r->big);
			continue;
		}
		if (!pkt_png_keep(r, PNG_EPB, &o))
			return no_memory(r);
		if (o.code == PNG_OPT_COMMENT) {
			pkt_reader_comment(r, o.value, o.len);
			r->in_frame = true;
			return PKT_EV_COMMENT;
		}
	}
	f->ts_ns = pkt_png_ns(&r->ifs[if_id], (uint64_t)pkt_get32(p + 12, r->big) << 32 | pkt_get32(p + 16, r->big));
	f->data = p + PACKET_HEAD;
	f->caplen = caplen;
	f->len = pkt_get32(p + 24, r->big);
	f->dir = (r->epb_flags & 3) == PNG_FLAGS_IN  ? PKT_DIR_IN :
		 (r->epb_flags & 3) == PNG_FLAGS_OUT ? PKT_DIR_OUT :
						       PKT_DIR_NONE;
	f->flags = r->epb_flags & ~(PNG_FLAGS_DIR | PNG_FLAGS_FCSLEN_MASK);
	f->opts = r->opts.data;
	f->opts_len = (uint32_t)r->opts.len;
	return give(r, f, if_id, len, PNG_FLAGS_FCSLEN(r->epb_flags));
}

/* A simple packet block: interface 0, no time; what was captured follows from the snap length (4.4). */
static enum pkt_event read_simple(struct pkt_reader *r, uint8_t *p, uint32_t len, struct pkt_frame *f)
{
	uint32_t caplen = pkt_get32(p + 8, r->big), room = len - SPB_HEAD - 4;

	if (!r->n_ifs)
		return no_interface(r, 0);
	f->len = caplen;
	if (r->ifs[0].snaplen && caplen > r->ifs[0].snaplen)
		caplen = r->ifs[0].snaplen;
	if (caplen > room)
		caplen = room;
	if (caplen > PKT_FRAME_MAX)
		return bad_caplen(r, caplen, room);
	f->ts_ns = 0;
	f->data = p + SPB_HEAD;
	f->caplen = caplen;
	f->dir = PKT_DIR_NONE;
	f->flags = 0;
	f->opts = NULL;
	f->opts_len = 0;
	return give(r, f, 0, len, 0);
}

/* The shortest that a block may be; 0: it is of a type to be skipped. */
static uint32_t block_min(uint32_t type)
{
	switch (type) {
	case PNG_SHB:
		return SHB_MIN;
	case PNG_IDB:
		return IDB_MIN;
	case PNG_PACKET:
	case PNG_EPB:
		return PACKET_HEAD + 4;
	case PNG_SPB:
		return SPB_HEAD + 4;
	}
	return pkt_png_block_min(type);
}

static enum pkt_event bad_end(struct pkt_reader *r, uint32_t len, uint32_t end)
{
	return pkt_reader_lose(r, "byte %llu: a block of %u bytes ends with the length %u",
			       (unsigned long long)pkt_reader_offset(r), len, end);
}

/* Go on over a block that is not kept. */
static enum pkt_event skip_block(struct pkt_reader *r)
{
	size_t n = pkt_reader_avail(r);
	uint8_t *p;

	if (r->skip > 4) {
		if (n > r->skip - 4)
			n = r->skip - 4;
		pkt_reader_take(r, n);
		r->skip -= (uint32_t)n;
	}
	p = r->skip == 4 ? pkt_reader_peek(r, 4) : NULL;
	if (!p) {
		if (!r->eof)
			return PKT_EV_MORE;
		r->skip = 0;
		r->in.pos = r->in.end;
		return pkt_reader_bad(r, "cut inside a block of %u bytes: the stream ends at byte %llu", r->skip_len,
				      (unsigned long long)pkt_reader_offset(r));
	}
	if (pkt_get32(p, r->big) != r->skip_len)
		return bad_end(r, r->skip_len, pkt_get32(p, r->big));
	pkt_reader_take(r, 4);
	r->skip = 0;
	return PKT_EV_MORE;
}

static enum pkt_event read_block(struct pkt_reader *r, struct pkt_frame *f)
{
	uint8_t *p = pkt_reader_peek(r, BLOCK_MIN);
	uint32_t type, len, min;

	if (!p)
		return pkt_reader_short(r, "a block's head");
	type = pkt_get32(p, r->big);
	if (type == PNG_SHB) { /* the same in both orders, and it may change the order */
		r->big = pkt_be32(p + 8) == PNG_BYTE_ORDER;
		if (!r->big && pkt_le32(p + 8) != PNG_BYTE_ORDER)
			return pkt_reader_lose(r, "byte %llu: not the byte-order magic of pcapng",
					       (unsigned long long)pkt_reader_offset(r) + 8);
	} else if (!r->begun) {
		return pkt_reader_lose(r, "byte %llu: not a section header block of pcapng",
				       (unsigned long long)pkt_reader_offset(r));
	}
	len = pkt_get32(p + 4, r->big);
	min = block_min(type);
	if (pkt_png_block_min(type) && len > PKT_META_MAX)
		min = 0; /* nothing that we need */
	if (len < BLOCK_MIN || len < min || len % 4 || len > (min ? PKT_BLOCK_MAX : PKT_SKIP_MAX))
		return pkt_reader_lose(r, "byte %llu: a block (type %u) of %u bytes; expected %u to %u, a multiple of 4",
				       (unsigned long long)pkt_reader_offset(r), type, len, min ? min : BLOCK_MIN,
				       min ? PKT_BLOCK_MAX : PKT_SKIP_MAX);
	if (!min) {
		pkt_reader_take(r, 8);
		r->skip = len - 8;
		r->skip_len = len;
		return skip_block(r);
	}
	p = pkt_reader_peek(r, len);
	if (!p)
		return pkt_reader_short(r, type == PNG_EPB || type == PNG_PACKET || type == PNG_SPB ? "a frame" : "a block");
	if (pkt_get32(p + len - 4, r->big) != len)
		return bad_end(r, len, pkt_get32(p + len - 4, r->big));
	r->begun = true;
	switch (type) {
	case PNG_SHB:
		return read_section(r, p, len);
	case PNG_IDB:
		return read_interface(r, p, len);
	case PNG_SPB:
		return read_simple(r, p, len, f);
	case PNG_EPB:
	case PNG_PACKET:
		return read_packet(r, p, len, type, f);
	}
	return pkt_png_block(r, p, len, type, f);
}

enum pkt_event pkt_pcapng_next(struct pkt_reader *r, struct pkt_frame *f)
{
	enum pkt_event ev;
	uint64_t before;

	/* PKT_EV_MORE with progress is a block without an event, without it a want of bytes */
	do {
		before = pkt_reader_offset(r);
		ev = r->skip ? skip_block(r) : read_block(r, f);
	} while (ev == PKT_EV_MORE && pkt_reader_offset(r) != before);
	return ev;
}
