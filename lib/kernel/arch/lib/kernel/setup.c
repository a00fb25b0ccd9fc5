// SPDX-License-Identifier: GPL-2.0-only
/* arch/lib/kernel/setup.c - from the host's call to start_kernel(), and what it asks of an architecture */
#include <linux/console.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/panic_notifier.h>
#include <linux/reboot.h>
#include <linux/sched/task_stack.h>
#include <linux/seq_file.h>
#include <linux/start_kernel.h>
#include <asm/sections.h>
#include <asm/archrandom.h>
#include <asm/setup.h>
#include "lk.h"

const struct lk_host_ops *lk_host;
unsigned long lk_memory_end;
static char cmdline[COMMAND_LINE_SIZE];

static int panicked(struct notifier_block *nb, unsigned long event, void *why)
{
	console_flush_on_panic(CONSOLE_FLUSH_PENDING);
	lk_host->panic(why);
	return NOTIFY_DONE;
}

static struct notifier_block panic_block = { .notifier_call = panicked };

void __init setup_arch(char **cmdline_p)
{
	strscpy(cmdline, lk_host->cmdline, sizeof(cmdline));
	strscpy(boot_command_line, cmdline, COMMAND_LINE_SIZE);
	*cmdline_p = cmdline;
	setup_initial_init_mm(_stext, _etext, _edata, _end);
	atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
	memblock_add(LK_MEMORY_BASE, lk_host->memory_size);
	lk_memory_end = LK_MEMORY_BASE + lk_host->memory_size;
	min_low_pfn = PFN_UP(LK_MEMORY_BASE);
	max_low_pfn = max_pfn = PFN_DOWN(lk_memory_end);
	parse_early_param();
	lk_memory_init();
}

size_t lk_random_longs(unsigned long *v, size_t n)
{
	lk_host->random(v, n * sizeof(*v));
	return n;
}

/* The CRNG is ready from the first moment: what the host gives is trusted. */
static int __init seed_crng(void)
{
	u8 seed[32];

	lk_host->random(seed, sizeof(seed));
	add_bootloader_randomness(seed, sizeof(seed));
	memzero_explicit(seed, sizeof(seed));
	return 0;
}
early_initcall(seed_crng);

void machine_restart(char *cmd)
{
	lk_host->panic("the guest asked for a restart");
}

void machine_halt(void)
{
	lk_host->panic("the guest asked for a halt");
}

void machine_power_off(void)
{
	lk_host->panic("the guest asked for power off");
}

static int cpuinfo_show(struct seq_file *m, void *v)
{
	seq_puts(m, "processor\t: 0\nmodel name\t: library kernel\n");
	return 0;
}

static void *cpuinfo_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? NULL : (void *)1;
}

static void *cpuinfo_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return NULL;
}

static void cpuinfo_stop(struct seq_file *m, void *v)
{
}

const struct seq_operations cpuinfo_op = {
	.start = cpuinfo_start,
	.next = cpuinfo_next,
	.stop = cpuinfo_stop,
	.show = cpuinfo_show,
};
