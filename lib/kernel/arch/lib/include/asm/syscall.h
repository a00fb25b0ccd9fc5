/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/syscall.h - system calls come from the host by function call, nobody traces them */
#ifndef _LIB_SYSCALL_H
#define _LIB_SYSCALL_H

#include <uapi/linux/audit.h>
struct task_struct;
struct pt_regs;
static inline int syscall_get_nr(struct task_struct *t, struct pt_regs *r) { return -1; }
static inline void syscall_set_nr(struct task_struct *t, struct pt_regs *r, int nr) { }
static inline void syscall_rollback(struct task_struct *t, struct pt_regs *r) { }
static inline long syscall_get_error(struct task_struct *t, struct pt_regs *r) { return 0; }
static inline long syscall_get_return_value(struct task_struct *t, struct pt_regs *r) { return 0; }
static inline void syscall_set_return_value(struct task_struct *t, struct pt_regs *r, int e, long v) { }
static inline void syscall_get_arguments(struct task_struct *t, struct pt_regs *r, unsigned long *args) { }
static inline int syscall_get_arch(struct task_struct *t) { return AUDIT_ARCH_X86_64; }

#endif
