// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/ring_test.c - rings in shared memory: every wrap-around, back-pressure, sleep, lies (run with a sanitizer)
 *
 * Both ends are here, on memory of exactly the ring's size, so that a sanitizer sees every byte too far. Only the last test has two
 * processes.
 */
#define _GNU_SOURCE
#include "lib/netdev/shm.h"
#include "lib/netdev/stream.h"
#include "lk/loop.h"
#include "test/unit/t.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct lk_ring_ctl *ctl;
static uint8_t *data;
static struct lk_ring tx, rx;
static struct lk_pools tx_pools, rx_pools;
static int sock[2] = { -1, -1 };
static uint8_t *pool; /* of the tx side */
static int to_rx, to_tx; /* eventfds */
static uint8_t bytes[PKT_FRAME_MAX];

/* How often @fd has been written to since the last time. */
static uint64_t wakes(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

static void begin(void)
{
	memset(ctl, 0, sizeof(*ctl));
	lk_ring_fini(&tx);
	lk_ring_fini(&rx);
	lk_ring_init(&tx, ctl, data, to_rx);
	lk_ring_init(&rx, ctl, data, to_tx);
	wakes(to_rx);
	wakes(to_tx);
}

/* ---- pools; a guest's memory is any, and what it needs is said here ---- */

static struct {
	const uint8_t *at;
	size_t len;
} needs[8];

static uint8_t *place(int fd, bool own)
{
	void *at = mmap(NULL, LK_POOL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	(void)own;
	return at == MAP_FAILED ? NULL : at;
}

static bool busy(const void *at)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (needs[i].at && (const uint8_t *)at < needs[i].at + needs[i].len && (const uint8_t *)at + 4096 > needs[i].at)
			return true;
	return false;
}

static void forget_pools(struct lk_pools *p)
{
	for (int i = 0; i < LK_POOLS_MAX; i++) {
		if (!p->pool[i].base)
			continue;
		munmap(p->pool[i].base, LK_POOL_BYTES);
		close(p->pool[i].fd);
	}
	*p = (struct lk_pools){ .place = place, .busy = busy };
}

/* Up to where the reader can be told of the pool. */
static void begin_pools(void)
{
	begin();
	forget_pools(&tx_pools);
	forget_pools(&rx_pools);
	lk_pools_own(&tx_pools);
	pool = tx_pools.pool[0].base;
	tx.pools = &tx_pools;
	rx.pools = &rx_pools;
	tx.link = rx.link = &sock;
	memset(needs, 0, sizeof(needs));
	close(sock[0]);
	close(sock[1]);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sock))
		exit(1);
	tx.sock = sock[0];
	rx.sock = sock[1];
}

/* The first frame only tells the reader of @t of the pool that it lies in; then he says that he has it. */
static bool tell(struct lk_ring *t, struct lk_ring *reader, void *in_pool)
{
	const struct lk_ring_rec rec = { .len = 20000 };
	const struct iovec iov[2] = { { bytes, 100 }, { in_pool, 19900 } };
	const bool lent = lk_ring_lend(t, &rec, iov, 2);

	lk_ring_give_back(reader);
	return !lent;
}

static void begin_lending(void)
{
	begin_pools();
	if (!tell(&tx, &rx, pool))
		T_OK(false, "a pool that the reader does not have is not lent from");
}

/* Frame @seq with @len bytes, in two pieces. */
static int put(uint32_t seq, uint32_t len)
{
	const struct lk_ring_rec rec = { .len = len, .ts_ns = seq };
	const uint32_t cut = len / 3;
	const struct iovec iov[2] = { { bytes, cut }, { bytes + cut, len - cut } };

	memset(bytes, (int)seq, len);
	return lk_ring_put(&tx, &rec, iov, 2);
}

/* The next frame is @seq with @len bytes; takes it. */
static bool take(uint32_t seq, uint32_t len)
{
	struct lk_ring_rec rec;
	const uint8_t *p;
	bool good = lk_ring_get(&rx, &rec, &p) == 1 && rec.ts_ns == seq && rec.len == len;

	good = good && lk_ring_get(&rx, &rec, &p) == 1 && rec.ts_ns == seq; /* the same until it is taken */
	for (uint32_t i = 0; good && i < len; i++)
		good = p[i] == (uint8_t)seq;
	lk_ring_take(&rx);
	return good;
}

static int look(void)
{
	struct lk_ring_rec rec;
	const uint8_t *p;

	return lk_ring_get(&rx, &rec, &p);
}

