// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/ring.c - one direction of a shared-memory link; ring.h has the layout and whom to trust
 *
 * Theory of operation
 * -------------------
 * The producer writes records behind its private tail and publishes them in pieces of RING_PIECE, so that the other side can begin,
 * and at the end of a turn. The consumer reads on until it reaches the tail that it has read last, and only then looks again.
 *
 * Sleeping. The consumer says in data_at how far it has read, looks once more, and sleeps if there is nothing. The producer, when it
 * has published, looks whether data_at lies in what it has published since it last looked, and writes to the eventfd if so: once
 * for each time that the other side fell asleep, never while it is awake. Room is waited for in the same way, with room_at. A
 * value that makes no sense costs a wake-up too many or the other side's own.
 *
 * What does not fit waits in private memory (late), whole records in the same form, up to LK_OUT_HARD.
 *
 * Lending. A large frame whose payload lies in the producer's pool is not copied into the ring: the record says where it lies, and the
 * producer's guest keeps it there until head has passed the record. So it is copied once a link, by the consumer's card into its guest. Its
 * bytes count against LK_RING_SOFT as if they were in the ring.
 */
#define _GNU_SOURCE
#include "lib/netdev/ring.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "lib/netdev/stream.h"

#define RING_PIECE 8192u
#define REC ((uint32_t)sizeof(struct lk_ring_rec))

_Static_assert(sizeof(struct lk_ring_rec) == LK_RING_ALIGN, "a pad record fits wherever a record may begin");
_Static_assert(LK_RING_SOFT / 2 + 2 * (PKT_FRAME_MAX + LK_RING_ALIGN) < LK_RING_BYTES, "woken for room, the longest frame fits");

void lk_ring_init(struct lk_ring *r, struct lk_ring_ctl *ctl, uint8_t *data, int wake_fd)
{
	memset(r, 0, sizeof(*r));
	r->ctl = ctl;
	r->data = data;
	r->wake_fd = wake_fd;
}

void lk_ring_fini(struct lk_ring *r)
{
	pkt_buf_free(&r->late);
	r->late_off = 0;
}

static uint32_t rec_size(uint32_t len)
{
	return REC + ((len + LK_RING_ALIGN - 1) & ~(LK_RING_ALIGN - 1));
}

static void ring_wake(const struct lk_ring *r)
{
	const uint64_t one = 1;
	ssize_t n = write(r->wake_fd, &one, sizeof(one)); /* EAGAIN: it has been told 2^64 - 2 times */

	(void)n;
}

/* ---- producer ---- */

/* Look at head: false where it makes no sense. */
static bool see_head(struct lk_ring *r)
{
	/* acquire: the consumer's reads of the bytes before head are over; pairs with the release in lk_ring_release() */
	const uint64_t head = __atomic_load_n(&r->ctl->head, __ATOMIC_ACQUIRE);

	if (head - r->other > r->published - r->other || head % LK_RING_ALIGN)
		r->broken = true;
	else
		r->other = head;
	while (r->lent_first != r->lent_next && r->other - r->lent[r->lent_first % LK_RING_LENT_MAX].end <= LK_RING_BYTES) {
		r->lent_bytes -= r->lent[r->lent_first++ % LK_RING_LENT_MAX].len;
		r->lent_back++;
	}
	return !r->broken;
}

static void publish(struct lk_ring *r)
{
	/* release: the records before tail are there; pairs with the acquire in see_tail() */
	__atomic_store_n(&r->ctl->tail, r->own, __ATOMIC_RELEASE);
	r->published = r->own;
}

/* Room for @size bytes in one piece behind own, padded to there if need be. NULL: not now. */
static uint8_t *reserve(struct lk_ring *r, uint32_t size)
{
	const uint32_t at = r->own % LK_RING_BYTES, rest = LK_RING_BYTES - at, pad = size > rest ? rest : 0;

	if (r->own + pad + size - r->other > LK_RING_BYTES && (!see_head(r) || r->own + pad + size - r->other > LK_RING_BYTES))
		return NULL;
	if (pad) {
		*(struct lk_ring_rec *)(r->data + at) = (struct lk_ring_rec){ .len = pad - REC, .type = LK_RING_PAD };
		r->own += pad;
	}
	return r->data + r->own % LK_RING_BYTES;
}

static void copy_record(uint8_t *to, const struct lk_ring_rec *rec, const struct iovec *iov, int n)
{
	size_t left = rec->len, k;
	int i;

	memcpy(to, rec, REC);
	to += REC;
	for (i = 0; i < n && left; i++) {
		k = iov[i].iov_len < left ? iov[i].iov_len : left;
		memcpy(to, iov[i].iov_base, k);
		to += k;
		left -= k;
	}
}

static void commit(struct lk_ring *r, uint32_t size)
{
	r->own += size;
	if (r->own - r->published >= RING_PIECE)
		publish(r);
}

