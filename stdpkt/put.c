// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/put.c - numbers and addresses as text, without printf: these run for every packet
 */
#include "stdpkt/bytes.h"
#include "stdpkt/dissect.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

/* Two digits at a time, from the right: the place of the first is known. */
char *pkt_put_dec(char *p, uint32_t v)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657"
				    "585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
	char *end, *to;

	if (v < 10) {
		*p = (char)('0' + v);
		return p + 1;
	}
	end = p + (v < 100	   ? 2 :
		   v < 1000	   ? 3 :
		   v < 10000	   ? 4 :
		   v < 100000	   ? 5 :
		   v < 1000000	   ? 6 :
		   v < 10000000	   ? 7 :
		   v < 100000000   ? 8 :
		   v < 1000000000u ? 9 :
				     10);
	for (to = end; v >= 10; v /= 100) {
		to -= 2;
		memcpy(to, pairs + 2 * (v % 100), 2);
	}
	if (to > p)
		*p = (char)('0' + v);
	return end;
}

char *pkt_put_mac(char *p, const uint8_t *mac)
{
	int i;

#pragma GCC unroll 6
	for (i = 0; i < 6; i++) {
		*p++ = digits[mac[i] >> 4];
		*p++ = digits[mac[i] & 15];
		*p++ = ':';
	}
	return p - 1;
}

char *pkt_put_ip4(char *p, const uint8_t *ip)
{
	int i;

	for (i = 0; i < 4; i++) {
		uint8_t v = ip[i];

		if (v >= 100) {
			*p++ = (char)('0' + v / 100);
			v %= 100;
			*p++ = (char)('0' + v / 10);
			v %= 10;
		} else if (v >= 10) {
			*p++ = (char)('0' + v / 10);
			v %= 10;
		}
		*p++ = (char)('0' + v);
		*p++ = '.';
	}
	return p - 1;
}

/* RFC 5952 4: the longest run of two or more zero groups is "::", the first of equals. */
char *pkt_put_ip6(char *p, const uint8_t *ip)
{
	int i, start = -1, best = -1, len = 1;
	uint16_t g[8];

	for (i = 0; i < 8; i++) {
		g[i] = pkt_be16(ip + 2 * i);
		if (g[i]) {
			start = -1;
			continue;
		}
		if (start < 0)
			start = i;
		if (i + 1 - start > len) {
			len = i + 1 - start;
			best = start;
		}
	}
	for (i = 0; i < 8; i++) {
		if (i == best) {
			*p++ = ':';
			if (i + len == 8)
				*p++ = ':';
			i += len - 1;
			continue;
		}
		if (i)
			*p++ = ':';
		if (g[i] >= 0x1000)
			*p++ = digits[g[i] >> 12];
		if (g[i] >= 0x100)
			*p++ = digits[g[i] >> 8 & 15];
		if (g[i] >= 0x10)
			*p++ = digits[g[i] >> 4 & 15];
		*p++ = digits[g[i] & 15];
	}
	return p;
}

void pkt_mac_of_ip(uint8_t *mac, const uint8_t *ip, bool v6)
{
	static const uint8_t ours[6] = { 2, 0, 0, 0, 0, 0 };

	memcpy(mac, ours, 6);
	if (!ip)
		return;
	memcpy(mac + 2, v6 ? ip + 12 : ip, 4);
	if (v6 && ip[0] == 0xff) { /* RFC 2464 7 */
		mac[0] = mac[1] = 0x33;
	} else if (!v6 && ip[0] >> 4 == 14) { /* RFC 1112 6.4 */
		mac[0] = 1;
		mac[2] = 0x5e;
		mac[3] &= 0x7f;
		mac[1] = 0;
	} else if (!v6 && pkt_be32(ip) == 0xffffffff) {
		memset(mac, 0xff, 6);
	}
}
