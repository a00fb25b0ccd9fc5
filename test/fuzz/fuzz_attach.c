// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/fuzz/fuzz_attach.c - any bytes as the arguments and the memory of a program whose system call is served
 *
 * setsockopt, getsockopt, the six of sending and receiving, and ioctl, as lib/attach unmarshals them. Input: u8 which call, u8 what kind of
 * socket, u8 seed of the guest's answers, six u32 arguments, then the program's memory, which lies at PROGRAM. The guest is a function here
 * that touches all that it is given, under AddressSanitizer: what is handed to it has to be ours, to its last byte.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "lib/attach/internal.h"
#include "test/fuzz/fuzz.h"

#define PROGRAM 0x10000u
#define MEMORY 16384u
#define HEAD (3u + 6 * 4)

static uint8_t memory[MEMORY];
static unsigned answers;

/* ---- the program's memory ---- */

static ssize_t transfer(const struct iovec *local, unsigned long ln, const struct iovec *remote, unsigned long rn, bool write)
{
	unsigned long l = 0, i;
	size_t off = 0, done = 0;

	for (i = 0; i < rn; i++) {
		uint64_t addr = (uintptr_t)remote[i].iov_base;
		size_t left = remote[i].iov_len;

		while (left && l < ln) {
			size_t n = local[l].iov_len - off < left ? local[l].iov_len - off : left;

			if (n && (addr < PROGRAM || addr - PROGRAM >= MEMORY || n > MEMORY - (addr - PROGRAM)))
				goto out;
			if (n && write)
				memcpy(memory + (addr - PROGRAM), (char *)local[l].iov_base + off, n);
			else if (n)
				memcpy((char *)local[l].iov_base + off, memory + (addr - PROGRAM), n);
			done += n;
			addr += n;
			left -= n;
			off += n;
			if (off == local[l].iov_len) {
				l++;
				off = 0;
			}
		}
	}
out:
	if (done || !rn)
		return (ssize_t)done;
	errno = EFAULT;
	return -1;
}

ssize_t process_vm_readv(pid_t pid, const struct iovec *local, unsigned long ln, const struct iovec *remote, unsigned long rn,
			 unsigned long flags)
{
	(void)pid;
	(void)flags;
	return transfer(local, ln, remote, rn, false);
}

ssize_t process_vm_writev(pid_t pid, const struct iovec *local, unsigned long ln, const struct iovec *remote, unsigned long rn,
			  unsigned long flags)
{
	(void)pid;
	(void)flags;
	return transfer(local, ln, remote, rn, true);
}

/* ---- the guest ---- */

/* Whole pieces at once: the sanitizer checks the arguments of memset() and memcpy(), and that is quick. */
static void touch(const void *p, size_t n, bool write)
{
	static uint8_t sink[65536];
	const uint8_t *b = p;
	size_t part;

	for (; b && n; n -= part, b += part) {
		part = n < sizeof(sink) ? n : sizeof(sink);
		if (write)
			memset((uint8_t *)(uintptr_t)b, (int)answers, part);
		else
			memcpy(sink, b, part);
	}
}

static void touch_msg(struct msghdr *m, bool write)
{
	size_t i;

	touch(m->msg_name, m->msg_namelen, write);
	for (i = 0; i < m->msg_iovlen; i++)
		touch(m->msg_iov[i].iov_base, m->msg_iov[i].iov_len, write);
	touch(m->msg_control, m->msg_controllen, write);
	if (write) {
		m->msg_flags = (int)(answers & 0xff);
		m->msg_namelen = answers % 200;
		m->msg_controllen /= 1 + answers % 3;
	}
}

long att_guest(struct att_call *c, long nr, long a0, long a1, long a2, long a3, long a4, long a5)
{
	socklen_t *len = (socklen_t *)a4;

	(void)c;
	(void)a0;
	answers = answers * 1103515245 + 12345;
	switch (nr) {
	case SYS_setsockopt:
		touch((void *)a3, (size_t)a4, false);
		break;
	case SYS_getsockopt:
		touch((void *)a3, *len, true);
		*len = answers & 4 ? *len : answers % 64;
		break;
	case SYS_sendto:
		touch((void *)a1, (size_t)a2, false);
		touch((void *)a4, (size_t)a5, false);
		return answers & 8 ? -EAGAIN : a2;
	case SYS_recvfrom:
		touch((void *)a1, (size_t)a2, true);
		if (a5) {
			touch((void *)a4, *(socklen_t *)a5, true);
			*(socklen_t *)a5 = answers % 200;
		}
		return answers & 8 ? -EAGAIN : a2;
	case SYS_sendmsg:
	case SYS_recvmsg:
		touch_msg((struct msghdr *)a1, nr == SYS_recvmsg);
		return answers & 8 ? -EAGAIN : (long)(answers >> 16 & 0xfff);
	}
	return answers & 16 ? -EINVAL : (long)(answers >> 16 & 0xff);
}

