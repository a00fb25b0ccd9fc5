// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/msg.c - send and receive: sendto, sendmsg, sendmmsg, recvfrom, recvmsg, recvmmsg
 *
 * A message is gathered into one buffer, the guest called with one iovec, the result scattered: message boundaries are the
 * guest's, the pieces do not matter to it. Bounds as in the kernel's ___sys_sendmsg(): 128 bytes of address, 1024 pieces. The bytes of a
 * connected stream are on the placeholder already, there the host executes the call (relay.c).
 */
#define _GNU_SOURCE
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#define ADDR_MAX 128
#define FEW 6 /* pieces that go into one struct att_vec with the rest */

/* One message of the program, as copied in. */
struct msg {
	struct msghdr u;       /* as the program gave it */
	struct iovec *iov;     /* its pieces, bounded */
	size_t total;	       /* their sum */
	struct msghdr g;       /* as given to the guest */
	struct iovec giov;
	char name[ADDR_MAX];
	char control[1024];    /* what fits here needs no memory */
	char data[2048];
};

/* Executed by the host on the placeholder? */
static bool relayed(const struct att_call *c, int flags)
{
	return c->o->kind == ATT_STREAM && c->o->connected && !(flags & (MSG_ERRQUEUE | MSG_OOB));
}

/* Header, pieces, and buffers for the guest. */
static long msg_in(struct att_call *c, struct msg *m, uint64_t addr)
{
	long n;

	if (att_get(c, &m->u, addr, sizeof(m->u)))
		return -EFAULT;
	n = att_get_iov(c, (uintptr_t)m->u.msg_iov, m->u.msg_iovlen, &m->iov);
	if (n < 0)
		return n;
	m->total = (size_t)n;
	return 0;
}

static long msg_buffers(struct att_call *c, struct msg *m)
{
	size_t ctl = m->u.msg_control ? m->u.msg_controllen : 0;

	memset(&m->g, 0, sizeof(m->g));
	m->giov.iov_base = m->total <= sizeof(m->data) ? m->data : att_alloc_raw(c, m->total);
	m->giov.iov_len = m->total;
	if (!m->giov.iov_base)
		return -ENOMEM;
	m->g.msg_iov = &m->giov;
	m->g.msg_iovlen = 1;
	if (ctl) {
		m->g.msg_control = ctl <= sizeof(m->control) ? m->control : att_alloc(c, ctl);
		if (!m->g.msg_control)
			return -ENOMEM;
		m->g.msg_controllen = ctl;
	}
	return 0;
}

/* The guest's part of a send, and what comes before and after it for every kind of send. */
static long send_guest(struct att_call *c, struct msg *m, int flags)
{
	uint64_t deadline = 0;
	size_t sent = 0;
	long r;

	if (flags & MSG_FASTOPEN) {
		c->a->st.refused++;
		return -EOPNOTSUPP; /* callers fall back to connect */
	}
	if (c->o->domain == AF_NETLINK && c->o->proto == NETLINK_ROUTE) {
		r = att_rtnl(c, m->giov.iov_base, m->total);
		if (r)
			return r;
	}
	for (;;) {
		m->giov.iov_len = m->total - sent;
		r = att_guest(c, SYS_sendmsg, c->o->gfd, ATT_P(&m->g), (flags & ~MSG_ZEROCOPY) | MSG_DONTWAIT | MSG_NOSIGNAL,
			      0, 0, 0);
		if (r >= 0 && c->o->type == SOCK_STREAM && sent + (size_t)r < m->total && att_blocks(c, flags)) {
			sent += (size_t)r; /* a blocking stream send is whole */
			m->giov.iov_base = (char *)m->giov.iov_base + r;
			continue;
		}
		if (r != -EAGAIN)
			break;
		if (!att_blocks(c, flags)) {
			att_obj_stuff(c, c->o);
			break;
		}
		if (!deadline)
			deadline = att_timeout_ns(c, SO_SNDTIMEO);
		r = att_wait_ready(c, c->o, POLLOUT, deadline);
		if (r)
			break;
		if (relayed(c, flags) && !sent)
			return ATT_CONTINUE; /* it was waiting for the connection */
	}
	if (r < 0 && sent)
		return (long)sent;
	if (r == -EPIPE && !(flags & MSG_NOSIGNAL) && c->o->type == SOCK_STREAM)
		att_sigpipe(c);
	return r < 0 ? r : r + (long)sent;
}

