// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/proc.c - the threads of attached programs: their /proc and pidfd handles
 *
 * A record is found by thread id and freed when the thread is gone (its pidfd tells) or when there are too many. The handles name the
 * thread, not its number: those of a dead thread whose number is used again fail, and are opened anew.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#ifndef PIDFD_THREAD /* Linux 6.9 */
#define PIDFD_THREAD O_EXCL
#endif

bool att_read_proc(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	buf[n > 0 ? n : 0] = 0;
	return n > 0;
}

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
void att_proc_drop(struct lk_attach *a, struct att_proc *p)
{
	struct att_call *c = p->parked;

	if (p->dead)
		return;
	p->dead = true;
	att_ns_left(a, p);
	if (a->nasides)
		att_ring_left(a, p->tid);
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

struct att_proc *att_proc_find(struct lk_attach *a, pid_t tid)
{
	struct att_proc *p = a->proc_hash[tid_hash(tid)];

	while (p && p->tid != tid)
		p = p->hash;
	return p;
}

struct att_proc *att_proc_get(struct lk_attach *a, pid_t tid)
{
	struct att_proc *p = att_proc_find(a, tid);
	struct epoll_event ev = { .events = EPOLLIN };

	if (p) {
		if (a->procs.prev != &p->node) {
			att_list_del(&p->node);
			att_list_add_tail(&a->procs, &p->node);
		}
		p->refs++;
		return p;
	}
	if (a->nprocs >= ATT_MAX_PROCS && !a->nasides) {
		for (struct att_list *n = a->procs.next; n != &a->procs; n = n->next) {
			p = att_entry(n, struct att_proc, node);
			if (p->refs == 1 && !p->parked && !p->pinned) {
				att_proc_drop(a, p);
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
