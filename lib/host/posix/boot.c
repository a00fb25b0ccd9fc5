/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/host/posix/boot.c - the guest on a POSIX host: memory, devices, start, run
 *
 * The guest's memory is one mapping at a fixed address without reserved swap: what the guest does not touch costs nothing.
 * The guest's own static data lies in this executable. A guest of default size with no words of its own begins from the image that the
 * executable carries, if it does (image.c); any other boots.
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
 * by our small memory, but for 131,072 connections, nor TCP's buffers: windows as on a host, but no more than a link keeps; packets leave in the order in which they came, as
 * from a veth.
 */
#define WORDS                                                                                                          \
	"loglevel=3 lk.console fb_tunnels=none dummy.numdummies=0 ifb.numifbs=0 bonding.max_bonds=0 "                     \
	"sch_teql.max_equalizers=0 nf_conntrack.hashsize=16384 sysctl.net.core.default_qdisc=pfifo "                    \
	"sysctl.net.ipv4.tcp_rmem=\"4096 131072 4194304\" sysctl.net.ipv4.tcp_wmem=\"4096 16384 4194304\""

#define MEMORY_MIN (16ul << 20)
#define MEMORY_STEP (4ul << 20)

static struct lk_device *devices[LK_DEVICES];
static unsigned device_count;
static size_t memory_size;
static int image_cards = -1; /* cards that the image came with; -1: there was none */
static char cmdline[2048];

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
	       within(addr, len, (uintptr_t)lk_guest_data_start, (uintptr_t)lk_guest_data_end) ||
	       within(addr, len, (uintptr_t)lk_guest_bss_start, (uintptr_t)lk_guest_bss_end);
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

void lk_explain(unsigned packet, void (*tell)(const struct lk_guest_event *e))
{
	ops.event = tell;
	lk_guest_explain(packet);
}

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

int lk_boot_thaw(void)
{
	const int err = lk_call_special(LK_CALL_thaw, 0);

	if (!err)
		set_wall_clock();
	return err;
}

static void sleep_until(uint64_t when)
{
	const uint64_t now = lk_clock_time(), d = when > now ? when - now : 0;

	if (lk_clock_virtual())
		lk_time_advance(when);
	else
		nanosleep(&(struct timespec){ .tv_sec = d / NS_PER_S, .tv_nsec = d % NS_PER_S }, NULL);
}

/*
 * What a boot writes anyway: its first allocations at the start, the map of pages (64 bytes for each of 4,096) at the end. Asked for in
 * two calls instead of by hundreds of page faults; the rest stays untouched. In large pages where the host has them: what else a boot
 * writes is near the start. An older host kernel says no, which does no harm.
 */
static void populate(size_t size)
{
	const size_t first = 1ul << 20, near = 4ul << 20, map = size / 64;

	madvise((void *)LK_MEMORY_BASE, near, MADV_HUGEPAGE);
	madvise((void *)(LK_MEMORY_BASE + size - map), map, MADV_HUGEPAGE);
	madvise((void *)LK_MEMORY_BASE, first, MADV_POPULATE_WRITE);
	madvise((void *)(LK_MEMORY_BASE + size - map), map, MADV_POPULATE_WRITE);
}

/* Everything from nothing: start_kernel() to the point where calls are served. */
static int boot(void)
{
	int err;

	populate(memory_size);
	ops.devices = device_count;
	ops.memory_size = memory_size;
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

bool lk_boot_from_image(void)
{
	return image_cards >= 0;
}

int lk_direct_start(unsigned nic)
{
	return (int)nic < image_cards ? 0 : lk_call_special(LK_CALL_nic_add, nic);
}

size_t lk_boot_memory(void)
{
	return memory_size;
}

unsigned lk_boot_devices(void)
{
	return device_count;
}

int lk_boot(const struct lk_boot_params *p)
{
	size_t size = p->memory ? p->memory & ~(MEMORY_STEP - 1) : LK_MEMORY_DEFAULT;
	uint64_t at = NS_PER_S; /* not 0: code that takes 0 for "never" exists */
	int err;

	if (memory_size)
		return -EBUSY;
	if (size < MEMORY_MIN || size > LK_MEMORY_MAX)
		return -EINVAL;
	if (mmap((void *)LK_MEMORY_BASE, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0) != (void *)LK_MEMORY_BASE)
		return errno ? -errno : -EEXIST;
	memory_size = size;
	snprintf(cmdline, sizeof(cmdline), "%s %s", WORDS, p->cmdline ? p->cmdline : "");
	if (!p->cmdline && !p->cold && !device_count)
		image_cards = lk_image_map(size, &at);
	if (image_cards == -EBADMSG)
		return image_cards;
	lk_clock_start(p, at);
	lk_random_start(p->seed);
	lk_crash_catch();
	err = image_cards >= 0 ? lk_boot_thaw() : boot();
	/* a child that is forked to become another program has no use for it; copying it would cost the guest a fault a page */
	madvise((void *)LK_MEMORY_BASE, size, MADV_DONTFORK);
	return err;
}
