// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/proc.c - the threads of attached programs: their /proc and pidfd handles
 *
 * A record is found by thread id and freed when the thread is gone (its pidfd tells) or when there are too many. The handles name the
 * thread, not its number: those of a dead thread whose number is used again fail, and are opened anew.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static uint64_t ino_of_link(char *link, ssize_t n)
{
	link[n] = 0;
	return strncmp(link, "socket:[", 8) ? 0 : strtoull(link + 8, NULL, 10);
}

void att_seen_close(struct att_proc *p)
{
	for (unsigned i = 0; i < ATT_SEEN; i++) {
		if (p->seen[i].link)
			close(p->seen[i].link);
		p->seen[i].link = 0;
	}
}

/* The links of descriptors that are asked about again and again are kept open: such a one says what its number means now. */
uint64_t att_proc_socket(struct att_proc *p, int fd)
{
	const unsigned s = (unsigned)fd % ATT_SEEN;
	char name[16], link[64];
	ssize_t n;

	if (p->seen[s].link && p->seen[s].fd == fd) {
		n = readlinkat(p->seen[s].link, "", link, sizeof(link) - 1);
		if (n >= 0)
			return ino_of_link(link, n);
	}
	for (int tries = 0; tries < 2; tries++) {
		if (p->dirfd < 0) {
			char dir[32];

			snprintf(dir, sizeof(dir), "/proc/%d/fd", (int)p->tid);
			p->dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
			if (p->dirfd < 0)
				return 0;
			tries = 1;
		}
		snprintf(name, sizeof(name), "%d", fd);
		n = readlinkat(p->dirfd, name, link, sizeof(link) - 1);
		if (n >= 0) {
			if (p->seen[s].link)
				close(p->seen[s].link);
			p->seen[s].link = 0;
			if (p->seen[s].fd == fd) { /* for the second time */
				p->seen[s].link = openat(p->dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
				if (p->seen[s].link < 0)
					p->seen[s].link = 0;
			}
			p->seen[s].fd = fd;
			return ino_of_link(link, n);
		}
		if (tries)
			break;
		/* not open - or the directory is that of a dead thread whose number was used again */
		close(p->dirfd);
		p->dirfd = -1;
	}
	return 0;
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
	/* here, since a call that outlives its thread may still open them */
	att_seen_close(p);
	if (p->dirfd >= 0)
		close(p->dirfd);
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