/* The first @len bytes of a message of few pieces. */
static void pieces(struct att_vec *v, const struct msg *m, size_t len)
{
	char *at = m->giov.iov_base;

	for (size_t i = 0; m->u.msg_iovlen <= FEW && i < m->u.msg_iovlen && len; i++) {
		size_t n = m->iov[i].iov_len < len ? m->iov[i].iov_len : len;

		att_vec_add(v, (uintptr_t)m->iov[i].iov_base, at, n);
		at += n;
		len -= n;
	}
}

static long send_one(struct att_call *c, uint64_t addr, int flags)
{
	struct att_vec v;
	struct msg m;
	long r = msg_in(c, &m, addr);

	if (r)
		return r;
	if (!m.u.msg_name)
		m.u.msg_namelen = 0;
	if ((int)m.u.msg_namelen < 0)
		return -EINVAL;
	if (m.u.msg_controllen > ATT_MAX_CONTROL)
		return -ENOBUFS;
	r = msg_buffers(c, &m);
	if (r)
		return r;
	if (m.u.msg_namelen > ADDR_MAX)
		m.u.msg_namelen = ADDR_MAX;
	if (m.u.msg_namelen) {
		memset(m.name, 0, sizeof(m.name));
		m.g.msg_name = m.name;
		m.g.msg_namelen = m.u.msg_namelen;
	}
	v.n = v.total = 0;
	att_vec_add(&v, (uintptr_t)m.u.msg_name, m.name, m.g.msg_namelen);
	att_vec_add(&v, (uintptr_t)m.u.msg_control, m.g.msg_control, m.g.msg_controllen);
	pieces(&v, &m, m.total);
	if (att_vec_get(c, &v))
		return -EFAULT;
	if (m.u.msg_iovlen > FEW && att_gather(c, m.giov.iov_base, m.iov, m.u.msg_iovlen, m.total))
		return -EFAULT;
	return send_guest(c, &m, flags);
}

/* The guest's part of a receive. */
static long recv_guest(struct att_call *c, struct msg *m, int flags, uint64_t limit_ns)
{
	uint64_t deadline = 0;
	struct msghdr fresh = m->g;
	long r;

	for (;;) {
		m->g = fresh;
		r = att_guest(c, SYS_recvmsg, c->o->gfd, ATT_P(&m->g), flags | MSG_DONTWAIT, 0, 0, 0);
		if (r != -EAGAIN || (flags & MSG_ERRQUEUE) || !att_blocks(c, flags))
			return r;
		if (c->o->kind != ATT_STREAM && c->a->be->poll_now(c->o->gfd) & POLLRDHUP) {
			m->g.msg_namelen = 0; /* shut down: the guest says so only to a caller that sleeps in it */
			return 0;
		}
		if (!deadline) {
			deadline = att_timeout_ns(c, SO_RCVTIMEO);
			if (limit_ns < deadline)
				deadline = limit_ns;
		}
		r = att_wait_ready(c, c->o, flags & MSG_OOB ? POLLPRI : POLLIN, deadline);
		if (r)
			return r;
		if (relayed(c, flags))
			return ATT_CONTINUE;
	}
}

