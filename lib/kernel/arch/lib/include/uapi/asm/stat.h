/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/uapi/asm/stat.h - struct stat as the host's programs know it, so that it can be copied out as it is */
#ifndef _LIB_STAT_H
#define _LIB_STAT_H

#ifdef __x86_64__
/* layout of the x86-64 ABI (System V ABI for AMD64, Linux stat(2)) */
#define STAT_HAVE_NSEC 1
struct stat {
	unsigned long	st_dev;
	unsigned long	st_ino;
	unsigned long	st_nlink;
	unsigned int	st_mode;
	unsigned int	st_uid;
	unsigned int	st_gid;
	unsigned int	__pad0;
	unsigned long	st_rdev;
	long		st_size;
	long		st_blksize;
	long		st_blocks;
	unsigned long	st_atime;
	unsigned long	st_atime_nsec;
	unsigned long	st_mtime;
	unsigned long	st_mtime_nsec;
	unsigned long	st_ctime;
	unsigned long	st_ctime_nsec;
	long		__unused[3];
};
#define INIT_STRUCT_STAT_PADDING(st) do {	\
	(st).__pad0 = 0;			\
	(st).__unused[0] = 0;			\
	(st).__unused[1] = 0;			\
	(st).__unused[2] = 0;			\
} while (0)
#else
#include <asm-generic/stat.h>
#endif

#endif
