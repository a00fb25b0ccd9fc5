// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/path.c - calls that name a file: the network's part of /proc and /sys, and /run/netns, are the guest's
 *
 * A name is made absolute (the working directory and host directories that a name is relative to are asked of /proc/TID), its `.`,
 * `..` and `//` are resolved as text, and it is compared with a short list. What is the guest's and only read the program gets as a
 * copy (copy.c); where that is not possible (a directory, a file to be written, one that cannot be read at once) it gets a placeholder. All other names are the host's and the call is executed as it stands.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/attach/internal.h"

/* ---- which names ---- */

static bool below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/');
}

/* Resolve `//`, `.` and `..` of an absolute path (never empty) as text. False when it does not fit. */
static bool normalise(const char *path, char *out, size_t size)
{
	size_t n = 0;

	while (*path) {
		size_t len;

		while (*path == '/')
			path++;
		len = strcspn(path, "/");
		if (len == 2 && path[0] == '.' && path[1] == '.') {
			while (n && out[--n] != '/') {
			}
		} else if (len && !(len == 1 && path[0] == '.')) {
			if (n + len + 3 > size) /* the slash before, one after, the NUL */
				return false;
			out[n++] = '/';
			memcpy(out + n, path, len);
			n += len;
		}
		path += len;
	}
	/* a slash at the end follows a last symbolic link, so it stays; so does `/.` as one */
	if (!n || path[-1] == '/' || (path[-1] == '.' && (path[-2] == '/' || (path[-2] == '.' && path[-3] == '/'))))
		out[n++] = '/';
	out[n] = 0;
	return true;
}

bool att_path_guest(const char *path, char *out, size_t size, pid_t *pid)
{
	const char *p;
	size_t n;

	*pid = 0;
	if (strncmp(path, "/proc", 5) && strncmp(path, "/sys", 4) && strncmp(path, "/run/", 5) && strncmp(path, "/var/run/", 9) &&
	    strcmp(path, "/dev/kmsg") && !strstr(path, "//") && !strstr(path, "/.."))
		return false; /* nearly all */
	if (!normalise(path, out, size))
		return false;
	if (below(out, "/var/run/netns"))
		memmove(out, out + 4, strlen(out + 4) + 1);
	if (below(out, "/run/netns") || below(out, "/proc/net") || below(out, "/proc/sys/net") || below(out, "/sys/class/net") ||
	    below(out, "/sys/devices/virtual/net") || !strcmp(out, "/dev/kmsg"))
		return true;
	if (below(out, "/sys/devices")) /* where the links of /sys/class/net lead */
		return strstr(out, "/net/") || (strlen(out) > 4 && !strcmp(out + strlen(out) - 4, "/net"));
	if (strncmp(out, "/proc/", 6))
		return false;
	/* /proc/self/net, /proc/thread-self/net, /proc/PID/net, /proc/PID/task/TID/net */
	p = out + 6;
	n = strcspn(p, "/");
	if (strncmp(p, "self/", 5) && strncmp(p, "thread-self/", 12) && (!n || strspn(p, "0123456789") != n))
		return false;
	*pid = atoi(p); /* 0 of a word */
	p += n;
	if (!strncmp(p, "/task/", 6)) {
		*pid = atoi(p + 6);
		p += 6 + strcspn(p + 6, "/");
	}
	if (!strcmp(p, "/ns/net")) {
		if (size < sizeof("/proc/self/ns/net"))
			return false;
		strcpy(out, "/proc/self/ns/net");
		return true;
	}
	if (!below(p, "/net"))
		return false;
	memmove(out + 5, p, strlen(p) + 1);
	return true;
}

/* What a directory descriptor of the program (or AT_FDCWD) is called. False: nothing of interest. */
static bool base_name(struct att_call *c, int dirfd, char *out, size_t size, bool *guest)
{
	char link[40];
	struct att_obj *o;
	ssize_t n;

	*guest = false;
	if (dirfd == AT_FDCWD) {
		snprintf(link, sizeof(link), "/proc/%d/cwd", (int)c->p->tid);
	} else {
		if (dirfd >= ATT_FD_BASE) {
			o = att_obj_of_fd(c, dirfd);
			if (o) {
				*guest = o->path && strlen(o->path) < size;
				if (*guest)
					strcpy(out, o->path);
				att_obj_put(c->a, o);
				return *guest;
			}
		}
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)c->p->tid, dirfd);
	}
	n = readlink(link, out, size - 1);
	if (n <= 0)
		return false;
	out[n] = 0;
	return below(out, "/proc") || below(out, "/sys") || below(out, "/run");
}