static long recv_one(struct att_call *c, uint64_t addr, int flags, uint64_t limit_ns)
{
	struct att_vec v;
	struct msg m;
	size_t n, name;
	long r = msg_in(c, &m, addr);

	if (r)
		return r;
	if ((int)m.u.msg_namelen < 0)
		return -EINVAL;
	if (m.u.msg_controllen > ATT_MAX_CONTROL)
		m.u.msg_controllen = ATT_MAX_CONTROL;
	r = msg_buffers(c, &m);
	if (r)
		return r;
	if (m.u.msg_name) {
		m.g.msg_name = m.name;
		m.g.msg_namelen = sizeof(m.name);
	}
	r = recv_guest(c, &m, flags, limit_ns);
	if (r < 0)
		return r;
	n = (size_t)r < m.total ? (size_t)r : m.total; /* MSG_TRUNC: r is the true length */
	v.n = v.total = 0;
	pieces(&v, &m, n);
	if (m.u.msg_iovlen > FEW && att_scatter(c, m.iov, m.u.msg_iovlen, m.giov.iov_base, n))
		return -EFAULT;
	if (m.u.msg_name) {
		name = m.g.msg_namelen < m.u.msg_namelen ? m.g.msg_namelen : m.u.msg_namelen;
		att_vec_add(&v, (uintptr_t)m.u.msg_name, m.name, name < sizeof(m.name) ? name : sizeof(m.name));
		m.u.msg_namelen = m.g.msg_namelen;
	}
	if (m.g.msg_control && m.g.msg_controllen <= m.u.msg_controllen)
		att_vec_add(&v, (uintptr_t)m.u.msg_control, m.g.msg_control, m.g.msg_controllen);
	m.u.msg_controllen = m.g.msg_controllen;
	m.u.msg_flags = m.g.msg_flags;
	/* the kernel writes these three and leaves the pointers alone */
	att_vec_add(&v, addr + offsetof(struct msghdr, msg_namelen), &m.u.msg_namelen, sizeof(m.u.msg_namelen));
	att_vec_add(&v, addr + offsetof(struct msghdr, msg_controllen), &m.u.msg_controllen,
		    sizeof(m.u.msg_controllen) + sizeof(m.u.msg_flags));
	return att_vec_put(c, &v) ? -EFAULT : r;
}
_Static_assert(offsetof(struct msghdr, msg_flags) == offsetof(struct msghdr, msg_controllen) + sizeof(size_t), "one write");

static long do_sendmsg(struct att_call *c)
{
	int flags = (int)c->data.args[2];

	return relayed(c, flags) ? ATT_CONTINUE : send_one(c, c->data.args[1], flags);
}

static long do_recvmsg(struct att_call *c)
{
	int flags = (int)c->data.args[2];

	return relayed(c, flags) ? ATT_CONTINUE : recv_one(c, c->data.args[1], flags, UINT64_MAX);
}

/* A flat message: sendto, and write on a socket. */
static long send_flat(struct att_call *c, uint64_t buf, uint64_t len, int flags, uint64_t addr, int addrlen)
{
	struct att_vec v = { .n = 0 };
	struct msg m;
	long r;

	memset(&m.u, 0, sizeof(m.u));
	m.total = len < ATT_MAX_IO ? len : ATT_MAX_IO;
	r = msg_buffers(c, &m);
	if (r)
		return r;
	if (addr) {
		if (addrlen < 0 || addrlen > ADDR_MAX)
			return -EINVAL;
		memset(m.name, 0, sizeof(m.name));
		att_vec_add(&v, addr, m.name, (size_t)addrlen);
		m.g.msg_name = m.name;
		m.g.msg_namelen = (socklen_t)addrlen;
	}
	att_vec_add(&v, buf, m.giov.iov_base, m.total);
	return att_vec_get(c, &v) ? -EFAULT : send_guest(c, &m, flags);
}

static long do_sendto(struct att_call *c)
{
	const __u64 *arg = c->data.args;

	if (relayed(c, (int)arg[3]))
		return ATT_CONTINUE;
	return send_flat(c, arg[1], arg[2], (int)arg[3], arg[4], (int)arg[5]);
}

static long do_recvfrom(struct att_call *c)
{
	const __u64 *arg = c->data.args;
	int room = 0, flags = (int)arg[3];
	struct att_vec v;
	struct msg m;
	size_t n;
	long r;

	if (relayed(c, flags))
		return ATT_CONTINUE;
	memset(&m.u, 0, sizeof(m.u));
	m.total = arg[2] < ATT_MAX_IO ? arg[2] : ATT_MAX_IO;
	if (arg[4]) {
		if (att_get(c, &room, arg[5], sizeof(room)))
			return -EFAULT;
		if (room < 0)
			return -EINVAL;
	}
	r = msg_buffers(c, &m);
	if (r)
		return r;
	if (arg[4]) {
		m.g.msg_name = m.name;
		m.g.msg_namelen = sizeof(m.name);
	}
	r = recv_guest(c, &m, flags, UINT64_MAX);
	if (r < 0)
		return r;
	n = (size_t)r < m.total ? (size_t)r : m.total;
	v.n = v.total = 0;
	att_vec_add(&v, arg[1], m.giov.iov_base, n);
	if (arg[4]) {
		size_t len = m.g.msg_namelen < (unsigned)room ? m.g.msg_namelen : (unsigned)room;

		att_vec_add(&v, arg[4], m.name, len < sizeof(m.name) ? len : sizeof(m.name));
		att_vec_add(&v, arg[5], &m.g.msg_namelen, sizeof(m.g.msg_namelen));
	}
	return att_vec_put(c, &v) ? -EFAULT : r;
}