static void test_wrap(void)
{
	static const uint32_t lens[] = { 0, 1, 31, 32, 33, 64, 1514, 4096, 65535, 65549, PKT_FRAME_MAX };
	bool good = true;

	for (size_t k = 0; k < sizeof(lens) / sizeof(lens[0]); k++) {
		uint32_t seq = 0, n = 2 * LK_RING_BYTES / (lens[k] + 64) + 9;

		begin();
		for (; seq < n && good; seq++) {
			good &= !put(seq, lens[k]) && !lk_ring_flush(&tx) && lk_ring_empty(&tx);
			good &= take(seq, lens[k]);
			lk_ring_release(&rx);
		}
	}
	T_OK(good, "wrap: frames of every length, one at a time");
	/* so that every place before the end is a place where a record begins, or where one no longer fits */
	for (uint32_t before = 0; before < 40 && good; before++) {
		const uint32_t at = LK_RING_BYTES - 32 * before, eighth = LK_RING_BYTES / 8 - 32, last = at - LK_RING_BYTES / 8 * 7 - 32;
		uint32_t seq;

		begin();
		for (seq = 0; seq < 8; seq++)
			good &= !put(seq, seq < 7 ? eighth : last);
		good &= !lk_ring_flush(&tx) && tx.own == at;
		for (seq = 0; seq < 8; seq++)
			good &= take(seq, seq < 7 ? eighth : last);
		lk_ring_release(&rx);
		for (seq = 0; seq < 30; seq++)
			good &= !put(seq, 17 * seq);
		good &= !lk_ring_flush(&tx);
		for (seq = 0; seq < 30; seq++)
			good &= take(seq, 17 * seq);
		good &= !look();
	}
	T_OK(good, "wrap: at every place before the end");
}

static void test_full(void)
{
	uint32_t in = 0, out = 0;
	int r;

	begin();
	while (!(r = put(in, 1514)))
		in++;
	T_OK(r == -ENOBUFS && in > (LK_OUT_HARD + LK_RING_BYTES) / 1600 && lk_ring_full(&tx) && !lk_ring_empty(&tx),
	     "full: what does not fit waits, up to the hard limit");
	for (;; lk_ring_release(&rx)) {
		if (lk_ring_flush(&tx) || !look())
			break;
		for (r = 0; r < 100 && look() == 1; r++)
			if (!take(out, 1514))
				break;
			else
				out++;
	}
	T_OK(in == out && lk_ring_empty(&tx) && !lk_ring_full(&tx), "full: and comes in order when there is room");
}

static void test_sleep(void)
{
	uint32_t in = 0, out = 0;

	begin();
	put(in++, 60);
	lk_ring_flush(&tx);
	wakes(to_rx);
	T_OK(lk_ring_wait(&rx) && take(out++, 60) && !lk_ring_wait(&rx), "sleep: not while there is a frame");
	lk_ring_release(&rx);
	lk_ring_flush(&tx);
	T_OK(!wakes(to_rx), "sleep: nothing new, nothing told");
	put(in++, 60);
	T_OK(!wakes(to_rx), "sleep: not told before the end of the turn");
	lk_ring_flush(&tx);
	put(in++, 60);
	lk_ring_flush(&tx);
	T_OK(wakes(to_rx) == 1, "sleep: told once");
	while (look() == 1)
		take(out++, 60);
	put(in++, 60);
	lk_ring_flush(&tx);
	T_OK(!wakes(to_rx) && take(out++, 60), "sleep: awake, not told");
	T_OK(!lk_ring_wait(&rx) && !wakes(to_tx), "sleep: the producer is not told of room that it did not want");
	while (!lk_ring_full(&tx))
		put(in++, 1000);
	lk_ring_flush(&tx);
	T_OK(wakes(to_rx) == 1 && lk_ring_full(&tx), "sleep: told, though it was published in pieces");
	take(out++, 1000);
	lk_ring_release(&rx);
	lk_ring_flush(&tx);
	T_OK(!wakes(to_tx), "sleep: little room is no room");
	while (look() == 1)
		take(out++, 1000);
	lk_ring_release(&rx);
	T_OK(wakes(to_tx) == 1 && in == out, "sleep: room is told once");
	lk_ring_flush(&tx);
	T_OK(!lk_ring_full(&tx), "sleep: and is there");
}

/* ---- frames that are lent ---- */

/* Where the payload of frame @seq lies in the pool: 64 KiB for each of the last 64. */
static uint8_t *spot(uint32_t seq)
{
	return pool + seq % 64 * 65536;
}

