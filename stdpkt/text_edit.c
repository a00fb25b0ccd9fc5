// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/text_edit.c - apply the edited columns of a line to its frame
 *
 * Theory of operation: the columns as the frame has them have been rendered (columns.c); where the line says something
 * else, the new value is written into the frame. "-" says nothing and changes nothing. Checksums are not computed
 * but updated by the difference (RFC 1624 3, eqn. 3): this works on fragments and on frames that were cut, leaves UDP
 * without a checksum so, and a frame whose checksum was wrong keeps it wrong by the same amount.
 *
 * VLAN tags are edited in the proto column, also put on ("vlan5.ip.udp" for "ip.udp") and taken off. A tag that stays,
 * or whose number alone is changed, keeps its priority.
 *
 * Not done: the packet quoted in an ICMP error keeps its addresses; checksums of protocols other than TCP, UDP,
 * UDP-Lite, DCCP, ICMP and ICMPv6 stay as they are; nothing can change a header's length but a tag.
 */
#include "stdpkt/bytes.h"
#include "stdpkt/csum.h"
#include "stdpkt/dissect.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { PROTO_UDP = 17, PROTO_UDPLITE = 136 };

__attribute__((format(printf, 2, 3))) static bool fail(struct pkt_edit *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->why, sizeof(e->why), fmt, ap);
	va_end(ap);
	return false;
}

/* The checksum at @sum covers n bytes that changed from @was to @now. */
static void update_sum(uint8_t *sum, const uint8_t *was, const uint8_t *now, size_t n, bool odd)
{
	uint32_t s = (uint16_t)~pkt_be16(sum);

	s += (uint16_t)~pkt_sum_fold(pkt_sum_bytes(was, n, odd));
	s += pkt_sum_fold(pkt_sum_bytes(now, n, odd));
	pkt_put_be16(sum, (uint16_t)~pkt_sum_fold(s));
}

static void update_l4_sum(struct pkt_edit *e, const struct pkt_dissect *d, const uint8_t *was, const uint8_t *now,
			  size_t n, bool odd)
{
	uint8_t *sum = e->data + d->l4_sum;

	if (!d->l4_sum || (d->l4_proto == PROTO_UDP && !pkt_be16(sum)))
		return;
	update_sum(sum, was, now, n, odd);
	if ((d->l4_proto == PROTO_UDP || d->l4_proto == PROTO_UDPLITE) && !pkt_be16(sum))
		pkt_put_be16(sum, 0xffff); /* RFC 768: an all zero one means none */
}

/* Write n <= 16 bytes of the IP header; @pseudo: the L4 checksum covers them too. */
static void write_ip(struct pkt_edit *e, const struct pkt_dissect *d, uint32_t off, const uint8_t *now, size_t n,
		     bool pseudo)
{
	uint8_t was[16];

	memcpy(was, e->data + off, n);
	memcpy(e->data + off, now, n);
	if (d->l3_kind == PKT_L3_IP)
		update_sum(e->data + d->l3 + 10, was, now, n, (off - d->l3) & 1);
	if (pseudo && d->l4_pseudo)
		update_l4_sum(e, d, was, now, n, false);
}

static void write_l4(struct pkt_edit *e, const struct pkt_dissect *d, uint32_t off, const uint8_t *now, size_t n)
{
	uint8_t was[16];

	memcpy(was, e->data + off, n);
	memcpy(e->data + off, now, n);
	update_l4_sum(e, d, was, now, n, (off - d->l4) & 1);
}

static bool parse_number(const char *s, size_t n, uint32_t max, uint32_t *v)
{
	uint64_t x = 0;

	if (n < 1 || n > 10)
		return false;
	for (; n; n--, s++) {
		if (*s < '0' || *s > '9')
			return false;
		x = x * 10 + (uint64_t)(*s - '0');
	}
	*v = (uint32_t)x;
	return x <= max;
}

static bool edit_mac(struct pkt_edit *e, uint32_t off, const char *s, size_t n)
{
	uint8_t mac[6];

	if (e->caplen < 12)
		return fail(e, "the frame is too short to have one");
	if (!pkt_parse_mac(s, n, mac))
		return fail(e, "not a MAC address (02:00:00:00:00:01)");
	memcpy(e->data + off, mac, 6);
	return true;
}

