/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/ptrace.h - registers of a user mode that does not exist */
#ifndef _LIB_PTRACE_H
#define _LIB_PTRACE_H

#include <uapi/asm/ptrace.h>

#ifndef __ASSEMBLY__
struct pt_regs {
	unsigned long ip, sp;
};
#define user_mode(regs)			((void)(regs), 0)
#define instruction_pointer(regs)	((regs)->ip)
#define profile_pc(regs)		instruction_pointer(regs)
#define user_stack_pointer(regs)	((regs)->sp)
#define current_pt_regs()		task_pt_regs(current)
static inline void instruction_pointer_set(struct pt_regs *regs, unsigned long val)
{
	regs->ip = val;
}
#endif

#endif
