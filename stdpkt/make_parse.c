// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/make_parse.c - one-line descriptions of packets; stdpkt-make(1) has the grammar
 *
 * Theory of operation: words from left to right. First what is in front of the protocol (eth, vlan, svlan), then the protocol with its
 * addresses, then any of the words of that protocol in any order. A word is looked up in two tables: numbers ("ttl 64"), which only need
 * to be stored, and the rest, which have a function. Every complaint is about the word that was read last.
 */
#include "stdpkt/make.h"
#include "stdpkt/dissect.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TCP = PKT_MAKE_TCP, UDP = PKT_MAKE_UDP, ICMP = PKT_MAKE_ICMP, ICMP6 = PKT_MAKE_ICMP6, ARP = PKT_MAKE_ARP, ETH = PKT_MAKE_ETH };
enum { OTHER_IP = PKT_MAKE_IP, ANY_IP = TCP | UDP | ICMP | ICMP6 | OTHER_IP, ANY = ANY_IP | ARP | ETH };
#define NS_PER_S 1000000000ull
#define PAYLOAD_MAX 65000u

struct parse {
	struct pkt_make *m;
	struct pkt_make_error *e;
	const char *text, *next; /* what comes after the word */
	const char *word;
	size_t n;
	bool via;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct parse *p, const char *fmt, ...)
{
	va_list ap;

	p->e->at = (size_t)(p->word - p->text);
	p->e->n = p->n;
	va_start(ap, fmt);
	vsnprintf(p->e->why, sizeof(p->e->why), fmt, ap);
	va_end(ap);
	return false;
}

/* The next word; a quoted string is one. False: there is none (word is the end then). */
static bool next(struct parse *p)
{
	const char *s = p->next;

	while (*s == ' ' || *s == '\t')
		s++;
	p->word = s;
	if (*s == '"')
		for (s++; *s && *s != '"'; s++)
			s += *s == '\\' && s[1];
	while (*s && *s != ' ' && *s != '\t')
		s++;
	p->n = (size_t)(s - p->word);
	p->next = s;
	return p->n;
}

static bool is(const struct parse *p, const char *word)
{
	return p->n == strlen(word) && !memcmp(p->word, word, p->n);
}

static bool want(struct parse *p, const char *word)
{
	next(p);
	return is(p, word) || fail(p, "'%s' is expected here", word);
}

static bool number(struct parse *p, const char *s, size_t n, uint64_t max, uint64_t *v)
{
	char tmp[32], *end;

	*v = 0;
	if (!n || n >= sizeof(tmp) || *s < '0' || *s > '9')
		return fail(p, "a number up to %llu is expected here", (unsigned long long)max);
	memcpy(tmp, s, n);
	tmp[n] = 0;
	*v = strtoull(tmp, &end, 0);
	if (*end || *v > max || n > 20)
		return fail(p, "a number up to %llu is expected here", (unsigned long long)max);
	return true;
}

static bool next_number(struct parse *p, uint64_t max, uint32_t *v)
{
	uint64_t x;

	next(p);
	if (!number(p, p->word, p->n, max, &x))
		return false;
	*v = (uint32_t)x;
	return true;
}

static bool next_mac(struct parse *p, uint8_t *mac)
{
	next(p);
	return pkt_parse_mac(p->word, p->n, mac) || fail(p, "a MAC address (02:00:00:00:00:01) is expected here");
}

static bool ip(struct parse *p, const char *s, size_t n, bool v6, uint8_t *addr)
{
	char tmp[64];

	if (n < sizeof(tmp)) {
		memcpy(tmp, s, n);
		tmp[n] = 0;
		if (inet_pton(v6 ? AF_INET6 : AF_INET, tmp, addr) == 1)
			return true;
	}
	return fail(p, "an IPv%c address is expected here", v6 ? '6' : '4');
}

static bool next_ip(struct parse *p, bool v6, uint8_t *addr)
{
	next(p);
	return ip(p, p->word, p->n, v6, addr);
}