/* @side: 0 source, 1 destination. ADDR, 10.0.0.1:PORT, [2001:db8::1]:PORT; without a port that stays. */
static bool edit_address(struct pkt_edit *e, const struct pkt_dissect *d, uint32_t side, const char *s, size_t n)
{
	char text[64], *host = text, *port = NULL, *colon;
	bool v6 = d->l3_kind == PKT_L3_IP6;
	uint8_t addr[16], p16[2];
	uint32_t v = 0;

	if (d->l3_kind == PKT_L3_NONE)
		return fail(e, "the frame has no address that could be edited");
	if (n >= sizeof(text) || memchr(s, 0, n))
		return fail(e, "not an address");
	memcpy(text, s, n);
	text[n] = 0;
	if (*text == '[') {
		host = text + 1;
		port = strchr(host, ']');
		if (!port || (port[1] && port[1] != ':'))
			return fail(e, "not an address (after the '[')");
		*port++ = 0;
		port = *port ? port + 1 : NULL;
	} else {
		colon = strchr(text, ':');
		if (colon && !strchr(colon + 1, ':')) {
			*colon = 0;
			port = colon + 1;
		}
	}
	if (inet_pton(v6 ? AF_INET6 : AF_INET, host, addr) != 1)
		return fail(e, "not an IPv%c address, as this packet has", v6 ? '6' : '4');
	if (port && !d->ports)
		return fail(e, "a port, but this packet shows none");
	if (port && !parse_number(port, strlen(port), 65535, &v))
		return fail(e, "not a port (0 to 65535)");
	if (d->l3_kind == PKT_L3_ARP)
		memcpy(e->data + d->l3 + 14 + 10 * side, addr, 4);
	else if (v6)
		write_ip(e, d, d->l3 + 8 + 16 * side, addr, 16, !side || !d->routed);
	else
		write_ip(e, d, d->l3 + 12 + 4 * side, addr, 4, true);
	if (port) {
		pkt_put_be16(p16, (uint16_t)v);
		write_l4(e, d, d->l4 + 2 * side, p16, 2);
	}
	return true;
}

/* A word of @kind, or KEY=N. */
static bool parse_named(enum pkt_words kind, const char *key, const char *s, size_t n, uint32_t max, uint32_t *v)
{
	int number = pkt_word_number(kind, s, n);

	if (number < 0)
		return n > strlen(key) && !memcmp(s, key, strlen(key)) && parse_number(s + strlen(key), n - strlen(key), max, v);
	*v = (uint32_t)number;
	return true;
}

static bool edit_field(struct pkt_edit *e, const struct pkt_dissect *d, const struct pkt_field *f, const char *s, size_t n)
{
	char text[64];
	uint8_t now[16];
	uint32_t v;

	switch (f->kind) {
	case PKT_FIELD_NUMBER:
		if (!parse_number(s, n, 0xffffffffu >> (32 - 8 * f->width), &v))
			return fail(e, "not a number up to %u", 0xffffffffu >> (32 - 8 * f->width));
		v <<= 32 - 8 * f->width;
		pkt_put_be16(now, (uint16_t)(v >> 16));
		pkt_put_be16(now + 2, (uint16_t)v);
		break;
	case PKT_FIELD_MAC:
		if (!pkt_parse_mac(s, n, now))
			return fail(e, "not a MAC address (02:00:00:00:00:01)");
		break;
	case PKT_FIELD_IP6:
		if (n >= sizeof(text))
			return fail(e, "not an IPv6 address");
		memcpy(text, s, n);
		text[n] = 0;
		if (inet_pton(AF_INET6, text, now) != 1)
			return fail(e, "not an IPv6 address");
		break;
	case PKT_FIELD_TCP_FLAGS:
		if (!pkt_parse_tcp_flags(s, n, now))
			return fail(e, "not TCP flags (letters of FSRP.UEW, or none)");
		break;
	case PKT_FIELD_ICMP:
	case PKT_FIELD_ICMP6:
		if (!parse_named(f->kind == PKT_FIELD_ICMP ? PKT_WORDS_ICMP : PKT_WORDS_ICMP6, "type=", s, n, 255, &v))
			return fail(e, "not a type of %s (echo-request, type=13)", f->kind == PKT_FIELD_ICMP ? "ICMP" : "ICMPv6");
		now[0] = (uint8_t)v;
		break;
	case PKT_FIELD_ARP:
		if (!parse_named(PKT_WORDS_ARP, "op=", s, n, 65535, &v))
			return fail(e, "not an operation of ARP (who-has, reply, op=3)");
		pkt_put_be16(now, (uint16_t)v);
		break;
	case PKT_FIELD_CLASS:
		if (!parse_number(s, n, 255, &v))
			return fail(e, "not a number up to 255");
		pkt_put_be16(now, (uint16_t)((pkt_be16(e->data + f->off) & 0xf00f) | v << 4));
		break;
	}
	if (f->sum == PKT_SUM_L4)
		write_l4(e, d, f->off, now, f->width);
	else if (f->sum == PKT_SUM_IP)
		write_ip(e, d, f->off, now, f->width, false);
	else
		memcpy(e->data + f->off, now, f->width);
	return true;
}

