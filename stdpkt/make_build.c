// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/make_build.c - the bytes of a described packet; RFC 791, 768, 792, 826, 4443, 4861, 8200, 9293
 *
 * Theory of operation: the transport's header and payload are put into a buffer, with room for the headers in front; the checksum over
 * them is right before they are cut into fragments. Then each piece gets its IP and Ethernet headers.
 */
#include "stdpkt/make.h"
#include "stdpkt/bytes.h"
#include "stdpkt/csum.h"
#include "stdpkt/dissect.h"

#include <errno.h>
#include <string.h>

enum { TYPE_IP = 0x0800, TYPE_ARP = 0x0806, TYPE_IP6 = 0x86dd, NEXT_FRAGMENT = 44 };
enum { ND_RS = 133, ND_RA = 134, ND_NS = 135, ND_NA = 136 };

static void put_be32(uint8_t *p, uint32_t v)
{
	pkt_put_be16(p, (uint16_t)(v >> 16));
	pkt_put_be16(p + 2, (uint16_t)v);
}

/* n zero bytes at the end of b, which has room. */
static uint8_t *add(struct pkt_buf *b, size_t n)
{
	uint8_t *p = b->data + b->len;

	memset(p, 0, n);
	b->len += n;
	return p;
}

static void add_payload(struct pkt_buf *b, const struct pkt_make *m)
{
	uint8_t *p;
	uint32_t i;

	if (m->len != PKT_MAKE_NONE) {
		p = add(b, m->len);
		for (i = 0; i < m->len; i++)
			p[i] = (uint8_t)('a' + i % 26);
	} else if (m->payload.len) {
		memcpy(add(b, m->payload.len), m->payload.data, m->payload.len);
	}
}

static void add_tcp(struct pkt_buf *b, const struct pkt_make *m)
{
	uint32_t hlen = m->mss == PKT_MAKE_NONE ? 20 : 24;
	uint8_t *p = add(b, hlen);

	pkt_put_be16(p, (uint16_t)m->sport);
	pkt_put_be16(p + 2, (uint16_t)m->dport);
	put_be32(p + 4, m->seq);
	put_be32(p + 8, m->ack);
	p[12] = (uint8_t)(hlen / 4 << 4);
	p[13] = m->tcp_flags;
	pkt_put_be16(p + 14, (uint16_t)m->win);
	if (hlen == 24) {
		p[20] = 2;
		p[21] = 4;
		pkt_put_be16(p + 22, (uint16_t)m->mss);
	}
	add_payload(b, m);
}

static void add_udp(struct pkt_buf *b, const struct pkt_make *m)
{
	size_t start = b->len;
	uint8_t *p = add(b, 8);

	pkt_put_be16(p, (uint16_t)m->sport);
	pkt_put_be16(p + 2, (uint16_t)m->dport);
	add_payload(b, m);
	pkt_put_be16(p + 4, (uint16_t)(b->len - start));
}

/* The option with a link-layer address: 1 the sender's, 2 the target's. */
static void add_lladdr(struct pkt_buf *b, const struct pkt_make *m, const uint8_t *eth_src)
{
	uint8_t *p = add(b, 8);

	p[0] = m->type == ND_NA ? 2 : 1;
	p[1] = 1;
	memcpy(p + 2, m->has_lladdr ? m->lladdr : eth_src, 6);
}

static void add_icmp(struct pkt_buf *b, const struct pkt_make *m, uint32_t i, const uint8_t *eth_src)
{
	uint8_t *p = add(b, 8);
	bool v6 = m->kind == PKT_MAKE_ICMP6;

	p[0] = (uint8_t)m->type;
	p[1] = (uint8_t)m->code;
	if (v6 && m->type >= ND_RS && m->type <= ND_NA) {
		if (m->type == ND_RA) { /* hop limit 64, 1800 s, no times */
			p[4] = 64;
			pkt_put_be16(p + 6, 1800);
			add(b, 8);
		}
		if (m->type == ND_NA)
			p[4] = 0x60; /* solicited, override */
		if (m->type >= ND_NS)
			memcpy(add(b, 16), m->target, 16);
		add_lladdr(b, m, eth_src);
	} else if (m->mtu != PKT_MAKE_NONE) {
		put_be32(p + 4, m->mtu);
	} else if (v6 ? m->type >= 128 : m->type == 0 || m->type == 8 || m->type > 12) {
		pkt_put_be16(p + 4, (uint16_t)m->id);
		pkt_put_be16(p + 6, (uint16_t)(m->seq + i));
	}
	add_payload(b, m);
}

