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
 * Order. Everything we watch is in one inner epoll set. Closings are handled before calls, so a port is free again when the next
 * bind comes; and before each answer every placeholder is made to agree with the guest (att_sync), so a program sees the effect of its
 * call in the next poll.
 *
 * Trust. The program is not confined by this: it could do the same on the host by itself. But the element is protected from it:
 * counts and lengths are bounded before use, nothing is dereferenced in place, and what has nested pointers and is not known here
 * is refused (stats.refused).
 *
 * Not done: network namespaces (unshare and setns get EPERM; see path.c), mmap of packet rings, AF_ALG, AF_XDP and other families
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
#ifndef PIDFD_THREAD /* Linux 6.9 */
#define PIDFD_THREAD O_EXCL
#endif

#define SIGNAL_MIN_NS 10000000ULL /* how often to look for signals of a thread whose call waits: at first, */
#define SIGNAL_MAX_NS 50000000ULL /* in the long run, */
#define SIGNAL_SLOW_NS 200000000ULL /* and when it has no handlers: stops and core dumps only */
#define RETRY_NS 1000000ULL

static struct att_entry table[ATT_MAX_NR];

uint64_t att_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static void table_add(const struct att_entry *e)
{
	for (; e->fn; e++)
		if (e->nr >= 0 && e->nr < ATT_MAX_NR)
			table[e->nr] = *e;
}

/* ---- memory of a call ---- */

void *att_alloc_raw(struct att_call *c, size_t len)
{
	struct att_mem *m;

	if (len > (64U << 20))
		return NULL;
	m = malloc(sizeof(*m) + (len ? len : 1));
	if (!m)
		return NULL;
	m->next = c->mem;
	c->mem = m;
	return m + 1;
}

void *att_alloc(struct att_call *c, size_t len)
{
	void *p = att_alloc_raw(c, len);

	if (p)
		memset(p, 0, len);
	return p;
}

void att_release(struct att_call *c, struct att_mem *mark)
{
	while (c->mem != mark) {
		struct att_mem *m = c->mem;

		c->mem = m->next;
		free(m);
	}
}

/* ---- threads of programs ---- */

static unsigned tid_hash(pid_t tid)
{
	return (unsigned)tid % 256;
}

static void proc_unhash(struct lk_attach *a, struct att_proc *p)
{
	struct att_proc **pp = &a->proc_hash[tid_hash(p->tid)];

	for (; *pp; pp = &(*pp)->hash) {
		if (*pp == p) {
			*pp = p->hash;
			return;
		}
	}
}

/* The record leaves the tables; it is freed when no call uses it. Its parked call, if any, is told. */
static void proc_drop(struct lk_attach *a, struct att_proc *p)
{
	struct att_call *c = p->parked;

	if (p->dead)
		return;
	p->dead = true;
	proc_unhash(a, p);
	att_list_del(&p->node);
	a->nprocs--;
	if (p->pidfd >= 0) {
		epoll_ctl(a->ep, EPOLL_CTL_DEL, p->pidfd, NULL);
		close(p->pidfd);
		p->pidfd = -1;
	}
	if (p->dirfd >= 0) {
		close(p->dirfd);
		p->dirfd = -1;
	}
	if (c) {
		p->parked = NULL;
		c->dead = true;
		if (c->state != ATT_W_CALL) {
			c->wake = -EINTR;
			att_resume(c);
		}
	}
	att_proc_put(a, p);
}

void att_proc_put(struct lk_attach *a, struct att_proc *p)
{
	if (!p || --p->refs)
		return;
	p->w.gone = true;
	att_list_add_tail(&a->graveyard, &p->node);
}

static struct att_proc *proc_get(struct lk_attach *a, pid_t tid)
{
	struct att_proc *p;
	struct epoll_event ev = { .events = EPOLLIN };

