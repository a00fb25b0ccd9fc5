// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/notify.c - serve seccomp user notifications: who called, on which stack, and the answer
 *
 * Theory of operation
 *
 * Goal: an unmodified program does its networking in the guest, and everything else on the host, without privilege.
 *
 * Flow. The program runs under the filter of filter.c. A trapped call stops its thread and arrives here as a notification. The
 * handler for its number (sock.c, msg.c, sockopt.c, ioctl.c, path.c, file.c) copies the arguments in (mem.c), calls the guest with
 * pointers to the copies, copies the results out, and the thread goes on with that result - or, when the call turns out not to be the
 * guest's business, executes it itself (CONTINUE).
 *
 * Descriptors. What the program holds is a placeholder: one end of a Unix socket pair whose other end is ours (fd.c). Which guest
 * descriptor a call means is asked of the host kernel (the inode behind /proc/TID/fd/N), never remembered by number: so dup, fork,
 * exec, close and descriptor passing need no trap. Our end hangs up when the last copy is closed. The placeholder is made readable
 * (a byte is put in) and unwritable (it is filled) to agree with the guest's descriptor, so poll, select and epoll need no trap
 * either. A connected stream's placeholder carries the bytes themselves (relay.c) and read, write, send and recv run on the host.
 *
 * Waiting. Guest sockets are non-blocking. A call that would block gives way (co.c) until the guest reports readiness, with
 * SO_RCVTIMEO and SO_SNDTIMEO for a deadline; so does one that sleeps inside the guest. The death of a thread is seen by its pidfd.
 *
 * Signals. The filter is installed with WAIT_KILLABLE_RECV: once a call has been received here only a fatal signal ends it. Otherwise
 * a signal could interrupt a call after the guest has executed it, and the program's kernel would execute it again (the kernel
 * may even take our answer and drop it: then nothing here could tell). The price: a call that waits must be told of signals by us.
 * While one waits, its thread's pending signals are looked up in /proc now and then (every 10 to 50 ms when it has
 * handlers, every 200 ms when it has not), and the call ends with ERESTARTSYS, of which the kernel makes EINTR or a restart as
 * SA_RESTART says. Such a thread counts in the host's load average, and the host does not suspend while there is one.
 *
 * Order. Placeholders are watched in an inner epoll set, and when the loop has reported that and listeners in one batch, closings are
 * handled before calls: so a port is free again when the next bind comes. And before each answer every placeholder is made to agree with the guest (att_sync), so a program sees the effect of its
 * call in the next poll.
 *
 * Trust. The program is not confined by this: it could do the same on the host by itself. But the element is protected from it:
 * counts and lengths are bounded before use, nothing is dereferenced in place, and what has nested pointers and is not known here
 * is refused (stats.refused).
 *
 * Namespaces: netns.c. The end: hangup.c. Packet sockets with mapped rings: ring.c.
 *
 * Not done: AF_ALG, AF_XDP and other families
 * whose options carry pointers, io_uring, reading a message socket through a descriptor below ATT_FD_BASE with read(2).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/attach/internal.h"
#include "lk/loop.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS /* Linux 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

static struct att_entry table[ATT_MAX_NR];

static void table_add(const struct att_entry *e)
{
	for (; e->fn; e++)
		if (e->nr >= 0 && e->nr < ATT_MAX_NR)
			table[e->nr] = *e;
}

const struct att_entry *att_entry_find(int nr)
{
	return nr >= 0 && nr < ATT_MAX_NR && table[nr].fn ? &table[nr] : NULL;
}

/* ---- listeners ---- */

void att_listener_put(struct lk_attach *a, struct att_listener *l)
{
	if (--l->refs)
		return;
	att_list_del(&l->node);
	lk_loop_del(l->lw);
	close(l->fd);
	if (att_list_empty(&a->listeners))
		att_guard_end();
	l->w.gone = true;
	att_list_add_tail(&a->graveyard, &l->node);
}

static void reported(void *arg, uint32_t events)
{
	struct att_listener *l = arg;

	l->events |= events; /* att_receive() has them when the whole batch is known */
}

