// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/link.c - the listening end of a return path: replies for a right port
 *
 * Theory of operation
 * -------------------
 * The readers of our stream connect to the abstract socket that carries the link's name. There are several where a tee
 * stands between; their frames are merged, one peer after the other, the first to be asked changing with every pump.
 *
 * A peer is LISTENING for nothing but its hello line until that is whole, then it is an lk_in in the binary format. It is
 * a process of our user, but what it sends is parsed as a stranger's. Its end, its death in the middle of a frame and
 * its nonsense end the connection only, never the element. Peers of another uid are closed unread and counted.
 *
 * One peer that holds the other end of our stream is given shared memory with the answer. When its stream has switched to it, ours may.
 *
 * The memory is bounded: LINK_PEERS connections, each with one line or one reader's buffer.
 *
 * Not done: a peer that connects and says nothing holds its place until it goes.
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

#define LINK_PEERS 16
#define LINK_NAMES 8	 /* names that are tried */
#define LINK_REFUSALS 4	 /* that are said, not only counted */

struct peer {
	struct lk_link *link;
	int fd; /* until the hello, then in owns it */
	struct lk_watch *watch;
	struct lk_line line;
	bool up;
	bool offload; /* it takes them */
	struct lk_in in;
};

struct lk_link {
	struct lk_port *port;
	int fd;
	struct lk_watch *watch;
	char name[PKT_LINK_MAX];
	struct stat st;
	void (*direct)(void *arg, struct lk_shm *shm, bool offload);
	void *arg;
	struct peer *ringed; /* the one that was given shared memory */
	struct peer *peer[LINK_PEERS];
	unsigned n, first;
};

static void peer_free(struct peer *p)
{
	if (p->link->ringed == p)
		p->link->ringed = NULL;
	lk_loop_del(p->watch);
	if (p->fd >= 0)
		close(p->fd);
	lk_in_close(&p->in);
	free(p);
}

static void link_drop(struct lk_link *l, unsigned i)
{
	struct peer *p = l->peer[i];

	l->peer[i] = l->peer[--l->n];
	peer_free(p);
}

static void link_drop_peer(struct peer *p)
{
	struct lk_link *l = p->link;
	unsigned i;

	for (i = 0; i < l->n; i++) {
		if (l->peer[i] == p) {
			link_drop(l, i);
			return;
		}
	}
}

