/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/bench/boot.c - time from exec to the first frame taken, and memory resident then
 *
 * usage: boot CAPTURE NAME PROGRAM [ARG...] [-- NAME PROGRAM [ARG...]]...
 * prints for each element "NAME value ms", "NAME.resident value MB", "NAME/empty-program value times"; medians, the elements in turns.
 * The peer is this program itself, re-executed to do nothing: what any static program costs here from fork to its end.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test/bench/bench.h"

#define RUNS 31
#define ELEMENTS 8

static unsigned long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static double median(double *v)
{
	return bench_median(v, RUNS);
}

/* One element; ms from before fork to its report of the first frame, -1 if there was none. *rss_mb: the most it had. */
static double element(char *const program[], const char *capture, double *rss_mb)
{
	char line[256], env[64];
	unsigned long long ns = 0;
	struct rusage ru;
	int fd[2], st;
	FILE *err;
	pid_t pid;

	if (pipe(fd))
		exit(111);
	snprintf(env, sizeof(env), "%llu", now());
	pid = fork();
	if (!pid) {
		setenv("STDPKT_BENCH_T0", env, 1);
		dup2(open(capture, O_RDONLY), 0);
		dup2(open("/dev/null", O_WRONLY), 1);
		dup2(fd[1], 2);
		close(fd[0]);
		execv(program[0], program);
		_exit(127);
	}
	close(fd[1]);
	err = fdopen(fd[0], "r");
	while (fgets(line, sizeof(line), err))
		sscanf(line, "first frame taken after %llu", &ns);
	fclose(err);
	wait4(pid, &st, 0, &ru);
	*rss_mb = ru.ru_maxrss / 1024.0;
	return ns ? ns / 1e6 : -1;
}

static double empty(const char *self)
{
	const unsigned long long start = now();
	const pid_t pid = fork();
	int st;

	if (!pid) {
		execl(self, self, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &st, 0);
	return (now() - start) / 1e6;
}

int main(int argc, char **argv)
{
	static double ms[ELEMENTS][RUNS], mb[ELEMENTS][RUNS], nothing[RUNS];
	char **program[ELEMENTS];
	int n = 0, i, k;

	if (argc == 1)
		return 0;
	if (argc < 4)
		return 100;
	program[n++] = argv + 2;
	for (i = 3; i < argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		if (n == ELEMENTS || i + 2 >= argc)
			return 100;
		argv[i] = NULL;
		program[n++] = argv + i + 1;
	}
	for (i = 0; i < RUNS; i++) {
		for (k = 0; k < n; k++) {
			ms[k][i] = element(program[k] + 1, argv[1], &mb[k][i]);
			if (ms[k][i] < 0) {
				fprintf(stderr, "boot: %s took no frame\n", program[k][0]);
				return 1;
			}
		}
		nothing[i] = empty(argv[0]);
	}
	printf("%-28s %10.3f ms\n", "boot.empty-program", median(nothing));
	for (k = 0; k < n; k++) {
		char ratio[64];

		snprintf(ratio, sizeof(ratio), "%s/empty-program", program[k][0]);
		printf("%-28s %10.3f ms\n%s.resident %*.3f MB\n%-28s %10.1f times\n", program[k][0], median(ms[k]), program[k][0],
		       (int)(29 - strlen(program[k][0])), median(mb[k]), ratio, median(ms[k]) / median(nothing));
	}
	return 0;
}
