/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/atomic.h - one thread and no asynchronous interrupt: plain C is atomic */
#ifndef _LIB_ATOMIC_H
#define _LIB_ATOMIC_H

#include <linux/types.h>
#include <asm/cmpxchg.h>
#include <asm/barrier.h>

#define LK_ATOMIC_OP(pfx, type, ctr, op, c_op)					\
static __always_inline void arch_##pfx##_##op(ctr i, type *v)			\
{										\
	WRITE_ONCE(v->counter, v->counter c_op i);				\
}										\
static __always_inline ctr arch_##pfx##_fetch_##op(ctr i, type *v)		\
{										\
	ctr old = READ_ONCE(v->counter);					\
										\
	WRITE_ONCE(v->counter, old c_op i);					\
	return old;								\
}
#define LK_ATOMIC_RET(pfx, type, ctr, op, c_op)					\
static __always_inline ctr arch_##pfx##_##op##_return(ctr i, type *v)		\
{										\
	ctr new = READ_ONCE(v->counter) c_op i;					\
										\
	WRITE_ONCE(v->counter, new);						\
	return new;								\
}
#define LK_ATOMIC(pfx, type, ctr)						\
	LK_ATOMIC_OP(pfx, type, ctr, add, +)					\
	LK_ATOMIC_OP(pfx, type, ctr, sub, -)					\
	LK_ATOMIC_OP(pfx, type, ctr, and, &)					\
	LK_ATOMIC_OP(pfx, type, ctr, or, |)					\
	LK_ATOMIC_OP(pfx, type, ctr, xor, ^)					\
	LK_ATOMIC_RET(pfx, type, ctr, add, +)					\
	LK_ATOMIC_RET(pfx, type, ctr, sub, -)

LK_ATOMIC(atomic, atomic_t, int)
#define arch_atomic_read(v)		READ_ONCE((v)->counter)
#define arch_atomic_set(v, i)		WRITE_ONCE((v)->counter, (i))
#define arch_atomic_add_return		arch_atomic_add_return
#define arch_atomic_sub_return		arch_atomic_sub_return
#define arch_atomic_fetch_add		arch_atomic_fetch_add
#define arch_atomic_fetch_sub		arch_atomic_fetch_sub
#define arch_atomic_fetch_and		arch_atomic_fetch_and
#define arch_atomic_fetch_or		arch_atomic_fetch_or
#define arch_atomic_fetch_xor		arch_atomic_fetch_xor

#define ATOMIC64_INIT(i)		{ (i) }
LK_ATOMIC(atomic64, atomic64_t, s64)
#define arch_atomic64_read(v)		READ_ONCE((v)->counter)
#define arch_atomic64_set(v, i)		WRITE_ONCE((v)->counter, (i))
#define arch_atomic64_add_return	arch_atomic64_add_return
#define arch_atomic64_sub_return	arch_atomic64_sub_return
#define arch_atomic64_fetch_add		arch_atomic64_fetch_add
#define arch_atomic64_fetch_sub		arch_atomic64_fetch_sub
#define arch_atomic64_fetch_and		arch_atomic64_fetch_and
#define arch_atomic64_fetch_or		arch_atomic64_fetch_or
#define arch_atomic64_fetch_xor		arch_atomic64_fetch_xor

#endif
