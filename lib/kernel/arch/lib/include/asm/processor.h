/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/processor.h - a thread is a stack pointer */
#ifndef _LIB_PROCESSOR_H
#define _LIB_PROCESSOR_H

#include <asm/ptrace.h>
#include <asm/irqflags.h>

#define TASK_SIZE		(~0UL >> 1)
#define TASK_UNMAPPED_BASE	0
#define STACK_TOP		TASK_SIZE
#define STACK_TOP_MAX		TASK_SIZE

#ifndef __ASSEMBLY__
struct thread_struct {
	void *sp;	/* where lk_switch() left off; callee-saved registers lie there */
};
#define INIT_THREAD		{ }

#define task_pt_regs(p)		((struct pt_regs *)(task_stack_page(p) + THREAD_SIZE) - 1)
#define KSTK_EIP(p)		(0UL)
#define KSTK_ESP(p)		(0UL)

struct task_struct;
static inline unsigned long __get_wchan(struct task_struct *p)
{
	return 0;
}
static inline void start_thread(struct pt_regs *regs, unsigned long pc, unsigned long sp)
{
}

/* A loop that waits for time or an interrupt would wait for ever: nothing here is asynchronous. */
void lk_relax(void);
#define cpu_relax()		lk_relax()
#endif

#endif