/* ADDRESS, with a port where the protocol has ports: 10.0.0.1:53, [2001:db8::1]:53. The first one decides the version. */
static bool endpoint(struct parse *p, bool first, uint8_t *addr, uint32_t *port)
{
	bool ports = p->m->kind == PKT_MAKE_TCP || p->m->kind == PKT_MAKE_UDP;
	const char *host, *end, *colon = NULL;
	uint64_t v;

	next(p);
	host = p->word;
	end = host + p->n;
	if (p->n && *host == '[') {
		colon = memchr(host, ']', p->n);
		if (!colon || ++colon == end || *colon != ':')
			return fail(p, "[ADDRESS]:PORT is expected here");
		host++;
	} else if (ports) {
		colon = memchr(host, ':', p->n);
		if (!colon || memchr(colon + 1, ':', (size_t)(end - colon - 1)))
			return fail(p, "ADDRESS:PORT is expected here, for IPv6 [ADDRESS]:PORT");
	}
	if (colon && !ports)
		return fail(p, "this protocol has no ports");
	if (first)
		p->m->v6 = p->m->kind == PKT_MAKE_ICMP6 || (p->m->kind != PKT_MAKE_ICMP && memchr(host, ':', (size_t)((colon ? colon : end) - host)));
	if (!ip(p, host, (size_t)((colon ? colon - (*p->word == '[') : end) - host), p->m->v6, addr))
		return false;
	if (!ports)
		return true;
	p->word = colon + 1;
	p->n = (size_t)(end - p->word);
	if (!number(p, p->word, p->n, 65535, &v))
		return fail(p, "not a port (0 to 65535)");
	*port = (uint32_t)v;
	return true;
}

static bool endpoints(struct parse *p)
{
	return endpoint(p, true, p->m->src, &p->m->sport) && want(p, ">") && endpoint(p, false, p->m->dst, &p->m->dport);
}

/* ---- words with a number ---- */

#define AT(member) offsetof(struct pkt_make, member)
static const struct {
	const char *name;
	unsigned kinds;
	uint32_t max;
	size_t at;
} numbers[] = {
	{ "prio", ANY, 7, AT(prio) },
	{ "ttl", ANY_IP, 255, AT(ttl) },
	{ "tos", ANY_IP, 255, AT(tos) },
	{ "ipid", ANY_IP, UINT32_MAX, AT(ipid) },
	{ "frags", ANY_IP, 65528, AT(frags) },
	{ "proto", OTHER_IP, 255, AT(proto) },
	{ "seq", TCP, UINT32_MAX, AT(seq) },
	{ "seq", ICMP | ICMP6, 65535, AT(seq) },
	{ "win", TCP, 65535, AT(win) },
	{ "mss", TCP, 65535, AT(mss) },
	{ "type", ICMP | ICMP6, 255, AT(type) },
	{ "code", ICMP | ICMP6, 255, AT(code) },
	{ "id", ICMP | ICMP6, 65535, AT(id) },
	{ "mtu", ICMP | ICMP6, UINT32_MAX, AT(mtu) },
	{ "len", ANY, PAYLOAD_MAX, AT(len) },
	{ "count", ANY, UINT32_MAX - 1, AT(count) },
};

/* ---- other words ---- */

static bool word_df(struct parse *p)
{
	p->m->df = true;
	return !p->m->v6 || fail(p, "IPv6 has no such flag");
}

static bool word_badsum(struct parse *p)
{
	p->m->bad_sum = true;
	return true;
}

/* OFFSET, or OFFSET+ where more follow */
static bool word_frag(struct parse *p)
{
	uint64_t v;
	size_t n;

	next(p);
	n = p->n;
	p->m->more = n && p->word[n - 1] == '+';
	if (!number(p, p->word, n - p->m->more, 65528, &v) || v % 8)
		return fail(p, "an offset in bytes, a multiple of 8 up to 65528, is expected here; with a '+' more follow");
	p->m->frag = (uint32_t)v;
	return true;
}

/* "ack" alone is the flag, with a number it is that too */
static bool word_ack(struct parse *p)
{
	const char *before = p->next;

	p->m->tcp_flags |= 0x10;
	if (next(p) && *p->word >= '0' && *p->word <= '9') {
		p->next = before;
		return next_number(p, UINT32_MAX, &p->m->ack);
	}
	p->next = before;
	return true;
}

