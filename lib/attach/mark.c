// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/mark.c - what a placeholder says of readiness: what the guest says of the descriptor behind it
 *
 * unix(7): the end of a pair that is written to is readable at the other, and one whose other end's queue is full is not writable. The byte
 * that makes a placeholder readable sits in the programs' queue; to take it out again we fetch their end for a moment.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#define EDGES 32 /* bytes at most that tell of more to come */

void att_obj_interest(struct lk_attach *a, struct att_obj *o)
{
	struct epoll_event ev = { .data.ptr = &o->w };

	if (!o->in_epoll)
		return;
	if (!o->stuffed && !o->up_busy && !o->prog_eof && (o->kind != ATT_STREAM || o->connected))
		ev.events |= EPOLLIN;
	if (o->end_wait)
		ev.events |= EPOLLOUT;
	if (ev.events == o->interest)
		return;
	o->interest = ev.events;
	epoll_ctl(a->ep, EPOLL_CTL_MOD, o->end, &ev);
}

static void mark(struct att_obj *o, bool want, struct att_call *c)
{
	struct att_call none = { 0 };
	char byte = 0;
	int fd, queued;

	if (o->mark && want && o->last_fd >= 0 && o->last_fd < ATT_FD_BASE && !ioctl(o->end, TIOCOUTQ, &queued) && !queued)
		o->mark = 0; /* the program has read(2) it */
	if (!!o->mark == want || o->end < 0)
		return;
	if (want) {
		o->mark = send(o->end, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
		return;
	}
	fd = att_fd_dup(c ? c : &none, o);
	if (fd < 0)
		return; /* nobody to be found who holds it: it stays readable for once, as Linux may do, too (select(2), BUGS) */
	while (o->mark && recv(fd, &byte, 1, MSG_DONTWAIT) == 1)
		o->mark--;
	close(fd);
	o->mark = 0;
}

void att_obj_edge(struct att_obj *o)
{
	const char byte = 0;

	if (!o->mark || o->ring || o->end < 0 || (o->kind == ATT_STREAM && !o->listening))
		return;
	if (o->mark == EDGES) {
		mark(o, false, NULL);
		mark(o, true, NULL);
	} else if (send(o->end, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1) {
		o->mark++;
	}
}

static void set_odd(struct lk_attach *a, struct att_obj *o, bool odd)
{
	a->nodd += (unsigned)odd - (unsigned)o->odd;
	o->odd = odd;
}

void att_obj_sync(struct lk_attach *a, struct att_obj *o, struct att_call *c)
{
	const uint32_t in = POLLIN | POLLPRI | POLLERR | POLLHUP | POLLRDHUP;
	uint32_t ev;

	if (o->closed || !o->watched)
		return;
	if (o->kind == ATT_STREAM && o->connected) {
		set_odd(a, o, false);
		att_relay_down(a, o);
		return;
	}
	if (o->ring) {
		mark(o, att_ring_sync(a, o) || (a->be->poll_now(o->gfd) & (POLLERR | POLLHUP)), c);
		if (o->mark)
			att_ring_look_later(a);
		return;
	}
	ev = a->be->poll_now(o->gfd);
	if (o->connecting && (ev & (POLLOUT | POLLERR | POLLHUP))) {
		o->connecting = false;
		if (ev & (POLLERR | POLLHUP))
			o->failed = true;
		else if (o->kind == ATT_STREAM)
			o->connected = true;
		att_obj_unstuff(a, o);
		if (o->kind == ATT_STREAM && o->connected) {
			set_odd(a, o, false);
			mark(o, false, c);
			att_obj_interest(a, o);
			att_relay_down(a, o);
			return;
		}
	}
	set_odd(a, o, ev & (POLLERR | POLLHUP));
	if (o->stuffed && !o->connecting && (ev & (POLLOUT | POLLERR | POLLHUP)))
		att_obj_unstuff(a, o);
	if (o->kind == ATT_STREAM)
		mark(o, o->failed || (o->listening && (o->stash >= 0 || (ev & in))), c);
	else
		mark(o, o->stash >= 0 || (ev & in), c);
}

void att_obj_stuff(struct att_call *c, struct att_obj *o)
{
	static const char junk[32 << 10];
	struct pollfd pfd = { .events = POLLOUT };
	int fd;

	if (o->stuffed || o->up_busy || o->end < 0)
		return;
	fd = att_fd_dup(c, o);
	if (fd < 0)
		return;
	pfd.fd = fd;
	for (int i = 0; i < 64 && poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLOUT); i++) {
		ssize_t n = send(fd, junk, sizeof(junk), MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n <= 0)
			break;
		o->stuffed += o->kind == ATT_STREAM ? (size_t)n : 1;
	}
	close(fd);
	att_obj_interest(c->a, o);
}

void att_obj_unstuff(struct lk_attach *a, struct att_obj *o)
{
	char buf[16 << 10];

	while (o->stuffed && o->end >= 0) {
		size_t want = o->kind == ATT_STREAM && o->stuffed < sizeof(buf) ? o->stuffed : sizeof(buf);
		ssize_t n = recv(o->end, buf, want, MSG_DONTWAIT);

		if (n <= 0)
			break;
		o->stuffed -= o->kind == ATT_STREAM ? (size_t)n : 1;
	}
	o->stuffed = 0;
	att_obj_interest(a, o);
}
