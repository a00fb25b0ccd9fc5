// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/attach_roles.c - the programs of attach_test: what an attached program does, and has to see
 *
 * A role is a function; it returns 0 when all was as expected and the line number (modulo 250) otherwise. Unattached all must hold as well.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test/unit/attach_roles.h"

#define MUST(cond)                                                                                                                  \
	do {                                                                                                                        \
		if (!(cond)) {                                                                                                      \
			fprintf(stderr, "# %s:%d: %s (errno %d %s)\n", __func__, __LINE__, #cond, errno, strerror(errno));          \
			return __LINE__ % 250 + 1;                                                                                  \
		}                                                                                                                   \
	} while (0)

static struct sockaddr_in loop4(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(0x7f000001) };
}

static int udp(struct sockaddr_in *name, int flags)
{
	socklen_t len = sizeof(*name);
	int s = socket(AF_INET, SOCK_DGRAM | flags, 0);

	*name = loop4(0);
	if (s >= 0 && (bind(s, (void *)name, sizeof(*name)) || getsockname(s, (void *)name, &len))) {
		close(s);
		return -1;
	}
	return s;
}

static int ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, 0) == 1 ? p.revents : 0;
}

/* ---- roles ---- */

static int role_udp(void)
{
	struct sockaddr_in na, nb, from;
	socklen_t len = sizeof(from);
	int a = udp(&na, 0), b = udp(&nb, 0), ep;
	struct epoll_event ev = { .events = EPOLLIN };
	struct timeval tv = { 0 };
	fd_set set;
	char buf[64];

	MUST(a >= 0 && b >= 0 && na.sin_port && na.sin_port != nb.sin_port);
	MUST(ready(b, POLLIN | POLLOUT) == POLLOUT);
	MUST(sendto(a, "hello", 5, 0, (void *)&nb, sizeof(nb)) == 5);
	MUST(ready(b, POLLIN | POLLOUT) == (POLLIN | POLLOUT)); /* before any further call of ours */
	MUST(!ready(a, POLLIN));
	ep = epoll_create1(0);
	MUST(!epoll_ctl(ep, EPOLL_CTL_ADD, b, &ev) && epoll_wait(ep, &ev, 1, 0) == 1);
	FD_ZERO(&set);
	FD_SET(b, &set);
	MUST(select(b + 1, &set, NULL, NULL, &tv) == 1);
	MUST(recv(b, buf, sizeof(buf), MSG_PEEK) == 5 && ready(b, POLLIN));
	MUST(sendto(a, "world!", 6, 0, (void *)&nb, sizeof(nb)) == 6);
	MUST(recvfrom(b, buf, sizeof(buf), 0, (void *)&from, &len) == 5 && !memcmp(buf, "hello", 5));
	MUST(len == sizeof(from) && from.sin_port == na.sin_port);
	MUST(ready(b, POLLIN) && epoll_wait(ep, &ev, 1, 0) == 1);
	MUST(recv(b, buf, 3, MSG_TRUNC) == 6);
	MUST(!ready(b, POLLIN) && epoll_wait(ep, &ev, 1, 0) == 0);
	MUST(recv(b, buf, sizeof(buf), MSG_DONTWAIT) < 0 && errno == EAGAIN);
	MUST(!connect(a, (void *)&nb, sizeof(nb)) && write(a, "w", 1) == 1 && read(b, buf, 9) == 1);
	MUST(send(a, "", 0, 0) == 0 && ready(b, POLLIN) && recv(b, buf, 9, 0) == 0 && !ready(b, POLLIN));
	MUST(!close(b));
	MUST(send(a, "x", 1, 0) == 1); /* to a port that is closed: the error comes back */
	MUST(ready(a, POLLIN));
	MUST(send(a, "x", 1, 0) < 0 && errno == ECONNREFUSED);
	MUST(!ready(a, POLLIN));
	return 0;
}

