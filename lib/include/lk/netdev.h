/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lk/netdev.h - what a NIC of the guest and the medium that it is plugged into owe each other
 *
 *    guest driver  <->  device (lib/virtio)  <->  struct lk_port  <->  medium (lib/netdev)
 *
 * A port joins one NIC to one medium. Devices know no media and media know no devices: both see only this header.
 * One thread. Frames are Ethernet without FCS. Whoever is handed frame bytes copies them before returning (but: kept).
 * The program MUST ignore SIGPIPE, and call flush() in every turn of its loop, also when nothing was sent: a stream's head
 * is written there, and lk_loop_wait() wakes it for what flush() has to do.
 *
 * Flow control. A medium whose output cannot be written yet reports full() above a soft limit; the element then closes
 * the gate (lk_port.gated) of the inputs that lead there. Above a hard limit send() drops and counts. So nothing is lost
 * while the gates can hold it back, and nothing blocks for ever.
 */
#ifndef LK_NETDEV_H
#define LK_NETDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "stdpkt/pkt.h"

struct lk_loop;
struct lk_port;
struct virtio_net_hdr;

/* What a user sees with `stdpkt ls`. rx = from the medium toward the guest, tx = from the guest. Frames unless it says bytes. */
struct lk_port_stats {
	uint64_t rx_frames, rx_bytes;
	uint64_t tx_frames, tx_bytes;
	uint64_t rx_oversize; /* longer than the NIC takes: dropped */
	uint64_t rx_runt;     /* shorter than an Ethernet header, or cut by the capture: dropped */
	uint64_t rx_bad;      /* records of the stream that were no frame: dropped */
	uint64_t tx_full;     /* output full (two directions blocked each other): dropped */
	uint64_t tx_noreturn; /* no way back on this medium: dropped */
	uint64_t tx_gone;     /* the reader has gone: dropped */
	uint64_t tx_oversize; /* longer than a stream carries (PKT_FRAME_MAX): dropped */
	uint64_t peer_refused; /* connections: of another user, or one too many */
};

/*
 * The most that one pump() hands over, in bytes of frames and the one that crosses it: gates work between pumps. From a ring it may be more
 * (pump_bytes).
 */
#define LK_PUMP_BYTES (256u << 10)

struct lk_medium_ops {
	const char *name; /* as in -p NAME=MEDIUM:ARGS */
	/*
	 * open() - plug in. @args: what stands behind the colon, or "". Sets port->medium. 0 or -errno, with a reason in
	 * @err (one line, no newline). May block; called before the guest runs.
	 */
	int (*open)(struct lk_port *port, const char *args, char *err, size_t errlen);
	/*
	 * send() - the guest transmitted one frame: @n pieces, @len bytes in all. Queue a copy, or drop it, and count in
	 * port->stats. Never blocks. Runs on a guest stack: keep it shallow.
	 */
	void (*send)(struct lk_port *port, const struct iovec *iov, int n, size_t len);
	/*
	 * pump() - hand frames to the NIC with lk_port_deliver() until it says 0 (NIC full), @budget or LK_PUMP_BYTES have gone,
	 * or no whole frame is at hand. Returns how many. A frame that the NIC refused stays and comes first the next
	 * time. Not called while port->gated.
	 */
	int (*pump)(struct lk_port *port, int budget);
	void (*flush)(struct lk_port *port);		  /* write what is queued as far as it goes now; watch for room if some is left */
	bool (*full)(const struct lk_port *port);	  /* soft limit of the output reached; to be asked behind flush(), which makes room */
	bool (*pending)(const struct lk_port *port);	  /* pump() could deliver something without waiting; false while gated */
	/*
	 * ended() - nothing that the element has to wait for will come in: the input has ended and all of it has been delivered.
	 * Always true of stdio:out: what may come by a return path does not hold an element open.
	 */
	bool (*ended)(const struct lk_port *port);
	bool (*drained)(const struct lk_port *port);	  /* no output is queued, or nobody is left to take it */
	void (*gate)(struct lk_port *port);		  /* port->gated changed: stop or resume watching for input */
	void (*end)(struct lk_port *port);		  /* nothing will be taken from the input any more: what waits for that is given up, and counted; or NULL */
	void (*describe)(const struct lk_port *port, char *buf, size_t len); /* one word for `stdpkt ls`: "text nat.12.right" */
	/* close() - flush is the caller's business; frees port->medium, closes what open() opened. NULL-safe. */
	void (*close)(struct lk_port *port);
};

/*
 * Memory in which large frames lie that neighbours lend each other (lib/netdev/pools.h), LK_POOL_BYTES each (lk/host.h).
 * place: a device's; lay @fd over the guest's memory, for @own frames or for those of a neighbour, where it stays; NULL: it has no room.
 * busy: whether something in the guest still needs what lies @at in a window.
 */
