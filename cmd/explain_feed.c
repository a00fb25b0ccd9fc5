/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd/explain_feed.c - stdin into the guest, one packet at a time, and what becomes of each out again
 *
 * Theory of operation: the element's ports are plugged into a medium of our own. In each turn of the element's loop the first port's
 * pump() takes one packet of stdin and hands it to the port by which it comes in; the guest runs until it is idle, and tells what it
 * does (heard(), on the guest's stack); flush() then finds the packet judged. What the guest asks its neighbours is answered, and the
 * guest runs again, before that: so all that happens belongs to that packet, but for what waits in a queue. For that every step has
 * the number of its packet, and packets are printed in their order when each has met its fate, or at the end, or when WINDOW of them
 * wait: then they are "held".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/explain.h"

#define WINDOW 4096
#define FRAME_ROOM 128 /* more than the longest question or answer */
#define QUESTIONS 64


static struct feed {
	struct element *element;
	const struct explain_options *opt;
	struct pkt_reader *reader;
	struct lk_watch *watch; /* stdin, while we wait for it */
	bool readable, ended, more; /* more: the reader may have another packet */
	bool again;	  /* the guest has been given an answer and has not run yet */
	char bad[320];	  /* what was said about the input last */
	unsigned first, next; /* numbers of the packets that are in the window */
	struct explain_packet *window; /* WINDOW of them */
	struct explain_packet *current; /* in the guest, not judged yet */
	struct lk_guest_event sent; /* what the next frame that is sent is */
	struct {
		int port;
		size_t len;
		uint8_t frame[FRAME_ROOM];
	} question[QUESTIONS];
	int questions;
} feed;

static struct explain_packet *find(unsigned number)
{
	struct explain_packet *p = &feed.window[number % WINDOW];

	return number && p->number == number ? p : NULL;
}

/* A copy that is never freed, one for each different string: names of tables and chains. */
static const char *kept(const char *s)
{
	static char **names;
	static size_t n, cap;

	if (!s)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], s))
			return names[i];
	if (n == cap) {
		cap = cap ? 2 * cap : 64;
		names = cmd_must(realloc(names, cap * sizeof(*names)));
	}
	return names[n++] = cmd_must(strdup(s));
}

/* @frame: NULL, or malloc()ed and the step's from now on */
static void add_step(struct explain_trail *t, const struct lk_guest_event *e, uint8_t *frame, size_t len)
{
	struct explain_step *s;

	if (t->steps == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 16;
		t->step = cmd_must(realloc(t->step, t->cap * sizeof(*t->step)));
	}
	s = &t->step[t->steps++];
	*s = (struct explain_step){ .e = *e };
	s->e.table = kept(e->table);
	s->e.chain = kept(e->chain);
	s->e.jump = kept(e->jump);
	s->e.text = kept(e->text);
	s->frame = frame;
	s->len = len;
}

/* A fragment ends as @e, together with packet @whole: what led to that is in the steps of that one, the last of which is its own end. */
static void share_fate(struct explain_packet *p, const struct explain_packet *whole, const struct lk_guest_event *e)
{
	const struct explain_trail *t = &whole->trail;
	size_t i = t->steps > 4 ? t->steps - 4 : 0;

	if (e->kind == LK_EVENT_END && explain_fate(whole) == EXPLAIN_FORWARDED)
		p->with = e->with;
	for (; e->kind == LK_EVENT_DROP && i + 1 < t->steps; i++)
		if (t->step[i].e.kind != LK_EVENT_SEND)
			add_step(&p->trail, &t->step[i].e, NULL, 0);
}

/* lk_explain()'s: on a guest stack. */
static void heard(const struct lk_guest_event *e)
{
	struct explain_packet *p = find(e->packet);

	if (e->kind == LK_EVENT_SEND)
		feed.sent = *e;
	if (!p || e->kind == LK_EVENT_SEND)
		return;
	if (e->with && find(e->with))
		share_fate(p, find(e->with), e);
	add_step(e->own ? &p->answers : &p->trail, e, NULL, 0);
}

/* Does @frame ask for a neighbour? Then the answer is due before the packet is judged. */
static void note_question(const uint8_t *frame, size_t len)
{
	uint8_t answer[FRAME_ROOM];
	size_t got;

	if (feed.opt->no_neighbours || feed.questions == QUESTIONS || len > FRAME_ROOM)
		return;
	got = explain_neighbour(frame, len, answer);
	if (!got)
		return;
	feed.question[feed.questions].port = (int)feed.sent.code;
	feed.question[feed.questions].len = got;
	memcpy(feed.question[feed.questions++].frame, answer, got);
}

