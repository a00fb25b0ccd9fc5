/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/virtio/queue.h - the device's side of a split virtqueue (VIRTIO 1.2 2.7)
 *
 * Guest and device run in turn on one thread: no barriers are needed, each sees all that the other wrote. What the guest wrote
 * is nevertheless checked: indices, chain lengths and addresses. A queue that fails a check is broken and stays so (2.1.2:
 * the device needs a reset).
 */
#ifndef LK_VIRTIO_QUEUE_H
#define LK_VIRTIO_QUEUE_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#define LK_QUEUE_MAX 1024u
#define LK_CHAIN_MAX 64 /* descriptors in a chain that we follow */

struct lk_queue {
	uint32_t num; /* size, a power of two <= LK_QUEUE_MAX; 0 until set */
	bool ready, broken, event_idx;
	uint64_t desc_addr, avail_addr, used_addr;
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t next;	   /* avail entries taken */
	uint16_t used_idx; /* used entries given */
	uint16_t told;	   /* used_idx at the last interrupt decision */
};

int lk_queue_enable(struct lk_queue *q); /* checks size and addresses; 0 or -EINVAL */
void lk_queue_reset(struct lk_queue *q);

/*
 * lk_queue_take() - the next chain the guest made available: its pieces in @iov (at most LK_CHAIN_MAX), *@total their bytes.
 * @write: pieces the device writes (else: reads); a chain that mixes both breaks the queue. Returns the number of pieces, 0 = none
 * available, -EINVAL = broken. *@head goes to lk_queue_give().
 */
int lk_queue_take(struct lk_queue *q, bool write, struct iovec *iov, uint16_t *head, uint32_t *total);
void lk_queue_give(struct lk_queue *q, uint16_t head, uint32_t written);
bool lk_queue_empty(const struct lk_queue *q);	   /* nothing available */
bool lk_queue_wants_irq(struct lk_queue *q);	   /* used entries were given that the driver wants to hear of (2.7.7) */
void lk_queue_no_kicks(struct lk_queue *q);	   /* tell the driver that no notification is needed: we look by ourselves */

#endif
