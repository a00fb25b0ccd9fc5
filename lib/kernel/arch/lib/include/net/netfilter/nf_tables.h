/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net/netfilter/nf_tables.h - upstream's header, but short values go into a register of nf_tables by one store of all its 32 bits. Upstream
 * clears it and stores 8 or 16 bits over that; the rule's comparison, which reads all of them at once, then waits for both stores to reach the
 * cache: 41 % of nft_do_chain() where rules begin with a protocol. The bytes are the same where the low byte comes first.
 */
#ifndef _LIB_NF_TABLES_H
#define _LIB_NF_TABLES_H

#include <linux/types.h>
#include <asm/byteorder.h>

#ifdef __LITTLE_ENDIAN
static inline void lk_nft_reg_store(u32 *dreg, u32 val)
{
	*dreg = val;
}

#define nft_reg_store8 upstream_nft_reg_store8
#define nft_reg_store16 upstream_nft_reg_store16
#include_next <net/netfilter/nf_tables.h>
#undef nft_reg_store8
#undef nft_reg_store16
#define nft_reg_store8(dreg, val) lk_nft_reg_store(dreg, (u8)(val))
#define nft_reg_store16(dreg, val) lk_nft_reg_store(dreg, (u16)(val))
#else
#include_next <net/netfilter/nf_tables.h>
#endif

#endif
