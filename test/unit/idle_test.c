// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/idle_test.c - a guest with nothing to do sleeps: how often it wants to run in an hour that passes in no time
 *
 * Virtual time, so every timer is seen and none is waited for. What is left: fresh randomness, conntrack's and IPv6's garbage, once a minute
 * each, and AMT's, twice; each is followed by a tick and, up to three times, by the deadline of the scheduler's server for ordinary tasks.
 * What upstream does every second or few for features that nobody uses would be 300 and more a minute (arch/lib/kernel/idle.c).
 */
#include <stdio.h>

#include "lk/boot.h"
#include "test/unit/t.h"

#define NS_PER_S 1000000000ull
#define SETTLE_S 60
#define MEASURE_S 3600
#define MAX (12 * MEASURE_S / 60)

/* Each deadline until then is a wake-up of the process. */
static unsigned wakeups(unsigned seconds)
{
	const uint64_t end = lk_time_ns() + seconds * NS_PER_S;
	unsigned n = 0;
	uint64_t next;

	while ((next = lk_deadline_ns()) < end) {
		lk_time_advance(next > lk_time_ns() ? next : lk_time_ns() + 1);
		n++;
	}
	lk_time_advance(end);
	return n;
}

int main(void)
{
	struct lk_call netns = { .nr = LK_NR_NETNS_NEW };
	char name[80];
	unsigned n;

	if (lk_boot(&(struct lk_boot_params){ .virtual_time = true, .seed = 1 }))
		return 111;
	wakeups(SETTLE_S);
	n = wakeups(MEASURE_S);
	snprintf(name, sizeof(name), "an idle guest wakes up less than 12 times a minute (%u times in an hour)", n);
	T_OK(n < MAX, name);

	lk_call_start(&netns);
	T_OK(netns.done && netns.ret >= 0, "a second network namespace");
	wakeups(SETTLE_S);
	n = wakeups(MEASURE_S);
	snprintf(name, sizeof(name), "... and with two namespaces (%u times)", n);
	T_OK(n < MAX, name);
	return t_done();
}
