/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/exec.c - stdpkt exec: a program against a running element's guest, with the caller's terminal and descriptors */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/control.h"
#include "cmd/element.h"

static const char help[] = "usage: stdpkt exec NAME|PID -- COMMAND [ARG...]\n"
			   "Runs COMMAND so that its network calls are served by the stack of a running element ('stdpkt ls' lists them).\n"
			   "Exit status: COMMAND's (128 + N when signal N ended it); 1 no such element, 100 wrong usage, 111 system,\n"
			   "127 COMMAND not found, 126 COMMAND cannot be run.\n";

int cmd_exec(int argc, char **argv)
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	static const int fds[3] = { 0, 1, 2 };
	char name[64], reply[256];
	int c, sock, listener, st;
	pid_t pid;

	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, "+h", longs, NULL)) != -1) {
		if (c != 'h')
			cmd_usage_error("unknown option '%s'", argv[optind - 1]);
		fputs(help, stdout);
		return CMD_OK;
	}
	if (!argv[optind])
		cmd_usage_error("no element named");
	c = optind + 1;
	if (argv[c] && !strcmp(argv[c], "--"))
		c++;
	if (!argv[c])
		cmd_usage_error("no command");
	control_find(argv[optind], name, sizeof(name));
	sock = control_connect(name);
	if (sock < 0)
		cmd_die(CMD_NO, "unable to reach %s: %s", name, sock == -EPERM ? "it belongs to another user" : strerror(-sock));
	/* a terminal's interrupt is for the command: we end with it */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	environ = spawn_environment(name); /* COMMAND is looked for in the wider PATH as well */
	pid = lk_attach_spawn(argv + c, environ, fds, 0, control_pid(name), &listener);
	if (pid < 0)
		spawn_failed(argv[c], -pid);
	st = control_ask(sock, "exec", listener, reply, sizeof(reply), CONTROL_PATIENCE);
	if (st < 0 || strcmp(reply, "ok")) {
		kill(pid, SIGKILL);
		cmd_die(CMD_SYSTEM, "%s does not serve: %s", name, st == -ETIMEDOUT ? "no answer; is it stopped?" : st < 0 ? strerror(-st) : reply);
	}
	close(listener);
	while (waitpid(pid, &st, 0) < 0)
		if (errno != EINTR)
			cmd_die(CMD_SYSTEM, "unable to wait for %s: %s", argv[c], strerror(errno));
	return WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
}
