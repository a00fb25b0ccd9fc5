// SPDX-License-Identifier: GPL-2.0-only
/*
 * arch/lib/drivers/pool.c - see pool.h
 *
 * Theory of operation: one block of pages in chunks, compound pages of which the pool holds one reference; a chunk with no other is free. So
 * nobody has to be told when a chunk comes back. The first free one is taken: its bytes are the likeliest to be in a cache still.
 */
#include <linux/swap.h>
#include <lk/host.h>
#include "pool.h"

void prep_compound_page(struct page *page, unsigned int order); /* mm/internal.h */

bool lk_pool_make(struct lk_pool *p)
{
	struct page *page = NULL;
	unsigned int i;

	if (nr_free_pages() > 8 * (LK_POOL_BYTES >> PAGE_SHIFT)) /* a small guest has better uses for it */
		page = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, get_order(LK_POOL_BYTES));
	if (!page)
		return false;
	for (i = 0; i < LK_CHUNKS; i++) {
		set_page_count(page + (i << LK_CHUNK_ORDER), 1);
		prep_compound_page(page + (i << LK_CHUNK_ORDER), LK_CHUNK_ORDER);
	}
	p->page = page;
	return true;
}

struct page *lk_pool_get(struct lk_pool *p)
{
	struct page *page = p->page;
	unsigned int i;

	for (i = 0; page && i < LK_CHUNKS; i++, page += 1 << LK_CHUNK_ORDER) {
		if (page_ref_count(page) == 1) {
			get_page(page);
			return page;
		}
	}
	return NULL;
}
