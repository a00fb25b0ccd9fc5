/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/bench/forward.c - frames a second through one guest, in process: between two cards, no stream, no pipe
 *
 * usage: forward NAME FRAME-BYTES FLOWS SCRIPT    prints "NAME value Mpps", and "memory.NAME value MB": the most that was resident
 * SCRIPT is a function's set-up (left 10.0.0.1/24, right 192.0.2.1/24, neighbours named). Frames are UDP from 10.0.0.2 to 192.0.2.2 with
 * FLOWS different source ports. What is counted is what comes out on the right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/element.h"
#include "lk/boot.h"
#include "lk/nic.h"
#include "test/bench/bench.h"

static uint64_t sent;
static unsigned frame_len, flows;
static unsigned char frame[2048];

static double seconds(void)
{
	return bench_seconds(getenv("BENCH_CPU") ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC);
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
		bench_flow(frame, flow);
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

static void bench_describe(const struct lk_port *port, char *buf, size_t len) /* somebody says `stdpkt ls` */
{
	(void)port;
	snprintf(buf, len, "bench");
}

static const struct lk_medium_ops bench_ops = {
	.name = "bench", .send = bench_send, .pump = bench_pump, .flush = bench_nothing, .full = bench_no, .pending = bench_no,
	.ended = bench_ended, .drained = bench_no, .gate = bench_nothing,
	.describe = bench_describe, .close = bench_nothing,
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
	double rate[5], median;
	struct rusage ru;

	cmd_name = "bench";
	if (argc != 5)
		cmd_die(CMD_USAGE, "usage: forward NAME FRAME-BYTES FLOWS SCRIPT");
	frame_len = atoi(argv[2]);
	flows = atoi(argv[3]);
	script[1] = argv[4];
	bench_frame(frame, frame_len);
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
	median = bench_median(rate, 5);
	printf("%-28s %10.4f Mpps\n", argv[1], median / 1e6);
	getrusage(RUSAGE_SELF, &ru);
	printf("memory.%-21s %10.3f MB\n", argv[1], (double)ru.ru_maxrss / 1024);
	return median > 0 ? 0 : 1;
}