static int role_timeout(void)
{
	struct sockaddr_in n;
	struct timeval tv = { .tv_usec = 50000 };
	struct timespec t0, t1, ts = { .tv_nsec = 30000000 };
	struct mmsghdr mm = { 0 };
	char b[4];
	int s = udp(&n, 0);
	long ms;

	MUST(!setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	clock_gettime(CLOCK_MONOTONIC, &t0);
	MUST(recv(s, b, sizeof(b), 0) < 0 && errno == EAGAIN);
	clock_gettime(CLOCK_MONOTONIC, &t1);
	ms = (t1.tv_sec - t0.tv_sec) * 1000 + (t1.tv_nsec - t0.tv_nsec) / 1000000;
	MUST(ms >= 45 && ms < 2000);
	mm.msg_hdr.msg_iov = &(struct iovec){ b, sizeof(b) };
	mm.msg_hdr.msg_iovlen = 1;
	MUST(recvmmsg(s, &mm, 1, 0, &ts) < 0 && errno == EAGAIN);
	/* non-blocking by every way there is */
	int one = 1;

	MUST(!fcntl(s, F_SETFL, O_NONBLOCK) && recv(s, b, 1, 0) < 0 && errno == EAGAIN && (fcntl(s, F_GETFL) & O_NONBLOCK));
	MUST(!fcntl(s, F_SETFL, 0) && !ioctl(s, FIONBIO, &one) && recv(s, b, 1, 0) < 0 && errno == EAGAIN);
	s = udp(&n, SOCK_NONBLOCK | SOCK_CLOEXEC);
	MUST(recv(s, b, 1, 0) < 0 && errno == EAGAIN && fcntl(s, F_GETFD) == FD_CLOEXEC);
	return 0;
}

/* Two programs: one prints its port and echoes, the other reads the port. */
static int role_echo(void)
{
	struct sockaddr_in n, from;
	socklen_t len = sizeof(from);
	int s = udp(&n, 0);
	char buf[2000];

	printf("%d\n", ntohs(n.sin_port));
	fflush(stdout);
	for (;;) {
		ssize_t got = recvfrom(s, buf, sizeof(buf), 0, (void *)&from, &len);

		MUST(got >= 0 && sendto(s, buf, (size_t)got, 0, (void *)&from, len) == got);
		if (got == 3 && !memcmp(buf, "end", 3))
			return 0;
	}
}

static int role_ask(void)
{
	struct sockaddr_in n, to;
	int s = udp(&n, 0), port = 0;
	char buf[2000];

	MUST(scanf("%d", &port) == 1);
	to = loop4(port);
	MUST(!connect(s, (void *)&to, sizeof(to)));
	for (int i = 0; i < 200; i++) {
		MUST(send(s, buf, (size_t)(i * 7), 0) == i * 7);
		if (i % 2) {
			struct pollfd p = { .fd = s, .events = POLLIN };

			MUST(poll(&p, 1, 5000) == 1);
		}
		MUST(recv(s, buf, sizeof(buf), 0) == i * 7);
	}
	MUST(send(s, "end", 3, 0) == 3 && recv(s, buf, sizeof(buf), 0) == 3);
	return 0;
}

static int role_low(void) /* copies below the trapped numbers */
{
	struct sockaddr_in na, nb;
	int a = udp(&na, 0), b = udp(&nb, 0), st, d, e;
	char buf[16];

	MUST(!connect(a, (void *)&nb, sizeof(nb)));
	MUST(dup2(a, 20) == 20 && write(20, "low", 3) == 3);
	MUST(recv(b, buf, sizeof(buf), 0) == 3 && !memcmp(buf, "low", 3));
	MUST(send(20, "tr", 2, 0) == 2 && recv(b, buf, 9, 0) == 2); /* socket calls are trapped at any number */
	d = dup(a);
	e = fcntl(a, F_DUPFD_CLOEXEC, 600);
	MUST(d >= 0 && e >= 600 && fcntl(e, F_GETFD) == FD_CLOEXEC);
	MUST(write(d, "d", 1) == 1 && write(e, "ee", 2) == 2 && read(b, buf, 9) == 1 && read(b, buf, 9) == 2);
	MUST(!close(a) && !close(d) && !close(e));
	if (!fork()) {
		send(20, "child", 5, 0);
		_exit(0);
	}
	MUST(recv(b, buf, sizeof(buf), 0) == 5 && wait(&st) > 0);
	if (!fork()) {
		char fd[12], *av[] = { "attach_test", "fd", fd, NULL };

		snprintf(fd, sizeof(fd), "%d", b);
		dup2(20, 1);
		execv("/proc/self/exe", av);
		_exit(9);
	}
	MUST(wait(&st) > 0 && st == 0);
	MUST(recv(b, buf, sizeof(buf), 0) == 4 && !memcmp(buf, "exec", 4));
	return 0;
}

static int role_fd(int argc, char **argv)
{
	int v, fd = argc > 2 ? atoi(argv[2]) : -1;
	socklen_t len = sizeof(v);

	MUST(!getsockopt(fd, SOL_SOCKET, SO_TYPE, &v, &len) && v == SOCK_DGRAM);
	MUST(write(1, "exec", 4) == 4);
	return 0;
}

static int role_rights(void) /* a guest socket handed over a host socket */
{
	union {
		struct cmsghdr h;
		char b[CMSG_SPACE(sizeof(int))];
	} u = { 0 };
	struct sockaddr_in na, nb;
	int a = udp(&na, 0), b = udp(&nb, 0), sv[2], st;
	struct iovec iov = { "x", 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof(u.b) };
	char buf[9];

	MUST(!socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	if (!fork()) {
		char c;

		close(a);
		iov.iov_base = &c;
		if (recvmsg(sv[1], &m, 0) != 1)
			_exit(1);
		memcpy(&a, CMSG_DATA(&u.h), sizeof(a));
		_exit(sendto(a, "passed", 6, 0, (void *)&nb, sizeof(nb)) == 6 ? 0 : 2);
	}
	u.h = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&u.h), &a, sizeof(a));
	MUST(sendmsg(sv[0], &m, 0) == 1 && !close(a));
	MUST(wait(&st) > 0 && st == 0 && recv(b, buf, 9, 0) == 6);
	return 0;
}

static int role_msg(void)
{
	struct sockaddr_in na, nb, from;
	int a = udp(&na, 0), b = udp(&nb, 0), one = 1;
	char x[4], y[4], big[3000], ctl[256];
	struct iovec out[3] = { { "ab", 2 }, { NULL, 0 }, { "cde", 3 } }, in[2] = { { x, 2 }, { y, 4 } };
	struct msghdr mo = { .msg_name = &nb, .msg_namelen = sizeof(nb), .msg_iov = out, .msg_iovlen = 3 };
	struct msghdr mi = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = in, .msg_iovlen = 2, .msg_control = ctl,
			     .msg_controllen = sizeof(ctl) };
	struct mmsghdr v[5] = { 0 };
	struct iovec vi[5];
	char vb[5][8] = { 0 };
	struct cmsghdr *cm;

	MUST(!setsockopt(b, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)));
	MUST(sendmsg(a, &mo, 0) == 5);
	MUST(recvmsg(b, &mi, 0) == 5 && !memcmp(x, "ab", 2) && !memcmp(y, "cde", 3));
	MUST(mi.msg_namelen == sizeof(from) && from.sin_port == na.sin_port && !mi.msg_flags);
	cm = CMSG_FIRSTHDR(&mi);
	MUST(cm && cm->cmsg_level == IPPROTO_IP && cm->cmsg_type == IP_PKTINFO && mi.msg_control == ctl);
	MUST(((struct in_pktinfo *)CMSG_DATA(cm))->ipi_ifindex == (int)if_nametoindex("lo"));
	MUST(sendmsg(a, &mo, 0) == 5);
	mi.msg_iovlen = 1;
	mi.msg_controllen = 4;
	MUST(recvmsg(b, &mi, 0) == 2 && (mi.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == (MSG_TRUNC | MSG_CTRUNC));
	for (int i = 0; i < 5; i++) {
		vi[i] = (struct iovec){ vb[i], (size_t)i + 1 };
		v[i].msg_hdr = (struct msghdr){ .msg_name = &nb, .msg_namelen = sizeof(nb), .msg_iov = &vi[i], .msg_iovlen = 1 };
	}
	MUST(sendmmsg(a, v, 5, 0) == 5 && v[4].msg_len == 5);
	for (int i = 0; i < 5; i++) {
		vi[i].iov_len = 8;
		v[i].msg_hdr.msg_name = NULL;
		v[i].msg_len = 77;
	}
	MUST(recvmmsg(b, v, 3, 0, NULL) == 3 && v[0].msg_len == 1 && v[2].msg_len == 3 && v[3].msg_len == 77);
	MUST(recvmmsg(b, v, 5, MSG_WAITFORONE, NULL) == 2 && v[1].msg_len == 5);
	memset(big, 7, sizeof(big));
	MUST(sendto(a, big, sizeof(big), 0, (void *)&nb, sizeof(nb)) == sizeof(big));
	memset(big, 0, sizeof(big));
	MUST(recv(b, big, sizeof(big), 0) == sizeof(big) && big[0] == 7 && big[2999] == 7);
	MUST(sendto(a, big, 70000, 0, (void *)&nb, sizeof(nb)) < 0 && (errno == EMSGSIZE || errno == EFAULT));
	return 0;
}

