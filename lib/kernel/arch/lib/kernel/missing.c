// SPDX-License-Identifier: GPL-2.0-only
/* arch/lib/kernel/missing.c - what generic code names and a library never does: tracing of user processes */
#include <linux/errno.h>
#include <linux/ptrace.h>

long arch_ptrace(struct task_struct *child, long request, unsigned long addr, unsigned long data)
{
	return -EIO;
}

void ptrace_disable(struct task_struct *child)
{
}
