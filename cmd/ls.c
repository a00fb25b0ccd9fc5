/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/ls.c - stdpkt ls: running elements, their ports and counters */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/control.h"

static const char help[] =
	"usage: stdpkt ls [NAME|PID...]\n"
	"Lists the user's running elements, a line a port: what it is plugged into, frames and bytes taken in (rx) and given out (tx), frames\n"
	"dropped and why: oversize runt bad (from the stream), full noreturn gone (to it). What the guest itself drops is shown by\n"
	"'stdpkt exec NAME -- ip -s link'.\n";

static void show(const char *element, void *arg)
{
	char reply[CONTROL_MESSAGE_MAX], *line, *rest = reply;
	const int sock = control_connect(element);
	int got;

	if (sock < 0)
		return; /* another user's, or it has just ended */
	got = control_ask(sock, "ls", -1, reply, sizeof(reply), 1);
	if (got == -ETIMEDOUT)
		cmd_warn("%s: no answer; is it stopped?", element);
	if (got > 0) {
		while ((line = strsep(&rest, "\n")) && *line) {
			char *col[9], *at = line;
			int n = 0;

			while (n < 9 && (col[n] = strsep(&at, " ")))
				n++;
			if (n < 9)
				continue;
			printf("%-20s %-8s %-34s %10s %12s %10s %12s %8s %s\n", col[0], col[1], col[2], col[3], col[4], col[5], col[6], col[7], col[8]);
			++*(int *)arg;
		}
	}
	close(sock);
}

int cmd_ls(int argc, char **argv)
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	char name[64];
	int c, ports = 0;

	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c != 'h')
			cmd_usage_error("unknown option '%s'", argv[optind - 1]);
		fputs(help, stdout);
		return CMD_OK;
	}
	for (c = optind; argv[c]; c++)
		control_find(argv[c], name, sizeof(name)); /* an unknown name is an error before anything is printed */
	printf("%-20s %-8s %-34s %10s %12s %10s %12s %8s %s\n", "ELEMENT", "PORT", "MEDIUM", "RX-FRAMES", "RX-BYTES", "TX-FRAMES", "TX-BYTES", "DROPPED", "WHY");
	if (!argv[optind])
		control_list(show, &ports);
	for (; argv[optind]; optind++) {
		control_find(argv[optind], name, sizeof(name));
		show(name, &ports);
	}
	if (!ports && getenv("STDPKT_ELEMENT"))
		cmd_warn("a program of an element sees none; ask outside");
	if (fflush(stdout) || ferror(stdout))
		cmd_die(CMD_SYSTEM, "unable to write: %s", strerror(errno));
	return CMD_OK;
}
