// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/link_test.c - links and media, by chains of elements without a guest
 *
 * The program is its own element: `link_test element gen a -c 10`. A case is a pipeline for sh, where $E is that command; the
 * elements' last lines on stderr are what is checked. Nothing sleeps: an element has a deadline (alarm), and so has the test.
 */
#include "test/unit/element.h"
#include "test/unit/t.h"
#include "lib/netdev/link.h"

#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static char dir[] = "/tmp/link_test.XXXXXX";
static char self[4096];
static char err_text[1 << 18], out_text[1 << 16];
static size_t out_len;

static size_t slurp(const char *name, char *buf, size_t size)
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

static void spit(const char *name, const void *data, size_t n)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, data, n) != (ssize_t)n)
		abort();
	close(fd);
}

static int status_of(pid_t pid)
{
	int st;

	while (waitpid(pid, &st, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
}

static void collect(void)
{
	slurp("err", err_text, sizeof(err_text));
	out_len = slurp("out", out_text, sizeof(out_text));
}

/* A pipeline in sh, in the test's folder; stdout in "out", stderr in "err". The exit status is the last stage's. */
static int run(const char *line)
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
static pid_t element(int in, int out, const char *role, const char *name, const char *opt, const char *val)
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
static long stat_of(const char *port, const char *key)
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

static bool is(const char *port, const char *word)
{
	char what[96];
	const char *p, *q;

	snprintf(what, sizeof(what), "stats %s ", port);
	p = strstr(err_text, what);
	q = p ? strstr(p, " is=") : NULL;
	return q && !strncmp(q + 4, word, strlen(word));
}

static int said(const char *what)
{
	const char *p = err_text;
	int n = 0;

	while ((p = strstr(p, what))) {
		n++;
		p += strlen(what);
	}
	return n;
}

static bool check(bool good, const char *name)
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

static void make(struct made *m, enum pkt_format fmt, const char *link, size_t frames, size_t size)
{
	static unsigned char data[300000];
	struct pkt_frame f = { .data = data, .caplen = (uint32_t)size, .len = (uint32_t)size };
	struct pkt_writer w;
	size_t i, at;

	memset(m, 0, sizeof(*m));
	pkt_writer_init(&w, fmt, link, 1500);
	pkt_write_begin(&w, &m->b);
	m->end[m->ends++] = m->b.len;
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
		if (fmt == PKT_FMT_PCAPNG) /* an interface may have come before the frame */
			for (uint32_t n = 0; at + 8 < m->b.len; at += n) {
				memcpy(&n, m->b.data + at + 4, 4);
				m->end[m->ends++] = at + n;
			}
		else
			m->end[m->ends++] = m->b.len;
		m->frame_end[m->frames++] = m->b.len;
	}
	pkt_writer_fini(&w);
}

/* ---- the cases ---- */

struct gone_cb {
	struct lk_watch *a, *b, *file;
	int calls;
};

static void gone_both(void *arg, uint32_t events)
{
	struct gone_cb *g = arg;

	(void)events;
	g->calls++;
	lk_loop_del(g->a);
	lk_loop_del(g->b);
	lk_loop_del(g->file);
	g->a = g->b = g->file = NULL;
}

static void test_loop(void)
{
	struct lk_loop *l = lk_loop_new();
	struct gone_cb g = { 0 };
	int p[2], q[2], f;

	if (pipe(p) || pipe(q) || write(p[1], "x", 1) != 1 || write(q[1], "x", 1) != 1)
		abort();
	f = open("/dev/null", O_RDONLY);
	g.a = lk_loop_add(l, p[0], EPOLLIN, gone_both, &g);
	g.b = lk_loop_add(l, q[0], EPOLLIN, gone_both, &g);
	g.file = lk_loop_add(l, f, EPOLLIN, gone_both, &g);
	T_OK(g.file && lk_loop_wait(l, -1) == 1 && g.calls == 1, "loop: a callback deletes all watches of its batch");
	T_OK(lk_loop_wait(l, 0) == 0, "loop: and they stay deleted");
	g.file = lk_loop_add(l, f, 0, gone_both, &g);
	T_OK(lk_loop_wait(l, 1000000) == 0, "loop: a file that asks for nothing is not reported");
	lk_loop_mod(g.file, EPOLLIN);
	T_OK(lk_loop_wait(l, -1) == 1 && !g.file, "loop: a file is always ready");
	T_OK(!lk_loop_add(l, 9999, EPOLLIN, gone_both, &g) && errno == EBADF, "loop: a bad fd is refused");
	close(f);
	close(p[0]);
	close(p[1]);
	close(q[0]);
	close(q[1]);
	lk_loop_free(l);
}

static void test_chain(void)
{
	check(run("$E gen a -c 20000 | $E rep b | $E rep c | $E rep d | $E echo e") == 0 && stat_of("a.right", "rx_frames") == 20000 &&
		      stat_of("a.right", "order") == 0 && stat_of("e.left", "rx_frames") == 20000,
	      "chain: replies come back through three repeaters, in order");
	check(is("a.right", "bin") && is("b.left", "bin") && is("d.right", "bin") && is("e.left", "bin"),
	      "chain: direct neighbours switch to bin");
	check(run("$E gen a -c 20000 -w 1 | $E rep b | $E echo c") == 0 && stat_of("a.right", "rx_frames") == 20000,
	      "chain: one frame at a time");
	check(run("$E gen a -c 1000 -s 1514 | cat | $E rep b | grep --line-buffered . | $E rep c | stdbuf -oL sed s/zzz/y/ | $E echo d") == 0 &&
		      stat_of("a.right", "rx_frames") == 1000 && is("a.right", "text") && is("b.right", "text") && is("c.right", "text") &&
		      is("d.left", "text"),
	      "chain: text through cat, grep and sed, replies come back");
	check(run("$E gen a -c 500 -w 1 | grep --line-buffered -v '^#' | $E echo b") == 0 && stat_of("a.right", "rx_frames") == 500,
	      "chain: the link survives a grep that takes the first line");
	check(run("$E gen a -c 1000 -o text | $E echo b -o text") == 0 && is("a.right", "text") &&
		      stat_of("a.right", "rx_frames") == 1000,
	      "chain: -o text stays text");
	check(run("$E gen a -c 1000 -o pcapng | $E rep b | $E echo c") == 0 && is("a.right", "pcapng") && is("b.right", "pcapng") &&
		      stat_of("a.right", "rx_frames") == 1000,
	      "chain: pcapng, replies come back");
	check(run("mkfifo t; $E echo c <t & $E gen a -c 300 -e 600 | tee t | $E echo b; wait") == 0 &&
		      stat_of("a.right", "rx_frames") == 600 && is("a.right", "text"),
	      "chain: tee, the replies of two readers are merged");
	check(run("mkfifo u; $E gen a -c 3000 -e 0 1<>u & $E pong b <u; wait") == 0 && stat_of("b.left", "rx_frames") == 3000,
	      "chain: a FIFO that is held open both ways (shared description)");
}

static void test_load(void)
{
	long sent = 100000;

	check(run("$E gen a -c 100000 -s 300 | $E rep b | $E rep c | $E pong d -s 300 -c 100000") == 0 && is("c.right", "bin") &&
		      stat_of("d.left", "rx_frames") == sent && stat_of("a.right", "rx_frames") == sent &&
		      stat_of("a.right", "order") == 0 && stat_of("d.left", "order") == 0,
	      "load: both directions saturated, nothing lost");
	check(stat_of("a.right", "tx_frames") == stat_of("b.left", "rx_frames") &&
		      stat_of("b.right", "tx_frames") == stat_of("c.left", "rx_frames") &&
		      stat_of("d.left", "tx_frames") == stat_of("c.right", "rx_frames") &&
		      stat_of("c.left", "tx_frames") == stat_of("b.right", "rx_frames") &&
		      stat_of("b.left", "tx_full") == 0 && stat_of("c.right", "tx_full") == 0,
	      "load: the counters of neighbours agree");
	check(run("$E gen a -c 30000 -s 1514 | cat | $E rep b | cat | $E rep c | cat | $E pong d -s 1514 -c 30000") == 0 &&
		      stat_of("d.left", "rx_frames") == 30000 && stat_of("a.right", "rx_frames") == 30000,
	      "load: the same in text");
	check(run("$E gen a -c 5000 -s 1514 -P 4096 | $E rep b -P 4096 | $E echo c -P 4096") == 0 &&
		      stat_of("a.right", "rx_frames") == 5000 && stat_of("a.right", "order") == 0,
	      "load: pipes of one page");
	check(run("$E gen a -c 2000 -s 1514 -P 4096 -o text | $E rep b -P 4096 -o text | $E echo c -P 4096") == 0 &&
		      stat_of("a.right", "rx_frames") == 2000 && stat_of("a.right", "order") == 0,
	      "load: pipes of one page, text");
	check(run("$E gen a -c 200 -s 262144 | $E rep b | $E echo c") == 0 && stat_of("a.right", "rx_frames") == 200 &&
		      stat_of("a.right", "order") == 0,
	      "load: frames of 256 KiB");
	check(run("$E gen a -c 3 -s 300000 -e 0 | $E pong b") == 0 && stat_of("a.right", "tx_oversize") == 3 &&
		      stat_of("b.left", "rx_frames") == 0,
	      "load: frames of 300 kB are refused and counted");
}

static void test_ends(void)
{
	check(run("$E gen a -c 1000000 -e 0 | head -n 5 >/dev/null") == 0 && stat_of("a.right", "gone") == 1 &&
		      stat_of("a.right", "failed") == 0 && said(".right: ") == 0,
	      "end: a reader that leaves is quiet");
	check(run("$E gen a -c 1000000 -e 0 | $E rep b | head -n 5 >/dev/null") == 0 && stat_of("a.right", "gone") == 1 &&
		      stat_of("b.right", "gone") == 1 && said(".left: ") + said(".right: ") == 0,
	      "end: so through a repeater");
	check(run("$E gen a -c 5 | { read -r x; }") == 0 && stat_of("a.right", "gone") == 1,
	      "end: noticed without writing");
	check(run("$E pong a </dev/null") == 0 && stat_of("a.left", "failed") == 0, "end: empty input");
	check(run("$E pong a <&-") == 2 && said("unable to open") == 1, "end: stdin closed is an error");
	check(run("$E gen a >&-") == 2 && said("unable to open") == 1, "end: stdout closed is an error");
	check(run("$E gen a -c 10 -e 0 >/dev/full") == 1 && said("No space left") == 1 && stat_of("a.right", "failed") == 1,
	      "end: a full disk is an error");
	check(run("$E pong a </") == 1 && said("Is a directory") == 1, "end: an input that cannot be read is an error");
}

static void test_cut(enum pkt_format fmt, const char *name)
{
	struct made m;
	size_t k, i, frames;
	bool whole, good = true;
	int p[2], rc;

	make(&m, fmt, "cut.1.right", 3, 30);
	for (k = 0; k <= m.b.len && good; k++) {
		if (pipe(p) || write(p[1], m.b.data, k) != (ssize_t)k)
			abort();
		close(p[1]);
		rc = status_of(element(p[0], -1, "pong", "cut", NULL, NULL));
		close(p[0]);
		collect();
		for (i = frames = 0; i < m.frames; i++)
			frames += m.frame_end[i] <= k;
		for (i = 0, whole = !k; i < m.ends; i++)
			whole |= m.end[i] == k;
		good = rc == !whole && stat_of("cut.left", "rx_frames") == (long)frames && said("input cut") == !whole;
		if (!good)
			printf("# %s cut at byte %zu of %zu: status %d\n%s", name, k, m.b.len, rc, err_text);
	}
	T_OK(good, name);
	pkt_buf_free(&m.b);
}

static void test_bytes(enum pkt_format fmt, const char *name)
{
	struct made m;
	size_t k;
	int p[2];
	pid_t pid;

	make(&m, fmt, NULL, 40, 60);
	if (pipe(p))
		abort();
	fcntl(p[1], F_SETFD, FD_CLOEXEC);
	pid = element(p[0], -1, "pong", "b", NULL, NULL);
	for (k = 0; k < m.b.len; k++)
		if (write(p[1], m.b.data + k, 1) != 1)
			abort();
	close(p[1]);
	T_OK(status_of(pid) == 0, name);
	collect();
	check(stat_of("b.left", "rx_frames") == 40 && stat_of("b.left", "order") == 0, name);
	T_OK(!(fcntl(p[0], F_GETFL) & O_NONBLOCK), "bytes: O_NONBLOCK did not leak to those who share the pipe");
	close(p[0]);
	pkt_buf_free(&m.b);
}

static void test_input(void)
{
	struct made m;
	static char big[2 * 300000 + 200];
	int n;

	make(&m, PKT_FMT_TEXT, "nobody.1.right", 5, 60);
	spit("saved", m.b.data, m.b.len);
	check(run("$E echo a <saved") == 0 && stat_of("a.left", "tx_noreturn") == 5 && stat_of("a.left", "tx_frames") == 0 &&
		      said("no return path") == 1,
	      "input: a saved stream has no way back, said once and counted");
	check(run("{ cat saved; echo rubbish; echo more; echo 1 2 3; sed 1d saved; } | $E pong a") == 1 &&
		      stat_of("a.left", "rx_bad") == 3 && stat_of("a.left", "rx_frames") == 10 && said("bad input") == 1 &&
		      said("2 further bad records") == 1,
	      "input: bad lines cost a line each");
	check(run("sed 's/nobody.1.right/other.1.right/' saved >saved2; $E gen a -c 3 -w 1 -o text |"
		  " { read -r x; echo \"$x\"; cat saved2 -; } | $E echo b") == 0 &&
		      stat_of("a.right", "rx_frames") >= 3 && said("among that of") == 1,
	      "input: a second link is said once");
	n = snprintf(big, sizeof(big), "- - - 300000 - - - - - - - ");
	memset(big + n, '0', 600000);
	big[n + 600000] = '\n';
	spit("big", big, (size_t)n + 600001);
	check(run("cat saved big saved | $E pong a") == 1 && stat_of("a.left", "rx_bad") == 1 && stat_of("a.left", "rx_frames") == 10,
	      "input: a frame of 300 kB is one bad line");
	check(run("printf 'GET / HTTP/1.0\\r\\n' | $E pong a") == 1 && stat_of("a.left", "rx_bad") == 1 && said("bad input") == 1,
	      "input: no stream at all");
	pkt_buf_free(&m.b);

	make(&m, PKT_FMT_PCAPNG, "eth0", 5, 60);
	spit("c.pcapng", m.b.data, m.b.len);
	pkt_buf_free(&m.b);
	check(run("$E rep a <c.pcapng") == 0 && !memcmp(out_text, "\n\r\r\n", 4) && said("no return") == 0 &&
		      stat_of("a.right", "tx_frames") == 5,
	      "capture: pcapng from a file comes out as pcapng");
	check(run("cat c.pcapng | $E rep a | $E rep b | cat") == 0 && !memcmp(out_text, "\n\r\r\n", 4) &&
		      stat_of("b.right", "tx_frames") == 5,
	      "capture: and from a pipe");
	check(run("$E rep a -o text <c.pcapng") == 0 && !memcmp(out_text, "#stdpkt 1", 9), "capture: -o wins");
	check(run("$E echo a <c.pcapng") == 0 && stat_of("a.left", "tx_noreturn") == 5 && said("no return") == 1,
	      "capture: no way back, said with the first frame lost");
	make(&m, PKT_FMT_PCAP, NULL, 5, 60);
	spit("c.pcap", m.b.data, m.b.len);
	pkt_buf_free(&m.b);
	check(run("cat c.pcap | $E rep a") == 0 && out_len > 24 && !memcmp(out_text, "\x4d\x3c\xb2\xa1", 4),
	      "capture: pcap comes out as pcap");
	check(run("$E rep a </dev/null") == 0 && !memcmp(out_text, "#stdpkt 1", 9), "capture: nothing in, a head out");
}

static void test_media(void)
{
	check(run("mkfifo p1 p2; $E gen a -c 2000 -r fifo:p2,p1 & $E echo b -l fifo:p1,p2; wait") == 0 &&
		      stat_of("a.right", "rx_frames") == 2000 && stat_of("b.left", "rx_frames") == 2000,
	      "fifo: two elements joined by two FIFOs");
	check(run("$E gen a -c 2000 -e 0 -r fifo:-,p1 & cat p1 | $E pong b; wait") == 0 && stat_of("b.left", "rx_frames") == 2000,
	      "fifo: a late reader, one way");
	check(run("$E gen a -c 2000 -e 0 >p1 & $E rep b -l fifo:p1, -r null | cat; wait") == 0 &&
		      stat_of("b.right", "tx_frames") == 2000,
	      "fifo: into null");
	check(run("$E rep a -l capture:c.pcap, -r capture:,o.pcapng && $E rep b -l capture:o.pcapng -r capture:-,o.pcap -o pcap && cat o.pcap") ==
			      0 && stat_of("a.left", "rx_frames") == 5 && stat_of("b.left", "rx_frames") == 5 &&
		      !memcmp(out_text, "\x4d\x3c\xb2\xa1", 4),
	      "capture: from file to file");
	check(run("$E rep a -l capture:/no/where, -r null") == 2 && said("/no/where: No such file") == 1, "capture: no such file");
	T_OK(!lk_medium_find("wire"), "no such medium");
}

static void test_sockets(void)
{
	struct made m;
	int s[2];
	char buf[65536];
	size_t n = 0;
	ssize_t r;
	pid_t pid;

	make(&m, PKT_FMT_TEXT, NULL, 20, 60);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s))
		abort();
	pid = element(s[1], s[1], "rep", "s", NULL, NULL);
	close(s[1]);
	if (write(s[0], m.b.data, m.b.len) != (ssize_t)m.b.len)
		abort();
	shutdown(s[0], SHUT_WR);
	while ((r = read(s[0], buf, sizeof(buf))) > 0)
		n += (size_t)r;
	T_OK(status_of(pid) == 0, "socket: an element on one socket ends well");
	collect();
	check(stat_of("s.right", "tx_frames") == 20 && n > 20 * 120, "socket: stdin and stdout may be one");
	close(s[0]);
	pkt_buf_free(&m.b);
}

