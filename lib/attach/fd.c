// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/fd.c - placeholders: the descriptors that programs hold, and the guest descriptors behind them
 *
 * unix(7): a pair hangs up when one end's last copy is closed. Where we need the programs' end we fetch it for a moment
 * (pidfd_getfd(2)); a copy of it is never kept, it would hide the hang-up. What it says of readiness: mark.c.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#define ZOMBIE_NS 200000000ULL /* how often to ask whether a half-dead stream is still held */

static unsigned ino_hash(uint64_t ino)
{
	return (unsigned)(ino ^ ino >> 10) % 1024;
}

struct att_obj *att_obj_of_fd(struct att_call *c, int fd)
{
	struct lk_attach *a = c->a;
	struct att_obj *o;
	uint64_t ino;

	if (fd < 0 || !a->nobjs)
		return NULL;
	ino = att_proc_socket(c->p, fd);
	if (!ino)
		return NULL;
	for (o = a->obj_hash[ino_hash(ino)]; o; o = o->hash) {
		if (o->ino == ino) {
			o->refs++;
			o->last_tid = c->p->tid;
			o->last_fd = fd;
			return o;
		}
	}
	return NULL;
}

int att_obj_hold(struct att_call *c, struct att_obj *o)
{
	struct att_held *h = att_alloc(c, sizeof(*h));

	if (!h) {
		att_obj_put(c->a, o);
		return -ENOMEM;
	}
	h->o = o;
	h->next = c->held;
	c->held = h;
	return 0;
}

int att_fd_dup(struct att_call *c, struct att_obj *o)
{
	struct att_proc *p = c->p;
	struct stat st;
	int fd, pidfd = -1, tmp = -1;

	if (p && p->tid == o->last_tid && !p->dead)
		pidfd = p->pidfd;
	if (pidfd < 0)
		pidfd = tmp = (int)syscall(SYS_pidfd_open, o->last_tid, O_EXCL /* PIDFD_THREAD */);
	if (pidfd < 0)
		pidfd = tmp = (int)syscall(SYS_pidfd_open, o->last_tid, 0);
	if (pidfd < 0)
		return -1;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, o->last_fd, 0);
	if (tmp >= 0)
		close(tmp);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || st.st_ino != o->ino || !S_ISSOCK(st.st_mode)) {
		close(fd); /* the number means something else by now */
		return -1;
	}
	return fd;
}

bool att_fd_nonblock(struct att_call *c)
{
	int fd, flags;

	if (!c->o)
		return false;
	fd = att_fd_dup(c, c->o);
	if (fd < 0)
		return false;
	flags = fcntl(fd, F_GETFL);
	close(fd);
	return flags >= 0 && (flags & O_NONBLOCK);
}

/* ---- giving ---- */

/* A number that is free in the program now, from ATT_FD_BASE up; low ones are preferred, select() ends at 1024. */
static int free_number(struct att_proc *p, int min)
{
	char name[16], link[8];

	for (int i = 0; i < 2048; i++) {
		int n = i < 4 ? min + i : p->next_fd + i - 4;

		if (n < min)
			n = min;
		if (p->dirfd < 0)
			att_proc_socket(p, n); /* opens it */
		snprintf(name, sizeof(name), "%d", n);
		if (p->dirfd < 0 || readlinkat(p->dirfd, name, link, sizeof(link)) < 0) {
			if (i >= 4)
				p->next_fd = n + 1;
			return n;
		}
	}
	return min;
}

/*
 * The number and the answer are two calls. One that does both (SECCOMP_ADDFD_FLAG_SEND) is not safe from a SIGSTOP of ours: Linux takes the
 * descriptor back then, and the program has its answer nevertheless, 0.
 */
