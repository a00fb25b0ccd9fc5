/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/page.h - VA == PA: a guest pointer is a host pointer */
#ifndef _LIB_PAGE_H
#define _LIB_PAGE_H

#include <linux/const.h>
#define PAGE_SHIFT	12
#define PAGE_SIZE	(_AC(1, UL) << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))

#ifndef __ASSEMBLY__
#include <asm/lk_layout.h>

#define clear_page(page)			memset((page), 0, PAGE_SIZE)
#define copy_page(to, from)			memcpy((to), (from), PAGE_SIZE)
#define clear_user_page(page, vaddr, pg)	clear_page(page)
#define copy_user_page(to, from, vaddr, pg)	copy_page(to, from)

typedef struct { unsigned long pte; } pte_t;
typedef struct { unsigned long pmd; } pmd_t;
typedef struct { unsigned long pgd; } pgd_t;
typedef struct { unsigned long pgprot; } pgprot_t;
typedef struct page *pgtable_t;

#define pte_val(x)	((x).pte)
#define pmd_val(x)	((x).pmd)
#define pgd_val(x)	((x).pgd)
#define pgprot_val(x)	((x).pgprot)
#define __pte(x)	((pte_t) { (x) })
#define __pmd(x)	((pmd_t) { (x) })
#define __pgd(x)	((pgd_t) { (x) })
#define __pgprot(x)	((pgprot_t) { (x) })

extern unsigned long lk_memory_end;

#define PAGE_OFFSET		LK_MEMORY_BASE
#define ARCH_PFN_OFFSET		(LK_MEMORY_BASE >> PAGE_SHIFT)

#define __pa(v)			((unsigned long)(v))
#define __va(p)			((void *)(unsigned long)(p))
#define virt_to_pfn(v)		(__pa(v) >> PAGE_SHIFT)
#define pfn_to_virt(pfn)	__va((unsigned long)(pfn) << PAGE_SHIFT)
#define virt_to_page(v)		(mem_map + ((__pa(v) - PAGE_OFFSET) >> PAGE_SHIFT))
#define page_to_virt(page)	__va((((page) - mem_map) << PAGE_SHIFT) + PAGE_OFFSET)
#define page_to_phys(page)	((phys_addr_t)page_to_pfn(page) << PAGE_SHIFT)
#define virt_addr_valid(v)	(__pa(v) >= PAGE_OFFSET && __pa(v) < lk_memory_end)

#include <asm-generic/memory_model.h>
#include <asm-generic/getorder.h>
#endif

#endif
