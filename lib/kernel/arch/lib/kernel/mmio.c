// SPDX-License-Identifier: GPL-2.0-only
/* arch/lib/kernel/mmio.c - device registers: an address is a device number and an offset */
#include <linux/bug.h>
#include <linux/io.h>
#include "lk.h"

static unsigned int where(const volatile void __iomem *addr, unsigned int *off)
{
	unsigned long a = (unsigned long)addr - LK_MMIO_BASE;

	BUG_ON(a >= LK_DEVICES_MAX * LK_MMIO_STRIDE);
	*off = a % LK_MMIO_STRIDE;
	return a / LK_MMIO_STRIDE;
}

u64 lk_mmio_read(const volatile void __iomem *addr, unsigned int size)
{
	unsigned int off, dev = where(addr, &off);

	return lk_host->mmio_read(dev, off, size);
}

void lk_mmio_write(u64 val, volatile void __iomem *addr, unsigned int size)
{
	unsigned int off, dev = where(addr, &off);

	lk_host->mmio_write(dev, off, size, val);
}
