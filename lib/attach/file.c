// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/file.c - read, write and their kin, on placeholders at ATT_FD_BASE and above
 *
 * Sockets go to msg.c; directories and files opened for writing are called in the guest at the guest's own position.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#define CHUNK (1U << 20) /* the most one read of a file or directory returns */

static bool is_sock(const struct att_call *c)
{
	return c->o->kind == ATT_MSG || c->o->kind == ATT_STREAM;
}

/* read, pread64, getdents64: @nr with (fd, buffer, length, position) */
static long read_flat(struct att_call *c, long nr)
{
	size_t len = c->data.args[2] < CHUNK ? c->data.args[2] : CHUNK;
	char *buf = att_alloc_raw(c, len);
	long r;

	if (!buf)
		return -ENOMEM;
	r = att_guest(c, nr, c->o->gfd, ATT_P(buf), (long)len, (long)c->data.args[3], 0, 0);
	return r > 0 && att_put(c, c->data.args[1], buf, (size_t)r) ? -EFAULT : r;
}

static long write_flat(struct att_call *c, long nr)
{
	size_t len = c->data.args[2] < ATT_MAX_IO ? c->data.args[2] : ATT_MAX_IO;
	char *buf = att_alloc_raw(c, len);

	if (!buf)
		return -ENOMEM;
	if (att_get(c, buf, c->data.args[1], len))
		return -EFAULT;
	return att_guest(c, nr, c->o->gfd, ATT_P(buf), (long)len, (long)c->data.args[3], 0, 0);
}

static long do_read(struct att_call *c)
{
	struct iovec v = { (void *)(uintptr_t)c->data.args[1], c->data.args[2] };

	if (v.iov_len > ATT_MAX_IO)
		v.iov_len = ATT_MAX_IO;
	return is_sock(c) ? att_sock_readv(c, &v, 1, v.iov_len) : read_flat(c, SYS_read);
}

static long do_write(struct att_call *c)
{
	return is_sock(c) ? att_sock_write(c, c->data.args[1], c->data.args[2]) : write_flat(c, SYS_write);
}

static long do_pread(struct att_call *c)
{
	return is_sock(c) ? -ESPIPE : read_flat(c, SYS_pread64);
}

static long do_pwrite(struct att_call *c)
{
	return is_sock(c) ? -ESPIPE : write_flat(c, SYS_pwrite64);
}

/* readv, writev and, with a position, preadv, pwritev (and their second versions; RWF_ flags are not passed on) */
static long vector(struct att_call *c, bool out, bool at)
{
	size_t count = c->data.args[2];
	struct iovec *iov;
	long total = att_get_iov(c, c->data.args[1], count, &iov), r;
	char *buf;

	if (total == -EMSGSIZE)
		return -EINVAL;
	if (total < 0)
		return total;
	if (is_sock(c)) {
		if (at && (long)c->data.args[3] != -1)
			return -ESPIPE;
		return out ? att_sock_writev(c, iov, count, (size_t)total) : att_sock_readv(c, iov, count, (size_t)total);
	}
	if (at && (long)c->data.args[3] == -1)
		at = false;
	buf = att_alloc_raw(c, (size_t)total);
	if (!buf)
		return -ENOMEM;
	if (out) {
		if (att_gather(c, buf, iov, count, (size_t)total))
			return -EFAULT;
		return att_guest(c, at ? SYS_pwrite64 : SYS_write, c->o->gfd, ATT_P(buf), total, (long)c->data.args[3], 0, 0);
	}
	r = att_guest(c, at ? SYS_pread64 : SYS_read, c->o->gfd, ATT_P(buf), total, (long)c->data.args[3], 0, 0);
	return r > 0 && att_scatter(c, iov, count, buf, (size_t)r) ? -EFAULT : r;
}

static long do_readv(struct att_call *c)
{
	return vector(c, false, false);
}

static long do_writev(struct att_call *c)
{
	return vector(c, true, false);
}

static long do_preadv(struct att_call *c)
{
	return vector(c, false, true);
}