/* A name of the guest's: which namespace is it about, and where is it then? */
static long found(struct att_call *c, struct att_name *n, pid_t pid)
{
	if (pid) {
		if (kill(pid, 0) && errno == ESRCH)
			return 0;
		c->ns = att_ns_of_pid(c->a, pid);
	}
	if (c->ns && c->ns->index && below(n->seen, "/sys")) {
		char dir[32];
		long r = att_ns_sysfs(c, dir, sizeof(dir));

		snprintf(n->path, sizeof(n->path), "%s%s", dir, n->seen + 4);
		return r ? r : 1;
	}
	strcpy(n->path, n->seen);
	return 1;
}

long att_lookup(struct att_call *c, struct att_name *n, int dirfd, uint64_t addr, int at_flags)
{
	char *raw = att_alloc_raw(c, ATT_PATH), *full;
	bool guest;
	pid_t pid;
	long len;

	n->self = NULL;
	n->empty = false;
	if (!raw)
		return -ENOMEM;
	raw[0] = 0;
	len = addr || !(at_flags & AT_EMPTY_PATH) ? att_get_str(c, raw, addr, ATT_PATH) : 0;
	if (len < 0)
		return 0; /* the host says what is wrong with it */
	if (raw[0] == '/')
		return att_path_guest(raw, n->seen, sizeof(n->seen), &pid) ? found(c, n, pid) : 0;
	if (!len) {
		n->empty = at_flags & AT_EMPTY_PATH;
		if (!n->empty || dirfd < ATT_FD_BASE)
			return 0;
		n->self = att_obj_of_fd(c, dirfd);
		if (n->self && !n->self->path) { /* a socket */
			att_obj_put(c->a, n->self);
			n->self = NULL;
		}
		return n->self ? 1 : 0;
	}
	full = att_alloc_raw(c, (size_t)2 * ATT_PATH + 2);
	if (!full)
		return -ENOMEM;
	if (!base_name(c, dirfd, full, ATT_PATH, &guest))
		return 0;
	strcat(full, "/");
	strcat(full, raw);
	if (att_path_guest(full, n->seen, sizeof(n->seen), &pid))
		return found(c, n, pid);
	if (!guest)
		return 0;
	c->a->st.refused++; /* out of the guest's part, relative to a directory that the host does not have */
	return -ENOENT;
}

/* ---- open ---- */

static long open_guest(struct att_call *c, const struct att_name *n, int flags, int mode)
{
	struct att_obj like = { .kind = ATT_FILE };
	struct stat st;
	long r, fd;

	r = att_guest(c, SYS_openat, AT_FDCWD, ATT_P(n->path), flags | O_CLOEXEC | O_NONBLOCK, mode, 0, 0);
	if (r < 0)
		return r;
	like.gfd = (int)r;
	r = att_guest(c, SYS_fstat, like.gfd, ATT_P(&st), 0, 0, 0, 0);
	if (r)
		goto out;
	if (S_ISDIR(st.st_mode)) {
		like.kind = ATT_DIR;
	} else if ((flags & O_ACCMODE) == O_RDONLY && !(flags & O_PATH)) {
		fd = att_copy(c, like.gfd, &st, n->seen);
		if (fd >= 0) {
			att_guest_close(c, like.gfd);
			r = att_copy_give(c, (int)fd, flags);
			close((int)fd);
			return r;
		}
		if (fd == -EINTR)
			goto out;
		/* it cannot be read (or only in part): the program shall find out when it reads */
		att_guest(c, SYS_lseek, like.gfd, 0, SEEK_SET, 0, 0, 0);
	}
	like.path = strdup(n->seen);
	r = like.path ? att_obj_install(c, &like, flags & (O_CLOEXEC | O_NONBLOCK)) : -ENOMEM;
	if (r == ATT_ANSWERED)
		return r;
	free(like.path);
out:
	att_guest_close(c, like.gfd);
	return r;
}

/*
 * The lock that iptables takes around a change. The host's guards the host's tables and may not be writable; the guest's
 * is a memfd, opened anew for each so that flock(2) works between them.
 */
static bool is_xtables_lock(struct att_call *c, uint64_t addr)
{
	char s[32];

	return att_get_str(c, s, addr, sizeof(s)) > 0 && (!strcmp(s, "/run/xtables.lock") || !strcmp(s, "/var/run/xtables.lock"));
}

static long open_xtables_lock(struct att_call *c, int flags)
{
	char name[32];
	int fd;
	long r;

	if (c->a->xlock_fd < 0)
		c->a->xlock_fd = memfd_create("xtables.lock", MFD_CLOEXEC);
	if (c->a->xlock_fd < 0)
		return -errno;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", c->a->xlock_fd);
	fd = open(name, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = att_fd_give(c, fd, 0, flags);
	close(fd);
	return r;
}

/* A program that asked for a user namespace (netns.c) says now who shall be who in it. */
static bool is_id_map(struct att_call *c, uint64_t addr)
{
	char s[64];
	const char *p = s + 6;

	if (!c->p->userns || att_get_str(c, s, addr, sizeof(s)) < 7 || strncmp(s, "/proc/", 6))
		return false;
	p += strcspn(p, "/");
	return !strcmp(p, "/uid_map") || !strcmp(p, "/gid_map") || !strcmp(p, "/setgroups");
}

static long open_id_map(struct att_call *c, int flags)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	long r = fd < 0 ? -errno : att_fd_give(c, fd, 0, flags);

	if (fd >= 0)
		close(fd);
	return r;
}

