/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/bench/blast.c - sends UDP frames on an interface for a second, as fast as a packet socket takes them: load for the host's
 * namespace chain, the peer of our benchmarks
 *
 * usage: blast IFACE DST-MAC FRAME-BYTES FLOWS SECONDS     frames as test/bench/forward.c makes them; prints how many went out
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 256

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static uint16_t sum16(const void *p, size_t n)
{
	const uint16_t *w = p;
	uint32_t s = 0;

	for (; n; n -= 2)
		s += *w++;
	s = (s & 0xffff) + (s >> 16);
	return ~(s + (s >> 16));
}

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
		struct ether_header *eth = (struct ether_header *)frame[i];
		struct iphdr *ip = (struct iphdr *)(eth + 1);
		struct udphdr *udp = (struct udphdr *)(ip + 1);

		sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &eth->ether_dhost[0], &eth->ether_dhost[1], &eth->ether_dhost[2],
		       &eth->ether_dhost[3], &eth->ether_dhost[4], &eth->ether_dhost[5]);
		memcpy(eth->ether_shost, "\2\0\12\0\0\2", 6);
		eth->ether_type = htons(ETH_P_IP);
		*ip = (struct iphdr){ .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP, .tot_len = htons(len - 14),
				      .saddr = htonl(0x0a000002), .daddr = htonl(0xc0000202) };
		ip->check = sum16(ip, sizeof(*ip));
		*udp = (struct udphdr){ .dest = htons(9), .len = htons(len - 34) };
		iov[i] = (struct iovec){ frame[i], len };
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	for (end = seconds() + atof(argv[5]); seconds() < end;) {
		int n;

		for (int i = 0; i < BATCH; i++, flow = flow + 1 == flows ? 0 : flow + 1)
			((struct udphdr *)(frame[i] + 34))->source = htons(1024 + flow);
		n = sendmmsg(fd, msg, BATCH, 0);
		if (n > 0)
			sent += n;
	}
	printf("%lu\n", sent);
	return 0;
}
