/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/netdev/shm.h - the memory that two neighbours share: a ring in each direction (private to lib/netdev)
 *
 * A memfd of LK_SHM_BYTES, sealed against shrinking and growing: a page with the two struct lk_ring_ctl, the ring of the stream's
 * direction, the ring of the return path, and for each the pool of its producer, LK_POOL_BYTES that also lie in the memory of that one's
 * guest. There is nothing but payload in it, of what is on its way to that neighbour if no rule drops it: he can read that, and could spoil it,
 * but nothing else of the guest's, nor the first 256 bytes of a frame, is within
 * his reach. Two eventfds on which the two sides sleep.
 */
#ifndef LK_NETDEV_SHM_H
#define LK_NETDEV_SHM_H

#include "lib/netdev/ring.h"

#define LK_SHM_FDS 3 /* what goes over the socket: the memfd, the eventfd of the one who gets them, that of the one who gives */
#define LK_SHM_BYTES (4096u + 2 * (LK_RING_BYTES + LK_POOL_BYTES))

struct lk_loop;

struct lk_shm {
	struct lk_ring tx, rx; /* from our side */
	unsigned users;
	void *map;
	int wake_fd; /* ours; the other's is tx.wake_fd */
	struct lk_watch *watch;
	int memfd;	 /* until lk_shm_lend() */
	uint32_t lend_at; /* in it: ours to lend */
};

/* lk_shm_new() - the giving side; @fds are the caller's to send and close. NULL with errno. One user. */
struct lk_shm *lk_shm_new(struct lk_loop *loop, int fds[LK_SHM_FDS]);
/* lk_shm_map() - the other side, from a stranger's descriptors; they stay the caller's to close. NULL with errno. One user. */
struct lk_shm *lk_shm_map(struct lk_loop *loop, const int fds[LK_SHM_FDS]);
struct lk_shm *lk_shm_hold(struct lk_shm *s); /* one user more */
/* lk_shm_lend() - frames of the tx ring may from now on be lent, if the port can. Between runs of the guest; later calls do nothing. */
void lk_shm_lend(struct lk_shm *s, struct lk_port *port);
void lk_shm_put(struct lk_shm *s);	      /* one less; NULL is fine */

#endif
