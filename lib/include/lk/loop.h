/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lk/loop.h - waiting for file descriptors: a small level-triggered epoll loop
 *
 * The embedding program owns the loop; the guest is run between waits, never from inside a callback.
 * One thread. Library rules: returns 0/count or -errno, never prints, never exits.
 */
#ifndef LK_LOOP_H
#define LK_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct lk_loop;
struct lk_watch; /* one fd's registration; freed by lk_loop_del() */

/* @events: EPOLLIN, EPOLLOUT, EPOLLHUP ... as they came. A callback may add and delete watches, its own too. */
typedef void lk_loop_fn(void *arg, uint32_t events);

struct lk_loop *lk_loop_new(void);
void lk_loop_free(struct lk_loop *l);
/*
 * lk_loop_add() - watch @fd for @events (0 = only HUP/ERR). NULL with errno on failure.
 * Regular files (which epoll refuses with EPERM) are taken and are always ready.
 */
struct lk_watch *lk_loop_add(struct lk_loop *l, int fd, uint32_t events, lk_loop_fn *fn, void *arg);
int lk_loop_mod(struct lk_watch *w, uint32_t events); /* cheap when nothing changes */
void lk_loop_del(struct lk_watch *w);		      /* NULL is fine; does not close the fd */
/* lk_loop_wait() - wait up to @timeout_ns (-1 for ever, 0 = look only), dispatch; count of callbacks or -errno (EINTR is 0). */
int lk_loop_wait(struct lk_loop *l, int64_t timeout_ns);
/*
 * lk_loop_sleep_lightly() - @light: waits stay awake for 0.25 ms before they sleep, as long as something comes in that time: it is seen sooner by
 * what it takes to wake a sleeping processor. The time is left to whoever wants it. Nothing changes where there is one processor.
 */
void lk_loop_sleep_lightly(struct lk_loop *l, bool light);

#endif
