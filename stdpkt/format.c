// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/format.c - names: of the formats, and what a link may be called
 */
#include "stdpkt/pkt.h"

#include <string.h>

static const char *const names[] = {
	[PKT_FMT_NONE] = "none",
	[PKT_FMT_TEXT] = "text",
	[PKT_FMT_BIN] = "bin",
	[PKT_FMT_PCAPNG] = "pcapng",
	[PKT_FMT_PCAP] = "pcap",
	[PKT_FMT_RING] = "ring",
	[PKT_FMT_QEMU] = "qemu",
	[PKT_FMT_VDE] = "vde",
	[PKT_FMT_ETHERPIPE] = "etherpipe",
	[PKT_FMT_HEXDUMP] = "hexdump",
	[PKT_FMT_TRAFGEN] = "trafgen",
};
#define N_NAMES (sizeof(names) / sizeof(names[0]))

const char *pkt_format_name(enum pkt_format fmt)
{
	return (size_t)fmt < N_NAMES ? names[fmt] : "none";
}

enum pkt_format pkt_format_by_name(const char *name)
{
	size_t i;

	for (i = PKT_FMT_NONE + 1; i < N_NAMES; i++)
		if (!strcmp(name, names[i]))
			return (enum pkt_format)i;
	return PKT_FMT_NONE;
}

bool pkt_link_captured(const char *name)
{
	return !strncmp(name, PKT_LINK_CAPTURED, strlen(PKT_LINK_CAPTURED));
}

bool pkt_format_writable(enum pkt_format fmt)
{
	return fmt == PKT_FMT_TEXT || fmt == PKT_FMT_PCAPNG || fmt == PKT_FMT_PCAP || fmt == PKT_FMT_QEMU || fmt == PKT_FMT_VDE;
}

static bool link_char(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
	       c == '-' || c == ':' || c == '@' || c == '+';
}

bool pkt_link_ok(const char *s, size_t n)
{
	size_t i;

	if (n < 1 || n >= PKT_LINK_MAX || (n == 1 && *s == '-'))
		return false;
	for (i = 0; i < n; i++)
		if (!link_char((unsigned char)s[i]))
			return false;
	return true;
}