	for (p = a->proc_hash[tid_hash(tid)]; p; p = p->hash) {
		if (p->tid == tid) {
			if (a->procs.prev != &p->node) {
				att_list_del(&p->node);
				att_list_add_tail(&a->procs, &p->node);
			}
			p->refs++;
			return p;
		}
	}
	if (a->nprocs >= ATT_MAX_PROCS) {
		for (struct att_list *n = a->procs.next; n != &a->procs; n = n->next) {
			p = att_entry(n, struct att_proc, node);
			if (p->refs == 1 && !p->parked) {
				proc_drop(a, p);
				break;
			}
		}
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->w.kind = ATT_W_PROC;
	p->tid = tid;
	p->dirfd = -1;
	p->next_fd = ATT_FD_BASE;
	p->refs = 2; /* the table's and the caller's */
	p->pidfd = (int)syscall(SYS_pidfd_open, tid, PIDFD_THREAD);
	if (p->pidfd < 0)
		p->pidfd = (int)syscall(SYS_pidfd_open, tid, 0); /* before 6.9: leaders only */
	if (p->pidfd >= 0) {
		ev.data.ptr = &p->w;
		epoll_ctl(a->ep, EPOLL_CTL_ADD, p->pidfd, &ev);
	}
	p->hash = a->proc_hash[tid_hash(tid)];
	a->proc_hash[tid_hash(tid)] = p;
	att_list_add_tail(&a->procs, &p->node);
	a->nprocs++;
	return p;
}

/* ---- listeners ---- */

static void listener_put(struct lk_attach *a, struct att_listener *l)
{
	if (--l->refs)
		return;
	att_list_del(&l->node);
	close(l->fd);
	l->w.gone = true;
	att_list_add_tail(&a->graveyard, &l->node);
}

int lk_attach_serve(struct lk_attach *a, int listener_fd)
{
	uint64_t flags = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
	struct epoll_event ev = { .events = EPOLLIN };
	struct att_listener *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	l->w.kind = ATT_W_LISTENER;
	l->fd = listener_fd;
	l->refs = 1;
	ioctl(listener_fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags); /* older kernels refuse: slower, not wrong */
	ev.data.ptr = &l->w;
	if (epoll_ctl(a->ep, EPOLL_CTL_ADD, listener_fd, &ev)) {
		err = -errno;
		free(l);
		return err;
	}
	att_list_add_tail(&a->listeners, &l->node);
	return 0;
}

/* ---- answers ---- */

bool att_valid(struct att_call *c)
{
	if (!c->l)
		return true;
	if (c->dead)
		return false;
	if (ioctl(c->l->fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &c->id)) {
		c->dead = true;
		return false;
	}
	c->checked = true;
	return true;
}

static void answer(struct att_call *c, long ret)
{
	struct lk_attach *a = c->a;
	struct seccomp_notif_resp *r = a->resp;

	if (ret == ATT_ANSWERED)
		return;
	memset(r, 0, a->resp_size);
	r->id = c->id;
	if (ret == ATT_CONTINUE) {
		r->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		a->st.passed++;
	} else if (ret < 0) {
		r->error = (int)ret;
	} else {
		r->val = ret;
	}
	if (!c->dead)
		ioctl(c->l->fd, SECCOMP_IOCTL_NOTIF_SEND, r); /* ENOENT: killed meanwhile */
}

/* ---- calls ---- */

static struct att_call *call_new(struct lk_attach *a)
{
	struct att_call *c;
	struct att_co *co;

