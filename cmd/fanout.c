/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd/fanout.c - stdpkt fanout: copies of a function side by side, each with the flows that are its own
 *
 *                    to 0  copy 0  from 0
 *    stdin   left  { to 1  copy 1  from 1 }  right   stdout
 *                    ...
 *
 * Theory of operation: every arrow of a chain is a link with a return path, so here are 2 + 2N ports without a guest, and frames only
 * go from one to another. The way of a flow (stdpkt/flow.c) is by its number; where a copy sends a flow that by its number would be
 * another's (it has translated addresses, or the other side began) the flow is remembered, and what comes back goes there. So order
 * is kept within a flow, and one copy sees all of it.
 *
 * Copies have the same addresses and each has to know its neighbours: what is no IP packet, and neighbour discovery, goes to all. What
 * they all say is said once, by copy 0; the others' questions pass (the answer goes to all), unless they came from outside, through a bridge.
 *
 * Back-pressure: toward the right every input waits for room in all that it may lead to, and so it is toward the left; the two
 * directions do not wait for each other. The end of stdin is passed on to the copies; their end is ours.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/element.h"
#include "lk/loop.h"
#include "lk/netdev.h"

#define COPIES 64
#define BATCH 256
#define WAYS 4		/* flows that share a place in the table */
#define PLACES (1u << 16)
#define HEARD 256	/* frames that went to all, of late */

static const char help[] =
	"usage: stdpkt fanout N [--] COMMAND [ARG...]\n"
	"Runs N copies of a function (nat.sh, pfilter.sh -f rules ...) side by side between stdin and stdout. The packets of a conversation\n"
	"all go through the same copy, in order. COMMAND finds STDPKT_COPY (0 to N-1) and STDPKT_COPIES (N) in its environment.\n"
	"\n"
	"example: ping.sh -c 5 | stdpkt fanout 2 nat.sh | host.sh\n";

enum side { LEFT, RIGHT };

struct end {
	struct lk_port port;
	enum side side; /* where frames from it come from */
	int copy;	/* -1: outside */
	bool closed;
};

static struct end outer[2], to[COPIES], from[COPIES];
static pid_t child[COPIES];
static int copies;
static struct lk_loop *loop;
static uint64_t heard[HEARD], frame_ts;
static unsigned heard_next;
static struct {
	uint32_t tag[WAYS];
	uint8_t copy[WAYS], next;
} (*table);

/* ---- the way of a frame ---- */

static int home(uint64_t key)
{
	return (int)((key >> 16) % (unsigned)copies);
}

static int way(uint64_t key)
{
	for (int i = 0; i < WAYS; i++)
		if (table[key % PLACES].tag[i] == (uint32_t)(key >> 32 | 1))
			return table[key % PLACES].copy[i];
	return home(key);
}

static void learn(uint64_t key, int copy)
{
	uint8_t i;

	if (way(key) == copy)
		return;
	for (i = 0; i < WAYS && table[key % PLACES].tag[i] != (uint32_t)(key >> 32 | 1); i++)
		;
	if (i == WAYS)
		i = table[key % PLACES].next++ % WAYS;
	table[key % PLACES].tag[i] = (uint32_t)(key >> 32 | 1);
	table[key % PLACES].copy[i] = (uint8_t)copy;
}

static uint64_t sum_of(const uint8_t *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (; n; n--)
		h = (h ^ *p++) * 0x100000001b3ull;
	return h | 1;
}

static bool was_heard(uint64_t sum)
{
	for (int i = 0; i < HEARD; i++)
		if (heard[i] == sum)
			return true;
	return false;
}

static void give(struct end *e, const void *data, size_t len)
{
	if (!e->closed)
		e->port.ops->send(&e->port, &(struct iovec){ (void *)(uintptr_t)data, len }, 1, len);
}

