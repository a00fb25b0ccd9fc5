/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/lk_layout.h - the fixed address of the guest's memory, known to guest and host */
#ifndef _LIB_LK_LAYOUT_H
#define _LIB_LK_LAYOUT_H

/*
 * Low, where a program that is not position-independent leaves room between its heap and the loader's mappings, and AddressSanitizer
 * too: a boot walks the page frames from 0 to here. Fixed, so that a booted guest can be written out and mapped again.
 */
#define LK_MEMORY_BASE	0x40000000UL
#define LK_MMIO_BASE	0x3f000000UL	/* never mapped: reads and writes go to the device model */
#define LK_MMIO_STRIDE	0x1000UL
#define LK_DEVICES_MAX	48

#endif
