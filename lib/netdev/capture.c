// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/capture.c - capture:IN,OUT: frames from one capture file, frames to another
 *
 * IN may have any format that a reader recognises. OUT is created or emptied, and is pcapng unless -o says otherwise.
 * A path has no comma in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lib/netdev/stream.h"

static int capture_open_out(struct lk_pair *p, struct lk_port *port, const char *path)
{
	char link[PKT_LINK_MAX];
	struct lk_io io;
	int err, fd;

	/* O_NONBLOCK: a FIFO without a reader is ENXIO instead of a hang; files do not mind */
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0666);
	if (fd < 0)
		return -errno;
	err = lk_io_own(&io, fd);
	if (err)
		return err;
	if (snprintf(link, sizeof(link), "%s.%s", port->element, port->name) >= (int)sizeof(link))
		link[0] = 0;
	lk_out_init(&p->out, port, port->output != PKT_FMT_NONE ? port->output : PKT_FMT_PCAPNG, link);
	p->out.frame.dir = PKT_DIR_OUT;
	p->has_out = true;
	err = lk_out_attach(&p->out, &io);
	if (!err)
		lk_out_begin(&p->out, PKT_FMT_NONE);
	return err;
}

static int capture_open(struct lk_port *port, const char *args, char *err, size_t errlen)
{
	char in[PATH_MAX], out[PATH_MAX];
	struct lk_pair *p;
	int r;

	r = lk_pair_paths(args, in, out, sizeof(in));
	if (r) {
		snprintf(err, errlen, "expected capture:IN,OUT: %s", strerror(-r));
		return r;
	}
	p = lk_pair_new(port);
	r = p ? 0 : -ENOMEM;
	snprintf(err, errlen, "%s", strerror(ENOMEM));
	if (!r && in[0]) {
		r = lk_pair_open_in(p, port, in);
		if (r)
			snprintf(err, errlen, "%.128s: %s", in, strerror(-r));
	}
	if (!r && out[0]) {
		r = capture_open_out(p, port, out);
		if (r)
			snprintf(err, errlen, "%.128s: %s", out, strerror(-r));
	}
	if (r)
		lk_pair_close(port);
	return r;
}

const struct lk_medium_ops lk_medium_capture = {
	.name = "capture",
	.open = capture_open,
	.send = lk_pair_send,
	.pump = lk_pair_pump,
	.flush = lk_pair_flush,
	.full = lk_pair_full,
	.pending = lk_pair_pending,
	.ended = lk_pair_ended,
	.drained = lk_pair_drained,
	.gate = lk_pair_gate,
	.describe = lk_pair_describe,
	.close = lk_pair_close,
};
