// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/loop.c - the event loop of an element: level-triggered epoll with callbacks
 *
 * Theory of operation
 * -------------------
 * A watch is one allocation; its address is the epoll cookie. A callback may delete any watch, its own and those whose
 * events wait in the same batch included: lk_loop_del() takes the fd out of epoll at once, marks the watch dead and, while
 * a batch is being dispatched, leaves the memory until the batch is through. A dead watch is never called.
 *
 * epoll refuses what has no poll operation (regular files, /dev/null) with EPERM. Such a watch goes on a list of its own
 * and is reported in every wait that it asks IN or OUT for, so such a wait does not sleep.
 *
 * Light sleep. Where somebody answers within microseconds, most of a wait is the time that the host needs to put a processor to sleep and to
 * wake it, 20 us a time in a virtual machine. A loop that is told to sleep lightly looks for events for LIGHT_NS first, and between two looks
 * leaves the processor to whoever wants it. An answer through a few elements that sleep has to come within that time, or they would stay asleep.
 * It gives that up when nothing has come in that time LIGHT_TRIES times running, until something does again: who waits for longer than that, or
 * for nothing, sleeps as ever.
 *
 * The epoll descriptor is moved above 2, so that a program started with a closed stdin does not read its own loop.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "lk/loop.h"

#define LOOP_BATCH 64
#define LIGHT_NS 250000
#define LIGHT_TRIES 8

struct lk_watch {
	struct lk_loop *loop;
	lk_loop_fn *fn;
	void *arg;
	struct lk_watch *next; /* on loop->always, or on loop->dead */
	int fd;
	uint32_t events;
	bool always; /* epoll would not take it */
	bool dead;
};

struct lk_loop {
	int epfd;
	unsigned depth;		 /* dispatches under way: memory must stay */
	bool sweep;		 /* a dead watch is on always */
	bool light;		 /* lk_loop_sleep_lightly() */
	unsigned tries;		 /* light sleeps that may still be for nothing */
	struct lk_watch *always;
	struct lk_watch *dead;
};

struct lk_loop *lk_loop_new(void)
{
	struct lk_loop *l = calloc(1, sizeof(*l));
	int fd, up, e;

	if (!l)
		return NULL;
	fd = epoll_create1(EPOLL_CLOEXEC);
	if (fd >= 0 && fd < 3) {
		up = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		e = errno;
		close(fd);
		errno = e;
		fd = up;
	}
	if (fd < 0) {
		free(l);
		return NULL;
	}
	l->epfd = fd;
	return l;
}

/* Free what died during a dispatch; only when none is under way. */
static void loop_reap(struct lk_loop *l)
{
	struct lk_watch *w, **pp;

	while ((w = l->dead)) {
		l->dead = w->next;
		free(w);
	}
	if (!l->sweep)
		return;
	l->sweep = false;
	for (pp = &l->always; (w = *pp);) {
		if (w->dead) {
			*pp = w->next;
			free(w);
		} else {
			pp = &w->next;
		}
	}
}

/**
 * lk_loop_free() - end of the loop; NULL is fine
 *
 * Watches that nobody deleted are the caller's leak, not freed here: their owners still hold pointers to them.
 */
void lk_loop_free(struct lk_loop *l)
{
	if (!l)
		return;
	loop_reap(l);
	close(l->epfd);
	free(l);
}

struct lk_watch *lk_loop_add(struct lk_loop *l, int fd, uint32_t events, lk_loop_fn *fn, void *arg)
{
	struct lk_watch *w = calloc(1, sizeof(*w));
	struct epoll_event ev = { .events = events };

	if (!w) {
		errno = ENOMEM;
		return NULL;
	}
	w->loop = l;
	w->fd = fd;
	w->events = events;
	w->fn = fn;
	w->arg = arg;
	ev.data.ptr = w;
	if (epoll_ctl(l->epfd, EPOLL_CTL_ADD, fd, &ev) < 0) {
		if (errno != EPERM) {
			free(w);
			return NULL;
		}
		w->always = true;
		w->next = l->always;
		l->always = w;
	}
	return w;
}