int lk_attach_serve(struct lk_attach *a, int listener_fd)
{
	uint64_t flags = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
	struct att_listener *l = calloc(1, sizeof(*l));
	int err = ENOMEM;

	if (l) {
		l->lw = lk_loop_add(a->loop, listener_fd, EPOLLIN, reported, l);
		err = errno;
	}
	if (!l || !l->lw) {
		close(listener_fd);
		free(l);
		return -err;
	}
	l->w.kind = ATT_W_LISTENER;
	l->fd = listener_fd;
	l->refs = 1;
	ioctl(listener_fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags); /* older kernels refuse: slower, not wrong */
	att_list_add_tail(&a->listeners, &l->node);
	return 0;
}

void att_bury(struct lk_attach *a)
{
	while (!att_list_empty(&a->graveyard)) {
		struct att_list *n = a->graveyard.next;

		att_list_del(n);
		/* the watch is the first member of all three, the list node follows it */
		free((char *)n - offsetof(struct att_obj, node));
	}
}
_Static_assert(offsetof(struct att_obj, node) == offsetof(struct att_proc, node), "bury");
_Static_assert(offsetof(struct att_obj, node) == offsetof(struct att_listener, node), "bury");

/* ---- events ---- */

/* One notification. */
static void receive(struct lk_attach *a, struct att_listener *l)
{
	struct att_call *c;

	memset(a->notif, 0, a->notif_size);
	if (ioctl(l->fd, SECCOMP_IOCTL_NOTIF_RECV, a->notif))
		return; /* ENOENT: the caller was interrupted before we looked */
	a->st.calls++;
	c = att_call_new(a);
	if (c) {
		c->l = l;
		l->refs++;
		c->id = a->notif->id;
		c->received_ns = att_now_ns();
		c->data = a->notif->data;
		c->p = att_proc_get(a, (pid_t)a->notif->pid);
	}
	if (!c || !c->p) {
		memset(a->resp, 0, a->resp_size);
		a->resp->id = a->notif->id;
		a->resp->error = -ENOMEM;
		ioctl(l->fd, SECCOMP_IOCTL_NOTIF_SEND, a->resp);
		if (c)
			att_call_free(c);
		return;
	}
	if (c->p->parked) {
		struct att_call *old = c->p->parked;

		c->p->parked = NULL;
		old->dead = true;
		if (old->state != ATT_W_CALL) {
			old->wake = -EINTR;
			att_resume(old);
		}
	}
	att_call_start(c);
}

/* Closings, ends of threads, bytes written. One batch; what is left makes the loop come back. */
static void dispatch(void *arg, uint32_t events)
{
	struct lk_attach *a = arg;
	struct epoll_event ev[64];
	int n = epoll_wait(a->ep, ev, 64, 0);

	(void)events;
	for (int i = 0; i < n; i++) {
		struct att_watch *w = ev[i].data.ptr;

		if (w->gone)
			continue;
		if (w->kind == ATT_W_PROC)
			att_proc_drop(a, att_entry(w, struct att_proc, w));
		else
			att_obj_event(a, att_entry(w, struct att_obj, w), ev[i].events);
	}
	att_kick_all(a);
	att_bury(a);
}

/* At most one call of each listener: the closings before it have been seen by then. */
void att_receive(struct lk_attach *a)
{
	for (struct att_list *n = a->listeners.next, *next; n != &a->listeners; n = next) {
		struct att_listener *l = att_entry(n, struct att_listener, node);
		const uint32_t events = l->events;

		next = n->next;
		if (!events)
			continue;
		l->events = 0;
		l->refs++;
		if (events & EPOLLIN) {
			receive(a, l);
		} else { /* EPOLLHUP: the last program has ended */
			lk_loop_del(l->lw);
			l->lw = NULL;
			att_listener_put(a, l);
		}
		next = n->next;
		att_listener_put(a, l);
	}
}

/* ---- the whole ---- */

struct lk_attach *lk_attach_new(struct lk_loop *loop, const struct lk_attach_backend *be)
{
	struct lk_attach *a = calloc(1, sizeof(*a));
	struct seccomp_notif_sizes sizes;

