// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/netns.c - network namespaces of the guest for programs: unshare, setns, and who is where
 *
 * Theory of operation
 *
 * A namespace is the guest's own. Its names in /run/netns are bind mounts in the guest, a program's descriptor of one is a placeholder
 * for a descriptor in the guest; both keep it there by themselves. What a program may not do on the host it does to the guest, so no
 * privilege is needed. Calls that depend on a namespace carry it to the guest (lk_call.netns).
 *
 * Who is where. A namespace goes with fork, clone and exec, which are not served here, so what we note must be passed on by the host's
 * kernel. A process is marked with its soft RLIMIT_LOCKS: the kernel has had no use for that limit since 2.4.25, a child
 * inherits it, exec keeps it, and prlimit(2) reads and sets it from outside. A thread that moves alone, in a process of several, is
 * remembered here (pinned). A thread is in the first namespace when its mark is none of ours.
 *
 * Its process gets its mark, for the children that it will have, and all other threads are pinned to where they are; with its end the
 * mark goes back to what is right for the first thread.
 *
 * The end. As long as there are others than the first one, /proc is searched for our marks now and then, and soon after one of their
 * threads has ended or a name has gone. A namespace nobody was seen in twice is let go of.
 *
 * Limits: clone(CLONE_NEWNET) is the host's to refuse: its flags are in a register, where they cannot be changed. In a process whose
 * threads are in several namespaces a child is where the thread is that moved last, whoever is its parent.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#define SCAN_NS 5000000000ULL	  /* while there are namespaces */
#define SCAN_SOON_NS 10000000ULL  /* something ended; and between the two scans that tell */

/* ---- marks ---- */

/* The namespace that process @pid is marked with, or the first one. */
static struct att_ns *marked(struct lk_attach *a, pid_t pid)
{
	struct rlimit rl;
	uint64_t index;

	if (prlimit(pid, RLIMIT_LOCKS, NULL, &rl) || (rl.rlim_cur >> ATT_INDEX_BITS) != a->ns_tag)
		return a->ns[0];
	index = rl.rlim_cur & ((1U << ATT_INDEX_BITS) - 1);
	return index < a->nns && a->ns[index] ? a->ns[index] : a->ns[0];
}

static int mark(struct lk_attach *a, pid_t pid, const struct att_ns *ns)
{
	struct rlimit rl;

	if (prlimit(pid, RLIMIT_LOCKS, NULL, &rl))
		return -errno;
	rl.rlim_cur = a->ns_tag << ATT_INDEX_BITS | ns->index;
	return prlimit(pid, RLIMIT_LOCKS, &rl, NULL) ? -errno : 0;
}

static unsigned threads(pid_t tid)
{
	char name[32];
	struct stat st;

	snprintf(name, sizeof(name), "/proc/%d/task", (int)tid);
	return stat(name, &st) ? 1 : (unsigned)st.st_nlink - 2;
}

/* The process of thread @tid. */
static pid_t leader(pid_t tid)
{
	char path[40], buf[512], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	at = att_read_proc(path, buf, sizeof(buf)) ? strstr(buf, "\nTgid:") : NULL;
	return at ? atoi(at + 6) : tid;
}

struct att_ns *att_ns_of(struct lk_attach *a, struct att_proc *p)
{
	struct att_proc *first;
	struct att_ns *ns;
	pid_t pid;

	if (!a->nns || !p)
		return NULL;
	if (p->stale) { /* it has had the child that its process's mark was for */
		p->stale = false;
		mark(a, p->tid, p->ns);
	}
	if (p->ns)
		return p->ns;
	ns = marked(a, p->tid);
	pid = leader(p->tid);
	first = pid == p->tid ? NULL : att_proc_find(a, pid);
	if (first && first->pinned) { /* a new thread where not all are in one place */
		ns = first->ns;
		p->pinned = pid;
	}
	if (p->pidfd >= 0) /* else its end would not be noticed */
		p->ns = ns;
	return ns;
}

