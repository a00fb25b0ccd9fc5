// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/stdio.c - the shell's pipe as a medium: stdio:in for the left port, stdio:out for the right one
 *
 * Theory of operation
 * -------------------
 * in:  fd 0 -> lk_in -> NIC, and NIC -> lk_retpath -> the socket of the link that the input names
 * out: NIC -> lk_out -> fd 1, and the sockets of fd 1's readers -> lk_link -> NIC
 *
 * The format of fd 1 is chosen as late as it may be, so that a filter between two capture tools keeps their format:
 *   -o                                  that
 *   fd 1 is a terminal                  text
 *   no stdio:in, or fd 0 is a terminal  text
 *   fd 0 is pcapng or pcap              the same; a regular file can be looked into at once, another sends first
 *   otherwise                           text
 * A frame that has to go out first looks at fd 0 once more, and goes out as text if nothing has arrived there. The ports may be opened in any order: the choice
 * is first made in flush(), when all are. There is one fd 0 in a process, so the input is found by a static pointer.
 *
 * in:FD and out:FD are the same for another inherited descriptor, as a program has them that stands between elements; out:FD is text.
 *
 * Text gives way to a ring, or to binary, when a reader of fd 1 has proved to hold the other end of the same pipe, and nobody asked
 * for text.
 *
 * Ends: fd 0 ends -> ended(); the right port is always ended(), since what comes back does not hold an element open. Our
 * reader leaves -> port->gone, quietly. Not writable for another reason (ENOSPC) -> said, gone and failed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/netdev/link.h"

struct std {
	bool is_in, tty, regular;
	int fd; /* inherited */
	/* in */
	struct lk_in in;
	struct lk_retpath *ret;
	/* out */
	struct lk_out out;
	struct lk_link *link;
	bool direct; /* a reader holds the other end of the pipe */
	struct lk_shm *shm; /* and this memory, or NULL */
	bool offload; /* and takes frames with work left */
	char name[PKT_LINK_MAX];
};

static const struct std *std_input;

/* ---- the format of fd 1 ---- */

/* NONE: not known yet. @now: look what has arrived. */
static enum pkt_format std_choose(const struct lk_port *port, const struct std *s, bool now)
{
	enum pkt_format fmt;

	if (port->output != PKT_FMT_NONE)
		return port->output;
	if (s->tty || s->fd != STDOUT_FILENO || !std_input || std_input->tty)
		return PKT_FMT_TEXT;
	now |= std_input->in.ended; /* an input that was short may be all read before the first frame leaves */
	fmt = lk_in_format(&std_input->in, now || std_input->regular);
	if (fmt == PKT_FMT_PCAPNG || fmt == PKT_FMT_PCAP)
		return fmt;
	return fmt == PKT_FMT_NONE && !now ? PKT_FMT_NONE : PKT_FMT_TEXT;
}

static void std_switch(struct lk_port *port, struct std *s)
{
	if (!s->direct || port->output != PKT_FMT_NONE || !s->out.writer.begun || s->out.writer.fmt != PKT_FMT_TEXT || s->out.gone)
		return;
	/* fails only for memory: then it stays text */
	if (!s->shm)
		pkt_write_switch(&s->out.writer, &s->out.buf, PKT_FMT_BIN);
	else if (!lk_out_ring(&s->out, s->shm) && s->offload && port->agreed) {
		s->shm->tx.pools = port->pools;
		port->agreed(port);
	}
}

static void std_begin(struct lk_port *port, struct std *s, bool now)
{
	enum pkt_format fmt;

	if (s->out.writer.begun)
		return;
	fmt = std_choose(port, s, now);
	if (fmt == PKT_FMT_NONE)
		return;
	lk_out_begin(&s->out, fmt);
	std_switch(port, s);
}

/* ---- what the halves report ---- */

