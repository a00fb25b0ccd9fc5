// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/ready.c - what waits and goes on: readiness told by the guest, calls it has finished, deadlines, signals
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#define SIGNAL_MIN_NS 10000000ULL   /* how often to look for signals of a thread whose call waits: at first, */
#define SIGNAL_MAX_NS 50000000ULL   /* in the long run, */
#define SIGNAL_SLOW_NS 200000000ULL /* and when it has no handlers: stops and core dumps only */

void att_kick(struct lk_attach *a, struct att_obj *o)
{
	if (o->kick || o->closed)
		return;
	o->kick = true;
	o->refs++;
	att_list_add_tail(&a->kicked, &o->knode);
}

/* The guest says that something has happened to @o. */
static void sync_event(struct lk_attach *a, struct att_obj *o)
{
	const bool before = o->mark;

	att_obj_sync(a, o, NULL);
	if (before)
		att_obj_edge(o);
}

void att_sync(struct lk_attach *a, struct att_call *c)
{
	struct att_obj *mine = c ? c->o : NULL;
	bool moved = false, before = mine && mine->mark;
	uint32_t cookie;

	while (a->be->poll_next(&cookie)) {
		struct att_obj *o = cookie < a->nslots ? a->slot[cookie] : NULL;

		if (!o)
			continue;
		if (!att_list_empty(&o->waiters))
			att_kick(a, o);
		if (o == mine)
			moved = true;
		else
			sync_event(a, o);
	}
	if (mine)
		att_obj_sync(a, mine, c);
	if (moved && before)
		att_obj_edge(mine);
}

/* Calls whose object has moved. Each looks again for itself. */
void att_kick_all(struct lk_attach *a)
{
	struct att_list now;

	att_list_init(&now);
	while (!att_list_empty(&a->kicked)) {
		struct att_list *n = a->kicked.next;

		att_list_del(n);
		att_list_add_tail(&now, n);
	}
	while (!att_list_empty(&now)) {
		struct att_obj *o = att_entry(now.next, struct att_obj, knode);
		struct att_list run, *n, *next;
		uint32_t ev;

		att_list_del(&o->knode);
		o->kick = false;
		att_list_init(&run);
		ev = o->closed ? 0 : a->be->poll_now(o->gfd);
		for (n = o->waiters.next; n != &o->waiters; n = next) {
			struct att_call *c = att_entry(n, struct att_call, wnode);

			next = n->next;
			if (!(ev & (c->want | POLLERR | POLLHUP | POLLNVAL)))
				continue;
			att_list_del(&c->wnode);
			att_list_add_tail(&run, &c->wnode);
		}
		while (!att_list_empty(&run))
			att_resume(att_entry(run.next, struct att_call, wnode));
		att_obj_sync(a, o, NULL);
		att_obj_put(a, o);
	}
}

void att_calls_done(struct lk_attach *a)
{
	bool again = true;

	for (struct att_list *n = a->closing.next, *next; n != &a->closing; n = next) {
		struct att_obj *o = att_entry(n, struct att_obj, node);

		next = n->next;
		if (o->g.done && o->linger.done) {
			att_list_del(n);
			att_list_add_tail(&a->graveyard, n);
		}
	}

	while (again) {
		again = false;
		for (struct att_list *n = a->calls.next; n != &a->calls; n = n->next) {
			struct att_call *c = att_entry(n, struct att_call, node);

			if (c->state == ATT_W_CALL && c->g.done) {
				att_resume(c);
				again = true;
				break; /* the list has changed */
			}
		}
	}
}

/*
 * Does a signal want the thread of a call that waits? 0, or what the call ends with: sock_intr_errno() of the kernel. One for the
 * process as a whole may be another thread's to take, and is then gone the next time we look.
 */
