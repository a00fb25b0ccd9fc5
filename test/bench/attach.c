/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/bench/attach.c - what system calls cost: one line "PREFIX.CALL value us" each
 *
 * usage: attach PREFIX   The same program runs on the host and in `stdpkt shell`; the difference is what being attached costs.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/bench/bench.h"

static int a, b, nl;
static struct sockaddr_in to;

static void one_getsockopt(void)
{
	int v;
	socklen_t len = sizeof(v);

	getsockopt(a, SOL_SOCKET, SO_TYPE, &v, &len);
}

static void one_sendto(void)
{
	char buf[64];

	sendto(a, "hello", 5, 0, (void *)&to, sizeof(to));
	if (recv(b, buf, sizeof(buf), 0) != 5)
		_exit(1);
}

static void one_socket(void)
{
	close(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static void one_netlink(void)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
	} ask = { .h = { sizeof(ask), RTM_GETLINK, NLM_F_REQUEST, 1, 0 }, .i.ifi_index = 1 };
	char buf[8192];

	if (send(nl, &ask, sizeof(ask), 0) < 0 || recv(nl, buf, sizeof(buf), 0) < 0)
		_exit(1);
}

static void one_open(void)
{
	char buf[256];
	int fd = open("/proc/sys/net/ipv4/ip_forward", O_RDONLY | O_CLOEXEC);

	if (read(fd, buf, sizeof(buf)) < 1)
		_exit(1);
	close(fd);
}

static void one_stat(void)
{
	struct stat st;

	stat("/etc/passwd", &st);
}

static void one_poll(void)
{
	struct pollfd p = { .fd = a, .events = POLLOUT };

	poll(&p, 1, 0);
}

static void one_getppid(void)
{
	getppid();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*fn)(void);
		int calls; /* that are served; how often it is done */
		int n;
	} tests[] = {
		{ "getsockopt", one_getsockopt, 1, 20000 },
		{ "send+recv", one_sendto, 2, 10000 },
		{ "socket+close", one_socket, 1, 5000 },
		{ "netlink", one_netlink, 2, 10000 },
		{ "open+read", one_open, 1, 5000 },
		{ "stat-of-host", one_stat, 1, 20000 },
		{ "poll", one_poll, 1, 20000 },
		{ "getppid", one_getppid, 0, 100000 },
	};
	socklen_t len = sizeof(to);

	a = socket(AF_INET, SOCK_DGRAM, 0);
	b = socket(AF_INET, SOCK_DGRAM, 0);
	nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (nl < 0 || bind(b, (void *)&to, sizeof(to)) || getsockname(b, (void *)&to, &len)) {
		perror("attach: unable to open sockets");
		return 111;
	}
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const int calls = tests[i].n / BENCH_ROUNDS;
		double each[BENCH_ROUNDS] = { 0 };

		for (int round = -1; round < BENCH_ROUNDS; round++) { /* the first is for the caches */
			const double start = bench_seconds(CLOCK_MONOTONIC);

			for (int j = 0; j < calls; j++)
				tests[i].fn();
			if (round >= 0)
				each[round] = (bench_seconds(CLOCK_MONOTONIC) - start) / calls;
		}
		printf("%s.%-*s %10.3f us\n", argc > 1 ? argv[1] : "attach", (int)(27 - strlen(argc > 1 ? argv[1] : "attach")),
		       tests[i].name, bench_median(each, BENCH_ROUNDS) * 1e6);
	}
	return 0;
}
