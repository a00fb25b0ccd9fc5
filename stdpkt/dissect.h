/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stdpkt/dissect.h - where the headers of a frame are, and how the text format shows them; private to stdpkt/
 */
#ifndef STDPKT_DISSECT_H
#define STDPKT_DISSECT_H

#include "stdpkt/pkt.h"

#define PKT_TAGS_MAX 4u /* VLAN tags that are shown; what is behind more of them is not looked at */

enum pkt_l3 { PKT_L3_NONE = 0, PKT_L3_ARP, PKT_L3_IP, PKT_L3_IP6 };

/*
 * Offsets into the frame. A header's offset is set only if the header is whole, so whoever sees one may read all of it:
 * l3: 28 bytes of ARP, 20 of IPv4, 40 of IPv6. l4: at least one byte; look at l4_end for more.
 */
struct pkt_dissect {
	const uint8_t *data;
	uint32_t caplen;
	uint32_t tags;	    /* the first is at 12 */
	uint32_t l2_end;    /* just behind the ethertype; 0: no whole Ethernet header */
	uint16_t ethertype; /* or an 802.3 length */
	enum pkt_l3 l3_kind;
	uint32_t l3;
	uint8_t l4_proto;
	uint32_t l4;	 /* 0: not there, or a fragment that is not the first */
	uint32_t l4_end; /* of the packet, as far as captured */
	uint32_t l4_sum; /* the L4 checksum; 0: none, or not captured */
	bool l4_pseudo;	 /* ... which covers the addresses */
	bool routed;	 /* IPv6: the last destination is in a routing header */
	bool ports;
	bool fragment, more;
	uint32_t frag; /* bytes */
};

void pkt_dissect(struct pkt_dissect *d, const uint8_t *data, uint32_t caplen);

/* Something in the info column that can be edited: KEY=VALUE, or a word. */
enum pkt_field_kind {
	PKT_FIELD_NUMBER,
	PKT_FIELD_MAC,
	PKT_FIELD_IP6,
	PKT_FIELD_TCP_FLAGS,
	PKT_FIELD_ICMP,	 /* a type: its word, or type=N */
	PKT_FIELD_ICMP6, /* the same */
	PKT_FIELD_ARP,	 /* an operation: its word, or op=N */
	PKT_FIELD_CLASS, /* the traffic class of IPv6, in the middle of two bytes */
};
enum pkt_field_sum { PKT_SUM_NONE, PKT_SUM_IP, PKT_SUM_L4 };

struct pkt_field {
	uint16_t at;	/* in pkt_columns.text: of the key */
	uint16_t value; /* ... of the value */
	uint32_t off;	/* in the frame */
	uint8_t width;	/* bytes there */
	uint8_t kind, sum;
};

enum { /* columns, as users count them: from 1 */
	PKT_COL_TIME = 1,
	PKT_COL_LINK,
	PKT_COL_DIR,
	PKT_COL_LEN,
	PKT_COL_FLAGS,
	PKT_COL_ETH_SRC,
	PKT_COL_ETH_DST,
	PKT_COL_PROTO,
	PKT_COL_SRC,
	PKT_COL_DST,
	PKT_COL_INFO,
	PKT_COL_HEX,
};

/* The columns that the frame's bytes decide, each with a space behind it. */
#define PKT_COLUMNS_MAX 512u
#define PKT_FIELDS_MAX 8u
struct pkt_columns {
	uint16_t at[PKT_COL_HEX + 1]; /* PKT_COL_ETH_SRC to PKT_COL_HEX, where the text ends */
	uint16_t proto;		      /* of the proto column: what is behind its VLAN tags */
	uint32_t n_fields;
	struct pkt_field field[PKT_FIELDS_MAX];
	char text[PKT_COLUMNS_MAX];
};

void pkt_columns_render(struct pkt_columns *c, const struct pkt_dissect *d);

/* Numbers that have a word. pkt_word(): NULL where this one has none. pkt_word_number(): -1 where it is no such word. */
enum pkt_words { PKT_WORDS_ICMP, PKT_WORDS_ICMP6, PKT_WORDS_ARP };
const char *pkt_word(enum pkt_words kind, unsigned number);
int pkt_word_number(enum pkt_words kind, const char *s, size_t n);
/* TCP's flags: letters of FSRP.UEW, or none. */
char *pkt_put_tcp_flags(char *p, uint8_t flags);
bool pkt_parse_tcp_flags(const char *s, size_t n, uint8_t *flags);
bool pkt_parse_mac(const char *s, size_t n, uint8_t *mac);

/* Numbers and addresses as text. All return where they ended. */
char *pkt_put_dec(char *p, uint32_t v);
char *pkt_put_mac(char *p, const uint8_t *mac);
char *pkt_put_ip4(char *p, const uint8_t *ip);
char *pkt_put_ip6(char *p, const uint8_t *ip);
/*
 * pkt_mac_of_ip() - the MAC address that goes with an IP address where nobody has said one: that of a group, broadcast, or 02:00 and
 * the last four bytes, as an element's ports are called. @ip NULL: not known, 02:00:00:00:00:00.
 */
void pkt_mac_of_ip(uint8_t *mac, const uint8_t *ip, bool v6);

/* Hex; pkt_hex_decode() may work in place and is false where something is no hex digit. */
void pkt_hex_encode(char *to, const uint8_t *from, size_t n);
bool pkt_hex_decode(uint8_t *to, const char *from, size_t n);

struct pkt_edit {
	uint8_t *data; /* the frame, room bytes, which a new VLAN tag may need */
	size_t room;
	uint32_t caplen, len;
	int column; /* where it failed, and why */
	char why[120];
};

/* @col[]: PKT_COL_ETH_SRC to PKT_COL_HEX, starts of the line's columns, a space before each. */
bool pkt_text_edit(struct pkt_edit *e, const struct pkt_dissect *d, const struct pkt_columns *c, const char *const col[]);

#endif