int lk_loop_mod(struct lk_watch *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	if (w->events == events)
		return 0;
	if (!w->always && epoll_ctl(w->loop->epfd, EPOLL_CTL_MOD, w->fd, &ev) < 0)
		return -errno;
	w->events = events;
	return 0;
}

void lk_loop_del(struct lk_watch *w)
{
	struct lk_loop *l;

	if (!w || w->dead)
		return;
	l = w->loop;
	w->dead = true;
	if (w->always) {
		l->sweep = true;
	} else {
		/* the owner should not have closed the fd yet; if it has, there is nothing to take out */
		epoll_ctl(l->epfd, EPOLL_CTL_DEL, w->fd, NULL);
		w->next = l->dead;
		l->dead = w;
	}
	if (!l->depth)
		loop_reap(l);
}

static bool loop_always_ready(const struct lk_loop *l)
{
	const struct lk_watch *w;

	for (w = l->always; w; w = w->next)
		if (!w->dead && (w->events & (EPOLLIN | EPOLLOUT)))
			return true;
	return false;
}

/* epoll_pwait2() where the kernel has it (5.11), else rounded up to ms so that a timer is never early. */
static int loop_sleep(int epfd, struct epoll_event *ev, int max, int64_t ns)
{
	struct timespec ts = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
	int n;

	if (ns <= 0)
		return epoll_wait(epfd, ev, max, ns < 0 ? -1 : 0);
	n = epoll_pwait2(epfd, ev, max, &ts, NULL);
	if (n < 0 && errno == ENOSYS) {
		int64_t ms = (ns + 999999) / 1000000;

		n = epoll_wait(epfd, ev, max, ms > 1000000000 ? 1000000000 : (int)ms);
	}
	return n;
}

static int64_t loop_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* As loop_sleep(), of which it makes the last part. */
static int loop_sleep_light(struct lk_loop *l, struct epoll_event *ev, int max, int64_t ns)
{
	const int64_t start = loop_now();
	int64_t waited = 0;
	int n = 0;

	while (l->tries && !n && waited < LIGHT_NS && (ns < 0 || waited < ns)) {
		sched_yield();
		n = epoll_wait(l->epfd, ev, max, 0);
		waited = loop_now() - start;
	}
	if (!n) {
		n = loop_sleep(l->epfd, ev, max, ns < 0 ? -1 : waited < ns ? ns - waited : 0);
		waited = loop_now() - start;
	}
	if (n > 0 && waited < LIGHT_NS)
		l->tries = LIGHT_TRIES;
	else if (l->tries)
		l->tries--;
	return n;
}

void lk_loop_sleep_lightly(struct lk_loop *l, bool light)
{
	static int processors;
	cpu_set_t set;

	if (!processors) /* alone on one, nobody else's wait ends sooner by ours */
		processors = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
	l->light = light && processors > 1;
}

int lk_loop_wait(struct lk_loop *l, int64_t timeout_ns)
{
	struct epoll_event ev[LOOP_BATCH];
	struct lk_watch *w;
	int i, n, called = 0;

	if (l->always && loop_always_ready(l))
		timeout_ns = 0;
	n = l->light && timeout_ns ? loop_sleep_light(l, ev, LOOP_BATCH, timeout_ns) : loop_sleep(l->epfd, ev, LOOP_BATCH, timeout_ns);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	l->depth++;
	for (i = 0; i < n; i++) {
		w = ev[i].data.ptr;
		if (w->dead)
			continue;
		w->fn(w->arg, ev[i].events);
		called++;
	}
	/* a watch added by a callback goes to the list's front: behind us, its turn is the next wait */
	for (w = l->always; w; w = w->next) {
		uint32_t ready = w->events & (EPOLLIN | EPOLLOUT);

		if (w->dead || !ready)
			continue;
		w->fn(w->arg, ready);
		called++;
	}
	if (!--l->depth)
		loop_reap(l);
	return called;
}
