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
 * Lending. A large frame whose payload lies in a pool (pools.h) that the consumer has is not copied into the ring: the record says where it lies. Until the
 * consumer has passed the record its bytes count against LK_RING_SOFT as if they were in the ring. They stay where they are until he gives the
 * frame's number back, in any order, which he does when his guest, and whoever he lent it to, has let go of it; he may hold as many as there are
 * numbers, and further frames are copied. A number that nobody gives back any more stays in use, and its memory with it: when a neighbour ends
 * those behind him may still read there.
 */
#define _GNU_SOURCE
#include "lib/netdev/ring.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/netdev/stream.h"

#define RING_PIECE 8192u
#define REC ((uint32_t)sizeof(struct lk_ring_rec))
#define POOL_PAGE 4096u /* to remember places by */

_Static_assert(sizeof(struct lk_ring_rec) == LK_RING_ALIGN, "a pad record fits wherever a record may begin");
_Static_assert(LK_RING_SOFT / 2 + 2 * (PKT_FRAME_MAX + LK_RING_ALIGN) < LK_RING_BYTES, "woken for room, the longest frame fits");
_Static_assert(LK_POOLS_MAX * (LK_POOL_BYTES / POOL_PAGE) <= 65536, "a place is 16 bits");

void lk_ring_init(struct lk_ring *r, struct lk_ring_ctl *ctl, uint8_t *data, int wake_fd)
{
	memset(r, 0, sizeof(*r));
	r->ctl = ctl;
	r->data = data;
	r->wake_fd = wake_fd;
	r->sock = -1;
}

void lk_ring_fini(struct lk_ring *r)
{
	pkt_buf_free(&r->late);
	r->late_off = 0;
	for (uint32_t i = 0; i < LK_POOLS_MAX; i++)
		if (r->plain[i] && r->seen[i])
			munmap(r->seen[i], LK_POOL_BYTES);
	free(r->held);
	r->held = NULL;
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
	while (r->unread_first != r->unread_next && r->other - r->unread[r->unread_first % LK_LENT_MAX].end <= LK_RING_BYTES)
		r->unread_bytes -= r->unread[r->unread_first++ % LK_LENT_MAX].len;
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

/* The consumer shall know pool number @i. It will say so. */
static void tell_pool(struct lk_ring *r, int i)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { (void *)(uintptr_t)"", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c = (struct cmsghdr *)control;

	if (r->pools_told == LK_POOLS_MAX)
		return;
	*c = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(c), &r->pools->pool[i].fd, sizeof(int));
	if (sendmsg(r->sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) != 1) {
		r->pools_told = LK_POOLS_MAX; /* not again for each frame */
		return;
	}
	r->told_of[i] = (uint8_t)++r->pools_told;
	__atomic_store_n(&r->ctl->pools, r->pools_told, __ATOMIC_RELEASE); /* the message is there */
}

/* Where @iov lies, as the consumer knows it. */
static bool lend_piece(struct lk_ring *r, const struct iovec *iov, struct lk_ring_lent *lent, uint32_t k)
{
	const int i = lk_pools_find(r->pools, iov->iov_base, iov->iov_len);

	if (i < 0 || (r->pools->pool[i].link == r->link && i))
		return false;
	if (!r->told_of[i])
		tell_pool(r, i);
	if (!r->told_of[i] || !(__atomic_load_n(&r->ctl->known, __ATOMIC_RELAXED) >> (r->told_of[i] - 1) & 1))
		return false;
	lent->piece[k].pool = r->told_of[i] - 1u;
	lent->piece[k].at = (uint32_t)((uint8_t *)iov->iov_base - r->pools->pool[i].base);
	lent->piece[k].len = (uint32_t)iov->iov_len;
	return true;
}

unsigned lk_ring_lend(struct lk_ring *r, const struct lk_ring_rec *rec, const struct iovec *iov, int n)
{
	struct lk_ring_rec here = *rec;
	struct lk_ring_lent lent;
	uint32_t told, i;
	uint8_t *to;

	if (rec->len < LK_LENT_MIN || !r->pools || n < 2 || n > (int)(1 + LK_RING_PIECES) || !lk_ring_empty(r))
		return 0;
	if (r->unread_next - r->unread_first == LK_LENT_MAX && (!see_head(r) || r->unread_next - r->unread_first == LK_LENT_MAX))
		return 0;
	for (i = 0; i < LK_LENT_MAX && r->out[r->next_number % LK_LENT_MAX]; i++)
		r->next_number++;
	if (i == LK_LENT_MAX)
		return 0;
	lent.n = (uint16_t)(n - 1);
	lent.number = (uint16_t)(r->next_number % LK_LENT_MAX);
	lent.zero = 0;
	for (i = 0; i < lent.n; i++)
		if (!lend_piece(r, &iov[1 + i], &lent, i))
			return 0;
	told = lent_bytes(lent.n);
	here.type = LK_RING_LENT;
	here.len = told + (uint32_t)iov[0].iov_len;
	to = reserve(r, rec_size(here.len));
	if (!to)
		return 0;
	copy_record(to, &here, (struct iovec[]){ { &lent, told }, iov[0] }, 2);
	r->own += rec_size(here.len);
	r->unread[r->unread_next % LK_LENT_MAX].end = r->own;
	r->unread[r->unread_next++ % LK_LENT_MAX].len = rec->len;
	r->unread_bytes += rec->len;
	r->out[lent.number] = true;
	publish(r);
	return 1u + lent.number;
}

