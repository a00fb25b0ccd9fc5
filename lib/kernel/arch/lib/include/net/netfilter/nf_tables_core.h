/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net/netfilter/nf_tables_core.h - upstream's header, and another way to load a port or a byte of the packet into a register: by one store (why:
 * nf_tables.h beside this). Half of nft_do_chain() is that wait where rules ask for ports.
 *
 * What upstream does instead is static in nf_tables_core.c, where it is also called. The macro makes another name of it, and of the call a
 * call of ours: a definition's first word is "const", the call's "expr". Should upstream change these, it does not compile; should it
 * change the function's name, ours is not used.
 */
#ifndef _LIB_NF_TABLES_CORE_H
#define _LIB_NF_TABLES_CORE_H

#include_next <net/netfilter/nf_tables_core.h>
#include <net/netfilter/nf_tables.h>

#ifdef __LITTLE_ENDIAN
/* @expr: 1, 2 or 4 bytes of the network or transport header, as nft_payload_fast_ops promises. False: not in the linear part, or no transport header. */
static __always_inline bool lk_nft_payload_fast_eval(const struct nft_expr *expr, struct nft_regs *regs, const struct nft_pktinfo *pkt)
{
	const struct nft_payload *what = nft_expr_priv(expr);
	const struct sk_buff *skb = pkt->skb;
	const void *from;

	if (what->base == NFT_PAYLOAD_NETWORK_HEADER)
		from = skb_network_header(skb) + what->offset;
	else if (pkt->flags & NFT_PKTINFO_L4PROTO)
		from = skb->data + nft_thoff(pkt) + what->offset;
	else
		return false;
	if (unlikely(from + what->len > (const void *)skb_tail_pointer(skb)))
		return false;
	regs->data[what->dreg] = what->len == 4 ? *(const u32 *)from : what->len == 2 ? *(const u16 *)from : *(const u8 *)from;
	return true;
}

#define LK_NFT_const __maybe_unused upstream_nft_payload_fast_eval(const
#define LK_NFT_expr lk_nft_payload_fast_eval(expr
#define nft_payload_fast_eval(first, ...) LK_NFT_##first, __VA_ARGS__)
#endif

#endif