static size_t word_len(const char *s, const char *end)
{
	const char *comma = memchr(s, ',', (size_t)(end - s));

	return (size_t)((comma ? comma : end) - s);
}

static bool word_is(const char *word, size_t n, const char *key)
{
	return n >= strlen(key) && !memcmp(word, key, strlen(key));
}

/* The type of service or traffic class of a frame that does not show it, or of a line that does not any more: then it is 0. */
static bool edit_tos(struct pkt_edit *e, const struct pkt_dissect *d, const char *s, size_t n)
{
	const bool v4 = d->l3_kind == PKT_L3_IP;
	const struct pkt_field f = { .off = d->l3 + v4, .width = v4 ? 1 : 2, .kind = v4 ? PKT_FIELD_NUMBER : PKT_FIELD_CLASS,
				     .sum = v4 ? PKT_SUM_IP : PKT_SUM_NONE };

	return edit_field(e, d, &f, s, n);
}

/* Word by word: as many as the frame has, in its order; but tos=, which stands before ttl= unless it is 0, may come and go. */
static bool edit_info(struct pkt_edit *e, const struct pkt_dissect *d, const struct pkt_columns *c, const char *s, size_t n)
{
	const char *is = c->text + c->at[PKT_COL_INFO], *is_end = c->text + c->at[PKT_COL_HEX] - 1, *end = s + n;
	size_t key, word, is_word;
	uint32_t i;

	for (;; s += word + 1, is += is_word + 1) {
		word = word_len(s, end);
		is_word = word_len(is, is_end);
		if (word_is(s, word, "tos=") && word_is(is, is_word, "ttl=") && s + word < end) {
			if (!edit_tos(e, d, s + strlen("tos="), word - strlen("tos=")))
				return false;
			s += word + 1;
			word = word_len(s, end);
		} else if (word_is(s, word, "ttl=") && word_is(is, is_word, "tos=")) {
			edit_tos(e, d, "0", 1);
			is += is_word + 1;
			is_word = word_len(is, is_end);
		}
		if (word != is_word || memcmp(s, is, word) != 0) {
			for (i = 0; i < c->n_fields && c->text + c->field[i].at != is; i++)
				;
			key = i < c->n_fields ? (size_t)(c->field[i].value - c->field[i].at) : 0;
			if (i == c->n_fields || word < key || memcmp(s, is, key) != 0)
				return fail(e, "'%.*s' cannot be edited so", (int)(is_word < 40 ? is_word : 40), is);
			if (!edit_field(e, d, &c->field[i], s + key, word - key))
				return false;
		}
		if (s + word == end && is + is_word == is_end)
			return true;
		if (s + word == end || is + is_word == is_end)
			return fail(e, "the frame has %s words here", s + word == end ? "more" : "fewer");
	}
}

/* Read one tag's name; 0: there is none. Otherwise its length with the dot. */
static size_t parse_tag(const char *s, size_t n, uint16_t *tpid, uint16_t *vid)
{
	const char *dot = memchr(s, '.', n);
	size_t key, len = dot ? (size_t)(dot - s) : 0;
	uint32_t v;

	if (len > 4 && !memcmp(s, "vlan", 4))
		key = 4;
	else if (len > 5 && !memcmp(s, "svlan", 5))
		key = 5;
	else
		return 0;
	if (!parse_number(s + key, len - key, 4095, &v))
		return 0;
	*tpid = key == 4 ? 0x8100 : 0x88a8;
	*vid = (uint16_t)v;
	return len + 1;
}

static bool is_svlan(const uint8_t *tag)
{
	return pkt_be16(tag) != 0x8100;
}