static bool word_flags(struct parse *p)
{
	next(p);
	return pkt_parse_tcp_flags(p->word, p->n, &p->m->tcp_flags) || fail(p, "letters of FSRP.UEW, or none, are expected here");
}

static bool word_lladdr(struct parse *p)
{
	p->m->has_lladdr = true;
	return next_mac(p, p->m->lladdr);
}

static bool word_via(struct parse *p)
{
	uint8_t addr[16];
	bool v6;

	next(p);
	v6 = memchr(p->word, ':', p->n);
	if (!ip(p, p->word, p->n, v6, addr))
		return false;
	p->via = true;
	pkt_mac_of_ip(p->m->eth_dst, addr, v6);
	return true;
}

/* Seconds with up to nine decimals, or a number with ms or us. */
static bool seconds(struct parse *p, uint64_t *ns)
{
	double v;
	char *end, tmp[40];

	next(p);
	if (p->n < sizeof(tmp) && p->n && *p->word >= '0' && *p->word <= '9') {
		char *dot;
		uint64_t sec, frac = 0;
		int digits = 0;

		memcpy(tmp, p->word, p->n);
		tmp[p->n] = 0;
		sec = strtoull(tmp, &dot, 10);
		if (*dot == '.') {
			for (end = dot + 1; *end >= '0' && *end <= '9' && digits < 9; end++, digits++)
				frac = frac * 10 + (uint64_t)(*end - '0');
			for (; digits < 9; digits++)
				frac *= 10;
		} else {
			end = dot;
		}
		v = !strcmp(end, "ms") ? 1e-3 : !strcmp(end, "us") ? 1e-6 : !*end || !strcmp(end, "s") ? 1 : 0;
		if (v > 0 && sec < UINT64_MAX / NS_PER_S - 1) {
			*ns = sec * NS_PER_S + frac;
			*ns = v < 1e-3 ? *ns / 1000000 : v < 1 ? *ns / 1000 : *ns;
			return true;
		}
	}
	return fail(p, "seconds (0.5), or a number with ms or us, are expected here");
}

static bool word_interval(struct parse *p)
{
	return seconds(p, &p->m->interval_ns);
}

static bool word_time(struct parse *p)
{
	return seconds(p, &p->m->time_ns);
}

static bool add_byte(struct parse *p, uint8_t byte)
{
	struct pkt_buf *b = &p->m->payload;

	if (b->len == PAYLOAD_MAX)
		return fail(p, "a payload of more than %u bytes", PAYLOAD_MAX);
	if (pkt_buf_reserve(b, 1))
		return fail(p, "no memory");
	b->data[b->len++] = byte;
	return true;
}

static bool word_hex(struct parse *p)
{
	uint8_t byte;
	size_t i;

	next(p);
	if (!p->n || p->n % 2)
		return fail(p, "an even number of hex digits is expected here");
	for (i = 0; i < p->n; i += 2) {
		if (!pkt_hex_decode(&byte, p->word + i, 1))
			return fail(p, "hex digits are expected here");
		if (!add_byte(p, byte))
			return false;
	}
	return true;
}

/* "text", with \n \r \t \" \\ and \xNN */
static bool string(struct parse *p)
{
	const char *s = p->word + 1, *end = p->word + p->n - 1;
	static const char from[] = "nrt\"\\", to[] = "\n\r\t\"\\";
	const char *at;
	uint8_t byte;

	if (p->n < 2 || *end != '"')
		return fail(p, "the closing quote is missing");
	for (; s < end; s++) {
		byte = (uint8_t)*s;
		if (*s == '\\') {
			s++;
			at = memchr(from, *s, sizeof(from) - 1);
			if (at)
				byte = (uint8_t)to[at - from];
			else if (*s == 'x' && end - s > 2 && pkt_hex_decode(&byte, s + 1, 1))
				s += 2;
			else
				return fail(p, "after a backslash: n r t \" \\ or xNN");
		}
		if (!add_byte(p, byte))
			return false;
	}
	return true;
}

