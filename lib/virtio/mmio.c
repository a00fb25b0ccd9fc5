/* SPDX-License-Identifier: GPL-2.0-only */
/* lib/virtio/mmio.c - virtio over memory-mapped registers (VIRTIO 1.2 4.2.2), version 2 */
#include "lib/virtio/mmio.h"

#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <stddef.h>
#include <string.h>

#define VENDOR 0x74646b70u

static struct lk_queue *selected(struct lk_virtio *v)
{
	return v->queue_sel < LK_VIRTIO_QUEUES ? &v->queue[v->queue_sel] : NULL;
}

static uint64_t reg_read(struct lk_device *dev, unsigned off, unsigned size)
{
	struct lk_virtio *v = (struct lk_virtio *)dev;
	struct lk_queue *q = selected(v);

	if (off >= VIRTIO_MMIO_CONFIG) {
		uint64_t val = 0;

		off -= VIRTIO_MMIO_CONFIG;
		if (size <= sizeof(val) && off <= v->config_len && size <= v->config_len - off)
			memcpy(&val, (const char *)v->config + off, size);
		return val;
	}
	if (size != 4)
		return 0;
	switch (off) {
	case VIRTIO_MMIO_MAGIC_VALUE:
		return 0x74726976;
	case VIRTIO_MMIO_VERSION:
		return 2;
	case VIRTIO_MMIO_DEVICE_ID:
		return v->device_id;
	case VIRTIO_MMIO_VENDOR_ID:
		return VENDOR;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		return v->feature_sel == 0 ? (uint32_t)v->features : v->feature_sel == 1 ? (uint32_t)(v->features >> 32) : 0;
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
		return q ? v->queue_max[v->queue_sel] : 0;
	case VIRTIO_MMIO_QUEUE_READY:
		return q && q->ready;
	case VIRTIO_MMIO_INTERRUPT_STATUS:
		return v->isr;
	case VIRTIO_MMIO_STATUS:
		return v->stat;
	default:
		return 0; /* configuration generation: it never changes; shared memory: none */
	}
}

static void set_half(uint64_t *addr, uint32_t val, bool high)
{
	*addr = high ? (*addr & 0xffffffffu) | (uint64_t)val << 32 : (*addr & ~0xffffffffull) | val;
}

static void set_status(struct lk_virtio *v, uint32_t val)
{
	if (!val) {
		for (int i = 0; i < LK_VIRTIO_QUEUES; i++)
			lk_queue_reset(&v->queue[i]);
		v->isr = 0;
		v->acked = 0;
	}
	if ((val & VIRTIO_CONFIG_S_FEATURES_OK) && (v->acked & ~v->features))
		val &= ~VIRTIO_CONFIG_S_FEATURES_OK; /* 3.1.1: what was not offered cannot be had */
	v->stat = val;
	if (v->status)
		v->status(v, val);
}

static void reg_write(struct lk_device *dev, unsigned off, unsigned size, uint64_t val64)
{
	struct lk_virtio *v = (struct lk_virtio *)dev;
	struct lk_queue *q = selected(v);
	uint32_t val = val64;

	if (size != 4 || off >= VIRTIO_MMIO_CONFIG)
		return; /* the configuration space is read-only for VERSION_1 network devices (5.1.4) */
	switch (off) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		v->feature_sel = val;
		return;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		v->driver_feature_sel = val;
		return;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		if (v->driver_feature_sel < 2)
			set_half(&v->acked, val, v->driver_feature_sel);
		return;
	case VIRTIO_MMIO_QUEUE_SEL:
		v->queue_sel = val;
		return;
	case VIRTIO_MMIO_INTERRUPT_ACK:
		v->isr &= ~val;
		return;
	case VIRTIO_MMIO_STATUS:
		set_status(v, val);
		return;
	case VIRTIO_MMIO_QUEUE_NOTIFY:
		return; /* every queue is looked at after each run */
	}
	if (!q)
		return;
	switch (off) {
	case VIRTIO_MMIO_QUEUE_NUM:
		q->num = val;
		break;
	case VIRTIO_MMIO_QUEUE_READY:
		q->event_idx = v->acked >> VIRTIO_RING_F_EVENT_IDX & 1;
		if (!val)
			lk_queue_reset(q);
		else if (lk_queue_enable(q))
			v->stat |= VIRTIO_CONFIG_S_NEEDS_RESET;
		break;
	case VIRTIO_MMIO_QUEUE_DESC_LOW:
	case VIRTIO_MMIO_QUEUE_DESC_HIGH:
		set_half(&q->desc_addr, val, off == VIRTIO_MMIO_QUEUE_DESC_HIGH);
		break;
	case VIRTIO_MMIO_QUEUE_AVAIL_LOW:
	case VIRTIO_MMIO_QUEUE_AVAIL_HIGH:
		set_half(&q->avail_addr, val, off == VIRTIO_MMIO_QUEUE_AVAIL_HIGH);
		break;
	case VIRTIO_MMIO_QUEUE_USED_LOW:
	case VIRTIO_MMIO_QUEUE_USED_HIGH:
		set_half(&q->used_addr, val, off == VIRTIO_MMIO_QUEUE_USED_HIGH);
		break;
	}
}

int lk_virtio_add(struct lk_virtio *v)
{
	_Static_assert(offsetof(struct lk_virtio, dev) == 0, "struct lk_device is converted by a cast");
	v->features |= 1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_RING_F_EVENT_IDX;
	v->dev.read = reg_read;
	v->dev.write = reg_write;
	return lk_device_add(&v->dev);
}

bool lk_virtio_up(const struct lk_virtio *v)
{
	return (v->stat & (VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_NEEDS_RESET)) == VIRTIO_CONFIG_S_DRIVER_OK;
}

void lk_virtio_interrupt(struct lk_virtio *v)
{
	v->isr |= VIRTIO_MMIO_INT_VRING;
	lk_device_irq(&v->dev);
}
