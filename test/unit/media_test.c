// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/media_test.c - the media: what comes in, in which pieces, from where
 */
#include "test/unit/chain.h"

#include <sys/socket.h>

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
	check(run("mkfifo h; cat c.pcapng >h & exec 3<h; wait; $E rep a -x 2 <&3") == 0 && !memcmp(out_text, "\n\r\r\n", 4) &&
		      stat_of("a.right", "tx_frames") == 7,
	      "capture: and when a frame goes out before it is read; a FIFO whose writer has gone");
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
	check(run("$E rep a -l capture:c.pcap, -r capture:,o.pcapng &&"
		  " $E rep b -l capture:o.pcapng -r capture:-,o.pcap -o pcap && cat o.pcap") == 0 &&
		      stat_of("a.left", "rx_frames") == 5 && stat_of("b.left", "rx_frames") == 5 &&
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

int main(int argc, char **argv)
{
	int status;

	if (chain_begin(argc, argv, &status))
		return status;
	test_cut(PKT_FMT_TEXT, "cut: text at every byte");
	test_cut(PKT_FMT_BIN, "cut: bin at every byte");
	test_cut(PKT_FMT_PCAPNG, "cut: pcapng at every byte");
	test_bytes(PKT_FMT_TEXT, "bytes: text a byte at a time");
	test_bytes(PKT_FMT_BIN, "bytes: bin a byte at a time");
	test_input();
	test_media();
	test_sockets();
	test_terminal();
	return chain_end();
}
