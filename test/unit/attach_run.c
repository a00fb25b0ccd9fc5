// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/attach_run.c - run a command attached to the stub: `attach_run [-s N] [-v] CMD ARG...`, exit status of CMD
 *
 * With it attach_tools.sh compares what stock tools print with and without.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/unit/attach_stub.h"

int main(int argc, char **argv)
{
	const int fd[3] = { 0, 1, 2 };
	struct lk_attach_stats st;
	int listener, status, opt;
	bool verbose = false;
	pid_t pid;

	while ((opt = getopt(argc, argv, "+s:v")) != -1) {
		if (opt == 's')
			stub_sleep = (unsigned)atoi(optarg);
		else if (opt == 'v')
			verbose = true;
		else
			return 100;
	}
	if (optind == argc)
		return 100;
	if (stub_start()) {
		perror("attach_run: unable to start");
		return 111;
	}
	pid = lk_attach_spawn(argv + optind, environ, fd, 0, getpid(), &listener);
	if (pid < 0 || lk_attach_serve(stub_attach, listener)) {
		fprintf(stderr, "attach_run: unable to spawn: %s\n", strerror(-pid));
		return 111;
	}
	status = stub_wait(pid);
	lk_attach_stats(stub_attach, &st);
	if (verbose)
		fprintf(stderr, "calls %llu passed %llu refused %llu guest %llu\n", (unsigned long long)st.calls,
			(unsigned long long)st.passed, (unsigned long long)st.refused, (unsigned long long)stub_calls);
	stub_stop();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
