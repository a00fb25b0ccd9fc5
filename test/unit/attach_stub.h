/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/unit/attach_stub.h - a stand-in for the guest: the host executes the calls, in our own process
 *
 * Guest descriptors are then descriptors of this process. stub_sleep makes every n-th call sleep: it is executed by a later
 * stub_run(), as a call that waits inside the guest would be.
 */
#ifndef TEST_UNIT_ATTACH_STUB_H
#define TEST_UNIT_ATTACH_STUB_H

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lk/attach.h"
#include "lk/boot.h"
#include "lk/loop.h"

static unsigned stub_sleep, stub_count;
static uint64_t stub_calls;
static struct lk_call *stub_asleep;
static int stub_ep = -1;

static void stub_exec(struct lk_call *c)
{
	long r = syscall(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4], c->arg[5]);

	c->ret = r < 0 ? -errno : r;
	c->done = true;
	stub_calls++;
}

static void stub_call_start(struct lk_call *c)
{
	/* a close does not sleep: programs rely on its being over */
	if (stub_sleep && c->nr != SYS_close && !(++stub_count % stub_sleep)) {
		c->done = false;
		c->next = stub_asleep;
		stub_asleep = c;
		return;
	}
	stub_exec(c);
}

static void stub_run(void)
{
	while (stub_asleep) {
		struct lk_call *c = stub_asleep;

		stub_asleep = c->next;
		stub_exec(c);
	}
}

static int stub_poll_watch(int fd, uint32_t cookie)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET, .data.u32 = cookie };

	return epoll_ctl(stub_ep, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

static int stub_poll_unwatch(int fd)
{
	return epoll_ctl(stub_ep, EPOLL_CTL_DEL, fd, NULL) ? -errno : 0;
}

static bool stub_poll_next(uint32_t *cookie)
{
	struct epoll_event ev;

	if (epoll_wait(stub_ep, &ev, 1, 0) != 1)
		return false;
	*cookie = ev.data.u32;
	return true;
}

static uint32_t stub_poll_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };

	poll(&p, 1, 0);
	return (uint32_t)(uint16_t)p.revents;
}

static const struct lk_attach_backend stub_backend = {
	.call_start = stub_call_start,
	.poll_watch = stub_poll_watch,
	.poll_unwatch = stub_poll_unwatch,
	.poll_next = stub_poll_next,
	.poll_now = stub_poll_now,
};

static void stub_woken(void *arg, uint32_t events)
{
	(void)arg;
	(void)events; /* lk_attach_poll() takes them */
}

static struct lk_loop *stub_loop;
static struct lk_watch *stub_watch;
static struct lk_attach *stub_attach;

static int stub_start(void)
{
	stub_ep = epoll_create1(EPOLL_CLOEXEC);
	stub_loop = lk_loop_new();
	stub_watch = stub_loop && stub_ep >= 0 ? lk_loop_add(stub_loop, stub_ep, EPOLLIN, stub_woken, NULL) : NULL;
	if (!stub_watch)
		return -1;
	stub_attach = lk_attach_new(stub_loop, &stub_backend);
	return stub_attach ? 0 : -1;
}

static void stub_stop(void)
{
	lk_attach_free(stub_attach);
	lk_loop_del(stub_watch);
	lk_loop_free(stub_loop);
	close(stub_ep);
}

/* One turn of an element: wait, run, answer. @max_ns: -1 for ever. */
static void stub_turn(int64_t max_ns)
{
	uint64_t at = lk_attach_deadline_ns(stub_attach);
	struct timespec ts;

	if (stub_asleep)
		max_ns = 0;
	if (at != UINT64_MAX) {
		int64_t left;

		clock_gettime(CLOCK_MONOTONIC, &ts);
		left = (int64_t)(at - ((uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec));
		if (at == 0 || left < 0)
			left = 0;
		if (max_ns < 0 || left < max_ns)
			max_ns = left;
	}
	lk_loop_wait(stub_loop, max_ns);
	do
		stub_run();
	while (lk_attach_poll(stub_attach));
}

static void stub_exited(void *arg, uint32_t events)
{
	(void)events;
	*(bool *)arg = true;
}

/* Serve until @pid has ended; its wait status. */
static int stub_wait(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0), status = -1;
	bool gone = false;
	struct lk_watch *w = lk_loop_add(stub_loop, fd, EPOLLIN, stub_exited, &gone);

	while (!gone)
		stub_turn(-1);
	lk_loop_del(w);
	close(fd);
	waitpid(pid, &status, 0);
	return status;
}

#endif