	if (!att_list_empty(&a->idle)) {
		c = att_entry(a->idle.next, struct att_call, node);
		att_list_del(&c->node);
		a->nidle--;
		co = c->co;
	} else {
		c = malloc(sizeof(*c));
		co = c ? att_co_new() : NULL;
		if (!co) {
			free(c);
			return NULL;
		}
	}
	memset(c, 0, sizeof(*c));
	c->co = co;
	c->a = a;
	c->deadline_ns = c->signal_ns = c->retry_ns = UINT64_MAX;
	att_list_init(&c->node);
	att_list_init(&c->wnode);
	return c;
}

/* All that a call holds; its stack is kept for the next one. */
static void call_free(struct att_call *c)
{
	struct lk_attach *a = c->a;
	struct att_obj *o = c->o;

	att_release(c, NULL);
	if (c->p && c->p->parked == c)
		c->p->parked = NULL;
	att_proc_put(a, c->p);
	if (c->l)
		listener_put(a, c->l);
	att_list_del(&c->node);
	att_list_del(&c->wnode);
	if (a->nidle < 64) {
		a->nidle++;
		att_list_add_tail(&a->idle, &c->node);
	} else {
		att_co_free(c->co);
		free(c);
	}
	if (o)
		att_obj_put(a, o); /* last: it may start a job, which takes the stack */
}

static long serve(struct att_call *c)
{
	const struct att_entry *e;

	if (c->data.nr < 0 || c->data.nr >= ATT_MAX_NR)
		return ATT_CONTINUE;
	e = &table[c->data.nr];
	if (!e->fn)
		return ATT_CONTINUE;
	if (e->flags & (ATT_F_FD | ATT_F_EACH)) {
		c->fd = (int)c->data.args[0];
		c->o = att_obj_of_fd(c, c->fd);
		if (!c->o && !(e->flags & ATT_F_EACH))
			return ATT_CONTINUE;
	}
	return e->fn(c);
}

static void call_main(void *arg)
{
	struct att_call *c = arg;

	if (c->l) {
		c->ret = serve(c);
		if (c->ret != ATT_CONTINUE)
			att_sync(c->a, c);
		answer(c, c->ret);
	} else {
		c->job(c);
	}
}

static void call_start(struct att_call *c)
{
	if (att_co_run(c->co, call_main, c))
		call_free(c);
}

void att_resume(struct att_call *c)
{
	c->state = ATT_RUNS;
	c->checked = false;
	att_list_del(&c->node);
	att_list_del(&c->wnode);
	if (c->p && c->p->parked == c)
		c->p->parked = NULL;
	c->a->moved++;
	if (att_co_run(c->co, NULL, NULL))
		call_free(c);
}

int att_job(struct lk_attach *a, struct att_obj *o, void (*job)(struct att_call *c))
{
	struct att_call *c = call_new(a);

	if (!c)
		return -ENOMEM;
	a->moved++;
	c->job = job;
	c->o = o;
	if (o)
		o->refs++;
	call_start(c);
	return 0;
}

/* Give way; whoever resumes has taken us off the lists. */
static void park(struct att_call *c, enum att_wait state)
{
	c->state = state;
	att_list_add_tail(&c->a->calls, &c->node);
	if (c->p && !c->p->dead)
		c->p->parked = c;
	att_co_yield(c->co);
}

long att_guest(struct att_call *c, long nr, long a0, long a1, long a2, long a3, long a4, long a5)
{
	if (!c->checked && !att_valid(c))
		return -EINTR; /* gone, and what was read may have been somebody else's memory */
	c->g = (struct lk_call){ .nr = nr, .arg = { a0, a1, a2, a3, a4, a5 } };
	c->a->be->call_start(&c->g);
	while (!c->g.done)
		park(c, ATT_W_CALL);
	return c->g.ret;
}

/* att_guest_close() - the same for close, whether or not anyone still wants the answer. */
void att_guest_close(struct att_call *c, int gfd)
{
	c->g = (struct lk_call){ .nr = SYS_close, .arg = { gfd } };
	c->a->be->call_start(&c->g);
	while (!c->g.done)
		park(c, ATT_W_CALL);
}

int att_wait_ready(struct att_call *c, struct att_obj *o, uint32_t events, uint64_t deadline_ns)
{
	if (c->dead || c->a->freeing)
		return -EINTR;
	if (o->closed && c->l)
		return -EBADF;
	/*
	 * It may have become ready since the call said EAGAIN, and that edge may have been taken already. Should a guest keep saying
	 * ready to what gets EAGAIN again, we try once a millisecond.
	 */
	c->retry_ns = UINT64_MAX;
	if (c->a->be->poll_now(o->gfd) & events) {
		if (c->retries++ < 3)
			return 0;
		c->retry_ns = att_now_ns() + RETRY_NS;
	} else {
		c->retries = 0;
	}
	c->want = events;
	c->deadline_ns = deadline_ns;
	c->wake = 0;
	if (c->l) {
		c->parked_ns = att_now_ns();
		c->signal_ns = c->parked_ns + SIGNAL_MIN_NS;
		c->signal_seen = false;
	}
	att_list_add_tail(&o->waiters, &c->wnode);
	att_sync(c->a, c);
	park(c, ATT_W_READY);
	c->deadline_ns = c->signal_ns = c->retry_ns = UINT64_MAX;
	return c->dead ? -EINTR : c->wake;
}

int att_wait_end(struct att_call *c, struct att_obj *o)
{
	if (c->a->freeing)
		return -EINTR;
	o->end_wait = c;
	c->wake = 0;
	att_obj_interest(c->a, o);
	park(c, ATT_W_END);
	o->end_wait = NULL;
	return c->wake;
}

/* ---- readiness ---- */

void att_kick(struct lk_attach *a, struct att_obj *o)
{
	if (o->kick || o->closed)
		return;
	o->kick = true;
	o->refs++;
	att_list_add_tail(&a->kicked, &o->knode);
}

void att_sync(struct lk_attach *a, struct att_call *c)
{
	struct att_obj *mine = c ? c->o : NULL;
	uint32_t cookie;

	while (a->be->poll_next(&cookie)) {
		struct att_obj *o = cookie < a->nslots ? a->slot[cookie] : NULL;

		if (!o)
			continue;
		if (!att_list_empty(&o->waiters))
			att_kick(a, o);
		if (o != mine)
			att_obj_sync(a, o, NULL);
	}
	if (mine)
		att_obj_sync(a, mine, c);
}

/* Calls whose object has moved. Each looks again for itself. */
static void kick_all(struct lk_attach *a)
{
	struct att_list now;

	att_list_init(&now);
	while (!att_list_empty(&a->kicked)) {
		struct att_list *n = a->kicked.next;

		att_list_del(n);
		att_list_add_tail(&now, n);
	}
	while (!att_list_empty(&now)) {
		struct att_obj *o = att_entry(now.next, struct att_obj, knode);
		struct att_list run, *n, *next;
		uint32_t ev;

		att_list_del(&o->knode);
		o->kick = false;
		att_list_init(&run);
		ev = o->closed ? 0 : a->be->poll_now(o->gfd);
		for (n = o->waiters.next; n != &o->waiters; n = next) {
			struct att_call *c = att_entry(n, struct att_call, wnode);

			next = n->next;
			if (!(ev & (c->want | POLLERR | POLLHUP | POLLNVAL)))
				continue;
			att_list_del(&c->wnode);
			att_list_add_tail(&run, &c->wnode);
		}
		while (!att_list_empty(&run))
			att_resume(att_entry(run.next, struct att_call, wnode));
		att_obj_sync(a, o, NULL);
		att_obj_put(a, o);
	}
}

static void calls_done(struct lk_attach *a)
{
	bool again = true;

	for (struct att_list *n = a->closing.next, *next; n != &a->closing; n = next) {
		struct att_obj *o = att_entry(n, struct att_obj, node);

		next = n->next;
		if (o->g.done) {
			att_list_del(n);
			att_list_add_tail(&a->graveyard, n);
		}
	}

	while (again) {
		again = false;
		for (struct att_list *n = a->calls.next; n != &a->calls; n = n->next) {
			struct att_call *c = att_entry(n, struct att_call, node);

			if (c->state == ATT_W_CALL && c->g.done) {
				att_resume(c);
				again = true;
				break; /* the list has changed */
			}
		}
	}
}

/*
 * Does a signal want the thread of a call that waits? 0, or what the call ends with: sock_intr_errno() of the kernel. One for the
 * process as a whole may be another thread's to take, and is then gone the next time we look.
 */
static int signalled(struct att_call *c, uint64_t now)
{
	uint64_t set[5] = { 0 }, elapsed = now - c->parked_ns, pending;
	static const char *const key[5] = { "\nSigPnd:", "\nShdPnd:", "\nSigBlk:", "\nSigIgn:", "\nSigCgt:" };
	char path[40], buf[4096], *at = buf;
	ssize_t n;
	int fd;

	c->signal_ns = now + SIGNAL_SLOW_NS;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)c->p->tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	buf[n] = 0;
	for (int i = 0; i < 5 && at; i++) {
		at = strstr(at, key[i]);
		if (at)
			set[i] = strtoull(at + strlen(key[i]), NULL, 16);
	}
	if (set[4])
		c->signal_ns = now + (elapsed / 8 < SIGNAL_MIN_NS ? SIGNAL_MIN_NS :
				      elapsed / 8 > SIGNAL_MAX_NS ? SIGNAL_MAX_NS :
								    elapsed / 8);
	pending = (set[0] | set[1]) & ~set[2] & ~set[3];
	at = strstr(buf, "\nThreads:");
	if (!pending || (!(set[0] & pending) && !c->signal_seen && at && atoi(at + 9) > 1)) {
		c->signal_seen = pending;
		return 0;
	}
	return c->deadline_ns == UINT64_MAX ? -ATT_RESTARTSYS : -EINTR;
}

