// SPDX-License-Identifier: GPL-2.0-only
/*
 * arch/lib/drivers/nic.c - the direct network card: frames go to and from the host by function call, copied once
 *
 * Theory of operation: the host pushes a frame while the guest stands still (lk_guest_nic_push(), on the host's stack, in what is
 * interrupt context for the guest): it is copied into a fresh buffer and queued. The next run raises the interrupt, NAPI hands
 * the frames up in lists, which halves the cost of each. GRO only where it is switched on. Transmit is a call to the host that copies; like a veth it needs no queue, and what the host drops is counted
 * here (ip -s link). No offloads: every frame is complete.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/hash.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/ip.h>
#include "../kernel/lk.h"

#define CARDS_MAX 16
#define QUEUE_MAX 256

/*
 * Flows that lists may hold more than one packet of. conntrack looks all packets of a list up before it has made the first one's entry: of
 * two first packets of a connection a translating router would drop the second. So a flow that is not known here has one packet in a list;
 * then it is known, for the rest of the second, and until the host's next call, which may change rules or flush tables.
 */
#define FLOWS 4096
static struct {
	u32 tag, list; /* which flow, and in which list its first packet was */
} flows[FLOWS];
static u32 list_number = 1, flow_key;

struct card {
	struct napi_struct napi;
	struct sk_buff_head queue; /* only touched while the guest stands still or in NAPI: no lock */
	struct net_device *dev;
	unsigned int number;
};

static struct card *cards[CARDS_MAX];

int lk_guest_nic_push(unsigned int nic, const void *frame, unsigned int len)
{
	struct card *c = nic < CARDS_MAX ? cards[nic] : NULL;
	struct sk_buff *skb;

	if (!c || skb_queue_len(&c->queue) >= QUEUE_MAX)
		return 0;
	if (!netif_running(c->dev)) {
		dev_core_stats_rx_dropped_inc(c->dev);
		return 1;
	}
	skb = napi_alloc_skb(&c->napi, len);
	if (!skb) {
		dev_core_stats_rx_dropped_inc(c->dev);
		return -ENOMEM;
	}
	skb_put_data(skb, frame, len);
	__skb_queue_tail(&c->queue, skb);
	lk_irq_raise(LK_IRQ_NIC);
	return 1;
}

void lk_nic_irq(void)
{
	unsigned int i;

	for (i = 0; i < CARDS_MAX && cards[i]; i++)
		if (!skb_queue_empty(&cards[i]->queue))
			napi_schedule(&cards[i]->napi);
}

/* A number for the connection that @skb belongs to; 0: not to be told from others, or related to another one. */
static u32 flow_of(const struct sk_buff *skb)
{
	const void *l4;
	u32 a, b, proto, ports;

	if (skb->protocol == htons(ETH_P_IP)) {
		const struct iphdr *ip = (const void *)skb->data;

		if (skb->len < sizeof(*ip) + 8 || ip->ihl != 5 || ip->frag_off & htons(IP_MF | IP_OFFSET))
			return 0;
		a = (__force u32)ip->saddr;
		b = (__force u32)ip->daddr;
		proto = ip->protocol;
		l4 = ip + 1;
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		const struct ipv6hdr *ip = (const void *)skb->data;

		if (skb->len < sizeof(*ip) + 8)
			return 0;
		a = jhash2((const u32 *)&ip->saddr, 4, flow_key);
		b = jhash2((const u32 *)&ip->daddr, 4, flow_key);
		proto = ip->nexthdr;
		l4 = ip + 1;
	} else {
		return 0;
	}
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return 0;
	ports = get_unaligned((const u32 *)l4);
	return jhash_3words(a, b, ports + proto, flow_key) | 1;
}

static void hand_up(struct list_head *list)
{
	netif_receive_skb_list(list);
	INIT_LIST_HEAD(list);
	list_number++;
}

/* @skb behind @list, or first what is on it, if one of these has to be through before. */
static void enlist(struct sk_buff *skb, struct list_head *list, u32 age)
{
	const u32 flow = flow_of(skb), slot = flow / 2 % FLOWS;

	if (!flow) {
		hand_up(list);
		list_add_tail(&skb->list, list);
		hand_up(list);
		return;
	}
	if (flows[slot].tag != (flow ^ age)) {
		flows[slot].tag = flow ^ age;
		flows[slot].list = list_number;
	} else if (flows[slot].list == list_number) {
		hand_up(list);
	}
	list_add_tail(&skb->list, list);
}

static int card_poll(struct napi_struct *napi, int budget)
{
	struct card *c = container_of(napi, struct card, napi);
	const bool gro = c->dev->features & NETIF_F_GRO;
	const u32 age = hash_32(lk_calls_taken + jiffies / HZ, 32);
	struct sk_buff *skb;
	LIST_HEAD(list);
	int done;

	for (done = 0; done < budget; done++) {
		skb = __skb_dequeue(&c->queue);
		if (!skb)
			break;
		dev_sw_netstats_rx_add(c->dev, skb->len);
		skb->protocol = eth_type_trans(skb, c->dev);
		if (gro)
			napi_gro_receive(napi, skb);
		else
			enlist(skb, &list, age);
	}
	hand_up(&list);
	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

static netdev_tx_t card_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct card *c = netdev_priv(dev);

	if (unlikely(skb_linearize(skb)) || !lk_host->nic_send(c->number, skb->data, skb->len)) {
		dev_core_stats_tx_dropped_inc(dev);
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	dev_sw_netstats_tx_add(dev, 1, skb->len);
	consume_skb(skb);
	return NETDEV_TX_OK;
}

static int card_open(struct net_device *dev)
{
	struct card *c = netdev_priv(dev);

	napi_enable(&c->napi);
	netif_start_queue(dev);
	return 0;
}

static int card_stop(struct net_device *dev)
{
	struct card *c = netdev_priv(dev);

	netif_stop_queue(dev);
	napi_disable(&c->napi);
	__skb_queue_purge(&c->queue);
	return 0;
}

static const struct net_device_ops card_ops = {
	.ndo_open = card_open,
	.ndo_stop = card_stop,
	.ndo_start_xmit = card_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static void card_info(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "stdpkt", sizeof(info->driver));
}

static const struct ethtool_ops card_ethtool = {
	.get_drvinfo = card_info,
	.get_link = ethtool_op_get_link,
};

/* In a thread that serves calls: at boot, or when a guest goes on from an image. */
long lk_nic_add(unsigned int number)
{
	struct net_device *dev;
	unsigned char mac[ETH_ALEN];
	struct card *c;
	unsigned int mtu;
	int err;

	if (number >= CARDS_MAX)
		return -ENOSPC;
	get_random_bytes(&flow_key, sizeof(flow_key));
	dev = alloc_etherdev(sizeof(struct card));
	if (!dev)
		return -ENOMEM;
	lk_host->nic_info(number, dev->name, mac, &mtu);
	eth_hw_addr_set(dev, mac);
	dev->mtu = mtu;
	dev->max_mtu = mtu;
	dev->netdev_ops = &card_ops;
	dev->ethtool_ops = &card_ethtool;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_NO_QUEUE;
	dev->lltx = true;
	c = netdev_priv(dev);
	c->dev = dev;
	c->number = number;
	__skb_queue_head_init(&c->queue);
	netif_napi_add(dev, &c->napi, card_poll);
	netif_carrier_off(dev);
	err = register_netdev(dev);
	if (err) {
		free_netdev(dev);
		return err;
	}
	netif_carrier_on(dev); /* from off to on: only then does the link watch call it UP */
	cards[number] = c;
	return 0;
}