static uint32_t poll_now(int fd)
{
	(void)fd;
	return answers & 32 ? POLLIN | POLLRDHUP : 0;
}

static const struct lk_attach_backend guest = { .poll_now = poll_now };

void att_guest_close(struct att_call *c, int gfd)
{
	(void)c;
	(void)gfd;
}

/* ---- the rest of the server ---- */

void *att_alloc_raw(struct att_call *c, size_t len)
{
	struct att_mem *m = malloc(sizeof(*m) + len);

	MUST(len <= ATT_MAX_OPT + (1u << 20));
	if (!m)
		return NULL;
	m->next = c->mem;
	c->mem = m;
	return m + 1;
}

void *att_alloc(struct att_call *c, size_t len)
{
	void *p = att_alloc_raw(c, len);

	return p ? memset(p, 0, len) : NULL;
}

void att_release(struct att_call *c, struct att_mem *mark)
{
	struct att_mem *m;

	while (c->mem != mark) {
		m = c->mem;
		c->mem = m->next;
		free(m);
	}
}

int att_wait_ready(struct att_call *c, struct att_obj *o, uint32_t events, uint64_t deadline_ns)
{
	(void)c;
	(void)o;
	(void)events;
	(void)deadline_ns;
	return -EINTR;
}

uint64_t att_timeout_ns(struct att_call *c, int opt)
{
	(void)c;
	(void)opt;
	return UINT64_MAX;
}

bool att_blocks(struct att_call *c, int msg_flags)
{
	(void)c;
	return !(msg_flags & MSG_DONTWAIT);
}

void att_sigpipe(struct att_call *c)
{
	(void)c;
}

void att_obj_stuff(struct att_call *c, struct att_obj *o)
{
	(void)c;
	(void)o;
}

uint64_t att_now_ns(void)
{
	return 1;
}

long att_ring_set(struct att_call *c, const void *val, size_t len)
{
	(void)c;
	touch((void *)(uintptr_t)val, len, false);
	return 0;
}

long att_rtnl(struct att_call *c, void *buf, size_t len)
{
	(void)c;
	touch(buf, len, true);
	return 0;
}

bool att_valid(struct att_call *c)
{
	(void)c;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct att_entry *const tables[] = { att_opt_calls, att_msg_calls, att_ioctl_calls };
	const struct att_entry *entry[16];
	struct lk_attach a = { .be = &guest };
	struct att_proc p = { .tid = 1, .pidfd = -1, .dirfd = -1 };
	struct att_obj o = { .gfd = 7 };
	struct att_call c = { .a = &a, .p = &p, .o = &o, .fd = 600 };
	size_t i, n = 0;
	uint32_t v;

	if (size < HEAD)
		return 0;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct att_entry *e = tables[i]; e->fn; e++)
			entry[n++] = e;
	memset(memory, 0, sizeof(memory));
	memcpy(memory, data + HEAD, size - HEAD < MEMORY ? size - HEAD : MEMORY);
	o.kind = data[1] & 1 ? ATT_STREAM : ATT_MSG;
	o.connected = data[1] & 2;
	o.type = data[1] & 1 ? SOCK_STREAM : data[1] & 4 ? SOCK_RAW : SOCK_DGRAM;
	o.domain = data[1] & 8 ? AF_NETLINK : AF_INET;
	answers = data[2];
	for (i = 0; i < 6; i++) {
		memcpy(&v, data + 3 + 4 * i, 4);
		c.data.args[i] = data[1] & 16 ? (uint64_t)(int64_t)(int32_t)v : v;
	}
	c.data.nr = entry[data[0] % n]->nr;
	entry[data[0] % n]->fn(&c);
	att_release(&c, NULL);
	return 0;
}
