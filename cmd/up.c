/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/up.c - stdpkt up: in a function's script, "set-up is done": packets flow while the script runs on, and the element ends with it */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/control.h"

static const char help[] = "usage: stdpkt up\n"
			   "In a function's script: the set-up is done, packets flow from now on. The element then ends when the script does,\n"
			   "with its exit status. (Without it they flow when the script has ended, and the element ends with its input.)\n";

int cmd_up(int argc, char **argv)
{
	const char *element = getenv("STDPKT_ELEMENT");
	char reply[256];
	int sock;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(help, stdout);
		return CMD_OK;
	}
	if (argc > 1)
		cmd_usage_error("takes no argument");
	if (!element)
		cmd_die(CMD_USAGE, "only for scripts that 'stdpkt run' runs");
	sock = control_connect(element);
	if (sock < 0)
		cmd_die(CMD_SYSTEM, "unable to reach element %s: %s", element, strerror(-sock));
	if (control_ask(sock, "up", -1, reply, sizeof(reply), CONTROL_PATIENCE) < 0 || strcmp(reply, "ok"))
		cmd_die(CMD_SYSTEM, "element %s did not answer", element);
	close(sock);
	return CMD_OK;
}