/* Frame @seq with @len bytes, 100 of them not in the pool, the rest there in @n pieces. */
static unsigned lend(uint32_t seq, uint32_t len, int n)
{
	const struct lk_ring_rec rec = { .len = len, .ts_ns = seq };
	const uint32_t part = (len - 100) / (uint32_t)n;
	struct iovec iov[30] = { { bytes, 100 } };

	memset(bytes, (int)seq, 100);
	memset(spot(seq), (int)seq, len - 100);
	for (int i = 1; i <= n; i++)
		iov[i] = (struct iovec){ spot(seq) + (uint32_t)(i - 1) * part, i < n ? part : len - 100 - (uint32_t)(n - 1) * part };
	return lk_ring_lend(&tx, &rec, iov, 1 + n);
}

static struct iovec got[1 + LK_RING_PIECES]; /* by borrow() */

/* The next frame is @seq with @len bytes, in 1 + @n pieces (0: any number); takes it. */
static bool borrow(uint32_t seq, uint32_t len, int n)
{
	struct iovec *iov = got;
	struct lk_ring_rec rec;
	uint32_t total = 0;
	const uint8_t *p;
	bool good = true;
	int r;

	if (lk_ring_get(&rx, &rec, &p) != 1 || rec.type != LK_RING_LENT || rec.ts_ns != seq)
		return false;
	r = lk_ring_pieces(&rx, &rec, p, iov, &total);
	if (total != len || r < 2 || (n && r != 1 + n))
		return false;
	for (int i = 0; i < r; i++)
		for (size_t k = 0; k < iov[i].iov_len; k++)
			good &= ((uint8_t *)iov[i].iov_base)[k] == (uint8_t)seq;
	lk_ring_take(&rx);
	return good;
}

/* How many numbers come back; the last one in *@last. */
static unsigned backs(int *last)
{
	unsigned n = 0;
	int k;

	lk_ring_give_back(&rx);
	for (; (k = lk_ring_back(&tx)) >= 0; n++)
		*last = k;
	return n;
}

static void test_lend(void)
{
	struct iovec out[2] = { { bytes, 100 }, { bytes, 20000 } };
	struct lk_ring_rec rec = { .len = 20100 };
	unsigned one, two, n;
	bool good;
	int last = -1;

	begin_lending();
	one = lend(0, 20000, 1);
	two = lend(1, 65000, (int)LK_RING_PIECES);
	good = one && two && one != two && !put(2, 300) && lend(3, LK_LENT_MIN, 2);
	lk_ring_flush(&tx);
	T_OK(good && tx.own < 2048 && borrow(0, 20000, 1) && borrow(1, 65000, (int)LK_RING_PIECES) && take(2, 300) && borrow(3, LK_LENT_MIN, 2),
	     "lent: frames are where they were, among copied ones, in order");
	T_OK(rx_pools.pool[1].base && (uint8_t *)got[1].iov_base >= rx_pools.pool[1].base && (uint8_t *)got[1].iov_base < rx_pools.pool[1].base + LK_POOL_BYTES,
	     "lent: and in the reader's guest");
	lk_ring_release(&rx);
	T_OK(lk_ring_back(&tx) < 0 && backs(&last) == 3 && !backs(&last), "lent: back when the guest has run, once");
	good = !lend(0, 20000, (int)LK_RING_PIECES + 1) && !lend(0, LK_LENT_MIN - 1, 1) && !lk_ring_lend(&tx, &rec, out, 2);
	out[1] = (struct iovec){ pool + LK_POOL_BYTES - 19999, 20000 };
	good &= !lk_ring_lend(&tx, &rec, out, 2);
	out[1].iov_base = pool - 1;
	good &= !lk_ring_lend(&tx, &rec, out, 2);
	tx.pools = NULL;
	T_OK(good && !lend(0, 20000, 1), "lent: not in too many pieces, not small, nothing from elsewhere, nothing without a pool");

	begin_lending();
	one = lend(0, 20000, 1);
	two = lend(1, 20000, 1);
	lk_ring_flush(&tx);
	good = borrow(0, 20000, 1);
	needs[0].at = (uint8_t *)got[1].iov_base + 50; /* of the first page: the number is the frame's, not the place's */
	needs[0].len = 1;
	good &= borrow(1, 20000, 1) && backs(&last) == 1 && last == (int)two - 1 && !backs(&last);
	needs[0].at = NULL;
	T_OK(good && backs(&last) == 1 && last == (int)one - 1, "lent: what the guest needs stays, what it does not comes back before it");

	begin_lending();
	for (n = 0; n < 60 && !lk_ring_full(&tx); n++)
		lend(n, 60000, 2);
	lk_ring_flush(&tx);
	good = n == (LK_RING_SOFT + 59999) / 60000 && lk_ring_full(&tx);
	for (uint32_t i = 0; i < n / 2; i++)
		good &= borrow(i, 60000, 2);
	needs[0].at = rx_pools.pool[1].base;
	needs[0].len = LK_POOL_BYTES;
	lk_ring_release(&rx);
	good &= !wakes(to_tx);
	for (uint32_t i = n / 2; i < n; i++)
		good &= borrow(i, 60000, 2);
	lk_ring_release(&rx);
	lk_ring_flush(&tx);
	T_OK(good && wakes(to_tx) == 1 && !backs(&last) && !lk_ring_full(&tx), "lent: their bytes count until they are read, not until they are back; room is told once");
	for (; lend(n, LK_LENT_MIN, 1); n++) {
		lk_ring_flush(&tx);
		good &= borrow(n, LK_LENT_MIN, 1);
		lk_ring_release(&rx);
	}
	T_OK(good && n == LK_LENT_MAX && !put(n, 100) && !lk_ring_flush(&tx) && take(n, 100), "lent: a bounded number; the others are copied");
	memset(needs, 0, sizeof(needs));
	T_OK(backs(&last) == n && lend(n, LK_LENT_MIN, 1), "lent: and again, when they are back");
	lk_ring_release(&rx);
}

