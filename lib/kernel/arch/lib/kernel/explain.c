// SPDX-License-Identifier: GPL-2.0-only
/*
 * arch/lib/kernel/explain.c - tells the host what becomes of each frame: rules, netfilter's hooks, drops with their reasons, transmits
 *
 * Theory of operation: nothing here costs more than a branch until the host has called lk_guest_explain(). From then on a frame that a
 * direct card takes can get the number of its packet. It is kept in skb->napi_id, which clones, copies, encapsulation and reassembly
 * carry along and which nobody else writes (it is for busy polling; the top bit tells our numbers from an id). What the guest makes
 * itself gets the number of the packet last taken, with a bit that says so, in the first hook that it comes through. The fragments that it cuts of a
 * packet have no number, but inherit nf_trace, and come right after the packet has been through its last hook.
 *
 *   drops, ends    the tracepoints kfree_skb and consume_skb, redirected here by include/trace/events/skb.h of the overlay
 *   hooks          every entry of netfilter's lists gets our function in front of its own (watch_hooks()), so that also what no rule did is
 *                  known by the function that did it. Done anew for each packet: hooks come and go with the rules
 *   rules          nf_trace is set on the buffer; the functions by which nf_tables and x_tables report are wrapped by the linker
 *                  (link.sh, --wrap), and report here
 *
 * What is passed to the host's function is valid during the call.
 */
#include <linux/export.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/slab.h>
#include <linux/skbuff.h>
#include <net/dropreason.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_log.h>
#include <net/netfilter/nf_tables.h>
#include <net/netfilter/nf_tables_core.h>
#include <asm/lk_explain.h>
#include "lk.h"

#define NUMBERED 0x80000000u
#define OWN 0x40000000u /* of a number: not that packet, but what the guest sends because of it */

struct watched {
	struct watched *next;
	nf_hookfn *hook;
	void *priv;
};

bool lk_explaining __read_mostly;
static unsigned int upcoming; /* number of the next frame taken, 0 = none */
static unsigned int current_packet;
static unsigned int hooked_packet; /* the one that is in a hook */
static unsigned int last_hooked;   /* the one that was, since the last frame was taken */
static struct watched *watched;

static unsigned int packet_of(const struct sk_buff *skb)
{
	if (skb->napi_id & NUMBERED)
		return skb->napi_id & ~NUMBERED;
	return !skb->nf_trace ? 0 : last_hooked ? last_hooked : current_packet;
}

static void tell(struct lk_guest_event e)
{
	e.own = !!(e.packet & OWN);
	e.packet &= ~OWN;
	if (e.packet)
		lk_host->event(&e);
}

void lk_explain_take(struct sk_buff *skb)
{
	if (!upcoming)
		return;
	current_packet = upcoming;
	upcoming = last_hooked = 0;
	skb->napi_id = current_packet | NUMBERED;
	skb->nf_trace = 1;
	tell((struct lk_guest_event){ .kind = LK_EVENT_TAKEN, .packet = current_packet });
}

void lk_explain_send(const struct sk_buff *skb, unsigned int nic)
{
	struct lk_guest_event e = { .kind = LK_EVENT_SEND, .packet = packet_of(skb), .code = nic };

	if (!e.packet)
		e.packet = current_packet | OWN;
	e.own = !!(e.packet & OWN);
	e.packet &= ~OWN;
	lk_host->event(&e); /* a frame of no packet's, too: it comes next */
}

static const char *reason_name(unsigned int reason)
{
	const unsigned int subsys = reason >> SKB_DROP_REASON_SUBSYS_SHIFT, nr = reason & ~SKB_DROP_REASON_SUBSYS_MASK;
	const struct drop_reason_list *list = NULL;

	if (subsys < SKB_DROP_REASON_SUBSYS_NUM)
		list = rcu_dereference_raw(drop_reasons_by_subsys[subsys]);
	return list && nr < list->n_reasons && list->reasons[nr] ? list->reasons[nr] : "unknown";
}

