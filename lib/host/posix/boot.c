/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/host/posix/boot.c - the guest on a POSIX host: memory, devices, start, run
 *
 * The guest's memory is one mapping at a fixed address without reserved swap: what the guest does not touch costs nothing.
 * The guest's own static data lies in this executable, between lk_guest_image_start and lk_guest_image_end.
 */
#include "lk/boot.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "lib/direct.h"
#include "lib/host/posix/posix.h"
#include "lib/kernel/arch/lib/include/asm/lk_layout.h"
#include "lk/device.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

/*
 * The kernel's command line: quiet until it is up (a panic is heard anyway); no interfaces that nobody asked for; conntrack's table not
 * by our small memory, but for 131,072 connections; packets leave in the order in which they came, as from a veth.
 */
#define WORDS                                                                                                          \
	"loglevel=3 lk.console fb_tunnels=none dummy.numdummies=0 ifb.numifbs=0 bonding.max_bonds=0 "                     \
	"sch_teql.max_equalizers=0 nf_conntrack.hashsize=16384 sysctl.net.core.default_qdisc=pfifo"

#define MEMORY_MIN (16ul << 20)
#define MEMORY_STEP (4ul << 20)

static struct lk_device *devices[LK_DEVICES];
static unsigned device_count;
static size_t memory_size;
static char cmdline[2048];

extern char lk_guest_image_start[], lk_guest_image_end[]; /* from guest.lds: data and bss of the guest's object */

int lk_device_add(struct lk_device *d)
{
	if (device_count == LK_DEVICES || memory_size)
		return -ENOSPC;
	d->number = device_count;
	devices[device_count] = d;
	return device_count++;
}

void lk_device_irq(struct lk_device *d)
{
	lk_guest_irq(d->number);
}

static bool within(uint64_t addr, uint64_t len, uint64_t start, uint64_t end)
{
	return addr >= start && addr <= end && len <= end - addr;
}

bool lk_guest_memory(uint64_t addr, uint64_t len)
{
	return within(addr, len, LK_MEMORY_BASE, LK_MEMORY_BASE + memory_size) ||
	       within(addr, len, (uintptr_t)lk_guest_image_start, (uintptr_t)lk_guest_image_end);
}

static unsigned long long mmio_read(unsigned dev, unsigned off, unsigned size)
{
	return dev < device_count ? devices[dev]->read(devices[dev], off, size) : 0;
}

static void mmio_write(unsigned dev, unsigned off, unsigned size, unsigned long long val)
{
	if (dev < device_count)
		devices[dev]->write(devices[dev], off, size, val);
}

static struct lk_host_ops ops = {
	.version = LK_HOST_VERSION,
	.time_ns = lk_clock_time,
	.wall_ns = lk_clock_wall,
	.random = lk_random_fill,
	.console = lk_console,
	.panic = lk_panic,
	.mmio_read = mmio_read,
	.mmio_write = mmio_write,
	.nic_info = lk_direct_info,
	.nic_send = lk_direct_send,
};

void lk_run(void)
{
	bool again;
	unsigned i;

	do {
		for (i = 0; i < device_count; i++)
			devices[i]->before(devices[i]);
		lk_guest_run();
		again = false;
		for (i = 0; i < device_count; i++)
			again |= devices[i]->after(devices[i]);
	} while (again);
	lk_calls_finish();
}

uint64_t lk_deadline_ns(void)
{
	return lk_guest_deadline();
}

/* While it boots the guest's clocks go by ticks that it may miss: set the wall clock when the right clock source has taken over. */
static void set_wall_clock(void)
{
	const uint64_t now = lk_clock_wall();
	const struct timespec ts = { .tv_sec = now / NS_PER_S, .tv_nsec = now % NS_PER_S };

	lk_syscall(__NR_clock_settime, CLOCK_REALTIME, (long)&ts, 0, 0, 0, 0);
}

static void sleep_until(uint64_t when)
{
	struct timespec ts = { .tv_sec = when / NS_PER_S, .tv_nsec = when % NS_PER_S };

	if (lk_clock_virtual())
		lk_time_advance(when);
	else
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
			;
}

/*
 * What a boot writes anyway: its first allocations at the start, the map of pages (64 bytes for each of 4,096) at the end. Asked for in
 * two calls instead of by hundreds of page faults; the rest stays untouched. An older host kernel says no, which does no harm.
 */
static void populate(size_t size)
{
	const size_t first = 1ul << 20, map = size / 64;

	madvise((void *)LK_MEMORY_BASE, first, MADV_POPULATE_WRITE);
	madvise((void *)(LK_MEMORY_BASE + size - map), map, MADV_POPULATE_WRITE);
}

int lk_boot(const struct lk_boot_params *p)
{
	size_t size = p->memory ? p->memory & ~(MEMORY_STEP - 1) : LK_MEMORY_DEFAULT;
	int err;

	if (memory_size)
		return -EBUSY;
	if (size < MEMORY_MIN || size > LK_MEMORY_MAX)
		return -EINVAL;
	if (mmap((void *)LK_MEMORY_BASE, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0) != (void *)LK_MEMORY_BASE)
		return errno ? -errno : -EEXIST;
	memory_size = size;
	populate(size);
	lk_clock_start(p);
	lk_random_start(p->seed);
	lk_crash_catch();
	snprintf(cmdline, sizeof(cmdline), "%s %s", WORDS, p->cmdline ? p->cmdline : "");
	ops.devices = device_count;
	ops.nics = lk_direct_count();
	ops.memory_size = size;
	ops.cmdline = cmdline;
	err = lk_guest_start(&ops);
	while (!err && !lk_guest_ready()) {
		uint64_t next = lk_deadline_ns();

		if (next == UINT64_MAX)
			return -EDEADLK;
		sleep_until(next);
		lk_run();
	}
	if (!err)
		set_wall_clock();
	return err;
}