static const struct {
	const char *name;
	unsigned kinds;
	bool (*parse)(struct parse *p);
} words[] = {
	{ "df", ANY_IP, word_df },	  { "badsum", TCP | UDP | ICMP | ICMP6, word_badsum },
	{ "frag", OTHER_IP, word_frag },  { "ack", TCP, word_ack },
	{ "flags", TCP, word_flags },	  { "lladdr", ICMP6, word_lladdr },
	{ "via", ANY_IP, word_via },	  { "interval", ANY, word_interval },
	{ "time", ANY, word_time },	  { "hex", ANY, word_hex },
};

static const struct {
	const char *name;
	uint8_t bit;
} flag_words[] = { { "fin", 1 }, { "syn", 2 }, { "rst", 4 }, { "psh", 8 }, { "urg", 32 }, { "ece", 64 }, { "cwr", 128 } };

/* A type of ICMP by its word; neighbour messages have their target behind it. */
static int icmp_word(struct parse *p)
{
	int type = pkt_word_number(p->m->kind == PKT_MAKE_ICMP6 ? PKT_WORDS_ICMP6 : PKT_WORDS_ICMP, p->word, p->n);

	if (type < 0)
		return 0;
	p->m->type = (uint32_t)type;
	if (p->m->kind == PKT_MAKE_ICMP6 && (type == 135 || type == 136))
		return next_ip(p, true, p->m->target) ? 1 : -1;
	return 1;
}

static bool parse_word(struct parse *p)
{
	unsigned kind = p->m->kind;
	size_t i;
	int found;

	if (*p->word == '"')
		return string(p);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if ((numbers[i].kinds & kind) && is(p, numbers[i].name))
			return next_number(p, numbers[i].max, (uint32_t *)(void *)((char *)p->m + numbers[i].at));
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if ((words[i].kinds & kind) && is(p, words[i].name))
			return words[i].parse(p);
	for (i = 0; kind == PKT_MAKE_TCP && i < sizeof(flag_words) / sizeof(flag_words[0]); i++) {
		if (is(p, flag_words[i].name)) {
			p->m->tcp_flags |= flag_words[i].bit;
			return true;
		}
	}
	if (kind & (ICMP | ICMP6)) {
		found = icmp_word(p);
		if (found)
			return found > 0;
	}
	return fail(p, "'%.*s' is no word for such a packet", (int)(p->n < 60 ? p->n : 60), p->word);
}

/* ---- the beginning ---- */

static bool parse_tag(struct parse *p)
{
	struct pkt_make *m = p->m;
	uint32_t id;

	if (m->tags == PKT_MAKE_TAGS)
		return fail(p, "more than %u tags", PKT_MAKE_TAGS);
	m->tag[m->tags].type = is(p, "svlan") ? 0x88a8 : 0x8100;
	if (!next_number(p, 4095, &id))
		return false;
	m->tag[m->tags++].id = (uint16_t)id;
	return true;
}

/* arp who-has IP tell IP; arp reply IP is-at MAC to IP */
static bool parse_arp(struct parse *p)
{
	struct pkt_make *m = p->m;

	next(p);
	if (is(p, "who-has")) {
		m->op = 1;
		return next_ip(p, false, m->dst) && want(p, "tell") && next_ip(p, false, m->src);
	}
	if (!is(p, "reply"))
		return fail(p, "'who-has' or 'reply' is expected here");
	m->op = 2;
	m->has_lladdr = true;
	return next_ip(p, false, m->src) && want(p, "is-at") && next_mac(p, m->lladdr) && want(p, "to") && next_ip(p, false, m->dst);
}

static bool parse_kind(struct parse *p)
{
	static const struct {
		const char *name;
		enum pkt_make_kind kind;
		uint8_t proto;
	} kinds[] = {
		{ "tcp", PKT_MAKE_TCP, 6 },	{ "udp", PKT_MAKE_UDP, 17 }, { "icmp", PKT_MAKE_ICMP, 1 },
		{ "icmp6", PKT_MAKE_ICMP6, 58 }, { "ip", PKT_MAKE_IP, 255 },  { "arp", PKT_MAKE_ARP, 0 },
	};
	struct pkt_make *m = p->m;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!is(p, kinds[i].name))
			continue;
		m->kind = kinds[i].kind;
		m->proto = kinds[i].proto;
		return m->kind == PKT_MAKE_ARP ? parse_arp(p) : endpoints(p);
	}
	if (is(p, "type") && m->eth) {
		m->kind = PKT_MAKE_ETH;
		return next_number(p, 65535, &m->ethertype);
	}
	return fail(p, "tcp, udp, icmp, icmp6, ip or arp is expected here%s", m->eth ? ", or type" : ", before it eth, vlan, svlan");
}

