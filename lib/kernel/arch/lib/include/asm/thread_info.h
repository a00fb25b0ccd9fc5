/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/thread_info.h - what every guest thread carries */
#ifndef _LIB_THREAD_INFO_H
#define _LIB_THREAD_INFO_H

#define THREAD_SIZE_ORDER	3	/* 32 KiB: callbacks of the host run on these stacks too */
#define THREAD_SIZE		(4096UL << THREAD_SIZE_ORDER)

#ifndef __ASSEMBLY__
struct thread_info {
	unsigned long flags;
	int preempt_count;
	unsigned long syscall_work;
};
#define INIT_THREAD_INFO(tsk)	{ .preempt_count = INIT_PREEMPT_COUNT }
#endif

#define TIF_NOTIFY_RESUME	1
#define TIF_SIGPENDING		2
#define TIF_NEED_RESCHED	3
#define TIF_MEMDIE		4
#define TIF_RESTORE_SIGMASK	5
#define TIF_NOTIFY_SIGNAL	6
#define TIF_SYSCALL_TRACE	7

#define _TIF_NOTIFY_RESUME	(1 << TIF_NOTIFY_RESUME)
#define _TIF_SIGPENDING		(1 << TIF_SIGPENDING)
#define _TIF_NEED_RESCHED	(1 << TIF_NEED_RESCHED)
#define _TIF_NOTIFY_SIGNAL	(1 << TIF_NOTIFY_SIGNAL)

#endif
