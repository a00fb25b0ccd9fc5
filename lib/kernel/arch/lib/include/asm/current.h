/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/current.h - the running guest thread is one variable */
#ifndef _LIB_CURRENT_H
#define _LIB_CURRENT_H

#ifndef __ASSEMBLY__
struct task_struct;
extern struct task_struct *lk_current;
#define current lk_current
#endif

#endif
