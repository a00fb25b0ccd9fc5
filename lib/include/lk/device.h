/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lk/device.h - a device on the guest's platform bus: registers behind a virtio-mmio window, one interrupt line
 *
 * Devices are added before lk_boot() and stay. lk_run() asks each one in turn; see lib/virtio/.
 */
#ifndef LK_DEVICE_H
#define LK_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

struct lk_device {
	/* registers, VIRTIO 1.2 4.2.2; called on a guest stack: shallow. @size 1, 2, 4 or 8 */
	uint64_t (*read)(struct lk_device *d, unsigned off, unsigned size);
	void (*write)(struct lk_device *d, unsigned off, unsigned size, uint64_t val);
	void (*before)(struct lk_device *d); /* the guest is about to run: raise what interrupts are due */
	bool (*after)(struct lk_device *d);  /* the guest is idle: take what it left; true = it must run again */
	unsigned number;		     /* set by lk_device_add() */
};

#define LK_DEVICES 16
int lk_device_add(struct lk_device *d);	 /* its number, or -ENOSPC */
void lk_device_irq(struct lk_device *d); /* raise its interrupt: delivered by the next run */
/* lk_guest_memory() - [@addr, @addr + @len) is memory of the guest, safe to read and write. */
bool lk_guest_memory(uint64_t addr, uint64_t len);

#endif
