/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/message.c - lines for the user, on stderr */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"

const char *cmd_name = "stdpkt";

static void line(const char *fmt, va_list ap)
{
	fprintf(stderr, "%s: ", cmd_name);
	vfprintf(stderr, fmt, ap);
}

void cmd_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void cmd_die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

void cmd_usage_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(fmt, ap);
	va_end(ap);
	fprintf(stderr, "; try '%s --help'\n", cmd_name);
	exit(CMD_USAGE);
}

void *cmd_must(void *mem)
{
	if (!mem)
		cmd_die(CMD_SYSTEM, "out of memory");
	return mem;
}

unsigned long cmd_number(const char *text, const char *what, unsigned long min, unsigned long max)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 0);
	if (errno || end == text || *end || v < min || v > max || strchr(text, '-'))
		cmd_usage_error("%s '%s' is not a number from %lu to %lu", what, text, min, max);
	return v;
}
