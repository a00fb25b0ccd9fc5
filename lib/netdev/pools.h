/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/netdev/pools.h - memory that the payload of lent frames lies in (private to lib/netdev, but for struct lk_pools)
 *
 * A pool is a memfd of LK_POOL_BYTES that also lies in its owner's guest. He gives it to each neighbour that he lends frames to, who lays it
 * into his own guest (a window), so that such a frame is not copied there either; and who gives it on where the frame goes on.
 *
 * Whoever has a pool can read all that is in it and spoil it: the payload of large frames which its owner, and those on the way, have sent
 * or were about to send. Headers are never there.
 *
 * A frame stays where it is until everybody behind has given it back. So that nobody waits for himself, a pool has one link by which it came
 * to an element: only what comes by that one stays where it is, all else is copied and given back at once; and it is never lent back by
 * that one.
 */
#ifndef LK_NETDEV_POOLS_H
#define LK_NETDEV_POOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lk/host.h"
#include "lk/netdev.h"

/* lk_memory_new() - memory that two processes can share: a memfd of @bytes that cannot change its size. -1 with errno. */
int lk_memory_new(size_t bytes);
/* lk_memory_ok() - is a stranger's @fd such memory? What shrinks (SIGBUS), or cannot be had (huge pages), is not. */
bool lk_memory_ok(int fd, size_t bytes);

/* lk_pools_own() - make this element's own, if there is none. Between runs of the guest. */
void lk_pools_own(struct lk_pools *p);
/*
 * lk_pools_take() - a stranger's @fd, which it closes or keeps, that came by @link. Where its bytes are now: in a window, or, *@plain, mapped
 * for this link only. NULL: it is none, or cannot be mapped.
 */
uint8_t *lk_pools_take(struct lk_pools *p, int fd, const void *link, bool *plain);
/* lk_pools_find() - number of the pool in whose place in the guest @at lies, with at least @len bytes behind it; -1: none. */
int lk_pools_find(const struct lk_pools *p, const void *at, size_t len);

#endif