static int role_opts(void)
{
	int s = socket(AF_INET6, SOCK_STREAM, 0), v = 0;
	socklen_t len = sizeof(v);
	struct ifreq r = { 0 };
	struct ifreq many[32];
	struct ifconf conf = { .ifc_len = sizeof(many), .ifc_req = many };
	struct sockaddr_in n;
	char name[IFNAMSIZ] = "";

	MUST(s >= 0 && !getsockopt(s, SOL_SOCKET, SO_TYPE, &v, &len) && v == SOCK_STREAM && len == sizeof(v));
	MUST(!getsockopt(s, SOL_SOCKET, SO_DOMAIN, &v, &len) && v == AF_INET6);
	MUST(!getsockopt(s, SOL_SOCKET, SO_PROTOCOL, &v, &len) && v == IPPROTO_TCP);
	v = 1;
	MUST(!setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &v, sizeof(v)));
	v = 0;
	MUST(!getsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &v, &len) && v == 1);
	MUST(setsockopt(s, 4711, 1, &v, sizeof(v)) < 0);
	MUST(getsockopt(s, SOL_SOCKET, SO_TYPE, (void *)8, &len) < 0 && errno == EFAULT);
	strcpy(r.ifr_name, "lo");
	MUST(!ioctl(s, SIOCGIFINDEX, &r) && r.ifr_ifindex == 1);
	MUST(if_nametoindex("lo") == 1 && if_indextoname(1, name) && !strcmp(name, "lo"));
	close(s);
	s = socket(AF_UNIX, SOCK_DGRAM, 0); /* the host's socket, the guest's interfaces */
	MUST(!ioctl(s, SIOCGIFFLAGS, &r) && (r.ifr_flags & IFF_LOOPBACK));
	MUST(!ioctl(s, FIONREAD, &v));
	close(s);
	s = udp(&n, 0);
	MUST(!ioctl(s, SIOCGIFCONF, &conf) && conf.ifc_len >= (int)sizeof(many[0]) && !strcmp(many[0].ifr_name, "lo"));
	conf.ifc_req = NULL;
	MUST(!ioctl(s, SIOCGIFCONF, &conf) && conf.ifc_len > 0);
	MUST(ioctl(s, 0x89ee, &r) < 0 && ioctl(s, TCGETS, &many) < 0);
	MUST(sendto(s, "abc", 3, 0, (void *)&n, sizeof(n)) == 3 && !ioctl(s, FIONREAD, &v) && v == 3);
	MUST(socket(AF_ALG, SOCK_SEQPACKET, 0) < 0 || !getenv("ATTACHED"));
	/* a classic filter: pointers inside the option */
	struct {
		unsigned short len;
		void *filter;
	} prog = { 1, &(struct {
			   uint16_t code;
			   uint8_t jt, jf;
			   uint32_t k;
		   }){ 6, 0, 0, 0 } };

	MUST(recv(s, many, 9, 0) == 3);
	MUST(!setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	MUST(sendto(s, "abc", 3, 0, (void *)&n, sizeof(n)) == 3 && !ready(s, POLLIN));
	len = 1; /* in instructions */
	memset(many, 0x55, sizeof(many));
	MUST(!getsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, many, &len) && len == 1);
	MUST(((char *)many)[0] == 6 && ((char *)many)[8] == 0x55);
	prog.filter = (void *)16;
	MUST(setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) < 0 && errno == EFAULT);
	return 0;
}

static int role_netlink(void)
{
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), seen = 0;
	struct sockaddr_nl n = { .nl_family = AF_NETLINK };
	socklen_t len = sizeof(n);
	struct {
		struct nlmsghdr h;
		struct rtgenmsg g;
	} req = { { sizeof(req), RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0 }, { AF_UNSPEC } };
	static char buf[65536];

	MUST(s >= 0 && !bind(s, (void *)&n, sizeof(n)) && !getsockname(s, (void *)&n, &len) && n.nl_pid);
	MUST(send(s, &req, sizeof(req), 0) == sizeof(req) && ready(s, POLLIN));
	for (bool done = false; !done;) {
		ssize_t got = recv(s, buf, sizeof(buf), 0);
		struct nlmsghdr *h = (void *)buf;

		MUST(got > 0);
		for (size_t left = (size_t)got; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			done |= h->nlmsg_type == NLMSG_DONE;
			seen += h->nlmsg_type == RTM_NEWLINK;
		}
	}
	MUST(seen > 0 && !ready(s, POLLIN));
	return 0;
}

/* The one namespace that the stub has: a descriptor of it is one, and leads into it. */
static int role_netns(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), r;
	struct stat by_fd, by_name;
	char link[64] = "";

	MUST(fd >= 0 && !fstat(fd, &by_fd) && !stat("/proc/self/ns/net", &by_name) && by_fd.st_ino == by_name.st_ino);
	MUST(readlink("/proc/self/ns/net", link, sizeof(link) - 1) > 0 && !strncmp(link, "net:[", 5));
	r = setns(fd, CLONE_NEWNET);
	MUST(!r || (!getenv("ATTACHED") && errno == EPERM));
	MUST(setns(fd, CLONE_NEWUTS) < 0 && setns(0, CLONE_NEWNET) < 0 && errno == EINVAL);
	MUST(close(fd) == 0 && setns(fd, CLONE_NEWNET) < 0 && errno == EBADF);
	return 0;
}