static bool parse_start(struct parse *p)
{
	struct pkt_make *m = p->m;

	for (;;) {
		next(p);
		if (is(p, "eth") && !m->eth) {
			m->eth = true;
			if (!next_mac(p, m->eth_src) || !want(p, ">") || !next_mac(p, m->eth_dst))
				return false;
		} else if (is(p, "vlan") || is(p, "svlan")) {
			if (!parse_tag(p))
				return false;
		} else {
			return parse_kind(p);
		}
	}
}

/* What nobody has said. */
static void defaults(struct parse *p)
{
	struct pkt_make *m = p->m;
	bool nd = m->kind == PKT_MAKE_ICMP6 && m->type >= 133 && m->type <= 136;
	uint8_t via[6];

	memcpy(via, m->eth_dst, 6);
	if (!m->eth && m->kind != PKT_MAKE_ETH) {
		pkt_mac_of_ip(m->eth_src, m->src, m->v6);
		pkt_mac_of_ip(m->eth_dst, m->dst, m->v6);
		if (m->kind == PKT_MAKE_ARP && m->has_lladdr)
			memcpy(m->eth_src, m->lladdr, 6);
		if (m->kind == PKT_MAKE_ARP && m->op == 1)
			memset(m->eth_dst, 0xff, 6);
		if (p->via)
			memcpy(m->eth_dst, via, 6);
	}
	if (m->ttl == PKT_MAKE_NONE)
		m->ttl = nd ? 255 : 64;
	if (m->kind == PKT_MAKE_TCP && !m->tcp_flags)
		m->tcp_flags = 0x10;
}

/* What does not go together; about the description as a whole. */
static bool check(struct parse *p)
{
	const struct pkt_make *m = p->m;
	size_t payload = m->len != PKT_MAKE_NONE ? m->len : m->payload.len;

	p->word = p->text;
	p->n = strlen(p->text);
	if (m->len != PKT_MAKE_NONE && m->payload.len)
		return fail(p, "a payload and 'len'");
	if (p->via && m->eth)
		return fail(p, "'eth' and 'via'");
	if (m->frags != PKT_MAKE_NONE && (m->frags % 8 || !m->frags))
		return fail(p, "'frags' wants a multiple of 8");
	if (m->frag != PKT_MAKE_NONE && m->frags != PKT_MAKE_NONE)
		return fail(p, "'frag' and 'frags'");
	if (m->frag != PKT_MAKE_NONE && m->frag + payload > 65535)
		return fail(p, "a fragment that ends behind 65535");
	return true;
}

bool pkt_make_parse(struct pkt_make *m, const char *text, uint64_t now, struct pkt_make_error *e)
{
	struct parse p = { .m = m, .e = e, .text = text, .next = text };
	bool good;

	*m = (struct pkt_make){
		.ttl = PKT_MAKE_NONE, .frag = PKT_MAKE_NONE, .frags = PKT_MAKE_NONE, .win = 64240, .mss = PKT_MAKE_NONE, .mtu = PKT_MAKE_NONE,
		.len = PKT_MAKE_NONE, .type = PKT_MAKE_NONE, .count = 1, .time_ns = now,
	};
	good = parse_start(&p);
	if (m->kind == PKT_MAKE_ICMP || m->kind == PKT_MAKE_ICMP6)
		m->type = m->kind == PKT_MAKE_ICMP ? 8 : 128;
	while (good && next(&p))
		good = parse_word(&p);
	if (good) {
		defaults(&p);
		good = check(&p);
	}
	if (!good)
		pkt_make_free(m);
	return good;
}
