/* SPDX-License-Identifier: GPL-2.0-only */
/* lib/host/posix/call.c - system calls of the guest: numbers of this host's architecture to the guest's index, and waiting */
#include <errno.h>
#include <linux/poll.h>
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

static short index_of[NUMBERS]; /* LK_CALL_x + 1; 0 = none */
static struct lk_call *open_calls;

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
		if (c->guest.done) {
			*at = c->next;
			c->ret = c->guest.ret;
			c->done = true;
		} else {
			at = &c->next;
		}
	}
}

static void start(struct lk_call *c)
{
	c->done = false;
	c->next = open_calls;
	open_calls = c;
	for (int i = 0; i < 6; i++)
		c->guest.arg[i] = c->arg[i];
	lk_guest_call(&c->guest);
	lk_run();
}

void lk_call_start(struct lk_call *c)
{
	if (!index_of[__NR_read])
		fill_numbers();
	if (c->nr < 0 || c->nr >= NUMBERS || !index_of[c->nr]) {
		c->ret = -ENOSYS;
		c->done = true;
		return;
	}
	c->guest.index = index_of[c->nr] - 1;
	start(c);
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
	return lk_call_special(LK_CALL_poll_now, fd);
}

unsigned lk_busy(void)
{
	return lk_call_special(LK_CALL_busy, 0);
}
