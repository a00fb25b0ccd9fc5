// SPDX-License-Identifier: GPL-2.0-only
/*
 * arch/lib/drivers/nic.c - the direct network card: frames go to and from the host by function call, copied once at most
 *
 * Theory of operation: the host pushes a frame while the guest stands still (lk_guest_nic_push(), on the host's stack, in what is
 * interrupt context for the guest): it is copied into a fresh buffer and queued. The next run raises the interrupt, NAPI hands
 * the frames up in lists: 20 to 30 % more of them a second than one by one. GRO only where it is switched on. Transmit is a call to the host
 * that copies; like a veth it needs no queue, and what the host drops is counted here (ip -s link).
 *
 * Buffers are pieces of pages that the card gets back (a page pool): a batch of hundreds would otherwise go through the page allocator
 * frame by frame, a tenth of what forwarding costs.
 *
 * Offloads: the card offers none until its link has agreed on them (lk_guest_nic_offload()); then frames leave in pieces, with checksums
 * not filled in and segments over the MTU, and a struct virtio_net_hdr that says so. What comes with one is checked as upstream's
 * virtio_net checks it. Whatever else leaves the guest upstream's code segments and completes.
 *
 * Lending: the payload of large frames is put where neighbours can read it (pool.h): of those that come in, since they will most likely leave
 * again, and of what TCP connections send by such a card. The host may then take such a frame without a copy and keep it for a while;
 * another one it copies. And what a neighbour has lent stays where it is, in a window into his memory, from where it may be lent again. He can
 * change those bytes at any time, as a program can those that it sends with MSG_ZEROCOPY or from a file, and they are marked like these. Headers are never
 * there: they are copied.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/hash.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/virtio_net.h>
#include <net/ip.h>
#include <net/page_pool/helpers.h>
#include <net/tcp.h>
#include <asm/lk_explain.h>
#include "../kernel/lk.h"
#include "dev.h"
#include "pool.h"

#define CARDS_MAX 16
#define QUEUE_MAX 256
#define LINEAR 256 /* bytes of a large frame that lie before its pages: more than its headers */
#define LARGE 2048

#define OFFLOADS (NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_TSO_ECN | NETIF_F_GSO_UDP_L4)

/*
 * Flows that lists may hold more than one packet of. conntrack looks all packets of a list up before it has made the first one's entry: of
 * two first packets of a connection a translating router would drop the second, and a connection that the packet before it announces (FTP)
 * would not be known as expected. So a flow that is not known here, or whose place another one took, begins a list, and has one packet in it;
 * then it is known, for the rest of the second, and until the host's next call, which may change rules or flush tables.
 */
#define FLOWS 16384
static struct {
	u32 tag, list; /* which flow, and in which list its first packet was */
} flows[FLOWS];
static u32 list_number = 1, flow_key;

struct card {
	struct napi_struct napi;
	struct sk_buff_head queue; /* only touched while the guest stands still or in NAPI: no lock */
	struct net_device *dev;
	struct page_pool *pool;
	unsigned int number;
	bool offload, offload_told; /* the link has agreed; the device knows */
	struct work_struct tell;
	struct sk_buff *lent[LK_LENT_MAX]; /* that the neighbour, or one behind him, may still read */
};

static struct card *cards[CARDS_MAX];

/* The next @n bytes of a frame in pieces. */
static void take(const struct lk_guest_piece **piece, unsigned long *off, void *to, unsigned long n)
{
	while (n) {
		unsigned long k = min((*piece)->len - *off, n);

		memcpy(to, (*piece)->data + *off, k);
		to += k;
		n -= k;
		*off += k;
		if (*off == (*piece)->len) {
			(*piece)++;
			*off = 0;
		}
	}
}

/* A buffer for a large frame whose payload lies in our pool. NULL: there is not enough of it. */
static struct sk_buff *pool_skb(unsigned int head, unsigned int payload)
{
	struct sk_buff *skb = alloc_skb(head, GFP_ATOMIC | __GFP_NOWARN);
	unsigned int i;

	for (i = 0; skb && payload; i++) {
		const unsigned int n = min_t(unsigned int, payload, LK_CHUNK_BYTES);
		struct page *page = i < MAX_SKB_FRAGS ? lk_pool_get() : NULL;

		if (!page) {
			kfree_skb(skb);
			return NULL;
		}
		skb_fill_page_desc(skb, i, page, 0, n);
		skb->truesize += PAGE_ALIGN(n);
		payload -= n;
	}
	return skb;
}