/* Three elements in a row, and what lies in the first one's pool. */
static void test_pools(void)
{
	struct lk_pools third = { .place = place, .busy = busy };
	struct lk_ring tx2, rx2, back;
	struct lk_ring_ctl *ctl2 = aligned_alloc(64, sizeof(*ctl2));
	uint8_t *data2 = malloc(LK_RING_BYTES);
	struct lk_ring_rec rec = { .len = 20000 };
	int pair[2], last, n = -1;
	uint32_t len = 0;
	const uint8_t *p;
	bool good;

	begin_lending();
	memset(ctl2, 0, sizeof(*ctl2));
	lk_ring_init(&tx2, ctl2, data2, to_rx);
	lk_ring_init(&rx2, ctl2, data2, to_tx);
	good = !socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) && lend(5, 20000, 1);
	tx2.pools = &rx_pools;
	rx2.pools = &third;
	tx2.sock = pair[0];
	rx2.sock = pair[1];
	tx2.link = rx2.link = &third;
	lk_ring_flush(&tx);
	good &= borrow(5, 20000, 1);
	lk_ring_init(&back, ctl2, data2, to_rx); /* the way back to the first, on the same link */
	back.pools = &rx_pools;
	back.link = rx.link;
	back.sock = pair[0];
	T_OK(good && !lk_ring_lend(&back, &rec, got, 2) && !back.pools_told, "pools: nothing is lent back to where it came from");
	good &= tell(&tx2, &rx2, got[1].iov_base);
	good &= lk_ring_lend(&tx2, &rec, got, 2) && !lk_ring_flush(&tx2) && lk_ring_get(&rx2, &rec, &p) == 1;
	if (good)
		n = lk_ring_pieces(&rx2, &rec, p, got, &len);
	T_OK(n == 2 && len == 20000 && got[1].iov_base == third.pool[1].base + (spot(5) - pool) && *(uint8_t *)got[1].iov_base == 5,
	     "pools: lent on to a third, who sees the first one's bytes in a window of his own");
	lk_ring_take(&rx2);

	/* the same pool from another side: not in the guest, and given back at once, though the guest needs what is there */
	needs[0].at = third.pool[1].base;
	needs[0].len = LK_POOL_BYTES;
	lk_ring_fini(&rx);
	memset(ctl, 0, sizeof(*ctl));
	lk_ring_init(&tx, ctl, data, to_rx);
	lk_ring_init(&rx, ctl, data, to_tx);
	tx.pools = &tx_pools;
	rx.pools = &third;
	tx.link = rx.link = &sock;
	tx.sock = sock[0];
	rx.sock = sock[1];
	good = tell(&tx, &rx, pool) && lend(6, 20000, 1) && !lk_ring_flush(&tx) && borrow(6, 20000, 1);
	T_OK(good && rx.plain[0] && got[1].iov_base != third.pool[1].base + (spot(6) - pool) && backs(&last) == 1,
	     "pools: one that came by another link is copied from, and given back at once");
	lk_ring_give_back(&rx2);
	T_OK(lk_ring_back(&tx2) < 0, "pools: while what came by the first one is needed");
	memset(needs, 0, sizeof(needs));
	lk_ring_give_back(&rx2);
	T_OK(lk_ring_back(&tx2) >= 0, "pools: and back when it is not");
	lk_ring_fini(&tx2);
	lk_ring_fini(&rx2);
	forget_pools(&third);
	close(pair[0]);
	close(pair[1]);
	free(ctl2);
	free(data2);
}