static void std_named(void *arg, const char *name)
{
	struct lk_port *port = arg;
	struct std *s = port->medium;
	enum pkt_format fmt = pkt_reader_format(s->in.reader);

	lk_retpath_name(s->ret, name, fmt == PKT_FMT_TEXT || fmt == PKT_FMT_BIN);
}

static void std_direct(void *arg, struct lk_shm *shm, bool offload)
{
	struct lk_port *port = arg;
	struct std *s = port->medium;

	if (s->direct)
		return;
	s->direct = true;
	s->shm = shm ? lk_shm_hold(shm) : NULL;
	s->offload = offload;
	std_switch(port, s);
}

static void std_gone(void *arg, int err)
{
	struct lk_port *port = arg;

	port->gone = true;
	if (err == EPIPE || err == ECONNRESET)
		return;
	port->refused = true;
	lk_port_say(port, "unable to write: %s", strerror(err));
}

/* ---- open ---- */

static int open_in(struct lk_port *port, struct std *s, char *err, size_t errlen)
{
	struct lk_io io;
	struct stat st;
	int r;

	if (s->fd == STDIN_FILENO && std_input) {
		snprintf(err, errlen, "stdin is another port's");
		return -EBUSY;
	}
	s->tty = isatty(s->fd);
	r = fstat(s->fd, &st) < 0 ? -errno : lk_io_take(&io, s->fd, false);
	if (r) {
		snprintf(err, errlen, "stdin: %s", strerror(-r));
		return r;
	}
	s->ret = lk_retpath_new(port, &s->in, &st);
	if (!s->ret) {
		lk_io_close(&io);
		return -ENOMEM;
	}
	s->in.on_link = std_named;
	s->in.arg = port;
	r = lk_in_open(&s->in, port, &io, PKT_FMT_NONE);
	if (r) {
		snprintf(err, errlen, "stdin: %s", strerror(-r));
		return r;
	}
	s->regular = S_ISREG(st.st_mode);
	if (s->fd == STDIN_FILENO)
		std_input = s;
	return 0;
}

static int open_out(struct lk_port *port, struct std *s, char *err, size_t errlen)
{
	struct lk_io io;
	struct stat st;
	int r;

	r = snprintf(s->name, sizeof(s->name), "%s.%s", port->element, port->name);
	if (r >= (int)sizeof(s->name) || !pkt_link_ok(s->name, (size_t)r)) {
		snprintf(err, errlen, "%s.%s is no name for a link", port->element, port->name);
		return -EINVAL;
	}
	s->tty = isatty(s->fd);
	if (fstat(s->fd, &st) < 0) {
		snprintf(err, errlen, "stdout: %s", strerror(errno));
		return -errno;
	}
	s->link = lk_link_new(port, s->name, &st, std_direct, port, &r);
	if (!s->link)
		lk_port_say(port, "no return path: unable to listen: %s", strerror(-r));
	r = lk_io_take(&io, s->fd, true);
	if (!r) {
		lk_out_init(&s->out, port, port->output, s->name);
		s->out.frame.dir = PKT_DIR_OUT;
		s->out.on_gone = std_gone;
		s->out.arg = port;
		r = lk_out_attach(&s->out, &io);
	}
	if (r)
		snprintf(err, errlen, "stdout: %s", strerror(-r));
	return r;
}

static void std_close(struct lk_port *port)
{
	struct std *s = port->medium;

	if (!s)
		return;
	if (std_input == s)
		std_input = NULL;
	lk_in_close(&s->in);
	lk_retpath_free(s->ret);
	lk_link_free(s->link);
	lk_shm_put(s->shm);
	lk_out_close(&s->out);
	free(s);
	port->medium = NULL;
}

