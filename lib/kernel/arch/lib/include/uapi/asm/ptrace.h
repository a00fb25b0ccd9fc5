/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/uapi/asm/ptrace.h - no register ever comes from user mode */
#ifndef _LIB_PTRACE_H
#define _LIB_PTRACE_H

#ifndef __ASSEMBLY__
struct user_regs_struct {
	unsigned long regs[32];
};
#endif

#endif
