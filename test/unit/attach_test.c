// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/attach_test.c - lib/attach against the stub: this program spawns itself, attached, in many roles (attach_roles.c)
 *
 * Runs as root and as nobody; `attach_test ROLE` runs a role unattached: then all must hold as well.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/attach/internal.h"
#include "test/unit/attach_roles.h"
#include "test/unit/attach_stub.h"
#include "test/unit/t.h"

/* ---- names ---- */

static void test_paths(void)
{
	static const struct {
		const char *in, *out; /* NULL: the host's */
	} t[] = {
		{ "/proc/net", "/proc/net" },
		{ "/proc/net/dev", "/proc/net/dev" },
		{ "/proc/network", NULL },
		{ "//proc/./net//dev", "/proc/net/dev" },
		{ "/proc/self/net/tcp", "/proc/net/tcp" },
		{ "/proc/thread-self/net", "/proc/net" },
		{ "/proc/4711/net/", "/proc/net/" },
		{ "/proc/4711/task/4712/net/dev", "/proc/net/dev" },
		{ "/proc/self/task/1/net", "/proc/net" },
		{ "/proc/self/network", NULL },
		{ "/proc/self/ns/net", "/proc/self/ns/net" },
		{ "/proc/4711/ns/net", "/proc/self/ns/net" },
		{ "/proc/self/ns/mnt", NULL },
		{ "/run/netns", "/run/netns" },
		{ "/var/run/netns/h1", "/run/netns/h1" },
		{ "/run/netnsx", NULL },
		{ "/proc/47x/net", NULL },
		{ "/proc//net/../self/stat", NULL },
		{ "/etc/../proc/net/dev", "/proc/net/dev" },
		{ "/../../proc/sys/net/.", "/proc/sys/net/" },
		{ "/proc/sys/net/ipv4/..", "/proc/sys/net/" },
		{ "/proc/sys/net/..", NULL },
		{ "/proc/sys/netx", NULL },
		{ "/sys/class/net/lo/", "/sys/class/net/lo/" },
		{ "/sys/class/net/lo/../eth0", "/sys/class/net/eth0" },
		{ "/sys/class", NULL },
		{ "/sys/devices/virtual/net/lo", "/sys/devices/virtual/net/lo" },
		{ "/sys/devices/platform/v.0/virtio0/net/left/mtu", "/sys/devices/platform/v.0/virtio0/net/left/mtu" },
		{ "/sys/devices/system/cpu", NULL },
		{ "/", NULL },
		{ "/..", NULL },
		{ "/tmp/file", NULL },
	};
	char out[64], tiny[8], name[96], longest[5000];
	pid_t pid;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		bool guest = att_path_guest(t[i].in, out, sizeof(out), &pid);

		snprintf(name, sizeof(name), "path %s", t[i].in);
		T_OK(guest == !!t[i].out && (!guest || !strcmp(out, t[i].out)), name);
	}
	T_OK(!att_path_guest("/proc/net/dev", tiny, sizeof(tiny), &pid), "path without room");
	memset(longest, '/', sizeof(longest));
	strcpy(longest + 4900, "proc/net");
	T_OK(att_path_guest(longest, out, sizeof(out), &pid) && !strcmp(out, "/proc/net"), "path of slashes");
	for (size_t room = 1; room < 12; room++) { /* the sanitizer looks for us */
		char *b = malloc(room);

		att_path_guest("/proc/net/", b, room, &pid);
		free(b);
	}
}

/* ---- the element ---- */

static pid_t start_with(const char *role, int in, int out, unsigned flags)
{
	char *argv[] = { "attach_test", (char *)(uintptr_t)role, NULL };
	const int fd[3] = { in, out, 2 };
	char path[4096];
	int listener;
	pid_t pid;
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return -1;
	path[n] = 0;
	argv[0] = path;
	pid = lk_attach_spawn(argv, environ, fd, flags, getpid(), &listener);
	if (pid > 0 && lk_attach_serve(stub_attach, listener))
		return -1;
	return pid;
}

static pid_t start(const char *role, int in, int out)
{
	return start_with(role, in, out, 0);
}

static unsigned open_now(void)
{
	struct lk_attach_stats st;

	lk_attach_stats(stub_attach, &st);
	return st.open;
}

static int fds_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	if (!d)
		return 0;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Serve until nothing is held any more, at most for a while. */
static bool settle(int fds)
{
	const uint64_t until = att_now_ns() + 20000000000ull;

	/* turns are no measure: many follow one another at once where something is ready */
	while (att_now_ns() < until && (open_now() || fds_open() > fds))
		stub_turn(10000000);
	if (open_now() || fds_open() > fds)
		fprintf(stderr, "# %u open, %d descriptors, %d before\n", open_now(), fds_open(), fds);
	return !open_now() && fds_open() <= fds;
}

