// SPDX-License-Identifier: GPL-2.0-only
/* arch/lib/kernel/asm-offsets.c - no assembly needs an offset; the build wants the file */
int lk_no_offsets;
