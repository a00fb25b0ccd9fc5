// SPDX-License-Identifier: GPL-2.0-only
/* arch/lib/kernel/console.c - kernel messages go to the host, which puts them on stderr */
#include <linux/console.h>
#include <linux/init.h>
#include "lk.h"

static void console_to_host(struct console *con, const char *text, unsigned int len)
{
	lk_host->console(text, len);
}

static struct console host_console = {
	.name = "host",
	.write = console_to_host,
	.flags = CON_PRINTBUFFER | CON_ENABLED | CON_ANYTIME,
	.index = -1,
};

static int __init host_console_start(char *unused)
{
	register_console(&host_console);
	return 0;
}
/* at the time of early parameters, so that a boot that fails says why; the host always passes "lk.console" */
early_param("lk.console", host_console_start);