#define LK_POOLS_MAX 8
struct lk_pools {
	uint8_t *(*place)(int fd, bool own);
	bool (*busy)(const void *at);
	bool asked; /* for its own */
	struct lk_pool {
		uint8_t *base; /* in the guest; NULL: none */
		int fd;
		dev_t dev;
		ino_t ino;
		const void *link; /* that it came by */
	} pool[LK_POOLS_MAX]; /* the first is its own */
};

/* How far a link to a direct neighbour may leave text: to shared memory, to the binary format or not at all. */
enum lk_leave { LK_LEAVE_RING = 0, LK_LEAVE_BIN, LK_LEAVE_TEXT };

struct lk_port {
	char name[16];		/* the interface's name in the guest: left, right, ... */
	char element[48];	/* "nat.4711": the link's name is element.name */
	unsigned mtu;		/* of the NIC */
	bool gated;		/* set by the element, then gate() */
	size_t pump_bytes;	/* set by the element: what one pump() may hand over from a ring; 0: LK_PUMP_BYTES */
	bool failed;		/* set by the medium: its input was bad or cut; the element's exit status becomes 1 */
	bool refused;		/* set by the medium: what it writes to could not be written; the exit status becomes 111 */
	bool gone;		/* set by the medium: the reader of its output has gone */
	struct lk_port_stats stats;
	struct lk_loop *loop;
	const struct lk_medium_ops *ops;
	void *medium;		/* the medium's own */
	enum pkt_format output; /* asked for by the user; PKT_FMT_NONE = the medium decides */
	enum lk_leave leave;
	uint64_t last_ts_ns;	/* time stamp of the frame being delivered, 0 = none */
	/*
	 * offload: of the frame being sent or delivered, what its receiver has still to do (VIRTIO 1.2 5.1.6, little-endian): fill in a
	 * checksum, cut it into segments; NULL = nothing, as always before agreed(). agreed: set by a device that can give
	 * and take such frames, up to 64 KiB; called by a medium whose other end can, too. NULL: this one cannot.
	 */
	const struct virtio_net_hdr *offload;
	void (*agreed)(struct lk_port *port);
	/*
	 * pools: set by a device with agreed(), the same for all of a guest's. Then send() may leave the pieces behind the first where they lie,
	 * if that is in a pool, and set kept to 1 + a number below LK_LENT_MAX; lent_back: what was kept under that number need lie there no
	 * more. What is delivered in pieces that lie in a pool may stay there as well.
	 */
	struct lk_pools *pools;
	void (*lent_back)(struct lk_port *port, unsigned number);
	unsigned kept; /* 0: nothing */
	/*
	 * deliver: the NIC's end, set by the device. 1 taken, 0 NIC full (try after the guest has run), -EMSGSIZE too long. pieces: where the
	 * frame lies, if not at @data; only after agreed().
	 */
	int (*deliver)(struct lk_port *port, const void *data, size_t len);
	const struct iovec *pieces;
	void *nic;		/* the device's own */
	/* say: one line for the user on stderr (no newline); media never print */
	void (*say)(struct lk_port *port, const char *line);
	/* now_ns: wall-clock time for frames the guest sends, real or virtual */
	uint64_t (*now_ns)(struct lk_port *port);
	void *owner;		/* the element's own */
};

/*
 * lk_port_deliver() - bounds, counts and hands one frame to the NIC. 1: taken, or dropped and counted (runt, cut, oversize);
 * 0: NIC full, call again later with the same frame.
 */
int lk_port_deliver(struct lk_port *port, const struct pkt_frame *f);

/* The media. lk_medium_find() takes the word before the colon; NULL: no such. */
extern const struct lk_medium_ops lk_medium_stdio, lk_medium_fifo, lk_medium_capture, lk_medium_null;
const struct lk_medium_ops *lk_medium_find(const char *name);
/*
 *   stdio:in        left: frames from fd 0, replies by the return path; takes fd 0 and leaves /dev/null there
 *   stdio:out       right: frames to fd 1, replies by the return path; takes fd 1 and leaves stderr there
 *   stdio:in:FD, stdio:out:FD   the same with another inherited descriptor
 *   fifo:IN,OUT     a stream in from path IN, a stream out to path OUT ('-' or empty: none), no return path. Opens without
 *                   waiting for the other side; what is sent before OUT has a reader is queued
 *   capture:IN,OUT  frames from capture file IN, frames to capture file OUT (format by -o, default pcapng); either may be
 *                   empty
 *   null            takes everything and counts it, gives nothing
 */

#endif
