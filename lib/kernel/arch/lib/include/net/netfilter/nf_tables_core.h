/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net/netfilter/nf_tables_core.h - upstream's header, and two shorter ways through a chain of rules (test/diff/rules/failing.nft compares them
 * with the host's):
 *
 * - A port or a byte of the packet gets into a register by one store. Half of nft_do_chain() is that wait otherwise (why: nf_tables.h
 *   beside this) where rules ask for ports.
 * - After a rule that failed, those that follow and certainly fail, too, are passed over without a store. Upstream evaluates the next from its
 *   beginning, so whatever has an effect is upstream's: here are only tests.
 *
 * Both take the place of functions that are static in nf_tables_core.c, where they are also called: a macro makes another name of the
 * definition, and of the call a call of ours. A definition's first word is "const", the call's "expr" or "pkt". Should upstream change these, it
 * does not compile; should it change the function's name, ours is not used. That nft_trace_copy_nftrace() is called for nothing but a rule
 * that has failed is for whoever takes a newer kernel to see.
 */
#ifndef _LIB_NF_TABLES_CORE_H
#define _LIB_NF_TABLES_CORE_H

#include_next <net/netfilter/nf_tables_core.h>
#include <net/netfilter/nf_tables.h>
#include <net/netfilter/nft_meta.h>

/* Where it begins decides a tenth of its time. */
unsigned int nft_do_chain(struct nft_pktinfo *pkt, void *priv) __aligned(64);

#ifdef __LITTLE_ENDIAN
/*
 * One to four bytes of the network or transport header; the caller has seen to it that @what is no more. False: not in the linear part, or no
 * transport header.
 * Four are read in any case: behind a buffer's end is its skb_shared_info.
 */
static __always_inline bool lk_nft_load(const struct nft_payload *what, const struct nft_pktinfo *pkt, u32 *val)
{
	const struct sk_buff *skb = pkt->skb;
	bool network = what->base == NFT_PAYLOAD_NETWORK_HEADER;
	const void *from = (network ? skb_network_header(skb) : skb->data + nft_thoff(pkt)) + what->offset;

	if (unlikely(!network && !(pkt->flags & NFT_PKTINFO_L4PROTO)) || unlikely(from + what->len > (const void *)skb_tail_pointer(skb)))
		return false;
	*val = *(const u32 *)from & (~0u >> (32 - 8 * what->len));
	return true;
}

static __always_inline bool lk_nft_payload_fast_eval(const struct nft_expr *expr, struct nft_regs *regs, const struct nft_pktinfo *pkt)
{
	const struct nft_payload *what = nft_expr_priv(expr);

	return lk_nft_load(what, pkt, &regs->data[what->dreg]);
}

#define LK_NFT_const __maybe_unused upstream_nft_payload_fast_eval(const
#define LK_NFT_expr lk_nft_payload_fast_eval(expr
#define nft_payload_fast_eval(first, ...) LK_NFT_##first, __VA_ARGS__)

/*
 * Whether a rule fails by one of the tests that most rules begin with: load the protocol or up to four bytes of the packet, mask them or not,
 * compare. False: it may match, or upstream has to say. Nothing is changed, registers neither: a rule can read those only that it has itself
 * loaded (nft_validate_register_load()). What is likely and what is not decides how far gcc makes the loop jump, a third of its time.
 */
static __always_inline bool lk_nft_fails(const struct nft_rule_dp *rule, const struct nft_pktinfo *pkt)
{
	const void *at = rule->data, *last = at + rule->dlen;

	for (;;) {
		const struct nft_expr *load = at, *test = at + NFT_EXPR_SIZE(sizeof(struct nft_payload));
		const struct nft_payload *what = nft_expr_priv(load);
		const struct nft_cmp_fast_expr *cmp = nft_expr_priv(test);
		u32 val;
		u8 reg;

		at = (const void *)test + NFT_EXPR_SIZE(sizeof(*cmp));
		if (unlikely(at > last))
			return false;
		if (likely(load->ops == &nft_payload_fast_ops)) {
			if (unlikely(!lk_nft_load(what, pkt, &val)))
				return false;
			reg = what->dreg;
		} else if (likely(load->ops->eval == nft_meta_get_eval)) {
			const struct nft_meta *meta = nft_expr_priv(load);

			if (unlikely(meta->key != NFT_META_L4PROTO))
				return false;
			val = pkt->tprot;
			reg = meta->dreg;
		} else if (load->ops->eval == nft_payload_eval && what->base == NFT_PAYLOAD_NETWORK_HEADER && what->len <= 4) {
			if (unlikely(!lk_nft_load(what, pkt, &val)))
				return false;
			reg = what->dreg;
		} else {
			return false;
		}
		if (unlikely(test->ops == &nft_bitwise_fast_ops)) {
			const struct nft_bitwise_fast_expr *bits = nft_expr_priv(test);

			if (bits->sreg != reg)
				return false;
			val = (val & bits->mask) ^ bits->xor;
			reg = bits->dreg;
			test = (const void *)test + NFT_EXPR_SIZE(sizeof(*bits));
			cmp = nft_expr_priv(test);
			at += NFT_EXPR_SIZE(sizeof(*bits));
			if (at > last)
				return false;
		}
		if (unlikely(test->ops != &nft_cmp_fast_ops || cmp->sreg != reg))
			return false;
		if (((val & cmp->mask) == cmp->data) == cmp->inv)
			return true;
	}
}

/* The last of the rules from @rule, which has failed, to the next that may match. */
static __always_inline const struct nft_rule_dp *lk_nft_skip(const struct nft_rule_dp *rule, const struct nft_pktinfo *pkt)
{
	const struct nft_rule_dp *next;

	if (pkt->flags & NFT_PKTINFO_L4PROTO)
		while (next = nft_rule_next(rule), !next->is_last && lk_nft_fails(next, pkt))
			rule = next;
	return rule;
}

#define LK_NFT_TRACE_const upstream_nft_trace_copy_nftrace(const
#define LK_NFT_TRACE_pkt rule = lk_nft_skip(rule, pkt), upstream_nft_trace_copy_nftrace(pkt
#define nft_trace_copy_nftrace(first, ...) LK_NFT_TRACE_##first, __VA_ARGS__)
#endif

#endif
