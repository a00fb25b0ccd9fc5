// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/mem.c - reading and writing the memory of attached programs
 *
 * process_vm_readv(2) by thread id; /proc/TID/mem where that is refused. Nothing is cached: after an exec or in a child of vfork a kept
 * handle would name the wrong memory. A recycled thread id is caught by att_valid(), which runs after reading and before writing.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/attach/internal.h"

/* One piece through /proc/TID/mem, for hosts whose process_vm_* is filtered away. */
static ssize_t slow(struct att_call *c, void *buf, uint64_t addr, size_t len, bool put)
{
	char name[40];
	ssize_t n;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/mem", (int)c->p->tid);
	fd = open(name, (put ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = put ? pwrite(fd, buf, len, (off_t)addr) : pread(fd, buf, len, (off_t)addr);
	close(fd);
	return n;
}

/* @ln pieces of ours against @rn of the program's, both @total bytes; the count moved, in order. */
static size_t att_move(struct att_call *c, const struct iovec *local, size_t ln, const struct iovec *remote, size_t rn, size_t total,
		       bool put)
{
	size_t done = 0, l = 0, l_at = 0;
	ssize_t n;

	if (!total)
		return 0;
	n = put ? process_vm_writev(c->p->tid, local, ln, remote, rn, 0) : process_vm_readv(c->p->tid, local, ln, remote, rn, 0);
	if (n >= 0)
		return (size_t)n;
	if (errno != ENOSYS && errno != EPERM)
		return 0;
	for (size_t r = 0; r < rn && l < ln; r++) {
		for (size_t r_at = 0; r_at < remote[r].iov_len && l < ln;) {
			size_t want = remote[r].iov_len - r_at;

			if (want > local[l].iov_len - l_at)
				want = local[l].iov_len - l_at;
			if (want) {
				n = slow(c, (char *)local[l].iov_base + l_at, (uintptr_t)remote[r].iov_base + r_at, want, put);
				if (n > 0)
					done += (size_t)n;
				if (n != (ssize_t)want)
					return done;
			}
			r_at += want;
			l_at += want;
			if (l_at == local[l].iov_len) {
				l++;
				l_at = 0;
			}
		}
	}
	return done;
}

/* The usual case of it: one buffer. */
static size_t move_one(struct att_call *c, const void *buf, const struct iovec *remote, size_t nr, size_t total, bool put)
{
	struct iovec local = { .iov_base = (void *)(uintptr_t)buf, .iov_len = total };

	return att_move(c, &local, 1, remote, nr, total, put);
}

int att_get(struct att_call *c, void *to, uint64_t addr, size_t len)
{
	struct iovec r = { .iov_base = (void *)(uintptr_t)addr, .iov_len = len };

	if (!len)
		return 0;
	if (move_one(c, to, &r, 1, len, false) != len)
		return -EFAULT;
	return 0;
}

size_t att_get_some(struct att_call *c, void *to, uint64_t addr, size_t len)
{
	struct iovec r[2];
	size_t first = 4096 - (addr & 4095), nr = 1;

	/* process_vm_readv() may give up a whole piece that is mapped in part: cut at the first page */
	if (first > len)
		first = len;
	r[0] = (struct iovec){ .iov_base = (void *)(uintptr_t)addr, .iov_len = first };
	if (len > first)
		r[nr++] = (struct iovec){ .iov_base = (void *)(uintptr_t)(addr + first), .iov_len = len - first };
	return move_one(c, to, r, nr, len, false);
}

int att_put(struct att_call *c, uint64_t addr, const void *from, size_t len)
{
	struct iovec r = { .iov_base = (void *)(uintptr_t)addr, .iov_len = len };

	if (!len)
		return 0;
	if (!c->checked && !att_valid(c))
		return -EFAULT;
	if (move_one(c, from, &r, 1, len, true) != len)
		return -EFAULT;
	return 0;
}

long att_get_str(struct att_call *c, char *to, uint64_t addr, size_t size)
{
	size_t have = 0;

	while (have < size) {
		/* never past a page that need not be mapped, and little at first: most names are short */
		size_t want = 4096 - ((addr + have) & 4095), got;
		char *end;

		if (want > size - have)
			want = size - have;
		if (want > 256 && !have)
			want = 256;
		got = att_get_some(c, to + have, addr + have, want);
		if (!got)
			return -EFAULT;
		end = memchr(to + have, 0, got);
		if (end)
			return end - to;
		have += got;
	}
	return -ENAMETOOLONG;
}

long att_get_iov(struct att_call *c, uint64_t addr, uint64_t count, struct iovec **iov)
{
	size_t total = 0;

	*iov = NULL;
	if (count > ATT_MAX_IOV)
		return -EMSGSIZE;
	if (!count)
		return 0;
	*iov = att_alloc(c, count * sizeof(**iov));
	if (!*iov)
		return -ENOMEM;
	if (att_get(c, *iov, addr, count * sizeof(**iov)))
		return -EFAULT;
	for (size_t i = 0; i < count; i++) {
		size_t len = (*iov)[i].iov_len;

		if (len > SSIZE_MAX)
			return -EINVAL;
		if (len > ATT_MAX_IO - total)
			len = (*iov)[i].iov_len = ATT_MAX_IO - total;
		total += len;
	}
	return (long)total;
}

int att_gather(struct att_call *c, void *to, const struct iovec *iov, size_t count, size_t total)
{
	return move_one(c, to, iov, count, total, false) == total ? 0 : -EFAULT;
}

int att_scatter(struct att_call *c, const struct iovec *iov, size_t count, const void *from, size_t len)
{
	if (!len)
		return 0;
	if (!c->checked && !att_valid(c))
		return -EFAULT;
	return move_one(c, from, iov, count, len, true) == len ? 0 : -EFAULT;
}

void att_vec_add(struct att_vec *v, uint64_t addr, const void *buf, size_t len)
{
	if (!len || v->n == ATT_VEC)
		return;
	v->ours[v->n].base = (void *)(uintptr_t)buf;
	v->theirs[v->n].base = (void *)(uintptr_t)addr;
	v->ours[v->n].len = v->theirs[v->n].len = len;
	v->total += len;
	v->n++;
}

_Static_assert(sizeof(((struct att_vec *)0)->ours[0]) == sizeof(struct iovec) && offsetof(struct iovec, iov_len) == sizeof(void *),
	       "struct att_vec");

static int vec(struct att_call *c, const struct att_vec *v, bool put)
{
	const struct iovec *ours = (const void *)v->ours, *theirs = (const void *)v->theirs;

	return att_move(c, ours, v->n, theirs, v->n, v->total, put) == v->total ? 0 : -EFAULT;
}

int att_vec_get(struct att_call *c, const struct att_vec *v)
{
	return vec(c, v, false);
}

int att_vec_put(struct att_call *c, const struct att_vec *v)
{
	if (v->n && !c->checked && !att_valid(c))
		return -EFAULT;
	return vec(c, v, true);
}