static uint32_t pseudo_sum(const struct pkt_make *m, size_t n)
{
	size_t addr = m->v6 ? 16 : 4;

	return pkt_sum_bytes(m->src, addr, false) + pkt_sum_bytes(m->dst, addr, false) + m->proto + (uint32_t)n;
}

/* The checksum of the n bytes at p, in its place. */
static void put_sum(uint8_t *p, size_t n, const struct pkt_make *m)
{
	size_t at = m->kind == PKT_MAKE_TCP ? 16 : m->kind == PKT_MAKE_UDP ? 6 : 2;
	uint32_t sum = pkt_sum_fold(pkt_sum_bytes(p, n, false));
	uint16_t v;

	if (m->kind == PKT_MAKE_IP)
		return;
	if (m->kind != PKT_MAKE_ICMP)
		sum += pseudo_sum(m, n);
	v = (uint16_t)~pkt_sum_fold(sum);
	if (m->kind == PKT_MAKE_UDP && !v)
		v = 0xffff;
	pkt_put_be16(p + at, m->bad_sum ? v ^ 0x5555 : v);
}

static size_t eth_head(uint8_t *p, const struct pkt_make *m, const uint8_t *dst, const uint8_t *src, uint16_t type)
{
	size_t n = 12;
	uint32_t i;

	memcpy(p, dst, 6);
	memcpy(p + 6, src, 6);
	for (i = 0; i < m->tags; i++, n += 4) {
		pkt_put_be16(p + n, m->tag[i].type);
		pkt_put_be16(p + n + 2, (uint16_t)(m->prio << 13 | m->tag[i].id));
	}
	pkt_put_be16(p + n, type);
	return n + 2;
}

static size_t ip4_head(uint8_t *p, const struct pkt_make *m, uint32_t i, size_t n, uint32_t off, bool more)
{
	memset(p, 0, 20);
	p[0] = 0x45;
	p[1] = (uint8_t)m->tos;
	pkt_put_be16(p + 2, (uint16_t)(20 + n));
	pkt_put_be16(p + 4, (uint16_t)(m->ipid + i));
	pkt_put_be16(p + 6, (uint16_t)((m->df ? 0x4000 : 0) | (more ? 0x2000 : 0) | off / 8));
	p[8] = (uint8_t)m->ttl;
	p[9] = (uint8_t)m->proto;
	memcpy(p + 12, m->src, 4);
	memcpy(p + 16, m->dst, 4);
	pkt_put_be16(p + 10, (uint16_t)~pkt_sum_fold(pkt_sum_bytes(p, 20, false)));
	return 20;
}

static size_t ip6_head(uint8_t *p, const struct pkt_make *m, uint32_t i, size_t n, bool fragment, uint32_t off, bool more)
{
	size_t head = fragment ? 48 : 40;

	memset(p, 0, head);
	p[0] = (uint8_t)(0x60 | m->tos >> 4);
	p[1] = (uint8_t)(m->tos << 4);
	pkt_put_be16(p + 4, (uint16_t)(head - 40 + n));
	p[6] = (uint8_t)(fragment ? NEXT_FRAGMENT : m->proto);
	p[7] = (uint8_t)m->ttl;
	memcpy(p + 8, m->src, 16);
	memcpy(p + 24, m->dst, 16);
	if (fragment) {
		p[40] = (uint8_t)m->proto;
		pkt_put_be16(p + 42, (uint16_t)(off | more));
		put_be32(p + 44, m->ipid + i);
	}
	return head;
}

struct maker {
	const struct pkt_make *m;
	uint32_t i;
	int (*emit)(void *arg, const struct pkt_frame *f);
	void *arg;
	uint8_t eth_src[6], eth_dst[6];
};

#define HEADS_MAX (14u + 4 * PKT_MAKE_TAGS + 48)

/* n bytes of IP payload at p, before which HEADS_MAX bytes may be overwritten. */
static int emit_ip(struct maker *k, uint8_t *p, size_t n, bool fragment, uint32_t off, bool more)
{
	const struct pkt_make *m = k->m;
	uint8_t head[HEADS_MAX];
	size_t len = eth_head(head, m, k->eth_dst, k->eth_src, m->v6 ? TYPE_IP6 : TYPE_IP);
	struct pkt_frame f = { .ts_ns = m->time_ns + k->i * m->interval_ns };

	len += m->v6 ? ip6_head(head + len, m, k->i, n, fragment, off, more) : ip4_head(head + len, m, k->i, n, off, more);
	memcpy(p - len, head, len);
	f.data = p - len;
	f.caplen = f.len = (uint32_t)(len + n);
	return k->emit(k->arg, &f);
}

