// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/stream_test.c - bytes of the guest's TCP connections that are sent from where they lie, and looked at where they lie
 *
 * Over the guest's loopback: what is sent from a chunk has to be seen in that chunk by the other end, and nowhere else.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "lk/boot.h"
#include "lk/netdev.h"
#include "lk/nic.h"
#include "test/unit/t.h"

#define P(p) ((long)(uintptr_t)(p))
#define PIECES 64

static long sys(long nr, long a0, long a1, long a2, long a3, long a4)
{
	return lk_syscall(nr, a0, a1, a2, a3, a4, 0);
}

static void lo_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING };
	long fd = sys(SYS_socket, AF_INET, SOCK_DGRAM, 0, 0, 0);

	sys(SYS_ioctl, fd, SIOCSIFFLAGS, P(&ifr), 0, 0);
	sys(SYS_close, fd, 0, 0, 0, 0);
}

/* A connection, both ends watched. */
static bool connection(int family, int proto, int end[2])
{
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	void *a = family == AF_INET ? (void *)&a4 : (void *)&a6;
	socklen_t len = family == AF_INET ? sizeof(a4) : sizeof(a6);
	long l = sys(SYS_socket, family, SOCK_STREAM, proto, 0, 0);

	if (sys(SYS_bind, l, P(a), len, 0, 0) || sys(SYS_listen, l, 1, 0, 0, 0) || sys(SYS_getsockname, l, P(a), P(&len), 0, 0))
		return false;
	end[0] = (int)sys(SYS_socket, family, SOCK_STREAM, proto, 0, 0);
	if (sys(SYS_connect, end[0], P(a), len, 0, 0))
		return false;
	end[1] = (int)sys(SYS_accept4, l, 0, 0, 0, 0);
	sys(SYS_close, l, 0, 0, 0, 0);
	return end[1] >= 0 && !lk_poll_watch(end[0], 0) && !lk_poll_watch(end[1], 1);
}

static void hang_up(const int end[2])
{
	for (int i = 0; i < 2; i++) {
		lk_poll_unwatch(end[i]);
		sys(SYS_close, end[i], 0, 0, 0, 0);
	}
}

static long special(long nr, long a0, long a1, long a2)
{
	return lk_syscall(nr, a0, a1, a2, 0, 0, 0);
}

/* Bytes of @fd that are seen and taken, all there are: they are @want's, and lie in @chunk, if not NULL, from @at on. How many. */
static size_t take_all(int fd, const char *want, char *const *chunk, size_t at, bool *ok)
{
	struct lk_guest_piece p[PIECES];
	size_t total = 0;
	unsigned n;

	*ok = true;
	while ((n = lk_guest_peek(fd, p, 3, 100000))) {
		size_t len = 0;

		for (unsigned i = 0; i < n; i++) {
			const size_t pos = at + total + len;

			*ok &= !memcmp(p[i].data, want + total + len, p[i].len);
			*ok &= !chunk || p[i].data == chunk[pos / LK_CHUNK_BYTES] + pos % LK_CHUNK_BYTES;
			len += p[i].len;
		}
		*ok &= len <= 100000;
		len = len > 5 ? len - 5 : len; /* a program may read less */
		total += len;
		if (special(LK_NR_TAKEN, fd, (long)len, 0) != (long)len) {
			*ok = false;
			break;
		}
	}
	return total;
}