void att_ns_left(struct lk_attach *a, struct att_proc *p)
{
	struct att_proc *first = p->pinned && p->pinned != p->tid ? att_proc_find(a, p->pinned) : NULL;

	if (first && first->ns && marked(a, first->tid) == p->ns)
		mark(a, first->tid, first->ns);
	if (p->ns && p->ns->index)
		att_ns_scan_soon(a);
}

struct att_ns *att_ns_of_pid(struct lk_attach *a, pid_t pid)
{
	struct att_proc *p = att_proc_find(a, pid);

	if (p)
		return att_ns_of(a, p);
	return a->nns ? marked(a, pid) : NULL;
}

/* All threads of process @pid are where they are, whatever its mark will say. */
static void pin_all(struct lk_attach *a, pid_t pid)
{
	char name[32];
	struct dirent *e;
	DIR *d;

	snprintf(name, sizeof(name), "/proc/%d/task", (int)pid);
	d = opendir(name);
	while (d && (e = readdir(d))) {
		struct att_proc *p = atoi(e->d_name) > 0 ? att_proc_get(a, atoi(e->d_name)) : NULL;

		if (!p)
			continue;
		if (!p->pinned) {
			p->ns = att_ns_of(a, p);
			p->pinned = pid;
		}
		att_proc_put(a, p);
	}
	if (d)
		closedir(d);
}

/* The thread of @c goes into @ns. */
static long enter(struct att_call *c, struct att_ns *ns)
{
	pid_t pid = leader(c->p->tid);

	if (threads(pid) > 1)
		pin_all(c->a, pid);
	if (mark(c->a, pid, ns))
		return -EPERM;
	c->p->ns = c->ns = ns;
	ns->unseen = 0;
	return 0;
}

/* ---- records ---- */

static long inode(struct att_call *c, int gfd, uint64_t *ino)
{
	struct stat st;
	long r = att_guest(c, SYS_fstat, gfd, ATT_P(&st), 0, 0, 0, 0);

	*ino = st.st_ino;
	return r;
}

/* A record for the namespace of guest descriptor @gfd, which it takes over; NULL: no memory. */
static struct att_ns *record(struct lk_attach *a, int gfd, uint64_t ino)
{
	struct att_ns *ns = calloc(1, sizeof(*ns));
	unsigned i;

	for (i = 0; i < a->nns && a->ns[i]; i++) {
	}
	if (ns && i == a->nns) {
		struct att_ns **all = i >> ATT_INDEX_BITS ? NULL : realloc(a->ns, (a->nns + 1) * sizeof(*all));

		if (all) {
			a->ns = all;
			a->nns++;
		}
	}
	if (!ns || i == a->nns) {
		free(ns);
		return NULL;
	}
	ns->index = i;
	ns->gfd = gfd;
	ns->ino = ino;
	ns->ctl = -1;
	a->ns[i] = ns;
	if (i && a->ns_scan_ns == UINT64_MAX)
		a->ns_scan_ns = att_now_ns() + SCAN_NS;
	return ns;
}

long att_ns_start(struct att_call *c)
{
	struct lk_attach *a = c->a;
	uint64_t ino;
	long fd, r;

	if (a->nns)
		return 0;
	fd = att_guest(c, SYS_openat, AT_FDCWD, ATT_P("/proc/self/ns/net"), O_RDONLY | O_CLOEXEC, 0, 0, 0);
	if (fd < 0)
		return fd;
	r = inode(c, (int)fd, &ino);
	if (!r && !a->nns) { /* nobody else while this slept */
		if (record(a, (int)fd, ino)) {
			a->ns[0]->ctl = a->ctl;
			c->ns = att_ns_of(a, c->p);
			return 0;
		}
		r = -ENOMEM;
	}
	att_guest_close(c, (int)fd);
	return r;
}

