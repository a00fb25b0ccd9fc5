// SPDX-License-Identifier: GPL-2.0-only
/*
 * arch/lib/kernel/process.c - guest threads are coroutines of the host's one thread
 *
 * Theory of operation: the host calls lk_guest_run(); that switches to the stack on which the guest left, always the idle
 * task's, inside arch_cpu_idle(). Interrupts raised meanwhile are delivered when the idle loop enables them; it schedules
 * whatever became runnable; when nothing is left it comes back to arch_cpu_idle(), which switches to the host.
 */
#include <linux/cpu.h>
#include <linux/elfcore.h>
#include <linux/irq.h>
#include <linux/sched/debug.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/start_kernel.h>
#include <asm/switch_to.h>
#include "lk.h"

struct task_struct *lk_current = &init_task;

static void *host_sp, *guest_sp;

void lk_to_host(void)
{
	lk_switch(&guest_sp, host_sp, NULL);
}

/*
 * A deferrable timer (garbage collections, lifetimes) wakes nobody; elsewhere the next tick of a machine that is awake for another reason finds
 * it. Here there may be none before the packet that asks for what the timer should have taken away. So what is overdue is done first.
 */
static void catch_up(void)
{
	const unsigned long others = lk_irq_pending & ~BIT(LK_IRQ_TIMER);

	lk_irq_pending = (lk_irq_pending & BIT(LK_IRQ_TIMER)) | BIT(LK_IRQ_LATE);
	lk_switch(&host_sp, guest_sp, NULL);
	lk_irq_pending |= others;
}

void lk_guest_run(void)
{
	if (!lk_timer_due() && !lk_irq_pending)
		return;
	if (lk_tick_passed() && lk_guest_ready())
		catch_up();
	if (lk_irq_pending)
		lk_switch(&host_sp, guest_sp, NULL);
}

static void boot(void *passed, void *arg)
{
	start_kernel();
}

int lk_guest_start(const struct lk_host_ops *ops)
{
	if (ops->version != LK_HOST_VERSION)
		return -EINVAL;
	lk_host = ops;
	guest_sp = lk_stack_frame((void *)init_stack + THREAD_SIZE - sizeof(struct pt_regs), boot, NULL);
	lk_switch(&host_sp, guest_sp, NULL);
	return 0;
}

void arch_cpu_idle(void)
{
	/* interrupts are off here; the idle loop delivers what is pending on its way out */
	if (!lk_irq_pending && !lk_timer_due())
		lk_to_host();
}

struct task_struct *__switch_to(struct task_struct *prev, struct task_struct *next)
{
	lk_current = next;
	return lk_switch(&prev->thread.sp, next->thread.sp, prev);
}

static void thread_start(void *prev, void *arg)
{
	const struct { int (*fn)(void *); void *arg; } *start = arg;
	int (*fn)(void *) = start->fn;
	void *fn_arg = start->arg;

	schedule_tail(prev);
	do_exit(fn(fn_arg)); /* there is no user mode to return to */
}

int copy_thread(struct task_struct *p, const struct kernel_clone_args *args)
{
	struct { int (*fn)(void *); void *arg; } *start;
	void *top = (void *)task_pt_regs(p);

	if (!args->fn)
		return -EINVAL; /* fork() of a process that the guest does not have */
	memset(top, 0, sizeof(struct pt_regs));
	top = (void *)((unsigned long)(top - sizeof(*start)) & ~15UL);
	start = top;
	start->fn = args->fn;
	start->arg = args->fn_arg;
	p->thread.sp = lk_stack_frame(top, thread_start, start);
	return 0;
}

void flush_thread(void)
{
}

void show_regs(struct pt_regs *regs)
{
}

void show_stack(struct task_struct *task, unsigned long *sp, const char *loglvl)
{
}