/* The guest sends a frame: of the packet of which it has just told. */
static void feed_send(struct lk_port *port, const struct iovec *iov, int n, size_t len)
{
	struct explain_packet *p = find(feed.sent.packet);
	uint8_t *frame = cmd_must(malloc(len)), *at = frame;

	for (int i = 0; i < n; i++)
		at = mempcpy(at, iov[i].iov_base, iov[i].iov_len);
	port->stats.tx_frames++;
	port->stats.tx_bytes += len;
	if (feed.sent.own || !feed.sent.packet)
		note_question(frame, len);
	if (p)
		add_step(&p->trail, &feed.sent, frame, len);
	else
		free(frame);
}

static void bad_input(const char *text)
{
	feed.element->port[0].port.failed = true;
	if (strcmp(feed.bad, text) != 0) /* of an interface it comes for each packet */
		cmd_warn("bad input: %s", text);
	snprintf(feed.bad, sizeof(feed.bad), "%s", text);
}

static void on_input(void *arg, uint32_t events)
{
	(void)arg;
	(void)events;
	feed.readable = true;
	lk_loop_del(feed.watch);
	feed.watch = NULL;
}

static void read_more(void)
{
	size_t room;
	uint8_t *p;
	ssize_t n;

	if (!feed.readable) {
		if (!feed.watch)
			feed.watch = lk_loop_add(feed.element->loop, STDIN_FILENO, EPOLLIN, on_input, NULL);
		if (!feed.watch)
			cmd_die(CMD_SYSTEM, "unable to wait for input: %s", strerror(errno));
		return;
	}
	p = cmd_must(pkt_reader_space(feed.reader, &room));
	n = read(STDIN_FILENO, p, room);
	feed.readable = false;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0)
		bad_input(strerror(errno));
	if (n > 0)
		pkt_reader_fed(feed.reader, (size_t)n);
	else
		pkt_reader_end(feed.reader);
	feed.more = true;
}

/* Into the guest by @port; it was to be @p's, NULL: an answer of a neighbour. */
static void deliver(int port, struct explain_packet *p, const struct pkt_frame *f)
{
	struct lk_port *to = &feed.element->port[port].port;
	const struct lk_port_stats was = to->stats;

	lk_port_deliver(to, f);
	if (p && to->stats.rx_runt != was.rx_runt)
		p->refused = f->caplen < f->len ? "cut" : "runt";
	if (p && to->stats.rx_oversize != was.rx_oversize)
		p->refused = "oversize";
}

static struct explain_trail reused(const struct explain_trail *t)
{
	return (struct explain_trail){ .step = t->step, .cap = t->cap };
}

static void take(const struct pkt_frame *f)
{
	struct explain_packet *p = &feed.window[feed.next % WINDOW];
	uint8_t *data = cmd_must(malloc(f->caplen + f->opts_len + 1));
	struct pkt_frame to_guest;

	memcpy(data, f->data, f->caplen);
	if (f->opts_len)
		memcpy(data + f->caplen, f->opts, f->opts_len);
	*p = (struct explain_packet){ .number = feed.next++, .frame = *f, .trail = reused(&p->trail), .answers = reused(&p->answers) };
	p->frame.data = data;
	p->frame.opts = data + f->caplen;
	if (f->dir == PKT_DIR_OUT && !feed.opt->one_way && feed.element->ports > 1)
		p->port = 1;
	to_guest = p->frame;
	if (feed.opt->routed && f->caplen >= 6 && !(data[0] & 1))
		memcpy(data, feed.element->port[p->port].mac, 6);
	feed.current = p;
	lk_explain(p->number, heard);
	deliver(p->port, p, &to_guest);
}

static void reader_gone(int err)
{
	for (int i = 0; i < feed.element->ports; i++)
		feed.element->port[i].port.gone = true;
	feed.ended = true;
	if (err != EPIPE)
		cmd_die(CMD_SYSTEM, "unable to write: %s", strerror(err));
}

