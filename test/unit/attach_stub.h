/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/unit/attach_stub.h - a stand-in for the guest: the host executes the calls, in our own process
 *
 * Guest descriptors are then descriptors of this process. stub_sleep makes every n-th call sleep: it is executed by a later
 * stub_run(), as a call that waits inside the guest would be. The pool is a few chunks of ours: often there is none free, one that is free is
 * full of junk, and of what is sent from them a part may be taken only, as by a guest whose buffers are full.
 */
#ifndef TEST_UNIT_ATTACH_STUB_H
#define TEST_UNIT_ATTACH_STUB_H

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
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

#define STUB_CHUNKS 6
static char stub_pool[STUB_CHUNKS][LK_CHUNK_BYTES];
static unsigned stub_refs[STUB_CHUNKS];
static uint64_t stub_chunks_sent, stub_taken;

static unsigned stub_chunk_number(const void *at)
{
	return (unsigned)((size_t)((const char *)at - stub_pool[0]) / LK_CHUNK_BYTES);
}

static bool stub_copies; /* nothing goes out by a card that lends */

static int stub_lends(int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	return !stub_copies && !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) && type == SOCK_STREAM;
}

static void *stub_chunk(void)
{
	for (unsigned i = 0; i < STUB_CHUNKS; i++) {
		if (!stub_refs[i]) {
			stub_refs[i]++;
			return stub_pool[i];
		}
	}
	return NULL;
}

static void stub_chunk_hold(const void *at)
{
	if (!stub_refs[stub_chunk_number(at)]++)
		abort(); /* it was free */
}

static void stub_chunk_put(const void *at)
{
	const unsigned i = stub_chunk_number(at);

	if (!stub_refs[i]--)
		abort();
	if (!stub_refs[i])
		memset(stub_pool[i], 0xa5, LK_CHUNK_BYTES);
}

/* In up to three pieces, and of much every second time but half. */
static unsigned stub_peek(int fd, struct lk_guest_piece *piece, unsigned max, unsigned long len)
{
	static char seen[256 << 10];
	static unsigned turn;
	unsigned long off = 0;
	unsigned i;
	ssize_t n;
	int come;

	if (ioctl(fd, FIONREAD, &come) || !come) /* recv would take the socket's error */
		return 0;
	if (come >= 1000 && turn++ % 2 && len > (unsigned)come / 2)
		len = (unsigned)come / 2;
	n = recv(fd, seen, len < sizeof(seen) ? len : sizeof(seen), MSG_PEEK | MSG_DONTWAIT);
	for (i = 0; n > 0 && off < (unsigned long)n && i < 3 && i < max; i++) {
		piece[i] = (struct lk_guest_piece){ seen + off, i < 2 ? ((unsigned long)n - off + 1) / 2 : (unsigned long)n - off };
		off += piece[i].len;
	}
	return i;
}

/* Every second time as much of the first piece as a guest had room for. */
static long stub_send_chunks(int fd, struct iovec *v, int n)
{
	struct iovec part = { v->iov_base, (v->iov_len + 2) / 3 };
	const bool some = stub_chunks_sent++ % 2;
	const struct msghdr m = { .msg_iov = some ? &part : v, .msg_iovlen = some ? 1 : (size_t)n };

	return sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static long stub_take(int fd, size_t n)
{
	static char taken[256 << 10];

	stub_taken++;
	return recv(fd, taken, n, MSG_DONTWAIT);
}

static void stub_exec(struct lk_call *c)
{
	long r;

	if (c->nr == LK_NR_SEND_CHUNKS)
		r = stub_send_chunks((int)c->arg[0], (struct iovec *)c->arg[1], (int)c->arg[2]);
	else if (c->nr == LK_NR_TAKEN)
		r = stub_take((int)c->arg[0], (size_t)c->arg[1]);
	else
		r = syscall(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4], c->arg[5]);
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
	.lends = stub_lends,
	.chunk = stub_chunk,
	.chunk_hold = stub_chunk_hold,
	.chunk_put = stub_chunk_put,
	.peek = stub_peek,
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

/* How many chunks of the pool are still in use. */
static unsigned stub_stop(void)
{
	unsigned n = 0;

	lk_attach_free(stub_attach);
	lk_loop_del(stub_watch);
	lk_loop_free(stub_loop);
	close(stub_ep);
	for (unsigned i = 0; i < STUB_CHUNKS; i++)
		n += !!stub_refs[i];
	return n;
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
