// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/mount.c - names of network namespaces: mount, umount2, mkdir, unlink in /run/netns
 *
 * That folder is the guest's, so what `ip netns add` does to it is done there: a file of its root, and a bind mount on that. `ip netns
 * exec` also makes a mount namespace to have the namespace's /sys in it; programs see that anyway (path.c), so where
 * the host would refuse it, it is done with as soon as it is asked for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/attach/internal.h"

/* Not the host's to do, and nothing that we would have to do. */
static bool needless(struct att_call *c, uint64_t addr, const char *name)
{
	char s[16];

	return c->a->nns > 1 && att_get_str(c, s, addr, sizeof(s)) >= 0 && !strcmp(s, name) && !att_privileged(c);
}

static long do_mount(struct att_call *c)
{
	struct att_name *to = att_alloc_raw(c, sizeof(*to)), *from = att_alloc_raw(c, sizeof(*from));
	const unsigned long propagation = MS_SHARED | MS_SLAVE | MS_PRIVATE | MS_UNBINDABLE;
	unsigned long flags = c->data.args[3];
	char type[8] = "";
	long r;

	if (!to || !from)
		return -ENOMEM;
	r = att_lookup(c, to, AT_FDCWD, c->data.args[1], 0);
	if (r < 0)
		return r;
	if (!r) {
		if ((flags & propagation) && !(flags & MS_BIND))
			return needless(c, c->data.args[1], "/") ? 0 : ATT_CONTINUE;
		if (c->data.args[2])
			att_get_str(c, type, c->data.args[2], sizeof(type));
		return !strcmp(type, "sysfs") && needless(c, c->data.args[1], "/sys") ? 0 : ATT_CONTINUE;
	}
	if (!(flags & (propagation | MS_BIND)))
		return -EPERM;
	from->path[0] = 0;
	if (flags & MS_BIND) {
		r = att_lookup(c, from, AT_FDCWD, c->data.args[0], 0); /* c->ns: the namespace that is to have a name */
		if (r <= 0)
			return r ? r : -EINVAL;
	}
	return att_guest(c, SYS_mount, ATT_P(from->path), ATT_P(to->path), 0, (long)flags, 0, 0);
}

static long do_umount2(struct att_call *c)
{
	struct att_name *n = att_alloc_raw(c, sizeof(*n));
	long r = n ? att_lookup(c, n, AT_FDCWD, c->data.args[0], 0) : -ENOMEM;

	if (r < 0)
		return r;
	if (!r)
		return needless(c, c->data.args[0], "/sys") ? 0 : ATT_CONTINUE;
	r = att_guest(c, SYS_umount2, ATT_P(n->path), (long)c->data.args[1], 0, 0, 0, 0);
	att_ns_scan_soon(c->a);
	return r;
}

static long make_dir(struct att_call *c, int dirfd, uint64_t addr, int mode)
{
	struct att_name *n = att_alloc_raw(c, sizeof(*n));
	long r = n ? att_lookup(c, n, dirfd, addr, 0) : -ENOMEM;

	if (r <= 0)
		return r ? r : ATT_CONTINUE;
	att_guest(c, SYS_mkdirat, AT_FDCWD, ATT_P("/run"), 0755, 0, 0, 0);
	return att_guest(c, SYS_mkdirat, AT_FDCWD, ATT_P(n->path), mode, 0, 0, 0);
}

static long remove_name(struct att_call *c, int dirfd, uint64_t addr, int flags)
{
	struct att_name *n = att_alloc_raw(c, sizeof(*n));
	long r = n ? att_lookup(c, n, dirfd, addr, 0) : -ENOMEM;

	if (r <= 0)
		return r ? r : ATT_CONTINUE;
	return att_guest(c, SYS_unlinkat, AT_FDCWD, ATT_P(n->path), flags, 0, 0, 0);
}

static long do_mkdirat(struct att_call *c)
{
	return make_dir(c, (int)c->data.args[0], c->data.args[1], (int)c->data.args[2]);
}

static long do_unlinkat(struct att_call *c)
{
	return remove_name(c, (int)c->data.args[0], c->data.args[1], (int)c->data.args[2]);
}

#ifdef SYS_mkdir
static long do_mkdir(struct att_call *c)
{
	return make_dir(c, AT_FDCWD, c->data.args[0], (int)c->data.args[1]);
}

static long do_unlink(struct att_call *c)
{
	return remove_name(c, AT_FDCWD, c->data.args[0], 0);
}

static long do_rmdir(struct att_call *c)
{
	return remove_name(c, AT_FDCWD, c->data.args[0], AT_REMOVEDIR);
}
#endif

const struct att_entry att_mount_calls[] = {
	{ SYS_mount, do_mount, 0 },
	{ SYS_umount2, do_umount2, 0 },
	{ SYS_mkdirat, do_mkdirat, 0 },
	{ SYS_unlinkat, do_unlinkat, 0 },
#ifdef SYS_mkdir
	{ SYS_mkdir, do_mkdir, 0 },
	{ SYS_unlink, do_unlink, 0 },
	{ SYS_rmdir, do_rmdir, 0 },
#endif
	{ 0, NULL, 0 },
};
