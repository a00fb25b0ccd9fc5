// SPDX-License-Identifier: GPL-2.0-only
/*
 * arch/lib/kernel/idle.c - a guest with nothing to do sleeps: housekeeping that upstream does every second or so waits until something
 * else wakes the guest
 *
 * Each of these looks at tables that are empty as long as nobody uses the feature, or adapts to traffic, which would be a wake-up itself.
 */
#include <linux/init.h>
#include <linux/workqueue.h>
#include <net/arp.h>
#include <net/ip_vs.h>
#include <net/ndisc.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "datapath.h"

static void defer(struct delayed_work *work)
{
	const bool was_pending = cancel_delayed_work_sync(work);

	work->timer.flags |= TIMER_DEFERRABLE;
	if (was_pending)
		schedule_delayed_work(work, HZ); /* from then on it asks for itself again, and keeps the flag */
}

/* IPVS looks every second whether memory is short, openvswitch every 4 s whether masks should change places. */
static int __net_init defer_in_net(struct net *net)
{
	if (IS_ENABLED(CONFIG_IP_VS) && net_ipvs(net))
		defer(&net_ipvs(net)->defense_work);
	if (IS_ENABLED(CONFIG_OPENVSWITCH))
		defer(&((struct ovs_net *)net_generic(net, ovs_net_id))->masks_rebalance);
	return 0;
}

static struct pernet_operations after_the_others = { .init = defer_in_net };

static int __init defer_housekeeping(void)
{
	/* neighbours that routing daemons ask to be kept resolved: every 5 s */
	defer(&arp_tbl.managed_work);
	if (IS_ENABLED(CONFIG_IPV6))
		defer(&nd_tbl.managed_work);
	return register_pernet_device(&after_the_others); /* not a subsystem: those come before openvswitch has its part of a new namespace */
}
late_initcall(defer_housekeeping);