/* ---- an output whose reader goes ---- */

static unsigned back_count;

static void lent_back(struct lk_port *port, unsigned number)
{
	(void)port;
	(void)number;
	back_count++;
}

static void test_out(void)
{
	struct lk_loop *loop = lk_loop_new();
	struct lk_port port = { .name = "right", .loop = loop, .mtu = 1500, .lent_back = lent_back, .pools = &tx_pools };
	int fds[LK_SHM_FDS], p[2];
	struct lk_shm *a = lk_shm_new(loop, fds), *b = a ? lk_shm_map(loop, fds) : NULL;
	struct iovec iov[2] = { { bytes, 100 }, { NULL, 20000 } };
	struct lk_io io = LK_IO_CLOSED;
	struct lk_out out = { 0 };
	bool good;

	if (!T_OK(a && b && !pipe2(p, O_NONBLOCK), "output: is there"))
		return;
	begin_lending(); /* for its pools; its ring is not used */
	a->tx.pools = &tx_pools;
	b->rx.pools = &rx_pools;
	iov[1].iov_base = pool;
	lk_out_init(&out, &port, PKT_FMT_TEXT, NULL);
	good = !lk_io_own(&io, p[1]) && !lk_out_attach(&out, &io);
	lk_out_begin(&out, PKT_FMT_TEXT);
	good &= !lk_out_ring(&out, a);
	good &= tell(&a->tx, &b->rx, pool);
	for (int i = 0; i < 3; i++) {
		struct lk_ring_rec rec;
		const uint8_t *at;
		uint32_t len;

		port.kept = 0;
		lk_out_send(&out, iov, 2, 20100);
		good &= port.kept;
		lk_out_flush(&out);
		good &= lk_ring_get(&b->rx, &rec, &at) == 1 && lk_ring_pieces(&b->rx, &rec, at, got, &len) == 2;
		lk_ring_take(&b->rx);
		if (i == 1) {
			close(p[0]);
			lk_loop_wait(loop, 1000000000);
			good &= out.gone;
			break;
		}
		lk_ring_give_back(&b->rx);
		lk_out_flush(&out);
		good &= back_count == 1;
	}
	T_OK(good, "output: frames are lent, and come back when the reader has done with them");
	lk_ring_give_back(&b->rx);
	lk_out_flush(&out);
	T_OK(back_count == 1, "output: what was lent to a reader that has gone does not: one behind him may read there");
	lk_out_close(&out);
	for (int i = 0; i < LK_SHM_FDS; i++)
		close(fds[i]);
	lk_shm_put(a);
	lk_shm_put(b);
	lk_loop_free(loop);
}

/* ---- lies ---- */

static void three(void)
{
	begin();
	for (uint32_t i = 0; i < 3; i++)
		put(i, 100);
	lk_ring_flush(&tx);
}

static bool refused(void)
{
	const int first = look();

	return first == -EPROTO && look() == first && lk_ring_wait(&rx);
}

