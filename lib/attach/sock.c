// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/sock.c - socket, bind, connect, listen, accept, names, shutdown
 *
 * Only families are let through whose options, control messages and ioctls are known to carry no pointers but those that msg.c,
 * sockopt.c and ioctl.c rewrite: the guest does not check pointers (lk/boot.h).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#define ADDR_MAX 128 /* sizeof(struct sockaddr_storage), the kernel's own bound */

uint64_t att_timeout_ns(struct att_call *c, int opt)
{
	struct timeval tv = { 0 };
	socklen_t len = sizeof(tv);

	if (!c->o || att_guest(c, SYS_getsockopt, c->o->gfd, SOL_SOCKET, opt, ATT_P(&tv), ATT_P(&len), 0))
		return UINT64_MAX;
	if (!tv.tv_sec && !tv.tv_usec)
		return UINT64_MAX;
	return att_now_ns() + (uint64_t)tv.tv_sec * 1000000000ULL + (uint64_t)tv.tv_usec * 1000ULL;
}

bool att_blocks(struct att_call *c, int msg_flags)
{
	return !(msg_flags & MSG_DONTWAIT) && !att_fd_nonblock(c);
}

void att_sigpipe(struct att_call *c)
{
	if (c->p->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, c->p->pidfd, SIGPIPE, NULL, 0);
}

/* The address argument of bind and connect. Its length or -errno. */
static long get_addr(struct att_call *c, void *addr, uint64_t from, uint64_t len)
{
	int n = (int)len;

	if (n < 0 || n > ADDR_MAX)
		return -EINVAL;
	memset(addr, 0, ADDR_MAX);
	return att_get(c, addr, from, (size_t)n) ? -EFAULT : n;
}

/* An address result: at most what the caller has room for, and the true length. */
static long put_addr(struct att_call *c, const void *addr, unsigned len, uint64_t to, uint64_t lenp, int room)
{
	struct att_vec v = { .n = 0 };

	att_vec_add(&v, to, addr, len < (unsigned)room ? len : (unsigned)room);
	att_vec_add(&v, lenp, &len, sizeof(len));
	return att_vec_put(c, &v);
}

static bool family_known(int f)
{
	return f == AF_INET || f == AF_INET6 || f == AF_NETLINK || f == AF_PACKET || f == AF_KEY || f == AF_CAN;
}