long att_fd_give(struct att_call *c, int fd, int min, int flags)
{
	struct seccomp_notif_addfd add = { .id = c->id, .srcfd = (uint32_t)fd };
	struct seccomp_notif_resp *r = c->a->resp;
	int n;

	add.newfd_flags = (uint32_t)(flags & O_CLOEXEC);
	if (min) {
		add.flags = SECCOMP_ADDFD_FLAG_SETFD;
		add.newfd = (uint32_t)free_number(c->p, min);
	}
	do {
		n = ioctl(c->l->fd, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
		if (n < 0 && errno == EBADF && (add.flags & SECCOMP_ADDFD_FLAG_SETFD)) {
			/* the program has a low RLIMIT_NOFILE: socket calls still work, read and write do not */
			add.flags = 0;
			add.newfd = 0;
			errno = EINTR;
		}
	} while (n < 0 && errno == EINTR);
	if (n >= 0) {
		c->given_fd = n;
		memset(r, 0, c->a->resp_size);
		r->id = c->id;
		r->val = n;
		ioctl(c->l->fd, SECCOMP_IOCTL_NOTIF_SEND, r); /* ENOENT: killed meanwhile */
		return ATT_ANSWERED;
	}
	if (errno == ENOENT) {
		c->dead = true;
		return -EINTR;
	}
	return -errno;
}

static int slot_new(struct lk_attach *a, struct att_obj *o)
{
	uint32_t i;

	for (i = 0; i < a->nslots; i++)
		if (!a->slot[i])
			break;
	if (i == a->nslots) {
		uint32_t n = a->nslots ? 2 * a->nslots : 64;
		struct att_obj **s = realloc(a->slot, n * sizeof(*s));

		if (!s)
			return -ENOMEM;
		memset(s + a->nslots, 0, (n - a->nslots) * sizeof(*s));
		a->slot = s;
		a->nslots = n;
	}
	a->slot[i] = o;
	o->cookie = i;
	return 0;
}

long att_obj_install(struct att_call *c, const struct att_obj *like, int flags)
{
	struct lk_attach *a = c->a;
	struct att_obj *o = calloc(1, sizeof(*o));
	struct epoll_event ev = { 0 };
	struct stat st;
	const int stream_buf = ATT_STREAM_BUF;
	int sv[2] = { -1, -1 };
	long ret;

	if (!o)
		return -ENOMEM;
	o->w.kind = ATT_W_OBJ;
	o->kind = like->kind;
	o->gfd = like->gfd;
	o->domain = like->domain;
	o->type = like->type;
	o->proto = like->proto;
	o->connected = like->connected;
	o->stash = -1;
	o->linger.done = true;
	o->refs = 1;
	o->last_tid = c->p->tid;
	o->last_fd = -1;
	att_list_init(&o->waiters);
	att_list_init(&o->knode);
	if (socketpair(AF_UNIX,
		       (o->kind == ATT_STREAM ? SOCK_STREAM : SOCK_SEQPACKET) | SOCK_CLOEXEC |
			       (flags & O_NONBLOCK ? SOCK_NONBLOCK : 0),
		       0, sv) ||
	    fstat(sv[1], &st)) {
		ret = -errno;
		goto err;
	}
	for (int i = 0; i < 2 && o->kind == ATT_STREAM; i++)
		setsockopt(sv[i], SOL_SOCKET, SO_SNDBUF, &stream_buf, sizeof(stream_buf));
	o->end = sv[0];
	o->ino = st.st_ino;
	ret = slot_new(a, o);
	if (ret)
		goto err;
	o->interest = o->kind == ATT_STREAM && !o->connected ? 0 : EPOLLIN;
	ev.events = o->interest;
	ev.data.ptr = &o->w;
	if (epoll_ctl(a->ep, EPOLL_CTL_ADD, o->end, &ev)) {
		ret = -errno;
		goto err_slot;
	}
	o->in_epoll = true;
	if (o->kind == ATT_MSG || o->kind == ATT_STREAM)
		o->watched = !a->be->poll_watch(o->gfd, o->cookie);
	o->hash = a->obj_hash[ino_hash(o->ino)];
	a->obj_hash[ino_hash(o->ino)] = o;
	att_list_add_tail(&a->objs, &o->node);
	a->nobjs++;

	/* readable before the program can look */
	o->refs++;
	att_obj_sync(a, o, NULL);
	att_sync(a, c);
	ret = att_fd_give(c, sv[1], o->kind == ATT_STREAM ? 0 : ATT_FD_BASE, flags);
	close(sv[1]);
	if (ret == ATT_ANSWERED) {
		o->last_fd = c->given_fd;
		o->path = like->path;
	} else {
		o->gfd = -1;
		att_obj_close(a, o);
	}
	att_obj_put(a, o);
	return ret;

err_slot:
	a->slot[o->cookie] = NULL;
err:
	if (sv[0] >= 0)
		close(sv[0]);
	if (sv[1] >= 0)
		close(sv[1]);
	free(o);
	return ret;
}

/* ---- the end of an object ---- */

void att_obj_put(struct lk_attach *a, struct att_obj *o)
{
	if (--o->refs)
		return;
	o->w.gone = true;
	free(o->path);
	o->path = NULL;
	att_ring_free(a, o);
	if (o->stash >= 0) {
		o->g = (struct lk_call){ .nr = SYS_close, .arg = { o->stash } };
		a->be->call_start(&o->g); /* an unread connection: does not sleep */
	}
	o->g = (struct lk_call){ .nr = SYS_close, .arg = { o->gfd }, .done = true };
	if (o->gfd >= 0) {
		o->g.done = false;
		a->be->call_start(&o->g);
	}
	att_list_add_tail(o->g.done && o->linger.done ? &a->graveyard : &a->closing, &o->node);
}

/*
 * A program that closes a connection without having read everything resets it (RFC 2525 2.17). What it has not read lies in the placeholder,
 * of which the guest knows nothing.
 */
static void close_as_reset(struct lk_attach *a, struct att_obj *o)
{
	static const struct linger at_once = { .l_onoff = 1 };

	o->linger = (struct lk_call){ .nr = SYS_setsockopt, .arg = { o->gfd, SOL_SOCKET, SO_LINGER, (long)&at_once, sizeof(at_once) } };
	a->be->call_start(&o->linger);
}

static int host_error(int sock)
{
	socklen_t len = sizeof(int);
	int err = 0;

	return getsockopt(sock, SOL_SOCKET, SO_ERROR, &err, &len) ? 0 : err;
}

/* No program has it any more. Whoever still waits on it is told; the guest's descriptor goes with the last reference. */
void att_obj_close(struct lk_attach *a, struct att_obj *o)
{
	struct att_obj **pp;

	if (o->closed)
		return;
	o->closed = true;
	for (pp = &a->obj_hash[ino_hash(o->ino)]; *pp; pp = &(*pp)->hash) {
		if (*pp == o) {
			*pp = o->hash;
			break;
		}
	}
	a->slot[o->cookie] = NULL;
	att_list_del(&o->node);
	a->nobjs--;
	if (o->errors)
		a->nerrors--;
	if (o->odd)
		a->nodd--;
	if (o->zombie_ns)
		a->zombies--;
	o->zombie_ns = 0;
	if (o->watched)
		a->be->poll_unwatch(o->gfd);
	o->watched = false;
	if (o->in_epoll)
		epoll_ctl(a->ep, EPOLL_CTL_DEL, o->end, NULL);
	o->in_epoll = false;
	if (o->kind == ATT_STREAM && o->connected && (o->unread || (o->end >= 0 && host_error(o->end) == ECONNRESET)))
		close_as_reset(a, o);
	if (o->end >= 0)
		close(o->end);
	o->end = -1;
	while (!att_list_empty(&o->waiters)) {
		struct att_call *c = att_entry(o->waiters.next, struct att_call, wnode);

		c->wake = -EBADF;
		att_resume(c);
	}
	if (o->end_wait) {
		o->end_wait->wake = -EPIPE;
		att_resume(o->end_wait);
	}
	att_obj_put(a, o);
}

/* Does the thread that used it last still hold it there? */
static bool still_held(struct att_obj *o)
{
	struct att_proc p = { .tid = o->last_tid, .dirfd = -1 };
	uint64_t ino;

	if (o->last_fd < 0)
		return false;
	ino = att_proc_socket(&p, o->last_fd);
	att_seen_close(&p);
	if (p.dirfd >= 0)
		close(p.dirfd);
	return ino == o->ino;
}

/* att_obj_gone() - has the programs' end been closed, not only shut? */
bool att_obj_gone(struct att_obj *o)
{
	struct pollfd pfd = { .fd = o->end, .events = POLLRDHUP };

	if (o->end >= 0 && (poll(&pfd, 1, 0) != 1 || !(pfd.revents & POLLHUP)))
		return false;
	return o->kind != ATT_STREAM || !(o->shut || o->peer_eof) || !still_held(o);
}

/*
 * The programs' end hung up and all they wrote has been passed on. For a stream whose two directions were shut this does not
 * tell whether it was closed: as long as its last user holds it, options and addresses can still be asked for.
 */
static void hung_up(struct lk_attach *a, struct att_obj *o)
{
	if (!a->freeing && !att_obj_gone(o)) {
		if (!o->zombie_ns)
			a->zombies++;
		o->zombie_ns = att_now_ns() + ZOMBIE_NS;
		return;
	}
	att_obj_close(a, o);
}

void att_obj_zombies(struct lk_attach *a)
{
	uint64_t now = att_now_ns();
	struct att_list *n, *next;

	for (n = a->objs.next; n != &a->objs; n = next) {
		struct att_obj *o = att_entry(n, struct att_obj, node);

		next = n->next;
		if (o->zombie_ns && o->zombie_ns <= now)
			hung_up(a, o);
	}
}

void att_obj_reset(struct lk_attach *a, struct att_obj *o, bool unread)
{
	if (!unread) {
		shutdown(o->end, SHUT_RDWR); /* the hang-up comes as an event */
		return;
	}
	if (o->in_epoll)
		epoll_ctl(a->ep, EPOLL_CTL_DEL, o->end, NULL);
	o->in_epoll = false;
	close(o->end);
	o->end = -1;
	o->hup = true;
	if (!o->up_busy)
		hung_up(a, o);
}

/* ---- what comes out of it ---- */

void att_obj_event(struct lk_attach *a, struct att_obj *o, uint32_t events)
{
	o->refs++;
	if (events & (EPOLLHUP | EPOLLERR)) {
		o->hup = true;
		epoll_ctl(a->ep, EPOLL_CTL_DEL, o->end, NULL);
		o->in_epoll = false;
		if (o->stuffed)
			att_obj_unstuff(a, o);
	}
	if (o->end_wait) {
		o->end_wait->wake = o->hup ? -EPIPE : 0;
		if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
			att_resume(o->end_wait);
	}
	if (!o->closed && !o->prog_eof && !o->stuffed && (o->kind != ATT_STREAM || o->connected) && (events & (EPOLLIN | EPOLLHUP)))
		att_relay_up(a, o);
	if (o->hup && !o->up_busy && !o->closed)
		hung_up(a, o);
	att_obj_put(a, o);
}

/* att_obj_drained() - a relay that was waiting has ended; what a hang-up had to wait for may be over. */
void att_obj_drained(struct lk_attach *a, struct att_obj *o)
{
	if (o->hup && !o->closed)
		hung_up(a, o);
	else
		att_obj_interest(a, o);
}