static void test_lies(void)
{
	static const uint32_t lens[] = { 449, 1000, LK_RING_BYTES - 32, LK_RING_BYTES, PKT_FRAME_MAX + 1, 0x7fffffff, 0xffffffe0, 0xffffffff };
	static const uint64_t tails[] = { 1, 480 + 16, LK_RING_BYTES + 32, 1ull << 32, 1ull << 63, ~31ull, ~0ull };
	struct lk_ring_rec *rec = (void *)data;
	bool good = true;

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		for (uint32_t type = 0; type < 2; type++) {
			three();
			rec->len = lens[i];
			rec->type = type;
			good &= refused();
		}
	}
	T_OK(good, "lies: lengths over what was published, over the end, over the most");
	three();
	rec->type = 3;
	T_OK(refused(), "lies: a type that is none");
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		three();
		ctl->tail = tails[i];
		good &= refused();
	}
	three();
	take(0, 100);
	ctl->tail = 0;
	while (look() == 1)
		lk_ring_take(&rx);
	T_OK(good && refused(), "lies: a tail that goes back, too far, or into a record");
	three();
	ctl->tail -= 32;
	take(0, 100);
	take(1, 100);
	T_OK(refused(), "lies: a record that is not all there");
	good = true;
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		uint32_t n = 0;

		three();
		ctl->head = tails[i];
		for (; n < 100000 && !put(n, 1000); n++)
			;
		good &= n < (LK_OUT_HARD + LK_RING_BYTES) / 1000 && lk_ring_flush(&tx) == -EPROTO && !lk_ring_full(&tx);
	}
	T_OK(good, "lies: a head that goes too far: nothing over the limit, no writing");
	for (size_t i = 0; i < 11; i++) {
		struct lk_ring_lent *lent = (void *)(rec + 1);

		begin_lending();
		lend(0, 20000, 3);
		lk_ring_flush(&tx);
		lent->n = (const uint16_t[]){ 3, 21, 22, 65535, 2, 2, 2, 2, 2, 2, 2 }[i];
		lent->number = (const uint16_t[]){ 0, 0, 0, 0, 0, 0, 0, 0, LK_LENT_MAX, 0, 0 }[i];
		lent->piece[0].pool = (const uint32_t[]){ 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, ~0u }[i];
		lent->piece[0].at = (const uint32_t[]){ 0, 0, 0, 0, LK_POOL_BYTES - 99, ~0u, 0, 0, 0, 0, 0 }[i];
		lent->piece[0].len = (const uint32_t[]){ 100, 100, 100, 100, 100, 100, ~0u, 100, 100, 100, 100 }[i];
		if (!i) /* the list is longer than the record, then: two pieces that are a frame over the most */
			rec->len = offsetof(struct lk_ring_lent, piece) + sizeof(lent->piece[0]);
		if (i == 7)
			lent->piece[0].len = lent->piece[1].len = PKT_FRAME_MAX / 2 + 1;
		good &= !borrow(0, 20000, 3) && refused();
	}
	T_OK(good, "lies: what is lent: pieces too many, not in the pool, too long, a list that is cut, a number or a pool that is none");
	begin_lending();
	lend(0, 20000, 1);
	lend(1, 20000, 1);
	lk_ring_flush(&tx);
	((struct lk_ring_lent *)(void *)(rec + 1))->number = 1;
	T_OK(borrow(0, 20000, 1) && !borrow(1, 20000, 1) && refused(), "lies: a number that was not given back");
	good = true;
	for (size_t i = 0; i < 4; i++) {
		int fd = i < 2 ? memfd_create("t", MFD_ALLOW_SEALING) : open(i == 2 ? "/dev/null" : "/proc/self/exe", O_RDONLY);

		begin_pools();
		close(tx_pools.pool[0].fd);
		if (i < 2)
			good &= !ftruncate(fd, i ? LK_POOL_BYTES : 4096) && (i || !fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
		tx_pools.pool[0].fd = fd;
		good &= tell(&tx, &rx, pool) && rx.pools_told == 1 && !rx.known && !lend(0, 20000, 1);
		good &= !put(1, 20000) && !lk_ring_flush(&tx) && take(1, 20000);
	}
	T_OK(good, "lies: a pool too small, one that can shrink, a device, a file: nothing is lent from it, all else goes on");
	begin_pools();
	ctl->pools = 1;
	lk_ring_give_back(&rx);
	T_OK(!rx.pools_told && send(sock[0], "", 1, 0) == 1, "lies: a pool that was not told of");
	lk_ring_give_back(&rx);
	T_OK(rx.pools_told == 1 && !rx.known, "lies: or without a descriptor");
	for (size_t i = 0; i < 4; i++) {
		begin_lending();
		lend(0, 20000, 1);
		lk_ring_flush(&tx);
		ctl->back = (const uint64_t[]){ LK_LENT_MAX + 1, 1, 1, ~0ull }[i];
		ctl->number[0] = (const uint16_t[]){ 0, 1, LK_LENT_MAX, 0 }[i];
		good &= lk_ring_back(&tx) == -1 && lk_ring_flush(&tx) == -EPROTO && lk_ring_back(&tx) == -1;
	}
	begin_lending();
	lend(0, 20000, 1);
	lk_ring_flush(&tx);
	ctl->back = 2;
	T_OK(good && lk_ring_back(&tx) == 0 && lk_ring_back(&tx) == -1 && lk_ring_flush(&tx) == -EPROTO, "lies: given back: too many, not lent, twice");
	begin_lending();
	good = true;
	for (uint32_t i = 0; i < 3 * LK_LENT_MAX && good; i++) { /* back before they are read */
		const unsigned number = lend(i, LK_LENT_MIN, 1);

		if (!number)
			break;
		ctl->number[i % LK_LENT_MAX] = (uint16_t)(number - 1);
		ctl->back = i + 1;
		lk_ring_flush(&tx);
		good &= lk_ring_back(&tx) == (int)number - 1 && tx.unread_next - tx.unread_first <= LK_LENT_MAX;
	}
	T_OK(good && lk_ring_full(&tx), "lies: given back unread: no more than there is place for");
	three();
	ctl->room_at = ctl->data_at = 12345678901234567ull;
	take(0, 100);
	lk_ring_release(&rx);
	lk_ring_flush(&tx);
	T_OK(look() == 1, "lies: when to be woken is nobody's business but the liar's");
}