static int feed_pump(struct lk_port *port, int budget)
{
	struct pkt_frame f;

	(void)budget;
	if (port != &feed.element->port[0].port || feed.current || feed.ended)
		return 0;
	while (feed.more) {
		switch (pkt_reader_next(feed.reader, &f)) {
		case PKT_EV_FRAME:
			take(&f);
			return 1;
		case PKT_EV_MORE:
			feed.more = false;
			break;
		case PKT_EV_END:
			feed.ended = true;
			return 0;
		case PKT_EV_BAD:
			bad_input(pkt_reader_text(feed.reader));
			if (pkt_reader_lost(feed.reader)) {
				feed.ended = true;
				return 0;
			}
			break;
		case PKT_EV_LINK:
		case PKT_EV_BLOCK:
		case PKT_EV_COMMENT:
		case PKT_EV_SWITCH:
			break;
		}
	}
	if (fflush(stdout)) /* nothing more at hand */
		reader_gone(errno);
	read_more();
	return 0;
}

static void done_with(struct explain_packet *p)
{
	if (explain_print(p))
		reader_gone(errno);
	for (size_t i = 0; i < p->trail.steps; i++)
		free(p->trail.step[i].frame);
	free((void *)(uintptr_t)p->frame.data);
	p->number = 0;
	feed.first++;
}

/* Packets whose fate is known, in order; @all: the others too. */
static void print_ready(bool all)
{
	while (feed.first < feed.next && (all || feed.next - feed.first == WINDOW || explain_fate(find(feed.first)) != EXPLAIN_HELD))
		done_with(find(feed.first));
}

static void feed_flush(struct lk_port *port)
{
	const int n = feed.questions;

	if (port != &feed.element->port[0].port)
		return;
	if (n) {
		struct pkt_frame f = { .ts_ns = port->last_ts_ns };

		feed.questions = 0;
		feed.again = true;
		for (int i = 0; i < n; i++) {
			f.data = feed.question[i].frame;
			f.caplen = f.len = feed.question[i].len;
			deliver(feed.question[i].port, NULL, &f);
		}
		return; /* what comes of that is the packet's too */
	}
	feed.again = false;
	if (feed.current)
		lk_explain(0, heard);
	if (feed.current && !feed.current->trail.steps && !feed.current->refused)
		feed.current->refused = "down";
	feed.current = NULL;
	if (feed.first < feed.next)
		print_ready(false);
}

static bool feed_full(const struct lk_port *port)
{
	(void)port;
	return false;
}

static bool feed_pending(const struct lk_port *port)
{
	return !port->gated && (feed.current || feed.again || (feed.more && !feed.ended));
}

static bool feed_ended(const struct lk_port *port)
{
	(void)port;
	return feed.ended && !feed.current;
}

static bool feed_drained(const struct lk_port *port)
{
	(void)port;
	return true;
}

/* Packets may flow: there may be one. */
static void feed_gate(struct lk_port *port)
{
	feed.more |= !port->gated;
}

static void feed_describe(const struct lk_port *port, char *buf, size_t len)
{
	(void)port;
	snprintf(buf, len, "explain");
}

static void feed_close(struct lk_port *port)
{
	port->stats.rx_runt = port->stats.rx_oversize = 0; /* said of each */
	if (port != &feed.element->port[0].port)
		return;
	if (!port->gone)
		print_ready(true);
	explain_print_end();
	lk_loop_del(feed.watch);
	pkt_reader_free(feed.reader);
	for (size_t i = 0; i < WINDOW; i++) {
		free(feed.window[i].trail.step);
		free(feed.window[i].answers.step);
	}
	free(feed.window);
}

static const struct lk_medium_ops medium = {
	.name = "explain",
	.send = feed_send,
	.pump = feed_pump,
	.flush = feed_flush,
	.full = feed_full,
	.pending = feed_pending,
	.ended = feed_ended,
	.drained = feed_drained,
	.gate = feed_gate,
	.describe = feed_describe,
	.close = feed_close,
};

void explain_feed_start(struct element *e, const struct explain_options *opt)
{
	feed.element = e;
	feed.opt = opt;
	feed.first = feed.next = 1;
	feed.reader = cmd_must(pkt_reader_new(PKT_FMT_NONE));
	feed.window = cmd_must(calloc(WINDOW, sizeof(*feed.window)));
	explain_print_start(e, opt);
	for (int i = 0; i < e->ports; i++)
		e->port[i].port.ops = &medium;
}
