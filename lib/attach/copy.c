// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/copy.c - a file of the guest that is only read: the whole of it in a memfd, which the program gets as an ordinary file
 *
 * From then on it is the host's, but for fstat(2): programs compare it with the stat(2) of the name (cp, Rust's and Go's libraries). What
 * the guest said of the file when it was opened is kept in the memfd's name: so it needs no memory here, whoever comes to hold
 * the descriptor and for how long, and it holds when the namespace is another by then or the file has gone. To be asked for it we give
 * the descriptor a number of at least ATT_COPY_BASE. A copy at another number is a file of the host's in that, too.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#define FILE_MAX (256U << 20)
#define NAME_SIZE 250 /* of a memfd, with the NUL */
#define SMALL 4095 /* with the NUL that the guest adds it is a page */
#define LARGE (64U << 10)
#define FACTS 10
#define LINK "/memfd:guest "

static int open_again(int fd)
{
	char name[32];
	int ro;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	ro = open(name, O_RDONLY | O_CLOEXEC);
	if (ro < 0)
		return fd;
	close(fd);
	return ro;
}

/* "guest 9 f0000057 ... /proc/net/dev", the path as far as it fits. proc and sysfs have one time for all. */
static void make_name(char *name, const struct stat *st, const char *path)
{
	const uint64_t fact[FACTS] = {
		st->st_dev, st->st_ino, st->st_mode, st->st_nlink, st->st_uid, st->st_gid, (uint64_t)st->st_size,
		(uint64_t)st->st_blksize, (uint64_t)st->st_mtim.tv_sec, (uint64_t)st->st_mtim.tv_nsec,
	};
	int n = snprintf(name, NAME_SIZE, "guest");

	for (int i = 0; i < FACTS; i++)
		n += snprintf(name + n, NAME_SIZE - (size_t)n, " %llx", (unsigned long long)fact[i]);
	snprintf(name + n, NAME_SIZE - (size_t)n, " %s", path);
}
_Static_assert(sizeof("guest") + FACTS * 17 + 1 <= NAME_SIZE, "facts");

/* proc and sysfs have no blocks; but then cp looks for holes, and what a memfd says of these is of what it has, not of st_size. */
static bool take_facts(const char *p, struct stat *st)
{
	unsigned long long fact[FACTS];
	char *end;

	for (int i = 0; i < FACTS; i++, p = end + 1) {
		fact[i] = strtoull(p, &end, 16);
		if (end == p || *end != ' ')
			return false; /* somebody else's */
	}
	memset(st, 0, sizeof(*st));
	st->st_dev = fact[0];
	st->st_ino = fact[1];
	st->st_mode = (mode_t)fact[2];
	st->st_nlink = (nlink_t)fact[3];
	st->st_uid = (uid_t)fact[4];
	st->st_gid = (gid_t)fact[5];
	st->st_size = (off_t)fact[6];
	st->st_blksize = (blksize_t)fact[7];
	st->st_blocks = (blkcnt_t)((fact[6] + 511) / 512);
	st->st_mtim = (struct timespec){ .tv_sec = (time_t)fact[8], .tv_nsec = (long)fact[9] };
	st->st_atim = st->st_ctim = st->st_mtim;
	return true;
}

/* All that is left to read of @gfd into @fd, in pieces of @size. Its length or -errno. */
static long read_all(struct att_call *c, int gfd, int fd, char *buf, size_t size)
{
	size_t total = 0;
	long r;

	while ((r = att_guest(c, SYS_read, gfd, ATT_P(buf), (long)size, 0, 0, 0)) > 0) {
		if (total + (size_t)r > FILE_MAX || write(fd, buf, (size_t)r) != r)
			return -EFBIG;
		total += (size_t)r;
		if (size == SMALL && r == SMALL)
			return SMALL; /* there may be more */
	}
	return r < 0 ? r : (long)total;
}

/*
 * Nearly all are small, and for a file of /proc/sys the guest fills as much memory with zeros as is asked for. What is not, is read anew:
 * some files give only what fits into the first piece.
 */
long att_copy(struct att_call *c, int gfd, const struct stat *st, const char *path)
{
	char *buf = att_alloc_raw(c, LARGE), name[NAME_SIZE];
	int fd;
	long r;

	if (!buf)
		return -ENOMEM;
	make_name(name, st, path);
	fd = memfd_create(name, MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = read_all(c, gfd, fd, buf, SMALL);
	if (r == SMALL) {
		r = att_guest(c, SYS_lseek, gfd, 0, SEEK_SET, 0, 0, 0);
		if (r >= 0 && (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET)))
			r = -errno;
		if (r >= 0)
			r = read_all(c, gfd, fd, buf, LARGE);
	}
	if (r < 0) {
		close(fd);
		return r;
	}
	return open_again(fd);
}

long att_copy_give(struct att_call *c, int fd, int flags)
{
	const int next = c->p->next_fd;
	long r;

	c->p->next_fd = ATT_COPY_BASE + 4; /* where the search goes on; the numbers of placeholders are not used up */
	r = att_fd_give(c, fd, ATT_COPY_BASE, flags);
	c->p->next_fd = next;
	return r;
}

bool att_copy_stat(struct att_call *c, int fd, struct stat *st)
{
	char name[40], link[NAME_SIZE + 32];
	ssize_t n;

	if (fd < ATT_COPY_BASE)
		return false;
	snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)c->p->tid, fd);
	n = readlink(name, link, sizeof(link) - 1);
	if (n <= 0)
		return false;
	link[n] = 0;
	return !strncmp(link, LINK, strlen(LINK)) && take_facts(link + strlen(LINK), st);
}