/* A buffer for a frame whose payload stays where it is, in windows. NULL: it has to be copied. */
static struct sk_buff *seen_skb(const struct lk_guest_piece *piece, unsigned int len)
{
	const unsigned int head = NET_SKB_PAD + NET_IP_ALIGN;
	unsigned int left = len - piece->len, i;
	struct sk_buff *skb;

	if (piece->len < ETH_HLEN + sizeof(struct iphdr) || piece->len > LARGE || !lk_pool_seen(piece[1].data, 1))
		return NULL;
	skb = alloc_skb(head + max_t(unsigned int, LINEAR, piece->len), GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, head);
	skb_put_data(skb, piece->data, piece->len);
	for (i = 0; left; i++) {
		struct page *page;

		piece++;
		page = i < MAX_SKB_FRAGS && piece->len ? lk_pool_seen(piece->data, piece->len) : NULL;
		if (!page) {
			kfree_skb(skb);
			return NULL;
		}
		get_page(page);
		skb_fill_page_desc(skb, i, page, piece->data - page_address(page), piece->len);
		left -= piece->len;
	}
	skb_shinfo(skb)->flags |= SKBFL_SHARED_FRAG;
	skb_len_add(skb, len - skb->len);
	return skb;
}

/* A buffer with the frame in it; the payload of a large one in pages, where they can be lent if it leaves again. */
static struct sk_buff *card_skb(struct card *c, const struct lk_guest_piece *piece, unsigned int len)
{
	const unsigned int head = NET_SKB_PAD + NET_IP_ALIGN;
	unsigned long off = 0;
	struct sk_buff *skb;
	unsigned int i;
	int err;

	if (len <= LARGE) {
		unsigned int size = SKB_HEAD_ALIGN(head + len);
		void *data = page_pool_dev_alloc_va(c->pool, &size);

		if (!data)
			return NULL;
		skb = napi_build_skb(data, size);
		if (!skb) {
			page_pool_free_va(c->pool, data, true);
			return NULL;
		}
		skb_mark_for_recycle(skb);
		skb_reserve(skb, head);
		take(&piece, &off, skb_put(skb, len), len);
		return skb;
	}
	skb = piece->len < len ? seen_skb(piece, len) : NULL;
	if (skb)
		return skb;
	if (len >= LK_LENT_MIN)
		skb = pool_skb(head + LINEAR, len - LINEAR);
	if (!skb)
		skb = alloc_skb_with_frags(head + LINEAR, len - LINEAR, PAGE_ALLOC_COSTLY_ORDER, &err, GFP_ATOMIC | __GFP_NOWARN);
	if (skb) {
		skb_reserve(skb, head);
		take(&piece, &off, skb_put(skb, LINEAR), LINEAR);
		for (i = 0; i < skb_shinfo(skb)->nr_frags; i++)
			take(&piece, &off, skb_frag_address(&skb_shinfo(skb)->frags[i]), skb_frag_size(&skb_shinfo(skb)->frags[i]));
		skb->data_len = len - LINEAR;
		skb->len += len - LINEAR;
	}
	return skb;
}

int lk_guest_nic_push(unsigned int nic, const struct lk_guest_piece *piece, unsigned int len, const void *offload)
{
	struct card *c = nic < CARDS_MAX ? cards[nic] : NULL;
	struct sk_buff *skb;

	if (!c || skb_queue_len(&c->queue) >= QUEUE_MAX)
		return 0;
	if (!netif_running(c->dev)) {
		dev_core_stats_rx_dropped_inc(c->dev);
		return 1;
	}
	skb = card_skb(c, piece, len);
	if (!skb) {
		dev_core_stats_rx_dropped_inc(c->dev);
		return -ENOMEM;
	}
	if (offload && virtio_net_hdr_to_skb(skb, offload, true)) {
		dev_core_stats_rx_dropped_inc(c->dev);
		kfree_skb(skb);
		return 1;
	}
	if (unlikely(lk_explaining))
		lk_explain_take(skb);
	__skb_queue_tail(&c->queue, skb);
	lk_irq_raise(LK_IRQ_NIC);
	return 1;
}

void lk_guest_nic_offload(unsigned int nic)
{
	if (nic < CARDS_MAX && cards[nic]) {
		cards[nic]->offload = true;
		lk_irq_raise(LK_IRQ_NIC);
	}
}

