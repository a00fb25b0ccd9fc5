/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/bench/forward.c - frames a second through one guest, in process: between two cards, no stream, no pipe
 *
 * usage: forward NAME FRAME-BYTES FLOWS SCRIPT    prints "NAME value Mpps"
 * SCRIPT is a function's set-up (left 10.0.0.1/24, right 192.0.2.1/24, neighbours named). Frames are UDP from 10.0.0.2 to 192.0.2.2 with
 * FLOWS different source ports. What is counted is what comes out on the right.
 */
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/element.h"
#include "lk/boot.h"
#include "lk/nic.h"

static uint64_t sent;
static unsigned frame_len, flows;
static unsigned char frame[2048];

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(getenv("BENCH_CPU") ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &ts);
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

static void make_frame(void)
{
	static const unsigned char eth[14] = { 2, 0, 10, 0, 0, 1, 2, 0, 10, 0, 0, 2, 8, 0 };
	struct iphdr *ip = (struct iphdr *)(frame + 14);
	struct udphdr *udp = (struct udphdr *)(ip + 1);

	memcpy(frame, eth, sizeof(eth));
	*ip = (struct iphdr){ .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP, .tot_len = htons(frame_len - 14),
			      .saddr = htonl(0x0a000002), .daddr = htonl(0xc0000202) };
	ip->check = sum16(ip, sizeof(*ip));
	*udp = (struct udphdr){ .source = htons(1024), .dest = htons(9), .len = htons(frame_len - 34) }; /* no checksum: allowed in IPv4 */
}

static void bench_send(struct lk_port *port, const struct iovec *iov, int n, size_t len)
{
	const unsigned char *f = iov->iov_base;

	(void)n;
	if (!strcmp(port->name, "right") && len == frame_len && f[0] == 2 && f[5] == 2)
		sent++;
}

static int bench_pump(struct lk_port *port, int budget)
{
	static unsigned flow;
	int n;

	if (strcmp(port->name, "left"))
		return 0;
	for (n = 0; n < budget; n++) {
		uint16_t source = htons(1024 + flow);

		memcpy(frame + 34, &source, 2);
		if (port->deliver(port, frame, frame_len) != 1)
			break;
		flow = flow + 1 == flows ? 0 : flow + 1;
	}
	return n;
}

static void bench_nothing(struct lk_port *port)
{
	(void)port;
}

static bool bench_no(const struct lk_port *port)
{
	(void)port;
	return false;
}

static bool bench_ended(const struct lk_port *port)
{
	return !strcmp(port->name, "right");
}

static const struct lk_medium_ops bench_ops = {
	.name = "bench", .send = bench_send, .pump = bench_pump, .flush = bench_nothing, .full = bench_no, .pending = bench_no,
	.ended = bench_ended, .drained = bench_no, .gate = bench_nothing, .close = bench_nothing,
};

static uint64_t wall(struct lk_port *port)
{
	(void)port;
	return lk_wall_ns();
}

/* @lap seconds of frames in batches; frames out a second */
static double run(struct lk_port *left, double lap)
{
	const double start = seconds();
	double now;

	sent = 0;
	do {
		for (int i = 0; i < 16; i++) {
			bench_pump(left, 256);
			lk_run();
		}
		now = seconds();
	} while (now - start < lap);
	return sent / (now - start);
}

int main(int argc, char **argv)
{
	static struct element e;
	static const char *const names[] = { "left", "right" };
	char *script[] = { "/bin/sh", NULL, NULL };
	double rate[5];

	cmd_name = "bench";
	if (argc != 5)
		cmd_die(CMD_USAGE, "usage: forward NAME FRAME-BYTES FLOWS SCRIPT");
	frame_len = atoi(argv[2]);
	flows = atoi(argv[3]);
	script[1] = argv[4];
	make_frame();
	element_init(&e, &(struct element_options){ 0 }, "bench");
	for (e.ports = 0; e.ports < 2; e.ports++) {
		struct lk_port *p = &e.port[e.ports].port;

		strcpy(p->name, names[e.ports]);
		p->ops = &bench_ops;
		p->mtu = 1500;
		p->loop = e.loop;
		p->now_ns = wall;
		p->gated = true;
	}
	element_boot(&e);
	element_start_script(&e, script);
	if (element_turns_until_passing(&e))
		cmd_die(CMD_SYSTEM, "the script %s failed", argv[4]);
	run(&e.port[0].port, 0.3);
	for (int i = 0; i < 5; i++)
		rate[i] = run(&e.port[0].port, 0.4);
	for (int i = 0; i < 5; i++) /* the median is rate[2] after sorting */
		for (int j = i + 1; j < 5; j++)
			if (rate[j] < rate[i]) {
				double t = rate[i];

				rate[i] = rate[j];
				rate[j] = t;
			}
	printf("%-28s %10.4f Mpps\n", argv[1], rate[2] / 1e6);
	return rate[2] > 0 ? 0 : 1;
}
