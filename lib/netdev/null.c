// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/null.c - the medium that takes everything, counts it, and gives nothing
 */
#include <errno.h>
#include <stdio.h>

#include "lk/netdev.h"

static int null_open(struct lk_port *port, const char *args, char *err, size_t errlen)
{
	(void)port;
	if (!args[0])
		return 0;
	snprintf(err, errlen, "null takes no argument");
	return -EINVAL;
}

static void null_send(struct lk_port *port, const struct iovec *iov, int n, size_t len)
{
	(void)iov;
	(void)n;
	port->stats.tx_frames++;
	port->stats.tx_bytes += len;
}

static int null_pump(struct lk_port *port, int budget)
{
	(void)port;
	(void)budget;
	return 0;
}

static void null_nothing(struct lk_port *port)
{
	(void)port;
}

static bool null_no(const struct lk_port *port)
{
	(void)port;
	return false;
}

static bool null_yes(const struct lk_port *port)
{
	(void)port;
	return true;
}

static void null_describe(const struct lk_port *port, char *buf, size_t len)
{
	(void)port;
	snprintf(buf, len, "null");
}

const struct lk_medium_ops lk_medium_null = {
	.name = "null",
	.open = null_open,
	.send = null_send,
	.pump = null_pump,
	.flush = null_nothing,
	.full = null_no,
	.pending = null_no,
	.ended = null_yes,
	.drained = null_yes,
	.gate = null_nothing,
	.describe = null_describe,
	.close = null_nothing,
};
