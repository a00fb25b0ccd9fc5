// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/call.c - one call from notification to answer: its stack and memory, the guest's part of it, waiting
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#define SIGNAL_FIRST_NS 10000000ULL /* a call that waits: when to look for signals first (ready.c) */
#define RETRY_NS 1000000ULL
/*
 * Thread ids are given out in a circle: one that was alive when its notification was received means no other thread before
 * the host has made tens of thousands of them.
 */
#define FRESH_NS 5000000ULL

uint64_t att_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

void *att_alloc_raw(struct att_call *c, size_t len)
{
	struct att_mem *m;

	if (len > (64U << 20))
		return NULL;
	m = malloc(sizeof(*m) + (len ? len : 1));
	if (!m)
		return NULL;
	m->next = c->mem;
	c->mem = m;
	return m + 1;
}

void *att_alloc(struct att_call *c, size_t len)
{
	void *p = att_alloc_raw(c, len);

	if (p)
		memset(p, 0, len);
	return p;
}

void att_release(struct att_call *c, struct att_mem *mark)
{
	while (c->mem != mark) {
		struct att_mem *m = c->mem;

		c->mem = m->next;
		free(m);
	}
}

bool att_valid(struct att_call *c)
{
	if (!c->l)
		return true;
	if (c->dead)
		return false;
	if (att_now_ns() - c->received_ns < FRESH_NS) {
		c->checked = true;
		return true;
	}
	if (ioctl(c->l->fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &c->id)) {
		c->dead = true;
		return false;
	}
	c->checked = true;
	return true;
}

static void answer(struct att_call *c, long ret)
{
	struct lk_attach *a = c->a;
	struct seccomp_notif_resp *r = a->resp;

	if (ret == ATT_ANSWERED)
		return;
	memset(r, 0, a->resp_size);
	r->id = c->id;
	if (ret == ATT_CONTINUE) {
		r->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		a->st.passed++;
	} else if (ret < 0) {
		r->error = (int)ret;
	} else {
		r->val = ret;
	}
	if (!c->dead)
		ioctl(c->l->fd, SECCOMP_IOCTL_NOTIF_SEND, r); /* ENOENT: killed meanwhile */
}

struct att_call *att_call_new(struct lk_attach *a)
{
	struct att_call *c;
	struct att_co *co;

	if (!att_list_empty(&a->idle)) {
		c = att_entry(a->idle.next, struct att_call, node);
		att_list_del(&c->node);
		a->nidle--;
		co = c->co;
	} else {
		c = malloc(sizeof(*c));
		co = c ? att_co_new() : NULL;
		if (!co) {
			free(c);
			return NULL;
		}
	}
	memset(c, 0, sizeof(*c));
	c->co = co;
	c->a = a;
	c->deadline_ns = c->signal_ns = c->retry_ns = UINT64_MAX;
	att_list_init(&c->node);
	att_list_init(&c->wnode);
	return c;
}

/* All that a call holds; its stack is kept for the next one. */
void att_call_free(struct att_call *c)
{
	struct lk_attach *a = c->a;
	struct att_obj *o = c->o;

	while (c->held) {
		att_obj_put(a, c->held->o);
		c->held = c->held->next;
	}
	att_release(c, NULL);
	if (c->p && c->p->parked == c)
		c->p->parked = NULL;
	att_proc_put(a, c->p);
	if (c->l)
		att_listener_put(a, c->l);
	att_list_del(&c->node);
	att_list_del(&c->wnode);
	if (a->nidle < 64) {
		a->nidle++;
		att_list_add_tail(&a->idle, &c->node);
	} else {
		att_co_free(c->co);
		free(c);
	}
	if (o)
		att_obj_put(a, o); /* last: it may start a job, which takes the stack */
}

static long serve(struct att_call *c)
{
	const struct att_entry *e;

	e = att_entry_find(c->data.nr);
	if (!e)
		return ATT_CONTINUE;
	if (e->flags & (ATT_F_FD | ATT_F_EACH)) {
		c->fd = (int)c->data.args[0];
		c->o = att_obj_of_fd(c, c->fd);
		if (!c->o && !(e->flags & ATT_F_EACH))
			return ATT_CONTINUE;
	}
	return e->fn(c);
}