static long do_sendmmsg(struct att_call *c)
{
	uint64_t addr = c->data.args[1];
	unsigned count = (unsigned)c->data.args[2], done;
	int flags = (int)c->data.args[3];
	long r = 0;

	if (relayed(c, flags))
		return ATT_CONTINUE;
	if (count > ATT_MAX_IOV)
		count = ATT_MAX_IOV;
	for (done = 0; done < count; done++, addr += sizeof(struct mmsghdr)) {
		struct att_mem *mark = c->mem;
		unsigned len;

		r = send_one(c, addr, flags);
		att_release(c, mark);
		if (r < 0)
			break;
		len = (unsigned)r;
		if (att_put(c, addr + offsetof(struct mmsghdr, msg_len), &len, sizeof(len))) {
			r = -EFAULT;
			break;
		}
	}
	return done ? (long)done : r;
}

static long do_recvmmsg(struct att_call *c)
{
	uint64_t addr = c->data.args[1], limit = UINT64_MAX;
	unsigned count = (unsigned)c->data.args[2], done;
	int flags = (int)c->data.args[3];
	struct timespec ts;
	long r = 0;

	if (relayed(c, flags))
		return ATT_CONTINUE;
	if (count > ATT_MAX_IOV)
		count = ATT_MAX_IOV;
	if (c->data.args[4]) {
		if (att_get(c, &ts, c->data.args[4], sizeof(ts)))
			return -EFAULT;
		if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec > 999999999)
			return -EINVAL;
		if (ts.tv_sec < 1000000000)
			limit = att_now_ns() + (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
	}
	for (done = 0; done < count; done++, addr += sizeof(struct mmsghdr)) {
		struct att_mem *mark = c->mem;
		unsigned len;

		r = recv_one(c, addr, flags & ~MSG_WAITFORONE, limit);
		att_release(c, mark);
		if (r < 0)
			break;
		len = (unsigned)r;
		if (att_put(c, addr + offsetof(struct mmsghdr, msg_len), &len, sizeof(len))) {
			r = -EFAULT;
			break;
		}
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
	}
	return done ? (long)done : r;
}

/* ---- read and write of sockets (file.c asks) ---- */

long att_sock_write(struct att_call *c, uint64_t buf, uint64_t len)
{
	return relayed(c, 0) ? ATT_CONTINUE : send_flat(c, buf, len, 0, 0, 0);
}

long att_sock_readv(struct att_call *c, struct iovec *iov, size_t count, size_t total)
{
	struct msg m;
	long r;

	if (relayed(c, 0))
		return ATT_CONTINUE;
	memset(&m.u, 0, sizeof(m.u));
	m.total = total;
	r = msg_buffers(c, &m);
	if (r)
		return r;
	r = recv_guest(c, &m, 0, UINT64_MAX);
	if (r < 0)
		return r;
	return att_scatter(c, iov, count, m.giov.iov_base, (size_t)r) ? -EFAULT : r;
}

long att_sock_writev(struct att_call *c, struct iovec *iov, size_t count, size_t total)
{
	struct msg m;
	long r;

	if (relayed(c, 0))
		return ATT_CONTINUE;
	memset(&m.u, 0, sizeof(m.u));
	m.total = total;
	r = msg_buffers(c, &m);
	if (r)
		return r;
	if (att_gather(c, m.giov.iov_base, iov, count, total))
		return -EFAULT;
	return send_guest(c, &m, 0);
}

const struct att_entry att_msg_calls[] = {
	{ SYS_sendto, do_sendto, ATT_F_FD },
	{ SYS_recvfrom, do_recvfrom, ATT_F_FD },
	{ SYS_sendmsg, do_sendmsg, ATT_F_FD },
	{ SYS_recvmsg, do_recvmsg, ATT_F_FD },
	{ SYS_sendmmsg, do_sendmmsg, ATT_F_FD },
	{ SYS_recvmmsg, do_recvmmsg, ATT_F_FD },
	{ 0, NULL, 0 },
};
