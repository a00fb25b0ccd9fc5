// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/follow_test.c - an element comes to the processor of its program, and stays free to leave
 */
#define _GNU_SOURCE
#include "lib/attach/internal.h"
#include "test/unit/t.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 40
#define MUCH (64u << 20)

/* A process that sleeps on processor @cpu, and is there when this returns. */
static pid_t sleeper(int cpu)
{
	cpu_set_t one;
	int ready[2];
	char c;
	pid_t pid;

	if (pipe(ready))
		exit(1);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		exit(1);
	close(ready[0]);
	return pid;
}

static int changed; /* how often comes() had changed where we may go */

/* From processor @from, free to go anywhere in @all. */
static bool comes(struct lk_attach *a, const struct att_obj *o, int from, const cpu_set_t *all, size_t moved)
{
	cpu_set_t one, now;
	int at;

	CPU_ZERO(&one);
	CPU_SET(from, &one);
	if (sched_setaffinity(0, sizeof(one), &one) || sched_setaffinity(0, sizeof(*all), all))
		return false;
	att_follow(a, o, moved);
	at = sched_getcpu();
	changed += sched_getaffinity(0, sizeof(now), &now) || !CPU_EQUAL(&now, all);
	return at != from;
}

int main(void)
{
	struct lk_attach *a = calloc(1, sizeof(*a));
	struct att_obj *o = calloc(1, sizeof(*o));
	int cpu[2] = { -1, -1 }, came = 0, little = 0, gone = 0;
	cpu_set_t all, only;

	if (!a || !o || sched_getaffinity(0, sizeof(all), &all))
		return 1;
	for (int i = 0, n = 0; i < CPU_SETSIZE && n < 2; i++)
		if (CPU_ISSET(i, &all))
			cpu[n++] = i;
	if (cpu[1] < 0) {
		t_skip("follow", "one processor only");
		return t_done();
	}
	o->last_tid = sleeper(cpu[1]);
	for (int i = 0; i < ROUNDS; i++)
		came += comes(a, o, cpu[0], &all, MUCH);
	for (int i = 0; i < ROUNDS; i++) {
		a->relayed = 0;
		little += comes(a, o, cpu[0], &all, 1000);
	}
	/* the scheduler may move us, too: most is enough */
	T_OK(came > ROUNDS / 2 && little < ROUNDS / 2, "follow: after many bytes, to where the program is");
	T_OK(!changed, "follow: and may go anywhere as before");
	CPU_ZERO(&only);
	CPU_SET(cpu[0], &only);
	T_OK(!comes(a, o, cpu[0], &only, MUCH) && !changed, "follow: not where it may not go");
	kill(o->last_tid, SIGKILL);
	waitpid(o->last_tid, NULL, 0);
	for (int i = 0; i < ROUNDS; i++)
		gone += comes(a, o, cpu[0], &all, MUCH);
	T_OK(gone < ROUNDS / 2, "follow: nobody who has gone");
	free(a);
	free(o);
	return t_done();
}
