// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/pools.c - see pools.h
 */
#define _GNU_SOURCE
#include "lib/netdev/pools.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u /* Linux 6.3 */
#endif

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

int lk_memory_new(size_t bytes)
{
	struct rlimit most;
	int fd;

	/* over the limit a file's size would be a signal that ends us */
	if (getrlimit(RLIMIT_FSIZE, &most) || most.rlim_cur < bytes) {
		errno = EFBIG;
		return -1;
	}
	fd = memfd_create("stdpkt", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("stdpkt", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 && (ftruncate(fd, (off_t)bytes) || fcntl(fd, F_ADD_SEALS, SEALS))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool lk_memory_ok(int fd, size_t bytes)
{
	const int seals = fcntl(fd, F_GET_SEALS);
	struct statfs fs;
	struct stat st;

	return seals >= 0 && (seals & SEALS) == SEALS && !(seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) && !fstat(fd, &st) &&
	       st.st_size == (off_t)bytes && !fstatfs(fd, &fs) && fs.f_type == TMPFS_MAGIC;
}

void lk_pools_own(struct lk_pools *p)
{
	struct lk_pool *own = &p->pool[0];
	struct stat st;

	if (p->asked)
		return;
	p->asked = true;
	own->fd = lk_memory_new(LK_POOL_BYTES);
	if (own->fd < 0)
		return;
	if (!fstat(own->fd, &st))
		own->base = p->place(own->fd, true);
	if (!own->base) {
		close(own->fd);
		return;
	}
	own->dev = st.st_dev;
	own->ino = st.st_ino;
}

uint8_t *lk_pools_take(struct lk_pools *p, int fd, const void *link, bool *plain)
{
	void *map = MAP_FAILED;
	struct lk_pool *new = NULL;
	struct stat st;
	unsigned i;

	if (!lk_memory_ok(fd, LK_POOL_BYTES) || fstat(fd, &st))
		goto out;
	for (i = 0; i < LK_POOLS_MAX; i++) {
		if (p->pool[i].base && p->pool[i].dev == st.st_dev && p->pool[i].ino == st.st_ino)
			goto known;
		if (i && !p->pool[i].base && !new)
			new = &p->pool[i];
	}
	if (new && (new->base = p->place(fd, false)) != NULL) {
		new->fd = fd;
		new->dev = st.st_dev;
		new->ino = st.st_ino;
		new->link = link;
		*plain = false;
		return new->base;
	}
known:
	map = mmap(NULL, LK_POOL_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	*plain = true;
out:
	close(fd);
	return map == MAP_FAILED ? NULL : map;
}

int lk_pools_find(const struct lk_pools *p, const void *at, size_t len)
{
	for (int i = 0; i < LK_POOLS_MAX; i++) {
		const uintptr_t off = (uintptr_t)at - (uintptr_t)p->pool[i].base;

		if (p->pool[i].base && off < LK_POOL_BYTES && len <= LK_POOL_BYTES - off)
			return i;
	}
	return -1;
}
