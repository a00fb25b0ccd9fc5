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

/* ---- room in the pool: portions of any size, of which several wait, and none is written over ---- */

static bool intact(const struct iovec *v, int n, char byte)
{
	for (int i = 0; i < n; i++)
		for (size_t j = 0; j < v[i].iov_len; j++)
			if (((char *)v[i].iov_base)[j] != byte)
				return false;
	return true;
}

static void test_room(void)
{
	struct lk_attach a = { .be = &stub_backend };
	struct {
		struct iovec v[ATT_ROOM];
		int n;
		char byte;
	} waits[4] = { 0 };
	int s[2], whole = 1, none = 0, left = 0, lost = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s))
		return;
	srand(1);
	for (int i = 0; i < 2000; i++) {
		const struct att_obj o = { .gfd = s[0] };
		struct iovec v[ATT_ROOM];
		int w = i % 4, n;
		size_t len = 0, want, room = 0;

		whole &= intact(waits[w].v, waits[w].n, waits[w].byte);
		for (int k = 0; k < waits[w].n; k++)
			stub_chunk_put(waits[w].v[k].iov_base);
		waits[w].n = 0;
		n = att_room(&a, &o, v);
		for (int k = 0; k < n; k++) {
			memset(v[k].iov_base, i, v[k].iov_len); /* all of it may be written */
			room += v[k].iov_len;
		}
		none += !n;
		if (!n)
			continue;
		want = 1 + (size_t)rand() % (rand() % 2 ? room + 1 : 6000);
		waits[w].n = att_room_took(&a, v, want < room ? want : room);
		waits[w].byte = (char)i;
		memcpy(waits[w].v, v, sizeof(v));
		for (int k = 0; k < waits[w].n; k++)
			len += v[k].iov_len;
		lost |= len != (want < room ? want : room);
	}
	T_OK(whole && !lost, "room: what waits stays as it was");
	T_OK(none, "room: none, when all is in use");
	for (int w = 0; w < 4; w++)
		for (int k = 0; k < waits[w].n; k++)
			stub_chunk_put(waits[w].v[k].iov_base);
	att_room_free(&a);
	for (int k = 0; k < STUB_CHUNKS; k++)
		left += (int)stub_refs[k];
	T_OK(!left, "room: all of it is given back");
	T_OK(!att_room(&a, &(struct att_obj){ .gfd = -1 }, waits[0].v), "room: only for what is sent by a card that lends");
	close(s[0]);
	close(s[1]);
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
	test_room();
	stub_wait(start("opts", 0, 1));
	stub_wait(start("netns", 0, 1)); /* what the element keeps for itself is there from now on */
	test_all("plain");
	stub_sleep = 3;
	test_all("every third call sleeps");
	stub_sleep = 1;
	test_all("every call sleeps");
	stub_sleep = 0;
	stub_copies = true;
	T_OK(!stub_wait(start("tcp", 0, 1)) && !stub_wait(start("tail", 0, 1)), "connections that go out by no card that lends");
	stub_copies = false;

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
	n = (int)stub_stop();
	T_OK(stub_chunks_sent && stub_taken, "bytes of connections went without a copy");
	T_OK(!n, "nothing is left in use of the pool");
	waitpid(last, &n, 0);
	T_OK(WIFEXITED(n), "a program whose element has gone");
	return t_done();
}
