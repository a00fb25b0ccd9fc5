// SPDX-License-Identifier: GPL-2.0-only
/*
 * arch/lib/drivers/nic.c - the direct network card: frames go to and from the host by function call, copied once
 *
 * Theory of operation: the host pushes a frame while the guest stands still (lk_guest_nic_push(), on the host's stack, in what is
 * interrupt context for the guest): it is copied into a fresh buffer and queued. The next run raises the interrupt, NAPI hands
 * the frames up one by one: no lists, in which two first packets of one connection would clash in conntrack, and GRO only where it
 * is switched on. Transmit is a call to the host that copies; like a veth it needs no queue, and what the host drops is counted
 * here (ip -s link). No offloads: every frame is complete.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include "../kernel/lk.h"

#define CARDS_MAX 16
#define QUEUE_MAX 256

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

static int card_poll(struct napi_struct *napi, int budget)
{
	struct card *c = container_of(napi, struct card, napi);
	const bool gro = c->dev->features & NETIF_F_GRO;
	struct sk_buff *skb;
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
			netif_receive_skb(skb);
	}
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
