/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/bench/until.c - how long it takes until a program or its children say something
 *
 * usage: until NAME RUNS FROM TO BEFORE PROGRAM [ARG...]    prints "NAME value ms", the median
 * PROGRAM starts with the environment that until has. The clock runs from when FROM is on its stderr ('': from its start) until TO is there, too;
 * it is waited for afterwards. BEFORE is a command for the shell, run before each, which does not count.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/bench/bench.h"

#define RUNS_MAX 1000

/* ms, or -1 with what was said instead on our stderr */
static double run(const char *from, const char *to, char *const argv[])
{
	static char said[65536];
	posix_spawn_file_actions_t files;
	double start, took = -1;
	size_t len = 0;
	int fd[2];
	pid_t pid;
	ssize_t n;

	if (pipe2(fd, O_CLOEXEC) || posix_spawn_file_actions_init(&files) || posix_spawn_file_actions_adddup2(&files, fd[1], STDERR_FILENO))
		exit(111);
	start = bench_seconds(CLOCK_MONOTONIC);
	if (posix_spawnp(&pid, argv[0], &files, NULL, argv, environ))
		exit(111);
	close(fd[1]);
	posix_spawn_file_actions_destroy(&files);
	while (len < sizeof(said) - 1 && (n = read(fd[0], said + len, sizeof(said) - 1 - len)) > 0) {
		len += n;
		said[len] = 0;
		if (*from && strstr(said, from)) {
			start = bench_seconds(CLOCK_MONOTONIC);
			from = "";
		}
		if (took < 0 && !*from && strstr(said, to))
			took = (bench_seconds(CLOCK_MONOTONIC) - start) * 1e3;
	}
	close(fd[0]);
	waitpid(pid, NULL, 0);
	if (took < 0)
		fputs(said, stderr);
	return took;
}

int main(int argc, char **argv)
{
	static double ms[RUNS_MAX];
	const int runs = argc > 6 ? atoi(argv[2]) : 0;

	if (runs < 1 || runs > RUNS_MAX) {
		fputs("usage: until NAME RUNS FROM TO BEFORE PROGRAM [ARG...]\n", stderr);
		return 100;
	}
	for (int i = 0; i < runs; i++) {
		if (*argv[5] && system(argv[5]))
			return 1;
		ms[i] = run(argv[3], argv[4], argv + 6);
		if (ms[i] < 0)
			return 1;
	}
	printf("%-28s %10.3f ms\n", argv[1], bench_median(ms, runs));
	return 0;
}