/* A line of ours is far smaller than an empty socket's buffer: it goes as a whole or the peer is no use. @fds: NULL, or what goes with it. */
static int answer(int fd, const char *line, const int *fds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(LK_SHM_FDS * sizeof(int))] = { 0 };
	struct iovec iov = { (void *)(uintptr_t)line, strlen(line) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c = (struct cmsghdr *)control;

	if (fds) {
		*c = (struct cmsghdr){ CMSG_LEN(LK_SHM_FDS * sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
		memcpy(CMSG_DATA(c), fds, LK_SHM_FDS * sizeof(int));
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
	}
	return sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)iov.iov_len ? 0 : -EPIPE;
}

static bool same_fifo(const struct stat *st, const struct lk_hello *h)
{
	return S_ISFIFO(st->st_mode) && h->has_stdin && h->dev == st->st_dev && h->ino == st->st_ino;
}

/* The peer's stream goes on in the ring: it has mapped the memory. */
static void peer_ring(void *arg)
{
	struct peer *p = arg;

	p->link->direct(p->link->arg, p->in.shm, p->offload);
}

/* Say hello, with shared memory if the peer wants it and none has it. */
static int peer_answer(struct peer *p, const struct lk_hello *h, bool direct)
{
	struct lk_link *l = p->link;
	char line[LK_HELLO_MAX];
	int fds[LK_SHM_FDS] = { -1, -1, -1, -1 }, err, i;

	if (direct && h->ring && l->port->leave == LK_LEAVE_RING && !l->ringed)
		p->in.shm = lk_shm_new(l->port->loop, fds); /* NULL: then without */
	snprintf(line, sizeof(line), "hello 1 link=%s direct=%d ring=%d offload=%d\n", l->name, direct, !!p->in.shm, !!l->port->agreed);
	err = answer(p->fd, line, p->in.shm ? fds : NULL);
	for (i = 0; p->in.shm && i < LK_SHM_FDS; i++)
		close(fds[i]);
	return err;
}

/* The hello is whole: answer, and go on as a stream. */
static int peer_up(struct peer *p, const char *rest, size_t restlen)
{
	struct lk_link *l = p->link;
	struct lk_hello h;
	struct lk_io io = LK_IO_CLOSED;
	bool direct;
	int err;

	if (lk_hello_parse(p->line.buf, &h)) {
		answer(p->fd, "no hello understood\n", NULL);
		return -EPROTO;
	}
	if (strcmp(h.link, l->name)) {
		answer(p->fd, "no such link here\n", NULL);
		return -EPROTO;
	}
	direct = same_fifo(&l->st, &h);
	p->offload = h.offload;
	err = peer_answer(p, &h, direct);
	if (err)
		return err;
	lk_loop_del(p->watch);
	p->watch = NULL;
	err = lk_io_own(&io, p->fd);
	p->fd = -1;
	p->in.harmless = true;
	p->in.on_ring = peer_ring;
	p->in.arg = p;
	if (!err)
		err = lk_in_open(&p->in, l->port, &io, PKT_FMT_BIN);
	if (!err)
		err = lk_in_feed(&p->in, rest, restlen);
	if (err)
		return err;
	p->up = true;
	if (p->in.shm)
		l->ringed = p;
	else if (direct && h.bin && l->port->leave != LK_LEAVE_TEXT)
		l->direct(l->arg, NULL, false);
	return 0;
}

static void peer_event(void *arg, uint32_t events)
{
	struct peer *p = arg;
	const char *rest;
	size_t restlen;
	int r = lk_line_read(&p->line, p->fd, &rest, &restlen);

	(void)events;
	if (r > 0)
		r = peer_up(p, rest, restlen);
	if (r < 0)
		link_drop_peer(p);
}

static void refuse_uid(struct lk_link *l, uid_t uid)
{
	if (l->port->stats.peer_refused++ < LINK_REFUSALS)
		lk_port_say(l->port, "return path: refused a peer of uid %u", (unsigned)uid);
}

static void link_accept(void *arg, uint32_t events)
{
	struct lk_link *l = arg;
	struct peer *p;
	uid_t uid = (uid_t)-1;
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0) {
		/* out of descriptors: it would be reported for ever. The link goes on with the peers that it has. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
			lk_port_say(l->port, "return path: no more peers: %s", strerror(errno));
			lk_loop_del(l->watch);
			l->watch = NULL;
		}
		return;
	}
	if (lk_link_peer_uid(fd, &uid) || uid != geteuid()) {
		refuse_uid(l, uid);
		close(fd);
		return;
	}
	p = l->n < LINK_PEERS ? calloc(1, sizeof(*p)) : NULL;
	if (!p) {
		l->port->stats.peer_refused++;
		answer(fd, "no room for another reader\n", NULL);
		close(fd);
		return;
	}
	p->link = l;
	p->fd = fd;
	p->in.io = LK_IO_CLOSED;
	p->watch = lk_loop_add(l->port->loop, fd, EPOLLIN, peer_event, p);
	if (!p->watch) {
		peer_free(p);
		return;
	}
	l->peer[l->n++] = p;
}

/* Listen on @name; where that is taken on NAME+1, NAME+2 ... */
static int link_listen(char name[PKT_LINK_MAX])
{
	char try[PKT_LINK_MAX];
	struct sockaddr_un sa;
	int fd, k, e = EADDRINUSE;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	for (k = 0; k < LINK_NAMES && e == EADDRINUSE; k++) {
		memcpy(try, name, sizeof(try));
		if (k && snprintf(try, sizeof(try), "%.*s+%d", PKT_LINK_MAX - 3, name, k) >= PKT_LINK_MAX)
			break;
		e = bind(fd, (struct sockaddr *)&sa, lk_link_address(&sa, try)) < 0 ? errno : 0;
	}
	if (!e && listen(fd, 4 * LINK_PEERS) < 0)
		e = errno;
	if (e) {
		close(fd);
		return -e;
	}
	memcpy(name, try, sizeof(try));
	return fd;
}

struct lk_link *lk_link_new(struct lk_port *port, char name[PKT_LINK_MAX], const struct stat *st,
			    void (*direct)(void *arg, struct lk_shm *shm, bool offload), void *arg, int *err)
{
	struct lk_link *l = calloc(1, sizeof(*l));
	struct lk_io io = LK_IO_CLOSED; /* for its fd >= 3 */

	*err = -ENOMEM;
	if (!l)
		return NULL;
	l->fd = -1;
	l->port = port;
	l->st = *st;
	l->direct = direct;
	l->arg = arg;
	*err = link_listen(name);
	if (*err >= 0)
		*err = lk_io_own(&io, *err);
	if (*err < 0)
		goto fail;
	l->fd = io.fd;
	memcpy(l->name, name, sizeof(l->name));
	l->watch = lk_loop_add(port->loop, l->fd, EPOLLIN, link_accept, l);
	if (!l->watch) {
		*err = -errno;
		goto fail;
	}
	return l;
fail:
	lk_link_free(l);
	return NULL;
}

int lk_link_pump(struct lk_link *l, int budget)
{
	unsigned i, k;
	int n = 0;

	if (!l)
		return 0;
	for (k = 0; k < l->n && n < budget; k++) {
		i = (l->first + k) % l->n;
		if (l->peer[i]->up)
			n += lk_in_pump(&l->peer[i]->in, budget - n);
	}
	l->first = l->n ? (l->first + 1) % l->n : 0;
	for (i = 0; i < l->n;) {
		if (l->peer[i]->up && l->peer[i]->in.ended)
			link_drop(l, i);
		else
			i++;
	}
	return n;
}

void lk_link_flush(struct lk_link *l)
{
	if (l && l->ringed)
		lk_in_flush(&l->ringed->in);
}

bool lk_link_pending(const struct lk_link *l)
{
	unsigned i;

	for (i = 0; l && i < l->n; i++)
		if (l->peer[i]->up && lk_in_pending(&l->peer[i]->in))
			return true;
	return false;
}

void lk_link_gate(struct lk_link *l)
{
	unsigned i;

	for (i = 0; l && i < l->n; i++)
		if (l->peer[i]->up)
			lk_in_gate(&l->peer[i]->in);
}

unsigned lk_link_peers(const struct lk_link *l)
{
	unsigned i, n = 0;

	for (i = 0; l && i < l->n; i++)
		n += l->peer[i]->up;
	return n;
}

void lk_link_free(struct lk_link *l)
{
	if (!l)
		return;
	while (l->n)
		link_drop(l, 0);
	lk_loop_del(l->watch);
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}
