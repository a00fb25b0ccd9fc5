/* SPDX-License-Identifier: GPL-2.0-only */
/* test/bench/bench.h - what the benchmarks' programs share: a clock, a median, the frames of all that forward */
#ifndef TEST_BENCH_BENCH_H
#define TEST_BENCH_BENCH_H

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A figure is the median of so many rounds where one is short. */
#define BENCH_ROUNDS 21

static inline double bench_seconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static inline int bench_by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts @v. */
static inline double bench_median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), bench_by_value);
	return v[n / 2];
}

static inline uint16_t bench_sum16(const void *p, size_t n)
{
	const uint16_t *w = p;
	uint32_t s = 0;

	for (; n; n -= 2)
		s += *w++;
	s = (s & 0xffff) + (s >> 16);
	return ~(s + (s >> 16));
}

/* UDP from 10.0.0.2 to 192.0.2.2 by the router 10.0.0.1, as elements call their cards; no checksum: allowed in IPv4. @frame is even, and zero. */
static inline void bench_frame(uint8_t *frame, unsigned len)
{
	static const uint8_t eth[14] = { 2, 0, 10, 0, 0, 1, 2, 0, 10, 0, 0, 2, 8, 0 };
	struct iphdr *ip = (struct iphdr *)(frame + 14);
	struct udphdr *udp = (struct udphdr *)(ip + 1);

	memcpy(frame, eth, sizeof(eth));
	*ip = (struct iphdr){ .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP, .tot_len = htons(len - 14),
			      .saddr = htonl(0x0a000002), .daddr = htonl(0xc0000202) };
	ip->check = bench_sum16(ip, sizeof(*ip));
	*udp = (struct udphdr){ .source = htons(1024), .dest = htons(9), .len = htons(len - 34) };
}

/* One flow a source port. */
static inline void bench_flow(uint8_t *frame, unsigned flow)
{
	const uint16_t source = htons(1024 + flow);

	memcpy(frame + 34, &source, sizeof(source));
}

#endif
