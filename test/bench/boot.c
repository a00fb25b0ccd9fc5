/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/bench/boot.c - time from exec to the first frame taken, and memory resident then
 *
 * usage: boot CAPTURE NAME PROGRAM [ARG...] [-- NAME PROGRAM [ARG...]]...
 * prints for each element "NAME value ms", "NAME.resident value MB", "NAME.faults value -", "NAME/empty-program value times", and where the time
 * goes: "NAME.PHASE value ms" up to when the element says so (element_report()); medians, the elements in turns.
 * The peer is this program itself, re-executed to do nothing: what any static program costs here from fork to its end.
 */
#include <fcntl.h>
#include <stdbool.h>
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

/* What is measured of one start: ms from before fork to each phase, MB that were resident at most, page faults to the first frame */
enum { PHASES = 5, MB = PHASES, FAULTS, FIGURES };

/* Where an element says that it has come to; the last is the first frame. */
static const char *const phase_name[PHASES] = { "program", "ports", "guest", "cards", "frame" };

static unsigned long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* One element. False: it took no frame. */
static bool element(char *const program[], const char *capture, double f[FIGURES])
{
	unsigned long long ns;
	char line[256], env[64], word[16];
	struct rusage ru;
	int fd[2], st, k;
	unsigned seen = 0;
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
		if (program[0])
			execv(program[0], program);
		_exit(127);
	}
	close(fd[1]);
	err = fdopen(fd[0], "r");
	while (fgets(line, sizeof(line), err))
		for (k = 0; k < PHASES && sscanf(line, "%15s after %llu ns, %lf page faults", word, &ns, &f[FAULTS]) == 3; k++)
			if (!strcmp(word, phase_name[k])) {
				f[k] = ns / 1e6;
				seen |= 1u << k;
			}
	fclose(err);
	wait4(pid, &st, 0, &ru);
	f[MB] = ru.ru_maxrss / 1024.0;
	return seen == (1u << PHASES) - 1;
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

static void print(const char *name, const char *what, double value, const char *unit)
{
	char full[64];

	snprintf(full, sizeof(full), "%s%s", name, what);
	printf("%-28s %10.3f %s\n", full, value, unit);
}

static double figure(double f[RUNS][FIGURES], int which)
{
	double v[RUNS];

	for (int i = 0; i < RUNS; i++)
		v[i] = f[i][which];
	return bench_median(v, RUNS);
}

int main(int argc, char **argv)
{
	static double f[ELEMENTS][RUNS][FIGURES];
	static double nothing[RUNS];
	char **program[ELEMENTS], what[32];
	double base, ms, last;
	int n = 0, i, k, p;

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
			if (!element(program[k] + 1, argv[1], f[k][i])) {
				fprintf(stderr, "boot: %s took no frame\n", program[k][0]);
				return 1;
			}
		}
		nothing[i] = empty(argv[0]);
	}
	base = bench_median(nothing, RUNS);
	print("boot", ".empty-program", base, "ms");
	for (k = 0; k < n; k++) {
		const char *name = program[k][0];

		print(name, "", figure(f[k], PHASES - 1), "ms");
		for (last = 0, p = 0; p < PHASES; p++) {
			ms = figure(f[k], p);
			snprintf(what, sizeof(what), ".to-%s", phase_name[p]);
			print(name, what, ms - last, "ms");
			last = ms;
		}
		print(name, ".faults", figure(f[k], FAULTS), "faults");
		print(name, ".resident", figure(f[k], MB), "MB");
		printf("%s/%-*s %10.1f times\n", name, (int)(27 - strlen(name)), "empty-program", ms / base);
	}
	return 0;
}