/* The record of the namespace that guest descriptor @gfd is of. 0 or -errno. */
static long find(struct att_call *c, int gfd, struct att_ns **ns)
{
	struct lk_attach *a = c->a;
	uint64_t ino;
	long r;

	if (att_guest(c, SYS_ioctl, gfd, NS_GET_NSTYPE, 0, 0, 0, 0) != CLONE_NEWNET)
		return -EINVAL;
	r = att_ns_start(c);
	if (!r)
		r = inode(c, gfd, &ino);
	if (r)
		return r;
	for (unsigned i = 0; i < a->nns; i++) {
		*ns = a->ns[i];
		if (*ns && (*ns)->ino == ino)
			return 0;
	}
	r = att_guest(c, SYS_fcntl, gfd, F_DUPFD_CLOEXEC, 0, 0, 0, 0);
	if (r < 0)
		return r;
	*ns = record(a, (int)r, ino);
	if (*ns)
		return 0;
	att_guest_close(c, (int)r);
	return -ENOMEM;
}

static long create(struct att_call *c, struct att_ns **ns)
{
	struct lk_attach *a = c->a;
	uint64_t ino;
	long fd, r = att_ns_start(c);

	for (int tries = 0; !r && tries < 8; tries++) { /* lk/boot.h: when the guest had to sleep it is the wrong one */
		fd = att_guest(c, LK_NR_NETNS_NEW, 0, 0, 0, 0, 0, 0);
		if (fd < 0)
			return fd;
		r = inode(c, (int)fd, &ino);
		if (!r && ino != a->ns[0]->ino) {
			*ns = record(a, (int)fd, ino);
			if (*ns)
				return 0;
			r = -ENOMEM;
		}
		att_guest_close(c, (int)fd);
	}
	return r ? r : -EAGAIN;
}

#define SYSFS "/.sys."

long att_ns_sysfs(struct att_call *c, char *out, size_t size)
{
	long r;

	snprintf(out, size, SYSFS "%u", c->ns->index);
	if (c->ns->sysfs)
		return 0;
	c->ns->sysfs = true;
	r = att_guest(c, SYS_mkdirat, AT_FDCWD, ATT_P(out), 0755, 0, 0, 0);
	if (!r || r == -EEXIST)
		r = att_guest(c, SYS_mount, ATT_P("sysfs"), ATT_P(out), ATT_P("sysfs"), 0, 0, 0);
	if (r)
		c->ns->sysfs = false;
	return r;
}

static void let_go(struct att_call *c)
{
	struct att_ns *ns = c->ns;
	char dir[32];

	c->ns = NULL;
	if (ns->sysfs) {
		snprintf(dir, sizeof(dir), SYSFS "%u", ns->index);
		att_guest(c, SYS_umount2, ATT_P(dir), MNT_DETACH, 0, 0, 0, 0);
		att_guest(c, SYS_unlinkat, AT_FDCWD, ATT_P(dir), AT_REMOVEDIR, 0, 0, 0);
	}
	if (ns->ctl >= 0)
		att_guest_close(c, ns->ctl);
	att_guest_close(c, ns->gfd);
	c->a->ns[ns->index] = NULL;
	free(ns);
}

void att_ns_scan_soon(struct lk_attach *a)
{
	uint64_t soon = att_now_ns() + SCAN_SOON_NS;

	if (a->nns > 1 && a->ns_scan_ns > soon)
		a->ns_scan_ns = soon;
}

/* Sets att_ns.seen. */
static void look(struct lk_attach *a)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	for (unsigned i = 1; i < a->nns; i++)
		if (a->ns[i])
			a->ns[i]->seen = !d;
	while (d && (e = readdir(d)))
		if (*e->d_name > '0' && *e->d_name <= '9')
			marked(a, atoi(e->d_name))->seen = true;
	if (d)
		closedir(d);
	for (struct att_list *n = a->procs.next; n != &a->procs; n = n->next) {
		struct att_proc *p = att_entry(n, struct att_proc, node);

		if (p->ns)
			p->ns->seen = true;
	}
	for (struct att_list *n = a->calls.next; n != &a->calls; n = n->next) {
		struct att_call *c = att_entry(n, struct att_call, node);

		if (c->ns)
			c->ns->seen = true;
	}
}

void att_ns_scan(struct lk_attach *a)
{
	bool again = false, some = false;

	look(a);
	for (unsigned i = 1; i < a->nns; i++) {
		struct att_ns *ns = a->ns[i];
		struct att_call *c;

		if (!ns)
			continue;
		some = true;
		if (ns->seen)
			ns->unseen = 0;
		else if (++ns->unseen == 1)
			again = true;
		else if (ns->unseen == 2 && (c = att_call_new(a))) {
			c->job = let_go;
			c->ns = ns;
			att_call_start(c);
		}
	}
	a->ns_scan_ns = some ? att_now_ns() + (again ? SCAN_SOON_NS : SCAN_NS) : UINT64_MAX;
}

