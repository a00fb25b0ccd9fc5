// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/io.c - non-blocking reads and writes on descriptors that others share
 *
 * Theory of operation
 * -------------------
 * O_NONBLOCK belongs to the open file description, and fds 0 and 1 share theirs with the shell and the other stages:
 * setting it there breaks them. So pipes, FIFOs and terminals are opened a second time through /proc/self/fd, which gives
 * a description of our own; sockets take MSG_DONTWAIT; regular files do not block. Where the second open is refused
 * (no /proc, a pipe of another user) or would change the meaning (a FIFO held O_RDWR, devices that give a new object at
 * each open) the shared description is kept: poll() first, and at most PIPE_BUF a write, which a pipe that polls writable
 * takes without sleeping. Two writers that race for the last slot can still make one of them wait.
 *
 * The inherited descriptor is replaced after that, or the pipe would stay open and its other end would see no EOF or EPIPE.
 *
 * A named FIFO opened for reading when its writers have gone already does not report POLLHUP until a new one has come
 * (fifo(7) leaves this open; Linux does it so). The inherited descriptor still knows; it is asked after the second open.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/netdev/io.h"

#define PIPE_WANTED (1 << 20)
#define MAJOR_MEM 1 /* null, zero, full */

/* Devices whose second open gives the same object again. Not so: /dev/ptmx, /dev/net/tun. */
static bool chr_reopens(int fd, const struct stat *st)
{
	if (major(st->st_rdev) == MAJOR_MEM)
		return true;
	return isatty(fd) && st->st_rdev != makedev(5, 2);
}

static int fd_above_std(int fd)
{
	int up, e;

	if (fd < 0 || fd >= 3)
		return fd;
	up = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	e = errno;
	close(fd);
	errno = e;
	return up;
}

static int fd_reopen(int fd, bool write)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fd_above_std(open(path, (write ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
}

/* Put something on @fd that neither holds a pipe open nor harms the stream. */
static void fd_neutralize(int fd, bool write)
{
	int null;

	if (write && dup2(STDERR_FILENO, fd) >= 0)
		return;
	null = open("/dev/null", (write ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	if (null < 0) {
		close(fd);
	} else {
		dup2(null, fd);
		close(null);
	}
}

int lk_io_take(struct lk_io *io, int fd, bool write)
{
	int flags = fcntl(fd, F_GETFL), acc, nfd = -1;
	struct stat st;

	*io = LK_IO_CLOSED;
	if (flags < 0 || fstat(fd, &st) < 0)
		return -errno;
	acc = flags & O_ACCMODE;
	if ((flags & O_PATH) || (acc != O_RDWR && acc != (write ? O_WRONLY : O_RDONLY)))
		return -EBADF;
	if (S_ISFIFO(st.st_mode))
		fcntl(fd, F_SETPIPE_SZ, PIPE_WANTED); /* only a wish */

	io->kind = LK_IO_SHARED;
	if (S_ISSOCK(st.st_mode))
		io->kind = LK_IO_SOCKET;
	else if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode))
		io->kind = LK_IO_FILE;
	else if ((S_ISFIFO(st.st_mode) && acc != O_RDWR) || (S_ISCHR(st.st_mode) && chr_reopens(fd, &st)))
		nfd = fd_reopen(fd, write);

	if (nfd >= 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		io->kind = LK_IO_OWN;
		io->hup = !write && S_ISFIFO(st.st_mode) && poll(&p, 1, 0) > 0 && (p.revents & POLLHUP);
	} else {
		nfd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (nfd < 0) {
			*io = LK_IO_CLOSED;
			return -errno;
		}
	}
	io->fd = nfd;
	fd_neutralize(fd, write);
	return 0;
}

int lk_io_own(struct lk_io *io, int fd)
{
	struct stat st;

	*io = LK_IO_CLOSED;
	fd = fd_above_std(fd);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		int e = errno;

		close(fd);
		return -e;
	}
	if (S_ISFIFO(st.st_mode))
		fcntl(fd, F_SETPIPE_SZ, PIPE_WANTED);
	io->kind = S_ISSOCK(st.st_mode) ? LK_IO_SOCKET : S_ISREG(st.st_mode) ? LK_IO_FILE : LK_IO_OWN;
	io->fd = fd;
	return 0;
}

void lk_io_close(struct lk_io *io)
{
	if (io->fd >= 0 && io->kind != LK_IO_NONE)
		close(io->fd);
	*io = LK_IO_CLOSED;
}

/* @events hold on a shared descriptor now; errors count, the call itself will tell them. */
static bool io_ready(const struct lk_io *io, short events)
{
	struct pollfd p = { .fd = io->fd, .events = events };

	return io->kind != LK_IO_SHARED || poll(&p, 1, 0) > 0;
}

ssize_t lk_io_read(struct lk_io *io, void *buf, size_t n)
{
	ssize_t r;

	if (!io_ready(io, POLLIN))
		return -EAGAIN;
	do {
		r = io->kind == LK_IO_SOCKET ? recv(io->fd, buf, n, MSG_DONTWAIT) : read(io->fd, buf, n);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	return r;
}

/* tee(2) copies what a pipe holds without taking it, into another pipe. */
static ssize_t pipe_peek(int fd, void *buf, size_t n)
{
	int p[2];
	ssize_t r;

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	r = tee(fd, p[1], n, SPLICE_F_NONBLOCK);
	if (r < 0)
		r = -errno;
	else if (r > 0)
		r = read(p[0], buf, (size_t)r);
	close(p[0]);
	close(p[1]);
	return r;
}

ssize_t lk_io_peek(const struct lk_io *io, void *buf, size_t n)
{
	off_t at;
	ssize_t r;

	switch (io->kind) {
	case LK_IO_SOCKET:
		r = recv(io->fd, buf, n, MSG_PEEK | MSG_DONTWAIT);
		break;
	case LK_IO_FILE:
		at = lseek(io->fd, 0, SEEK_CUR);
		r = at < 0 ? -1 : pread(io->fd, buf, n, at);
		break;
	default:
		return pipe_peek(io->fd, buf, n);
	}
	return r < 0 ? -errno : r;
}

ssize_t lk_io_write(struct lk_io *io, const void *buf, size_t n)
{
	ssize_t r;

	if (!io_ready(io, POLLOUT))
		return -EAGAIN;
	if (io->kind == LK_IO_SHARED && n > PIPE_BUF)
		n = PIPE_BUF;
	do {
		r = io->kind == LK_IO_SOCKET ? send(io->fd, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL) :
					       write(io->fd, buf, n);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	return r;
}