static void test_chunks(int family, const char *name)
{
	char *chunk[3], *want = malloc(3 * LK_CHUNK_BYTES), what[80];
	struct iovec v[3];
	bool placed, ok;
	size_t got = 0;
	long sent = 0, r;
	int end[2];

	if (!want || !connection(family, 0, end)) {
		T_OK(false, name);
		return;
	}
	for (int i = 0; i < 3; i++) {
		chunk[i] = lk_guest_chunk();
		for (size_t j = 0; chunk[i] && j < LK_CHUNK_BYTES; j++)
			chunk[i][j] = want[i * LK_CHUNK_BYTES + j] = (char)rand();
	}
	snprintf(what, sizeof(what), "%s: chunks, each another one", name);
	T_OK(chunk[0] && chunk[1] && chunk[2] && chunk[0] != chunk[1] && chunk[1] != chunk[2], what);
	if (!chunk[2])
		return;
	placed = true;
	while (sent < 3 * (long)LK_CHUNK_BYTES) {
		int n = 0;

		for (long i = sent / LK_CHUNK_BYTES; i < 3; i++, n++)
			v[n] = (struct iovec){ chunk[i] + (n ? 0 : sent % LK_CHUNK_BYTES), LK_CHUNK_BYTES - (n ? 0 : (size_t)(sent % LK_CHUNK_BYTES)) };
		r = special(LK_NR_SEND_CHUNKS, end[0], P(v), n);
		if (r <= 0 && r != -EAGAIN)
			break;
		sent += r > 0 ? r : 0;
		for (int i = 0; i < 3; i++) { /* each where it was put */
			size_t before = got;

			if (sent <= (long)got)
				break;
			got += take_all(end[1], want + got, chunk, got, &ok);
			placed &= ok && got > before;
			lk_time_advance(lk_time_ns() + 50000000);
		}
	}
	snprintf(what, sizeof(what), "%s: what is sent from chunks is seen where it lies", name);
	T_OK(sent == 3 * (long)LK_CHUNK_BYTES && (long)got == sent && placed, what);

	v[0] = (struct iovec){ chunk[1] + 77, 20000 };
	r = special(LK_NR_SEND_CHUNKS, end[0], P(v), 1);
	for (int i = 0; i < 3; i++)
		lk_guest_chunk_put(chunk[i]);
	snprintf(what, sizeof(what), "%s: and stays there when all have let it go", name);
	T_OK(r == 20000 && take_all(end[1], want + LK_CHUNK_BYTES + 77, chunk, LK_CHUNK_BYTES + 77, &ok) == 20000 && ok, what);
	lk_time_advance(lk_time_ns() + 1000000000); /* acknowledged */
	hang_up(end);
	lk_time_advance(lk_time_ns() + 1000000000);
	{
		char *again = lk_guest_chunk();

		snprintf(what, sizeof(what), "%s: free again", name);
		T_OK(again == chunk[0], what);
		lk_guest_chunk_put(again);
	}
	free(want);
}

/* Others send by the same connection before and behind: with a fragment of their own. */
static void test_mixed(void)
{
	char *chunk = lk_guest_chunk(), want[30000], more[5000];
	struct iovec v = { chunk, 20000 };
	bool all = true;
	int end[2];

	if (!chunk || !connection(AF_INET, 0, end)) {
		T_OK(false, "among other bytes");
		return;
	}
	memset(want, 'a', 5000);
	memset(want + 5000, 'b', 20000);
	memset(want + 25000, 'c', 5000);
	memset(chunk, 'b', 20000);
	memset(more, 'a', 5000);
	for (int i = 0; i < 300 && all; i++) {
		size_t got = 0;

		memset(more, 'a', 5000);
		sys(SYS_sendto, end[0], P(more), 5000, 0, 0);
		special(LK_NR_SEND_CHUNKS, end[0], P(&v), 1);
		memset(more, 'c', 5000);
		sys(SYS_sendto, end[0], P(more), 5000, 0, 0);
		memset(more, 'd', 5000);
		for (int k = 0; k < 20 && got < sizeof(want) && all; k++) { /* as acknowledgements come */
			got += take_all(end[1], want + got, NULL, 0, &all);
			lk_time_advance(lk_time_ns() + 50000000);
		}
		all &= got == sizeof(want);
	}
	T_OK(all, "among other bytes");
	lk_guest_chunk_put(chunk);
	hang_up(end);
}

/* More pieces than a segment can have: more than one is seen at once. */
static void test_segments(void)
{
	char *chunk = lk_guest_chunk(), want[40 * 100];
	struct lk_guest_piece p[PIECES];
	struct iovec v[40];
	size_t got = 0;
	bool ok = true;
	int end[2];

	if (!chunk || !connection(AF_INET, 0, end)) {
		T_OK(false, "two segments at once");
		return;
	}
	for (int i = 0; i < 40; i++) {
		v[i] = (struct iovec){ chunk + i * 200, 100 };
		memset(want + i * 100, i, 100);
		memset(chunk + i * 200, i, 100);
	}
	special(LK_NR_SEND_CHUNKS, end[0], P(v), 40);
	lk_time_advance(lk_time_ns() + 1000000000);
	for (unsigned i = 0, n = lk_guest_peek(end[1], p, PIECES, sizeof(want)); i < n; got += p[i++].len)
		ok &= !memcmp(p[i].data, want + got, p[i].len);
	T_OK(got == sizeof(want) && ok, "two segments at once");
	lk_guest_chunk_put(chunk);
	hang_up(end);
}

