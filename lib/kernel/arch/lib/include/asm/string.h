/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/string.h - memory and string functions are libc's */
#ifndef _LIB_STRING_H
#define _LIB_STRING_H

#define __HAVE_ARCH_MEMCPY
#define __HAVE_ARCH_MEMMOVE
#define __HAVE_ARCH_MEMSET
#define __HAVE_ARCH_MEMCMP
#define __HAVE_ARCH_MEMCHR
#define __HAVE_ARCH_STRLEN
#define __HAVE_ARCH_STRCMP
#define __HAVE_ARCH_STRNCMP
#define __HAVE_ARCH_STRCHR
extern void *memcpy(void *to, const void *from, __kernel_size_t n);
extern void *memmove(void *to, const void *from, __kernel_size_t n);
extern void *memset(void *s, int c, __kernel_size_t n);
extern int memcmp(const void *a, const void *b, __kernel_size_t n);
extern void *memchr(const void *s, int c, __kernel_size_t n);
extern __kernel_size_t strlen(const char *s);
extern int strcmp(const char *a, const char *b);
extern int strncmp(const char *a, const char *b, __kernel_size_t n);
extern char *strchr(const char *s, int c);

#endif
