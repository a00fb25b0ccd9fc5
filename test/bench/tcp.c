/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/bench/tcp.c - TCP by itself: bulk data one way, or a byte to and fro; runs attached to an element as in a network namespace
 *
 * usage: tcp serve PORT                       one connection: a byte is sent back, more is taken
 *        tcp bulk ADDRESS PORT SECONDS        prints Gbit/s that the server has taken
 *        tcp bounce ADDRESS PORT COUNT        prints the median of COUNT round trips in us
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/bench/bench.h"

static char buf[256 << 10];

static struct sockaddr_in address(const char *addr, const char *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };

	if (addr)
		inet_pton(AF_INET, addr, &sa.sin_addr);
	return sa;
}

/* What begins with 'b' is bounced, all else taken; at its end the sum goes back. */
static void serve_one(int fd)
{
	const int one = 1;
	uint64_t sum = 0;
	ssize_t n;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		if (n == 1 && buf[0] == 'b' && write(fd, buf, 1) != 1)
			break;
		sum += n;
	}
	if (!n && write(fd, &sum, sizeof(sum)) < 0)
		perror("tcp: write");
	close(fd);
}

static int serve(const char *port)
{
	const struct sockaddr_in sa = address(NULL, port);
	const int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) || listen(fd, 4))
		return 111;
	serve_one(accept(fd, NULL, NULL));
	return 0;
}

static int dial(const char *addr, const char *port)
{
	const struct sockaddr_in sa = address(addr, port);
	const int one = 1;
	int fd;

	for (int i = 0; i < 200; i++) { /* until it serves */
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (!connect(fd, (const struct sockaddr *)&sa, sizeof(sa))) {
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
			return fd;
		}
		close(fd);
		usleep(50000);
	}
	exit(111);
}

static int bulk(int fd, double lap)
{
	const double start = bench_seconds(CLOCK_MONOTONIC);
	uint64_t sum;

	memset(buf, 'x', sizeof(buf));
	while (bench_seconds(CLOCK_MONOTONIC) - start < lap)
		if (write(fd, buf, sizeof(buf)) < 0)
			return 111;
	shutdown(fd, SHUT_WR);
	if (read(fd, &sum, sizeof(sum)) != sizeof(sum))
		return 111;
	printf("%.3f\n", sum * 8 / (bench_seconds(CLOCK_MONOTONIC) - start) / 1e9);
	return 0;
}

static int bounce(int fd, int count)
{
	double *us = calloc(count, sizeof(*us));
	char c = 'b';

	for (int i = 0; i < count; i++) {
		const double start = bench_seconds(CLOCK_MONOTONIC);

		if (write(fd, &c, 1) != 1 || read(fd, &c, 1) != 1)
			return 111;
		us[i] = (bench_seconds(CLOCK_MONOTONIC) - start) * 1e6;
	}
	printf("%.1f\n", bench_median(us, count));
	free(us);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve(argv[2]);
	if (argc == 5 && !strcmp(argv[1], "bulk"))
		return bulk(dial(argv[2], argv[3]), atof(argv[4]));
	if (argc == 5 && !strcmp(argv[1], "bounce") && atoi(argv[4]) > 0)
		return bounce(dial(argv[2], argv[3]), atoi(argv[4]));
	return 100;
}
