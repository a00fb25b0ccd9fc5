/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/uapi/asm/sigcontext.h - no signal is ever delivered to a frame */
#ifndef _LIB_SIGCONTEXT_H
#define _LIB_SIGCONTEXT_H

struct sigcontext {
	unsigned long regs[32];
};

#endif
