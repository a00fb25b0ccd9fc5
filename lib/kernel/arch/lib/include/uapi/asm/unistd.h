/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/uapi/asm/unistd.h - numbers of the generic table; the host asks by its own index, see asm/lk.h */
#ifndef _LIB_UNISTD_H
#define _LIB_UNISTD_H

#define __ARCH_WANT_NEW_STAT
#include <asm/unistd_64.h>

#endif