/*
 * The buffer's last user lets it go: @reason is SKB_CONSUMED, or why it was dropped; @where is in the function that did it. The fragments
 * that a packet was put together from share its fate; upstream has forgotten the reason when it frees them.
 */
void lk_explain_free(struct sk_buff *skb, const void *where, unsigned int reason)
{
	struct lk_guest_event e = { .kind = LK_EVENT_END, .packet = packet_of(skb), .where = where };
	struct sk_buff *fragment;

	if (!e.packet || (reason == SKB_CONSUMED && skb_cloned(skb)))
		return; /* the packet lives on in another buffer */
	if (reason != SKB_CONSUMED) {
		e.kind = LK_EVENT_DROP;
		e.text = reason_name(reason);
	}
	tell(e);
	if (skb_cloned(skb) || (e.packet & OWN))
		return;
	e.with = e.packet;
	skb_walk_frags(skb, fragment) {
		e.packet = packet_of(fragment);
		tell(e);
		fragment->napi_id = 0;
		fragment->nf_trace = 0;
	}
}

/* Hooks that only what is made here comes through without a number. */
static bool is_way_out(const struct nf_hook_state *state)
{
	return (state->pf == NFPROTO_IPV4 || state->pf == NFPROTO_IPV6) &&
	       (state->hook == NF_INET_LOCAL_OUT || state->hook == NF_INET_POST_ROUTING);
}

static unsigned int watching(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct watched *w = priv;
	struct lk_guest_event e = { .kind = LK_EVENT_HOOK, .family = state->pf, .hook = state->hook, .where = w->hook };
	const unsigned int outer = hooked_packet; /* a hook can send another packet, which passes hooks */

	if (current_packet && !packet_of(skb) && is_way_out(state))
		skb->napi_id = NUMBERED | OWN | current_packet;
	e.packet = packet_of(skb);
	if (e.packet) {
		skb->nf_trace = 1; /* a tunnel or another namespace takes it off */
		last_hooked = e.packet;
	}
	hooked_packet = e.packet;
	e.code = w->hook(w->priv, skb, state); /* may free the buffer */
	hooked_packet = outer;
	tell(e);
	return e.code;
}

/* Entries with the same function and data share one of ours; none is ever freed, since their number is that of rule sets loaded. */
static struct watched *watch(nf_hookfn *hook, void *priv)
{
	struct watched *w;

	for (w = watched; w; w = w->next)
		if (w->hook == hook && w->priv == priv)
			return w;
	w = kmalloc(sizeof(*w), GFP_ATOMIC);
	if (w) {
		*w = (struct watched){ .next = watched, .hook = hook, .priv = priv };
		watched = w;
	}
	return w;
}

static void watch_entries(struct nf_hook_entries __rcu *entries)
{
	struct nf_hook_entries *list = rcu_dereference_raw(entries);
	struct watched *w;
	unsigned int i;

	for (i = 0; list && i < list->num_hook_entries; i++) {
		if (list->hooks[i].hook == watching)
			continue;
		w = watch(list->hooks[i].hook, list->hooks[i].priv);
		if (!w)
			continue;
		list->hooks[i].priv = w;
		list->hooks[i].hook = watching;
	}
}

#define WATCH(array) ({ unsigned int i; for (i = 0; i < ARRAY_SIZE(array); i++) watch_entries((array)[i]); })

static void watch_hooks(void)
{
	struct net_device *dev;
	struct net *net;

	for_each_net(net) {
		WATCH(net->nf.hooks_ipv4);
		WATCH(net->nf.hooks_ipv6);
#ifdef CONFIG_NETFILTER_FAMILY_ARP
		WATCH(net->nf.hooks_arp);
#endif
#ifdef CONFIG_NETFILTER_FAMILY_BRIDGE
		WATCH(net->nf.hooks_bridge);
#endif
		for_each_netdev(net, dev) {
#ifdef CONFIG_NETFILTER_INGRESS
			watch_entries(dev->nf_hooks_ingress);
#endif
#ifdef CONFIG_NETFILTER_EGRESS
			watch_entries(dev->nf_hooks_egress);
#endif
		}
	}
}