/* What is not just a TCP connection is copied, and asked as ever. */
static void test_others(void)
{
	struct lk_guest_piece p[PIECES];
	char *chunk = lk_guest_chunk(), buf[3000];
	struct iovec v = { chunk, 3000 };
	int end[2], n = 0;
	long r = 0;

	if (!chunk) {
		T_OK(false, "a chunk");
		return;
	}
	memset(chunk, 'm', 3000);
	T_OK(!lk_guest_lends(12345) && !lk_guest_peek(12345, p, PIECES, 1000), "not watched");
	T_OK(special(LK_NR_SEND_CHUNKS, 12345, P(&v), 1) == -EBADF && special(LK_NR_TAKEN, 12345, 1, 0) == -EBADF, "no such descriptor");
	if (connection(AF_INET, 262 /* IPPROTO_MPTCP */, end)) {
		T_OK(special(LK_NR_SEND_CHUNKS, end[0], P(&v), 1) == 3000, "MPTCP: sent");
		T_OK(!lk_guest_peek(end[1], p, PIECES, 1000) && special(LK_NR_TAKEN, end[1], 1, 0) == -EINVAL, "MPTCP: not looked at");
		while (n < 3000 && (r = sys(SYS_recvfrom, end[1], P(buf + n), 3000 - n, MSG_DONTWAIT, 0)) > 0)
			n += (int)r;
		T_OK(n == 3000 && !memcmp(buf, chunk, 3000), "MPTCP: arrives");
		hang_up(end);
	} else {
		t_skip("MPTCP", "this guest has none");
	}
	if (connection(AF_INET, 0, end)) {
		T_OK(!lk_guest_lends(end[0]), "loopback is no card that lends");
		T_OK(!lk_guest_peek(end[1], p, PIECES, 1000), "nothing has come");
		sys(SYS_sendto, end[0], P("abc"), 3, 0, 0);
		T_OK(lk_guest_peek(end[1], p, PIECES, 1000) == 1 && p[0].len == 3 && !memcmp(p[0].data, "abc", 3), "three bytes");
		T_OK(lk_guest_peek(end[1], p, 0, 1000) == 0 && lk_guest_peek(end[1], p, PIECES, 2) == 1 && p[0].len == 2, "no more than wanted");
		sys(SYS_sendto, end[0], P("U"), 1, MSG_OOB, 0);
		T_OK(!lk_guest_peek(end[1], p, PIECES, 1000), "urgent data are recv's business");
		T_OK(sys(SYS_recvfrom, end[1], P(buf), 9, MSG_DONTWAIT, 0) == 3, "... who knows where they are");
		hang_up(end);
	}
	if (connection(AF_INET, 0, end)) {
		sys(SYS_sendto, end[0], P("end"), 3, 0, 0);
		sys(SYS_shutdown, end[0], SHUT_WR, 0, 0, 0);
		T_OK(lk_guest_peek(end[1], p, PIECES, 1000) == 1 && p[0].len == 3 && special(LK_NR_TAKEN, end[1], 3, 0) == 3, "before the end of file");
		T_OK(!lk_guest_peek(end[1], p, PIECES, 1000) && !sys(SYS_recvfrom, end[1], P(buf), 9, MSG_DONTWAIT, 0), "the end of file");
		T_OK(special(LK_NR_SEND_CHUNKS, end[0], P(&v), 1) == -EPIPE, "nothing is sent behind it");
		hang_up(end);
	}
	lk_guest_chunk_put(chunk);
}

static void nowhere(struct lk_port *port, const struct iovec *piece, int n, size_t len)
{
	(void)port;
	(void)piece;
	(void)n;
	(void)len;
}

/* A connection, to nobody, by a card whose link takes large segments. */
static void test_lends(void)
{
	static const struct lk_medium_ops ops = { .send = nowhere };
	static struct lk_port port = { .name = "left", .mtu = 1500, .ops = &ops };
	const struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a090001) };
	const struct sockaddr_in peer = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a090002), .sin_port = htons(9) };
	long fd = sys(SYS_socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0, 0, 0);
	struct ifreq ifr = { .ifr_name = "left" };
	int before;

	if (lk_direct_nic_add(&port, (const uint8_t[6]){ 2, 0, 0, 0, 0, 1 }) || !port.agreed) {
		T_OK(false, "a card");
		return;
	}
	memcpy(&ifr.ifr_addr, &own, sizeof(own));
	sys(SYS_ioctl, fd, SIOCSIFADDR, P(&ifr), 0, 0);
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	sys(SYS_ioctl, fd, SIOCSIFFLAGS, P(&ifr), 0, 0);
	T_OK(sys(SYS_connect, fd, P(&peer), sizeof(peer), 0, 0) == -EINPROGRESS && !lk_poll_watch((int)fd, 0), "a connection by a card");
	before = lk_guest_lends((int)fd);
	port.agreed(&port);
	T_OK(!before && lk_guest_lends((int)fd), "it lends as soon as its link has agreed on it");
	lk_poll_unwatch((int)fd);
	sys(SYS_close, fd, 0, 0, 0, 0);
}

int main(void)
{
	if (lk_boot(&(struct lk_boot_params){ .virtual_time = true, .seed = 1 }))
		return 111;
	lo_up();
	T_OK(!lk_guest_chunk(), "no chunk without a pool");
	T_OK(lk_guest_pool(1), "a pool");
	test_chunks(AF_INET, "IPv4");
	test_chunks(AF_INET6, "IPv6");
	test_mixed();
	test_segments();
	test_others();
	test_lends();
	return t_done();
}
