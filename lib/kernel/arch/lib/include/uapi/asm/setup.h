/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/uapi/asm/setup.h */
#ifndef _LIB_UAPI_SETUP_H
#define _LIB_UAPI_SETUP_H
#define COMMAND_LINE_SIZE 2048
#endif