static int on_frame(struct lk_port *port, const void *data, size_t len)
{
	struct end *e = port->owner, *next = e->side == LEFT ? to : from;
	uint64_t key;
	const enum pkt_flow kind = pkt_flow(data, (uint32_t)len, &key);

	frame_ts = port->last_ts_ns;
	if (e->copy >= 0) {
		if (kind == PKT_FLOW_KEY)
			learn(key, e->copy);
		else if (e->copy && (kind == PKT_FLOW_OTHER || was_heard(sum_of(data, len))))
			return 1;
		give(&outer[e->side == LEFT ? RIGHT : LEFT], data, len);
	} else if (kind == PKT_FLOW_KEY) {
		give(&next[way(key)], data, len);
	} else {
		heard[heard_next++ % HEARD] = sum_of(data, len);
		for (int i = 0; i < copies; i++)
			give(&next[i], data, len);
	}
	return 1;
}

/* ---- ports and copies ---- */

static void say(struct lk_port *port, const char *line)
{
	cmd_warn("%s: %s: %s", port->element, port->name, line);
}

static uint64_t now_ns(struct lk_port *port)
{
	struct timespec ts;

	(void)port;
	if (frame_ts)
		return frame_ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void plug(struct end *e, enum side side, int copy, const char *name, const char *medium, const struct element_options *opt)
{
	struct lk_port *p = &e->port;
	char err[256] = "";
	int ret;

	e->side = side;
	e->copy = copy;
	snprintf(p->element, sizeof(p->element), "fanout.%d", (int)getpid());
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->mtu = 1500;
	p->loop = loop;
	p->ops = &lk_medium_stdio;
	p->deliver = on_frame;
	p->say = say;
	p->now_ns = now_ns;
	p->leave = opt->leave;
	p->output = copy < 0 ? opt->output : PKT_FMT_NONE;
	p->owner = e;
	ret = p->ops->open(p, medium, err, sizeof(err));
	if (ret)
		cmd_die(CMD_SYSTEM, "unable to open %s: %s", name, *err ? err : strerror(-ret));
}

static void start(int i, char **argv, const struct element_options *opt)
{
	int in[2], out[2];
	char text[16], name[16];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		cmd_die(CMD_SYSTEM, "unable to make a pipe: %s", strerror(errno));
	child[i] = fork();
	if (child[i] < 0)
		cmd_die(CMD_SYSTEM, "unable to start %s: %s", argv[0], strerror(errno));
	if (!child[i]) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		cmd_write_signals(true);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		snprintf(text, sizeof(text), "%d", i);
		setenv("STDPKT_COPY", text, 1);
		snprintf(text, sizeof(text), "%d", copies);
		setenv("STDPKT_COPIES", text, 1);
		unsetenv("STDPKT_OUTPUT"); /* ours */
		execvp(argv[0], argv);
		cmd_die(CMD_SYSTEM, "unable to start %s: %s", argv[0], strerror(errno));
	}
	close(in[0]);
	close(out[1]);
	snprintf(name, sizeof(name), "to%d", i);
	snprintf(text, sizeof(text), "out:%d", in[1]);
	plug(&to[i], RIGHT, i, name, text, opt);
	snprintf(name, sizeof(name), "from%d", i);
	snprintf(text, sizeof(text), "in:%d", out[0]);
	plug(&from[i], LEFT, i, name, text, opt);
	close(in[1]);
	close(out[0]);
}

static void unplug(struct end *e)
{
	char why[256];

	if (e->closed || !e->port.ops)
		return;
	e->port.ops->flush(&e->port);
	e->port.ops->close(&e->port);
	e->closed = true;
	if (!e->port.gone && element_drops(&e->port, why, sizeof(why)))
		cmd_warn("%s: %s: frames dropped: %s", e->port.element, e->port.name, why);
}

/* ---- the loop ---- */

static bool full(const struct end *e)
{
	return !e->closed && e->port.ops->full(&e->port);
}

static void gate(struct end *e, bool gated)
{
	if (e->closed || e->port.gated == gated)
		return;
	e->port.gated = gated;
	e->port.ops->gate(&e->port);
}