static int role_files(void)
{
	struct stat st;
	struct dirent *e;
	char buf[4096], link[256];
	bool seen = false;
	int fd, d;
	ssize_t n;
	DIR *dir;

	fd = open("/proc/net/dev", O_RDONLY | O_CLOEXEC);
	MUST(fd >= 0 && (n = read(fd, buf, sizeof(buf) - 1)) > 0 && !lseek(fd, 0, SEEK_SET) && read(fd, buf, 10) == 10);
	buf[n] = 0;
	MUST(strstr(buf, "lo:") && fcntl(fd, F_GETFD) == FD_CLOEXEC && write(fd, "x", 1) < 0);
	MUST(!fstat(fd, &st) && S_ISREG(st.st_mode));
	MUST(open("/proc/net/nothere", O_RDONLY) < 0 && errno == ENOENT);
	MUST(!stat("/proc/self/net/dev", &st) && S_ISREG(st.st_mode) && !lstat("/sys/class/net/lo", &st) && S_ISLNK(st.st_mode));
	MUST(!access("/proc/sys/net/ipv4/ip_forward", R_OK) && access("/proc/sys/net/x", F_OK) < 0 && errno == ENOENT);
	MUST(readlink("/sys/class/net/lo", link, sizeof(link)) > 10 && !strncmp(link, "../../devices", 13));
	dir = opendir("/sys/class/net");
	MUST(dir);
	while ((e = readdir(dir)))
		seen |= !strcmp(e->d_name, "lo");
	MUST(seen);
	rewinddir(dir);
	MUST(readdir(dir));
	d = dirfd(dir);
	MUST(!fstat(d, &st) && S_ISDIR(st.st_mode) && !fstatat(d, "lo/mtu", &st, 0) && S_ISREG(st.st_mode));
	fd = openat(d, "lo/mtu", O_RDONLY);
	MUST(fd >= 0 && read(fd, buf, 9) == 6 && !memcmp(buf, "65536\n", 6));
	closedir(dir);
	d = open("/proc/sys/net/ipv4", O_RDONLY | O_DIRECTORY);
	dir = fdopendir(dup(d));
	MUST(dir && readdir(dir));
	closedir(dir);
	MUST((fd = openat(d, "../ipv4/./ip_forward", O_RDONLY)) >= 0 && read(fd, buf, 9) == 2);
	fd = open("/proc/sys/net/ipv4/ip_default_ttl", O_RDWR);
	if (fd >= 0) { /* root */
		MUST(read(fd, buf, 9) == 3 && pread(fd, link, 9, 0) == 3 && pwrite(fd, buf, 3, 0) == 3);
		MUST(pwrite(fd, "bad\n", 4, 0) < 0 && errno == EINVAL);
		MUST(dup2(fd, 30) == 30 && write(30, buf, 3) == 3);
	}
	MUST(chdir("/proc/sys/net") == 0 && !stat("ipv4/ip_forward", &st));
	MUST(!chdir("/") && (fd = open("proc/net/dev", O_RDONLY)) >= 0);
	return 0;
}

/* What is only read is a file of the host's but for what fstat(2) says: that it is the one that stat(2) names. */
static int role_copies(void)
{
	static const char *const name[] = { "/proc/net/dev", "/sys/class/net/lo/mtu", "/proc/sys/net/ipv4/ip_forward" };
	struct stat by_fd, by_name;
	struct statx x;
	char buf[8];
	int fd = -1, many[80];

	for (int i = 0; i < 3; i++) {
		fd = open(name[i], O_RDONLY);
		MUST(fd >= 0 && !fstat(fd, &by_fd) && !stat(name[i], &by_name) && S_ISREG(by_fd.st_mode));
		MUST(by_fd.st_ino == by_name.st_ino && by_fd.st_dev == by_name.st_dev && by_fd.st_mode == by_name.st_mode);
		MUST(by_fd.st_size == by_name.st_size && by_fd.st_nlink == 1 && by_fd.st_uid == by_name.st_uid);
		MUST(!statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &x) && x.stx_ino == by_fd.st_ino && x.stx_mode == by_fd.st_mode);
		MUST(x.stx_size == (uint64_t)by_fd.st_size && (x.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
		MUST(x.stx_mtime.tv_sec == by_fd.st_mtim.tv_sec && !syscall(SYS_fstat, fd, &by_name) && by_name.st_ino == by_fd.st_ino);
		MUST(fstatat(fd, "nothere", &by_fd, AT_EMPTY_PATH) < 0 && errno == ENOTDIR);
		MUST(syscall(SYS_fstat, fd, 16) < 0 && errno == EFAULT);
		MUST(dup2(fd, 40) == 40 && read(40, buf, 1) == 1 && lseek(fd, 0, SEEK_CUR) == 1 && !close(fd));
		MUST(!lseek(40, 0, SEEK_SET) && read(40, buf, 1) == 1);
		MUST(fstat(fd, &by_fd) < 0 && errno == EBADF);
	}
	for (int i = 0; i < 80; i++) /* more than there are numbers for them: read all the same */
		MUST((many[i] = open(name[0], O_RDONLY | O_CLOEXEC)) >= 0 && fcntl(many[i], F_GETFD) == FD_CLOEXEC);
	for (int i = 0; i < 80; i++)
		MUST(read(many[i], buf, 5) == 5 && !memcmp(buf, "Inter", 5) && !close(many[i]));
	fd = memfd_create("guest", 0); /* nobody else's is taken for one */
	MUST(fd >= 0 && dup2(fd, 449) == 449 && !fstat(fd, &by_fd) && !fstat(449, &by_name) && by_fd.st_ino == by_name.st_ino);
	return 0;
}

static int caps(uint32_t version, pid_t pid, uint64_t *permitted, uint64_t *effective)
{
	struct __user_cap_header_struct h = { version, pid };
	struct __user_cap_data_struct d[2] = { { 7, 7, 7 }, { 7, 7, 7 } };
	const int r = (int)syscall(SYS_capget, &h, d);

	if (version == _LINUX_CAPABILITY_VERSION_1 && (d[1].effective != 7 || d[1].permitted != 7 || d[1].inheritable != 7))
		return -2; /* it has but one part */
	*permitted = (uint64_t)d[1].permitted << 32 | d[0].permitted;
	*effective = (uint64_t)d[1].effective << 32 | d[0].effective;
	return r || !d[0].inheritable ? r : -3;
}

static int set_caps(uint64_t permitted, uint64_t effective)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	const struct __user_cap_data_struct d[2] = { { (uint32_t)effective, (uint32_t)permitted, 0 },
						     { (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), 0 } };

	return (int)syscall(SYS_capset, &h, d);
}