static int std_open(struct lk_port *port, const char *args, char *err, size_t errlen)
{
	struct std *s;
	int r = -EINVAL;

	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	snprintf(err, errlen, "%s", strerror(ENOMEM));
	s->in.io = s->out.io = LK_IO_CLOSED;
	port->medium = s;
	s->is_in = !strncmp(args, "in", 2);
	s->fd = !strcmp(args, "in") ? STDIN_FILENO : !strcmp(args, "out") ? STDOUT_FILENO : -1;
	if (s->fd < 0)
		sscanf(args, s->is_in ? "in:%d" : "out:%d", &s->fd);
	if (s->fd >= 0)
		r = s->is_in ? open_in(port, s, err, errlen) : open_out(port, s, err, errlen);
	else
		snprintf(err, errlen, "stdio:%s: expected stdio:in or stdio:out", args);
	if (r)
		std_close(port);
	return r;
}

/* ---- frames ---- */

static void std_send(struct lk_port *port, const struct iovec *iov, int n, size_t len)
{
	struct std *s = port->medium;

	if (s->is_in) {
		lk_retpath_send(s->ret, iov, n, len);
		return;
	}
	std_begin(port, s, true);
	lk_out_send(&s->out, iov, n, len);
}

static int std_pump(struct lk_port *port, int budget)
{
	struct std *s = port->medium;
	int n;

	if (!s->is_in)
		return lk_link_pump(s->link, budget);
	n = lk_in_pump(&s->in, budget);
	if (s->in.ended)
		lk_retpath_end(s->ret, false);
	return n;
}

static void std_flush(struct lk_port *port)
{
	struct std *s = port->medium;

	if (s->is_in) {
		lk_in_flush(&s->in);
		lk_retpath_flush(s->ret);
		return;
	}
	lk_link_flush(s->link);
	std_begin(port, s, false);
	lk_out_flush(&s->out);
}

static bool std_full(const struct lk_port *port)
{
	const struct std *s = port->medium;

	return s->is_in ? lk_retpath_full(s->ret) : lk_out_full(&s->out);
}

static bool std_pending(const struct lk_port *port)
{
	const struct std *s = port->medium;

	if (s->is_in)
		return lk_in_pending(&s->in);
	return !port->gated && lk_link_pending(s->link);
}

static bool std_ended(const struct lk_port *port)
{
	const struct std *s = port->medium;

	return s->is_in ? s->in.ended : true;
}

static bool std_drained(const struct lk_port *port)
{
	const struct std *s = port->medium;

	return s->is_in ? lk_retpath_drained(s->ret) : lk_out_empty(&s->out);
}

static void std_gate(struct lk_port *port)
{
	struct std *s = port->medium;

	if (s->is_in)
		lk_in_gate(&s->in);
	else
		lk_link_gate(s->link);
}

static void std_end(struct lk_port *port)
{
	struct std *s = port->medium;

	if (s->is_in)
		lk_retpath_end(s->ret, true);
}

static const char *format_or(enum pkt_format fmt)
{
	return fmt == PKT_FMT_NONE ? "-" : pkt_format_name(fmt);
}

static void std_describe(const struct lk_port *port, char *buf, size_t len)
{
	const struct std *s = port->medium;
	unsigned peers;

	if (s->is_in) {
		snprintf(buf, len, "%s %s", s->in.reader ? format_or(pkt_reader_format(s->in.reader)) : "-",
			 lk_retpath_state(s->ret));
		return;
	}
	peers = s->link ? lk_link_peers(s->link) : 0;
	if (peers > 1)
		snprintf(buf, len, "%s %s (%u readers)", format_or(s->out.writer.fmt), s->name, peers);
	else
		snprintf(buf, len, "%s %s", format_or(s->out.writer.fmt), s->name);
}

const struct lk_medium_ops lk_medium_stdio = {
	.name = "stdio",
	.open = std_open,
	.send = std_send,
	.pump = std_pump,
	.flush = std_flush,
	.full = std_full,
	.pending = std_pending,
	.ended = std_ended,
	.drained = std_drained,
	.gate = std_gate,
	.end = std_end,
	.describe = std_describe,
	.close = std_close,
};
