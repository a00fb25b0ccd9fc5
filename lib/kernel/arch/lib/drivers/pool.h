/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/drivers/pool.h - memory for the payload of large frames that a card sends, which its neighbour can read (private to this folder) */
#ifndef _LIB_POOL_H
#define _LIB_POOL_H

#include <linux/mm.h>

#define LK_CHUNK_ORDER 3
#define LK_CHUNK_BYTES (PAGE_SIZE << LK_CHUNK_ORDER)
#define LK_CHUNKS (LK_POOL_BYTES / LK_CHUNK_BYTES)

struct lk_pool {
	struct page *page; /* LK_POOL_BYTES in one piece; NULL: no pool */
};

/* lk_pool_make() - false: no memory in one piece. A pool stays for good. */
bool lk_pool_make(struct lk_pool *p);
/* lk_pool_get() - a chunk, a reference to it; put_page() gives it back. NULL: none is free, or there is no pool. */
struct page *lk_pool_get(struct lk_pool *p);

#endif