/* From the last piece to the first, since each one's headers are written over the end of the piece before... of a copy. */
static int emit_fragments(struct maker *k, const uint8_t *p, size_t n, uint32_t size)
{
	uint8_t piece[HEADS_MAX + 65536];
	size_t off, len;
	int err = 0;

	for (off = 0; off < n && !err; off += len) {
		len = n - off > size ? size : n - off;
		memcpy(piece + HEADS_MAX, p + off, len);
		err = emit_ip(k, piece + HEADS_MAX, len, true, (uint32_t)off, off + len < n);
	}
	return err;
}

static int make_arp(struct maker *k, struct pkt_buf *b)
{
	static const uint8_t kind[6] = { 0, 1, 0x08, 0, 6, 4 };
	const struct pkt_make *m = k->m;
	struct pkt_frame f = { .ts_ns = m->time_ns + k->i * m->interval_ns };
	uint8_t *p = add(b, HEADS_MAX);

	b->len = eth_head(p, m, k->eth_dst, k->eth_src, TYPE_ARP);
	p = add(b, 28);
	memcpy(p, kind, sizeof(kind));
	pkt_put_be16(p + 6, (uint16_t)m->op);
	memcpy(p + 8, m->has_lladdr ? m->lladdr : k->eth_src, 6);
	memcpy(p + 14, m->src, 4);
	if (m->op != 1)
		memcpy(p + 18, k->eth_dst, 6);
	memcpy(p + 24, m->dst, 4);
	add_payload(b, m);
	f.data = b->data;
	f.caplen = f.len = (uint32_t)b->len;
	return k->emit(k->arg, &f);
}

static int make_eth(struct maker *k, struct pkt_buf *b)
{
	const struct pkt_make *m = k->m;
	struct pkt_frame f = { .ts_ns = m->time_ns + k->i * m->interval_ns };
	uint8_t *p = add(b, HEADS_MAX);

	b->len = eth_head(p, m, k->eth_dst, k->eth_src, (uint16_t)m->ethertype);
	add_payload(b, m);
	f.data = b->data;
	f.caplen = f.len = (uint32_t)b->len;
	return k->emit(k->arg, &f);
}

static int make_ip(struct maker *k, struct pkt_buf *b)
{
	const struct pkt_make *m = k->m;
	uint8_t *p;
	size_t n;

	add(b, HEADS_MAX);
	switch (m->kind) {
	case PKT_MAKE_TCP:
		add_tcp(b, m);
		break;
	case PKT_MAKE_UDP:
		add_udp(b, m);
		break;
	case PKT_MAKE_ICMP:
	case PKT_MAKE_ICMP6:
		add_icmp(b, m, k->i, k->eth_src);
		break;
	default:
		add_payload(b, m);
	}
	p = b->data + HEADS_MAX;
	n = b->len - HEADS_MAX;
	put_sum(p, n, m);
	if (m->frags != PKT_MAKE_NONE && n > m->frags)
		return emit_fragments(k, p, n, m->frags);
	if (m->frag != PKT_MAKE_NONE)
		return emit_ip(k, p, n, true, m->frag, m->more);
	return emit_ip(k, p, n, false, 0, false);
}

int pkt_make_frames(const struct pkt_make *m, uint32_t i, int (*emit)(void *arg, const struct pkt_frame *f), void *arg)
{
	struct maker k = { .m = m, .i = i, .emit = emit, .arg = arg };
	struct pkt_buf b = { 0 };
	size_t payload = m->len != PKT_MAKE_NONE ? m->len : m->payload.len;
	int err;

	/* the longest headers of a transport: neighbour discovery's 32 bytes */
	if (pkt_buf_reserve(&b, HEADS_MAX + 64 + payload))
		return -ENOMEM;
	memcpy(k.eth_src, m->eth_src, 6);
	memcpy(k.eth_dst, m->eth_dst, 6);
	err = m->kind == PKT_MAKE_ARP ? make_arp(&k, &b) : m->kind == PKT_MAKE_ETH ? make_eth(&k, &b) : make_ip(&k, &b);
	pkt_buf_free(&b);
	return err;
}

void pkt_make_free(struct pkt_make *m)
{
	pkt_buf_free(&m->payload);
}
