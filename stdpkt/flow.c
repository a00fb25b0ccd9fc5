// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/flow.c - which frames belong together: the same number for both directions of a conversation
 */
#include "stdpkt/bytes.h"
#include "stdpkt/dissect.h"

#include <string.h>

#define QUOTED 128u /* bytes of a quoted packet that are looked at */

enum { ICMP = 1, ICMP6 = 58 };

/* Not secret, so a sender can choose frames that fall together; what that costs is speed. */
static uint64_t mix(uint64_t h, const uint8_t *p, uint32_t n)
{
	for (; n; n--)
		h = (h ^ *p++) * 0x100000001b3ull;
	return h ^ h >> 29;
}

/* ICMP's and ICMPv6's errors quote the packet that they are about. */
static bool quotes(const struct pkt_dissect *d)
{
	const uint8_t type = d->data[d->l4];

	return d->l4_proto == ICMP ? type == 3 || type == 4 || type == 5 || type == 11 || type == 12 : type >= 1 && type <= 4;
}

static uint64_t flow_key(const struct pkt_dissect *d)
{
	const uint32_t width = d->l3_kind == PKT_L3_IP6 ? 16 : 4;
	const uint8_t *addr = d->data + d->l3 + (width == 16 ? 8 : 12);
	const uint8_t *l4 = d->data + d->l4;
	const bool echo = d->l4_proto == ICMP || d->l4_proto == ICMP6;
	uint8_t end[2][18] = { 0 };
	int swap;

	memcpy(end[0], addr, width);
	memcpy(end[1], addr + width, width);
	/* fragments but the first have no ports, so none of them counts; echo and its reply have the same identifier */
	if (d->l4 && !d->fragment && d->ports && d->l4_end - d->l4 >= 4) {
		memcpy(end[0] + 16, l4, 2);
		memcpy(end[1] + 16, l4 + 2, 2);
	} else if (d->l4 && !d->fragment && echo && d->l4_end - d->l4 >= 6) {
		memcpy(end[0] + 16, l4 + 4, 2);
		memcpy(end[1] + 16, l4 + 4, 2);
	}
	swap = memcmp(end[0], end[1], sizeof(end[0])) > 0;
	return mix(mix(mix(0xcbf29ce484222325ull, &d->l4_proto, 1), end[swap], sizeof(end[0])), end[!swap], sizeof(end[0]));
}

enum pkt_flow pkt_flow(const uint8_t *data, uint32_t len, uint64_t *key)
{
	uint8_t quoted[14 + QUOTED] = { 0 };
	struct pkt_dissect d, q;
	uint32_t n;

	*key = 0;
	pkt_dissect(&d, data, len);
	if (d.l3_kind == PKT_L3_ARP)
		return pkt_be16(data + d.l3 + 6) == 1 ? PKT_FLOW_ASK : PKT_FLOW_OTHER;
	if (d.l3_kind == PKT_L3_NONE)
		return PKT_FLOW_OTHER;
	if (d.l4 && (d.l4_proto == ICMP || d.l4_proto == ICMP6)) {
		const uint8_t type = data[d.l4];

		if (d.l4_proto == ICMP6 && type >= 133 && type <= 137)
			return type == 135 ? PKT_FLOW_ASK : PKT_FLOW_OTHER;
		if (quotes(&d) && d.l4_end - d.l4 > 8) {
			n = d.l4_end - d.l4 - 8 < QUOTED ? d.l4_end - d.l4 - 8 : QUOTED;
			pkt_put_be16(quoted + 12, d.l3_kind == PKT_L3_IP6 ? 0x86dd : 0x0800);
			memcpy(quoted + 14, data + d.l4 + 8, n);
			pkt_dissect(&q, quoted, 14 + n);
			if (q.l3_kind == d.l3_kind)
				d = q;
		}
	}
	*key = flow_key(&d);
	return PKT_FLOW_KEY;
}
