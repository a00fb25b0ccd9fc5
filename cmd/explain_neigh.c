/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd/explain_neigh.c - answers for the neighbours that a capture does not have: ARP (RFC 826), neighbour discovery (RFC 4861 4.3, 4.4)
 *
 * A neighbour's MAC is 02:00 and the last four bytes of its address, as the functions have it for IPv4.
 */
#include <string.h>

#include "cmd/explain.h"

enum { TYPE_ARP = 0x0806, TYPE_VLAN = 0x8100, TYPE_SVLAN = 0x88a8, TYPE_IP6 = 0x86dd, ICMP6 = 58, SOLICIT = 135, ADVERT = 136 };

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void put_mac(uint8_t *to, const uint8_t *last_four)
{
	to[0] = 2;
	to[1] = 0;
	memcpy(to + 2, last_four, 4);
}

/* The Internet checksum of ICMPv6 with its pseudo-header (RFC 8200 8.1); the field is 0. */
static unsigned checksum(const uint8_t *ip, const uint8_t *icmp, size_t len)
{
	uint32_t sum = (uint32_t)len + ICMP6;

	for (size_t i = 8; i < 40; i += 2)
		sum += get16(ip + i);
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += get16(icmp + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static size_t answer_arp(const uint8_t *q, uint8_t *a)
{
	static const uint8_t request[8] = { 0, 1, 0x08, 0, 6, 4, 0, 1 };

	if (memcmp(q, request, sizeof(request)) != 0 || !memcmp(q + 14, q + 24, 4))
		return 0; /* or it announces its own */
	memcpy(a, request, 7);
	a[7] = 2;
	put_mac(a + 8, q + 24);
	memcpy(a + 14, q + 24, 4);
	memcpy(a + 18, q + 8, 10);
	return 28;
}

static size_t answer_solicit(const uint8_t *q, uint8_t *a)
{
	static const uint8_t unspecified[16], head[8] = { 0x60, 0, 0, 0, 0, 32, ICMP6, 255 };
	const uint8_t *target = q + 48;
	uint8_t *icmp = a + 40;
	unsigned sum;

	if (q[6] != ICMP6 || q[7] != 255 || q[40] != SOLICIT || !memcmp(q + 8, unspecified, 16))
		return 0;
	memcpy(a, head, sizeof(head));
	memcpy(a + 8, target, 16);
	memcpy(a + 24, q + 8, 16);
	memset(icmp, 0, 32);
	icmp[0] = ADVERT;
	icmp[4] = 0x60; /* solicited, override */
	memcpy(icmp + 8, target, 16);
	icmp[24] = 2; /* target link-layer address, 1 unit of 8 bytes */
	icmp[25] = 1;
	put_mac(icmp + 26, target + 12);
	sum = checksum(a, icmp, 32);
	icmp[2] = sum >> 8;
	icmp[3] = sum;
	return 72;
}

size_t explain_neighbour(const uint8_t *frame, size_t len, uint8_t *answer)
{
	size_t at = 12, body = 0;

	while (at < 20 && at + 6 <= len && (get16(frame + at) == TYPE_VLAN || get16(frame + at) == TYPE_SVLAN))
		at += 4;
	if (at + 2 + 28 <= len && get16(frame + at) == TYPE_ARP)
		body = answer_arp(frame + at + 2, answer + at + 2);
	else if (at + 2 + 64 <= len && get16(frame + at) == TYPE_IP6)
		body = answer_solicit(frame + at + 2, answer + at + 2);
	if (!body)
		return 0;
	memcpy(answer, frame + 6, 6);
	put_mac(answer + 6, get16(frame + at) == TYPE_ARP ? answer + at + 2 + 14 : answer + at + 2 + 20);
	memcpy(answer + 12, frame + 12, at + 2 - 12);
	return at + 2 + body;
}
