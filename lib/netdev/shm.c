// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/shm.c - the memory that two neighbours share: made by the one, checked and mapped by the other
 *
 * The loop is woken by the eventfd's edge: nobody reads it, the turn that follows looks into the rings.
 */
#define _GNU_SOURCE
#include "lib/netdev/shm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lk/loop.h"

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
static struct lk_shm *shm_attach(struct lk_loop *loop, int memfd, int wake_fd, int other_fd, int sock, bool giver)
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
	s->sock = fd_dup(sock);
	s->tx.sock = s->rx.sock = s->sock;
	s->tx.link = s->rx.link = s;
	if (s->map != MAP_FAILED && s->wake_fd >= 0 && s->tx.wake_fd >= 0 && s->sock >= 0)
		s->watch = lk_loop_add(loop, s->wake_fd, EPOLLIN | EPOLLET, on_wake, s);
	if (s->watch)
		return s;
	e = errno;
	lk_shm_put(s);
	errno = e;
	return NULL;
}

struct lk_shm *lk_shm_new(struct lk_loop *loop, int fds[LK_SHM_FDS])
{
	struct lk_shm *s = NULL;
	int pair[2] = { -1, -1 }, i, e;

	fds[0] = lk_memory_new(LK_SHM_BYTES);
	fds[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fds[2] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		pair[0] = pair[1] = -1;
	fds[3] = pair[1];
	if (fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0 && fds[3] >= 0)
		s = shm_attach(loop, fds[0], fds[2], fds[1], pair[0], true);
	e = errno;
	if (pair[0] >= 0)
		close(pair[0]);
	if (s)
		return s;
	for (i = 0; i < LK_SHM_FDS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	errno = e;
	return NULL;
}

/* An eventfd has no type that could be asked for. What is none, we do not sleep on: write() fails, or tells a stranger what he knows. */
struct lk_shm *lk_shm_map(struct lk_loop *loop, const int fds[LK_SHM_FDS])
{
	int type = 0, i;
	socklen_t len = sizeof(type);
	struct stat st;

	if (!lk_memory_ok(fds[0], LK_SHM_BYTES) || getsockopt(fds[3], SOL_SOCKET, SO_TYPE, &type, &len) || type != SOCK_SEQPACKET) {
		errno = EPROTO;
		return NULL;
	}
	for (i = 1; i < 3; i++) {
		const int flags = fcntl(fds[i], F_GETFL);

		/* of what could block us, or a file that our wake-ups would change, we want none */
		if (flags < 0 || !(flags & O_NONBLOCK) || fstat(fds[i], &st) || (st.st_mode & S_IFMT)) {
			errno = EPROTO;
			return NULL;
		}
	}
	return shm_attach(loop, fds[0], fds[1], fds[2], fds[3], false);
}

struct lk_shm *lk_shm_hold(struct lk_shm *s)
{
	s->users++;
	return s;
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
	if (s->sock >= 0)
		close(s->sock);
	lk_ring_fini(&s->tx);
	lk_ring_fini(&s->rx);
	if (s->map != MAP_FAILED)
		munmap(s->map, LK_SHM_BYTES);
	free(s);
}
