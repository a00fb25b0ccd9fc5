// SPDX-License-Identifier: GPL-2.0-only
/*
 * arch/lib/drivers/pool.c - see pool.h
 *
 * Theory of operation: a pool, or a window into a neighbour's, is one block of pages in chunks, compound pages to which one reference is held
 * for good; a chunk with no other is free, or can be given back. So nobody has to be told when a chunk is let go. In our own the first free one is
 * taken: its bytes are the likeliest to be in a cache still.
 */
#include <linux/swap.h>
#include <lk/host.h>
#include "pool.h"

#define WINDOWS 7

static struct page *own, *window[WINDOWS];

void prep_compound_page(struct page *page, unsigned int order); /* mm/internal.h */

static struct page *make(void)
{
	struct page *page = NULL;
	unsigned int i;

	if (nr_free_pages() > 8 * (LK_POOL_BYTES >> PAGE_SHIFT)) /* a small guest has better uses for it */
		page = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, get_order(LK_POOL_BYTES));
	for (i = 0; page && i < LK_CHUNKS; i++) {
		set_page_count(page + (i << LK_CHUNK_ORDER), 1);
		prep_compound_page(page + (i << LK_CHUNK_ORDER), LK_CHUNK_ORDER);
	}
	return page;
}

unsigned long lk_guest_pool(int ours)
{
	struct page **p = &own;
	unsigned int i;

	for (i = 0; !ours && i < WINDOWS && *(p = &window[i]); i++)
		;
	if (!*p)
		*p = make();
	else
		p = NULL;
	return p && *p ? (unsigned long)page_address(*p) : 0;
}

struct page *lk_pool_get(void)
{
	struct page *page = own;
	unsigned int i;

	for (i = 0; page && i < LK_CHUNKS; i++, page += 1 << LK_CHUNK_ORDER) {
		if (page_ref_count(page) == 1) {
			get_page(page);
			return page;
		}
	}
	return NULL;
}

bool lk_pool_own(const void *at, unsigned long len)
{
	const unsigned long off = own ? (unsigned long)at - (unsigned long)page_address(own) : LK_POOL_BYTES;

	return off < LK_POOL_BYTES && off % LK_CHUNK_BYTES + len <= LK_CHUNK_BYTES;
}

struct page *lk_pool_seen(const void *at, unsigned long len)
{
	unsigned int i;

	for (i = 0; i < WINDOWS && window[i]; i++) {
		const unsigned long off = (unsigned long)at - (unsigned long)page_address(window[i]);

		if (off < LK_POOL_BYTES)
			return off % LK_CHUNK_BYTES + len <= LK_CHUNK_BYTES ? window[i] + (off / LK_CHUNK_BYTES << LK_CHUNK_ORDER) : NULL;
	}
	return NULL;
}

int lk_guest_pool_busy(const void *at)
{
	const struct page *page = lk_pool_seen(at, 1);

	return page && page_ref_count(page) != 1;
}
