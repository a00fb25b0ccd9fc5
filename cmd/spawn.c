/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/spawn.c - the environment of programs that run against a guest */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/element.h"

#define SBIN "/usr/local/sbin:/usr/sbin:/sbin"

/*
 * spawn_environment() - ours, with STDPKT_ELEMENT (how `stdpkt up` finds its element) and PATH widened by the folders of the
 * network tools, which are not in an ordinary user's, and by our own. The same at each call, never freed: a process has to do with one
 * element.
 */
char **spawn_environment(const char *element)
{
	const char *path = getenv("PATH");
	char own[PATH_MAX] = "";
	static char **env;
	size_t n = 0, k = 0;
	char *text;

	if (env)
		return env;
	while (environ[n])
		n++;
	env = calloc(n + 3, sizeof(*env));
	if (!env)
		cmd_die(CMD_SYSTEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		if (strncmp(environ[i], "PATH=", 5) && strncmp(environ[i], "STDPKT_ELEMENT=", 15))
			env[k++] = environ[i];
	if (readlink("/proc/self/exe", own, sizeof(own) - 1) > 0)
		*strrchr(own, '/') = 0;
	if (asprintf(&text, "PATH=%s:" SBIN "%s%s", path && *path ? path : "/usr/local/bin:/usr/bin:/bin", *own ? ":" : "", own) < 0)
		cmd_die(CMD_SYSTEM, "out of memory");
	env[k++] = text;
	if (asprintf(&text, "STDPKT_ELEMENT=%s", element) < 0)
		cmd_die(CMD_SYSTEM, "out of memory");
	env[k] = text;
	return env;
}

void spawn_failed(const char *program, int err)
{
	const char *served_by = getenv("STDPKT_ELEMENT");

	if (err == EBUSY) /* of seccomp(2): a program has one listener */
		cmd_die(CMD_SYSTEM, "unable to start %s: this is a program of element %s, inside of which there is no further one; start it outside", program,
			served_by ? served_by : "(?)");
	cmd_die(CMD_SYSTEM, "unable to start %s: %s", program, strerror(err));
}
