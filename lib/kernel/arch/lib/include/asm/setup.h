/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/setup.h - boot-time interface of the overlay's parts */
#ifndef _LIB_SETUP_H
#define _LIB_SETUP_H
#include <uapi/asm/setup.h>
#ifndef __ASSEMBLY__
void lk_memory_init(void);
#endif
#endif
