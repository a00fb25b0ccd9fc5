// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/retpath.c - the connecting end of a return path: a left port's frames toward the writer of its stdin
 *
 * Theory of operation
 * -------------------
 *   WAIT   nothing has named a link yet; frames are kept, up to the hard limit (they may be ARP requests)
 *   HELLO  connected, our hello is sent, the answer is awaited; frames are kept
 *   UP     frames flow
 *   NONE   there is no way back: frames are counted as tx_noreturn, said once
 *   GONE   there was one, and its other end has left: tx_gone, quietly, since our input ends then too
 *
 *   WAIT  -> HELLO   a name, and the socket of that name is there and its owner's uid is ours
 *         -> NONE    a frame without a name, the end of the input or of the element, or a name that cannot be connected
 *   HELLO -> UP      "hello 1"
 *         -> GONE    end of the connection before the answer: the other end was ending when we came
 *         -> NONE    anything else
 *   UP    -> GONE    end of the connection
 *   NONE  -> HELLO   a name comes late, the first one
 *
 * full() is false in WAIT: the gates that it closes would keep the name from being read.
 * A frame of a capture has a name too (pcapng's if_name), just nobody listens there. So a failure is said at once only for
 * formats that are ours; for the rest it is said with the first frame that is lost.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/netdev/link.h"
#include "lk/loop.h"

enum ret_state { RET_WAIT, RET_HELLO, RET_UP, RET_NONE, RET_GONE };

struct lk_retpath {
	struct lk_port *port;
	enum ret_state state;
	struct lk_out out;
	struct lk_in *in;
	struct stat st;
	char name[PKT_LINK_MAX]; /* the first name, "" = none yet */
	char why[160];		 /* of NONE */
	bool said, said_other;
	struct lk_line line;
};

static void ret_say(struct lk_retpath *r)
{
	if (r->said)
		return;
	r->said = true;
	lk_port_say(r->port, "no return path: %s", r->why);
}

/* What was kept cannot be returned: it is not sent, but counted as *@drops. How many. */
static uint64_t ret_discard(struct lk_retpath *r, uint64_t *drops)
{
	uint64_t bytes;
	const uint64_t n = lk_out_discard(&r->out, &bytes);

	r->port->stats.tx_frames -= n;
	r->port->stats.tx_bytes -= bytes;
	*drops += n;
	return n;
}

static void ret_none(struct lk_retpath *r, const char *why)
{
	snprintf(r->why, sizeof(r->why), "%s", why);
	r->state = RET_NONE;
	if (ret_discard(r, &r->port->stats.tx_noreturn))
		ret_say(r);
}

static void ret_disconnect(struct lk_retpath *r)
{
	lk_loop_del(r->out.watch);
	r->out.watch = NULL;
	lk_io_close(&r->out.io);
}

static void ret_refused(struct lk_retpath *r, const char *what)
{
	char why[LK_HELLO_MAX + PKT_LINK_MAX + 8];

	ret_disconnect(r);
	snprintf(why, sizeof(why), "%s: %s", r->name, what);
	ret_none(r, why);
	ret_say(r);
}

/* on_gone of the output, and the end of the connection */
static void ret_gone(void *arg, int err)
{
	struct lk_retpath *r = arg;

	if (r->state == RET_HELLO && err != EPIPE && err != ECONNRESET) {
		ret_refused(r, strerror(err));
		return;
	}
	if (r->state == RET_HELLO)
		ret_discard(r, &r->port->stats.tx_gone);
	ret_disconnect(r);
	r->out.gone = true;
	r->state = RET_GONE;
}

/* Shared memory came with the answer. Where it cannot be had, or makes no sense, both streams stay what they are. */
static void ret_ring(struct lk_retpath *r, bool offload)
{
	struct lk_shm *shm = r->line.fds == LK_SHM_FDS && r->in->reader ? lk_shm_map(r->port->loop, r->line.fd) : NULL;

	if (!shm)
		return;
	if (!r->in->shm && !lk_out_ring(&r->out, shm)) {
		r->in->shm = lk_shm_hold(shm);
		if (offload && r->port->agreed) {
			shm->tx.pools = r->port->pools;
			r->port->agreed(r->port);
		}
	}
	lk_shm_put(shm);
}

static void ret_input(void *arg)
{
	struct lk_retpath *r = arg;
	struct lk_hello h;
	const char *rest;
	size_t restlen;
	char junk[64];
	ssize_t n;
	int got;

	if (r->state == RET_UP) {
		/* the other end has nothing to say, except that it is gone */
		n = recv(r->out.io.fd, junk, sizeof(junk), MSG_DONTWAIT);
		if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
			ret_gone(r, EPIPE);
		return;
	}
	got = lk_line_read(&r->line, r->out.io.fd, &rest, &restlen);
	if (!got)
		return;
	if (got < 0)
		ret_gone(r, -got);
	else if (!strncmp(r->line.buf, "no ", 3))
		ret_refused(r, r->line.buf);
	else if (lk_hello_parse(r->line.buf, &h) || strcmp(h.link, r->name))
		ret_refused(r, "no hello that we understand");
	else {
		r->state = RET_UP;
		r->out.corked = false;
		if (h.ring)
			ret_ring(r, h.offload);
		lk_out_flush(&r->out);
	}
	lk_line_close(&r->line);
}

static int ret_connect(struct lk_retpath *r, const char **why)
{
	static const char *const formats[] = { [LK_LEAVE_RING] = "ring,bin", [LK_LEAVE_BIN] = "bin", [LK_LEAVE_TEXT] = "-" };
	struct sockaddr_un sa;
	socklen_t len = lk_link_address(&sa, r->name);
	struct lk_io io = LK_IO_CLOSED;
	char line[LK_HELLO_MAX];
	uid_t uid;
	int fd, err, n;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	err = fd < 0 ? -errno : lk_io_own(&io, fd);
	if (err)
		goto out;
	if (connect(io.fd, (struct sockaddr *)&sa, len) < 0) {
		err = -errno;
		if (err == -ECONNREFUSED)
			*why = "nobody listens there";
		goto out;
	}
	err = lk_link_peer_uid(io.fd, &uid);
	if (!err && uid != geteuid()) {
		*why = "it is another user's";
		err = -EPERM;
	}
	if (err)
		goto out;
	n = snprintf(line, sizeof(line), "hello 1 link=%s stdin=%llu:%llu formats=%s offload=%d\n", r->name,
		     (unsigned long long)r->st.st_dev, (unsigned long long)r->st.st_ino, formats[r->port->leave], !!r->port->agreed);
	/* closed already: the reason lies there to be read */
	if (send(io.fd, line, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) != n && errno != EPIPE)
		err = -EIO;
	else
		err = lk_out_attach(&r->out, &io);
out:
	if (err && !*why)
		*why = strerror(-err);
	lk_io_close(&io);
	return err;
}

struct lk_retpath *lk_retpath_new(struct lk_port *port, struct lk_in *in, const struct stat *st)
{
	struct lk_retpath *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->port = port;
	r->in = in;
	r->st = *st;
	r->line.take_fds = true;
	lk_out_init(&r->out, port, PKT_FMT_BIN, NULL);
	r->out.corked = true;
	r->out.extra = EPOLLIN;
	r->out.on_input = ret_input;
	r->out.on_gone = ret_gone;
	r->out.arg = r;
	return r;
}

void lk_retpath_name(struct lk_retpath *r, const char *name, bool ours)
{
	const char *why = NULL;
	char line[2 * PKT_LINK_MAX + 32];

	/* every frame passes here: the usual cases first */
	if (!name[0]) {
		if (r->state == RET_WAIT)
			ret_none(r, "the input names no link");
		return;
	}
	if (r->name[0]) {
		if (r->state != RET_NONE && !r->said_other && strcmp(r->name, name)) {
			r->said_other = true;
			lk_port_say(r->port, "input of link %s among that of %s: replies go to %s", name, r->name, r->name);
		}
		return;
	}
	snprintf(r->name, sizeof(r->name), "%s", name);
	r->state = RET_HELLO;
	if (!ret_connect(r, &why))
		return;
	snprintf(line, sizeof(line), "%s: %s", r->name, why);
	ret_none(r, line);
	if (ours)
		ret_say(r);
}

void lk_retpath_end(struct lk_retpath *r, bool quiet)
{
	if (r->state != RET_WAIT)
		return;
	r->said |= quiet;
	ret_none(r, "the input named no link");
}

void lk_retpath_send(struct lk_retpath *r, const struct iovec *iov, int n, size_t len)
{
	if (r->state == RET_NONE) {
		r->port->stats.tx_noreturn++;
		ret_say(r);
		return;
	}
	lk_out_send(&r->out, iov, n, len);
}

void lk_retpath_flush(struct lk_retpath *r)
{
	if (r->state == RET_UP)
		lk_out_flush(&r->out);
}

bool lk_retpath_full(const struct lk_retpath *r)
{
	return (r->state == RET_UP || r->state == RET_HELLO) && lk_out_full(&r->out);
}

bool lk_retpath_drained(const struct lk_retpath *r)
{
	return lk_out_empty(&r->out);
}

const char *lk_retpath_state(const struct lk_retpath *r)
{
	switch (r->state) {
	case RET_WAIT:
		return "?";
	case RET_HELLO:
	case RET_UP:
		return r->name;
	case RET_NONE:
		return "one-way";
	case RET_GONE:
		break;
	}
	return "gone";
}

void lk_retpath_free(struct lk_retpath *r)
{
	if (!r)
		return;
	lk_line_close(&r->line);
	lk_out_close(&r->out);
	free(r);
}
