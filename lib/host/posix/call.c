/* SPDX-License-Identifier: GPL-2.0-only */
/* lib/host/posix/call.c - system calls of the guest: numbers of this host's architecture to the guest's index, and waiting */
#include <errno.h>
#include <fcntl.h>
#include <linux/poll.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>

#include "lib/host/posix/posix.h"

#if defined(__aarch64__) /* calls that newer architectures never had */
#define __NR_open -1
#define __NR_stat -1
#define __NR_lstat -1
#define __NR_access -1
#define __NR_readlink -1
#define __NR_poll -1
#define __NR_epoll_wait -1
#endif

#define NUMBERS 512

static const char netns_of_self[] = "/proc/self/ns/net";
static short index_of[NUMBERS]; /* LK_CALL_x + 1; 0 = none */
static struct lk_call *open_calls;
static int home = -1; /* guest descriptor of the first network namespace, once there may be others */

static void fill_numbers(void)
{
#define X(name, fn)                                    \
	if (__NR_##name >= 0 && __NR_##name < NUMBERS) \
		index_of[__NR_##name] = LK_CALL_##name + 1;
	LK_CALLS(X)
#undef X
}

void lk_calls_finish(void)
{
	struct lk_call **at = &open_calls, *c;

	while ((c = *at)) {
		if (c->guest.done && c->enter.done && c->leave.done) {
			*at = c->next;
			c->ret = c->enter.ret < 0 ? c->enter.ret : c->guest.ret;
			c->done = true;
		} else {
			at = &c->next;
		}
	}
}

/*
 * Calls that are queued together are taken by one and the same of the guest's servers, one after another, for as long as none of
 * them sleeps: it finds the queue not empty before it would go to sleep itself. So a call is put between two others, the first of which
 * takes the server into the call's network namespace (or a new one), and the second one back home. A call that slept leaves its server
 * behind elsewhere, which is why those that belong home say so, too.
 */
static void into_netns(struct lk_call *c, int index, unsigned long a0, unsigned long a1)
{
	c->enter = (struct lk_guest_call){ .index = index, .arg = { a0, a1 } };
	c->leave = (struct lk_guest_call){ .index = LK_CALL_setns, .arg = { home, CLONE_NEWNET } };
}

static void start(struct lk_call *c)
{
	c->done = false;
	c->next = open_calls;
	open_calls = c;
	for (int i = 0; i < 6; i++)
		c->guest.arg[i] = c->arg[i];
	if (!c->enter.done)
		lk_guest_call(&c->enter);
	c->guest.unprivileged = c->unprivileged;
	lk_guest_call(&c->guest);
	if (!c->leave.done)
		lk_guest_call(&c->leave);
	lk_run();
}

/* Does the network namespace matter to it? A socket's own is not what its caller is in. */
static bool looks_at_netns(int index)
{
	switch (index) {
	case LK_CALL_read:
	case LK_CALL_close:
	case LK_CALL_recvmsg:
	case LK_CALL_recvfrom:
	case LK_CALL_recvmmsg:
	case LK_CALL_sendmsg:
	case LK_CALL_sendto:
	case LK_CALL_sendmmsg:
	case LK_CALL_fstat:
		return false;
	}
	return true;
}

void lk_call_start(struct lk_call *c)
{
	if (!index_of[__NR_read])
		fill_numbers();
	c->enter.done = c->leave.done = 1;
	c->enter.ret = 0;
	if (home < 0 && (c->netns || c->nr == LK_NR_NETNS_NEW))
		home = lk_syscall(__NR_openat, AT_FDCWD, (long)netns_of_self, O_RDONLY | O_CLOEXEC, 0, 0, 0);
	if (c->nr == LK_NR_NETNS_NEW) {
		c->guest.index = LK_CALL_openat;
		c->arg[0] = AT_FDCWD;
		c->arg[1] = (long)netns_of_self;
		c->arg[2] = O_RDONLY | O_CLOEXEC;
		into_netns(c, LK_CALL_unshare, CLONE_NEWNET, 0);
	} else if (c->nr == LK_NR_SEND_CHUNKS || c->nr == LK_NR_TAKEN) {
		c->guest.index = c->nr == LK_NR_TAKEN ? LK_CALL_taken : LK_CALL_send_chunks;
	} else if (c->nr < 0 || c->nr >= NUMBERS || !index_of[c->nr]) {
		c->ret = -ENOSYS;
		c->done = true;
		return;
	} else {
		c->guest.index = index_of[c->nr] - 1;
		if (home >= 0 && looks_at_netns(c->guest.index))
			into_netns(c, LK_CALL_setns, c->netns ? c->netns : home, CLONE_NEWNET);
	}
	start(c);
	if (c->nr == LK_NR_NETNS_NEW && c->done && c->ret < 0 && c->guest.ret >= 0)
		lk_syscall(__NR_close, c->guest.ret, 0, 0, 0, 0, 0);
}

static void wait_for(const struct lk_call *c)
{
	while (!c->done) {
		uint64_t next = lk_deadline_ns(), now = lk_time_ns();

		if (lk_clock_virtual()) {
			lk_time_advance(next == UINT64_MAX ? now + 1000000 : next);
		} else if (next > now) {
			uint64_t d = next - now < 10000000 ? next - now : 10000000;

			nanosleep(&(struct timespec){ .tv_nsec = d }, NULL);
		}
		lk_run();
	}
}

long lk_syscall(long nr, long a0, long a1, long a2, long a3, long a4, long a5)
{
	struct lk_call c = { .nr = nr, .arg = { a0, a1, a2, a3, a4, a5 } };

	lk_call_start(&c);
	wait_for(&c);
	return c.ret;
}

static long special(int index, long a0, long a1)
{
	struct lk_call c = { .arg = { a0, a1 } };

	c.guest.index = index;
	c.enter.done = c.leave.done = 1;
	start(&c);
	wait_for(&c);
	return c.ret;
}

long lk_call_special(int index, long arg)
{
	return special(index, arg, 0);
}

int lk_poll_watch(int fd, uint32_t cookie)
{
	return special(LK_CALL_poll_watch, fd, cookie);
}

int lk_poll_unwatch(int fd)
{
	return lk_call_special(LK_CALL_poll_unwatch, fd);
}

bool lk_poll_next(uint32_t *cookie)
{
	return lk_guest_fired(cookie);
}

uint32_t lk_poll_now(int fd)
{
	unsigned events;

	return lk_guest_poll(fd, &events) ? events : (uint32_t)lk_call_special(LK_CALL_poll_now, fd);
}

unsigned lk_busy(void)
{
	return lk_call_special(LK_CALL_busy, 0);
}
