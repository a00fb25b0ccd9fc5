// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/pair.c - a port on two paths, one for each direction: what fifo and capture share
 *
 * A direction without a path is an input that has ended, or an output that nobody takes: its frames are tx_noreturn.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/netdev/stream.h"
#include "lk/loop.h"

static void pair_gone(void *arg, int err)
{
	struct lk_port *port = arg;

	port->gone = true;
	if (err == EPIPE)
		return;
	port->refused = true;
	lk_port_say(port, "unable to write: %s", strerror(err));
}

struct lk_pair *lk_pair_new(struct lk_port *port)
{
	struct lk_pair *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->timer = -1;
	p->in.io = p->out.io = LK_IO_CLOSED;
	p->out.on_gone = pair_gone;
	p->out.arg = port;
	port->medium = p;
	return p;
}

int lk_pair_paths(const char *args, char *in, char *out, size_t size)
{
	const char *comma = strchrnul(args, ',');
	size_t n = (size_t)(comma - args);

	if (*comma && strlen(comma + 1) >= size)
		return -ENAMETOOLONG;
	if (n >= size)
		return -ENAMETOOLONG;
	memcpy(in, args, n);
	in[n] = 0;
	strcpy(out, *comma ? comma + 1 : "");
	if (!strcmp(in, "-"))
		in[0] = 0;
	if (!strcmp(out, "-"))
		out[0] = 0;
	return in[0] || out[0] ? 0 : -EINVAL;
}

int lk_pair_open_in(struct lk_pair *p, struct lk_port *port, const char *path)
{
	struct lk_io io;
	int err, fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	err = lk_io_own(&io, fd);
	if (!err)
		err = lk_in_open(&p->in, port, &io, PKT_FMT_NONE);
	p->has_in = !err;
	return err;
}

void lk_pair_send(struct lk_port *port, const struct iovec *iov, int n, size_t len)
{
	struct lk_pair *p = port->medium;

	if (p->has_out)
		lk_out_send(&p->out, iov, n, len);
	else
		port->stats.tx_noreturn++;
}

int lk_pair_pump(struct lk_port *port, int budget)
{
	struct lk_pair *p = port->medium;

	return p->has_in ? lk_in_pump(&p->in, budget) : 0;
}

void lk_pair_flush(struct lk_port *port)
{
	struct lk_pair *p = port->medium;

	if (p->has_out)
		lk_out_flush(&p->out);
}

bool lk_pair_full(const struct lk_port *port)
{
	const struct lk_pair *p = port->medium;

	return p->has_out && lk_out_full(&p->out);
}

bool lk_pair_pending(const struct lk_port *port)
{
	const struct lk_pair *p = port->medium;

	return p->has_in && lk_in_pending(&p->in);
}

bool lk_pair_ended(const struct lk_port *port)
{
	const struct lk_pair *p = port->medium;

	return !p->has_in || p->in.ended;
}

bool lk_pair_drained(const struct lk_port *port)
{
	const struct lk_pair *p = port->medium;

	return !p->has_out || lk_out_empty(&p->out);
}

void lk_pair_gate(struct lk_port *port)
{
	struct lk_pair *p = port->medium;

	if (p->has_in)
		lk_in_gate(&p->in);
}

void lk_pair_describe(const struct lk_port *port, char *buf, size_t len)
{
	const struct lk_pair *p = port->medium;
	enum pkt_format in = p->has_in && p->in.reader ? pkt_reader_format(p->in.reader) : PKT_FMT_NONE;

	snprintf(buf, len, "%s,%s", in == PKT_FMT_NONE ? "-" : pkt_format_name(in),
		 p->has_out ? pkt_format_name(p->out.writer.fmt) : "-");
}

void lk_pair_close(struct lk_port *port)
{
	struct lk_pair *p = port->medium;

	if (!p)
		return;
	if (p->has_in)
		lk_in_close(&p->in);
	if (p->has_out)
		lk_out_close(&p->out);
	lk_loop_del(p->timer_watch);
	if (p->timer >= 0)
		close(p->timer);
	free(p->path_out);
	free(p);
	port->medium = NULL;
}