static int signalled(struct att_call *c, uint64_t now)
{
	uint64_t set[5] = { 0 }, elapsed = now - c->parked_ns, pending;
	static const char *const key[5] = { "\nSigPnd:", "\nShdPnd:", "\nSigBlk:", "\nSigIgn:", "\nSigCgt:" };
	char path[40], buf[4096], *at = buf;

	c->signal_ns = now + SIGNAL_SLOW_NS;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)c->p->tid);
	if (!att_read_proc(path, buf, sizeof(buf)))
		return 0;
	for (int i = 0; i < 5 && at; i++) {
		at = strstr(at, key[i]);
		if (at)
			set[i] = strtoull(at + strlen(key[i]), NULL, 16);
	}
	if (set[4])
		c->signal_ns = now + (elapsed / 8 < SIGNAL_MIN_NS ? SIGNAL_MIN_NS :
				      elapsed / 8 > SIGNAL_MAX_NS ? SIGNAL_MAX_NS :
								    elapsed / 8);
	pending = (set[0] | set[1]) & ~set[2] & ~set[3];
	at = strstr(buf, "\nThreads:");
	if (!pending || (!(set[0] & pending) && !c->signal_seen && at && atoi(at + 9) > 1)) {
		c->signal_seen = pending;
		return 0;
	}
	return c->deadline_ns == UINT64_MAX ? -ATT_RESTARTSYS : -EINTR;
}

static uint64_t next_ns(const struct att_call *c)
{
	uint64_t min = c->deadline_ns < c->signal_ns ? c->deadline_ns : c->signal_ns;

	return min < c->retry_ns ? min : c->retry_ns;
}

static void deadlines(struct lk_attach *a)
{
	uint64_t now = 0;
	bool again = true;

	while (again) {
		again = false;
		for (struct att_list *n = a->calls.next; n != &a->calls; n = n->next) {
			struct att_call *c = att_entry(n, struct att_call, node);

			bool due = false;

			if (c->state != ATT_W_READY || next_ns(c) == UINT64_MAX)
				continue;
			if (!now)
				now = att_now_ns();
			if (c->deadline_ns <= now)
				c->wake = -EAGAIN;
			else if (c->signal_ns <= now)
				c->wake = signalled(c, now);
			else if (c->retry_ns <= now)
				due = true;
			if (c->wake || due) {
				att_resume(c);
				again = true;
				break;
			}
		}
	}
	if (a->zombies)
		att_obj_zombies(a);
	if (a->ns_scan_ns != UINT64_MAX && a->ns_scan_ns <= (now ? now : att_now_ns()))
		att_ns_scan(a);
	if (a->ring_ns != UINT64_MAX && a->ring_ns <= (now ? now : att_now_ns()))
		att_ring_look(a, NULL);
}

int lk_attach_poll(struct lk_attach *a)
{
	unsigned before;

	att_receive(a);
	before = a->moved;
	att_sync(a, NULL);
	att_calls_done(a);
	deadlines(a);
	for (int i = 0; i < 8 && !att_list_empty(&a->kicked); i++) {
		att_kick_all(a);
		att_sync(a, NULL);
	}
	att_bury(a);
	return (int)(a->moved - before);
}

uint64_t lk_attach_deadline_ns(const struct lk_attach *a)
{
	uint64_t min = a->hangup_ns && a->hangup_ns < a->ns_scan_ns ? a->hangup_ns : a->ns_scan_ns;

	if (!att_list_empty(&a->kicked))
		return 0;
	if (a->ring_ns < min)
		min = a->ring_ns;
	for (struct att_list *n = a->calls.next; n != &a->calls; n = n->next) {
		const struct att_call *c = att_entry(n, struct att_call, node);

		if (c->state == ATT_W_READY && next_ns(c) < min)
			min = next_ns(c);
	}
	if (a->zombies) {
		for (struct att_list *n = a->objs.next; n != &a->objs; n = n->next) {
			const struct att_obj *o = att_entry(n, struct att_obj, node);

			if (o->zombie_ns && o->zombie_ns < min)
				min = o->zombie_ns;
		}
	}
	return min;
}
