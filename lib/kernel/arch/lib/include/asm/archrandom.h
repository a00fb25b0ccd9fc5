/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/archrandom.h - seeds come from the host */
#ifndef _LIB_ARCHRANDOM_H
#define _LIB_ARCHRANDOM_H

#include <linux/types.h>
size_t lk_random_longs(unsigned long *v, size_t n);
static inline size_t __must_check arch_get_random_longs(unsigned long *v, size_t max_longs)
{
	return 0;
}
static inline size_t __must_check arch_get_random_seed_longs(unsigned long *v, size_t max_longs)
{
	return lk_random_longs(v, max_longs);
}

#endif
