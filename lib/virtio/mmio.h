/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/virtio/mmio.h - virtio over memory-mapped registers (VIRTIO 1.2 4.2), version 2
 *
 * A device (net.c) embeds struct lk_virtio, fills in the constants and the two callbacks, and calls lk_virtio_add().
 */
#ifndef LK_VIRTIO_MMIO_H
#define LK_VIRTIO_MMIO_H

#include "lk/device.h"
#include "lib/virtio/queue.h"

#define LK_VIRTIO_QUEUES 2

struct lk_virtio {
	struct lk_device dev;
	uint32_t device_id;
	uint64_t features; /* offered; VIRTIO_F_VERSION_1 and EVENT_IDX are added by lk_virtio_add() */
	uint64_t acked;
	uint32_t queue_max[LK_VIRTIO_QUEUES]; /* largest size offered, <= LK_QUEUE_MAX */
	const void *config; /* the device's configuration space, read-only */
	uint32_t config_len;
	void (*status)(struct lk_virtio *v, uint32_t status); /* status changed; 0 = reset. May be NULL */
	/* state of the registers */
	uint32_t stat, isr, feature_sel, driver_feature_sel, queue_sel;
	struct lk_queue queue[LK_VIRTIO_QUEUES];
};

int lk_virtio_add(struct lk_virtio *v);		   /* its device number, or -errno */
bool lk_virtio_up(const struct lk_virtio *v);	   /* DRIVER_OK and no reset needed */
void lk_virtio_interrupt(struct lk_virtio *v);	   /* used-buffer interrupt (4.2.2.2) */

#endif
