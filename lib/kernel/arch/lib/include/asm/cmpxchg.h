/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/cmpxchg.h - exchange and compare-exchange in plain C, see asm/atomic.h */
#ifndef _LIB_CMPXCHG_H
#define _LIB_CMPXCHG_H

#include <linux/types.h>

#define arch_xchg(ptr, x) ({						\
	__typeof__(*(ptr)) *__xp = (__typeof__(*(ptr)) *)(ptr);		\
	__typeof__(*(ptr)) __xold = *(volatile __typeof__(*(ptr)) *)__xp;	\
	*(volatile __typeof__(*(ptr)) *)__xp = (x);			\
	__xold; })

#define arch_cmpxchg(ptr, o, n) ({					\
	__typeof__(*(ptr)) *__cmp_ptr = (__typeof__(*(ptr)) *)(ptr);		\
	__typeof__(*(ptr)) __cmp_old = (o);					\
	__typeof__(*(ptr)) __cmp_was = *(volatile __typeof__(*(ptr)) *)__cmp_ptr;	\
	if (__cmp_was == __cmp_old) {						\
		*(volatile __typeof__(*(ptr)) *)__cmp_ptr = (n);		\
	}								\
	__cmp_was; })

#define arch_cmpxchg_local	arch_cmpxchg
#define arch_cmpxchg64		arch_cmpxchg
#define arch_cmpxchg64_local	arch_cmpxchg

#endif
