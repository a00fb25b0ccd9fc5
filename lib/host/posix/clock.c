/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/host/posix/clock.c - the guest's time: the host's clocks, or a virtual one that its owner advances
 *
 * The guest's monotonic clock begins at its own zero, as a machine's does, or where the image that it goes on from left off; it runs as
 * the host's does. Virtual time stands still while the guest runs. lk_time_advance() goes from timer to timer, so that each fires at its
 * own time.
 */
#include <time.h>

#include "lib/host/posix/posix.h"

static bool is_virtual;
static uint64_t now;	  /* virtual: the guest's clock */
static uint64_t behind;	  /* real: how far it is behind the host's */
static uint64_t wall_base; /* virtual: wall clock less guest's clock */

static uint64_t host_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

void lk_clock_start(const struct lk_boot_params *p, uint64_t at_ns)
{
	is_virtual = p->virtual_time;
	now = at_ns;
	behind = host_clock(CLOCK_MONOTONIC) - at_ns;
	wall_base = p->wall_ns - at_ns;
}

bool lk_clock_virtual(void)
{
	return is_virtual;
}

unsigned long long lk_clock_time(void)
{
	return is_virtual ? now : host_clock(CLOCK_MONOTONIC) - behind;
}

unsigned long long lk_clock_wall(void)
{
	return is_virtual ? wall_base + now : host_clock(CLOCK_REALTIME);
}

uint64_t lk_time_ns(void)
{
	return lk_clock_time();
}

uint64_t lk_wall_ns(void)
{
	return lk_clock_wall();
}

/* A gap is walked from timer to timer this far; what is due behind that fires once an hour. Days would take seconds otherwise. */
#define WALK_NS (600 * NS_PER_S)
#define STRIDE_NS (3600 * NS_PER_S)

void lk_time_advance(uint64_t to_ns)
{
	const uint64_t walk_to_ns = now + WALK_NS;

	if (!is_virtual)
		return;
	for (;;) {
		uint64_t next = lk_deadline_ns();

		if (now >= walk_to_ns && next < now + STRIDE_NS)
			next = now + STRIDE_NS;
		if (next > to_ns)
			break;
		if (next > now)
			now = next;
		lk_run();
	}
	if (to_ns > now)
		now = to_ns;
}
