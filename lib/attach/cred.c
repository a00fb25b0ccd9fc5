// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/cred.c - user ids and capabilities of programs that are told that they are root (LK_ATTACH_ROOT)
 *
 * They begin as user 0 and may become anybody, as daemons do; from then on the guest refuses them what it refuses an ordinary
 * user. On the host nothing changes. The ids have to go with fork and exec, which are not served here: like namespaces (netns.c) they
 * are kept as a mark of the process that the host's kernel hands on, here in the soft RLIMIT_RSS, of which it has had no use since
 * 2.4.30. Ids are of 16 bits there. Groups are taken and forgotten: a program is always told that it is in group 0.
 *
 * Capabilities are all or none, permitted and effective, as capabilities(7) has them follow the ids, PR_SET_KEEPCAPS included: so daemons
 * keep a few when they become somebody else. An exec, which nobody here sees, makes them those of the user again: the mark tells which
 * executable others are for.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <sys/prctl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "lib/attach/internal.h"

#define TAG 0xdULL /* above the three ids, three bits, and nine of the executable */
#define KEEP 0xffffffffU
#define ALL_CAPS ((2ULL << CAP_LAST_CAP) - 1)
enum { PERMITTED = 1, EFFECTIVE = 2, KEEPCAPS = 4 };

struct ids {
	uint32_t real, effective, saved;
	unsigned caps;
};

/* What a user has who has not asked for something else. */
static unsigned usual(uint32_t effective)
{
	return effective ? 0 : PERMITTED | EFFECTIVE;
}

static uint64_t executable(pid_t tid)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)tid);
	return stat(path, &st) ? 0 : (st.st_ino ^ st.st_ino >> 9 ^ st.st_ino >> 18) & 0x1ff;
}

static bool write_mark(pid_t tid, const struct ids *n)
{
	struct rlimit rl;

	if (prlimit(tid, RLIMIT_RSS, NULL, &rl))
		return false;
	rl.rlim_cur = TAG << 60 | executable(tid) << 51 | (uint64_t)n->caps << 48 | (uint64_t)n->saved << 32 | (uint64_t)n->effective << 16 | n->real;
	return !prlimit(tid, RLIMIT_RSS, &rl, NULL);
}

static struct ids ids_of(pid_t tid)
{
	struct rlimit rl;
	struct ids n;

	if (prlimit(tid, RLIMIT_RSS, NULL, &rl) || rl.rlim_cur >> 60 != TAG)
		return (struct ids){ 0, 0, 0, usual(0) };
	n = (struct ids){ rl.rlim_cur & 0xffff, rl.rlim_cur >> 16 & 0xffff, rl.rlim_cur >> 32 & 0xffff, rl.rlim_cur >> 48 & 7 };
	if (n.caps != usual(n.effective) && (rl.rlim_cur >> 51 & 0x1ff) != executable(tid)) {
		n.caps = usual(n.effective);
		write_mark(tid, &n); /* its children may be of the same executable again */
	}
	return n;
}

bool att_unprivileged(struct att_proc *p)
{
	struct ids n;

	if (p->user == ATT_USER_UNKNOWN) {
		n = ids_of(p->tid);
		if (n.caps != usual(n.effective))
			return !(n.caps & EFFECTIVE); /* until it executes another program */
		p->user = n.caps & EFFECTIVE ? ATT_USER_ROOT : ATT_USER_OTHER;
	}
	return p->user == ATT_USER_OTHER;
}

static long keep(struct att_call *c, struct ids n)
{
	if (n.real > 0xfffe || n.effective > 0xfffe || n.saved > 0xfffe)
		return -EINVAL;
	if (!write_mark(c->p->tid, &n))
		return -EPERM;
	c->p->user = ATT_USER_UNKNOWN;
	return 0;
}

