// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/cred.c - user ids of programs that are told that they are root (LK_ATTACH_ROOT)
 *
 * They begin as user 0 and may become anybody, as daemons do; from then on the guest refuses them what it refuses an ordinary
 * user. On the host nothing changes. The ids have to go with fork and exec, which are not served here: like namespaces (netns.c) they
 * are kept as a mark of the process that the host's kernel hands on, here in the soft RLIMIT_RSS, of which it has had no use since
 * 2.4.30. Ids are of 16 bits there. Groups are taken and forgotten: a program is always told that it is in group 0.
 */
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/syscall.h>

#include "lib/attach/internal.h"

#define TAG 0x6c6bULL /* above the three ids */
#define KEEP 0xffffffffU

struct ids {
	uint32_t real, effective, saved;
};

static struct ids ids_of(pid_t tid)
{
	struct rlimit rl;

	if (prlimit(tid, RLIMIT_RSS, NULL, &rl) || rl.rlim_cur >> 48 != TAG)
		return (struct ids){ 0, 0, 0 };
	return (struct ids){ rl.rlim_cur & 0xffff, rl.rlim_cur >> 16 & 0xffff, rl.rlim_cur >> 32 & 0xffff };
}

bool att_unprivileged(struct att_proc *p)
{
	if (p->user == ATT_USER_UNKNOWN)
		p->user = ids_of(p->tid).effective ? ATT_USER_OTHER : ATT_USER_ROOT;
	return p->user == ATT_USER_OTHER;
}

static long become(struct att_call *c, struct ids n)
{
	struct rlimit rl;

	if (n.real > 0xfffe || n.effective > 0xfffe || n.saved > 0xfffe)
		return -EINVAL;
	if (prlimit(c->p->tid, RLIMIT_RSS, NULL, &rl))
		return -EPERM;
	rl.rlim_cur = TAG << 48 | (uint64_t)n.saved << 32 | (uint64_t)n.effective << 16 | n.real;
	if (prlimit(c->p->tid, RLIMIT_RSS, &rl, NULL))
		return -EPERM;
	c->p->user = ATT_USER_UNKNOWN;
	return 0;
}

static bool may(const struct ids *o, uint32_t id)
{
	return id == KEEP || !o->effective || id == o->real || id == o->effective || id == o->saved;
}

static long do_setuid(struct att_call *c)
{
	struct ids o = ids_of(c->p->tid);
	uint32_t id = (uint32_t)c->data.args[0];

	if (!o.effective)
		return become(c, (struct ids){ id, id, id });
	return id == o.real || id == o.saved ? become(c, (struct ids){ o.real, id, o.saved }) : -EPERM;
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

const struct att_entry att_cred_calls[] = {
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
