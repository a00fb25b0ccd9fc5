/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/skbuff.h - upstream's header, but consume_skb() says that it is not a drop: without tracepoints upstream makes it a kfree_skb(),
 * and kernel/explain.c would see a drop without a reason. The same call with another constant. Found first, as trace/events/skb.h.
 */
#include_next <linux/skbuff.h>

#ifndef _LIB_SKBUFF_H
#define _LIB_SKBUFF_H

static inline void lk_consume_skb(struct sk_buff *skb)
{
	kfree_skb_reason(skb, SKB_CONSUMED);
}

#define consume_skb lk_consume_skb

#endif