static long open_at(struct att_call *c, int dirfd, uint64_t addr, int flags, int mode)
{
	struct att_name *n = att_alloc_raw(c, sizeof(*n));
	long r;

	if (!n)
		return -ENOMEM;
	r = att_lookup(c, n, dirfd, addr, 0);
	if (r < 0)
		return r;
	if (r)
		return open_guest(c, n, flags, mode);
	if ((flags & O_ACCMODE) != O_RDONLY && is_id_map(c, addr))
		return open_id_map(c, flags);
	return (flags & O_CREAT) && is_xtables_lock(c, addr) ? open_xtables_lock(c, flags) : ATT_CONTINUE;
}

static long do_openat(struct att_call *c)
{
	return open_at(c, (int)c->data.args[0], c->data.args[1], (int)c->data.args[2], (int)c->data.args[3]);
}

static long do_openat2(struct att_call *c)
{
	struct open_how how;

	if (c->data.args[3] < sizeof(how) || att_get(c, &how, c->data.args[2], sizeof(how)))
		return ATT_CONTINUE;
	return open_at(c, (int)c->data.args[0], c->data.args[1], (int)how.flags, (int)how.mode);
}

/* ---- stat and the like ---- */

/* stat results: through the name or the object. */
static long stat_at(struct att_call *c, int dirfd, uint64_t addr, uint64_t to, int flags)
{
	struct att_name *n = att_alloc_raw(c, sizeof(*n));
	struct stat st;
	long r;

	if (!n)
		return -ENOMEM;
	r = att_lookup(c, n, dirfd, addr, flags);
	if (!r && n->empty && att_copy_stat(c, dirfd, &st))
		return att_put(c, to, &st, sizeof(st));
	if (r <= 0)
		return r ? r : ATT_CONTINUE;
	if (n->self) {
		r = att_guest(c, SYS_fstat, n->self->gfd, ATT_P(&st), 0, 0, 0, 0);
		att_obj_put(c->a, n->self);
	} else {
		r = att_guest(c, SYS_newfstatat, AT_FDCWD, ATT_P(n->path), ATT_P(&st), flags & AT_SYMLINK_NOFOLLOW, 0, 0);
	}
	return !r && att_put(c, to, &st, sizeof(st)) ? -EFAULT : r;
}

static long do_newfstatat(struct att_call *c)
{
	return stat_at(c, (int)c->data.args[0], c->data.args[1], c->data.args[2], (int)c->data.args[3]);
}

static struct statx_timestamp statx_time(struct timespec t)
{
	return (struct statx_timestamp){ .tv_sec = t.tv_sec, .tv_nsec = (uint32_t)t.tv_nsec };
}

static long put_statx(struct att_call *c, uint64_t to, const struct stat *st)
{
	const struct statx x = {
		.stx_mask = STATX_BASIC_STATS,
		.stx_blksize = (uint32_t)st->st_blksize,
		.stx_nlink = (uint32_t)st->st_nlink,
		.stx_uid = st->st_uid,
		.stx_gid = st->st_gid,
		.stx_mode = (uint16_t)st->st_mode,
		.stx_ino = st->st_ino,
		.stx_size = (uint64_t)st->st_size,
		.stx_blocks = (uint64_t)st->st_blocks,
		.stx_atime = statx_time(st->st_atim),
		.stx_ctime = statx_time(st->st_ctim),
		.stx_mtime = statx_time(st->st_mtim),
		.stx_dev_major = major(st->st_dev),
		.stx_dev_minor = minor(st->st_dev),
	};

	return att_put(c, to, &x, sizeof(x));
}

static long do_statx(struct att_call *c)
{
	struct att_name *n = att_alloc_raw(c, sizeof(*n));
	int flags = (int)c->data.args[2];
	struct stat st;
	char stx[256];
	long r;

	if (!n)
		return -ENOMEM;
	r = att_lookup(c, n, (int)c->data.args[0], c->data.args[1], flags);
	if (!r && n->empty && att_copy_stat(c, (int)c->data.args[0], &st))
		return put_statx(c, c->data.args[4], &st);
	if (r <= 0)
		return r ? r : ATT_CONTINUE;
	r = att_guest(c, SYS_statx, n->self ? n->self->gfd : AT_FDCWD, ATT_P(n->self ? "" : n->path),
		      (flags & ~AT_EMPTY_PATH) | (n->self ? AT_EMPTY_PATH : 0), (long)c->data.args[3], ATT_P(stx), 0);
	if (n->self)
		att_obj_put(c->a, n->self);
	return !r && att_put(c, c->data.args[4], stx, sizeof(stx)) ? -EFAULT : r;
}