static int role_caps(void) /* with LK_ATTACH_ROOT */
{
	const uint64_t all = (2ULL << CAP_LAST_CAP) - 1, some = 1ULL << CAP_NET_ADMIN | 1ULL << CAP_NET_RAW;
	const uint32_t v1 = _LINUX_CAPABILITY_VERSION_1, v3 = _LINUX_CAPABILITY_VERSION_3;
	struct __user_cap_header_struct h = { 4711, 0 };
	struct __user_cap_data_struct d[2];
	uint64_t p, e;
	int st;

	MUST(!syscall(SYS_capget, &h, NULL) && h.version == v3); /* how programs ask for the version */
	h.version = 4711;
	MUST(syscall(SYS_capget, &h, d) < 0 && errno == EINVAL && h.version == v3);
	h.version = 4711;
	MUST(syscall(SYS_capset, &h, d) < 0 && errno == EINVAL && h.version == v3);
	MUST(!caps(v3, 0, &p, &e) && p == all && e == all && !caps(_LINUX_CAPABILITY_VERSION_2, getpid(), &p, &e) && p == all && e == all);
	MUST(!caps(v1, 0, &p, &e) && (uint32_t)p == 0xffffffff && (uint32_t)e == 0xffffffff);
	MUST(syscall(SYS_capget, NULL, d) < 0 && errno == EFAULT && syscall(SYS_capget, &h, 16) < 0 && errno == EFAULT);
	MUST(syscall(SYS_capset, &h, NULL) < 0 && errno == EFAULT);
	MUST(caps(v3, -1, &p, &e) < 0 && errno == EINVAL && caps(v3, 0x3fffffff, &p, &e) < 0 && errno == ESRCH);
	h.pid = getppid();
	MUST(syscall(SYS_capset, &h, d) < 0 && errno == EPERM && prctl(PR_CAPBSET_READ, CAP_LAST_CAP) == 1);
	MUST(prctl(PR_CAPBSET_READ, CAP_LAST_CAP + 1) < 0 && errno == EINVAL && !prctl(PR_SET_NAME, "caps"));
	if (!fork()) { /* somebody else has none, and gets none */
		_exit(setresuid(65534, 65534, 65534) || caps(v3, 0, &p, &e) || p || e || set_caps(0, 0) || !set_caps(some, some) || errno != EPERM);
	}
	MUST(wait(&st) > 0 && st == 0);
	if (!fork()) /* but what was kept; and so may those be who become somebody for a while */
		_exit(seteuid(65534) || caps(v3, 0, &p, &e) || p != all || e || seteuid(0) || caps(v3, 0, &p, &e) || e != all ||
		      prctl(PR_SET_KEEPCAPS, 1) || prctl(PR_GET_KEEPCAPS) != 1 || setresuid(65534, 65534, 65534) || caps(v3, getpid(), &p, &e) ||
		      !p || e || set_caps(some, some) || prctl(PR_SET_KEEPCAPS, 0) || caps(v3, 0, &p, &e) || (p & e & some) != some ||
		      set_caps(0, 0) || !set_caps(some, 0) || errno != EPERM || caps(v3, getppid(), &p, &e) || e != all);
	MUST(wait(&st) > 0 && st == 0);
	return 0;
}

static int tcp_listen(struct sockaddr_in *n, int flags)
{
	socklen_t len = sizeof(*n);
	int s = socket(AF_INET, SOCK_STREAM | flags, 0);

	*n = loop4(0);
	if (s < 0 || bind(s, (void *)n, sizeof(*n)) || listen(s, 8) || getsockname(s, (void *)n, &len))
		return -1;
	return s;
}

static int so_error(int s)
{
	int v = -1;
	socklen_t len = sizeof(v);

	return getsockopt(s, SOL_SOCKET, SO_ERROR, &v, &len) ? -1 : v;
}

static int role_tcp(void)
{
	struct sockaddr_in n, peer = { 0 };
	socklen_t len = sizeof(peer);
	int l = tcp_listen(&n, 0), c, d, i, st;
	struct pollfd p;
	char buf[100];
	static char big[1 << 20];
	size_t total = 0;

	MUST(l >= 0 && !ready(l, POLLIN));
	c = socket(AF_INET, SOCK_STREAM, 0);
	MUST(!connect(c, (void *)&n, sizeof(n)) && ready(l, POLLIN));
	d = accept4(l, (void *)&peer, &len, SOCK_CLOEXEC);
	MUST(d >= 0 && peer.sin_family == AF_INET && fcntl(d, F_GETFD) == FD_CLOEXEC && !ready(l, POLLIN));
	MUST(!fcntl(l, F_SETFL, O_NONBLOCK) && accept(l, NULL, NULL) < 0 && errno == EAGAIN);
	MUST(!getpeername(c, (void *)&peer, &len) && peer.sin_port == n.sin_port);
	MUST(write(c, "ping", 4) == 4);
	p = (struct pollfd){ .fd = d, .events = POLLIN };
	MUST(poll(&p, 1, 5000) == 1 && recv(d, buf, 2, 0) == 2 && recv(d, buf, 50, MSG_PEEK) == 2 && read(d, buf, 50) == 2);
	MUST(send(d, "pong", 4, MSG_NOSIGNAL) == 4 && recv(c, buf, 4, MSG_WAITALL) == 4 && !memcmp(buf, "pong", 4));
	if (!fork()) { /* 64 MB one way, then a word back */
		close(d);
		for (i = 0; i < 64; i++) {
			memset(big, i, sizeof(big));
			for (size_t done = 0; done < sizeof(big);) {
				ssize_t w = write(c, big + done, sizeof(big) - done);

				if (w <= 0)
					_exit(1);
				done += (size_t)w;
			}
		}
		shutdown(c, SHUT_WR);
		const ssize_t first = read(c, buf, 9);

		_exit(first == 3 && read(c, buf, 9) == 0 ? 0 : 2);
	}
	close(c);
	for (ssize_t got; (got = read(d, big, sizeof(big))) > 0; total += (size_t)got) {
		MUST(big[0] == (char)(total >> 20));
		MUST(big[got - 1] == (char)((total + (size_t)got - 1) >> 20));
	}
	MUST(total == 64 << 20);
	MUST(write(d, "end", 3) == 3 && !so_error(d) && !close(d));
	MUST(wait(&st) > 0 && st == 0);

	/* refused, blocking and not */
	close(l);
	c = socket(AF_INET, SOCK_STREAM, 0);
	MUST(connect(c, (void *)&n, sizeof(n)) < 0 && errno == ECONNREFUSED);
	close(c);
	c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	MUST(connect(c, (void *)&n, sizeof(n)) < 0 && (errno == EINPROGRESS || errno == ECONNREFUSED));
	if (errno == EINPROGRESS) {
		p = (struct pollfd){ .fd = c, .events = POLLOUT };
		MUST(poll(&p, 1, 5000) == 1 && so_error(c) == ECONNREFUSED);
	}
	/* and again on the same socket, now with somebody there */
	l = socket(AF_INET, SOCK_STREAM, 0);
	MUST(!bind(l, (void *)&n, sizeof(n)) && !listen(l, 1));
	i = connect(c, (void *)&n, sizeof(n));
	if (i && errno == ECONNABORTED) /* Linux says so once after a failed attempt */
		i = connect(c, (void *)&n, sizeof(n));
	MUST(!i || errno == EINPROGRESS);
	p = (struct pollfd){ .fd = c, .events = POLLOUT };
	MUST(poll(&p, 1, 5000) == 1 && !so_error(c));
	d = accept(l, NULL, NULL);
	MUST(d >= 0 && !ready(c, POLLIN) && write(c, "again", 5) == 5 && read(d, buf, 99) == 5 && !memcmp(buf, "again", 5));
	/* end of file, then a write that fails with SIGPIPE or EPIPE */
	signal(SIGPIPE, SIG_IGN);
	MUST(!fcntl(c, F_SETFL, 0) && !close(d) && read(c, buf, 9) == 0);
	for (i = 0; i < 1000 && write(c, "x", 1) == 1; i++)
		poll(NULL, 0, 1);
	MUST(i < 1000 && (errno == EPIPE || errno == ECONNRESET));
	close(c);
	close(l);
	/* a connection that is not answered stays unwritable: the queue of this listener holds one */
	l = socket(AF_INET, SOCK_STREAM, 0);
	n.sin_port = 0;
	MUST(!bind(l, (void *)&n, sizeof(n)) && !listen(l, 0) && !getsockname(l, (void *)&n, &len));
	c = socket(AF_INET, SOCK_STREAM, 0);
	MUST(!connect(c, (void *)&n, sizeof(n)));
	d = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	MUST(connect(d, (void *)&n, sizeof(n)) < 0 && errno == EINPROGRESS && !ready(d, POLLOUT) && send(d, "x", 1, 0) < 0);
	MUST(accept(l, NULL, NULL) >= 0);
	p = (struct pollfd){ .fd = d, .events = POLLOUT };
	MUST(poll(&p, 1, 10000) == 1 && p.revents == POLLOUT && !so_error(d)); /* the next SYN, after a second */
	i = accept(l, NULL, NULL);
	MUST(i >= 0 && write(d, "late", 4) == 4 && read(i, buf, 9) == 4 && !memcmp(buf, "late", 4));
	return 0;
}