void lk_guest_nic_sent(unsigned int nic, unsigned int number)
{
	consume_skb(cards[nic]->lent[number]);
	cards[nic]->lent[number] = NULL;
}

static void card_tell(struct work_struct *work)
{
	struct card *c = container_of(work, struct card, tell);

	rtnl_lock();
	netdev_update_features(c->dev);
	rtnl_unlock();
}

void lk_nic_irq(void)
{
	unsigned int i;

	for (i = 0; i < CARDS_MAX && cards[i]; i++) {
		struct card *c = cards[i];

		if (!skb_queue_empty(&c->queue))
			napi_schedule(&c->napi);
		if (c->offload != c->offload_told) {
			c->offload_told = c->offload;
			schedule_work(&c->tell);
		}
	}
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
		hand_up(list);
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

/* What is left to do to @skb is for its receiver. As nic_send(). */
static int card_send(struct card *c, struct sk_buff *skb)
{
	const bool offload = skb_is_gso(skb) || skb->ip_summed == CHECKSUM_PARTIAL;
	struct lk_guest_piece piece[1 + MAX_SKB_FRAGS];
	struct virtio_net_hdr hdr;
	unsigned int i;

	if (offload && virtio_net_hdr_from_skb(skb, &hdr, true, false, 0))
		return 0;
	piece[0] = (struct lk_guest_piece){ skb->data, skb_headlen(skb) };
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		piece[1 + i] = (struct lk_guest_piece){ skb_frag_address(frag), skb_frag_size(frag) };
	}
	return lk_host->nic_send(c->number, piece, 1 + i, offload ? &hdr : NULL);
}

static netdev_tx_t card_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct card *c = netdev_priv(dev);
	const unsigned int len = skb->len;
	int sent;

	if (unlikely(lk_explaining))
		lk_explain_send(skb, c->number);
	sent = card_send(c, skb);
	if (unlikely(!sent)) {
		dev_core_stats_tx_dropped_inc(dev);
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	dev_sw_netstats_tx_add(dev, 1, len);
	if (sent == 1) {
		napi_consume_skb(skb, 1);
	} else {
		skb_orphan(skb);
		skb_dst_drop(skb);
		nf_reset_ct(skb);
		c->lent[sent - 2] = skb;
	}
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

static netdev_features_t card_fix_features(struct net_device *dev, netdev_features_t features)
{
	const struct card *c = netdev_priv(dev);

	return c->offload ? features : features & ~OFFLOADS;
}

static const struct net_device_ops card_ops = {
	.ndo_open = card_open,
	.ndo_stop = card_stop,
	.ndo_start_xmit = card_xmit,
	.ndo_fix_features = card_fix_features,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

bool lk_nic_lends(struct sock *sk)
{
	const struct dst_entry *dst = sk_is_tcp(sk) ? __sk_dst_get(sk) : NULL;

	/* what will be encrypted, by kTLS or IPsec, is nothing for neighbours */
	return dst && sk->sk_prot->sendmsg == tcp_sendmsg && !dst_xfrm(dst) && dst->dev->netdev_ops == &card_ops &&
	       ((struct card *)netdev_priv(dst->dev))->offload;
}

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
	dev->hw_features = dev->vlan_features = OFFLOADS;
	dev->features = OFFLOADS | NETIF_F_GSO_ROBUST; /* the stranger's header is checked where it comes in */
	c = netdev_priv(dev);
	c->dev = dev;
	c->number = number;
	__skb_queue_head_init(&c->queue);
	INIT_WORK(&c->tell, card_tell);
	netif_napi_add(dev, &c->napi, card_poll);
	c->pool = page_pool_create(&(struct page_pool_params){ .pool_size = QUEUE_MAX, .nid = NUMA_NO_NODE, .napi = &c->napi, .netdev = dev });
	err = PTR_ERR_OR_ZERO(c->pool);
	if (err)
		goto no_pool;
	netif_carrier_off(dev);
	err = register_netdev(dev);
	if (err)
		goto no_dev;
	/* from off to on: only then does the link watch call it UP, and at once only if it is told to */
	netif_carrier_on(dev);
	rtnl_lock();
	linkwatch_run_queue();
	rtnl_unlock();
	cards[number] = c;
	return 0;
no_dev:
	page_pool_destroy(c->pool);
no_pool:
	free_netdev(dev);
	return err;
}
