/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/drivers/pool.h - memory for the payload of large frames, which neighbours can read, and windows into theirs (private to this folder) */
#ifndef _LIB_POOL_H
#define _LIB_POOL_H

#include <linux/mm.h>

struct sock;

#define LK_CHUNK_ORDER get_order(LK_CHUNK_BYTES)
#define LK_CHUNKS (LK_POOL_BYTES / LK_CHUNK_BYTES)

/* lk_pool_get() - a chunk of our own pool, a reference to it; put_page() gives it back. NULL: none is free, or there is no pool. */
struct page *lk_pool_get(void);
/* lk_pool_seen() - the chunk of a window that @len bytes @at lie in. NULL: in none, or not in one only. No reference. */
struct page *lk_pool_seen(const void *at, unsigned long len);
/* lk_pool_own() - do @len bytes @at lie in one chunk of our own pool? */
bool lk_pool_own(const void *at, unsigned long len);
/* lk_nic_lends() - does this connection go out by a card whose link takes what lies in the pool? (nic.c) */
bool lk_nic_lends(struct sock *sk);

#endif