/* On the host's stack: the guest stands still, so lists and entries can be looked at and changed. */
void lk_guest_explain(unsigned int packet)
{
	if (!lk_explaining)
		static_branch_inc(&nft_trace_enabled);
	lk_explaining = true;
	upcoming = packet;
	current_packet = 0;
	if (packet)
		watch_hooks();
}

void __real_nft_trace_notify(const struct nft_pktinfo *pkt, const struct nft_verdict *verdict, const struct nft_rule_dp *rule,
			     struct nft_traceinfo *info);
void __wrap_nft_trace_notify(const struct nft_pktinfo *pkt, const struct nft_verdict *verdict, const struct nft_rule_dp *rule,
			     struct nft_traceinfo *info);

/* The chain: of the rule, found behind the last one of its blob; without a rule the base chain, whose policy it is. */
static const struct nft_chain *chain_of(const struct nft_rule_dp *rule, const struct nft_traceinfo *info)
{
	if (!rule)
		return &info->basechain->chain;
	while (!rule->is_last)
		rule = nft_rule_next(rule);
	return container_of(rule, struct nft_rule_dp_last, end)->chain;
}

void __wrap_nft_trace_notify(const struct nft_pktinfo *pkt, const struct nft_verdict *verdict, const struct nft_rule_dp *rule,
			     struct nft_traceinfo *info)
{
	const struct nft_chain *chain = chain_of(rule, info);
	struct lk_guest_event e = { .kind = LK_EVENT_NFT, .family = info->basechain->type->family, .type = info->type };

	if (!lk_explaining) {
		__real_nft_trace_notify(pkt, verdict, rule, info);
		return;
	}
	e.packet = hooked_packet; /* the buffer may be gone: a rule has taken it */
	if (info->type == NFT_TRACETYPE_POLICY) {
		e.code = info->basechain->policy;
	} else {
		e.code = verdict->code;
		if (verdict->code == NFT_JUMP || verdict->code == NFT_GOTO)
			e.jump = verdict->chain->name;
	}
	if (rule && !rule->is_last && !(info->type == NFT_TRACETYPE_RETURN && verdict->code == NFT_CONTINUE))
		e.rule = rule->handle;
	e.table = chain->table->name;
	e.chain = chain->name;
	tell(e);
}

void __real_nf_log_trace(struct net *net, u_int8_t pf, unsigned int hooknum, const struct sk_buff *skb, const struct net_device *in,
			 const struct net_device *out, const struct nf_loginfo *loginfo, const char *fmt, ...);
void __wrap_nf_log_trace(struct net *net, u_int8_t pf, unsigned int hooknum, const struct sk_buff *skb, const struct net_device *in,
			 const struct net_device *out, const struct nf_loginfo *loginfo, const char *fmt, ...);

void __wrap_nf_log_trace(struct net *net, u_int8_t pf, unsigned int hooknum, const struct sk_buff *skb, const struct net_device *in,
			 const struct net_device *out, const struct nf_loginfo *loginfo, const char *fmt, ...)
{
	struct lk_guest_event e = { .kind = LK_EVENT_XT, .packet = packet_of(skb), .family = pf, .hook = hooknum };
	char line[NF_LOG_PREFIXLEN];
	va_list ap;

	va_start(ap, fmt);
	if (lk_explaining && e.packet && !strcmp(fmt, "TRACE: %s:%s:%s:%u ")) { /* ip_tables.c and ip6_tables.c */
		e.table = va_arg(ap, const char *);
		e.chain = va_arg(ap, const char *);
		e.text = va_arg(ap, const char *);
		e.rule = va_arg(ap, unsigned int);
		tell(e);
	} else {
		vsnprintf(line, sizeof(line), fmt, ap);
		__real_nf_log_trace(net, pf, hooknum, skb, in, out, loginfo, "%s", line);
	}
	va_end(ap);
}
