/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd/explain_words.c - plain words for the reasons that the kernel gives (include/net/dropreason-core.h of its source), and for its
 * functions where the function says more than the reason
 */
#include <string.h>

#include "cmd/explain.h"

struct words {
	const char *name, *text;
};

static const struct words reasons[] = {
	/* ours: the frame did not get into the guest */
	{ "runt", "shorter than an Ethernet header" },
	{ "cut", "the capture has only a part of it" },
	{ "oversize", "longer than the card takes: its MTU, an Ethernet header and a VLAN tag" },
	{ "down", "the card is down" },
	/* the kernel's */
	{ "NO_SOCKET", "no program of the guest listens there" },
	{ "SOCKET_FILTER", "the socket's filter refused it" },
	{ "SOCKET_RCVBUFF", "the socket's receive buffer is full" },
	{ "PKT_TOO_SMALL", "shorter than its headers say" },
	{ "TCP_CSUM", "wrong TCP checksum" },
	{ "UDP_CSUM", "wrong UDP checksum" },
	{ "ICMP_CSUM", "wrong ICMP checksum" },
	{ "IP_CSUM", "wrong IP header checksum" },
	{ "SKB_CSUM", "wrong checksum" },
	{ "NETFILTER_DROP", "netfilter, but no rule" },
	{ "OTHERHOST", "addressed to another station's MAC (--routed would address it to the port's)" },
	{ "IP_INHDR", "a wrong IP header (length, checksum, options), or a TTL that has run out" },
	{ "IP_RPFILTER", "the way back to its source is by another interface (rp_filter)" },
	{ "UNICAST_IN_L2_MULTICAST", "an address of one host in a frame to many" },
	{ "XFRM_POLICY", "an IPsec policy refuses it" },
	{ "IP_NOPROTO", "nobody in the guest handles its IP protocol" },
	{ "UNHANDLED_PROTO", "nobody in the guest handles its Ethernet type" },
	{ "TCP_FLAGS", "flags of TCP that do not go together" },
	{ "TCP_ZEROWINDOW", "data into a receive window that is closed" },
	{ "TCP_OLD_DATA", "data that was received before" },
	{ "TCP_OVERWINDOW", "data beyond the receive window" },
	{ "TCP_OLD_SEQUENCE", "an old sequence number: a duplicate" },
	{ "TCP_INVALID_SEQUENCE", "a sequence number outside of the window" },
	{ "TCP_INVALID_ACK_SEQUENCE", "an acknowledgement outside of the window" },
	{ "TCP_RESET", "a reset, which ends the connection" },
	{ "TCP_INVALID_SYN", "a SYN inside a connection" },
	{ "TCP_CLOSE", "the connection is closed" },
	{ "TCP_OLD_ACK", "an old acknowledgement" },
	{ "TCP_TOO_OLD_ACK", "an acknowledgement that is far too old" },
	{ "TCP_RFC7323_PAWS", "an old TCP time stamp (PAWS)" },
	{ "IP_OUTNOROUTES", "no route for what the guest sends" },
	{ "IP_INNOROUTES", "no route to its destination" },
	{ "IP_INADDRERRORS", "nothing is forwarded here (ip_forward), or a source or destination that cannot be (martian)" },
	{ "IPV6DISABLED", "IPv6 is switched off at this interface" },
	{ "NEIGH_CREATEFAIL", "no room for another neighbour" },
	{ "NEIGH_FAILED", "the next hop did not answer: its MAC is not known" },
	{ "NEIGH_QUEUEFULL", "too many packets wait for the next hop's MAC" },
	{ "NEIGH_DEAD", "the next hop's entry has gone" },
	{ "TC_INGRESS", "a tc filter or action where packets come in" },
	{ "TC_EGRESS", "a tc filter or action where packets leave" },
	{ "QDISC_DROP", "a queueing discipline: full, or told to lose packets" },
	{ "FQ_FLOW_LIMIT", "too many packets of its flow in the queue (fq)" },
	{ "CPU_BACKLOG", "the backlog of incoming packets is full" },
	{ "XDP", "an XDP program" },
	{ "BPF_CGROUP_EGRESS", "a BPF program of a control group" },
	{ "DEV_HDR", "a header that the device does not take" },
	{ "DEV_READY", "the interface is down or not ready" },
	{ "FULL_RING", "a ring is full" },
	{ "NOMEM", "the guest is out of memory (--memory)" },
	{ "HDR_TRUNC", "a header is cut off" },
	{ "INVALID_PROTO", "not what its protocol allows" },
	{ "PKT_TOO_BIG", "larger than the MTU of the way on, and not to be fragmented" },
	{ "DUP_FRAG", "a fragment that is there already, or overlaps" },
	{ "FRAG_REASM_TIMEOUT", "its other fragments did not come in time" },
	{ "FRAG_TOO_FAR", "a fragment too far behind the others" },
	{ "IPV6_BAD_EXTHDR", "a bad IPv6 extension header" },
	{ "IPV6_NDISC_FRAG", "neighbour discovery in a fragment" },
	{ "IPV6_NDISC_HOP_LIMIT", "neighbour discovery from beyond the link: the hop limit is not 255" },
	{ "IPV6_NDISC_BAD_CODE", "neighbour discovery with a wrong code" },
	{ "IPV6_NDISC_BAD_OPTIONS", "neighbour discovery with options that cannot be right" },
	{ "IPV6_NDISC_NS_OTHERHOST", "asks for another station's MAC" },
	{ "QUEUE_PURGE", "the queue in which it waited was emptied" },
	{ "VXLAN_INVALID_HDR", "a VXLAN header that cannot be right" },
	{ "VXLAN_VNI_NOT_FOUND", "no VXLAN device for its network identifier" },
	{ "MAC_INVALID_SOURCE", "a source MAC that no station can have" },
	{ "LOCAL_MAC", "its source MAC is the guest's own" },
	{ "NO_TX_TARGET", "no device to send it by" },
	{ "IP_TUNNEL_ECN", "marks of congestion that do not go together (RFC 6040)" },
	{ "TUNNEL_TXINFO", "nobody has said to whom the tunnel is to send it" },
	{ "SECURITY_HOOK", "a security module" },
};