static long access_at(struct att_call *c, int dirfd, uint64_t addr, int mode, int flags)
{
	struct att_name *n = att_alloc_raw(c, sizeof(*n));
	long r;

	if (!n)
		return -ENOMEM;
	r = att_lookup(c, n, dirfd, addr, flags);
	if (r <= 0)
		return r ? r : ATT_CONTINUE;
	if (n->self) {
		att_obj_put(c->a, n->self);
		return 0;
	}
	return att_guest(c, SYS_faccessat2, AT_FDCWD, ATT_P(n->path), mode, flags & AT_SYMLINK_NOFOLLOW, 0, 0);
}

static long do_faccessat(struct att_call *c)
{
	return access_at(c, (int)c->data.args[0], c->data.args[1], (int)c->data.args[2], 0);
}

static long do_faccessat2(struct att_call *c)
{
	return access_at(c, (int)c->data.args[0], c->data.args[1], (int)c->data.args[2], (int)c->data.args[3]);
}

static long readlink_at(struct att_call *c, int dirfd, uint64_t addr, uint64_t to, uint64_t size)
{
	struct att_name *n = att_alloc_raw(c, sizeof(*n));
	char *buf;
	long r;

	if (!n)
		return -ENOMEM;
	if ((int)size <= 0)
		return -EINVAL;
	r = att_lookup(c, n, dirfd, addr, 0);
	if (r <= 0)
		return r ? r : ATT_CONTINUE;
	size = (int)size < ATT_PATH ? (unsigned)size : ATT_PATH;
	buf = att_alloc_raw(c, size);
	if (!buf)
		return -ENOMEM;
	r = att_guest(c, SYS_readlinkat, AT_FDCWD, ATT_P(n->path), ATT_P(buf), (long)size, 0, 0);
	return r > 0 && att_put(c, to, buf, (size_t)r) ? -EFAULT : r;
}

static long do_readlinkat(struct att_call *c)
{
	return readlink_at(c, (int)c->data.args[0], c->data.args[1], c->data.args[2], c->data.args[3]);
}

/* Extended attributes: the guest's files have none. */
static long do_xattr(struct att_call *c)
{
	struct att_name *n = att_alloc_raw(c, sizeof(*n));
	long r = n ? att_lookup(c, n, AT_FDCWD, c->data.args[0], 0) : -ENOMEM;

	return r < 0 ? r : r ? -EOPNOTSUPP : ATT_CONTINUE;
}

#ifdef SYS_open
static long do_open(struct att_call *c)
{
	return open_at(c, AT_FDCWD, c->data.args[0], (int)c->data.args[1], (int)c->data.args[2]);
}

static long do_stat(struct att_call *c)
{
	return stat_at(c, AT_FDCWD, c->data.args[0], c->data.args[1], 0);
}

static long do_lstat(struct att_call *c)
{
	return stat_at(c, AT_FDCWD, c->data.args[0], c->data.args[1], AT_SYMLINK_NOFOLLOW);
}

static long do_access(struct att_call *c)
{
	return access_at(c, AT_FDCWD, c->data.args[0], (int)c->data.args[1], 0);
}

static long do_readlink(struct att_call *c)
{
	return readlink_at(c, AT_FDCWD, c->data.args[0], c->data.args[1], c->data.args[2]);
}
#endif

const struct att_entry att_path_calls[] = {
	{ SYS_openat, do_openat, 0 },
	{ SYS_openat2, do_openat2, 0 },
	{ SYS_newfstatat, do_newfstatat, 0 },
	{ SYS_statx, do_statx, 0 },
	{ SYS_faccessat, do_faccessat, 0 },
	{ SYS_faccessat2, do_faccessat2, 0 },
	{ SYS_readlinkat, do_readlinkat, 0 },
	{ SYS_getxattr, do_xattr, 0 },
	{ SYS_lgetxattr, do_xattr, 0 },
	{ SYS_listxattr, do_xattr, 0 },
	{ SYS_llistxattr, do_xattr, 0 },
#ifdef SYS_open
	{ SYS_open, do_open, 0 },
	{ SYS_stat, do_stat, 0 },
	{ SYS_lstat, do_lstat, 0 },
	{ SYS_access, do_access, 0 },
	{ SYS_readlink, do_readlink, 0 },
#endif
	{ 0, NULL, 0 },
};
