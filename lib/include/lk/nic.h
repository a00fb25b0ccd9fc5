/* SPDX-License-Identifier: GPL-2.0-only */
/* lk/nic.h - the NICs that a guest can have; each is a device (lk/device.h) behind a port (lk/netdev.h) */
#ifndef LK_NIC_H
#define LK_NIC_H

#include <stdint.h>

struct lk_port;

/*
 * lk_virtio_net_add() - a virtio network card (VIRTIO 1.2 5.1) plugged into @port, before lk_boot(). Sets port->deliver and
 * port->nic, uses port->mtu. 0, -ENOMEM or -ENOSPC. The guest names its cards eth0, eth1, ... in the order of adding.
 */
int lk_virtio_net_add(struct lk_port *port, const uint8_t mac[6]);

/*
 * lk_direct_nic_add() - the same, after lk_boot(), for a direct card: a function call a frame instead of a ring, the fast path. A frame that the medium
 * drops shows in the guest's `ip -s link`. The card has the port's name. A guest from an
 * image (lk/image.h) has its cards already: the ports of these are added first, in the same order, and find them.
 */
int lk_direct_nic_add(struct lk_port *port, const uint8_t mac[6]);

#endif
