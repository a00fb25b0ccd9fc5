// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/port.c - what all media share: handing a frame to the NIC, finding a medium, saying a line
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lk/netdev.h"
#include "lib/netdev/stream.h"

#define ETH_HEAD 14u /* destination, source, type: IEEE 802.3 3.1.1 */

int lk_port_deliver(struct lk_port *port, const struct pkt_frame *f)
{
	struct lk_port_stats *st = &port->stats;
	int r;

	if (f->caplen < ETH_HEAD || f->caplen < f->len) {
		st->rx_runt++;
		return 1;
	}
	port->last_ts_ns = f->ts_ns;
	r = port->deliver(port, f->data, f->caplen);
	if (!r)
		return 0;
	if (r < 0) {
		st->rx_oversize++;
		return 1;
	}
	st->rx_frames++;
	st->rx_bytes += f->caplen;
	return 1;
}

const struct lk_medium_ops *lk_medium_find(const char *name)
{
	static const struct lk_medium_ops *const media[] = {
		&lk_medium_stdio,
		&lk_medium_fifo,
		&lk_medium_capture,
		&lk_medium_null,
	};
	size_t i;

	for (i = 0; i < sizeof(media) / sizeof(media[0]); i++)
		if (!strcmp(media[i]->name, name))
			return media[i];
	return NULL;
}

void lk_port_say(struct lk_port *port, const char *fmt, ...)
{
	char line[256], *p;
	va_list ap;

	if (!port->say)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (p = line; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			*p = '?';
	port->say(port, line);
}