	if (!a)
		return NULL;
	a->be = be;
	a->loop = loop;
	a->xlock_fd = a->ctl = -1;
	a->ns_tag = att_mark(getpid());
	a->ns_scan_ns = a->ring_ns = UINT64_MAX;
	att_list_init(&a->listeners);
	att_list_init(&a->objs);
	att_list_init(&a->procs);
	att_list_init(&a->calls);
	att_list_init(&a->idle);
	att_list_init(&a->graveyard);
	att_list_init(&a->kicked);
	att_list_init(&a->closing);
	a->ep = epoll_create1(EPOLL_CLOEXEC);
	if (a->ep < 0)
		goto err;
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes))
		goto err;
	a->notif_size = sizes.seccomp_notif > sizeof(*a->notif) ? sizes.seccomp_notif : sizeof(*a->notif);
	a->resp_size = sizes.seccomp_notif_resp > sizeof(*a->resp) ? sizes.seccomp_notif_resp : sizeof(*a->resp);
	a->notif = calloc(1, a->notif_size);
	a->resp = calloc(1, a->resp_size);
	if (!a->notif || !a->resp)
		goto err;
	a->lw = lk_loop_add(loop, a->ep, EPOLLIN, dispatch, a);
	if (!a->lw)
		goto err;
	table_add(att_sock_calls);
	table_add(att_msg_calls);
	table_add(att_opt_calls);
	table_add(att_ioctl_calls);
	table_add(att_path_calls);
	table_add(att_file_calls);
	table_add(att_cred_calls);
	table_add(att_netns_calls);
	table_add(att_mount_calls);
	table_add(att_poll_calls);
	table_add(att_ring_calls);
	return a;
err:
	if (a->ep >= 0)
		close(a->ep);
	free(a->notif);
	free(a->resp);
	free(a);
	return NULL;
}

/*
 * lk_attach_free() - programs that are still there (hangup.c) get ENOSYS for trapped calls from now on. A call that sleeps inside the guest
 * keeps its memory: the guest may still write to it.
 */
/* What the guest has of ours, when there are no calls any more. None of these sleeps. */
static void close_guest(struct lk_attach *a, int gfd)
{
	struct lk_call g = { .nr = SYS_close, .arg = { gfd } };

	if (gfd >= 0)
		a->be->call_start(&g);
}

void lk_attach_free(struct lk_attach *a)
{
	bool again = true;

	if (!a)
		return;
	a->freeing = true;
	lk_loop_del(a->lw);
	while (again) {
		again = false;
		for (struct att_list *n = a->calls.next; n != &a->calls; n = n->next) {
			struct att_call *c = att_entry(n, struct att_call, node);

			if (c->state == ATT_W_CALL)
				continue;
			c->dead = true;
			c->wake = -EINTR;
			att_resume(c);
			again = true;
			break;
		}
	}
	while (!att_list_empty(&a->objs)) {
		att_obj_close(a, att_entry(a->objs.next, struct att_obj, node));
	}
	while (!att_list_empty(&a->kicked)) {
		struct att_obj *o = att_entry(a->kicked.next, struct att_obj, knode);

		att_list_del(&o->knode);
		att_obj_put(a, o);
	}
	while (!att_list_empty(&a->procs))
		att_proc_drop(a, att_entry(a->procs.next, struct att_proc, node));
	while (!att_list_empty(&a->listeners)) {
		struct att_listener *l = att_entry(a->listeners.next, struct att_listener, node);

		if (l->refs > 1)
			break;
		att_listener_put(a, l);
	}
	for (unsigned i = 0; i < a->nns; i++) {
		if (a->ns[i]) {
			close_guest(a, a->ns[i]->ctl);
			close_guest(a, a->ns[i]->gfd);
		}
		free(a->ns[i]);
	}
	if (!a->nns)
		close_guest(a, a->ctl);
	a->nns = 0;
	free(a->ns);
	a->ns = NULL;
	att_calls_done(a);
	att_bury(a);
	att_guard_end();
	if (!att_list_empty(&a->calls) || !att_list_empty(&a->closing))
		return;
	att_room_free(a);
	free(a->relay_buf);
	while (!att_list_empty(&a->idle)) {
		struct att_call *c = att_entry(a->idle.next, struct att_call, node);

		att_list_del(&c->node);
		att_co_free(c->co);
		free(c);
	}
	if (a->xlock_fd >= 0)
		close(a->xlock_fd);
	close(a->ep);
	free(a->slot);
	free(a->notif);
	free(a->resp);
	free(a);
}

void lk_attach_stats(const struct lk_attach *a, struct lk_attach_stats *st)
{
	*st = a->st;
	st->open = a->nobjs;
}