static void set_gates(void)
{
	bool right = false, left = false;

	for (int i = 0; i < copies; i++) {
		right |= full(&to[i]);
		left |= full(&from[i]);
		gate(&from[i], full(&outer[RIGHT]));
		gate(&to[i], full(&outer[LEFT]));
	}
	gate(&outer[LEFT], right);
	gate(&outer[RIGHT], left);
}

static void pump(struct end *e)
{
	if (!e->closed && !e->port.gated)
		e->port.ops->pump(&e->port, BATCH);
}

static void flush(struct end *e)
{
	if (!e->closed)
		e->port.ops->flush(&e->port);
}

static bool pending(const struct end *e)
{
	return !e->closed && !e->port.gated && e->port.ops->pending(&e->port);
}

static bool any_pending(void)
{
	bool any = pending(&outer[LEFT]) | pending(&outer[RIGHT]);

	for (int i = 0; i < copies; i++)
		any |= pending(&to[i]) | pending(&from[i]);
	return any;
}

/* The input has ended: the copies are told. Whether all is over. */
static bool over(void)
{
	const bool last = outer[LEFT].port.ops->ended(&outer[LEFT].port);
	int left = copies;

	for (int i = 0; i < copies; i++) {
		const bool end = from[i].port.ops->ended(&from[i].port);

		if (last && !to[i].closed && to[i].port.ops->drained(&to[i].port))
			unplug(&to[i]);
		left -= end;
		if (end && !last)
			return true; /* a copy that is no more takes its flows with it */
	}
	return outer[RIGHT].port.gone || (!left && outer[RIGHT].port.ops->drained(&outer[RIGHT].port));
}

/* Everything is closed, so the copies end; the first that failed says how we did. */
static int reap(void)
{
	int status = CMD_OK, st;

	for (int i = 0; i < copies; i++) {
		if (waitpid(child[i], &st, 0) != child[i])
			continue;
		st = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
		if (st && !status)
			status = st;
	}
	return status;
}

int cmd_fanout(int argc, char **argv)
{
	struct element_options opt = { 0 };
	bool failed = false, refused;
	int i = 2, status;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(help, stdout);
		return CMD_OK;
	}
	if (argc < 2)
		cmd_usage_error("how many copies?");
	copies = (int)cmd_number(argv[1], "number of copies", 1, COPIES);
	if (argc > 2 && !strcmp(argv[2], "--"))
		i++;
	if (i >= argc)
		cmd_usage_error("no command");
	cmd_element_environment(&opt);
	cmd_keep_standard_descriptors();
	cmd_write_signals(false);
	loop = lk_loop_new();
	table = calloc(PLACES, sizeof(*table));
	if (!loop || !table)
		cmd_die(CMD_SYSTEM, "out of memory");
	plug(&outer[LEFT], LEFT, -1, "left", "in", &opt);
	plug(&outer[RIGHT], RIGHT, -1, "right", "out", &opt);
	for (int k = 0; k < copies; k++)
		start(k, argv + i, &opt);
	for (;;) {
		pump(&outer[LEFT]);
		pump(&outer[RIGHT]);
		for (i = 0; i < copies; i++) {
			pump(&to[i]);
			pump(&from[i]);
		}
		flush(&outer[LEFT]);
		flush(&outer[RIGHT]);
		for (i = 0; i < copies; i++) {
			flush(&to[i]);
			flush(&from[i]);
		}
		set_gates();
		if (over())
			break;
		if (lk_loop_wait(loop, any_pending() ? 0 : -1) < 0)
			cmd_die(CMD_SYSTEM, "unable to wait for events: %s", strerror(errno));
	}
	unplug(&outer[LEFT]);
	unplug(&outer[RIGHT]);
	failed = outer[LEFT].port.failed || outer[RIGHT].port.failed;
	refused = outer[LEFT].port.refused || outer[RIGHT].port.refused;
	for (i = 0; i < copies; i++) {
		unplug(&to[i]);
		unplug(&from[i]);
		failed |= from[i].port.failed;
	}
	status = reap();
	lk_loop_free(loop);
	free(table);
	return status ? status : refused ? CMD_SYSTEM : failed ? CMD_NO : CMD_OK;
}