/* 1 or 0: lies; 2^31: believed what it should not have. */
static uint32_t pieces_good(const struct lk_ring_rec *rec, const uint8_t *p)
{
	struct iovec iov[1 + LK_RING_PIECES];
	uint32_t len = 0;
	const int n = lk_ring_pieces(&rx, rec, p, iov, &len);
	uint64_t sum = 0;

	if (n < 0)
		return 0;
	for (int i = 0; i < n; i++) {
		const uint8_t *at = iov[i].iov_base, *from = i ? rx.seen[0] : data, *to = i ? rx.seen[0] + LK_POOL_BYTES : data + LK_RING_BYTES;

		sum += iov[i].iov_len;
		if (at < from || iov[i].iov_len > (size_t)(to - at))
			return 1u << 31;
	}
	return sum == len && len <= PKT_FRAME_MAX ? 1 : 1u << 31;
}

/* Any bytes as ring and counters; what changes is found by the sanitizer. */
static void test_noise(void)
{
	uint64_t x = 88172645463325252ull, frames = 0, lent = 0;

	for (int run = 0; run < 3000; run++) {
		begin_lending();
		lend(0, 20000, 1);
		lk_ring_flush(&tx);
		borrow(0, 20000, 1);
		rx.own = rx.other = 0;
		for (size_t i = 0; i < 4096; i += 8) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			/* short lengths and good types are likely: so more is read before the end */
			*(uint64_t *)(data + i) = i % 64 == 32 ? x & 0xff0007 :	     /* pieces and a number */
						  !(i % 32)    ? x & 0x30000007full : /* a record */
						  i % 64 == 40 ? x << 42 >> 10 :      /* where */
						  i % 64 == 48 ? x & 0x7f :	     /* how long */
								 x;
		}
		ctl->tail = x % LK_RING_BYTES & ~31ull;
		for (int i = 0; i < 1000; i++) {
			struct lk_ring_rec rec;
			const uint8_t *p;

			if (lk_ring_get(&rx, &rec, &p) != 1)
				break;
			frames += rec.len > PKT_FRAME_MAX || p < data || p + rec.len > data + LK_RING_BYTES ? 1u << 31 : 1;
			if (rec.type == LK_RING_LENT)
				lent += pieces_good(&rec, p);
			lk_ring_take(&rx);
			lk_ring_release(&rx);
		}
		lk_ring_give_back(&rx);
	}
	T_OK(frames > 1000 && frames < 1u << 31, "noise: frames within the ring, or none");
	T_OK(lent > 10 && lent < 1u << 31, "noise: what is lent within ring and pool, or none");
}

/* ---- the memory ---- */

