/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd/explain.h - the parts of stdpkt explain
 *
 *   explain.c        options, set-up
 *   explain_feed.c   the ports: a packet at a time into the guest, what the guest tells about it into its steps
 *   explain_print.c  packets with their verdicts, or how many had each, on stdout
 *   explain_judge.c  steps -> verdict and the words for it
 *   explain_rules.c  the texts of rules, asked of the guest by the stock programs
 *   explain_words.c  plain words for the kernel's reasons and functions
 *   explain_neigh.c  answers to the guest's questions for neighbours
 *   symbol.c         names of the guest's functions
 */
#ifndef CMD_EXPLAIN_H
#define CMD_EXPLAIN_H

#include <stdio.h>

#include "cmd/element.h"
#include "lk/boot.h"
#include "stdpkt/pkt.h"

/* One thing that happened to a packet. The strings of @e live as long as the program; frame: of a SEND, malloc()ed. */
struct explain_step {
	struct lk_guest_event e;
	uint8_t *frame;
	size_t len;
};

/* Steps in their order. */
struct explain_trail {
	struct explain_step *step;
	size_t steps, cap;
};

struct explain_packet {
	unsigned number; /* from 1; 0: the slot is free */
	struct pkt_frame frame; /* its data is malloc()ed */
	int port;	 /* by which it came in */
	const char *refused; /* the card did not get it: "runt", "oversize"; NULL: it did */
	unsigned with;	 /* a fragment that was forwarded as a part of this packet; 0: no */
	struct explain_trail trail;   /* what happened to it, and what was sent because of it */
	struct explain_trail answers; /* what happened in the guest to its answers, whether they were sent or not */
};

struct explain_options {
	enum pkt_format output; /* TEXT or PCAPNG */
	bool verbose, count, one_way, routed, no_neighbours;
};

/* explain_feed.c: makes the ports of @e ones that take packets from stdin, and prints on stdout. Before element_boot(). */
void explain_feed_start(struct element *e, const struct explain_options *opt);

/* explain_print.c; explain_print() - not 0: stdout takes no more, errno says why */
void explain_print_start(struct element *e, const struct explain_options *opt);
int explain_print(const struct explain_packet *p);
void explain_print_end(void);

/* explain_judge.c */
enum explain_fate { EXPLAIN_HELD, EXPLAIN_TAKEN, EXPLAIN_ANSWERED, EXPLAIN_DROPPED, EXPLAIN_FORWARDED };
enum explain_fate explain_fate(const struct explain_packet *p);
/* explain_judge() - "dropped by ..."; @why is the same for all packets with that fate for that reason. Both are malloc()ed. */
char *explain_judge(struct element *e, const struct explain_packet *p, const struct explain_options *opt, char **why);
/* explain_steps() - what happened one by one, a tab before each line and no newline at the end; malloc()ed, "" = nothing */
char *explain_steps(struct element *e, const struct explain_packet *p);

/* explain_columns() - the frame as in the text format: PROTO SRC DST INFO and the MACs. Valid until the next call but one. */
struct explain_columns {
	char *eth_src, *eth_dst, *proto, *src, *dst, *info;
};
struct explain_columns explain_columns(const uint8_t *data, size_t len);

/* explain_rules.c: "iptables filter FORWARD rule 3: -A FORWARD ..." of an NFT or XT event; valid until the program ends */
const char *explain_rule(struct element *e, const struct lk_guest_event *ev);
/* explain_rule_drops() - whether the rule or policy of an XT event can have dropped the packet */
bool explain_rule_drops(struct element *e, const struct lk_guest_event *ev);

/* explain_words.c: plain words, NULL: none */
const char *explain_reason(const char *reason);
const char *explain_function(const char *function);

/* explain_neigh.c: if @frame asks for a neighbour's address writes the answer to @answer; its length, or 0. @len <= the room there */
size_t explain_neighbour(const uint8_t *frame, size_t len, uint8_t *answer);

/* symbol.c: the function of this program that @where is in, NULL: unknown (stripped). */
const char *symbol_name(const void *where);

#endif
