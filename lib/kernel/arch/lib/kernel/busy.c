// SPDX-License-Identifier: GPL-2.0-only
/* arch/lib/kernel/busy.c - counts the frames that the guest holds and will still send or drop by itself: what the end of input waits for */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/arp.h>
#include <net/ndisc.h>
#include <net/neighbour.h>
#include <net/net_namespace.h>
#include <net/sch_generic.h>
#include "lk.h"

static void count_neighbour(struct neighbour *n, void *count)
{
	*(long *)count += skb_queue_len(&n->arp_queue);
}

long lk_busy_frames(void)
{
	struct net_device *dev;
	struct net *net;
	long count = 0;
	unsigned int i;

	neigh_for_each(&arp_tbl, count_neighbour, &count);
#if IS_ENABLED(CONFIG_IPV6)
	neigh_for_each(&nd_tbl, count_neighbour, &count);
#endif
	rtnl_lock();
	for_each_net(net) {
		for_each_netdev(net, dev) {
			for (i = 0; i < dev->num_tx_queues; i++) {
				struct Qdisc *q = rtnl_dereference(netdev_get_tx_queue(dev, i)->qdisc_sleeping);

				if (q)
					count += qdisc_qlen_sum(q);
			}
		}
	}
	rtnl_unlock();
	return count;
}
