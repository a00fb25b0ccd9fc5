/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/shell.c - stdpkt shell: a guest without a stream, and a shell or any command whose network it is */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/element.h"
#include "lk/boot.h"

static const char help[] = "usage: stdpkt shell [OPTION...] [COMMAND [ARG...]]\n"
			   "Boots a Linux network stack and runs COMMAND (default: your shell) in it: every program started from there sees the guest's\n"
			   "interfaces, rules and sockets, not the host's. It ends with COMMAND, and everything set in it is gone.\n"
			   "\n"
			   "  -p, --ports N     network cards p0, p1, ... plugged into nothing (default 0)\n"
			   "  -n, --name NAME   name of the element, for 'stdpkt exec' and 'stdpkt ls' (default: shell)\n"
			   "  -r, --root        tell COMMAND that it is root, as tools ask that insist on it; on the host it gains nothing\n"
			   "      --memory MIB  for the guest (default 128)\n"
			   "      --seed N      determines the guest's randomness\n"
			   "\n"
			   "Exit status: COMMAND's; 100 wrong usage, 111 system, 127 COMMAND not found, 126 it cannot be run.\n";

int cmd_shell(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "ports", required_argument, NULL, 'p' }, { "name", required_argument, NULL, 'n' }, { "root", no_argument, NULL, 'r' },
		{ "memory", required_argument, NULL, CMD_OPT_MEMORY },
		{ "seed", required_argument, NULL, CMD_OPT_SEED }, { "help", no_argument, NULL, 'h' },	     { 0 },
	};
	static const int fds[3] = { 0, 1, 2 };
	static struct element e;
	struct element_options opt = { 0 };
	const char *env = getenv("SHELL");
	char *shell[] = { (char *)(uintptr_t)(env && *env ? env : "/bin/sh"), NULL };
	int c, ports = 0;

	opterr = 0;
	optind = 1;
	cmd_keep_standard_descriptors();
	while ((c = getopt_long(argc, argv, "+:p:n:rh", longs, NULL)) != -1) {
		switch (c) {
		case 'p':
			ports = cmd_number(optarg, "number of ports", 0, ELEMENT_PORTS);
			break;
		case 'r':
			opt.root = true;
			break;
		case 'h':
			fputs(help, stdout);
			return CMD_OK;
		default:
			cmd_element_option(&opt, c, argv);
		}
	}
	lk_attach_guard();
	element_init(&e, &opt, opt.name ? opt.name : "shell");
	for (c = 0; c < ports; c++) {
		char spec[32];

		snprintf(spec, sizeof(spec), "p%d=null", c);
		element_add_port(&e, spec);
	}
	element_boot(&e);
	guest_as_host();
	element_start_program(&e, argv[optind] ? argv + optind : shell, fds);
	e.script_foreground = true;
	element_pass(&e);
	return element_main(&e);
}
