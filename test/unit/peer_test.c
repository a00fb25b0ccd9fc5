// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/peer_test.c - the return path's socket: strangers, nonsense, too many
 */
#include "test/unit/chain.h"
#include "lib/netdev/link.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

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
	struct made m;
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
	make(&m, PKT_FMT_TEXT, "nobody.1.right", 5, 60);
	spit("saved", m.b.data, m.b.len);
	pkt_buf_free(&m.b);
	check(run(line) == 0 && said("another user's") == 1 && stat_of("a.left", "tx_noreturn") == 5,
	      "uid: a squatter on the link's name gets nothing");
	close(p[1]);
	T_OK(status_of(other) == 0, "uid: the squatter saw no connection that it could use");
	close(ready[0]);
	close(ready[1]);
}

/* The link's name is taken, as another pid namespace with the same pid does it: the link gets another, and works. */
static void test_taken(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	char *argv[] = { self, (char *)"gen", (char *)"w", (char *)"-c", (char *)"7", NULL };
	pid_t left, right;
	int p[2], fd, err;

	if (pipe2(p, O_CLOEXEC))
		abort();
	fflush(stdout);
	left = fork();
	if (!left) {
		err = open("err", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
		dup2(err, 2);
		dup2(p[1], 1);
		close(p[0]);
		close(p[1]);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		snprintf(sa.sun_path + 1, sizeof(sa.sun_path) - 1, "stdpkt/link/w.%d.right", (int)getpid());
		if (bind(fd, (struct sockaddr *)&sa,
			 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(sa.sun_path + 1))))
			_exit(3);
		_exit(element_main(5, argv));
	}
	close(p[1]);
	right = fork();
	if (!right) {
		err = open("err", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		argv[1] = (char *)"echo";
		argv[2] = (char *)"z";
		dup2(err, 2);
		dup2(p[0], 0);
		close(p[0]);
		_exit(element_main(3, argv));
	}
	close(p[0]);
	T_OK(status_of(left) == 0 && status_of(right) == 0, "taken: a link whose name is taken");
	collect();
	check(stat_of("w.right", "rx_frames") == 7 && strstr(err_text, ".right+1\n"), "taken: has another");
}

int main(int argc, char **argv)
{
	int status;

	if (chain_begin(argc, argv, &status))
		return status;
	test_hello();
	test_peers();
	test_uid();
	test_taken();
	return chain_end();
}
