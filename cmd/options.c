// SPDX-License-Identifier: GPL-2.0-only
/* cmd/options.c - what several commands' command lines have in common: options of an element, and variables that stand for them */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/cmd.h"
#include "cmd/element.h"
#include "lk/boot.h"

const struct option cmd_run_longs[] = {
	{ "port", required_argument, NULL, 'p' },	      { "output", required_argument, NULL, 'o' },
	{ "name", required_argument, NULL, 'n' },	      { "bare", no_argument, NULL, 'b' },
	{ "mtu", required_argument, NULL, CMD_OPT_MTU },      { "memory", required_argument, NULL, CMD_OPT_MEMORY },
	{ "link", required_argument, NULL, CMD_OPT_LINK },    { "nic", required_argument, NULL, CMD_OPT_NIC },
	{ "seed", required_argument, NULL, CMD_OPT_SEED },    { "clock", required_argument, NULL, CMD_OPT_CLOCK },
	{ "kernel", required_argument, NULL, CMD_OPT_KERNEL }, { "help", no_argument, NULL, 'h' }, { 0 },
};

enum pkt_format cmd_output_format(const char *name, const char *from)
{
	const enum pkt_format fmt = pkt_format_by_name(name);

	if (fmt != PKT_FMT_TEXT && fmt != PKT_FMT_PCAPNG && fmt != PKT_FMT_PCAP)
		cmd_usage_error("%s '%s': text, pcapng and pcap can be written", from, name);
	return fmt;
}

static enum lk_leave link_format(const char *name, const char *from)
{
	switch (pkt_format_by_name(name)) {
	case PKT_FMT_RING:
		return LK_LEAVE_RING;
	case PKT_FMT_BIN:
		return LK_LEAVE_BIN;
	case PKT_FMT_TEXT:
		return LK_LEAVE_TEXT;
	default:
		cmd_usage_error("%s '%s': ring, bin and text are there", from, name);
	}
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

void cmd_element_environment(struct element_options *o)
{
	const char *value = variable("STDPKT_OUTPUT");

	if (value)
		o->output = cmd_output_format(value, "STDPKT_OUTPUT");
	value = variable("STDPKT_LINK");
	if (value)
		o->leave = link_format(value, "STDPKT_LINK");
}

void cmd_element_option(struct element_options *o, int c, char *const argv[])
{
	switch (c) {
	case 'o':
		o->output = cmd_output_format(optarg, "output format");
		break;
	case 'n':
		o->name = optarg;
		break;
	case CMD_OPT_LINK:
		o->leave = link_format(optarg, "link");
		break;
	case CMD_OPT_MTU:
		o->mtu = cmd_number(optarg, "MTU", 68, 65535 - 18);
		break;
	case CMD_OPT_MEMORY:
		o->memory = cmd_number(optarg, "memory", 16, LK_MEMORY_MAX >> 20) << 20;
		break;
	case CMD_OPT_SEED:
		o->seed = cmd_number(optarg, "seed", 1, -1ul);
		break;
	case ':':
		cmd_usage_error("option '%s' needs an argument", argv[optind - 1]);
	default:
		cmd_usage_error("unknown option '%s'", argv[optind - 1]);
	}
}

void cmd_port_option(const char *ports[], int *n, const char *spec)
{
	if (*n == ELEMENT_PORTS)
		cmd_usage_error("more than %d ports", ELEMENT_PORTS);
	ports[(*n)++] = spec;
}

int cmd_first_line(const char *script, char *words[CMD_FIRST_WORDS])
{
	static char line[512]; /* the words point into it */
	FILE *f = fopen(script, "re");
	struct stat st;
	char *at;
	int n = 0;

	if (!f)
		return -errno;
	if (fstat(fileno(f), &st) || !S_ISREG(st.st_mode)) {
		fclose(f);
		return -EINVAL;
	}
	at = fgets(line, sizeof(line), f);
	fclose(f);
	if (!at || strncmp(line, "#!", 2) || !(at = strstr(line, "stdpkt run")))
		return 0;
	for (at = strtok(at + strlen("stdpkt "), " \t\n"); at && n < CMD_FIRST_WORDS - 1; at = strtok(NULL, " \t\n"))
		words[n++] = at;
	words[n] = NULL;
	return n;
}

void cmd_keep_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) /* the lowest that is free */
			cmd_die(CMD_SYSTEM, "unable to open /dev/null: %s", strerror(errno));
}
