// SPDX-License-Identifier: GPL-2.0-only
/*
 * arch/lib/kernel/thaw.c - a guest goes on from an image that others go on from, too: what was random must become so again
 *
 * The generator takes new seeds from the host at once, and with them its batches are void. Secrets that are drawn at their first use
 * (sequence numbers, ports, conntrack's and the socket tables' hashes) have not been drawn, unless packets or sockets were at work
 * before the image was made. Hash keys that are drawn with their table are drawn again where the table is still empty.
 */
#include <linux/fs.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/rtnetlink.h>
#include <net/arp.h>
#include <net/inet_frag.h>
#include <net/ndisc.h>
#include <net/net_namespace.h>
#include "lk.h"

static void neighbours(struct neigh_table *table)
{
	struct neigh_hash_table *hash = rcu_dereference_protected(table->nht, 1);
	int i;

	if (!hash || atomic_read(&table->entries))
		return;
	for (i = 0; i < NEIGH_NUM_HASH_RND; i++)
		hash->hash_rnd[i] = get_random_u32() | 1; /* odd, as upstream wants it */
}

static void fragments(struct fqdir *dir)
{
	struct rhashtable *table = dir ? &dir->rhashtable : NULL;

	if (table && !atomic_read(&table->nelems))
		rcu_dereference_protected(table->tbl, 1)->hash_rnd = get_random_u32();
}

long lk_thaw(void)
{
	struct net *net;

	/* asks arch_get_random_seed_longs(), which is the host */
	urandom_fops.unlocked_ioctl(NULL, RNDRESEEDCRNG, 0);
	rtnl_lock();
	neighbours(&arp_tbl);
#if IS_ENABLED(CONFIG_IPV6)
	neighbours(&nd_tbl);
#endif
	for_each_net(net) {
		fragments(net->ipv4.fqdir);
#if IS_ENABLED(CONFIG_IPV6)
		fragments(net->ipv6.fqdir);
#endif
	}
	rtnl_unlock();
	return 0;
}