static void test_map(void)
{
	struct lk_loop *loop = lk_loop_new();
	int fds[LK_SHM_FDS], other[LK_SHM_FDS], p[2] = { -1, -1 };
	struct lk_shm *a = lk_shm_new(loop, fds), *b = a ? lk_shm_map(loop, fds) : NULL;
	const struct iovec iov = { bytes, 60 };
	struct lk_ring_rec rec = { .len = 60 };
	const uint8_t *at;
	bool good;

	if (!T_OK(a && b, "memory: made and mapped"))
		return;
	T_OK(ftruncate(fds[0], 0) < 0 && errno == EPERM, "memory: does not shrink");
	lk_ring_wait(&b->rx);
	good = !lk_ring_put(&a->tx, &rec, &iov, 1) && !lk_ring_flush(&a->tx) && lk_loop_wait(loop, -1) == 1;
	good &= lk_ring_get(&b->rx, &rec, &at) == 1 && !lk_ring_put(&b->tx, &rec, &iov, 1) && !lk_ring_flush(&b->tx);
	T_OK(good && lk_ring_get(&a->rx, &rec, &at) == 1, "memory: a frame each way, the loop wakes");

	memcpy(other, fds, sizeof(fds));
	other[0] = memfd_create("t", MFD_ALLOW_SEALING);
	good = !ftruncate(other[0], LK_SHM_BYTES) && !lk_shm_map(loop, other);
	good &= !fcntl(other[0], F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
	lk_shm_put(lk_shm_map(loop, other));
	close(other[0]);
	other[0] = memfd_create("t", MFD_ALLOW_SEALING);
	good &= !ftruncate(other[0], 4096) && !fcntl(other[0], F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) && !lk_shm_map(loop, other);
	close(other[0]);
	other[0] = open("/proc/self/exe", O_RDONLY);
	good &= !lk_shm_map(loop, other);
	close(other[0]);
	T_OK(good, "memory: not sealed, too small, a file: refused");
	other[0] = fds[0];
	other[1] = eventfd(0, 0);
	good = !lk_shm_map(loop, other) && !pipe2(p, O_NONBLOCK);
	close(other[1]);
	other[1] = fds[1];
	other[2] = p[1];
	good &= !lk_shm_map(loop, other);
	other[2] = fds[2];
	other[3] = p[1];
	good &= !lk_shm_map(loop, other);
	other[2] = -1;
	other[3] = fds[3];
	T_OK(good && !lk_shm_map(loop, other), "memory: a descriptor that would block, a pipe, none: refused");
	close(p[0]);
	close(p[1]);
	for (int i = 0; i < LK_SHM_FDS; i++)
		close(fds[i]);
	lk_shm_put(a);
	lk_shm_put(b);
	lk_loop_free(loop);
}

/* ---- two processes, each asleep whenever it can be: a wake-up that is lost is a hang ---- */

#define MANY 300000u

static uint32_t len_of(uint32_t seq)
{
	return seq % 1009 == 7 ? 65536 : seq * 2654435761u % 1500;
}

static bool to_lend(uint32_t seq)
{
	return seq % 1009 == 7 && seq % 2;
}

static void producer(void)
{
	struct pollfd p = { .fd = to_tx, .events = POLLIN };
	uint32_t seq = 0, lent = 0;

	while (seq < MANY || !lk_ring_empty(&tx)) {
		for (uint32_t n = 0; n < 1 + seq % 97 && seq < MANY && !lk_ring_full(&tx); n++, seq++)
			if (to_lend(seq) && lk_ring_empty(&tx) && lent < 32 && lend(seq, len_of(seq), 2))
				lent++;
			else if (put(seq, len_of(seq)))
				_exit(2);
		if (lk_ring_flush(&tx))
			_exit(3);
		while (lk_ring_back(&tx) >= 0)
			lent--;
		if (lk_ring_full(&tx) && poll(&p, 1, 20000) != 1)
			_exit(4);
		wakes(to_tx);
	}
	_exit(0);
}

static void test_two(void)
{
	struct pollfd p = { .fd = to_rx, .events = POLLIN };
	uint32_t seq = 0;
	pid_t pid;
	int st, n;

	ctl = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	data = mmap(NULL, LK_RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	begin_lending();
	fflush(stdout);
	pid = fork();
	if (!pid)
		producer();
	while (seq < MANY) {
		for (n = 0; n < 50 && look() == 1; n++, seq++)
			if (!(to_lend(seq) && borrow(seq, len_of(seq), 2)) && !take(seq, len_of(seq)))
				break;
		lk_ring_release(&rx);
		lk_ring_give_back(&rx);
		if (!lk_ring_wait(&rx) && seq < MANY && poll(&p, 1, 20000) != 1)
			break;
		wakes(to_rx);
	}
	T_OK(seq == MANY, "two: every frame, in order, whole; no wake-up is lost");
	if (seq < MANY)
		kill(pid, SIGKILL);
	T_OK(waitpid(pid, &st, 0) == pid && !st, "two: the producer ends");
}

int main(void)
{
	alarm(300);
	ctl = aligned_alloc(64, sizeof(*ctl));
	data = malloc(LK_RING_BYTES);
	to_rx = eventfd(0, EFD_NONBLOCK);
	to_tx = eventfd(0, EFD_NONBLOCK);
	test_wrap();
	test_full();
	test_sleep();
	test_lend();
	test_pools();
	test_out();
	test_lies();
	test_noise();
	test_map();
	lk_ring_fini(&tx);
	lk_ring_fini(&rx);
	free(ctl);
	free(data);
	test_two();
	lk_ring_fini(&tx);
	lk_ring_fini(&rx);
	forget_pools(&tx_pools);
	forget_pools(&rx_pools);
	return t_done();
}
