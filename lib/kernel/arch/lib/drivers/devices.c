// SPDX-License-Identifier: GPL-2.0-only
/* arch/lib/drivers/devices.c - the platform bus: one virtio-mmio window and one interrupt a device (VIRTIO 1.2 4.2) */
#include <linux/init.h>
#include <linux/irq.h>
#include <linux/platform_device.h>
#include <asm/lk_layout.h>
#include "../kernel/lk.h"

static int __init add_devices(void)
{
	unsigned int i;

	for (i = 0; i < lk_host->devices && i < LK_DEVICES_MAX; i++) {
		const struct resource res[] = {
			DEFINE_RES_MEM(LK_MMIO_BASE + i * LK_MMIO_STRIDE, LK_MMIO_STRIDE),
			DEFINE_RES_IRQ(LK_IRQ_DEVICE + i),
		};

		platform_device_register_simple("virtio-mmio", i, res, ARRAY_SIZE(res));
	}
	return 0;
}
device_initcall(add_devices);