static void call_main(void *arg)
{
	struct att_call *c = arg;

	if (c->l) {
		c->ns = att_ns_of(c->a, c->p);
		if (c->a->nasides)
			att_ring_put_back(c);
		c->ret = serve(c);
		if (c->ret != ATT_CONTINUE)
			att_sync(c->a, c);
		answer(c, c->ret);
	} else {
		c->job(c);
	}
}

void att_call_start(struct att_call *c)
{
	if (att_co_run(c->co, call_main, c))
		att_call_free(c);
}

void att_resume(struct att_call *c)
{
	c->state = ATT_RUNS;
	c->checked = false;
	att_list_del(&c->node);
	att_list_del(&c->wnode);
	if (c->p && c->p->parked == c)
		c->p->parked = NULL;
	c->a->moved++;
	if (att_co_run(c->co, NULL, NULL))
		att_call_free(c);
}

int att_job(struct lk_attach *a, struct att_obj *o, void (*job)(struct att_call *c))
{
	struct att_call *c = att_call_new(a);

	if (!c)
		return -ENOMEM;
	a->moved++;
	c->job = job;
	c->o = o;
	if (o)
		o->refs++;
	att_call_start(c);
	return 0;
}

/* Give way; whoever resumes has taken us off the lists. */
static void park(struct att_call *c, enum att_wait state)
{
	c->state = state;
	att_list_add_tail(&c->a->calls, &c->node);
	if (c->p && !c->p->dead)
		c->p->parked = c;
	att_co_yield(c->co);
}

long att_guest(struct att_call *c, long nr, long a0, long a1, long a2, long a3, long a4, long a5)
{
	if (!c->checked && !att_valid(c))
		return -EINTR; /* gone, and what was read may have been somebody else's memory */
	c->g = (struct lk_call){
		.nr = nr,
		.arg = { a0, a1, a2, a3, a4, a5 },
		.netns = c->ns && c->ns->index ? c->ns->gfd : 0,
		.unprivileged = c->p && att_unprivileged(c->p),
	};
	c->a->be->call_start(&c->g);
	while (!c->g.done)
		park(c, ATT_W_CALL);
	return c->g.ret;
}

/* att_guest_close() - the same for close, whether or not anyone still wants the answer. */
void att_guest_close(struct att_call *c, int gfd)
{
	c->g = (struct lk_call){ .nr = SYS_close, .arg = { gfd } };
	c->a->be->call_start(&c->g);
	while (!c->g.done)
		park(c, ATT_W_CALL);
}

int att_wait_ready(struct att_call *c, struct att_obj *o, uint32_t events, uint64_t deadline_ns)
{
	if (c->dead || c->a->freeing)
		return -EINTR;
	if (o->closed && c->l)
		return -EBADF;
	/*
	 * It may have become ready since the call said EAGAIN, and that edge may have been taken already. Should a guest keep saying
	 * ready to what gets EAGAIN again, we try once a millisecond.
	 */
	c->retry_ns = UINT64_MAX;
	if (c->a->be->poll_now(o->gfd) & events) {
		if (c->retries++ < 3)
			return 0;
		c->retry_ns = att_now_ns() + RETRY_NS;
	} else {
		c->retries = 0;
	}
	c->want = events;
	c->deadline_ns = deadline_ns;
	c->wake = 0;
	if (c->l) {
		c->parked_ns = att_now_ns();
		c->signal_ns = c->parked_ns + SIGNAL_FIRST_NS;
		c->signal_seen = false;
	}
	att_list_add_tail(&o->waiters, &c->wnode);
	att_sync(c->a, c);
	park(c, ATT_W_READY);
	c->deadline_ns = c->signal_ns = c->retry_ns = UINT64_MAX;
	return c->dead ? -EINTR : c->wake;
}

int att_wait_end(struct att_call *c, struct att_obj *o)
{
	if (c->a->freeing)
		return -EINTR;
	o->end_wait = c;
	c->wake = 0;
	att_obj_interest(c->a, o);
	park(c, ATT_W_END);
	o->end_wait = NULL;
	att_obj_interest(c->a, o); /* or its room would be reported for ever */
	return c->wake;
}
