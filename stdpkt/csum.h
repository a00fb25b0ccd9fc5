/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stdpkt/csum.h - the Internet checksum, RFC 1071; private to stdpkt/
 */
#ifndef STDPKT_CSUM_H
#define STDPKT_CSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ones' complement sum of n <= 65536 bytes, the first of which is the low half of its word if @odd. */
static inline uint32_t pkt_sum_bytes(const uint8_t *p, size_t n, bool odd)
{
	uint32_t sum = 0;

	for (; n; n--, odd = !odd)
		sum += (uint32_t)*p++ << (odd ? 0 : 8);
	return sum;
}

static inline uint16_t pkt_sum_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(sum + (sum >> 16));
}

#endif
