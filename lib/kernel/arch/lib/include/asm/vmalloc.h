/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/vmalloc.h - vmalloc is kmalloc */
#ifndef _LIB_VMALLOC_H
#define _LIB_VMALLOC_H


#endif
