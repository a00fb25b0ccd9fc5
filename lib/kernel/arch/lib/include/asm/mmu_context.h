/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/mmu_context.h - one address space */
#ifndef _LIB_MMU_CONTEXT_H
#define _LIB_MMU_CONTEXT_H

#include <asm-generic/nommu_context.h>

#endif
