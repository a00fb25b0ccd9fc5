// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/relay.c - bytes between a placeholder and its guest descriptor
 *
 * Up: what a program wrote into its placeholder - the bytes of a connected stream, and messages that someone wrote to a copy of the
 * descriptor below ATT_FD_BASE, where write(2) is not trapped. Down: a connected stream's bytes from the guest. A stream's large portions are
 * read to where the guest's TCP would copy them, and sent from where it has them. Each direction is a job that lives from the first byte until there is
 * nothing left to move; when one side is full it waits with what it has, so memory is bounded by one buffer or portion a direction and the
 * host's and the guest's own socket buffers do the rest.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#define READABLE (POLLIN | POLLERR | POLLHUP | POLLRDHUP)
#define TURN (1U << 20) /* bytes a direction moves before others get their turn */

/* One buffer is shared by all jobs that do not wait; who finds it taken brings its own. */
static char *buf_get(struct att_call *c)
{
	struct lk_attach *a = c->a;

	if (a->relay_busy)
		return malloc(ATT_RELAY_BUF);
	if (!a->relay_buf)
		a->relay_buf = malloc(ATT_RELAY_BUF);
	a->relay_busy = a->relay_buf;
	return a->relay_buf;
}

static void buf_put(struct att_call *c, char *buf)
{
	if (buf == c->a->relay_buf)
		c->a->relay_busy = false;
	else
		free(buf);
}

