/* SPDX-License-Identifier: GPL-2.0-only */
/* asm/lk_explain.h - where kernel/explain.c is told of packets: by the cards, and by the tracepoints of trace/events/skb.h */
#ifndef _ASM_LIB_LK_EXPLAIN_H
#define _ASM_LIB_LK_EXPLAIN_H

struct sk_buff;

extern bool lk_explaining;
void lk_explain_take(struct sk_buff *skb);
void lk_explain_send(const struct sk_buff *skb, unsigned int nic);
void lk_explain_free(struct sk_buff *skb, const void *where, unsigned int reason);

#endif
