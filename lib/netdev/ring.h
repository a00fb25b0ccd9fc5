/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/netdev/ring.h - frames from one process to another through shared memory, one direction (private to lib/netdev)
 *
 * Shared are struct lk_ring_ctl and LK_RING_BYTES of data. tail and head count bytes since the beginning and never wrap; a byte's
 * place is its number modulo LK_RING_BYTES. The producer fills [head + LK_RING_BYTES, tail), the consumer empties [tail, head). A record
 * is a struct lk_ring_rec and its frame, padded to LK_RING_ALIGN, in one piece: where one does not fit before the end, an
 * LK_RING_PAD record takes what is left there.
 *
 * Neither side believes the other. Each has its own counter in private memory and only publishes it; what it reads of the other is
 * read once, copied, and checked against that: a distance over LK_RING_BYTES, a record that leaves what was published or the data's
 * end, is -EPROTO, and the ring is not read again. A frame's bytes may change while they are copied; their number may not.
 */
#ifndef LK_NETDEV_RING_H
#define LK_NETDEV_RING_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lk/host.h"
#include "lk/netdev.h"

#define LK_RING_BYTES (1u << 20)
#define LK_RING_SOFT (512u << 10) /* that much on the way: full() */
#define LK_RING_ALIGN 32u
#define LK_RING_LENT_MAX 128u

/* Each half is written by one side only, and has a cache line for itself. */
struct lk_ring_ctl {
	_Alignas(64) uint64_t tail; /* producer: bytes written */
	uint64_t room_at;	    /* producer: wake me when head comes to this */
	_Alignas(64) uint64_t head; /* consumer: bytes read */
	uint64_t data_at;	    /* consumer: wake me when tail goes beyond this */
};

enum { LK_RING_FRAME = 0, LK_RING_PAD = 1, LK_RING_LENT = 2 };

/*
 * A frame that is lent: the record's bytes are this and the frame's beginning; the rest lies in the producer's pool, LK_POOL_BYTES that
 * both have mapped, and stays there until head has passed the record. The consumer copies it, as it does all frames.
 */
#define LK_RING_PIECES 20u
struct lk_ring_lent {
	uint32_t n, zero;
	struct {
		uint32_t at, len; /* in the pool */
	} piece[LK_RING_PIECES];
};

struct lk_ring_rec {
	uint32_t len;  /* of what follows */
	uint32_t type; /* LK_RING_... */
	uint64_t ts_ns;
	struct virtio_net_hdr offload; /* all zero: the frame is complete (lk/netdev.h) */
	uint8_t zero[6];
};

/* One end of one ring. */
struct lk_ring {
	struct lk_ring_ctl *ctl; /* shared, as is data */
	uint8_t *data;
	uint64_t own;	    /* the counter that is ours, as far as it goes: tail with what is not published, head with what is not given back */
	uint64_t published; /* the counter as the other side sees it */
	uint64_t told;	    /* the counter up to which the other side has been woken where it wanted to be */
	uint64_t other;	    /* the other's counter when it was last read, always sane */
	uint32_t got;	    /* consumer: bytes of the record that lk_ring_get() gave */
	int wake_fd;	    /* eventfd on which the other side sleeps */
	bool broken;	    /* the other side has lied: -EPROTO for ever */
	struct pkt_buf late; /* producer: records for which there was no room; [late_off, late.len) */
	size_t late_off;
	uint8_t *pool; /* of the producer, where we see it; NULL: nothing can be lent */
	struct {
		uint64_t end; /* of the record */
		uint32_t len; /* of the frame */
	} lent[LK_RING_LENT_MAX]; /* producer: records that the consumer has not passed, [lent_first, lent_next) */
	uint32_t lent_first, lent_next;
	uint32_t lent_bytes; /* of them all */
	uint32_t lent_back;  /* passed, and not asked for by lk_ring_back() */
};

/* lk_ring_init() - one end; @ctl and @data are zero, or the other side has begun already. */
void lk_ring_init(struct lk_ring *r, struct lk_ring_ctl *ctl, uint8_t *data, int wake_fd);
void lk_ring_fini(struct lk_ring *r);

/*
 * Producer. lk_ring_put() - 0; -ENOBUFS: more than LK_OUT_HARD is waiting; -ENOMEM. Copies; @rec has len and ts_ns.
 * lk_ring_flush() - once a turn: move what was late, publish, wake; ask to be woken where it is late or full. 0 or -EPROTO.
 */
int lk_ring_put(struct lk_ring *r, const struct lk_ring_rec *rec, const struct iovec *iov, int n);
int lk_ring_flush(struct lk_ring *r);
bool lk_ring_full(const struct lk_ring *r);
bool lk_ring_empty(const struct lk_ring *r); /* nothing is late: the rest is the other side's */

/*
 * lk_ring_lend() - the same as lk_ring_put() for a frame whose pieces but the first lie in the pool; they MUST stay until it is among those
 * that lk_ring_back() tells. false: not this one, put it. lk_ring_back() - how many of the oldest have been copied since the last call;
 * @all: nobody reads the ring any more.
 */
bool lk_ring_lend(struct lk_ring *r, const struct lk_ring_rec *rec, const struct iovec *iov, int n);
unsigned lk_ring_back(struct lk_ring *r, bool all);

/*
 * Consumer. lk_ring_get() - the next frame's record, copied, and its bytes where they lie; the same again until lk_ring_take().
 * 1, 0: none, -EPROTO. If rec->type is LK_RING_LENT, lk_ring_pieces() says where its bytes lie: how many pieces, at most
 * 1 + LK_RING_PIECES, and the frame's length in all, or -EPROTO. lk_ring_release() - after a pump: give back what was taken, wake.
 * lk_ring_wait() - false: there is nothing, and the wake_fd of this side will tell when there is.
 */
int lk_ring_get(struct lk_ring *r, struct lk_ring_rec *rec, const uint8_t **data);
int lk_ring_pieces(struct lk_ring *r, const struct lk_ring_rec *rec, const uint8_t *data, struct iovec *iov, uint32_t *len);
void lk_ring_take(struct lk_ring *r);
void lk_ring_release(struct lk_ring *r);
bool lk_ring_wait(struct lk_ring *r);

#endif