static int role_reset(void)
{
	struct sockaddr_in n;
	struct linger lin = { 1, 0 };
	int l = tcp_listen(&n, 0), c = socket(AF_INET, SOCK_STREAM, 0), d, e;
	char buf[9];

	MUST(!connect(c, (void *)&n, sizeof(n)) && (d = accept(l, NULL, NULL)) >= 0);
	MUST(!setsockopt(d, SOL_SOCKET, SO_LINGER, &lin, sizeof(lin)) && !close(d));
	MUST(read(c, buf, 9) < 0 && errno == ECONNRESET);
	MUST(read(c, buf, 9) == 0);
	close(c);
	/* blocking accept, by another process, and half-closed connections that are still asked */
	e = fork();
	if (!e) {
		c = socket(AF_INET, SOCK_STREAM, 0);
		_exit(connect(c, (void *)&n, sizeof(n)) || write(c, "k", 1) != 1 || shutdown(c, SHUT_WR) || read(c, buf, 9) != 2 ||
		      read(c, buf, 9) != 0 || so_error(c));
	}
	MUST((d = accept(l, NULL, NULL)) >= 0 && read(d, buf, 9) == 1 && read(d, buf, 9) == 0 && write(d, "ok", 2) == 2);
	MUST(!shutdown(d, SHUT_WR) && !so_error(d) && wait(&e) > 0 && e == 0);
	return 0;
}

static int role_lowat(void) /* SO_RCVLOWAT: the last of what has come comes, too */
{
	const struct timeval most = { 5, 0 };
	const int low = 1000;
	struct sockaddr_in n;
	int l = tcp_listen(&n, 0), c = socket(AF_INET, SOCK_STREAM, 0), d;
	char buf[1000] = { 0 };

	MUST(!connect(c, (void *)&n, sizeof(n)) && (d = accept(l, NULL, NULL)) >= 0);
	MUST(!setsockopt(d, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof(low)) && !setsockopt(d, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most)));
	for (int i = 0; i < 4; i++)
		MUST(write(c, buf, sizeof(buf)) == 1000 && read(d, buf, sizeof(buf)) == 1000);
	return 0;
}

/* Writes @all bytes, and closes, so that much waits on its way all the time: not when there is room for much again, but at once. */
static int write_pressed(int fd, ssize_t all)
{
	static const char big[64 << 10];

	for (ssize_t put = 0, w; put < all; put += w > 0 ? w : 0) {
		w = write(fd, big, all - put < (ssize_t)sizeof(big) ? (size_t)(all - put) : sizeof(big));
		if (w < 0 && errno != EAGAIN)
			return 1;
		if (w < 0)
			sched_yield();
	}
	return 0;
}

static int role_tail(void) /* all of what was written before a close arrives */
{
	const int small = 4096;
	char buf[8192];

	for (ssize_t all = 2 << 20; all < 3 << 20; all += 128 << 10) {
		struct sockaddr_in n;
		int l = tcp_listen(&n, 0), c = socket(AF_INET, SOCK_STREAM, 0), d, status;
		ssize_t got = 0, r;
		pid_t writer;

		MUST(!setsockopt(l, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)) && !setsockopt(c, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)));
		MUST(!connect(c, (void *)&n, sizeof(n)) && (d = accept(l, NULL, NULL)) >= 0 && !fcntl(c, F_SETFL, O_NONBLOCK));
		writer = fork();
		if (!writer)
			_exit(write_pressed(c, all));
		close(c);
		close(l);
		while ((r = read(d, buf, sizeof(buf))) > 0)
			got += r;
		MUST(!r && got == all && waitpid(writer, &status, 0) == writer && !status);
		close(d);
	}
	return 0;
}

static int role_ports(void) /* a closed port is free at once */
{
	struct sockaddr_in n;
	int s = udp(&n, 0);

	for (int i = 0; i < 300; i++) {
		MUST(!close(s));
		s = socket(AF_INET, SOCK_DGRAM, 0);
		MUST(s >= 0 && !bind(s, (void *)&n, sizeof(n)));
	}
	for (int i = 0; i < 300; i++) { /* also for a call that follows at once, behind one that only asks */
		const int t = socket(AF_INET, SOCK_DGRAM, 0);
		socklen_t len = sizeof(int);
		int type;

		MUST(t >= 0 && !getsockopt(t, SOL_SOCKET, SO_TYPE, &type, &len) && type == SOCK_DGRAM);
		MUST(!close(s) && !bind(t, (void *)&n, sizeof(n)));
		s = t;
	}
	MUST(!close(s));
	s = tcp_listen(&n, 0);
	for (int i = 0; i < 300; i++) {
		MUST(!close(s));
		s = socket(AF_INET, SOCK_STREAM, 0);
		MUST(s >= 0 && !bind(s, (void *)&n, sizeof(n)) && !listen(s, 1));
	}
	return 0;
}

