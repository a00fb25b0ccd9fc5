/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/drops.c - the frames that a port dropped, by reason: nothing is lost in silence */
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
