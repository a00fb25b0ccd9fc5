// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/fuzz/fuzz_ring.c - any bytes as what a neighbour has written into shared memory
 *
 * The input is a list of writes: u16 where, u8 how many, then so many bytes; where counts from the counters on through the data's
 * beginning and its end. After each one both ends look. What must hold: no crash, no byte outside of the ring and of what
 * is lent, no frame over the most, an end.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/netdev/ring.h"
#include "test/fuzz/fuzz.h"

#define INPUT_MAX 8192u
#define WINDOW 16384u /* bytes of the data's beginning, and of its end, that can be reached */

static struct lk_ring_ctl *ctl;
static uint8_t *ring, *pool;
static int sock[2];

static uint8_t *place(int fd, bool own)
{
	(void)fd;
	(void)own;
	return pool;
}

/* Half of the pool is needed. */
static bool busy(const void *at)
{
	const uint8_t *p = at;

	MUST(p >= pool && p < pool + LK_POOL_BYTES);
	return p < pool + LK_POOL_BYTES / 2;
}

static struct lk_pools ours = { .place = place }, theirs = { .place = place, .busy = busy };

static void poke(uint32_t at, uint8_t byte)
{
	if (at < sizeof(*ctl))
		((uint8_t *)ctl)[at] = byte;
	else if (at - sizeof(*ctl) < WINDOW)
		ring[at - sizeof(*ctl)] = byte;
	else
		ring[LK_RING_BYTES - WINDOW + (at - sizeof(*ctl)) % WINDOW] = byte;
}

static void look_lent(struct lk_ring *rx, const struct lk_ring_rec *rec, const uint8_t *p)
{
	struct iovec iov[1 + LK_RING_PIECES];
	volatile uint8_t sum = 0;
	uint32_t len = 0;
	const int n = lk_ring_pieces(rx, rec, p, iov, &len);

	MUST(len <= PKT_FRAME_MAX && n <= (int)(1 + LK_RING_PIECES));
	for (int i = 0; i < n; i++) {
		MUST(iov[i].iov_len <= len);
		if (iov[i].iov_len)
			sum += ((uint8_t *)iov[i].iov_base)[0] + ((uint8_t *)iov[i].iov_base)[iov[i].iov_len - 1];
		len -= iov[i].iov_len;
	}
	MUST(n < 0 || !len);
}

static void look(struct lk_ring *rx, struct lk_ring *tx)
{
	static const uint8_t frame[1514];
	const struct iovec iov = { (void *)frame, sizeof(frame) };
	const struct lk_ring_rec out = { .len = sizeof(frame) }, large = { .len = sizeof(frame) + 20000 };
	volatile uint8_t sum = 0;
	struct lk_ring_rec rec;
	const uint8_t *p;
	int n, r = 0;

	for (n = 0; n < 100 && (r = lk_ring_get(rx, &rec, &p)) == 1; n++) {
		MUST(rec.len <= PKT_FRAME_MAX && p >= ring && p + rec.len <= ring + LK_RING_BYTES);
		if (rec.len)
			sum += p[0] + p[rec.len - 1];
		if (rec.type == LK_RING_LENT)
			look_lent(rx, &rec, p);
		lk_ring_take(rx);
	}
	MUST(r >= 0 || lk_ring_get(rx, &rec, &p) < 0);
	lk_ring_release(rx);
	lk_ring_wait(rx);
	lk_ring_put(tx, &out, &iov, 1);
	lk_ring_lend(tx, &large, (const struct iovec[]){ iov, { pool + tx->own % LK_POOL_BYTES / 2 * 2, 20000 } }, 2);
	lk_ring_flush(tx);
	lk_ring_give_back(rx);
	MUST(rx->n_held <= LK_LENT_MAX && lk_ring_back(tx) < (int)LK_LENT_MAX && tx->unread_next - tx->unread_first <= LK_LENT_MAX);
	MUST(tx->broken || tx->own - tx->other <= LK_RING_BYTES);
	MUST(rx->broken || rx->other - rx->own <= LK_RING_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lk_ring rx, tx;

	if (size > INPUT_MAX) /* more turns find nothing more, and take long */
		return -1;
	if (!ctl) {
		ctl = aligned_alloc(64, sizeof(*ctl));
		ring = malloc(LK_RING_BYTES);
		pool = malloc(LK_POOL_BYTES);
		MUST(ctl && ring && pool && !socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sock));
		lk_pools_own(&ours);
		MUST(ours.pool[0].base == pool);
	}
	memset(ctl, 0, sizeof(*ctl));
	memset(ring, 0, LK_RING_BYTES);
	/* nobody is woken: the writes fail */
	lk_ring_init(&rx, ctl, ring, -1);
	lk_ring_init(&tx, ctl, ring, -1);
	tx.pools = &ours;
	tx.sock = sock[0];
	rx.pools = &theirs;
	rx.sock = sock[1];
	/* what was told of and not seen the last time */
	while (recv(sock[1], &(char){ 0 }, 1, MSG_DONTWAIT) > 0)
		;
	if (theirs.pool[1].base)
		close(theirs.pool[1].fd);
	theirs.pool[1].base = NULL;
	while (size > 3) {
		const uint32_t at = data[0] | data[1] << 8;
		size_t n = data[2] < size - 3 ? data[2] : size - 3;

		for (size_t i = 0; i < n; i++)
			poke(at + (uint32_t)i, data[3 + i]);
		data += 3 + n;
		size -= 3 + n;
		look(&rx, &tx);
	}
	lk_ring_fini(&tx);
	lk_ring_fini(&rx);
	return 0;
}