/* To the guest's descriptor, all of it: 0 or -errno. */
static long send_buf(struct att_call *c, const char *buf, size_t n)
{
	struct att_obj *o = c->o;

	for (size_t done = 0;;) {
		long r;

		if (o->kind == ATT_FILE || o->kind == ATT_DIR)
			r = att_guest(c, SYS_write, o->gfd, ATT_P(buf + done), (long)(n - done), 0, 0, 0);
		else
			r = att_guest(c, SYS_sendto, o->gfd, ATT_P(buf + done), (long)(n - done), MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
		if (r == -EAGAIN) {
			r = att_wait_ready(c, o, POLLOUT, UINT64_MAX);
			if (!r)
				continue;
		}
		if (r < 0)
			return r;
		done += (size_t)r;
		if (o->kind != ATT_STREAM || done >= n)
			return 0;
	}
}

/* The same for pieces of chunks, which are given back. */
static long send_room(struct att_call *c, const struct iovec *piece, int n)
{
	struct iovec v[ATT_ROOM];
	long r = 0;
	int i = 0;

	memcpy(v, piece, (size_t)n * sizeof(*v));
	while (i < n && r >= 0) {
		r = att_guest(c, LK_NR_SEND_CHUNKS, c->o->gfd, ATT_P(v + i), n - i, 0, 0, 0);
		if (r == -EAGAIN)
			r = att_wait_ready(c, c->o, POLLOUT, UINT64_MAX);
		for (size_t left = r > 0 ? (size_t)r : 0, k; left; left -= k) {
			k = left < v[i].iov_len ? left : v[i].iov_len;
			v[i].iov_base = (char *)v[i].iov_base + k;
			v[i].iov_len -= k;
			i += !v[i].iov_len;
		}
	}
	for (int k = 0; k < n; k++)
		c->a->be->chunk_put(piece[k].iov_base);
	return r < 0 ? r : 0;
}

static void up(struct att_call *c)
{
	struct att_obj *o = c->o;
	char *buf = buf_get(c);
	size_t moved = 0;

	if (!buf)
		goto out;
	while (!o->closed && o->end >= 0 && (moved < TURN || o->hup)) {
		struct iovec v[ATT_ROOM];
		struct msghdr m = { .msg_iov = v, .msg_iovlen = o->bulk ? (size_t)att_room(c->a, o, v) : 0 };
		ssize_t n = m.msg_iovlen ? recvmsg(o->end, &m, MSG_DONTWAIT) : recv(o->end, buf, ATT_RELAY_BUF, MSG_DONTWAIT);
		long r;

		o->bulk = n >= (ssize_t)LK_LENT_MIN && o->kind == ATT_STREAM;
		if (n < 0) {
			o->unread |= errno == ECONNRESET;
			break;
		}
		if (!n) {
			struct pollfd pfd = { .fd = o->end, .events = POLLRDHUP };

			if (o->kind == ATT_STREAM || (poll(&pfd, 1, 0) == 1 && pfd.revents)) {
				o->prog_eof = true;
				/* a close is passed on as a close: it may have to be a reset (SO_LINGER, unread data) */
				if (o->kind == ATT_STREAM && !att_obj_gone(o))
					att_guest(c, SYS_shutdown, o->gfd, SHUT_WR, 0, 0, 0, 0);
				break;
			}
		}
		r = m.msg_iovlen ? send_room(c, v, att_room_took(c->a, v, (size_t)n)) : send_buf(c, buf, (size_t)n);
		if (r < 0) {
			if (o->kind == ATT_STREAM) {
				if (!o->sock_err && r != -EPIPE)
					o->sock_err = (int)-r;
				o->prog_eof = true;
				if (o->end >= 0)
					shutdown(o->end, SHUT_RD); /* the program's next write: EPIPE */
				break;
			} else {
				c->a->st.refused++; /* a written message whose error nobody is there to take */
			}
			if (r == -EINTR || r == -EBADF)
				break;
		}
		moved += (size_t)n;
		if (o->kind == ATT_STREAM && n < (m.msg_iovlen ? ATT_PORTION : ATT_RELAY_BUF) && !o->hup)
			break; /* that was all; should it not be, the loop says so again */
	}
	att_follow(c->a, o, moved);
	buf_put(c, buf);
out:
	o->up_busy = false;
	att_obj_drained(c->a, o);
}

void att_relay_up(struct lk_attach *a, struct att_obj *o)
{
	if (o->up_busy || o->closed)
		return;
	o->up_busy = true;
	if (att_job(a, o, up))
		o->up_busy = false;
	else if (o->up_busy)
		att_obj_interest(a, o); /* it waits: stop listening */
}

/*
 * The guest's connection ended in an error: the program's end shall say so, too, and not that this is the end of the file. A peer that leaves
 * unread data behind makes it ECONNRESET, the only error that there is for it; SO_ERROR knows the right one.
 */
static void reset(struct att_call *c, struct att_obj *o, int err)
{
	int fd;

	o->sock_err = err;
	o->peer_eof = true;
	fd = att_fd_dup(c, o);
	if (fd >= 0) {
		if (send(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
			/* full of unread data: as good */
		}
		close(fd);
	}
	att_obj_reset(c->a, o, fd >= 0);
}

/* What has come, from where it lies to the program: how much, 0 if that cannot be done, or -errno. */
static long forward(struct att_call *c)
{
	struct att_obj *o = c->o;

	while (c->a->be->peek && !o->closed && o->end >= 0) {
		struct lk_guest_piece piece[32];
		struct iovec v[32];
		const unsigned n = c->a->be->peek(o->gfd, piece, 32, ATT_PORTION);
		const struct msghdr m = { .msg_iov = v, .msg_iovlen = n };
		ssize_t w;

		for (unsigned i = 0; i < n; i++)
			v[i] = (struct iovec){ (void *)piece[i].data, piece[i].len };
		if (!n)
			break;
		w = sendmsg(o->end, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (w < 0 && errno == EAGAIN) {
			if (att_wait_end(c, o)) {
				o->unread |= o->hup;
				return -EINTR;
			}
			continue;
		}
		if (w <= 0)
			break;
		return att_guest(c, LK_NR_TAKEN, o->gfd, w, 0, 0, 0, 0) == w ? w : -EPROTO;
	}
	return 0;
}

/* Is there more? Readiness alone does not say so: SO_RCVLOWAT. */
static bool more(const struct att_call *c)
{
	const struct lk_attach_backend *be = c->a->be;
	struct lk_guest_piece piece;

	return (be->peek && be->peek(c->o->gfd, &piece, 1, 1)) || be->poll_now(c->o->gfd) & READABLE;
}

static void down(struct att_call *c)
{
	struct att_obj *o = c->o;
	char *buf = buf_get(c);
	size_t moved = 0;
	long n = 0;

	if (!buf)
		goto out;
	while (!o->closed && !o->hup && o->end >= 0) {
		long copied = 0;

		n = forward(c);
		if (!n)
			n = copied = att_guest(c, SYS_recvfrom, o->gfd, ATT_P(buf), ATT_RELAY_BUF, MSG_DONTWAIT, 0, 0);
		if (n <= 0)
			break;
		for (long done = 0; done < copied;) {
			ssize_t w;

			if (o->closed || o->end < 0)
				break;
			w = send(o->end, buf + done, (size_t)(n - done), MSG_DONTWAIT | MSG_NOSIGNAL);
			if (w > 0) {
				done += w;
			} else if (w < 0 && errno == EAGAIN) {
				if (att_wait_end(c, o)) {
					o->unread |= o->hup;
					break;
				}
			} else {
				break; /* EPIPE: the program reads no more; what comes is dropped */
			}
		}
		moved += (size_t)n;
		if (copied < ATT_RELAY_BUF && !more(c))
			break;
		if (moved >= TURN) {
			att_kick(c->a, o); /* others first */
			break;
		}
	}
	att_follow(c->a, o, moved);
	buf_put(c, buf);
	if (o->closed || o->end < 0)
		goto out;
	if (!n && !o->peer_eof && !o->hup) {
		o->peer_eof = true;
		shutdown(o->end, SHUT_WR);
	} else if (n < 0 && n != -EAGAIN && n != -EINTR) {
		reset(c, o, (int)-n);
	}
out:
	o->down_busy = false;
}

void att_relay_down(struct lk_attach *a, struct att_obj *o)
{
	if (o->peer_eof && !o->prog_eof && !o->closed && !o->hup && o->end >= 0 && a->be->poll_now(o->gfd) & POLLERR) {
		o->prog_eof = true; /* reset behind its end of file: */
		shutdown(o->end, SHUT_RD); /* the program's next write is EPIPE */
		att_obj_interest(a, o);
		return;
	}
	if (o->down_busy || o->peer_eof || o->closed || o->hup || o->end < 0)
		return;
	if (!(a->be->poll_now(o->gfd) & READABLE))
		return;
	o->down_busy = true;
	if (att_job(a, o, down))
		o->down_busy = false;
}
