/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/netdev/shm.h - the memory that two neighbours share: a ring in each direction (private to lib/netdev)
 *
 * A memfd of LK_SHM_BYTES, sealed against shrinking and growing: a page with the two struct lk_ring_ctl, the ring of the stream's
 * direction, the ring of the return path. Two eventfds on which the two sides sleep, and a socket over which they give each other the pools
 * that lent frames lie in (pools.h).
 */
#ifndef LK_NETDEV_SHM_H
#define LK_NETDEV_SHM_H

#include "lib/netdev/ring.h"

#define LK_SHM_FDS 4 /* what goes with the hello: the memfd, the eventfd of the one who gets them, that of the one who gives, a socket for pools */
#define LK_SHM_BYTES (4096u + 2 * LK_RING_BYTES)

struct lk_loop;

struct lk_shm {
	struct lk_ring tx, rx; /* from our side */
	unsigned users;
	void *map;
	int wake_fd; /* ours; the other's is tx.wake_fd */
	int sock;
	struct lk_watch *watch;
};

/* lk_shm_new() - the giving side; @fds are the caller's to send and close. NULL with errno. One user. */
struct lk_shm *lk_shm_new(struct lk_loop *loop, int fds[LK_SHM_FDS]);
/* lk_shm_map() - the other side, from a stranger's descriptors; they stay the caller's to close. NULL with errno. One user. */
struct lk_shm *lk_shm_map(struct lk_loop *loop, const int fds[LK_SHM_FDS]);
struct lk_shm *lk_shm_hold(struct lk_shm *s); /* one user more */
void lk_shm_put(struct lk_shm *s);	      /* one less; NULL is fine */

#endif
