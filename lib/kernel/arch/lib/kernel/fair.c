// SPDX-License-Identifier: GPL-2.0-only
/*
 * arch/lib/kernel/fair.c - the scheduler's fair server is off
 *
 * It keeps real-time tasks from starving the others: with every task that becomes runnable it sets a timer, which wakes a guest that has
 * gone idle again a second later. A guest has no real-time tasks. /sys/kernel/debug/sched/fair_server is the same switch.
 */
#include <linux/init.h>
#include "sched/sched.h"

static int __init no_fair_server(void)
{
	struct rq *rq = this_rq();

	scoped_guard (rq_lock_irqsave, rq) {
		update_rq_clock(rq);
		dl_server_stop(&rq->fair_server);
		return dl_server_apply_params(&rq->fair_server, 0, NSEC_PER_SEC, 0);
	}
	return 0;
}
late_initcall(no_fair_server);
