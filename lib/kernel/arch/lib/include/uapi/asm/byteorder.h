/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/uapi/asm/byteorder.h - little-endian hosts */
#ifndef _LIB_BYTEORDER_H
#define _LIB_BYTEORDER_H
#include <linux/byteorder/little_endian.h>
#endif
