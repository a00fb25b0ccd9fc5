/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace/events/skb.h - upstream's header with two of its tracepoints, which are empty in this configuration, led to kernel/explain.c.
 * It is found first because an architecture's include folder is.
 */
#include_next <trace/events/skb.h>

#ifndef _LIB_TRACE_SKB_H
#define _LIB_TRACE_SKB_H

#include <linux/skbuff.h>
#include <asm/lk_explain.h>

static inline void lk_explain_kfree_skb(struct sk_buff *skb, const void *where, enum skb_drop_reason reason)
{
	if (unlikely(lk_explaining))
		lk_explain_free(skb, where, reason);
}

#define trace_kfree_skb(skb, where, reason, sk) lk_explain_kfree_skb(skb, where, reason)
#define trace_consume_skb(skb, where) lk_explain_kfree_skb(skb, where, SKB_CONSUMED)

#endif
