/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/direct.c - the host's side of direct network cards: a function call in each direction (lib/kernel/arch/lib/drivers/nic.c)
 */
#define _GNU_SOURCE
#include "lib/direct.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lk/host.h"
#include "lk/netdev.h"
#include "lk/nic.h"

static struct {
	struct lk_port *port;
	unsigned char mac[6];
} cards[LK_DIRECT_CARDS];
static unsigned count;

static unsigned card_number(const struct lk_port *port)
{
	return (unsigned)((char *)port->nic - (char *)cards) / sizeof(cards[0]);
}

_Static_assert(sizeof(struct lk_guest_piece) == sizeof(struct iovec) &&
	       offsetof(struct lk_guest_piece, len) == offsetof(struct iovec, iov_len), "a piece is an iovec by another name");

/* An Ethernet header and one VLAN tag beside the MTU, or beside the longest packet there is, of which segments are to be made. */
static int deliver(struct lk_port *port, const void *data, size_t len)
{
	const struct virtio_net_hdr *offload = port->offload;
	const struct lk_guest_piece whole = { data, len };
	static bool used;
	int ret;

	if (!used) {
		used = true;
		lk_direct_first();
	}
	if (len > (offload && offload->gso_type ? 65535 : (size_t)port->mtu) + 14 + 4)
		return -EMSGSIZE;
	ret = lk_guest_nic_push(card_number(port), port->pieces ? (const struct lk_guest_piece *)port->pieces : &whole, (unsigned)len, offload);
	return ret < 0 ? 1 : ret; /* no memory: dropped and counted in the guest */
}

static void agreed(struct lk_port *port)
{
	lk_guest_nic_offload(card_number(port));
}

static uint8_t *place(int fd, bool own)
{
	void *map = mmap(NULL, LK_POOL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), *at;

	if (map == MAP_FAILED)
		return NULL;
	at = (void *)lk_guest_pool(own); // NOLINT(performance-no-int-to-ptr): the guest's addresses are ours
	if (!at) {
		munmap(map, LK_POOL_BYTES);
		return NULL;
	}
	if (mremap(map, LK_POOL_BYTES, LK_POOL_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED, at) != at) {
		cards[0].port->say(cards[0].port, "unable to lay shared memory over the guest's, of which a piece is gone");
		abort();
	}
	madvise(at, LK_POOL_BYTES, MADV_DONTFORK);
	return at;
}

static bool busy(const void *at)
{
	return lk_guest_pool_busy(at);
}

static struct lk_pools pools = { .place = place, .busy = busy };

static void lent_back(struct lk_port *port, unsigned number)
{
	lk_guest_nic_sent(card_number(port), number);
}

int lk_direct_nic_add(struct lk_port *port, const uint8_t mac[6])
{
	if (count == LK_DIRECT_CARDS)
		return -ENOSPC;
	cards[count].port = port;
	memcpy(cards[count].mac, mac, 6);
	port->nic = &cards[count++];
	port->deliver = deliver;
	port->agreed = agreed;
	port->pools = &pools;
	port->lent_back = lent_back;
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

int lk_direct_send(unsigned nic, const struct lk_guest_piece *piece, unsigned n, const void *offload)
{
	struct lk_port *port = cards[nic].port;
	const uint64_t before = dropped(&port->stats);
	size_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += piece[i].len;
	port->offload = offload;
	port->ops->send(port, (const struct iovec *)piece, (int)n, len);
	port->offload = NULL;
	if (port->kept) {
		const unsigned number = port->kept - 1;

		port->kept = 0;
		return 2 + (int)number;
	}
	return dropped(&port->stats) == before;
}
