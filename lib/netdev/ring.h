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
 * end, is -EPROTO, and the ring is not read again. A frame's bytes may change while they are copied, or as long as they are lent; their number may
 * not.
 */
#ifndef LK_NETDEV_RING_H
#define LK_NETDEV_RING_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lib/netdev/pools.h"

#define LK_RING_BYTES (1u << 20)
#define LK_RING_SOFT (512u << 10) /* that much on the way: full() */
#define LK_RING_ALIGN 32u

/* Each part is written by one side only, and has cache lines for itself. */
struct lk_ring_ctl {
	_Alignas(64) uint64_t tail; /* producer: bytes written */
	uint64_t room_at;	    /* producer: wake me when head comes to this */
	uint32_t pools;		    /* producer: how many it has told of */
	_Alignas(64) uint64_t head; /* consumer: bytes read */
	uint64_t data_at;	    /* consumer: wake me when tail goes beyond this */
	uint32_t known;		    /* consumer: a bit for each of these pools that it has */
	_Alignas(64) uint64_t back; /* consumer: lent frames given back */
	uint16_t number[LK_LENT_MAX]; /* consumer: of them, each at its count modulo this */
};

enum { LK_RING_FRAME = 0, LK_RING_PAD = 1, LK_RING_LENT = 2 };

/*
 * A frame that is lent: the record's bytes are this and the frame's beginning; the rest lies in pools, and stays there until the consumer
 * has given the number back. Pools are counted as their descriptors go over the link's socket, one a message, for each direction by itself. Lent
 * is from those only that the consumer says it has.
 */
#define LK_RING_PIECES 20u
struct lk_ring_lent {
	uint16_t n, number;
	uint32_t zero;
	struct {
		uint32_t pool, at, len; /* the place in the pool */
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
	/* lending */
	struct lk_pools *pools; /* NULL: nothing can be lent */
	const void *link;	/* what both directions of a link have in common */
	int sock;		/* where pools are told of */
	struct {
		uint64_t end; /* of the record */
		uint32_t len; /* of the frame */
	} unread[LK_LENT_MAX]; /* producer: lent frames that the consumer has not passed, [unread_first, unread_next) */
	uint32_t unread_first, unread_next;
	uint32_t unread_bytes; /* of them all */
	uint64_t back;	       /* the counter as we have seen it, or have published it */
	bool out[LK_LENT_MAX]; /* numbers in use; consumer: taken and not given back */
	uint32_t next_number;
	uint8_t told_of[LK_POOLS_MAX]; /* producer: 1 + the count under which the consumer knows it; 0: not */
	uint8_t *seen[LK_POOLS_MAX];   /* consumer: where pools lie; NULL: it could not be had */
	bool plain[LK_POOLS_MAX];      /* not in the guest */
	uint32_t pools_told;	       /* consumer: seen, or tried to */
	uint32_t known;
	struct lk_ring_held {
		uint16_t number, n;
		uint16_t page[LK_RING_PIECES]; /* pool * (pages of a pool) + page: where a piece begins */
	} *held; /* consumer: frames that somebody still needs; the one that lk_ring_get() gave lies at n_held */
	uint32_t n_held;
	bool got_lent;
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
 * lk_ring_lend() - the same as lk_ring_put() for a frame whose pieces but the first lie in pools; 1 + its number, which is free again when
 * lk_ring_back() tells it: until then they MUST stay. 0: not this one, put it. lk_ring_back() - a number, once; -1: none.
 */
unsigned lk_ring_lend(struct lk_ring *r, const struct lk_ring_rec *rec, const struct iovec *iov, int n);
int lk_ring_back(struct lk_ring *r);

/*
 * Consumer. lk_ring_get() - the next frame's record, copied, and its bytes where they lie; the same again until lk_ring_take().
 * 1, 0: none, -EPROTO. If rec->type is LK_RING_LENT, lk_ring_pieces() says where its bytes lie: how many pieces, at most
 * 1 + LK_RING_PIECES, and the frame's length in all, or -EPROTO. lk_ring_release() - after a pump: give room back, wake. lk_ring_give_back() -
 * after a run of the guest: lent frames that it does not need any more; and look for pools.
 * lk_ring_wait() - false: there is nothing, and the wake_fd of this side will tell when there is.
 */
int lk_ring_get(struct lk_ring *r, struct lk_ring_rec *rec, const uint8_t **data);
int lk_ring_pieces(struct lk_ring *r, const struct lk_ring_rec *rec, const uint8_t *data, struct iovec *iov, uint32_t *len);
void lk_ring_take(struct lk_ring *r);
void lk_ring_release(struct lk_ring *r);
void lk_ring_give_back(struct lk_ring *r);
bool lk_ring_wait(struct lk_ring *r);

#endif
