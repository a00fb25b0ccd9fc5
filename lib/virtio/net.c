/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/virtio/net.c - a virtio network card (VIRTIO 1.2 5.1)
 *
 * Frames for the guest are copied into its receive buffers as they come; the interrupt for all of them is raised once, before the
 * guest runs. Frames from the guest are taken after it has run: it never notifies us. No offloads are offered: every frame on a
 * port is complete. Not offered either: merged receive buffers (slower for frames up to the MTU), a control queue.
 */
#include <errno.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lk/netdev.h"
#include "lk/nic.h"
#include "lib/virtio/mmio.h"

enum { RX, TX };
#define HDR sizeof(struct virtio_net_hdr_v1)

struct net_dev {
	struct lk_virtio v; /* first: converted by a cast */
	struct lk_port *port;
	struct virtio_net_config config;
	bool rx_given; /* frames were delivered since the guest last ran */
};

static int net_deliver(struct lk_port *port, const void *data, size_t len)
{
	struct net_dev *n = port->nic;
	struct lk_queue *q = &n->v.queue[RX];
	struct iovec iov[LK_CHAIN_MAX];
	struct virtio_net_hdr_v1 hdr = { .num_buffers = 1 };
	const struct iovec src[2] = { { &hdr, HDR }, { (void *)(uintptr_t)data, len } };
	uint32_t room, s = 0, soff = 0;
	uint16_t head;
	int i, cnt;

	if (len > (size_t)port->mtu + 14 + 4) /* an Ethernet header and one VLAN tag */
		return -EMSGSIZE;
	if (!lk_virtio_up(&n->v))
		return 0;
	cnt = lk_queue_take(q, true, iov, &head, &room);
	if (cnt <= 0)
		return 0;
	if (room < HDR + len) { /* the driver gives buffers for the MTU: not for this one */
		lk_queue_give(q, head, 0);
		return -EMSGSIZE;
	}
	for (i = 0; i < cnt && s < 2; i++) {
		char *dst = iov[i].iov_base;
		size_t left = iov[i].iov_len;

		while (left && s < 2) {
			size_t part = src[s].iov_len - soff;

			if (part > left)
				part = left;
			memcpy(dst, (const char *)src[s].iov_base + soff, part);
			dst += part;
			left -= part;
			soff += part;
			if (soff == src[s].iov_len) {
				s++;
				soff = 0;
			}
		}
	}
	lk_queue_give(q, head, HDR + len);
	n->rx_given = true;
	return 1;
}

static void net_before(struct lk_device *d)
{
	struct net_dev *n = (struct net_dev *)d;

	if (n->rx_given && lk_queue_wants_irq(&n->v.queue[RX]))
		lk_virtio_interrupt(&n->v);
	n->rx_given = false;
}

static bool net_after(struct lk_device *d)
{
	struct net_dev *n = (struct net_dev *)d;
	struct lk_queue *q = &n->v.queue[TX];
	struct iovec iov[LK_CHAIN_MAX];
	uint32_t total;
	uint16_t head;
	int cnt;

	if (!lk_virtio_up(&n->v) || lk_queue_empty(q))
		return false;
	while ((cnt = lk_queue_take(q, false, iov, &head, &total)) > 0) {
		struct iovec *at = iov;
		size_t skip = HDR;

		if (total > HDR) {
			while (skip >= at->iov_len) { /* the header may have a descriptor of its own, or share the first */
				skip -= at->iov_len;
				at++;
				cnt--;
			}
			at->iov_base = (char *)at->iov_base + skip;
			at->iov_len -= skip;
			n->port->ops->send(n->port, at, cnt, total - HDR);
		}
		lk_queue_give(q, head, 0);
	}
	lk_queue_no_kicks(q);
	if (!lk_queue_wants_irq(q))
		return false;
	lk_virtio_interrupt(&n->v);
	return true;
}

static void net_status(struct lk_virtio *v, uint32_t status)
{
	if (lk_virtio_up(v)) {
		lk_queue_no_kicks(&v->queue[TX]);
		lk_queue_no_kicks(&v->queue[RX]);
	}
	(void)status;
}

int lk_virtio_net_add(struct lk_port *port, const uint8_t mac[6])
{
	struct net_dev *n = calloc(1, sizeof(*n));
	int number;

	_Static_assert(offsetof(struct net_dev, v) == 0, "struct lk_virtio is converted by a cast");
	if (!n)
		return -ENOMEM;
	memcpy(n->config.mac, mac, 6);
	n->config.mtu = port->mtu;
	n->port = port;
	n->v.device_id = VIRTIO_ID_NET;
	n->v.features = 1ull << VIRTIO_NET_F_MAC | 1ull << VIRTIO_NET_F_MTU;
	/* the driver fills the receive ring with buffers of 2 KiB: it decides how much memory an idle card takes */
	n->v.queue_max[RX] = 256;
	n->v.queue_max[TX] = LK_QUEUE_MAX;
	n->v.config = &n->config;
	n->v.config_len = sizeof(n->config);
	n->v.status = net_status;
	n->v.dev.before = net_before;
	n->v.dev.after = net_after;
	number = lk_virtio_add(&n->v);
	if (number < 0) {
		free(n);
		return number;
	}
	port->nic = n;
	port->deliver = net_deliver;
	return 0;
}
