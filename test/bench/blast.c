/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/bench/blast.c - sends UDP frames on an interface for a second, as fast as a packet socket takes them: load for the host's
 * namespace chain, the peer of our benchmarks
 *
 * usage: blast IFACE DST-MAC FRAME-BYTES FLOWS SECONDS     frames as test/bench/forward.c makes them; prints how many went out
 */
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "test/bench/bench.h"

#define BATCH 256

int main(int argc, char **argv)
{
	static unsigned char frame[BATCH][2048];
	static struct mmsghdr msg[BATCH];
	static struct iovec iov[BATCH];
	struct sockaddr_ll sa = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP) };
	const int one = 1, fd = socket(AF_PACKET, SOCK_RAW, 0);
	unsigned len, flows, flow = 0;
	unsigned long sent = 0;
	double end;

	if (argc != 6 || fd < 0)
		return 100;
	len = atoi(argv[3]);
	flows = atoi(argv[4]);
	if (len < 42 || len > sizeof(frame[0]) || !flows)
		return 100;
	sa.sll_ifindex = if_nametoindex(argv[1]);
	if (!sa.sll_ifindex || bind(fd, (struct sockaddr *)&sa, sizeof(sa)))
		return 111;
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
	for (int i = 0; i < BATCH; i++) {
		uint8_t *to = frame[i];

		bench_frame(to, len);
		sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &to[0], &to[1], &to[2], &to[3], &to[4], &to[5]);
		iov[i] = (struct iovec){ frame[i], len };
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	for (end = bench_seconds(CLOCK_MONOTONIC) + atof(argv[5]); bench_seconds(CLOCK_MONOTONIC) < end;) {
		int n;

		for (int i = 0; i < BATCH; i++, flow = flow + 1 == flows ? 0 : flow + 1)
			bench_flow(frame[i], flow);
		n = sendmmsg(fd, msg, BATCH, 0);
		if (n > 0)
			sent += n;
	}
	printf("%lu\n", sent);
	return 0;
}
