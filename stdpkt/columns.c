// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/columns.c - the columns of a line that the frame's bytes decide: eth-src to info
 *
 * What is written here is also what a reader compares with: it must depend on nothing but the frame. Where a value can
 * be edited in the info column, its place in the frame is noted beside its text (struct pkt_field).
 */
#include "stdpkt/bytes.h"
#include "stdpkt/dissect.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

/* Inlined, and what calls it: of a literal the compiler makes a move or two. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

static ALWAYS_INLINE char *put_str(char *p, const char *s)
{
	size_t n = strlen(s);

	memcpy(p, s, n);
	return p + n;
}

static char *put_hex16(char *p, uint16_t v)
{
	*p++ = '0';
	*p++ = 'x';
	*p++ = digits[v >> 12];
	*p++ = digits[v >> 8 & 15];
	*p++ = digits[v >> 4 & 15];
	*p++ = digits[v & 15];
	return p;
}

static char *put_none(char *p)
{
	*p++ = '-';
	return p;
}

/* "key=" of something that can be edited (no key: a word); the caller puts the value. */
static ALWAYS_INLINE char *put_key(struct pkt_columns *c, char *p, const char *key, uint32_t off, uint8_t width, uint8_t kind,
				   uint8_t sum)
{
	struct pkt_field *f = &c->field[c->n_fields++];

	f->at = (uint16_t)(p - c->text);
	p = put_str(p, key);
	f->value = (uint16_t)(p - c->text);
	f->off = off;
	f->width = width;
	f->kind = kind;
	f->sum = sum;
	return p;
}

static ALWAYS_INLINE char *put_number(struct pkt_columns *c, char *p, const struct pkt_dissect *d, const char *key, uint32_t off,
				      uint8_t width, uint8_t sum)
{
	const uint8_t *v = d->data + off;

	p = put_key(c, p, key, off, width, PKT_FIELD_NUMBER, sum);
	p = pkt_put_dec(p, width == 1 ? *v : width == 2 ? pkt_be16(v) : pkt_be32(v));
	*p++ = ',';
	return p;
}

static ALWAYS_INLINE char *put_word(char *p, const char *s)
{
	p = put_str(p, s);
	*p++ = ',';
	return p;
}

static char *info_tcp(struct pkt_columns *c, char *p, const struct pkt_dissect *d)
{
	if (d->l4_end - d->l4 < 20)
		return p;
	p = put_key(c, p, "", d->l4 + 13, 1, PKT_FIELD_TCP_FLAGS, PKT_SUM_L4);
	p = pkt_put_tcp_flags(p, d->data[d->l4 + 13]);
	*p++ = ',';
	p = put_number(c, p, d, "seq=", d->l4 + 4, 4, PKT_SUM_L4);
	if (d->data[d->l4 + 13] & 0x10)
		p = put_number(c, p, d, "ack=", d->l4 + 8, 4, PKT_SUM_L4);
	return put_number(c, p, d, "win=", d->l4 + 14, 2, PKT_SUM_L4);
}

/* A number of n bytes that has a word, or KEY=N. */
static char *put_named(struct pkt_columns *c, char *p, const struct pkt_dissect *d, const char *word, const char *key,
		       uint32_t off, uint8_t width, uint8_t kind)
{
	const uint8_t *v = d->data + off;

	p = put_key(c, p, "", off, width, kind, kind == PKT_FIELD_ARP ? PKT_SUM_NONE : PKT_SUM_L4);
	if (word)
		return put_word(p, word);
	p = put_str(p, key);
	p = pkt_put_dec(p, width == 1 ? *v : pkt_be16(v));
	*p++ = ',';
	return p;
}

static char *info_icmp(struct pkt_columns *c, char *p, const struct pkt_dissect *d, bool v6)
{
	const uint8_t *h = d->data + d->l4;
	uint32_t n = d->l4_end - d->l4;

	if (n < 4)
		return p;
	p = put_named(c, p, d, pkt_word(v6 ? PKT_WORDS_ICMP6 : PKT_WORDS_ICMP, h[0]), "type=", d->l4, 1,
		      v6 ? PKT_FIELD_ICMP6 : PKT_FIELD_ICMP);
	if (v6 && (h[0] == 135 || h[0] == 136) && n >= 24) { /* RFC 4861 4.3, 4.4 */
		p = put_key(c, p, "target=", d->l4 + 8, 16, PKT_FIELD_IP6, PKT_SUM_L4);
		p = pkt_put_ip6(p, h + 8);
		*p++ = ',';
		return p;
	}
	/* an echo: identifier and sequence number follow (RFC 792, RFC 4443 4.1) */
	if ((v6 ? h[0] == 128 || h[0] == 129 : h[0] == 0 || h[0] == 8) && n >= 8) {
		p = put_number(c, p, d, "id=", d->l4 + 4, 2, PKT_SUM_L4);
		return put_number(c, p, d, "seq=", d->l4 + 6, 2, PKT_SUM_L4);
	}
	return put_number(c, p, d, "code=", d->l4 + 1, 1, PKT_SUM_L4);
}

