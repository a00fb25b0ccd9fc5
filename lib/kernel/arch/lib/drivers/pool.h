/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/drivers/pool.h - memory for the payload of large frames, which neighbours can read, and windows into theirs (private to this folder) */
#ifndef _LIB_POOL_H
#define _LIB_POOL_H

#include <linux/mm.h>

#define LK_CHUNK_ORDER 4
#define LK_CHUNK_BYTES (PAGE_SIZE << LK_CHUNK_ORDER)
#define LK_CHUNKS (LK_POOL_BYTES / LK_CHUNK_BYTES)

/* lk_pool_get() - a chunk of our own pool, a reference to it; put_page() gives it back. NULL: none is free, or there is no pool. */
struct page *lk_pool_get(void);
/* lk_pool_seen() - the chunk of a window that @len bytes @at lie in. NULL: in none, or not in one only. No reference. */
struct page *lk_pool_seen(const void *at, unsigned long len);

#endif