/*
 * One new tag. Its model in the frame is the tag at the same place if their number is the same, else one with the same
 * name: from that come the priority, and the TPID (0x9100 is shown as svlan too).
 */
static void make_tag(uint8_t *tag, const struct pkt_edit *e, const struct pkt_dissect *d, uint32_t i, bool same_count,
		     uint16_t tpid, uint16_t vid)
{
	const uint8_t *model = NULL, *old;
	uint32_t k;

	for (k = 0; k < d->tags && !model; k++) {
		old = e->data + 12 + 4 * k;
		if (same_count ? k == i : (pkt_be16(old + 2) & 0xfff) == vid && is_svlan(old) == (tpid != 0x8100))
			model = old;
	}
	if (model && is_svlan(model) == (tpid != 0x8100))
		tpid = pkt_be16(model);
	if (model)
		vid |= pkt_be16(model + 2) & 0xf000;
	pkt_put_be16(tag, tpid);
	pkt_put_be16(tag + 2, vid);
}

static bool edit_proto(struct pkt_edit *e, const struct pkt_dissect *d, const struct pkt_columns *c, const char *s, size_t n)
{
	const char *rest = c->text + c->proto;
	size_t rest_len = (size_t)(c->text + c->at[PKT_COL_SRC] - 1 - rest), used;
	uint16_t tpid[PKT_TAGS_MAX], vid[PKT_TAGS_MAX];
	uint8_t tags[4 * PKT_TAGS_MAX];
	uint32_t k = 0, i, old_end = 12 + 4 * d->tags, new_end;

	while (k < PKT_TAGS_MAX && (used = parse_tag(s, n, &tpid[k], &vid[k]))) {
		s += used;
		n -= used;
		k++;
	}
	if (n != rest_len || memcmp(s, rest, n) != 0)
		return fail(e, "only VLAN tags (vlan1. to vlan4095., svlan, at most %u) can be edited, '%.*s' has to stay",
			    PKT_TAGS_MAX, (int)rest_len, rest);
	if (!d->l2_end)
		return fail(e, "the frame is too short for a tag");
	new_end = 12 + 4 * k;
	if (e->caplen - old_end + new_end > PKT_FRAME_MAX || e->caplen - old_end + new_end > e->room)
		return fail(e, "no room for another tag");
	for (i = 0; i < k; i++)
		make_tag(tags + 4 * i, e, d, i, k == d->tags, tpid[i], vid[i]);
	memmove(e->data + new_end, e->data + old_end, e->caplen - old_end);
	memcpy(e->data + 12, tags, 4 * k);
	e->caplen += new_end - old_end;
	e->len += new_end - old_end;
	return true;
}

/**
 * pkt_text_edit() - write what the line says into the frame
 * @e: the frame; when it fails, which column and why
 * @d, @c: of the frame as it is
 * @col: starts of the line's columns
 *
 * Return: false where a column cannot be applied; the frame may have been changed then and is to be thrown away.
 */
bool pkt_text_edit(struct pkt_edit *e, const struct pkt_dissect *d, const struct pkt_columns *c, const char *const col[])
{
	/* proto comes last: a tag moves what the offsets in *d point to */
	static const uint8_t order[] = { PKT_COL_ETH_SRC, PKT_COL_ETH_DST, PKT_COL_SRC,
					 PKT_COL_DST,	  PKT_COL_INFO,	   PKT_COL_PROTO };
	size_t i;

	for (i = 0; i < sizeof(order); i++) {
		int k = order[i];
		const char *s = col[k];
		size_t n = (size_t)(col[k + 1] - 1 - s), is_n = (size_t)(c->at[k + 1] - 1 - c->at[k]);
		bool ok = true;

		if ((n == 1 && *s == '-') || (n == is_n && !memcmp(s, c->text + c->at[k], n)))
			continue;
		e->column = k;
		if (k == PKT_COL_ETH_SRC || k == PKT_COL_ETH_DST)
			ok = edit_mac(e, k == PKT_COL_ETH_DST ? 0 : 6, s, n);
		else if (k == PKT_COL_SRC || k == PKT_COL_DST)
			ok = edit_address(e, d, k == PKT_COL_DST, s, n);
		else if (k == PKT_COL_INFO)
			ok = edit_info(e, d, c, s, n);
		else
			ok = edit_proto(e, d, c, s, n);
		if (!ok)
			return false;
	}
	return true;
}