static char *info_ip(struct pkt_columns *c, char *p, const struct pkt_dissect *d)
{
	const uint8_t *h = d->data + d->l3;
	bool v4 = d->l3_kind == PKT_L3_IP;

	if (d->l4 && d->l4_proto == 6)
		p = info_tcp(c, p, d);
	else if (d->l4 && d->l4_proto == 1 && v4)
		p = info_icmp(c, p, d, false);
	else if (d->l4 && d->l4_proto == 58 && !v4)
		p = info_icmp(c, p, d, true);
	if (d->fragment) {
		p = put_str(p, "frag=");
		p = pkt_put_dec(p, d->frag);
		p = put_word(p, d->more ? "+" : "");
	}
	if (v4 && h[1]) {
		p = put_number(c, p, d, "tos=", d->l3 + 1, 1, PKT_SUM_IP);
	} else if (!v4 && (pkt_be16(h) & 0xff0)) {
		p = put_key(c, p, "tos=", d->l3, 2, PKT_FIELD_CLASS, PKT_SUM_NONE);
		p = pkt_put_dec(p, pkt_be16(h) >> 4 & 0xff);
		*p++ = ',';
	}
	if (v4)
		return put_number(c, p, d, "ttl=", d->l3 + 8, 1, PKT_SUM_IP);
	return put_number(c, p, d, "ttl=", d->l3 + 7, 1, PKT_SUM_NONE);
}

static char *info_arp(struct pkt_columns *c, char *p, const struct pkt_dissect *d)
{
	uint16_t op = pkt_be16(d->data + d->l3 + 6);

	p = put_named(c, p, d, pkt_word(PKT_WORDS_ARP, op), "op=", d->l3 + 6, 2, PKT_FIELD_ARP);
	if (op != 2)
		return p;
	p = put_key(c, p, "is-at=", d->l3 + 8, 6, PKT_FIELD_MAC, PKT_SUM_NONE);
	p = pkt_put_mac(p, d->data + d->l3 + 8);
	*p++ = ',';
	return p;
}

/* Tags outside in, then ethertype and transport: "svlan7.vlan5.ip.udp". */
static char *put_proto(struct pkt_columns *c, char *p, const struct pkt_dissect *d)
{
	uint32_t i;

	for (i = 0; i < d->tags; i++) {
		const uint8_t *tag = d->data + 12 + 4 * i;

		p = put_str(p, pkt_be16(tag) == 0x8100 ? "vlan" : "svlan");
		p = pkt_put_dec(p, pkt_be16(tag + 2) & 0xfff);
		*p++ = '.';
	}
	c->proto = (uint16_t)(p - c->text);
	if (!d->l2_end)
		return put_none(p);
	switch (d->ethertype) {
	case 0x0800:
		p = put_str(p, "ip");
		break;
	case 0x0806:
		return put_str(p, "arp");
	case 0x86dd:
		p = put_str(p, "ip6");
		break;
	default:
		return d->ethertype < 0x600 ? put_str(p, "llc") : put_hex16(p, d->ethertype);
	}
	if (d->l3_kind == PKT_L3_NONE)
		return p;
	*p++ = '.';
	switch (d->l4_proto) {
	case 1:
		return d->l3_kind == PKT_L3_IP ? put_str(p, "icmp") : put_str(p, "1");
	case 2:
		return d->l3_kind == PKT_L3_IP ? put_str(p, "igmp") : put_str(p, "2");
	case 6:
		return put_str(p, "tcp");
	case 17:
		return put_str(p, "udp");
	case 58:
		return d->l3_kind == PKT_L3_IP6 ? put_str(p, "icmp6") : put_str(p, "58");
	}
	return pkt_put_dec(p, d->l4_proto);
}

/* @side: 0 source, 1 destination */
static char *put_address(char *p, const struct pkt_dissect *d, uint32_t side)
{
	const uint8_t *h = d->data + d->l3;

	switch (d->l3_kind) {
	case PKT_L3_ARP:
		return pkt_put_ip4(p, h + 14 + 10 * side);
	case PKT_L3_IP:
		p = pkt_put_ip4(p, h + 12 + 4 * side);
		break;
	case PKT_L3_IP6:
		if (d->ports)
			*p++ = '[';
		p = pkt_put_ip6(p, h + 8 + 16 * side);
		if (d->ports)
			*p++ = ']';
		break;
	case PKT_L3_NONE:
		return put_none(p);
	}
	if (d->ports) {
		*p++ = ':';
		p = pkt_put_dec(p, pkt_be16(d->data + d->l4 + 2 * side));
	}
	return p;
}

static char *end_column(struct pkt_columns *c, char *p, int column)
{
	*p++ = ' ';
	c->at[column + 1] = (uint16_t)(p - c->text);
	return p;
}

/**
 * pkt_columns_render() - the columns eth-src to info of the frame that *d describes
 *
 * The longest is far below PKT_COLUMNS_MAX: four tags, two IPv6 addresses with ports, and TCP's info make 280.
 */
void pkt_columns_render(struct pkt_columns *c, const struct pkt_dissect *d)
{
	char *p = c->text, *info;

	c->n_fields = 0;
	c->at[PKT_COL_ETH_SRC] = 0;
	p = d->caplen >= 12 ? pkt_put_mac(p, d->data + 6) : put_none(p);
	p = end_column(c, p, PKT_COL_ETH_SRC);
	p = d->caplen >= 12 ? pkt_put_mac(p, d->data) : put_none(p);
	p = end_column(c, p, PKT_COL_ETH_DST);
	p = put_proto(c, p, d);
	p = end_column(c, p, PKT_COL_PROTO);
	p = put_address(p, d, 0);
	p = end_column(c, p, PKT_COL_SRC);
	p = put_address(p, d, 1);
	p = end_column(c, p, PKT_COL_DST);
	info = p;
	if (d->l3_kind == PKT_L3_ARP)
		p = info_arp(c, p, d);
	else if (d->l3_kind != PKT_L3_NONE)
		p = info_ip(c, p, d);
	p = p > info ? p - 1 : put_none(p); /* the last comma goes */
	end_column(c, p, PKT_COL_INFO);
}
