// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/link_test.c - links: chains of elements, load, ends
 */
#include "test/unit/chain.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

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

static void take_expirations(void *arg, uint32_t events)
{
	uint64_t n;

	(void)events;
	if (read(*(int *)arg, &n, sizeof(n)) != sizeof(n))
		abort();
}

static double clock_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static void test_light_sleep(void)
{
	const struct itimerspec soon = { .it_value = { .tv_nsec = 30000 } };
	struct lk_loop *l = lk_loop_new();
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), got = 0;
	struct lk_watch *w = lk_loop_add(l, fd, EPOLLIN, take_expirations, &fd);
	double start, used;

	lk_loop_sleep_lightly(l, true);
	for (int i = 0; i < 100; i++) {
		timerfd_settime(fd, 0, &soon, NULL);
		got += lk_loop_wait(l, -1);
	}
	T_OK(got == 100, "loop: light sleep: what comes soon is reported, once each");
	start = clock_ms(CLOCK_MONOTONIC);
	T_OK(lk_loop_wait(l, 50000) == 0 && clock_ms(CLOCK_MONOTONIC) - start >= 0.05, "loop: light sleep lasts as long as it may");
	/* awake for all of it would take 80 ms of the processor */
	used = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	for (int i = 0; i < 400; i++)
		lk_loop_wait(l, 200000);
	used = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - used;
	T_OK(used < 20, "loop: sleep is light only while something comes");
	lk_loop_del(w);
	close(fd);
	lk_loop_free(l);
}

static const char *fmt; /* what direct neighbours are to agree on */

/* A test that is done with each format has it in its name. */
static bool check_each(bool good, const char *name)
{
	char text[160];

	snprintf(text, sizeof(text), "%s: %s", fmt, name);
	return check(good, text);
}

static void test_chain(void)
{
	check_each(run("$E gen a -c 20000 | $E rep b | $E rep c | $E rep d | $E echo e") == 0 &&
		      stat_of("a.right", "rx_frames") == 20000 && stat_of("a.right", "order") == 0 && stat_of("e.left", "rx_frames") == 20000,
	      "chain: replies come back through three repeaters, in order");
	check_each(is("a.right", fmt) && is("b.left", fmt) && is("d.right", fmt) && is("e.left", fmt),
	      "chain: direct neighbours switch");
	check_each(run("$E gen a -c 20000 -w 1 | $E rep b | $E echo c") == 0 && stat_of("a.right", "rx_frames") == 20000,
	      "chain: one frame at a time");
	check_each(run("$E gen a -c 1000 -s 1514 | cat | $E rep b | grep --line-buffered . | $E rep c |"
		  " stdbuf -oL sed s/zzz/y/ | $E echo d") == 0 &&
		      stat_of("a.right", "rx_frames") == 1000 && is("a.right", "text") && is("b.right", "text") && is("c.right", "text") &&
		      is("d.left", "text"),
	      "chain: text through cat, grep and sed, replies come back");
	check_each(run("$E gen a -c 500 -w 1 | grep --line-buffered -v '^#' | $E echo b") == 0 && stat_of("a.right", "rx_frames") == 500,
	      "chain: the link survives a grep that takes the first line");
	check_each(run("$E gen a -c 1000 -o text | $E echo b -o text") == 0 && is("a.right", "text") &&
		      stat_of("a.right", "rx_frames") == 1000,
	      "chain: -o text stays text");
	check_each(run("$E gen a -c 1000 -o pcapng | $E rep b | $E echo c") == 0 && is("a.right", "pcapng") && is("b.right", "pcapng") &&
		      stat_of("a.right", "rx_frames") == 1000,
	      "chain: pcapng, replies come back");
	check_each(run("mkfifo t; $E echo c <t & $E gen a -c 300 -e 600 | tee t | $E echo b; wait") == 0 &&
		      stat_of("a.right", "rx_frames") == 600 && is("a.right", "text"),
	      "chain: tee, the replies of two readers are merged");
	check_each(run("mkfifo u; $E gen a -c 3000 -e 0 1<>u & $E pong b <u; wait") == 0 && stat_of("b.left", "rx_frames") == 3000,
	      "chain: a FIFO that is held open both ways (shared description)");
}

