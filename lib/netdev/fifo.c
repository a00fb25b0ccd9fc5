// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/fifo.c - fifo:IN,OUT: a stream from one path, a stream to another
 *
 * Theory of operation
 * -------------------
 * Two elements that are joined by two FIFOs and open them in the same order would wait for each other for ever. So nothing here
 * waits: IN is opened O_NONBLOCK, which succeeds without a writer, and its end is seen only after a writer has come. OUT
 * opened O_NONBLOCK fails with ENXIO until a reader is there; a timer tries again, and frames are queued meanwhile. Opening
 * OUT O_RDWR would succeed at once, but then we would be our own reader and never learn that the real one has left.
 *
 * A blocked open of the other side cannot be waited for (inotify reports an open when it is through), hence the timer.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lib/netdev/stream.h"
#include "lk/loop.h"

#define FIFO_RETRY_MS 10

/* 0, -ENXIO while there is no reader, -errno */
static int fifo_connect(struct lk_pair *p)
{
	struct lk_io io;
	int err, fd = open(p->path_out, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	err = lk_io_own(&io, fd);
	return err ? err : lk_out_attach(&p->out, &io);
}

static void fifo_retry(void *arg, uint32_t events)
{
	struct lk_port *port = arg;
	struct lk_pair *p = port->medium;
	uint64_t ticks;
	int err;

	(void)events;
	if (read(p->timer, &ticks, sizeof(ticks)) < 0)
		return;
	err = fifo_connect(p);
	if (err == -ENXIO)
		return;
	lk_loop_del(p->timer_watch);
	p->timer_watch = NULL;
	close(p->timer);
	p->timer = -1;
	if (err) {
		p->out.gone = true;
		p->out.on_gone(p->out.arg, -err);
		return;
	}
	lk_out_begin(&p->out, PKT_FMT_NONE);
	lk_out_flush(&p->out);
}

static int fifo_open_out(struct lk_pair *p, struct lk_port *port, const char *path)
{
	struct itimerspec every = {
		.it_value.tv_nsec = FIFO_RETRY_MS * 1000000,
		.it_interval.tv_nsec = FIFO_RETRY_MS * 1000000,
	};
	char link[PKT_LINK_MAX];
	struct stat st;
	int err;

	if (snprintf(link, sizeof(link), "%s.%s", port->element, port->name) >= (int)sizeof(link))
		link[0] = 0;
	p->path_out = strdup(path);
	if (!p->path_out)
		return -ENOMEM;
	lk_out_init(&p->out, port, port->output != PKT_FMT_NONE ? port->output : PKT_FMT_TEXT, link);
	p->out.frame.dir = PKT_DIR_OUT;
	p->has_out = true;
	err = fifo_connect(p);
	if (!err)
		lk_out_begin(&p->out, PKT_FMT_NONE);
	if (err != -ENXIO)
		return err;
	/* ENXIO is also what the path of a socket or of a device without a driver says, and that does not change */
	if (stat(path, &st) < 0 || !S_ISFIFO(st.st_mode))
		return -ENXIO;
	p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (p->timer < 0 || timerfd_settime(p->timer, 0, &every, NULL) < 0)
		return -errno;
	p->timer_watch = lk_loop_add(port->loop, p->timer, EPOLLIN, fifo_retry, port);
	return p->timer_watch ? 0 : -errno;
}

static int fifo_open(struct lk_port *port, const char *args, char *err, size_t errlen)
{
	char in[PATH_MAX], out[PATH_MAX];
	struct lk_pair *p;
	int r;

	r = lk_pair_paths(args, in, out, sizeof(in));
	if (r) {
		snprintf(err, errlen, "expected fifo:IN,OUT: %s", strerror(-r));
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
		r = fifo_open_out(p, port, out);
		if (r)
			snprintf(err, errlen, "%.128s: %s", out, strerror(-r));
	}
	if (r)
		lk_pair_close(port);
	return r;
}

const struct lk_medium_ops lk_medium_fifo = {
	.name = "fifo",
	.open = fifo_open,
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
