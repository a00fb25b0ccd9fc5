// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/follow.c - the element goes to the processor of the program whose bytes it relays
 *
 * The two wake each other and copy the same bytes all the time: where they share a processor (and its caches) that takes half as long as from
 * one to another, doc/figures.md. A scheduler cannot know. So every STEP bytes the element looks where the program is and goes
 * there. It does not stay by force: its affinity is what it was as soon as it has come over, and the scheduler may move either again.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#define STEP (8U << 20)

/* The processor on which thread @tid ran last, proc_pid_stat(5); -1: it is gone. */
static int processor_of(pid_t tid)
{
	char path[32], stat[1024], *word;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	stat[n > 0 ? n : 0] = 0;
	word = strrchr(stat, ')'); /* the second word, which may have any bytes in it */
	for (int i = 2; word && i < 39; i++)
		word = strchr(word + 1, ' ');
	return word ? atoi(word) : -1;
}

void att_follow(struct lk_attach *a, const struct att_obj *o, size_t moved)
{
	cpu_set_t all, one;
	int cpu;

	a->relayed += moved;
	if (a->relayed < STEP)
		return;
	a->relayed = 0;
	cpu = processor_of(o->last_tid);
	if (cpu < 0 || cpu >= CPU_SETSIZE || cpu == sched_getcpu() || sched_getaffinity(0, sizeof(all), &all) || !CPU_ISSET(cpu, &all))
		return;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (!sched_setaffinity(0, sizeof(one), &one))
		sched_setaffinity(0, sizeof(all), &all);
}
