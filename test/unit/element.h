/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/unit/element.h - an element without a guest: what a chain does when the kernel between its ports is a wire
 *
 *   ROLE NAME [-c COUNT] [-s SIZE] [-e EXPECT] [-w WINDOW] [-o FORMAT] [-P PIPESIZE] [-l MEDIUM:ARGS] [-r MEDIUM:ARGS]
 *   rep    left and right: every frame goes out of the other port; -x N sends N frames right before anything is read
 *   gen    right only: sends COUNT frames of SIZE bytes, ends when EXPECT (default COUNT) have come back; at most WINDOW
 *          on the way
 *   echo   left only: every frame is sent back with its MACs swapped
 *   pong   left only: sends COUNT frames of its own, from the first that came on, while it counts what comes
 *   -m FILE  is made when what comes in by the left port has become a ring
 *   -f FD  is closed when the first frame has come
 *   -d SECONDS  deadline; 60
 *   -s 0  sizes vary, from 60 to 1514, and all bytes are looked at
 *   -u 1  gen, pong: sends until SIGUSR1, then one frame that says that it is the last; gen ends when it has that of pong
 *
 * The loop is the one of a real element. The NIC takes ELEMENT_NIC frames a turn and says full then. At the end there is
 * one line per port on stderr, "stats NAME.left rx_frames=..."; the exit status is 1 if a port failed or could not be
 * written, 2 if it did not open.
 */
#ifndef TEST_UNIT_ELEMENT_H
#define TEST_UNIT_ELEMENT_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "lk/loop.h"
#include "lk/netdev.h"

#define ELEMENT_NIC 300
#define ELEMENT_BUDGET 256
#define ELEMENT_LAST 0xb6 /* of the type 0x88b6, the other local experimental one */

struct element {
	enum { E_REP, E_GEN, E_ECHO, E_PONG } role;
	struct lk_loop *loop;
	struct lk_port left, right;
	bool has_left, has_right;
	uint64_t count, sent, expect, window, size;
	uint64_t next;	 /* sequence number awaited */
	uint64_t order;	 /* frames out of order or damaged */
	uint64_t lost;	 /* numbers that were skipped */
	int signal_fd;	 /* -u, or -1 */
	bool stop, last_sent, last_seen;
	int room;	 /* of the NIC, this turn */
	const char *mark; /* -m; NULL when it is made */
	int first_fd;	  /* -f, or -1 */
	unsigned char frame[PKT_FRAME_MAX + 65536];
};

static uint64_t element_now(struct lk_port *port)
{
	struct timespec ts;

	(void)port;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void element_say(struct lk_port *port, const char *line)
{
	dprintf(2, "%s.%s: %s\n", port->element, port->name, line);
}

/* Two pieces, as a NIC gives them. */
static void element_send(struct lk_port *port, const void *data, size_t len)
{
	struct iovec iov[2] = {
		{ .iov_base = (void *)data, .iov_len = len < 14 ? len : 14 },
		{ .iov_base = (char *)data + 14, .iov_len = len < 14 ? 0 : len - 14 },
	};

	port->ops->send(port, iov, 2, len);
}

static size_t element_size(const struct element *e, uint64_t seq)
{
	return e->size ? e->size : 60 + (uint32_t)(seq * 2654435761u) % (1514 - 60 + 1);
}

/* The frame with number @seq: MACs, type 0x88b5 (IEEE 802 local experimental), number, and bytes that follow from it. */
static void element_frame(struct element *e, uint64_t seq, bool swapped)
{
	unsigned char *p = e->frame;

	memset(p, 0, 14);
	p[0] = p[6] = 2;
	p[5] = swapped ? 1 : 2;
	p[11] = swapped ? 2 : 1;
	p[12] = 0x88;
	p[13] = e->last_sent ? ELEMENT_LAST : 0xb5;
	memcpy(p + 14, &seq, 8);
	memset(p + 22, (int)(seq & 0xff), element_size(e, seq) - 22);
}

static bool element_good(const struct element *e, uint64_t seq, const unsigned char *p, size_t len)
{
	if (len > 22 && p[len - 1] != (seq & 0xff))
		return false;
	return e->size || (len == element_size(e, seq) && !memcmp(p + 22, p + 23, len - 23));
}

static void element_check(struct element *e, const unsigned char *p, size_t len)
{
	uint64_t seq;

	if (len < 22) {
		e->order++;
		return;
	}
	if (e->first_fd >= 0)
		close(e->first_fd);
	e->first_fd = -1;
	memcpy(&seq, p + 14, 8);
	if (seq < e->next || !element_good(e, seq, p, len))
		e->order++;
	else
		e->lost += seq - e->next;
	e->next = seq + 1;
	e->last_seen |= p[13] == ELEMENT_LAST;
}

static int element_deliver(struct lk_port *port, const void *data, size_t len)
{
	struct element *e = port->owner;

	if (len > PKT_FRAME_MAX)
		return -EMSGSIZE;
	if (!e->room)
		return 0;
	e->room--;
	switch (e->role) {
	case E_REP:
		element_send(port == &e->left ? &e->right : &e->left, data, len);
		break;
	case E_ECHO:
		memcpy(e->frame, data, len);
		memcpy(e->frame, (const char *)data + 6, 6);
		memcpy(e->frame + 6, data, 6);
		element_send(port, e->frame, len);
		break;
	case E_GEN:
	case E_PONG:
		element_check(e, data, len);
		break;
	}
	return 1;
}

static int element_open(struct element *e, struct lk_port *p, const char *name, const char *side,
			const char *medium, enum pkt_format fmt)
{
	const char *args = strchr(medium, ':'), *leave = getenv("STDPKT_LINK");
	char err[256] = "?", word[16];

	snprintf(p->element, sizeof(p->element), "%s.%d", name, (int)getpid());
	snprintf(p->name, sizeof(p->name), "%s", side);
	p->mtu = 1500;
	p->loop = e->loop;
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(medium, ":"), medium);
	p->ops = lk_medium_find(word);
	p->output = fmt;
	if (leave)
		p->leave = !strcmp(leave, "bin") ? LK_LEAVE_BIN : !strcmp(leave, "text") ? LK_LEAVE_TEXT : LK_LEAVE_RING;
	p->deliver = element_deliver;
	p->say = element_say;
	p->now_ns = element_now;
	p->owner = e;
	if (p->ops && !p->ops->open(p, args ? args + 1 : "", err, sizeof(err)))
		return 0;
	dprintf(2, "%s.%s: unable to open: %s\n", name, side, err);
	return -1;
}

