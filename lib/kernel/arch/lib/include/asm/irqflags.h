/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/irqflags.h - interrupts are a flag and a bitmap; delivery happens where the flag is set */
#ifndef _LIB_IRQFLAGS_H
#define _LIB_IRQFLAGS_H

#include <linux/compiler.h>

#ifndef __ASSEMBLY__
extern unsigned long lk_irq_enabled;	/* 1 or 0 */
extern unsigned long lk_irq_pending;	/* one bit an interrupt */
void lk_irq_deliver(void);

#define ARCH_IRQ_DISABLED	0UL
#define ARCH_IRQ_ENABLED	1UL

static inline unsigned long arch_local_save_flags(void)
{
	return lk_irq_enabled;
}
#define arch_local_save_flags arch_local_save_flags

static inline void arch_local_irq_restore(unsigned long flags)
{
	barrier();
	lk_irq_enabled = flags;
	barrier();
	if (unlikely(lk_irq_pending) && flags)
		lk_irq_deliver();
}
#define arch_local_irq_restore arch_local_irq_restore

static inline void arch_local_irq_disable(void)
{
	lk_irq_enabled = ARCH_IRQ_DISABLED;
	barrier();
}
#define arch_local_irq_disable arch_local_irq_disable

static inline unsigned long arch_local_irq_save(void)
{
	unsigned long flags = lk_irq_enabled;

	arch_local_irq_disable();
	return flags;
}
#define arch_local_irq_save arch_local_irq_save

#include <asm-generic/irqflags.h>
#endif

#endif
