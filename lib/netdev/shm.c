// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/shm.c - the memory that two neighbours share: made by the one, checked and mapped by the other
 *
 * What could hurt the one who maps it: memory that shrinks (SIGBUS), or that cannot be had (huge pages). So: sealed, and on tmpfs.
 * The loop is woken by the eventfd's edge: nobody reads it, the turn that follows looks into the rings.
 */
#define _GNU_SOURCE
#include "lib/netdev/shm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lk/loop.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u /* Linux 6.3 */
#endif

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

static void on_wake(void *arg, uint32_t events)
{
	(void)arg;
	(void)events;
}

static int fd_dup(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

/* Take over our side of it. @giver: our stream is the first ring, our return path the second. */
static struct lk_shm *shm_attach(struct lk_loop *loop, int memfd, int wake_fd, int other_fd, bool giver)
{
	struct lk_shm *s = calloc(1, sizeof(*s));
	struct lk_ring_ctl *ctl;
	uint8_t *data;
	int e;

	if (!s)
		return NULL;
	s->users = 1;
	s->map = mmap(NULL, LK_SHM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	ctl = s->map;
	data = (uint8_t *)s->map + 4096;
	s->wake_fd = fd_dup(wake_fd);
	lk_ring_init(&s->tx, ctl + !giver, data + (giver ? 0 : LK_RING_BYTES), fd_dup(other_fd));
	lk_ring_init(&s->rx, ctl + giver, data + (giver ? LK_RING_BYTES : 0), s->tx.wake_fd);
	s->rx.pool = data + 2 * LK_RING_BYTES + (giver ? LK_POOL_BYTES : 0);
	s->lend_at = 4096 + 2 * LK_RING_BYTES + (giver ? 0 : LK_POOL_BYTES);
	s->memfd = fd_dup(memfd);
	if (s->map != MAP_FAILED && s->wake_fd >= 0 && s->tx.wake_fd >= 0 && s->memfd >= 0)
		s->watch = lk_loop_add(loop, s->wake_fd, EPOLLIN | EPOLLET, on_wake, s);
	if (s->watch)
		return s;
	e = errno;
	lk_shm_put(s);
	errno = e;
	return NULL;
}

static int memory_new(void)
{
	struct rlimit most;
	int fd;

	/* over the limit a file's size would be a signal that ends us */
	if (getrlimit(RLIMIT_FSIZE, &most) || most.rlim_cur < LK_SHM_BYTES) {
		errno = EFBIG;
		return -1;
	}
	fd = memfd_create("stdpkt", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("stdpkt", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 && (ftruncate(fd, LK_SHM_BYTES) || fcntl(fd, F_ADD_SEALS, SEALS))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

struct lk_shm *lk_shm_new(struct lk_loop *loop, int fds[LK_SHM_FDS])
{
	struct lk_shm *s = NULL;
	int i, e;

	fds[0] = memory_new();
	fds[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fds[2] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0)
		s = shm_attach(loop, fds[0], fds[2], fds[1], true);
	if (s)
		return s;
	e = errno;
	for (i = 0; i < LK_SHM_FDS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	errno = e;
	return NULL;
}

/* An eventfd has no type that could be asked for. What is none, we do not sleep on: write() fails, or tells a stranger what he knows. */
struct lk_shm *lk_shm_map(struct lk_loop *loop, const int fds[LK_SHM_FDS])
{
	int seals = fcntl(fds[0], F_GET_SEALS), i;
	struct statfs fs;
	struct stat st;

	errno = EPROTO;
	if (seals < 0 || (seals & SEALS) != SEALS || (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) || fstat(fds[0], &st) ||
	    st.st_size != LK_SHM_BYTES || fstatfs(fds[0], &fs) || fs.f_type != TMPFS_MAGIC) {
		errno = EPROTO;
		return NULL;
	}
	for (i = 1; i < LK_SHM_FDS; i++) {
		const int flags = fcntl(fds[i], F_GETFL);

		/* of what could block us, or a file that our wake-ups would change, we want none */
		if (flags < 0 || !(flags & O_NONBLOCK) || fstat(fds[i], &st) || (st.st_mode & S_IFMT)) {
			errno = EPROTO;
			return NULL;
		}
	}
	return shm_attach(loop, fds[0], fds[1], fds[2], false);
}

struct lk_shm *lk_shm_hold(struct lk_shm *s)
{
	s->users++;
	return s;
}

void lk_shm_lend(struct lk_shm *s, struct lk_port *port)
{
	if (s->memfd < 0)
		return;
	s->tx.pool = port->lend ? port->lend(port, s->memfd, s->lend_at) : NULL;
	close(s->memfd);
	s->memfd = -1;
}

void lk_shm_put(struct lk_shm *s)
{
	if (!s || --s->users)
		return;
	lk_loop_del(s->watch);
	if (s->wake_fd >= 0)
		close(s->wake_fd);
	if (s->tx.wake_fd >= 0)
		close(s->tx.wake_fd);
	if (s->memfd >= 0)
		close(s->memfd);
	lk_ring_fini(&s->tx);
	if (s->map != MAP_FAILED)
		munmap(s->map, LK_SHM_BYTES);
	free(s);
}