/* capabilities(7), "Effect of user ID changes on capabilities" */
static long become(struct att_call *c, struct ids n)
{
	const struct ids o = ids_of(c->p->tid);

	n.caps = o.caps;
	if ((!o.real || !o.effective || !o.saved) && n.real && n.effective && n.saved && !(o.caps & KEEPCAPS))
		n.caps &= ~(unsigned)PERMITTED;
	if (n.effective && (!o.effective || !(n.caps & PERMITTED)))
		n.caps &= ~(unsigned)EFFECTIVE;
	else if (o.effective && !n.effective && n.caps & PERMITTED)
		n.caps |= EFFECTIVE;
	return keep(c, n);
}

static bool may(const struct ids *o, uint32_t id)
{
	return id == KEEP || o->caps & EFFECTIVE || id == o->real || id == o->effective || id == o->saved;
}

static long do_setuid(struct att_call *c)
{
	struct ids o = ids_of(c->p->tid);
	uint32_t id = (uint32_t)c->data.args[0];

	if (o.caps & EFFECTIVE)
		return become(c, (struct ids){ id, id, id, 0 });
	return id == o.real || id == o.saved ? become(c, (struct ids){ o.real, id, o.saved, 0 }) : -EPERM;
}

static long do_setreuid(struct att_call *c)
{
	struct ids o = ids_of(c->p->tid), n = o;
	uint32_t real = (uint32_t)c->data.args[0], effective = (uint32_t)c->data.args[1];

	if (!may(&o, real) || !may(&o, effective))
		return -EPERM;
	if (real != KEEP)
		n.real = real;
	if (effective != KEEP)
		n.effective = effective;
	if (real != KEEP || (effective != KEEP && effective != o.real))
		n.saved = n.effective;
	return become(c, n);
}

static long do_setresuid(struct att_call *c)
{
	struct ids o = ids_of(c->p->tid), n = o;
	uint32_t id[3] = { (uint32_t)c->data.args[0], (uint32_t)c->data.args[1], (uint32_t)c->data.args[2] };

	for (int i = 0; i < 3; i++)
		if (!may(&o, id[i]))
			return -EPERM;
	if (id[0] != KEEP)
		n.real = id[0];
	if (id[1] != KEEP)
		n.effective = id[1];
	if (id[2] != KEEP)
		n.saved = id[2];
	return become(c, n);
}

static long do_getuid(struct att_call *c)
{
	return ids_of(c->p->tid).real;
}

static long do_geteuid(struct att_call *c)
{
	return ids_of(c->p->tid).effective;
}

static long put_three(struct att_call *c, uint32_t a0, uint32_t a1, uint32_t a2)
{
	const uint32_t id[3] = { a0, a1, a2 };

	for (int i = 0; i < 3; i++)
		if (att_put(c, c->data.args[i], &id[i], sizeof(id[i])))
			return -EFAULT;
	return 0;
}

static long do_getresuid(struct att_call *c)
{
	struct ids o = ids_of(c->p->tid);

	return put_three(c, o.real, o.effective, o.saved);
}

static long do_getresgid(struct att_call *c)
{
	return put_three(c, 0, 0, 0);
}

static long do_setgroup(struct att_call *c)
{
	return att_unprivileged(c->p) ? -EPERM : 0;
}

/* How many parts the sets have in the version that the program speaks, or -errno. capget(2). */
static long cap_parts(struct att_call *c, struct __user_cap_header_struct *h)
{
	static const uint32_t preferred = _LINUX_CAPABILITY_VERSION_3;

	if (att_get(c, &h->version, c->data.args[0], sizeof(h->version)))
		return -EFAULT;
	if (h->version == _LINUX_CAPABILITY_VERSION_1)
		return _LINUX_CAPABILITY_U32S_1;
	if (h->version == _LINUX_CAPABILITY_VERSION_2 || h->version == _LINUX_CAPABILITY_VERSION_3)
		return _LINUX_CAPABILITY_U32S_3;
	return att_put(c, c->data.args[0], &preferred, sizeof(preferred)) ? -EFAULT : -EINVAL;
}

