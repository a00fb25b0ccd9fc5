/* SPDX-License-Identifier: GPL-2.0-only */
/* lib/direct.h - what the host side of the guest (lib/host/) asks of direct cards; users of cards want lk/nic.h */
#ifndef LK_DIRECT_H
#define LK_DIRECT_H

#include "lk/host.h"

#define LK_DIRECT_CARDS 16

unsigned lk_direct_count(void);
/* By the host side: makes card @nic appear in the guest, unless the guest came with it from its image. 0 or -errno. */
int lk_direct_start(unsigned nic);
/* By the host side: a card is about to take the first frame of all. */
void lk_direct_first(void);
void lk_direct_info(unsigned nic, char name[16], unsigned char mac[6], unsigned *mtu);
int lk_direct_send(unsigned nic, const struct lk_guest_piece *piece, unsigned n, const void *offload);

#endif