static void test_terminal(void)
{
	char buf[4096];
	struct pollfd pfd;
	size_t n = 0;
	ssize_t r;
	int pt = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), tty, in;
	pid_t pid;

	if (pt < 0 || grantpt(pt) || unlockpt(pt) || (tty = open(ptsname(pt), O_RDWR | O_NOCTTY)) < 0) {
		t_skip("terminal: text whatever comes in", "no pseudo-terminal");
		return;
	}
	in = open("c.pcapng", O_RDONLY);
	pid = element(in, tty, "rep", "t", NULL, NULL);
	close(tty);
	close(in);
	pfd = (struct pollfd){ .fd = pt, .events = POLLIN };
	while (n < sizeof(buf) && poll(&pfd, 1, 10000) > 0 && (r = read(pt, buf + n, sizeof(buf) - n)) > 0)
		n += (size_t)r;
	T_OK(status_of(pid) == 0 && n > 9 && !memcmp(buf, "#stdpkt 1", 9), "terminal: text whatever comes in");
	close(pt);
}

/* ---- peers that do not keep to the protocol ---- */

/* gen with 5 frames that nobody answers: it runs until its reader, us, closes. Returns its link's name. */
static pid_t victim(int *rd, char name[PKT_LINK_MAX])
{
	char buf[8192], *p;
	size_t n = 0;
	ssize_t r;
	int p2[2];
	pid_t pid;

	unlink("err");
	if (pipe(p2))
		abort();
	pid = element(-1, p2[1], "gen", "v", "-c", "5");
	close(p2[1]);
	*rd = p2[0];
	while (n + 1 < sizeof(buf) && (r = read(*rd, buf + n, sizeof(buf) - 1 - n)) > 0) {
		n += (size_t)r;
		buf[n] = 0;
		if (n > 5 * 120)
			break;
	}
	p = strstr(buf, "link=");
	if (!p || sscanf(p, "link=%63[^ \n]", name) != 1)
		abort();
	return pid;
}

