/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/io.h - device registers are calls to the host's device model; all other memory is memory */
#ifndef _LIB_IO_H
#define _LIB_IO_H

#include <linux/types.h>
#include <asm/lk_layout.h>

u64 lk_mmio_read(const volatile void __iomem *addr, unsigned int size);
void lk_mmio_write(u64 val, volatile void __iomem *addr, unsigned int size);

#define __raw_readb(a)		((u8)lk_mmio_read(a, 1))
#define __raw_readw(a)		((u16)lk_mmio_read(a, 2))
#define __raw_readl(a)		((u32)lk_mmio_read(a, 4))
#define __raw_readq(a)		((u64)lk_mmio_read(a, 8))
#define __raw_writeb(v, a)	lk_mmio_write(v, a, 1)
#define __raw_writew(v, a)	lk_mmio_write(v, a, 2)
#define __raw_writel(v, a)	lk_mmio_write(v, a, 4)
#define __raw_writeq(v, a)	lk_mmio_write(v, a, 8)

#define ioremap(phys, size)	((void __iomem *)(unsigned long)(phys))
#define iounmap(addr)		((void)(addr))
#include <asm-generic/io.h>

#endif
