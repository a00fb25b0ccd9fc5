/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/bench/ends.c - the two ends of a chain: frames as fast as the link takes them, and how many a second arrive
 *
 * usage: ends gen BYTES FLOWS | ... | ends sink SECONDS     sink prints the median Mpps of its seconds, then ends, and all the others
 * Elements without a guest: media, ports and a loop, as test/unit/element.h has them.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lk/loop.h"
#include "lk/netdev.h"
#include "test/bench/bench.h"

#define BATCH 256

static uint64_t taken;

static int take(struct lk_port *port, const void *data, size_t len)
{
	static const uint8_t mac[6] = { 2, 0, 192, 0, 2, 2 };
	const uint8_t *f = data;
	uint8_t reply[42];

	if (len < sizeof(reply) || f[12] != 8 || f[13] != 6) {
		taken++;
		return 1;
	}
	/* who has 192.0.2.2: we, the neighbour that the router sends to (RFC 826) */
	memcpy(reply, f + 6, 6);
	memcpy(reply + 6, mac, 6);
	memcpy(reply + 12, f + 12, 9);
	reply[21] = 2;
	memcpy(reply + 22, mac, 6);
	memcpy(reply + 28, f + 38, 4);
	memcpy(reply + 32, f + 22, 10);
	port->ops->send(port, &(struct iovec){ reply, sizeof(reply) }, 1, sizeof(reply));
	return 1;
}

static void say(struct lk_port *port, const char *line)
{
	fprintf(stderr, "%s: %s\n", port->name, line);
}

/* @gives: it has frames as long as there is room; to be asked behind flush(), which makes some. */
static void turn(struct lk_port *p, bool gives)
{
	p->ops->pump(p, BATCH);
	p->ops->flush(p);
	if (lk_loop_wait(p->loop, (gives && !p->ops->full(p)) || p->ops->pending(p) ? 0 : -1) < 0)
		exit(111);
}

static void generate(struct lk_port *p, unsigned len, unsigned flows)
{
	static unsigned char frame[2048];
	const struct iovec iov = { frame, len };
	unsigned flow = 0;

	bench_frame(frame, len);
	while (!p->gone) {
		for (int i = 0; i < BATCH && !p->ops->full(p); i++, flow = flow + 1 == flows ? 0 : flow + 1) {
			bench_flow(frame, flow);
			p->ops->send(p, &iov, 1, len);
		}
		turn(p, true);
	}
}

static void count(struct lk_port *p, unsigned laps)
{
	double rate[60] = { 0 }, start;
	unsigned lap;

	while (taken < 100000)
		turn(p, false);
	for (lap = 0; lap < laps && lap < 60; lap++) {
		taken = 0;
		for (start = bench_seconds(CLOCK_MONOTONIC); bench_seconds(CLOCK_MONOTONIC) - start < 1;)
			turn(p, false);
		rate[lap] = taken / (bench_seconds(CLOCK_MONOTONIC) - start) / 1e6;
	}
	printf("%.3f\n", bench_median(rate, lap));
}

int main(int argc, char **argv)
{
	const bool sink = argc == 3 && !strcmp(argv[1], "sink");
	static struct lk_port p = { .mtu = 1500, .deliver = take, .say = say, .ops = &lk_medium_stdio };
	int out = sink ? dup(1) : -1;
	char err[256] = "";

	if (!sink && (argc != 4 || strcmp(argv[1], "gen") || atoi(argv[2]) < 42 || atoi(argv[2]) > 1514))
		return 100;
	signal(SIGPIPE, SIG_IGN);
	p.loop = lk_loop_new();
	snprintf(p.element, sizeof(p.element), "%s.%d", argv[1], (int)getpid());
	strcpy(p.name, sink ? "left" : "right");
	if (p.ops->open(&p, sink ? "in" : "out", err, sizeof(err))) {
		fprintf(stderr, "ends: %s\n", err);
		return 111;
	}
	if (sink) {
		count(&p, atoi(argv[2]));
		fflush(stdout);
		dup2(out, 1);
	} else {
		generate(&p, atoi(argv[2]), atoi(argv[3]));
	}
	p.ops->close(&p);
	lk_loop_free(p.loop);
	return 0;
}