int lk_ring_put(struct lk_ring *r, const struct lk_ring_rec *rec, const struct iovec *iov, int n)
{
	const uint32_t size = rec_size(rec->len);
	uint8_t *to = lk_ring_empty(r) ? reserve(r, size) : NULL;

	if (to) {
		copy_record(to, rec, iov, n);
		commit(r, size);
		return 0;
	}
	if (r->late.len - r->late_off > LK_OUT_HARD)
		return -ENOBUFS;
	if (pkt_buf_reserve(&r->late, size))
		return -ENOMEM;
	copy_record(r->late.data + r->late.len, rec, iov, n);
	r->late.len += size;
	return 0;
}

/* What @n pieces take of a record, before the frame's beginning. */
static uint32_t lent_bytes(uint32_t n)
{
	return (uint32_t)(offsetof(struct lk_ring_lent, piece) + n * sizeof(((struct lk_ring_lent *)NULL)->piece[0]));
}

bool lk_ring_lend(struct lk_ring *r, const struct lk_ring_rec *rec, const struct iovec *iov, int n)
{
	struct lk_ring_lent lent;
	struct lk_ring_rec here;
	uint32_t told, i;
	uint8_t *to;

	if (rec->len < LK_LENT_MIN || !r->pool || n < 2 || n > (int)(1 + LK_RING_PIECES) || !lk_ring_empty(r) ||
	    r->lent_next - r->lent_first == LK_RING_LENT_MAX)
		return false;
	lent.n = (uint32_t)n - 1;
	lent.zero = 0;
	told = lent_bytes(lent.n);
	for (i = 0; i < lent.n; i++) {
		const uintptr_t at = (uintptr_t)iov[1 + i].iov_base - (uintptr_t)r->pool;

		if (at >= LK_POOL_BYTES || iov[1 + i].iov_len > LK_POOL_BYTES - at)
			return false;
		lent.piece[i].at = (uint32_t)at;
		lent.piece[i].len = (uint32_t)iov[1 + i].iov_len;
	}
	here = *rec;
	here.type = LK_RING_LENT;
	here.len = told + (uint32_t)iov[0].iov_len;
	to = reserve(r, rec_size(here.len));
	if (!to)
		return false;
	copy_record(to, &here, (struct iovec[]){ { &lent, told }, iov[0] }, 2);
	r->own += rec_size(here.len);
	r->lent[r->lent_next % LK_RING_LENT_MAX].end = r->own;
	r->lent[r->lent_next++ % LK_RING_LENT_MAX].len = rec->len;
	r->lent_bytes += rec->len;
	publish(r);
	return true;
}

unsigned lk_ring_back(struct lk_ring *r, bool all)
{
	unsigned n = r->lent_back;

	if (all) {
		n += r->lent_next - r->lent_first;
		r->lent_first = r->lent_next;
		r->lent_bytes = 0;
	} else if (r->lent_first != r->lent_next) {
		see_head(r);
		n = r->lent_back;
	}
	r->lent_back = 0;
	return n;
}

/* Late records into the ring, as many as fit. */
static void catch_up(struct lk_ring *r)
{
	while (r->late_off < r->late.len) {
		const uint8_t *rec = r->late.data + r->late_off;
		const uint32_t size = rec_size(((const struct lk_ring_rec *)rec)->len);
		uint8_t *to = reserve(r, size);

		if (!to)
			break;
		memcpy(to, rec, size);
		commit(r, size);
		r->late_off += size;
	}
	if (r->late_off == r->late.len) {
		r->late_off = r->late.len = 0;
	} else if (r->late_off > r->late.len - r->late_off) {
		memmove(r->late.data, r->late.data + r->late_off, r->late.len - r->late_off);
		r->late.len -= r->late_off;
		r->late_off = 0;
	}
}

static bool wants_room(const struct lk_ring *r)
{
	return !lk_ring_empty(r) || r->own - r->other + r->lent_bytes >= LK_RING_SOFT;
}

/* Where head has to come that at most half of the soft limit is on the way: some batches at a time, and more than the longest frame is free then. */
static uint64_t room_at(const struct lk_ring *r)
{
	uint64_t at = r->other;
	uint32_t left = r->lent_bytes, i;

	for (i = r->lent_first; i != r->lent_next && r->own - at + left > LK_RING_SOFT / 2; i++) {
		at = r->lent[i % LK_RING_LENT_MAX].end;
		left -= r->lent[i % LK_RING_LENT_MAX].len;
	}
	return r->own - at + left > LK_RING_SOFT / 2 ? r->own - LK_RING_SOFT / 2 : at;
}

