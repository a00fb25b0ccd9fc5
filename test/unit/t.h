/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/unit/t.h - what a unit test needs: "ok NAME" or "not ok NAME" a line, and an exit status
 */
#ifndef TEST_UNIT_T_H
#define TEST_UNIT_T_H

#include <stdio.h>

static int t_count, t_failed;

#define T_OK(cond, name) t_ok(!!(cond), (name), __FILE__, __LINE__)

static inline int t_ok(int good, const char *name, const char *file, int line)
{
	t_count++;
	if (good) {
		printf("ok %s\n", name);
	} else {
		t_failed++;
		printf("not ok %s (%s:%d)\n", name, file, line);
	}
	fflush(stdout);
	return good;
}

static inline void t_skip(const char *name, const char *why)
{
	t_count++;
	printf("ok %s # SKIP %s\n", name, why);
	fflush(stdout);
}

static inline int t_done(void)
{
	printf("1..%d\n", t_count);
	return t_failed ? 1 : 0;
}

#endif
