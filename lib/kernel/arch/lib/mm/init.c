// SPDX-License-Identifier: GPL-2.0-only
/* arch/lib/mm/init.c - one zone over one mapping */
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <asm/setup.h>

void *lk_zero_page;

void __init lk_memory_init(void)
{
	unsigned long max_zone_pfn[MAX_NR_ZONES] = { [ZONE_NORMAL] = max_pfn };

	lk_zero_page = memblock_alloc(PAGE_SIZE, PAGE_SIZE);
	if (!lk_zero_page)
		panic("no memory for the zero page");
	free_area_init(max_zone_pfn);
}

void __init mem_init(void)
{
	max_mapnr = max_pfn - ARCH_PFN_OFFSET;
	high_memory = (void *)lk_memory_end;
	memblock_free_all();
}

/* The object's .init sections lie outside the guest's memory: nothing to give back. */
void free_initmem(void)
{
}