static volatile int alarms;
static int alarm_fd;
static struct sockaddr_in alarm_to;
static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
	if (alarm_fd > 0)
		sendto(alarm_fd, "sig", 3, 0, (void *)&alarm_to, sizeof(alarm_to));
}

static int role_signal(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct itimerval it = { .it_value.tv_usec = 20000 };
	struct sockaddr_in n, m;
	int s = udp(&n, 0);
	char buf[9];

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	MUST(recv(s, buf, 9, 0) < 0 && errno == EINTR && alarms == 1);
	MUST(recv(s, buf, 9, MSG_DONTWAIT) < 0 && errno == EAGAIN);
	sa.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &sa, NULL);
	alarm_fd = udp(&m, 0);
	alarm_to = n;
	setitimer(ITIMER_REAL, &it, NULL);
	MUST(recv(s, buf, 9, 0) == 3 && alarms == 2); /* what the handler sent */
	/* stopped while blocked, continued, and nothing has happened */
	pid_t kid = fork();
	int st;

	if (!kid)
		_exit(recv(s, buf, 9, 0) != 2);
	MUST(!kill(kid, SIGSTOP) && waitpid(kid, &st, WUNTRACED) == kid && WIFSTOPPED(st));
	MUST(!kill(kid, SIGCONT) && sendto(s, "go", 2, 0, (void *)&n, sizeof(n)) == 2);
	MUST(waitpid(kid, &st, 0) == kid && st == 0);
	return 0;
}

static int role_storm(void) /* signals all the time: every message arrives once and in order */
{
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct itimerval it = { .it_value.tv_usec = 700, .it_interval.tv_usec = 700 }, off = { 0 };
	struct sockaddr_in na, nb;
	int a = udp(&na, 0), b = udp(&nb, 0);

	sigaction(SIGALRM, &sa, NULL);
	MUST(!connect(a, (void *)&nb, sizeof(nb)));
	setitimer(ITIMER_REAL, &it, NULL);
	for (int i = 0; i < 20000; i++) {
		int got = -1;

		MUST(send(a, &i, sizeof(i), 0) == sizeof(i));
		MUST(recv(b, &got, sizeof(got), 0) == sizeof(got));
		if (got != i)
			fprintf(stderr, "# got %d, not %d\n", got, i);
		MUST(got == i);
		if (!(i % 16)) {
			int s = socket(AF_INET, SOCK_DGRAM, 0);

			MUST(s >= 0 && !close(s));
		}
	}
	setitimer(ITIMER_REAL, &off, NULL);
	MUST(recv(b, &a, sizeof(a), MSG_DONTWAIT) < 0 && errno == EAGAIN);
	MUST(alarms > 0);
	return 0;
}

static void *thread(void *arg)
{
	struct sockaddr_in na, nb;
	int a = udp(&na, 0), b = udp(&nb, 0);

	for (int i = 0; i < 500; i++) {
		int got = -1;

		if (sendto(a, &i, sizeof(i), 0, (void *)&nb, sizeof(nb)) != 4 || recv(b, &got, sizeof(got), 0) != 4 || got != i)
			*(int *)arg = 1;
	}
	close(a);
	close(b);
	return NULL;
}

static int role_threads(void)
{
	pthread_t t[8];
	int bad[8] = { 0 };

	for (int i = 0; i < 8; i++)
		MUST(!pthread_create(&t[i], NULL, thread, &bad[i]));
	for (int i = 0; i < 8; i++) {
		pthread_join(t[i], NULL);
		MUST(!bad[i]);
	}
	return 0;
}

static int role_block(void) /* for the killer: blocked in recv, accept and connect */
{
	struct sockaddr_in n;
	int s = udp(&n, 0), l = tcp_listen(&n, 0);
	char b[9];

	pid_t parent = getpid();

	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		_exit(accept(l, NULL, NULL));
	}
	printf("1\n");
	fflush(stdout);
	return (int)recv(s, b, 9, 0);
}

static int role_many(void) /* more sockets than select knows numbers */
{
	struct rlimit rl = { 4000, 4000 };
	static int s[1500];
	struct sockaddr_in n;
	int many;

	getrlimit(RLIMIT_NOFILE, &rl);
	rl.rlim_cur = rl.rlim_max < 4000 ? rl.rlim_max : 4000;
	MUST(!setrlimit(RLIMIT_NOFILE, &rl));
	many = rl.rlim_max < 4000 ? (int)rl.rlim_max / 4 : 1500; /* the element needs two descriptors for each */
	for (int i = 0; i < many; i++)
		MUST((s[i] = udp(&n, 0)) >= 0);
	for (int i = 0; i < many; i++)
		MUST(!close(s[i]));
	rl.rlim_cur = 100; /* no room above 512: socket calls work all the same */
	MUST(!setrlimit(RLIMIT_NOFILE, &rl));
	MUST((s[0] = udp(&n, 0)) >= 0 && s[0] < 100 && sendto(s[0], "x", 1, 0, (void *)&n, sizeof(n)) == 1 && recv(s[0], s, 9, 0) == 1);
	return 0;
}

static int role_short(void)
{
	int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	return s < 0;
}