static void element_stats(const char *name, struct lk_port *p, const struct element *e)
{
	const struct lk_port_stats *s = &p->stats;
	char what[128] = "";

	p->ops->describe(p, what, sizeof(what));
	dprintf(2,
		"stats %s.%s rx_frames=%llu rx_bytes=%llu tx_frames=%llu rx_bad=%llu rx_runt=%llu rx_oversize=%llu tx_full=%llu "
		"tx_noreturn=%llu tx_gone=%llu tx_oversize=%llu refused=%llu gone=%d failed=%d sent=%llu order=%llu lost=%llu tx_bytes=%llu is=%s\n",
		name, p->name, (unsigned long long)s->rx_frames, (unsigned long long)s->rx_bytes,
		(unsigned long long)s->tx_frames, (unsigned long long)s->rx_bad, (unsigned long long)s->rx_runt,
		(unsigned long long)s->rx_oversize, (unsigned long long)s->tx_full, (unsigned long long)s->tx_noreturn,
		(unsigned long long)s->tx_gone, (unsigned long long)s->tx_oversize, (unsigned long long)s->peer_refused,
		p->gone, p->failed || p->refused, (unsigned long long)e->sent, (unsigned long long)e->order, (unsigned long long)e->lost,
		(unsigned long long)s->tx_bytes, what);
}

static void element_gate(struct lk_port *p, bool gated)
{
	if (p->gated == gated)
		return;
	p->gated = gated;
	p->ops->gate(p);
}

/* gen and pong: there is a frame to send and room for it. Ask again after flush(), which makes room. */
static bool element_may_send(const struct element *e)
{
	const struct lk_port *p = e->has_right ? &e->right : &e->left;

	return e->sent < e->count && !p->gone && !p->ops->full(p) &&
	       (!e->window || e->sent < p->stats.rx_frames + e->window) && (e->role != E_PONG || p->stats.rx_frames);
}

static void element_produce(struct element *e)
{
	int n;

	for (n = 0; n < ELEMENT_BUDGET && element_may_send(e); n++) {
		e->last_sent = e->stop;
		if (e->stop)
			e->count = e->sent + 1;
		element_frame(e, e->sent, false);
		element_send(e->has_right ? &e->right : &e->left, e->frame, element_size(e, e->sent));
		e->sent++;
	}
}

static void element_stop(void *arg, uint32_t events)
{
	struct element *e = arg;
	struct signalfd_siginfo si;

	(void)events;
	if (read(e->signal_fd, &si, sizeof(si)) == sizeof(si))
		e->stop = true;
}

/* The loop is told of SIGUSR1. */
static struct lk_watch *element_until_stopped(struct element *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	e->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return lk_loop_add(e->loop, e->signal_fd, EPOLLIN, element_stop, e);
}