static void test_load(void)
{
	long sent = 100000;

	check_each(run("$E gen a -c 100000 -s 300 | $E rep b | $E rep c | $E pong d -s 300 -c 100000") == 0 && is("c.right", fmt) &&
		      stat_of("d.left", "rx_frames") == sent && stat_of("a.right", "rx_frames") == sent &&
		      stat_of("a.right", "order") == 0 && stat_of("d.left", "order") == 0,
	      "load: both directions saturated, nothing lost");
	check_each(stat_of("a.right", "tx_frames") == stat_of("b.left", "rx_frames") &&
		      stat_of("b.right", "tx_frames") == stat_of("c.left", "rx_frames") &&
		      stat_of("d.left", "tx_frames") == stat_of("c.right", "rx_frames") &&
		      stat_of("c.left", "tx_frames") == stat_of("b.right", "rx_frames") &&
		      stat_of("b.left", "tx_full") == 0 && stat_of("c.right", "tx_full") == 0,
	      "load: the counters of neighbours agree");
	check_each(run("$E gen a -c 30000 -s 1514 | cat | $E rep b | cat | $E rep c | cat | $E pong d -s 1514 -c 30000") == 0 &&
		      stat_of("d.left", "rx_frames") == 30000 && stat_of("a.right", "rx_frames") == 30000,
	      "load: the same in text");
	check_each(run("$E gen a -c 5000 -s 1514 -P 4096 | $E rep b -P 4096 | $E echo c -P 4096") == 0 &&
		      stat_of("a.right", "rx_frames") == 5000 && stat_of("a.right", "order") == 0,
	      "load: pipes of one page");
	check_each(run("$E gen a -c 2000 -s 1514 -P 4096 -o text | $E rep b -P 4096 -o text | $E echo c -P 4096") == 0 &&
		      stat_of("a.right", "rx_frames") == 2000 && stat_of("a.right", "order") == 0,
	      "load: pipes of one page, text");
	check_each(run("$E gen a -c 200 -s 262144 | $E rep b | $E echo c") == 0 && stat_of("a.right", "rx_frames") == 200 &&
		      stat_of("a.right", "order") == 0,
	      "load: frames of 256 KiB");
	check_each(run("$E gen a -c 3 -s 300000 -e 0 | $E pong b") == 0 && stat_of("a.right", "tx_oversize") == 3 &&
		      stat_of("b.left", "rx_frames") == 0,
	      "load: frames of 300 kB are refused and counted");
}

/* One of the two does not want to, or the stream goes to nobody any more. */
static void test_mixed(void)
{
	check(run("STDPKT_LINK=text $E gen a -c 1000 | STDPKT_LINK=bin $E rep b | $E rep c | STDPKT_LINK=text $E echo d") == 0 &&
		      stat_of("a.right", "rx_frames") == 1000 && is("a.right", "text") && is("b.right", "bin") && is("c.right", "text"),
	      "mixed: what both ends want");
	check(run("ulimit -f 100; $E gen a -c 1000 | $E echo b") == 0 && stat_of("a.right", "rx_frames") == 1000 && is("a.right", "bin"),
	      "mixed: no shared memory to be had");
	check(run("$E gen a -c 1000 -o text | $E echo b") == 0 && stat_of("a.right", "rx_frames") == 1000 && is("a.right", "text") &&
		      is("b.left", "text"),
	      "mixed: text because somebody asked for it");
	/* who is killed is killed when the ring is in use: before the ends have agreed any amount may pass as text */
	check(run("mkfifo j; cat <j >/dev/null & { $E gen a -c 10000000 -s 1000 -e 0; touch end; } |"
		  " sh -c 'echo $$ >pid; exec $E rep b -m ring.b' >j & until [ -e ring.b -o -e end ]; do :; done; kill -9 $(cat pid); wait") == 0 &&
		      stat_of("a.right", "gone") == 1 && stat_of("a.right", "failed") == 0 && said(".right: ") == 0 && is("a.right", "ring"),
	      "mixed: a reader is killed");
	check(run("mkfifo k; { head -c 3000000; touch some; cat; } <k >/dev/null & rm -f ring.b end;"
		  " { sh -c 'echo $$ >pid; exec $E gen a -c 10000000 -s 1000 -e 0'; touch end; } |"
		  " $E rep b -m ring.b | $E rep c -m ring.c -r fifo:,k &"
		  " until [ -e some -a -e ring.b -a -e ring.c -o -e end ]; do :; done; kill -9 $(cat pid); wait") == 0 &&
		      stat_of("b.left", "rx_frames") > 1000 && stat_of("c.left", "rx_frames") == stat_of("b.left", "rx_frames") &&
		      stat_of("c.right", "tx_frames") == stat_of("b.left", "rx_frames") && is("b.left", "ring") && is("c.left", "ring"),
	      "mixed: a writer is killed: what it gave is passed on");
	check(run("$E gen a -c 30000 -s 1000 | sh -c 'echo $$ >pid.now; mv pid.now pid.stop; exec $E rep b' | $E echo c &"
		  " until kill -STOP $(cat pid.stop 2>&-) 2>&-; do :; done; sleep 0.3; kill -CONT $(cat pid.stop); wait") == 0 &&
		      stat_of("a.right", "rx_frames") == 30000 && stat_of("a.right", "tx_full") == 0 && stat_of("a.right", "order") == 0,
	      "mixed: a neighbour is stopped for a while: nothing is lost");
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

int main(int argc, char **argv)
{
	int status;

	if (chain_begin(argc, argv, &status))
		return status;
	test_loop();
	test_light_sleep();
	for (fmt = "ring"; fmt; fmt = strcmp(fmt, "bin") ? "bin" : NULL) {
		setenv("STDPKT_LINK", fmt, 1);
		test_chain();
		test_load();
	}
	unsetenv("STDPKT_LINK");
	test_mixed();
	test_ends();
	return chain_end();
}