static int role_hostile(void)
{
	static const int calls[] = { SYS_socket,  SYS_bind,	  SYS_connect,	   SYS_accept4,	 SYS_sendto,	SYS_recvfrom,
				     SYS_sendmsg, SYS_recvmsg,	  SYS_sendmmsg,	   SYS_recvmmsg, SYS_setsockopt, SYS_getsockopt,
				     SYS_ioctl,	  SYS_getsockname, SYS_getpeername, SYS_shutdown, SYS_listen,	SYS_read,
				     SYS_write,	  SYS_readv,	  SYS_writev,	   SYS_pread64,	 SYS_pwrite64,	SYS_preadv,
				     SYS_pwritev, SYS_getdents64, SYS_lseek,	   SYS_openat,	 SYS_openat2,	SYS_newfstatat,
				     SYS_statx,	  SYS_readlinkat, SYS_faccessat2,  SYS_getxattr, SYS_fstat,	SYS_socketpair,
				     SYS_accept,  SYS_setns,	  SYS_unshare,	   SYS_dup,	 SYS_fcntl };
	static char page[8192] __attribute__((aligned(4096)));
	char *edge = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sockaddr_in n;
	int fds[8] = { udp(&n, SOCK_NONBLOCK), socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), tcp_listen(&n, SOCK_NONBLOCK),
		       socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, NETLINK_ROUTE), open("/proc/sys/net", O_RDONLY),
		       open("/proc/net/dev", O_RDONLY), 2000000000, -1 };
	unsigned seed = 4711;

	if (!getenv("ATTACHED"))
		return 0; /* would do things to our own memory and files */
	for (int i = 0; i < 3; i++)
		dup2(open("/dev/null", O_RDWR), i); /* what is 0 to 2 here may be the report's file */
	munmap(edge + 4096, 4096);
	signal(SIGPIPE, SIG_IGN);
	strcpy(page, "/proc/net/dev");
	for (int i = 0; i < 60000; i++) {
		long a[6];

#define RND() (seed = seed * 1103515245u + 12345u, (seed >> 8) & 0xffffff)
		for (int j = 0; j < 6; j++) {
			static const long odd[] = { 0, 1, -1, 4, 16, 4096, 0x7fffffff, -0x80000000L, 0x7fffffffffffffff, 65536, 64, 41,
						    0x8933, 0x8946, 0x8912, 128, 255, 1L << 24, (1L << 24) + 1, 0x541b, 88, 26, 8 };
			unsigned r = RND() % 10;

			if (r < 4)
				a[j] = odd[RND() % (sizeof(odd) / sizeof(odd[0]))];
			else if (r < 7)
				a[j] = (long)(uintptr_t)(page + RND() % 200 * 8);
			else if (r < 8)
				a[j] = (long)(uintptr_t)(edge + 4096 - RND() % 64);
			else
				a[j] = RND() % 300;
		}
		if (RND() % 4)
			a[0] = fds[RND() % 8];
		if (i % 50 == 0) /* random contents, pointers among them */
			for (int k = 0; k < 256; k++)
				((long *)(void *)page)[k] = RND() % 3 ? (long)(RND() % 100) : (long)(uintptr_t)(page + RND() % 4096);
		int nr = calls[RND() % (sizeof(calls) / sizeof(calls[0]))];

		if (nr == SYS_socket && a[0] == AF_UNIX)
			continue;
		if ((nr == SYS_write || nr == SYS_writev || nr == SYS_pwrite64 || nr == SYS_pwritev || nr == SYS_lseek) && a[0] >= 0 && a[0] <= 2)
			continue; /* what the tests say goes there */
		long r = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);

		if ((nr == SYS_socket || nr == SYS_accept || nr == SYS_accept4 || nr == SYS_openat || nr == SYS_openat2 || nr == SYS_dup ||
		     (nr == SYS_fcntl && a[1] == F_DUPFD)) && r > 2) {
			bool mine = false;

			for (int j = 0; j < 6; j++)
				mine |= fds[j] == r;
			if (!mine)
				close((int)r);
		}
		if (nr == SYS_fcntl || nr == SYS_connect || nr == SYS_listen)
			for (int j = 0; j < 4; j++)
				fcntl(fds[j], F_SETFL, O_NONBLOCK); /* whatever it did: never block */
	}
	return 0;
}

static int role_speed(void)
{
	struct sockaddr_in na, nb;
	int a = udp(&na, 0), b = udp(&nb, 0), v, n = 50000;
	socklen_t len = sizeof(v);
	struct timespec t[8];
	char buf[64];
	struct stat st;

#define LAP(i) clock_gettime(CLOCK_MONOTONIC, &t[i])
#define US(i) (((double)(t[(i) + 1].tv_sec - t[i].tv_sec) * 1e6 + (double)(t[(i) + 1].tv_nsec - t[i].tv_nsec) / 1e3) / n)
	LAP(0);
	for (int i = 0; i < n; i++)
		getsockopt(a, SOL_SOCKET, SO_TYPE, &v, &len);
	LAP(1);
	for (int i = 0; i < n; i++) {
		sendto(a, "hello", 5, 0, (void *)&nb, sizeof(nb));
		recv(b, buf, sizeof(buf), 0);
	}
	LAP(2);
	for (int i = 0; i < n; i++)
		stat("/etc/passwd", &st);
	LAP(3);
	for (int i = 0; i < n / 10; i++)
		close(socket(AF_INET, SOCK_DGRAM, 0));
	LAP(4);
	for (int i = 0; i < n; i++)
		getppid();
	LAP(5);
	for (int i = 0; i < n / 10; i++)
		close(open("/proc/net/dev", O_RDONLY));
	LAP(6);
	printf("getsockopt %.2f us, sendto+recv %.2f us, stat passed to the host %.2f us, socket+close %.2f us, getppid %.3f us, "
	       "open /proc/net/dev %.2f us\n", US(0), US(1), US(2), US(3) * 10, US(4), US(5) * 10);
	return 0;
}

static const struct {
	const char *name;
	int (*fn)(void);
} roles[] = {
	{ "udp", role_udp },	   { "timeout", role_timeout }, { "low", role_low },	     { "rights", role_rights },
	{ "msg", role_msg },	   { "opts", role_opts },	{ "netlink", role_netlink }, { "files", role_files },
	{ "netns", role_netns },   { "copies", role_copies },
	{ "tcp", role_tcp },	   { "reset", role_reset },	{ "lowat", role_lowat },     { "tail", role_tail },
		{ "ports", role_ports },     { "signal", role_signal },
	{ "storm", role_storm },   { "threads", role_threads }, { "many", role_many },	     { "hostile", role_hostile },
	{ NULL, NULL }, /* those below are not run by themselves */
	{ "echo", role_echo },	   { "ask", role_ask },		{ "block", role_block },     { "short", role_short },
	{ "speed", role_speed },   { "caps", role_caps },
};
#define NROLES (sizeof(roles) / sizeof(roles[0]))

const char *attach_role(size_t i)
{
	return i < NROLES ? roles[i].name : NULL;
}

bool attach_role_run(int argc, char **argv, int *status)
{
	if (argc > 1 && !strcmp(argv[1], "fd")) {
		*status = role_fd(argc, argv);
		return true;
	}
	for (size_t i = 0; argc > 1 && i < NROLES; i++)
		if (roles[i].name && !strcmp(argv[1], roles[i].name)) {
			*status = roles[i].fn();
			return true;
		}
	return false;
}
