// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/pkt_cat.c - stdpkt cat: live, quiet when the reader has gone, status 1 for bad input
 *
 * The command is compiled in and runs in a child; no sleep: waiting is poll(2) with a deadline.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#endif
#include "cmd/cat.c"
#include "cmd/write.c"

#include <stdarg.h>
#include <sys/wait.h>

#include "test/unit/t.h"

#define DEADLINE_MS 10000
#define LINE "- - - 1 - - - - - - - 00\n"

const char *cmd_name = "stdpkt cat";

static void message(const char *fmt, va_list ap)
{
	fprintf(stderr, "%s: ", cmd_name);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void cmd_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(fmt, ap);
	va_end(ap);
}

void cmd_die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(fmt, ap);
	va_end(ap);
	exit(status);
}

void cmd_usage_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(fmt, ap);
	va_end(ap);
	exit(CMD_USAGE);
}

struct child {
	pid_t pid;
	int in, out, err;
};

static struct child start(const char *const args[])
{
	const char *argv[8] = { "cat" };
	int in[2], out[2], err[2], argc = 1;
	struct child c;

	for (; args && *args; args++)
		argv[argc++] = *args;
	if (pipe(in) || pipe(out) || pipe(err))
		exit(111);
	fflush(NULL);
	c.pid = fork();
	if (!c.pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		close(in[0]);
		close(in[1]);
		close(out[0]);
		close(out[1]);
		close(err[0]);
		close(err[1]);
		exit(cmd_cat(argc, (char **)(uintptr_t)argv));
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	c.in = in[1];
	c.out = out[0];
	c.err = err[0];
	return c;
}

static void feed(struct child *c, const char *s, size_t n)
{
	if (write(c->in, s, n) != (ssize_t)n)
		exit(111);
}

/* Read until there are n bytes, the end, or the deadline. */
static size_t take(int fd, char *to, size_t n)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t got = 0;
	ssize_t r;

	while (got < n && poll(&p, 1, DEADLINE_MS) == 1 && (r = read(fd, to + got, n - got)) > 0)
		got += (size_t)r;
	return got;
}

static int finish(struct child *c)
{
	int status = -1;

	if (c->in >= 0)
		close(c->in);
	if (c->out >= 0)
		close(c->out);
	waitpid(c->pid, &status, 0);
	close(c->err);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

static void test_live(void)
{
	static const char head[] = "#stdpkt 1\n" LINE;
	struct child c = start(NULL);
	char got[4096];
	size_t n;

	feed(&c, LINE, sizeof(LINE) - 1);
	n = take(c.out, got, sizeof(head) - 1);
	T_OK(n == sizeof(head) - 1 && !memcmp(got, head, n), "a frame comes out while more may come in");
	feed(&c, LINE LINE "-", 2 * (sizeof(LINE) - 1) + 1);
	n = take(c.out, got, 2 * (sizeof(LINE) - 1));
	T_OK(n == 2 * (sizeof(LINE) - 1), "... and the next, with a part of one behind them");
	close(c.in);
	c.in = -1;
	n = take(c.err, got, sizeof(got) - 1);
	got[n] = 0;
	T_OK(strstr(got, "stdpkt cat: stdin: cut inside line 4"), "the cut one is named");
	T_OK(finish(&c) == 1, "... status 1");
}

static void test_gone(void)
{
	struct child c = start(NULL);
	char got[4096];
	size_t n;

	close(c.out);
	c.out = -1;
	feed(&c, LINE, sizeof(LINE) - 1);
	n = take(c.err, got, sizeof(got));
	T_OK(!n && finish(&c) == 0, "the reader has gone: quiet, status 0");
}

static void test_status(void)
{
	struct child c = start(NULL);
	char got[4096];

	feed(&c, "#stdpkt 1\nbad\n" LINE "bad\n", 10 + 4 + sizeof(LINE) - 1 + 4);
	close(c.in);
	c.in = -1;
	T_OK(take(c.out, got, sizeof(got)) == 10 + sizeof(LINE) - 1 && finish(&c) == 1, "goes on after a bad line, status 1");
	c = start((const char *const[]){ "/nonexistent/file", "-", NULL });
	feed(&c, LINE, sizeof(LINE) - 1);
	close(c.in);
	c.in = -1;
	T_OK(take(c.out, got, sizeof(got)) == 10 + sizeof(LINE) - 1 && finish(&c) == 1, "goes on after a missing file, status 1");
	c = start(NULL);
	close(c.in);
	c.in = -1;
	T_OK(take(c.out, got, sizeof(got)) == 10 && finish(&c) == 0, "nothing in: a head out, status 0");
	c = start((const char *const[]){ "-o", "bin", NULL });
	T_OK(finish(&c) == 100, "an unknown format: status 100");
	c = start((const char *const[]){ "--nonsense", NULL });
	T_OK(finish(&c) == 100, "an unknown option: status 100");
	c = start((const char *const[]){ "-o", "pcap", "-", NULL });
	feed(&c, LINE, sizeof(LINE) - 1);
	close(c.in);
	c.in = -1;
	T_OK(take(c.out, got, sizeof(got)) == 24 + 16 + 1 && finish(&c) == 0, "-o pcap");
}

/* A pipe takes 64 KiB at a time: short writes, and nothing is lost. */
static void test_much(void)
{
	enum { FRAMES = 40000 };
	static char got[FRAMES * (sizeof(LINE) - 1) + 64];
	struct child c = start(NULL);
	size_t n, want = 10 + (size_t)FRAMES * (sizeof(LINE) - 1);
	pid_t feeder;
	int i;

	fcntl(c.out, F_SETPIPE_SZ, 4096);
	feeder = fork();
	if (!feeder) {
		for (i = 0; i < FRAMES; i++)
			feed(&c, LINE, sizeof(LINE) - 1);
		_exit(0);
	}
	close(c.in);
	c.in = -1;
	n = take(c.out, got, sizeof(got));
	waitpid(feeder, NULL, 0);
	T_OK(n == want && finish(&c) == 0, "1 MB through small pipes");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_live();
	test_gone();
	test_status();
	test_much();
	return t_done();
}