/* ---- calls ---- */

bool att_privileged(struct att_call *c)
{
	char path[40], buf[4096], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)c->p->tid);
	at = att_read_proc(path, buf, sizeof(buf)) ? strstr(buf, "\nCapEff:") : NULL;
	return at && (strtoull(at + 8, NULL, 16) >> 21 & 1); /* CAP_SYS_ADMIN */
}

/*
 * The host is asked for what else is to be unshared where it would allow it. Otherwise a user or mount namespace that is wanted only
 * to be allowed to have, or to show, a network namespace is not needed: nothing is done about it (but see open_id_map()).
 */
static long do_unshare(struct att_call *c)
{
	int flags = (int)c->data.args[0], rest = flags & ~CLONE_NEWNET;
	bool host = rest && att_privileged(c);
	struct att_ns *ns;
	long r;

	if (!(flags & CLONE_NEWNET))
		return host || c->a->nns < 2 || rest != CLONE_NEWNS ? ATT_CONTINUE : 0;
	if (!host && (rest & ~(CLONE_NEWUSER | CLONE_NEWNS | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM))) {
		c->a->st.refused++;
		return -EPERM;
	}
	r = create(c, &ns);
	if (!r)
		r = enter(c, ns);
	if (!r && !host && (flags & CLONE_NEWUSER))
		c->p->userns = true;
	return r ? r : host ? ATT_CONTINUE : 0;
}

/* With CLONE_NEWNET: the child shall inherit the mark of the new namespace. The parent stays where it is. */
static long do_clone(struct att_call *c)
{
	pid_t pid = leader(c->p->tid);
	struct att_ns *ns;
	long r = create(c, &ns);

	if (r)
		return r;
	c->p->ns = att_ns_of(c->a, c->p);
	if (threads(pid) > 1)
		pin_all(c->a, pid);
	if (mark(c->a, pid, ns))
		return -EPERM;
	c->p->stale = true;
	return ATT_CONTINUE;
}

/* The process behind pidfd @fd of the program; 0: it is none. */
static pid_t pid_of_pidfd(struct att_call *c, int fd)
{
	char path[48], buf[512], *at;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)c->p->tid, fd);
	n = readlink(path, buf, sizeof(buf) - 1);
	buf[n > 0 ? n : 0] = 0;
	if (strcmp(buf, "anon_inode:[pidfd]") && strncmp(buf, "pidfd:", 6))
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)c->p->tid, fd);
	att_read_proc(path, buf, sizeof(buf));
	at = strstr(buf, "\nPid:");
	return at ? atoi(at + 5) : 0;
}

static long do_setns(struct att_call *c)
{
	int fd = (int)c->data.args[0], type = (int)c->data.args[1];
	struct att_ns *ns;
	pid_t pid;
	long r;

	if (type && !(type & CLONE_NEWNET))
		return ATT_CONTINUE;
	c->o = att_obj_of_fd(c, fd);
	if (c->o) {
		if (type & ~CLONE_NEWNET)
			return -EINVAL;
		r = find(c, c->o->gfd, &ns);
		return r ? r : enter(c, ns);
	}
	pid = type ? pid_of_pidfd(c, fd) : 0;
	if (pid > 0) {
		r = att_ns_start(c);
		if (!r)
			r = enter(c, att_ns_of_pid(c->a, pid));
		return r || type == CLONE_NEWNET ? r : ATT_CONTINUE;
	}
	return pid < 0 ? -ESRCH : ATT_CONTINUE; /* a namespace of the host's is for the host to refuse; it means nothing here */
}

const struct att_entry att_netns_calls[] = {
	{ SYS_unshare, do_unshare, 0 },
	{ SYS_setns, do_setns, 0 },
	{ SYS_clone, do_clone, 0 },
	{ 0, NULL, 0 },
};
