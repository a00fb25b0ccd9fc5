// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/filter.c - tcpdump's filter expressions on frames; pcap-filter(7)
 *
 * libpcap compiles the expression to BPF and interprets that. "inbound" and "outbound" it compiles, for a live capture, to a
 * load of the packet's type that only a kernel can do: that load is replaced by a constant, in one program for each direction.
 */
#include "stdpkt/filter.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AD_PACKET_TYPE 0xfffff004u /* linux/filter.h: SKF_AD_OFF + SKF_AD_PKTTYPE */
enum { TYPE_HOST = 0, TYPE_OUTGOING = 4 }; /* linux/if_packet.h */

struct pkt_filter {
	struct bpf_program in, out;
};

static bool compile(pcap_t *p, struct bpf_program *prog, const char *expr, unsigned type)
{
	unsigned i;

	if (pcap_compile(p, prog, expr, 1, PCAP_NETMASK_UNKNOWN))
		return false;
	for (i = 0; i < prog->bf_len; i++) {
		struct bpf_insn *insn = &prog->bf_insns[i];

		if (BPF_CLASS(insn->code) == BPF_LD && BPF_MODE(insn->code) == BPF_ABS && insn->k == AD_PACKET_TYPE)
			*insn = (struct bpf_insn){ .code = BPF_LD | BPF_IMM, .k = type };
	}
	return true;
}

struct pkt_filter *pkt_filter_new(const char *expr, char *why, size_t len)
{
	struct pkt_filter *filter = calloc(1, sizeof(*filter));
	pcap_t *p = pcap_open_dead(DLT_EN10MB, PKT_FRAME_MAX);

	if (!filter || !p) {
		snprintf(why, len, "no memory");
	} else if (!compile(p, &filter->in, expr, TYPE_HOST) || !compile(p, &filter->out, expr, TYPE_OUTGOING)) {
		snprintf(why, len, "%s", pcap_geterr(p));
		pkt_filter_free(filter);
		filter = NULL;
	}
	if (p)
		pcap_close(p);
	return filter;
}

bool pkt_filter_match(const struct pkt_filter *filter, const struct pkt_frame *f)
{
	struct pcap_pkthdr h = { .caplen = f->caplen, .len = f->len };

	return pcap_offline_filter(f->dir == PKT_DIR_OUT ? &filter->out : &filter->in, &h, f->data);
}

void pkt_filter_free(struct pkt_filter *filter)
{
	if (!filter)
		return;
	pcap_freecode(&filter->in);
	pcap_freecode(&filter->out);
	free(filter);
}
