/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/direct.c - the host's side of direct network cards: a function call in each direction (lib/kernel/arch/lib/drivers/nic.c)
 */
#include "lib/direct.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lk/host.h"
#include "lk/netdev.h"
#include "lk/nic.h"

static struct {
	struct lk_port *port;
	unsigned char mac[6];
} cards[LK_DIRECT_CARDS];
static unsigned count;

static int deliver(struct lk_port *port, const void *data, size_t len)
{
	int ret;

	if (len > (size_t)port->mtu + 14 + 4) /* an Ethernet header and one VLAN tag */
		return -EMSGSIZE;
	ret = lk_guest_nic_push((unsigned)((char *)port->nic - (char *)cards) / sizeof(cards[0]), data, (unsigned)len);
	return ret < 0 ? 1 : ret; /* no memory: dropped and counted in the guest */
}

int lk_direct_nic_add(struct lk_port *port, const uint8_t mac[6])
{
	if (count == LK_DIRECT_CARDS)
		return -ENOSPC;
	cards[count].port = port;
	memcpy(cards[count].mac, mac, 6);
	port->nic = &cards[count++];
	port->deliver = deliver;
	return lk_direct_start(count - 1);
}

unsigned lk_direct_count(void)
{
	return count;
}

void lk_direct_info(unsigned nic, char name[16], unsigned char mac[6], unsigned *mtu)
{
	snprintf(name, 16, "%s", cards[nic].port->name);
	memcpy(mac, cards[nic].mac, 6);
	*mtu = cards[nic].port->mtu;
}

static uint64_t dropped(const struct lk_port_stats *s)
{
	return s->tx_full + s->tx_noreturn + s->tx_gone + s->tx_oversize;
}

int lk_direct_send(unsigned nic, const void *frame, unsigned len)
{
	struct lk_port *port = cards[nic].port;
	const struct iovec iov = { (void *)(uintptr_t)frame, len };
	const uint64_t before = dropped(&port->stats);

	port->ops->send(port, &iov, 1, len);
	return dropped(&port->stats) == before;
}