static uint64_t att_call_next_ns(const struct att_call *c)
{
	uint64_t min = c->deadline_ns < c->signal_ns ? c->deadline_ns : c->signal_ns;

	return min < c->retry_ns ? min : c->retry_ns;
}

static void deadlines(struct lk_attach *a)
{
	uint64_t now = 0;
	bool again = true;

	while (again) {
		again = false;
		for (struct att_list *n = a->calls.next; n != &a->calls; n = n->next) {
			struct att_call *c = att_entry(n, struct att_call, node);

			bool due = false;

			if (c->state != ATT_W_READY || att_call_next_ns(c) == UINT64_MAX)
				continue;
			if (!now)
				now = att_now_ns();
			if (c->deadline_ns <= now)
				c->wake = -EAGAIN;
			else if (c->signal_ns <= now)
				c->wake = signalled(c, now);
			else if (c->retry_ns <= now)
				due = true;
			if (c->wake || due) {
				att_resume(c);
				again = true;
				break;
			}
		}
	}
	if (a->zombies)
		att_obj_zombies(a);
}

static void bury(struct lk_attach *a)
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

int lk_attach_poll(struct lk_attach *a)
{
	unsigned before = a->moved;

	att_sync(a, NULL);
	calls_done(a);
	deadlines(a);
	for (int i = 0; i < 8 && !att_list_empty(&a->kicked); i++) {
		kick_all(a);
		att_sync(a, NULL);
	}
	bury(a);
	return (int)(a->moved - before);
}