static int dial(const char *link)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int n = snprintf(sa.sun_path + 1, sizeof(sa.sun_path) - 1, "stdpkt/link/%s", link);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&sa, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Wait for a line or the end; "" = end. */
static void hear(int fd, char *buf, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t n = 0;

	while (n + 1 < size && poll(&p, 1, 10000) > 0 && read(fd, buf + n, 1) == 1 && buf[n++] != '\n')
		;
	buf[n] = 0;
}

static bool end_of(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c;

	return poll(&p, 1, 10000) > 0 && read(fd, &c, 1) <= 0;
}

static int call(const char *link, const char *hello, size_t n, char *reply, size_t size)
{
	int fd = dial(link);

	reply[0] = 0;
	if (fd >= 0 && send(fd, hello, n, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		return fd;
	if (fd >= 0)
		hear(fd, reply, size); /* one that refused us has said why before it closed */
	return fd;
}

/* A stranger's hello: every prefix, every byte changed; it is read, refused, and never more (run with a sanitizer). */
static void test_hello(void)
{
	static const char line[] = "hello 1 link=nat.4711.right stdin=13:12345 formats=ring,bin direct=1";
	struct lk_hello h;
	char buf[sizeof(line)];
	size_t i;
	int c, understood = 0;
	bool bounded = true;

	T_OK(!lk_hello_parse(line, &h) && !strcmp(h.link, "nat.4711.right") && h.has_stdin && h.dev == 13 && h.ino == 12345 && h.bin &&
		     h.direct,
	     "hello: read");
	for (i = 0; i < sizeof(line) - 1; i++) {
		for (c = 0; c < 256; c++) {
			memcpy(buf, line, sizeof(line));
			buf[i] = (char)c;
			understood += !lk_hello_parse(buf, &h);
			bounded &= strnlen(h.link, PKT_LINK_MAX) < PKT_LINK_MAX;
		}
	}
	T_OK(bounded && understood > 1000, "hello: every byte changed");
	T_OK(lk_hello_parse("", &h) && lk_hello_parse("hello 1 ", &h) && lk_hello_parse("hello 1 stdin=1:2", &h) &&
		     lk_hello_parse("hello 1 link=a stdin=1", &h) && lk_hello_parse("hello 1 link=a stdin=:", &h) &&
		     lk_hello_parse("hello 1 link=a stdin=-1:2", &h) && lk_hello_parse("hello 2 link=a", &h),
	     "hello: what is none");
}

static void test_peers(void)
{
	static char junk[4096];
	char link[PKT_LINK_MAX], hello[256], reply[256];
	struct stat st;
	int rd, fd, many[16], i, n;
	pid_t pid = victim(&rd, link);
	bool good = true;

	memset(junk, 'x', sizeof(junk));
	fd = call(link, "\n", 1, reply, sizeof(reply));
	T_OK(!strncmp(reply, "no ", 3) && end_of(fd), "peer: an empty hello");
	close(fd);
	fd = call(link, junk, sizeof(junk), reply, sizeof(reply));
	T_OK(end_of(fd), "peer: a hello without an end");
	close(fd);
	fd = call(link, "hello 1 link=other.1.right stdin=1:2\n", 37, reply, sizeof(reply));
	T_OK(!strncmp(reply, "no ", 3), "peer: another link's name");
	close(fd);
	fd = call(link, "hello 1 link= stdin=99999999999999999999999:x formats=,,\n", 57, reply, sizeof(reply));
	T_OK(!strncmp(reply, "no ", 3), "peer: values that are none");
	close(fd);
	fd = dial(link);
	close(fd);

	n = snprintf(hello, sizeof(hello), "hello 1 new=thing link=%s stdin=1:2 formats=bin,ring\n", link);
	fd = call(link, hello, (size_t)n, reply, sizeof(reply));
	T_OK(strstr(reply, " direct=0") && !strncmp(reply, "hello 1 ", 8), "peer: words that we do not know are skipped");
	T_OK(send(fd, junk, sizeof(junk), MSG_NOSIGNAL) > 0 && end_of(fd), "peer: nonsense for frames ends the connection");
	close(fd);
	fd = call(link, hello, (size_t)n, reply, sizeof(reply));
	send(fd, PKT_BIN_MAGIC "\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0", 24, MSG_NOSIGNAL);
	T_OK(end_of(fd), "peer: a length of 4 GB ends the connection");
	close(fd);
	fd = call(link, hello, (size_t)n, reply, sizeof(reply));
	send(fd, PKT_BIN_MAGIC "\x40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0cut", 27, MSG_NOSIGNAL);
	close(fd);
	for (i = 0; i < 16; i++) {
		many[i] = call(link, hello, (size_t)n, reply, sizeof(reply));
		good &= !strncmp(reply, "hello 1 ", 8);
	}
	fd = call(link, hello, (size_t)n, reply, sizeof(reply));
	if (!T_OK(good && !strncmp(reply, "no room", 7), "peer: the seventeenth is one too many"))
		printf("# %d %s\n", good, reply);
	close(fd);
	for (i = 0; i < 16; i++)
		close(many[i]);

	fstat(rd, &st);
	n = snprintf(hello, sizeof(hello), "hello 1 link=%s stdin=%llu:%llu formats=bin\n", link, (unsigned long long)st.st_dev,
		     (unsigned long long)st.st_ino);
	/* the places become free in the victim's own time */
	for (i = 0, fd = -1; i < 1000; i++) {
		close(fd);
		fd = call(link, hello, (size_t)n, reply, sizeof(reply));
		if (strncmp(reply, "no room", 7))
			break;
	}
	T_OK(strstr(reply, " direct=1"), "peer: one that holds the other end of the pipe is direct");
	n = (int)read(rd, junk, sizeof(junk) - 1);
	T_OK(n > 0 && (junk[n] = 0, strstr(junk, "#stdpkt switch bin\n")), "peer: and the stream goes on in bin");
	close(fd);
	close(rd);
	T_OK(status_of(pid) == 0, "peer: the element ends well after all that");
	collect();
	check(stat_of("v.right", "failed") == 0 && stat_of("v.right", "rx_bad") == 3 && stat_of("v.right", "rx_frames") == 0,
	      "peer: and has counted it");
}

static void test_uid(void)
{
	char link[PKT_LINK_MAX], line[256];
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int rd, fd, p[2], ready[2];
	pid_t pid, other;
	bool shut;

	if (geteuid()) {
		t_skip("uid: a stranger is refused", "needs root to be another user");
		return;
	}
	pid = victim(&rd, link);
	other = fork();
	if (!other) {
		if (setgid(65534) || setuid(65534))
			_exit(2);
		fd = dial(link);
		shut = fd >= 0 && end_of(fd);
		_exit(shut ? 0 : 1);
	}
	T_OK(status_of(other) == 0, "uid: a stranger is refused");
	close(rd);
	T_OK(status_of(pid) == 0, "uid: and the element lives on");
	collect();
	check(stat_of("v.right", "refused") == 1 && said("refused a peer of uid 65534") == 1, "uid: said and counted");

	/* the other way: somebody else listens under the name that we read */
	if (pipe(p) || pipe(ready))
		abort();
	other = fork();
	if (!other) {
		char c;

		close(p[1]);
		if (setgid(65534) || setuid(65534))
			_exit(2);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		snprintf(sa.sun_path + 1, sizeof(sa.sun_path) - 1, "stdpkt/link/evil.%d.right", (int)getppid());
		if (bind(fd, (struct sockaddr *)&sa, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(sa.sun_path + 1))) ||
		    listen(fd, 1) || write(ready[1], "x", 1) != 1)
			_exit(3);
		_exit(read(p[0], &c, 1) == 0 ? 0 : 4);
	}
	close(p[0]);
	if (read(ready[0], line, 1) != 1)
		abort();
	snprintf(line, sizeof(line), "sed 's/nobody.1.right/evil.%d.right/' saved | $E echo a", (int)getpid());
	check(run(line) == 0 && said("another user's") == 1 && stat_of("a.left", "tx_noreturn") == 5,
	      "uid: a squatter on the link's name gets nothing");
	close(p[1]);
	T_OK(status_of(other) == 0, "uid: the squatter saw no connection that it could use");
	close(ready[0]);
	close(ready[1]);
}

int main(int argc, char **argv)
{
	char env[4200];
	ssize_t n;

	if (argc > 3 && !strcmp(argv[1], "element"))
		return element_main(argc - 1, argv + 1);
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0 || !mkdtemp(dir) || chdir(dir))
		return 111;
	snprintf(env, sizeof(env), "%s element", self);
	setenv("E", env, 1);
	signal(SIGPIPE, SIG_IGN);
	alarm(600);

	test_loop();
	test_chain();
	test_load();
	test_ends();
	test_cut(PKT_FMT_TEXT, "cut: text at every byte");
	test_cut(PKT_FMT_BIN, "cut: bin at every byte");
	test_cut(PKT_FMT_PCAPNG, "cut: pcapng at every byte");
	test_bytes(PKT_FMT_TEXT, "bytes: text a byte at a time");
	test_bytes(PKT_FMT_BIN, "bytes: bin a byte at a time");
	test_input();
	test_media();
	test_sockets();
	test_terminal();
	test_hello();
	test_peers();
	test_uid();

	snprintf(env, sizeof(env), "rm -rf '%s'", dir);
	if (!t_failed && system(env))
		return 111;
	return t_done();
}
