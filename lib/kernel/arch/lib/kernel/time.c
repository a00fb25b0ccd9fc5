// SPDX-License-Identifier: GPL-2.0-only
/* arch/lib/kernel/time.c - one host clock feeds the clock source, sched_clock and a one-shot clock event that only keeps a deadline */
#include <linux/clockchips.h>
#include <linux/clocksource.h>
#include <linux/delay.h>
#include <linux/irq.h>
#include <linux/sched/clock.h>
#include <linux/timekeeping.h>
#include "lk.h"

static u64 deadline = ~0ULL;
static u64 looked; /* when the clock was last read for the deadline */

bool lk_timer_due(void)
{
	looked = lk_host->time_ns();
	if (looked < deadline)
		return false;
	deadline = ~0ULL;
	lk_irq_raise(LK_IRQ_TIMER);
	return true;
}

bool lk_tick_passed(void)
{
	static u64 tick;
	const u64 now = div_u64(looked, TICK_NSEC);

	if (now == tick)
		return false;
	tick = now;
	return true;
}

unsigned long long lk_guest_deadline(void)
{
	return lk_irq_pending ? 0 : deadline;
}

/* A loop that polls for time to pass: let the clock in. */
void lk_relax(void)
{
	barrier();
	if (lk_irq_enabled && lk_timer_due())
		lk_irq_deliver();
}

static u64 clock_read(struct clocksource *cs)
{
	return lk_host->time_ns();
}

static struct clocksource host_clock = {
	.name = "host",
	.rating = 499,
	.read = clock_read,
	.mask = CLOCKSOURCE_MASK(64),
	.flags = CLOCK_SOURCE_IS_CONTINUOUS,
	.max_idle_ns = KTIME_MAX,
};

static int event_next(unsigned long delta, struct clock_event_device *ce)
{
	deadline = lk_host->time_ns() + delta;
	return 0;
}

static int event_stop(struct clock_event_device *ce)
{
	deadline = ~0ULL;
	return 0;
}

static struct clock_event_device host_event = {
	.name = "host",
	.rating = 499,
	.features = CLOCK_EVT_FEAT_ONESHOT,
	.irq = LK_IRQ_TIMER,
	.set_next_event = event_next,
	.set_state_shutdown = event_stop,
	.set_state_oneshot_stopped = event_stop,
};

void lk_timer_irq(void)
{
	host_event.event_handler(&host_event);
}

/* The scheduler asks several times a switch: once calls are served, time stands still for it while the guest runs. */
unsigned long long sched_clock(void)
{
	if (lk_guest_ready())
		return looked;
	return lk_host ? looked = lk_host->time_ns() : 0;
}

void read_persistent_clock64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(lk_host->wall_ns());
}

void __init time_init(void)
{
	clocksource_register_hz(&host_clock, NSEC_PER_SEC);
	host_event.cpumask = cpumask_of(0);
	clockevents_config_and_register(&host_event, NSEC_PER_SEC, 1, LONG_MAX);
}

void calibrate_delay(void)
{
	loops_per_jiffy = NSEC_PER_SEC / HZ;
}