static long do_pwritev(struct att_call *c)
{
	return vector(c, true, true);
}

static long do_lseek(struct att_call *c)
{
	if (is_sock(c))
		return -ESPIPE;
	return att_guest(c, SYS_lseek, c->o->gfd, (long)c->data.args[1], (long)c->data.args[2], 0, 0, 0);
}

static long do_getdents64(struct att_call *c)
{
	if (is_sock(c))
		return -ENOTDIR;
	c->data.args[2] &= 0xffffffff;
	c->data.args[3] = 0;
	return read_flat(c, SYS_getdents64);
}

static long do_fstat(struct att_call *c)
{
	struct stat st;
	long r;

	if (!c->o) /* copy.c */
		return att_copy_stat(c, c->fd, &st) ? att_put(c, c->data.args[1], &st, sizeof(st)) : ATT_CONTINUE;
	if (is_sock(c))
		return ATT_CONTINUE; /* a socket is a socket */
	r = att_guest(c, SYS_fstat, c->o->gfd, ATT_P(&st), 0, 0, 0, 0);
	return !r && att_put(c, c->data.args[1], &st, sizeof(st)) ? -EFAULT : r;
}

/* Of a placeholder it would take the bytes that stand for messages. A stream's are its own. */
static long do_splice(struct att_call *c)
{
	return c->o->kind == ATT_STREAM ? ATT_CONTINUE : -EINVAL;
}

static long do_fsync(struct att_call *c)
{
	return is_sock(c) ? -EINVAL : att_guest(c, SYS_fsync, c->o->gfd, 0, 0, 0, 0, 0);
}

static long do_ftruncate(struct att_call *c)
{
	return is_sock(c) ? -EINVAL : att_guest(c, SYS_ftruncate, c->o->gfd, (long)c->data.args[1], 0, 0, 0, 0);
}

/* dup and F_DUPFD of a placeholder: the copy gets a number whose read and write are trapped, too. */
static long dup_to(struct att_call *c, int min, int flags)
{
	int fd = att_fd_dup(c, c->o);
	long r;

	if (fd < 0)
		return ATT_CONTINUE;
	r = att_fd_give(c, fd, min > ATT_FD_BASE ? min : ATT_FD_BASE, flags);
	close(fd);
	return r;
}

static long do_dup(struct att_call *c)
{
	return dup_to(c, 0, 0);
}

static long do_fcntl(struct att_call *c)
{
	int cmd = (int)c->data.args[1], min = (int)c->data.args[2];

	if ((cmd != F_DUPFD && cmd != F_DUPFD_CLOEXEC) || min < 0 || min > 1 << 20)
		return ATT_CONTINUE;
	return dup_to(c, min, cmd == F_DUPFD_CLOEXEC ? O_CLOEXEC : 0);
}

const struct att_entry att_file_calls[] = {
	{ SYS_dup, do_dup, ATT_F_FD },
	{ SYS_fcntl, do_fcntl, ATT_F_FD },
	{ SYS_read, do_read, ATT_F_FD },
	{ SYS_write, do_write, ATT_F_FD },
	{ SYS_readv, do_readv, ATT_F_FD },
	{ SYS_writev, do_writev, ATT_F_FD },
	{ SYS_pread64, do_pread, ATT_F_FD },
	{ SYS_pwrite64, do_pwrite, ATT_F_FD },
	{ SYS_preadv, do_preadv, ATT_F_FD },
	{ SYS_pwritev, do_pwritev, ATT_F_FD },
	{ SYS_preadv2, do_preadv, ATT_F_FD },
	{ SYS_pwritev2, do_pwritev, ATT_F_FD },
	{ SYS_lseek, do_lseek, ATT_F_FD },
	{ SYS_getdents64, do_getdents64, ATT_F_FD },
	{ SYS_fstat, do_fstat, ATT_F_EACH },
	{ SYS_fsync, do_fsync, ATT_F_FD },
	{ SYS_splice, do_splice, ATT_F_FD },
	{ SYS_ftruncate, do_ftruncate, ATT_F_FD },
	{ 0, NULL, 0 },
};
