/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/unit/chain.h - pipelines of elements without a guest, and what is checked of them
 *
 * A test program is its own element: `link_test element gen a -c 10`. A case is a pipeline for sh, where $E is that command; the
 * elements' last lines on stderr are what is checked. Nothing sleeps: an element has a deadline (alarm), and so has
 * the test.
 */
#ifndef TEST_UNIT_CHAIN_H
#define TEST_UNIT_CHAIN_H

#include "test/unit/element.h"
#include "test/unit/t.h"

#include <poll.h>
#include <sys/wait.h>

static char dir[] = "/tmp/link_test.XXXXXX";
static char self[4096];
static char err_text[1 << 18], out_text[1 << 16];
static size_t out_len;

static inline size_t slurp(const char *name, char *buf, size_t size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t r;

	while (fd >= 0 && n + 1 < size && (r = read(fd, buf + n, size - 1 - n)) > 0)
		n += (size_t)r;
	if (fd >= 0)
		close(fd);
	buf[n] = 0;
	return n;
}

static inline void spit(const char *name, const void *data, size_t n)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, data, n) != (ssize_t)n)
		abort();
	close(fd);
}

static inline int status_of(pid_t pid)
{
	int st;

	while (waitpid(pid, &st, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
}

static inline void collect(void)
{
	slurp("err", err_text, sizeof(err_text));
	out_len = slurp("out", out_text, sizeof(out_text));
}

/* A pipeline in sh, in the test's folder; stdout in "out", stderr in "err". The exit status is the last stage's. */
static inline int run(const char *line)
{
	pid_t pid;
	int rc;

	unlink("err");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		int in = open("/dev/null", O_RDONLY), out = open("out", O_WRONLY | O_CREAT | O_TRUNC, 0644);
		int err = open("err", O_WRONLY | O_CREAT | O_APPEND, 0644);

		dup2(in, 0);
		dup2(out, 1);
		dup2(err, 2);
		execl("/bin/sh", "sh", "-c", line, NULL);
		_exit(127);
	}
	rc = status_of(pid);
	collect();
	return rc;
}

/* An element as a child with these descriptors as 0, 1; stderr in "err". No exec. */
static inline pid_t element(int in, int out, const char *role, const char *name, const char *opt, const char *val)
{
	char *argv[] = { self, (char *)role, (char *)name, (char *)opt, (char *)val, NULL };
	pid_t pid;
	int err;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	err = open("err", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
	dup2(err, 2);
	if (in >= 0)
		dup2(in, 0);
	if (out >= 0)
		dup2(out, 1);
	for (err = 3; err < 64; err++)
		close(err);
	_exit(element_main(opt ? 5 : 3, argv));
}

/* The number behind KEY= in the stats line of PORT; -1: there is none. */
static inline long stat_of(const char *port, const char *key)
{
	char what[96];
	const char *p, *q, *end;

	snprintf(what, sizeof(what), "stats %s ", port);
	p = strstr(err_text, what);
	if (!p)
		return -1;
	end = strchrnul(p, '\n');
	snprintf(what, sizeof(what), " %s=", key);
	q = strstr(p, what);
	return q && q < end ? atol(q + strlen(what)) : -1;
}

static inline bool is(const char *port, const char *word)
{
	char what[96];
	const char *p, *q;

	snprintf(what, sizeof(what), "stats %s ", port);
	p = strstr(err_text, what);
	q = p ? strstr(p, " is=") : NULL;
	return q && !strncmp(q + 4, word, strlen(word));
}

static inline int said(const char *what)
{
	const char *p = err_text;
	int n = 0;

	while ((p = strstr(p, what))) {
		n++;
		p += strlen(what);
	}
	return n;
}

static inline bool check(bool good, const char *name)
{
	if (!T_OK(good, name)) {
		printf("%s", err_text);
		return false;
	}
	return true;
}

/* ---- streams made here ---- */

struct made {
	struct pkt_buf b;
	size_t end[64]; /* offsets at which a record ends */
	size_t ends;
	size_t frame_end[64];
	size_t frames;
};

/* What has been written from @at on ends with a record, or with several blocks of pcapng: interfaces come before frames. */
static inline void note_ends(struct made *m, enum pkt_format fmt, size_t at)
{
	if (fmt == PKT_FMT_PCAPNG)
		for (uint32_t n = 0; at + 8 < m->b.len; at += n) {
			memcpy(&n, m->b.data + at + 4, 4);
			m->end[m->ends++] = at + n;
		}
	else
		m->end[m->ends++] = m->b.len;
}

static inline void make(struct made *m, enum pkt_format fmt, const char *link, size_t frames, size_t size)
{
	static unsigned char data[300000];
	struct pkt_frame f = { .data = data, .caplen = (uint32_t)size, .len = (uint32_t)size };
	struct pkt_writer w;
	size_t i, at;

	memset(m, 0, sizeof(*m));
	pkt_writer_init(&w, fmt, link, 1500);
	pkt_write_begin(&w, &m->b);
	note_ends(m, fmt, 0);
	for (i = 0; i < frames; i++) {
		memset(data, (int)i, size);
		memset(data, 0, 14);
		data[0] = data[6] = 2;
		data[12] = 0x88;
		data[13] = 0xb5;
		if (size >= 22)
			memcpy(data + 14, &i, 8);
		f.ts_ns = 1700000000000000000u + i;
		at = m->b.len;
		if (pkt_write_frame(&w, &m->b, &f))
			abort();
		note_ends(m, fmt, at);
		m->frame_end[m->frames++] = m->b.len;
	}
	pkt_writer_fini(&w);
}

/* ---- start and end of a test program ---- */

/* True: this process is an element, *status is its exit status. Otherwise the test begins, in a folder of its own. */
static inline bool chain_begin(int argc, char **argv, int *status)
{
	char env[4200];
	ssize_t n;

	if (argc > 3 && !strcmp(argv[1], "element")) {
		*status = element_main(argc - 1, argv + 1);
		return true;
	}
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0 || !mkdtemp(dir) || chdir(dir)) {
		*status = 111;
		return true;
	}
	snprintf(env, sizeof(env), "%s element", self);
	setenv("E", env, 1);
	signal(SIGPIPE, SIG_IGN);
	alarm(600);
	return false;
}

/* The folder stays when something failed. */
static inline int chain_end(void)
{
	char cmd[64];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	if (!t_failed && system(cmd))
		return 111;
	return t_done();
}

#endif