static void serve_fd(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, 0) == 0)
		stub_turn(1000000);
}

static void test_all(const char *how)
{
	char name[64];
	int fds = fds_open(), st, p[2];
	pid_t a, b;

	for (size_t i = 0; attach_role(i); i++) {
		snprintf(name, sizeof(name), "%s: %s", how, attach_role(i));
		st = stub_wait(start(attach_role(i), 0, 1));
		if (st)
			fprintf(stderr, "# status %#x\n", (unsigned)st);
		T_OK(st == 0, name);
		snprintf(name, sizeof(name), "%s: nothing left after %s", how, attach_role(i));
		T_OK(settle(fds), name);
	}
	if (pipe(p))
		return;
	a = start("echo", 0, p[1]);
	b = start("ask", p[0], 1);
	close(p[0]);
	close(p[1]);
	st = stub_wait(b);
	snprintf(name, sizeof(name), "%s: two programs", how);
	T_OK(st == 0 && stub_wait(a) == 0, name);

	snprintf(name, sizeof(name), "%s: killed while blocked", how);
	st = 0;
	for (int i = 0; i < 20; i++) {
		char c;

		if (pipe(p))
			return;
		a = start("block", 0, p[1]);
		close(p[1]);
		serve_fd(p[0]);
		if (read(p[0], &c, 1) != 1)
			st = 1;
		for (int j = 0; j < i; j++)
			stub_turn(0); /* at various points */
		kill(a, SIGKILL);
		st |= stub_wait(a) != SIGKILL;
		close(p[0]);
	}
	T_OK(!st, name);
	unsigned seed = 42;

	for (int i = 0; i < 60; i++) { /* in the middle of whatever it does */
		static const char *const victim[] = { "hostile", "tcp", "threads", "storm", "msg", "files" };

		a = start(victim[i % 6], 0, 1);
		seed = seed * 1103515245u + 12345u;
		for (unsigned j = 0; j < (seed >> 16) % 700; j++)
			stub_turn(1000000);
		kill(a, SIGKILL);
		stub_wait(a);
	}
	snprintf(name, sizeof(name), "%s: nothing left of the killed", how);
	T_OK(settle(fds), name);
}

int main(int argc, char **argv)
{
	struct rlimit most;

	/* the element holds a descriptor for each of its programs' */
	if (!getrlimit(RLIMIT_NOFILE, &most) && most.rlim_cur < most.rlim_max) {
		most.rlim_cur = most.rlim_max < 8192 ? most.rlim_max : 8192;
		setrlimit(RLIMIT_NOFILE, &most);
	}
	int fds, n, bad = 0;
	struct lk_attach_stats s;

	if (attach_role_run(argc, argv, &n))
		return n;
	if (stub_start()) {
		perror("attach_test: unable to start");
		return 111;
	}
	setenv("ATTACHED", "1", 1);
	if (argc > 2 && !strcmp(argv[1], "-r")) { /* one role, attached */
		if (argc > 3)
			stub_sleep = (unsigned)atoi(argv[3]);
		n = stub_wait(start(argv[2], 0, 1));
		printf("status %#x, %s\n", (unsigned)n, settle(1000) ? "nothing left" : "something left");
		stub_stop();
		return n ? 1 : 0;
	}
	test_paths();
	stub_wait(start("opts", 0, 1));
	stub_wait(start("netns", 0, 1)); /* what the element keeps for itself is there from now on */
	test_all("plain");
	stub_sleep = 3;
	test_all("every third call sleeps");
	stub_sleep = 1;
	test_all("every call sleeps");
	stub_sleep = 0;

	T_OK(!stub_wait(start_with("caps", 0, 1, LK_ATTACH_ROOT)), "capabilities of who is told that it is root");
	fds = fds_open();
	for (n = 0; n < 1000; n++)
		bad |= stub_wait(start("short", 0, 1));
	T_OK(!bad, "a thousand short programs");
	T_OK(settle(fds), "they leave nothing behind");

	lk_attach_stats(stub_attach, &s);
	fprintf(stderr, "# %llu calls, %llu passed, %llu refused\n", (unsigned long long)s.calls, (unsigned long long)s.passed,
		(unsigned long long)s.refused);
	stub_wait(start("speed", 0, 2));
	/* the element goes while a program is blocked: its calls fail, it is not stuck */
	pid_t last = start("block", 0, 2);

	for (int i = 0; i < 20; i++)
		stub_turn(1000000);
	stub_stop();
	waitpid(last, &n, 0);
	T_OK(WIFEXITED(n), "a program whose element has gone");
	return t_done();
}