int lk_ring_back(struct lk_ring *r)
{
	/* acquire: the consumer has done with the bytes, and the number is there; pairs with the release in lk_ring_give_back() */
	const uint64_t back = __atomic_load_n(&r->ctl->back, __ATOMIC_ACQUIRE);
	unsigned number;

	if (r->broken || back == r->back)
		return -1;
	number = __atomic_load_n(&r->ctl->number[r->back % LK_LENT_MAX], __ATOMIC_RELAXED);
	if (back - r->back > LK_LENT_MAX || number >= LK_LENT_MAX || !r->out[number]) {
		r->broken = true;
		return -1;
	}
	r->back++;
	r->out[number] = false;
	return (int)number;
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
	return !lk_ring_empty(r) || r->own - r->other + r->unread_bytes >= LK_RING_SOFT;
}

/* Where head has to come that at most half of the soft limit is on the way: some batches at a time, and more than the longest frame is free then. */
static uint64_t room_at(const struct lk_ring *r)
{
	uint64_t at = r->other;
	uint32_t left = r->unread_bytes, i;

	for (i = r->unread_first; i != r->unread_next && r->own - at + left > LK_RING_SOFT / 2; i++) {
		at = r->unread[i % LK_LENT_MAX].end;
		left -= r->unread[i % LK_LENT_MAX].len;
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
		r->got_lent = false;
		*data = r->data + at + REC;
		if (rec->type != LK_RING_PAD)
			return 1;
		lk_ring_take(r);
	}
}

/* A pool that the producer tells of. What cannot be had, for whatever reason, is not lent from. */
static void see_pool(struct lk_ring *r)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	const uint32_t number = r->pools_told;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_LEN(sizeof(int)) };
	const struct cmsghdr *c;
	int fd;

	if (!r->held)
		r->held = calloc(LK_LENT_MAX, sizeof(*r->held));
	if (!r->held || recvmsg(r->sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return;
	r->pools_told++;
	c = CMSG_FIRSTHDR(&msg);
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int)))
		return;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	r->seen[number] = lk_pools_take(r->pools, fd, r->link, &r->plain[number]);
	if (r->seen[number]) {
		r->known |= 1u << number;
		__atomic_store_n(&r->ctl->known, r->known, __ATOMIC_RELAXED);
	}
}

int lk_ring_pieces(struct lk_ring *r, const struct lk_ring_rec *rec, const uint8_t *data, struct iovec *iov, uint32_t *len)
{
	struct lk_ring_held *h;
	struct lk_ring_lent lent;
	uint32_t told, i;

	memcpy(&lent, data, rec->len < sizeof(lent) ? rec->len : sizeof(lent));
	/* the compiler may not read it again, as in lk_ring_get() */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (!r->known || rec->len < lent_bytes(0) || lent.n > LK_RING_PIECES || rec->len < lent_bytes(lent.n) ||
	    lent.number >= LK_LENT_MAX || r->out[lent.number])
		goto lie;
	told = lent_bytes(lent.n);
	iov[0] = (struct iovec){ (void *)(uintptr_t)(data + told), rec->len - told };
	*len = rec->len - told;
	h = &r->held[r->n_held]; /* there is room: their numbers differ */
	h->number = lent.number;
	h->n = 0;
	for (i = 0; i < lent.n; i++) {
		const uint32_t pool = lent.piece[i].pool, at = lent.piece[i].at;

		if (pool >= LK_POOLS_MAX || !r->seen[pool] || at >= LK_POOL_BYTES || lent.piece[i].len > LK_POOL_BYTES - at ||
		    lent.piece[i].len > PKT_FRAME_MAX - *len)
			goto lie;
		iov[1 + i] = (struct iovec){ r->seen[pool] + at, lent.piece[i].len };
		*len += lent.piece[i].len;
		if (!r->plain[pool])
			h->page[h->n++] = (uint16_t)(pool * (LK_POOL_BYTES / POOL_PAGE) + at / POOL_PAGE);
	}
	r->got_lent = true;
	return 1 + (int)lent.n;
lie:
	r->broken = true;
	return -EPROTO;
}

void lk_ring_take(struct lk_ring *r)
{
	r->own += r->got;
	r->got = 0;
	if (r->got_lent)
		r->out[r->held[r->n_held++].number] = true;
	r->got_lent = false;
}

static bool needed(const struct lk_ring *r, const struct lk_ring_held *h)
{
	const uint32_t pages = LK_POOL_BYTES / POOL_PAGE;

	for (uint32_t i = 0; i < h->n; i++)
		if (r->pools->busy(r->seen[h->page[i] / pages] + (size_t)(h->page[i] % pages) * POOL_PAGE))
			return true;
	return false;
}

void lk_ring_give_back(struct lk_ring *r)
{
	uint64_t back = r->back;
	uint32_t i, n = 0;

	if (!r->pools)
		return;
	/* acquire: pairs with the release in tell_pool() */
	if (r->pools_told < LK_POOLS_MAX && __atomic_load_n(&r->ctl->pools, __ATOMIC_ACQUIRE) != r->pools_told)
		see_pool(r);
	for (i = 0; i < r->n_held; i++) {
		if (needed(r, &r->held[i])) {
			r->held[n++] = r->held[i];
			continue;
		}
		r->out[r->held[i].number] = false;
		__atomic_store_n(&r->ctl->number[back++ % LK_LENT_MAX], r->held[i].number, __ATOMIC_RELAXED);
	}
	r->n_held = n;
	if (back == r->back)
		return;
	/* release: our reads of their bytes are over, the numbers are there; pairs with the acquire in lk_ring_back() */
	__atomic_store_n(&r->ctl->back, back, __ATOMIC_RELEASE);
	r->back = back;
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
