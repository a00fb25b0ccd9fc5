/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/lk_layout.h - the fixed address of the guest's memory, known to guest and host */
#ifndef _LIB_LK_LAYOUT_H
#define _LIB_LK_LAYOUT_H

/*
 * Low, because a boot walks the page frames from 0 to here, and inside what AddressSanitizer leaves to programs; the program itself is
 * linked above it (Makefile, LINK). Fixed, so that a booted guest can be written out and mapped again.
 */
#define LK_MEMORY_BASE	0x40000000UL
#define LK_MMIO_BASE	0x3f000000UL	/* never mapped: reads and writes go to the device model */
#define LK_MMIO_STRIDE	0x1000UL
#define LK_DEVICES_MAX	48

#endif
