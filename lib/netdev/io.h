/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/netdev/io.h - a descriptor that never blocks us and never changes for those who share it (private to the media)
 */
#ifndef LK_NETDEV_IO_H
#define LK_NETDEV_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum lk_io_kind {
	LK_IO_NONE = 0, /* not open */
	LK_IO_OWN,	/* an open file description of our own with O_NONBLOCK */
	LK_IO_SOCKET,	/* MSG_DONTWAIT on every call */
	LK_IO_FILE,	/* a regular file: never blocks for long */
	LK_IO_SHARED,	/* a blocking description that others share: poll() before each call, PIPE_BUF at a time */
};

struct lk_io {
	int fd;
	enum lk_io_kind kind;
	bool hup; /* a FIFO whose writers had gone before we came: epoll will not tell, read on to the end */
};

/* An lk_io that is not open; a zeroed one would be fd 0. */
#define LK_IO_CLOSED ((struct lk_io){ .fd = -1 })

/*
 * lk_io_take() - take over the inherited descriptor @fd (0 or 1) for reading or writing.
 *
 * *io gets a descriptor >= 3, close-on-exec. @fd itself is then harmless: /dev/null on 0, a duplicate of stderr on 1; so a
 * pipe has no end left open by us but *io's. 0 or -errno with nothing changed (EBADF: closed, or not open for that).
 */
int lk_io_take(struct lk_io *io, int fd, bool write);
/*
 * lk_io_own() - *io owns @fd, which is O_NONBLOCK, a socket or a regular file, close-on-exec; moved to >= 3.
 * 0 or -errno (then closed).
 */
int lk_io_own(struct lk_io *io, int fd);
void lk_io_close(struct lk_io *io);

/* Bytes; read: 0 at the end; -EAGAIN; -errno. A short count is normal. */
ssize_t lk_io_read(struct lk_io *io, void *buf, size_t n);
/* lk_io_peek() - the next bytes, which stay to be read. What cannot be looked into is -errno. Not for the data path. */
ssize_t lk_io_peek(const struct lk_io *io, void *buf, size_t n);
ssize_t lk_io_write(struct lk_io *io, const void *buf, size_t n);

#endif
