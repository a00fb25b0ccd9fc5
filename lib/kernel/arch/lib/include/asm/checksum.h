/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/checksum.h - generic but for the inner loop */
#ifndef _LIB_CHECKSUM_H
#define _LIB_CHECKSUM_H
unsigned int do_csum(const unsigned char *buff, int len);
#define do_csum do_csum
#include <asm-generic/checksum.h>
#endif