int lk_ring_flush(struct lk_ring *r)
{
	uint64_t asleep, room;

	do {
		catch_up(r);
		publish(r);
		if (!wants_room(r) || !see_head(r) || !wants_room(r))
			break;
		room = room_at(r);
		__atomic_store_n(&r->ctl->room_at, room, __ATOMIC_RELAXED);
		/* room_at before head is read again: pairs with the fence in lk_ring_release(), head before room_at */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	} while (see_head(r) && r->other >= room);
	if (r->published != r->told) {
		/* tail before data_at is read: pairs with the fence in lk_ring_wait(), data_at before tail */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		asleep = __atomic_load_n(&r->ctl->data_at, __ATOMIC_RELAXED);
		if (asleep - r->told < r->published - r->told)
			ring_wake(r);
		r->told = r->published;
	}
	return r->broken ? -EPROTO : 0;
}

bool lk_ring_full(const struct lk_ring *r)
{
	return !r->broken && wants_room(r);
}

bool lk_ring_empty(const struct lk_ring *r)
{
	return r->late_off == r->late.len;
}

/* ---- consumer ---- */

/* Look at tail: false where it makes no sense. */
static bool see_tail(struct lk_ring *r)
{
	/* acquire: pairs with the release in publish() */
	const uint64_t tail = __atomic_load_n(&r->ctl->tail, __ATOMIC_ACQUIRE);

	if (tail - r->other > LK_RING_BYTES - (r->other - r->published) || tail % LK_RING_ALIGN)
		r->broken = true;
	else
		r->other = tail;
	return !r->broken;
}

int lk_ring_get(struct lk_ring *r, struct lk_ring_rec *rec, const uint8_t **data)
{
	uint32_t at, most;

	for (;;) {
		if (r->broken)
			return -EPROTO;
		if (r->own == r->other && (!see_tail(r) || r->own == r->other))
			return r->broken ? -EPROTO : 0;
		at = r->own % LK_RING_BYTES;
		most = LK_RING_BYTES - at;
		if (r->other - r->own < most)
			most = (uint32_t)(r->other - r->own);
		memcpy(rec, r->data + at, REC); /* both are multiples of LK_RING_ALIGN: it is there */
		/* the compiler may not read the record again from where the other side can change it */
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		if (rec->len > most - REC || rec_size(rec->len) > most ||
		    (rec->type != LK_RING_PAD && (rec->type > LK_RING_LENT || rec->len > PKT_FRAME_MAX))) {
			r->broken = true;
			return -EPROTO;
		}
		r->got = rec_size(rec->len);
		*data = r->data + at + REC;
		if (rec->type != LK_RING_PAD)
			return 1;
		lk_ring_take(r);
	}
}

int lk_ring_pieces(struct lk_ring *r, const struct lk_ring_rec *rec, const uint8_t *data, struct iovec *iov, uint32_t *len)
{
	struct lk_ring_lent lent;
	uint32_t told, i;

	memcpy(&lent, data, rec->len < sizeof(lent) ? rec->len : sizeof(lent));
	/* the compiler may not read it again, as in lk_ring_get() */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (rec->len < lent_bytes(0) || lent.n > LK_RING_PIECES || rec->len < lent_bytes(lent.n) || !r->pool)
		goto lie;
	told = lent_bytes(lent.n);
	iov[0] = (struct iovec){ (void *)(uintptr_t)(data + told), rec->len - told };
	*len = rec->len - told;
	for (i = 0; i < lent.n; i++) {
		if (lent.piece[i].at > LK_POOL_BYTES || lent.piece[i].len > LK_POOL_BYTES - lent.piece[i].at ||
		    lent.piece[i].len > PKT_FRAME_MAX - *len)
			goto lie;
		iov[1 + i] = (struct iovec){ r->pool + lent.piece[i].at, lent.piece[i].len };
		*len += lent.piece[i].len;
	}
	return 1 + (int)lent.n;
lie:
	r->broken = true;
	return -EPROTO;
}

void lk_ring_take(struct lk_ring *r)
{
	r->own += r->got;
	r->got = 0;
}

void lk_ring_release(struct lk_ring *r)
{
	uint64_t room;

	if (r->own == r->published)
		return;
	/* release: our reads before head are over; pairs with the acquire in see_head() */
	__atomic_store_n(&r->ctl->head, r->own, __ATOMIC_RELEASE);
	r->published = r->own;
	/* head before room_at is read: pairs with the fence in lk_ring_flush(), room_at before head */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	room = __atomic_load_n(&r->ctl->room_at, __ATOMIC_RELAXED);
	if (room - r->told - 1 < r->published - r->told)
		ring_wake(r);
	r->told = r->published;
}

bool lk_ring_wait(struct lk_ring *r)
{
	if (r->broken || r->own != r->other)
		return true;
	__atomic_store_n(&r->ctl->data_at, r->own, __ATOMIC_RELAXED);
	/* data_at before tail is read: pairs with the fence in lk_ring_flush(), tail before data_at */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return !see_tail(r) || r->own != r->other;
}