static long do_socket(struct att_call *c)
{
	int domain = (int)c->data.args[0], type = (int)c->data.args[1], proto = (int)c->data.args[2];
	struct att_obj like = { .domain = domain, .type = type & 0xf, .proto = proto };
	long r;

	if (type & ~(0xf | SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	if (!family_known(domain)) {
		c->a->st.refused++;
		return -EAFNOSUPPORT;
	}
	r = att_guest(c, SYS_socket, domain, (type & 0xf) | SOCK_NONBLOCK | SOCK_CLOEXEC, proto, 0, 0, 0);
	if (r < 0)
		return r;
	like.gfd = (int)r;
	like.kind = like.type == SOCK_STREAM && proto != IPPROTO_SCTP ? ATT_STREAM : ATT_MSG;
	r = att_obj_install(c, &like, (type & SOCK_CLOEXEC ? O_CLOEXEC : 0) | (type & SOCK_NONBLOCK ? O_NONBLOCK : 0));
	if (r != ATT_ANSWERED)
		att_guest_close(c, like.gfd);
	return r;
}

static long do_socketpair(struct att_call *c)
{
	c->a->st.refused++;
	return family_known((int)c->data.args[0]) ? -EOPNOTSUPP : -EAFNOSUPPORT;
}

static long do_bind(struct att_call *c)
{
	char addr[ADDR_MAX];
	long len = get_addr(c, addr, c->data.args[1], c->data.args[2]);

	return len < 0 ? len : att_guest(c, SYS_bind, c->o->gfd, ATT_P(addr), len, 0, 0, 0);
}

static int so_error(struct att_call *c)
{
	int err = 0;
	socklen_t len = sizeof(err);
	long r = att_guest(c, SYS_getsockopt, c->o->gfd, SOL_SOCKET, SO_ERROR, ATT_P(&err), ATT_P(&len), 0);

	return r < 0 ? (int)r : -err;
}

static void now_connected(struct att_call *c)
{
	struct att_obj *o = c->o;

	o->connecting = o->failed = false;
	if (o->kind == ATT_STREAM && !o->connected) {
		att_obj_sync(c->a, o, c); /* takes the byte of a failed attempt away, while it is not yet one of the stream */
		o->connected = true;
	}
	if (o->stuffed)
		att_obj_unstuff(c->a, o);
	att_obj_interest(c->a, o);
}

static long do_connect(struct att_call *c)
{
	struct att_obj *o = c->o;
	char addr[ADDR_MAX];
	long len = get_addr(c, addr, c->data.args[1], c->data.args[2]), r;
	uint64_t deadline;

	if (len < 0)
		return len;
	o->failed = false;
	r = att_guest(c, SYS_connect, o->gfd, ATT_P(addr), len, 0, 0, 0);
	if (!r && len >= 2 && !((struct sockaddr *)(void *)addr)->sa_family && o->kind == ATT_STREAM) {
		o->connected = false; /* AF_UNSPEC: dissolved */
		return 0;
	}
	if (!r && o->kind == ATT_STREAM)
		now_connected(c);
	if (r != -EINPROGRESS && r != -EALREADY)
		return r;
	if (!att_blocks(c, 0)) {
		o->connecting = true;
		if (!(c->a->be->poll_now(o->gfd) & (POLLOUT | POLLERR | POLLHUP)))
			att_obj_stuff(c, o);
		return r; /* att_obj_sync() sees it through */
	}
	deadline = att_timeout_ns(c, SO_SNDTIMEO);
	do {
		r = att_wait_ready(c, o, POLLOUT, deadline);
		if (r == -EAGAIN)
			return -EINPROGRESS;
		if (r)
			return r;
	} while (!(c->a->be->poll_now(o->gfd) & (POLLOUT | POLLERR | POLLHUP)));
	/* asked again, the guest's socket says what became of it, and is connected, or free for another attempt, from then on */
	r = o->kind == ATT_STREAM ? att_guest(c, SYS_connect, o->gfd, ATT_P(addr), len, 0, 0, 0) : so_error(c);
	if (r == -EISCONN)
		r = 0; /* SCTP's knows */
	if (!r)
		now_connected(c);
	return r;
}

static long do_listen(struct att_call *c)
{
	long r = att_guest(c, SYS_listen, c->o->gfd, (int)c->data.args[1], 0, 0, 0, 0);

	if (!r)
		c->o->listening = true;
	return r;
}

static long accept_flags(struct att_call *c, int flags)
{
	struct att_obj *o = c->o, like = { .kind = o->kind, .domain = o->domain, .type = o->type, .proto = o->proto };
	char addr[ADDR_MAX];
	unsigned len;
	int room = 0;
	uint64_t deadline = 0;
	long r;

	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	if (c->data.args[1]) {
		if (att_get(c, &room, c->data.args[2], sizeof(room)))
			return -EFAULT;
		if (room < 0)
			return -EINVAL;
	}
	if (o->stash >= 0) { /* accepted for a call that could not be told */
		like.gfd = o->stash;
		o->stash = -1;
	} else {
		for (;;) {
			r = att_guest(c, SYS_accept4, o->gfd, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC, 0, 0);
			if (r != -EAGAIN || !att_blocks(c, 0))
				break;
			if (!deadline)
				deadline = att_timeout_ns(c, SO_RCVTIMEO);
			r = att_wait_ready(c, o, POLLIN, deadline);
			if (r)
				return r;
		}
		if (r < 0)
			return r;
		like.gfd = (int)r;
	}
	len = sizeof(addr);
	if (c->data.args[1]) {
		r = att_guest(c, SYS_getpeername, like.gfd, ATT_P(addr), ATT_P(&len), 0, 0, 0);
		if (r == -ENOTCONN) { /* reset already */
			memset(addr, 0, sizeof(addr));
			memcpy(addr, &(sa_family_t){ (sa_family_t)o->domain }, sizeof(sa_family_t));
			len = o->domain == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
		}
		if (put_addr(c, addr, len, c->data.args[1], c->data.args[2], room)) {
			att_guest_close(c, like.gfd);
			return -EFAULT;
		}
	}
	like.connected = o->kind == ATT_STREAM;
	r = att_obj_install(c, &like, (flags & SOCK_CLOEXEC ? O_CLOEXEC : 0) | (flags & SOCK_NONBLOCK ? O_NONBLOCK : 0));
	if (r != ATT_ANSWERED && o->stash < 0)
		o->stash = like.gfd; /* no descriptor free, or killed: the next accept has it */
	else if (r != ATT_ANSWERED)
		att_guest_close(c, like.gfd);
	return r;
}

static long do_accept(struct att_call *c)
{
	return accept_flags(c, 0);
}

static long do_accept4(struct att_call *c)
{
	return accept_flags(c, (int)c->data.args[3]);
}

static long name(struct att_call *c, long nr)
{
	char addr[ADDR_MAX] = { 0 };
	unsigned len = sizeof(addr);
	int room;
	long r;

	if (att_get(c, &room, c->data.args[2], sizeof(room)))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	r = att_guest(c, nr, c->o->gfd, ATT_P(addr), ATT_P(&len), 0, 0, 0);
	return r < 0 ? r : put_addr(c, addr, len, c->data.args[1], c->data.args[2], room);
}

static long do_getsockname(struct att_call *c)
{
	return name(c, SYS_getsockname);
}

static long do_getpeername(struct att_call *c)
{
	return name(c, SYS_getpeername);
}

static long do_shutdown(struct att_call *c)
{
	struct att_obj *o = c->o;
	int how = (int)c->data.args[1];

	if (o->kind == ATT_STREAM && o->connected) {
		/* done to the placeholder; the relay carries the end of file on when all before it has gone */
		if (how == SHUT_RDWR || (how == SHUT_WR && o->peer_eof) || (how == SHUT_RD && o->prog_eof))
			o->shut = true;
		return ATT_CONTINUE;
	}
	return att_guest(c, SYS_shutdown, o->gfd, how, 0, 0, 0, 0);
}

const struct att_entry att_sock_calls[] = {
	{ SYS_socket, do_socket, 0 },
	{ SYS_socketpair, do_socketpair, 0 },
	{ SYS_bind, do_bind, ATT_F_FD },
	{ SYS_connect, do_connect, ATT_F_FD },
	{ SYS_listen, do_listen, ATT_F_FD },
	{ SYS_accept, do_accept, ATT_F_FD },
	{ SYS_accept4, do_accept4, ATT_F_FD },
	{ SYS_getsockname, do_getsockname, ATT_F_FD },
	{ SYS_getpeername, do_getpeername, ATT_F_FD },
	{ SYS_shutdown, do_shutdown, ATT_F_FD },
	{ 0, NULL, 0 },
};