/* Of another process that is not ours the host knows. */
static long do_capget(struct att_call *c)
{
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3] = { 0 };
	struct __user_cap_header_struct h;
	long parts = cap_parts(c, &h);
	unsigned caps;

	if (!c->data.args[1] && (parts > 0 || parts == -EINVAL))
		return 0;
	if (parts < 0)
		return parts;
	if (att_get(c, &h, c->data.args[0], sizeof(h)))
		return -EFAULT;
	if (h.pid < 0)
		return -EINVAL;
	if (h.pid && !att_is_ours(c->a, h.pid))
		return ATT_CONTINUE;
	caps = ids_of(h.pid ? h.pid : c->p->tid).caps;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		d[i].permitted = caps & PERMITTED ? (uint32_t)(ALL_CAPS >> 32 * i) : 0;
		d[i].effective = caps & EFFECTIVE ? (uint32_t)(ALL_CAPS >> 32 * i) : 0;
	}
	return att_put(c, c->data.args[1], d, (size_t)parts * sizeof(d[0]));
}

static long do_capset(struct att_call *c)
{
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3] = { 0 };
	struct __user_cap_header_struct h;
	struct ids n = ids_of(c->p->tid);
	long parts = cap_parts(c, &h);
	uint64_t permitted, effective, inheritable, had = n.caps & PERMITTED ? ALL_CAPS : 0;

	if (parts < 0)
		return parts;
	if (att_get(c, &h, c->data.args[0], sizeof(h)))
		return -EFAULT;
	if (h.pid && h.pid != c->p->tid)
		return -EPERM;
	if (att_get(c, d, c->data.args[1], (size_t)parts * sizeof(d[0])))
		return -EFAULT;
	permitted = ((uint64_t)d[1].permitted << 32 | d[0].permitted) & ALL_CAPS;
	effective = ((uint64_t)d[1].effective << 32 | d[0].effective) & ALL_CAPS;
	inheritable = ((uint64_t)d[1].inheritable << 32 | d[0].inheritable) & ALL_CAPS;
	if (permitted & ~had || effective & ~permitted || (inheritable & ~had && !(n.caps & EFFECTIVE)))
		return -EPERM;
	n.caps = (n.caps & KEEPCAPS) | (permitted ? PERMITTED : 0) | (effective ? EFFECTIVE : 0);
	return keep(c, n);
}

static long do_prctl(struct att_call *c)
{
	struct ids n;

	switch ((int)c->data.args[0]) {
	case PR_CAPBSET_READ:
		return c->data.args[1] <= CAP_LAST_CAP ? 1 : -EINVAL;
	case PR_SET_KEEPCAPS:
		if (c->data.args[1] > 1)
			return -EINVAL;
		n = ids_of(c->p->tid);
		n.caps = (n.caps & ~(unsigned)KEEPCAPS) | (c->data.args[1] ? KEEPCAPS : 0);
		return keep(c, n);
	case PR_GET_KEEPCAPS:
		return !!(ids_of(c->p->tid).caps & KEEPCAPS);
	default:
		return ATT_CONTINUE;
	}
}

const struct att_entry att_cred_calls[] = {
	{ SYS_capget, do_capget, 0 },
	{ SYS_capset, do_capset, 0 },
	{ SYS_prctl, do_prctl, 0 },
	{ SYS_getuid, do_getuid, 0 },
	{ SYS_geteuid, do_geteuid, 0 },
	{ SYS_getresuid, do_getresuid, 0 },
	{ SYS_getresgid, do_getresgid, 0 },
	{ SYS_setuid, do_setuid, 0 },
	{ SYS_setreuid, do_setreuid, 0 },
	{ SYS_setresuid, do_setresuid, 0 },
	{ SYS_setgid, do_setgroup, 0 },
	{ SYS_setregid, do_setgroup, 0 },
	{ SYS_setresgid, do_setgroup, 0 },
	{ SYS_setgroups, do_setgroup, 0 },
	{ 0, NULL, 0 },
};
