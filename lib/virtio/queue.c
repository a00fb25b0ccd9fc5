/* SPDX-License-Identifier: GPL-2.0-only */
/* lib/virtio/queue.c - the device's side of a split virtqueue (VIRTIO 1.2 2.7) */
#include "lib/virtio/queue.h"

#include <errno.h>
#include <string.h>

#include "lk/device.h"

int lk_queue_enable(struct lk_queue *q)
{
	uint32_t n = q->num;

	if (!n || n > LK_QUEUE_MAX || (n & (n - 1)) || (q->desc_addr & 15) || (q->avail_addr & 1) || (q->used_addr & 3) ||
	    !lk_guest_memory(q->desc_addr, n * sizeof(struct vring_desc)) || !lk_guest_memory(q->avail_addr, 6 + 2 * n) ||
	    !lk_guest_memory(q->used_addr, 6 + 8 * n)) {
		q->broken = true;
		return -EINVAL;
	}
	q->desc = (struct vring_desc *)(uintptr_t)q->desc_addr;
	q->avail = (struct vring_avail *)(uintptr_t)q->avail_addr;
	q->used = (struct vring_used *)(uintptr_t)q->used_addr;
	q->next = q->used_idx = q->told = 0;
	q->ready = true;
	return 0;
}

void lk_queue_reset(struct lk_queue *q)
{
	memset(q, 0, sizeof(*q));
}

bool lk_queue_empty(const struct lk_queue *q)
{
	return !q->ready || q->broken || q->next == *(volatile uint16_t *)&q->avail->idx;
}

static int broken(struct lk_queue *q)
{
	q->broken = true;
	return -EINVAL;
}

int lk_queue_take(struct lk_queue *q, bool write, struct iovec *iov, uint16_t *head, uint32_t *total)
{
	struct vring_desc *table = q->desc;
	uint32_t entries, i, sum = 0;
	int n = 0;

	if (lk_queue_empty(q))
		return q->broken ? -EINVAL : 0;
	if ((uint16_t)(q->avail->idx - q->next) > q->num)
		return broken(q);
	i = *head = q->avail->ring[q->next & (q->num - 1)];
	entries = q->num;
	if (i >= entries)
		return broken(q);
	if (table[i].flags & VRING_DESC_F_INDIRECT) { /* 2.7.5.3: the whole chain is in a table of its own */
		uint32_t len = table[i].len;

		if (!len || len % sizeof(struct vring_desc) || (table[i].flags & VRING_DESC_F_NEXT) || (table[i].addr & 7) ||
		    !lk_guest_memory(table[i].addr, len))
			return broken(q);
		entries = len / sizeof(struct vring_desc);
		table = (struct vring_desc *)(uintptr_t)table[i].addr;
		i = 0;
	}
	for (;;) {
		const struct vring_desc *d = &table[i];

		if (n == LK_CHAIN_MAX || !(d->flags & VRING_DESC_F_WRITE) == write || (d->flags & VRING_DESC_F_INDIRECT) ||
		    !lk_guest_memory(d->addr, d->len) || d->len > UINT32_MAX - sum)
			return broken(q);
		iov[n].iov_base = (void *)(uintptr_t)d->addr;
		iov[n++].iov_len = d->len;
		sum += d->len;
		if (!(d->flags & VRING_DESC_F_NEXT))
			break;
		i = d->next;
		if (i >= entries)
			return broken(q);
	}
	q->next++;
	*total = sum;
	return n;
}

void lk_queue_give(struct lk_queue *q, uint16_t head, uint32_t written)
{
	struct vring_used_elem *e = &q->used->ring[q->used_idx & (q->num - 1)];

	e->id = head;
	e->len = written;
	q->used->idx = ++q->used_idx;
}

bool lk_queue_wants_irq(struct lk_queue *q)
{
	uint16_t old = q->told, new = q->used_idx;

	if (!q->ready || q->broken || old == new)
		return false;
	q->told = new;
	if (!q->event_idx)
		return !(q->avail->flags & VRING_AVAIL_F_NO_INTERRUPT);
	return vring_need_event(q->avail->ring[q->num], new, old); /* used_event, 2.7.6 */
}

void lk_queue_no_kicks(struct lk_queue *q)
{
	if (!q->ready || q->broken)
		return;
	q->used->flags = VRING_USED_F_NO_NOTIFY;
	/* avail_event (2.7.8) stands behind the used ring: half the number space away it is never reached before we look */
	memcpy(&q->used->ring[q->num], &(uint16_t){ q->next + 0x8000 }, sizeof(uint16_t));
}