static const struct words functions[] = {
	/* functions of netfilter that are no rules */
	{ "ipv4_conntrack_in", "connection tracking made no entry for it: its table is full (conntrack -S)" },
	{ "ipv6_conntrack_in", "connection tracking made no entry for it: its table is full (conntrack -S)" },
	{ "nf_ct_bridge_pre", "the bridge's connection tracking waits for its other fragments" },
	{ "nf_confirm", "its connection clashes with one that is there already (conntrack -S: insert_failed)" },
	{ "nf_nat_ipv4_pre_routing", "no translation is possible (nat)" },
	{ "nf_nat_ipv4_out", "no translation is possible (nat)" },
	{ "nf_nat_ipv4_local_in", "no translation is possible (nat)" },
	{ "nf_nat_ipv6_in", "no translation is possible (nat)" },
	{ "nf_nat_ipv6_out", "no translation is possible (nat)" },
	{ "ipv4_conntrack_defrag", "waits for its other fragments" },
	{ "ipv6_defrag", "waits for its other fragments" },
	{ "ebt_do_table", "a rule of ebtables-legacy, which does not say which" },
	{ "arpt_do_table", "a rule of arptables-legacy, which does not say which" },
	{ "ipt_do_table", "a rule of iptables-legacy" },
	{ "ip6t_do_table", "a rule of ip6tables-legacy" },
	{ "nf_queue", "no program serves its queue (NFQUEUE)" },
	/* where the kernel gives no reason */
	{ "ip_rcv_finish_core", "routing: no route, or an address that is none of the guest's" },
	{ "ip_error", "routing: no route, or one that says unreachable, prohibit or blackhole" },
	{ "ip6_pkt_drop", "routing: no route, or one that says unreachable, prohibit or blackhole" },
	{ "__udp4_lib_rcv", "no program of the guest listens there" },
	{ "igmp_rcv", "a report of a group that the guest has not joined" },
	{ "br_handle_frame", "for the bridge itself, or from a source that no station can have: bridges pass no 802.1D control frames on" },
	{ "br_handle_frame_finish", "the bridge's port does not forward: its state, its VLANs, or a locked port" },
	{ "br_allowed_ingress", "its VLAN is none of the bridge port's (bridge vlan), or it has no tag and the port no PVID" },
	{ "br_forward", "it would leave by the port it came in by, or that port does not forward" },
	{ "__br_forward", "the port does not take it" },
	{ "br_flood", "no port to flood it to" },
	{ "br_multicast_flood", "no port wants this group" },
	{ "br_dev_queue_push_xmit", "longer than the port's MTU" },
	{ "br_pass_frame_up", "for the bridge itself, which is not a member of its VLAN" },
	{ "br_stp_rcv", "a message of the spanning tree protocol, which this bridge does not speak" },
};

static const char *find(const struct words *w, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(w[i].name, name))
			return w[i].text;
	return NULL;
}

const char *explain_reason(const char *reason)
{
	return find(reasons, sizeof(reasons) / sizeof(reasons[0]), reason);
}

const char *explain_function(const char *function)
{
	return find(functions, sizeof(functions) / sizeof(functions[0]), function);
}
