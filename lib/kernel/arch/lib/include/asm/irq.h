/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/irq.h - two kinds of interrupt: the clock, and one a device */
#ifndef _LIB_IRQ_H
#define _LIB_IRQ_H

#define LK_IRQ_TIMER	1
#define LK_IRQ_CALL	2	/* the host has put calls on the queue */
#define LK_IRQ_NIC	3	/* the host has pushed frames to a direct card */
#define LK_IRQ_LATE	4	/* timers that need not wake anybody may be overdue */
#define LK_IRQ_DEVICE	8	/* + device number */
#define NR_IRQS		64
#include <asm-generic/irq.h>

#endif
