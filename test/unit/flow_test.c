// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/flow_test.c - which frames belong together
 */
#include "stdpkt/pkt.h"
#include "test/unit/t.h"

#include <stdlib.h>
#include <string.h>

static uint8_t frame[256];
static uint32_t len;

/* "a.b" are the last bytes of 10.0.0.a and 192.0.2.b. */
static void ip4(uint8_t proto, uint8_t a, uint8_t b, bool back, const void *l4, uint32_t n)
{
	static const uint8_t head[34] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45 };
	uint8_t *ip = frame + 14;

	memcpy(frame, head, sizeof(head));
	ip[3] = (uint8_t)(20 + n);
	ip[8] = 64;
	ip[9] = proto;
	memcpy(ip + (back ? 16 : 12), (uint8_t[]){ 10, 0, 0, a }, 4);
	memcpy(ip + (back ? 12 : 16), (uint8_t[]){ 192, 0, 2, b }, 4);
	memcpy(ip + 20, l4, n);
	len = 34 + n;
}

static uint64_t key(void)
{
	uint64_t k = 0, again;
	uint8_t *copy = malloc(len); /* its own size, for a sanitizer */

	memcpy(copy, frame, len);
	if (pkt_flow(copy, len, &k) != PKT_FLOW_KEY || pkt_flow(copy, len, &again) != PKT_FLOW_KEY || k != again)
		k = 0;
	free(copy);
	return k;
}

static uint64_t udp(uint8_t a, uint8_t b, uint16_t sport, uint16_t dport, bool back)
{
	const uint8_t l4[12] = { back ? dport >> 8 : sport >> 8, back ? dport : sport, back ? sport >> 8 : dport >> 8, back ? sport : dport, 0, 12 };

	ip4(17, a, b, back, l4, sizeof(l4));
	return key();
}

static uint64_t echo(uint8_t type, uint8_t id, bool back)
{
	ip4(1, 1, 2, back, (uint8_t[]){ type, 0, 0, 0, 0, id, 0, 7 }, 8);
	return key();
}

static void test_keys(void)
{
	const uint64_t k = udp(1, 2, 1024, 53, false);
	uint8_t quote[8 + 28] = { 3, 3 };
	uint64_t error;
	bool good;

	T_OK(k && k == udp(1, 2, 1024, 53, true), "flow: the same in both directions");
	T_OK(k != udp(1, 2, 1025, 53, false) && k != udp(3, 2, 1024, 53, false) && k != udp(1, 4, 1024, 53, false), "flow: ports and addresses count");
	T_OK(echo(8, 5, false) == echo(0, 5, true) && echo(8, 5, false) != echo(8, 6, false), "flow: echo and its reply");
	udp(1, 2, 1024, 53, false);
	memcpy(quote + 8, frame + 14, 28);
	ip4(1, 99, 2, true, quote, sizeof(quote));
	error = key();
	T_OK(error == k, "flow: an ICMP error goes with what it quotes");
	quote[8] = 0x99;
	ip4(1, 99, 2, true, quote, sizeof(quote));
	T_OK(key() && key() != k, "flow: one that quotes nonsense goes by its own addresses");
	udp(1, 2, 1024, 53, false);
	frame[14 + 6] = 0x20; /* more fragments */
	error = key();
	udp(1, 2, 7777, 8888, true);
	frame[14 + 7] = 100; /* not the first */
	T_OK(error && error == key() && error != k, "flow: fragments go by addresses");
	udp(1, 2, 1024, 53, false);
	memmove(frame + 18, frame + 14, len - 14);
	memcpy(frame + 12, (uint8_t[]){ 0x81, 0, 0, 5, 8, 0 }, 6);
	len += 4;
	T_OK(key() == k, "flow: behind a VLAN tag");
	good = true;
	for (uint32_t whole = len; len--;) {
		uint8_t *copy = malloc(len ? len : 1);
		uint64_t any;

		memcpy(copy, frame, len);
		good &= pkt_flow(copy, len, &any) <= PKT_FLOW_OTHER && whole;
		free(copy);
	}
	T_OK(good, "flow: cut at every byte");
}

static void test_spread(void)
{
	unsigned n[4] = { 0 }, i;

	for (i = 0; i < 4000; i++)
		n[udp((uint8_t)(i % 5), 2, (uint16_t)(1024 + i), 53, false) >> 16 & 3]++;
	T_OK(n[0] > 800 && n[1] > 800 && n[2] > 800 && n[3] > 800, "flow: spread evenly");
}

static void test_others(void)
{
	uint8_t arp[42] = { [12] = 8, 6, 0, 1, 8, 0, 6, 4, 0, 1 }, ns[78] = { [12] = 0x86, 0xdd, 0x60 };
	uint64_t k;

	T_OK(pkt_flow(arp, sizeof(arp), &k) == PKT_FLOW_ASK, "flow: an ARP request asks");
	arp[21] = 2;
	T_OK(pkt_flow(arp, sizeof(arp), &k) == PKT_FLOW_OTHER, "flow: a reply does not");
	ns[19] = 24;
	ns[20] = 58;
	ns[54] = 135;
	T_OK(pkt_flow(ns, sizeof(ns), &k) == PKT_FLOW_ASK, "flow: a neighbour solicitation asks");
	ns[54] = 136;
	T_OK(pkt_flow(ns, sizeof(ns), &k) == PKT_FLOW_OTHER, "flow: an advertisement does not");
	ns[12] = 0x88;
	T_OK(pkt_flow(ns, sizeof(ns), &k) == PKT_FLOW_OTHER, "flow: no IP");
}

int main(void)
{
	test_keys();
	test_spread();
	test_others();
	return t_done();
}
