/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/elf.h - no ELF program is ever loaded */
#ifndef _LIB_ELF_H
#define _LIB_ELF_H

#include <linux/elf-em.h>
#define ELF_CLASS		ELFCLASS64
#define ELF_DATA		ELFDATA2LSB
#define ELF_ARCH		EM_NONE
#define elf_check_arch(x)	((void)(x), 0)
#define ELF_EXEC_PAGESIZE	PAGE_SIZE
#define ELF_ET_DYN_BASE		0UL
#define ELF_HWCAP		0
#define ELF_PLATFORM		NULL
#define ELF_NGREG		2
typedef unsigned long elf_greg_t;
typedef elf_greg_t elf_gregset_t[ELF_NGREG];
typedef unsigned long elf_fpregset_t;

#endif
