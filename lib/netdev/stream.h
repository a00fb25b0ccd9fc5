/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/netdev/stream.h - one direction of frames on a descriptor: what the media are made of (private to lib/netdev)
 *
 *   struct lk_in    bytes from a descriptor -> pkt_reader -> lk_port_deliver()
 *   struct lk_out   frames of the guest -> pkt_writer -> buffer -> descriptor
 *
 * Either goes on in a ring (shm.h) when its stream says so; its descriptor then only tells the end.
 *
 * A medium embeds them. They are its tools and do the counting in port->stats; the medium decides what an end means.
 */
#ifndef LK_NETDEV_STREAM_H
#define LK_NETDEV_STREAM_H

#include <linux/virtio_net.h>

#include "lk/netdev.h"
#include "lib/netdev/io.h"
#include "lib/netdev/ring.h"

struct lk_shm;
struct lk_watch;

/* lk_port_say() - one line through port->say; what is not printable ASCII becomes '?', over 255 characters are cut. */
void lk_port_say(struct lk_port *port, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Output: above SOFT the element closes the gates, above HARD frames are dropped. Bytes of encoded stream. */
#define LK_OUT_SOFT (256u << 10)
#define LK_OUT_HARD (4u << 20)

struct lk_in {
	struct lk_port *port;
	struct lk_io io;
	struct lk_watch *watch;
	struct pkt_reader *reader; /* NULL: not open */
	struct pkt_frame frame;
	bool held;     /* frame was refused by the NIC */
	bool parse;    /* the reader may hold more records */
	bool readable; /* the descriptor may hold more bytes */
	bool ended;    /* all has been delivered, nothing will come */
	bool harmless; /* a fault of this input is counted, but not the element's failure (a return path) */
	uint64_t more_bad; /* bad records after the one that was said */
	bool said_bad;
	struct lk_shm *shm; /* where a switch to a ring leads; NULL: nowhere */
	bool ring;	    /* the stream has switched to it */
	struct virtio_net_hdr offload; /* of frame, if it came from there */
	struct iovec piece[1 + LK_RING_PIECES]; /* and where it lies, if not in one piece */
	int n_pieces;			  /* 0: in one */
	void (*on_ring)(void *arg); /* it has just done so */
	void (*on_link)(void *arg, const char *name); /* the stream or a frame named a link, "" = a frame without one */
	void *arg;
};

/*
 * lk_in_open() - read frames from *io, which it takes over; @fmt NONE: recognise. 0 or -errno (then *io is closed).
 * The caller has set harmless, on_link and arg.
 */
int lk_in_open(struct lk_in *in, struct lk_port *port, struct lk_io *io, enum pkt_format fmt);
/* lk_in_feed() - bytes that came another way (behind a hello line), before anything is read. 0 or -ENOMEM. @n <= 64 KiB. */
int lk_in_feed(struct lk_in *in, const void *data, size_t n);
int lk_in_pump(struct lk_in *in, int budget);
void lk_in_flush(struct lk_in *in); /* once a turn, after the guest has run */
/* lk_in_format() - NONE while it is not known. @look: at the bytes that have arrived, without taking them. */
enum pkt_format lk_in_format(const struct lk_in *in, bool look);
bool lk_in_pending(const struct lk_in *in);
void lk_in_gate(struct lk_in *in);
/* lk_in_close() - says how many bad records were not said. Fine on one that was never opened, or twice. */
void lk_in_close(struct lk_in *in);

struct lk_out {
	struct lk_port *port;
	struct lk_io io;	 /* may come later: lk_out_attach() */
	struct lk_watch *watch;
	struct pkt_writer writer;
	struct pkt_buf buf;	 /* [off, len) is to be written */
	size_t off;
	uint8_t *flat;		 /* a frame that came in pieces */
	size_t flat_cap;
	struct pkt_frame frame;	 /* template: dir is the medium's to set */
	uint64_t queued, queued_bytes; /* frames taken since the buffer was last empty */
	uint32_t extra;		 /* events beside EPOLLOUT: EPOLLIN where the peer talks back */
	bool corked;		 /* collect, do not write yet */
	bool gone;		 /* nobody takes it any more: EPIPE, or an error that has been said */
	struct lk_shm *shm;	 /* frames go there: lk_out_ring() */
	bool large;		 /* there was one that could have been lent */
	void (*on_gone)(void *arg, int err); /* err: EPIPE = the reader left, else what failed */
	void (*on_input)(void *arg);	     /* @extra came */
	void *arg;
};

/* lk_out_init() - a stream in @fmt for link @link (NULL: none), no descriptor yet. @fmt NONE: lk_out_begin() sets it. */
void lk_out_init(struct lk_out *out, struct lk_port *port, enum pkt_format fmt, const char *link);
/* lk_out_attach() - takes over *io, watches it for errors. 0 or -errno (then closed). */
int lk_out_attach(struct lk_out *out, struct lk_io *io);
/* lk_out_begin() - set the format if none is set, and queue the head of the stream. Once; later calls do nothing. */
void lk_out_begin(struct lk_out *out, enum pkt_format fmt);
/* lk_out_ring() - end the stream with a switch, go on in @shm, of which it becomes a user. 0 or -ENOMEM. Text or bin only. */
int lk_out_ring(struct lk_out *out, struct lk_shm *shm);
void lk_out_send(struct lk_out *out, const struct iovec *iov, int n, size_t len);
void lk_out_flush(struct lk_out *out);
/* lk_out_discard() - forget what is queued. Returns the frames; *bytes their bytes (exact only while corked). */
uint64_t lk_out_discard(struct lk_out *out, uint64_t *bytes);
bool lk_out_full(const struct lk_out *out);
bool lk_out_empty(const struct lk_out *out);
void lk_out_close(struct lk_out *out);

/* A port on two paths: fifo and capture. The functions are those of lk_medium_ops. */
struct lk_pair {
	struct lk_in in;
	struct lk_out out;
	bool has_in, has_out;
	char *path_out;		/* fifo: not open yet, tried again by the timer */
	int timer;
	struct lk_watch *timer_watch;
};

/* lk_pair_new() - empty, as port->medium; NULL: no memory. */
struct lk_pair *lk_pair_new(struct lk_port *port);
/* lk_pair_paths() - split "IN,OUT" at the first comma, each into @size bytes; '-' is empty. -EINVAL: both are. */
int lk_pair_paths(const char *args, char *in, char *out, size_t size);
/* lk_pair_open_in() - open @path for reading without waiting for a writer. 0 or -errno. */
int lk_pair_open_in(struct lk_pair *p, struct lk_port *port, const char *path);
void lk_pair_send(struct lk_port *port, const struct iovec *iov, int n, size_t len);
int lk_pair_pump(struct lk_port *port, int budget);
void lk_pair_flush(struct lk_port *port);
bool lk_pair_full(const struct lk_port *port);
bool lk_pair_pending(const struct lk_port *port);
bool lk_pair_ended(const struct lk_port *port);
bool lk_pair_drained(const struct lk_port *port);
void lk_pair_gate(struct lk_port *port);
void lk_pair_describe(const struct lk_port *port, char *buf, size_t len);
void lk_pair_close(struct lk_port *port);

#endif
