// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/words.c - numbers that the text format shows as words: types of ICMP and ICMPv6, operations of ARP, flags of TCP; and MAC addresses
 *
 * One table for those who show them and for those who read them. RFC 792, RFC 4443, RFC 4861, RFC 826, RFC 9293 3.1.
 */
#include "stdpkt/dissect.h"

#include <string.h>

static const struct {
	enum pkt_words kind;
	uint16_t number;
	const char *name;
} words[] = {
	{ PKT_WORDS_ICMP, 0, "echo-reply" },
	{ PKT_WORDS_ICMP, 3, "unreachable" },
	{ PKT_WORDS_ICMP, 5, "redirect" },
	{ PKT_WORDS_ICMP, 8, "echo-request" },
	{ PKT_WORDS_ICMP, 11, "time-exceeded" },
	{ PKT_WORDS_ICMP6, 1, "unreachable" },
	{ PKT_WORDS_ICMP6, 2, "packet-too-big" },
	{ PKT_WORDS_ICMP6, 3, "time-exceeded" },
	{ PKT_WORDS_ICMP6, 128, "echo-request" },
	{ PKT_WORDS_ICMP6, 129, "echo-reply" },
	{ PKT_WORDS_ICMP6, 133, "router-solicit" },
	{ PKT_WORDS_ICMP6, 134, "router-advert" },
	{ PKT_WORDS_ICMP6, 135, "neighbor-solicit" },
	{ PKT_WORDS_ICMP6, 136, "neighbor-advert" },
	{ PKT_WORDS_ARP, 1, "who-has" },
	{ PKT_WORDS_ARP, 2, "reply" },
};

/* As tcpdump shows them, without the brackets; an ACK is a dot. Bit 0 comes first. */
static const char tcp_flags[] = "FSRP.UEW";

const char *pkt_word(enum pkt_words kind, unsigned number)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].kind == kind && words[i].number == number)
			return words[i].name;
	return NULL;
}

int pkt_word_number(enum pkt_words kind, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].kind == kind && strlen(words[i].name) == n && !memcmp(words[i].name, s, n))
			return words[i].number;
	return -1;
}

char *pkt_put_tcp_flags(char *p, uint8_t flags)
{
	int i;

	if (!flags) {
		memcpy(p, "none", 4);
		return p + 4;
	}
	for (i = 0; i < 8; i++)
		if (flags & 1 << i)
			*p++ = tcp_flags[i];
	return p;
}

bool pkt_parse_tcp_flags(const char *s, size_t n, uint8_t *flags)
{
	const char *at;

	*flags = 0;
	if (n == 4 && !memcmp(s, "none", 4))
		return true;
	for (; n; n--, s++) {
		at = *s ? strchr(tcp_flags, *s) : NULL;
		if (!at)
			return false;
		*flags |= (uint8_t)(1 << (at - tcp_flags));
	}
	return *flags != 0;
}

bool pkt_parse_mac(const char *s, size_t n, uint8_t *mac)
{
	int i;

	if (n != 17)
		return false;
	for (i = 0; i < 6; i++)
		if (!pkt_hex_decode(mac + i, s + 3 * i, 1) || (i < 5 && s[3 * i + 2] != ':'))
			return false;
	return true;
}
