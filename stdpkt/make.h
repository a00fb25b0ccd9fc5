/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stdpkt/make.h - frames from one-line descriptions: "tcp 10.0.0.5:4000 > 192.0.2.2:22 syn"; stdpkt-make(1) has the grammar
 */
#ifndef STDPKT_MAKE_H
#define STDPKT_MAKE_H

#include "stdpkt/pkt.h"

enum pkt_make_kind {
	PKT_MAKE_TCP = 1,
	PKT_MAKE_UDP = 2,
	PKT_MAKE_ICMP = 4,
	PKT_MAKE_ICMP6 = 8,
	PKT_MAKE_IP = 16, /* another protocol */
	PKT_MAKE_ARP = 32,
	PKT_MAKE_ETH = 64, /* another ethertype */
};
#define PKT_MAKE_TAGS 4u
#define PKT_MAKE_NONE UINT32_MAX /* a number that nobody has said */

struct pkt_make {
	enum pkt_make_kind kind;
	bool eth; /* MACs have been said */
	uint8_t eth_src[6], eth_dst[6];
	uint32_t tags;
	struct {
		uint16_t type, id;
	} tag[PKT_MAKE_TAGS];
	uint32_t prio; /* of all tags */
	uint32_t ethertype;
	bool v6;
	uint8_t src[16], dst[16];
	uint32_t sport, dport;
	uint32_t proto, ttl, tos, ipid;
	bool df, more;
	uint32_t frag;	/* offset in bytes; NONE: not a fragment */
	uint32_t frags; /* cut into pieces of so many bytes; NONE */
	uint8_t tcp_flags;
	uint32_t seq, ack, win, mss;
	uint32_t type, code, id, mtu;
	uint8_t target[16], lladdr[6];
	bool has_lladdr;
	uint32_t op; /* of ARP; its MACs are lladdr and eth_dst */
	bool bad_sum;
	uint32_t count;
	uint64_t interval_ns, time_ns;
	uint32_t len;		/* of a payload to be made up; NONE */
	struct pkt_buf payload; /* freed by pkt_make_free() */
};

/* Where in the description, and what is wrong there. */
struct pkt_make_error {
	size_t at, n; /* n = 0: behind the end */
	char why[160];
};

/* pkt_make_parse() - false with *e filled where @text is no description. @now: the time of the packet unless it says one. */
bool pkt_make_parse(struct pkt_make *m, const char *text, uint64_t now, struct pkt_make_error *e);
/*
 * pkt_make_frames() - build packet number @i (from 0) of m->count, and give each frame of it, more than one for fragments.
 * Return: 0, -ENOMEM, or what @emit returned if not 0.
 */
int pkt_make_frames(const struct pkt_make *m, uint32_t i, int (*emit)(void *arg, const struct pkt_frame *f), void *arg);
void pkt_make_free(struct pkt_make *m);

#endif
