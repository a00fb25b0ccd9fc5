/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/counters.c - what a port took, gave and dropped, and why: nothing is lost in silence */
#include <inttypes.h>
#include <stdio.h>

#include "cmd/element.h"

uint64_t element_drops(const struct lk_port *p, char *why, size_t len)
{
	const struct lk_port_stats *s = &p->stats;
	const struct {
		const char *word;
		uint64_t count;
	} reasons[] = {
		{ "oversize", s->rx_oversize + s->tx_oversize },
		{ "runt", s->rx_runt },
		{ "bad", s->rx_bad },
		{ "full", s->tx_full },
		{ "noreturn", s->tx_noreturn },
		{ "gone", s->tx_gone },
	};
	uint64_t sum = 0;
	size_t at = 0;

	why[0] = 0;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (!reasons[i].count)
			continue;
		sum += reasons[i].count;
		if (at < len)
			at += snprintf(why + at, len - at, "%s%s=%" PRIu64, at ? "," : "", reasons[i].word, reasons[i].count);
	}
	return sum;
}

size_t element_counters(const struct element *e, char *buf, size_t len)
{
	size_t at = 0;

	if (!e->ports) /* of stdpkt shell */
		at = snprintf(buf, len, "%s - - 0 0 0 0 0 -\n", e->name);
	for (int i = 0; i < e->ports && at < len; i++) {
		const struct lk_port *p = &e->port[i].port;
		const struct lk_port_stats *s = &p->stats;
		char medium[160] = "-", why[256];
		const uint64_t drops = element_drops(p, why, sizeof(why));

		p->ops->describe(p, medium, sizeof(medium));
		for (char *c = medium; *c; c++)
			if (*c == ' ')
				*c = ',';
		at += snprintf(buf + at, len - at, "%s %s %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n", e->name, p->name,
			       medium, s->rx_frames, s->rx_bytes, s->tx_frames, s->tx_bytes, drops, *why ? why : "-");
	}
	return at < len ? at : len;
}