uint64_t lk_attach_deadline_ns(const struct lk_attach *a)
{
	uint64_t min = UINT64_MAX;

	if (!att_list_empty(&a->kicked))
		return 0;
	for (struct att_list *n = a->calls.next; n != &a->calls; n = n->next) {
		const struct att_call *c = att_entry(n, struct att_call, node);

		if (c->state == ATT_W_READY && att_call_next_ns(c) < min)
			min = att_call_next_ns(c);
	}
	if (a->zombies) {
		for (struct att_list *n = a->objs.next; n != &a->objs; n = n->next) {
			const struct att_obj *o = att_entry(n, struct att_obj, node);

			if (o->zombie_ns && o->zombie_ns < min)
				min = o->zombie_ns;
		}
	}
	return min;
}

/* ---- events ---- */

/* One notification. */
static void receive(struct lk_attach *a, struct att_listener *l)
{
	struct att_call *c;

	memset(a->notif, 0, a->notif_size);
	if (ioctl(l->fd, SECCOMP_IOCTL_NOTIF_RECV, a->notif))
		return; /* ENOENT: the caller was interrupted before we looked */
	a->st.calls++;
	c = call_new(a);
	if (c) {
		c->l = l;
		l->refs++;
		c->id = a->notif->id;
		c->data = a->notif->data;
		c->p = proc_get(a, (pid_t)a->notif->pid);
	}
	if (!c || !c->p) {
		memset(a->resp, 0, a->resp_size);
		a->resp->id = a->notif->id;
		a->resp->error = -ENOMEM;
		ioctl(l->fd, SECCOMP_IOCTL_NOTIF_SEND, a->resp);
		if (c)
			call_free(c);
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
	call_start(c);
}

/* One batch; what is left makes the loop come back. At most one call of each listener: its closings have been seen by then. */
static void dispatch(void *arg, uint32_t events)
{
	struct lk_attach *a = arg;
	struct epoll_event ev[64];
	int n = epoll_wait(a->ep, ev, 64, 0);

	(void)events;
	for (int i = 0; i < n; i++) { /* closings and written bytes before the calls that follow them */
		struct att_watch *w = ev[i].data.ptr;

		if (w->gone || w->kind == ATT_W_LISTENER)
			continue;
		if (w->kind == ATT_W_PROC)
			proc_drop(a, att_entry(w, struct att_proc, w));
		else
			att_obj_event(a, att_entry(w, struct att_obj, w), ev[i].events);
	}
	for (int i = 0; i < n; i++) {
		struct att_watch *w = ev[i].data.ptr;
		struct att_listener *l;

		if (w->gone || w->kind != ATT_W_LISTENER)
			continue;
		l = att_entry(w, struct att_listener, w);
		if (ev[i].events & EPOLLIN) {
			receive(a, l);
		} else { /* EPOLLHUP: the last program has ended */
			epoll_ctl(a->ep, EPOLL_CTL_DEL, l->fd, NULL);
			listener_put(a, l);
		}
	}
	kick_all(a);
	bury(a);
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
	a->xlock_fd = a->ctl[0] = a->ctl[1] = -1;
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
 * lk_attach_free() - programs that are still there get ENOSYS for trapped calls from now on. A call that sleeps inside the guest
 * keeps its memory: the guest may still write to it.
 */
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
		proc_drop(a, att_entry(a->procs.next, struct att_proc, node));
	while (!att_list_empty(&a->listeners)) {
		struct att_listener *l = att_entry(a->listeners.next, struct att_listener, node);

		if (l->refs > 1)
			break;
		listener_put(a, l);
	}
	for (int i = 0; i < 2; i++) {
		if (a->ctl[i] >= 0) {
			struct lk_call g = { .nr = SYS_close, .arg = { a->ctl[i] } };

			a->be->call_start(&g);
		}
	}
	calls_done(a);
	bury(a);
	if (!att_list_empty(&a->calls) || !att_list_empty(&a->closing))
		return;
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
