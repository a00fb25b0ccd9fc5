/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/stdpkt.c - the program: finds the subcommand */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/frozen.h"

static const struct {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *args, *help;
} commands[] = {
	{ "run", cmd_run, "[OPTION...] SCRIPT [ARG...]", "run a network function between stdin and stdout" },
	{ "shell", cmd_shell, "[OPTION...] [COMMAND [ARG...]]", "a network stack of its own for a shell or a command" },
	{ "freeze", cmd_freeze, "[OPTION...] SCRIPT [ARG...] -o FILE", "make a program of a function: it starts configured" },
	{ "exec", cmd_exec, "NAME|PID -- COMMAND [ARG...]", "run a command against a running element" },
	{ "ls", cmd_ls, "[NAME|PID...]", "list running elements, their links and counters" },
	{ "cat", cmd_cat, "[-f EXPR] [-i FMT] [-o FMT] [FILE...]", "filter and convert streams: text, pcapng, pcap, ..." },
	{ "make", cmd_make, "[-o FMT] [-f FILE|DESCRIPTION...]", "packets from descriptions: 'tcp 10.0.0.5:4000 > 192.0.2.2:22 syn'" },
	{ "fanout", cmd_fanout, "N [--] COMMAND [ARG...]", "N copies of a function side by side" },
	{ "duplex", cmd_duplex, "[-b COMMAND] COMMAND [ARG...]", "a filter command (grep, sed, awk) in both directions of a link" },
	{ "explain", cmd_explain, "[-f RULES|FUNCTION [ARG...]]", "what becomes of each packet of a capture, and why" },
	{ "up", cmd_up, "", "in a script: set-up is done, let packets flow" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *f)
{
	fputs("usage: stdpkt COMMAND ...\nLinux network functions as shell filters: stdin and stdout are the network cards.\n\n", f);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(f, "  %-9s%-38s%s\n", commands[i].name, commands[i].args, commands[i].help);
	fputs("\n'stdpkt COMMAND --help' says more; stdpkt(1) and stdpkt(7) all.\n", f);
}

/* What was printed has to be out: a help text into a full disk is no success. */
static int finish(int status)
{
	if ((fflush(stdout) || ferror(stdout)) && status == CMD_OK && errno != EPIPE)
		cmd_die(CMD_SYSTEM, "unable to write: %s", strerror(errno));
	return status;
}

int main(int argc, char **argv)
{
	const struct frozen *function = frozen_function();
	static char full[64], said[1024];

	setvbuf(stderr, said, _IOLBF, sizeof(said)); /* a line is one write: a chain has one stderr */
	if (function)
		return finish(frozen_main(function, argc, argv));

	if (argc < 2) {
		usage(stderr);
		return CMD_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return finish(CMD_OK);
	}
	if (!strcmp(argv[1], "--version")) {
		puts("stdpkt " STDPKT_VERSION);
		return finish(CMD_OK);
	}
	for (size_t i = 0; i < COMMANDS; i++) {
		if (!strcmp(argv[1], commands[i].name)) {
			snprintf(full, sizeof(full), "stdpkt %s", argv[1]);
			cmd_name = full;
			return finish(commands[i].main(argc - 1, argv + 1));
		}
	}
	cmd_usage_error("no command '%s'", argv[1]);
}
