// SPDX-License-Identifier: GPL-2.0-only
/*
 * arch/lib/kernel/irq.c - virtual interrupts
 *
 * An interrupt is a bit that the host or a device sets. It is delivered at the next point where the guest has interrupts
 * enabled and says so: local_irq_enable/restore, and the idle loop. Nothing interrupts running code. Ours are called directly: the
 * generic code would take their times as randomness, which wakes the guest once more a little later to stir them in.
 */
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <asm/irq_regs.h>
#include "lk.h"

unsigned long lk_irq_enabled;
unsigned long lk_irq_pending;

void lk_irq_raise(unsigned int irq)
{
	lk_irq_pending |= BIT(irq);
}

void lk_guest_irq(unsigned int dev)
{
	lk_irq_raise(LK_IRQ_DEVICE + dev);
}

void lk_irq_deliver(void)
{
	static struct pt_regs none;
	struct pt_regs *old;

	/* with interrupts off, so that a handler that enables them does not come back here */
	lk_irq_enabled = 0;
	old = set_irq_regs(&none);
	while (lk_irq_pending) {
		unsigned int irq = __ffs(lk_irq_pending);

		lk_irq_pending &= ~BIT(irq);
		irq_enter();
		if (irq == LK_IRQ_CALL)
			lk_call_irq();
		else if (irq == LK_IRQ_NIC)
			lk_nic_irq();
		else if (irq == LK_IRQ_TIMER)
			lk_timer_irq();
		else if (irq == LK_IRQ_LATE)
			raise_softirq_irqoff(TIMER_SOFTIRQ);
		else
			generic_handle_irq(irq);
		irq_exit();
	}
	set_irq_regs(old);
	lk_irq_enabled = 1;
}

void __init init_IRQ(void)
{
	unsigned int irq;

	for (irq = 0; irq < NR_IRQS; irq++)
		irq_set_chip_and_handler(irq, &dummy_irq_chip, handle_simple_irq);
}