static bool element_done(const struct element *e)
{
	const struct lk_port *l = &e->left, *r = &e->right;

	if (e->has_right && r->gone)
		return true;
	if (e->has_left && !(l->ops->ended(l) && l->ops->drained(l)))
		return false;
	if (e->has_right && !r->ops->drained(r))
		return false;
	if (e->role == E_GEN)
		return e->sent == e->count && (e->signal_fd >= 0 ? e->last_seen : r->stats.rx_frames >= e->expect);
	return e->role != E_PONG || e->sent == e->count || l->stats.tx_gone || l->stats.tx_noreturn || !l->stats.rx_frames;
}

static void element_mark(struct element *e)
{
	char what[128] = "";

	e->left.ops->describe(&e->left, what, sizeof(what));
	if (!strncmp(what, "ring ", 5)) {
		close(open(e->mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
		e->mark = NULL;
	}
}

static void element_loop(struct element *e)
{
	struct lk_port *l = e->has_left ? &e->left : NULL, *r = e->has_right ? &e->right : NULL;
	bool more;

	for (;;) {
		e->room = ELEMENT_NIC;
		element_produce(e);
		if (l && !l->gated)
			l->ops->pump(l, ELEMENT_BUDGET);
		if (r && !r->gated)
			r->ops->pump(r, ELEMENT_BUDGET);
		if (l)
			l->ops->flush(l);
		if (r)
			r->ops->flush(r);
		if (e->mark)
			element_mark(e);
		if (l)
			element_gate(l, l->ops->full(l) || (r && r->ops->full(r)));
		if (l && r)
			element_gate(r, l->ops->full(l));
		if (element_done(e))
			return;
		more = element_may_send(e) || (l && l->ops->pending(l)) || (r && r->ops->pending(r));
		if (lk_loop_wait(e->loop, more ? 0 : -1) < 0)
			abort();
	}
}

static int element_main(int argc, char **argv)
{
	struct element *e = calloc(1, sizeof(*e));
	enum pkt_format fmt = PKT_FMT_NONE;
	const char *role = argc > 2 ? argv[1] : "", *name = argv[2], *left = "stdio:in", *right = "stdio:out";
	struct lk_watch *watch = NULL;
	int i, pipesize = 0, early = 0, failed = 0;
	bool expect = false, until_stopped = false;

	signal(SIGPIPE, SIG_IGN);
	alarm(60);
	e->size = 64;
	e->signal_fd = e->first_fd = -1;
	for (i = 3; i + 1 < argc; i += 2) {
		uint64_t v = strtoull(argv[i + 1], NULL, 10);

		switch (argv[i][1]) {
		case 'c': e->count = v; break;
		case 's': e->size = v; break;
		case 'e': e->expect = v; expect = true; break;
		case 'w': e->window = v; break;
		case 'o': fmt = pkt_format_by_name(argv[i + 1]); break;
		case 'x': early = (int)v; break;
		case 'l': left = argv[i + 1]; break;
		case 'r': right = argv[i + 1]; break;
		case 'P': pipesize = (int)v; break;
		case 'f': e->first_fd = (int)v; break;
		case 'd': alarm((unsigned)v); break;
		case 'u': until_stopped = v; break;
		case 'm': e->mark = argv[i + 1]; break;
		}
	}
	if (!expect)
		e->expect = e->count;
	e->role = !strcmp(role, "rep") ? E_REP : !strcmp(role, "gen") ? E_GEN : !strcmp(role, "echo") ? E_ECHO : E_PONG;
	e->has_left = e->role != E_GEN;
	e->has_right = e->role == E_REP || e->role == E_GEN;
	e->loop = lk_loop_new();
	if (e->loop && until_stopped) {
		watch = element_until_stopped(e);
		e->count = UINT64_MAX;
	}
	if (!e->loop || (e->has_left && element_open(e, &e->left, name, "left", left, fmt)) ||
	    (e->has_right && element_open(e, &e->right, name, "right", right, fmt))) {
		failed = 2;
		goto out;
	}
	for (i = 3; pipesize && i < 32; i++)
		fcntl(i, F_SETPIPE_SZ, pipesize);
	for (i = 0; i < early; i++) {
		element_frame(e, 0, false);
		element_send(&e->right, e->frame, e->size);
	}
	element_loop(e);
	if (e->has_left)
		element_stats(name, &e->left, e);
	if (e->has_right)
		element_stats(name, &e->right, e);
	failed = e->left.failed || e->right.failed || e->left.refused || e->right.refused;
out:
	if (e->left.ops)
		e->left.ops->close(&e->left);
	if (e->right.ops)
		e->right.ops->close(&e->right);
	lk_loop_del(watch);
	lk_loop_free(e->loop);
	free(e);
	return failed;
}

#endif
