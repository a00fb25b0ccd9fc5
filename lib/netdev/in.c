// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/in.c - frames from a descriptor
 *
 * Theory of operation
 * -------------------
 * The watch's callback only notes that the descriptor is readable; bytes are read in lk_in_pump(), when the reader has no
 * whole record left, so that no more is held than one frame and one buffer. A read that fills less than its room has
 * emptied a pipe or socket: the next read waits for the level-triggered watch instead of asking for EAGAIN.
 *
 * A closed gate costs nothing at first. Only when input (or a hang-up, which epoll reports unasked) comes while it is closed
 * is the descriptor taken out of the loop, since it would be reported for ever.
 *
 * After a switch to a ring the frames are taken from there, and the descriptor has only its end to tell: the writer published all that
 * it had before it closed. Frames are handed on where they lie, in memory that the writer can change; the NIC copies them once,
 * or keeps what was lent where it is (lk_in_flush()).
 *
 * Faults: a bad record of text costs one record; lost boundaries or a read error end the input. The first is said in
 * full, the rest are counted and said once at close. A cut at the end is said in any case.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/netdev/shm.h"
#include "lib/netdev/stream.h"
#include "lk/loop.h"

#define IN_PEEK 64 /* bytes that decide any format */

static void in_unwatch(struct lk_in *in)
{
	lk_loop_del(in->watch);
	in->watch = NULL;
}

static void in_event(void *arg, uint32_t events)
{
	struct lk_in *in = arg;

	(void)events; /* HUP and ERR too: read() tells which */
	in->readable = true;
	if (in->port->gated)
		in_unwatch(in);
}

static int in_watch(struct lk_in *in)
{
	if (in->watch || in->ended)
		return 0;
	in->watch = lk_loop_add(in->port->loop, in->io.fd, EPOLLIN, in_event, in);
	return in->watch ? 0 : -errno;
}

int lk_in_open(struct lk_in *in, struct lk_port *port, struct lk_io *io, enum pkt_format fmt)
{
	int err = -ENOMEM;

	in->port = port;
	in->io = *io;
	*io = LK_IO_CLOSED;
	in->readable = in->io.hup;
	in->reader = pkt_reader_new(fmt);
	if (in->reader)
		err = in_watch(in);
	if (err)
		lk_in_close(in);
	return err;
}

/* No more frames; the descriptor is closed at once, so that a writer which still writes sees EPIPE. */
static void in_finish(struct lk_in *in)
{
	in->ended = true;
	in->parse = in->readable = false;
	in_unwatch(in);
	lk_io_close(&in->io);
}

static void in_fault(struct lk_in *in)
{
	if (!in->harmless)
		in->port->failed = true;
}

/* One bad record, or the cut at the end. */
static void in_bad(struct lk_in *in)
{
	const char *text = pkt_reader_text(in->reader);
	bool cut = !strncmp(text, "cut", 3);

	in->port->stats.rx_bad++;
	in_fault(in);
	if (cut) {
		/* a return path is cut when its sender is killed: ordinary */
		if (!in->harmless)
			lk_port_say(in->port, "input %s", text);
	} else if (!in->said_bad) {
		in->said_bad = true;
		lk_port_say(in->port, "bad input: %s", text);
	} else {
		in->more_bad++;
	}
}

/* A frame of the ring as the one that is next. 1, 0: none, -EPROTO. */
static int in_ring_next(struct lk_in *in)
{
	struct lk_ring_rec rec;
	int r = lk_ring_get(&in->shm->rx, &rec, &in->frame.data);

	if (r > 0) {
		in->frame.ts_ns = rec.ts_ns;
		in->offload = rec.offload;
		in->frame.caplen = rec.len;
		in->n_pieces = 0;
		if (rec.type == LK_RING_LENT)
			r = in->n_pieces = lk_ring_pieces(&in->shm->rx, &rec, in->frame.data, in->piece, &in->frame.caplen);
		in->frame.len = in->frame.caplen;
		in->held = r > 0;
	}
	if (r < 0) {
		in->port->stats.rx_bad++;
		in_fault(in);
		lk_port_say(in->port, "bad input: the neighbour's ring makes no sense");
		in_finish(in);
	}
	return r;
}

/* The stream has switched. Whether it could: to a ring only if there is one. */
static bool in_switch(struct lk_in *in)
{
	if (pkt_reader_format(in->reader) != PKT_FMT_RING)
		return true;
	if (!in->shm) {
		in->port->stats.rx_bad++;
		in_fault(in);
		lk_port_say(in->port, "bad input: a switch to a ring, which is not here");
		in_finish(in);
		return false;
	}
	in->ring = true;
	in->shm->rx.pools = in->port->pools; /* NULL where nobody may lend */
	in->frame.link[0] = 0;
	if (in->on_ring)
		in->on_ring(in->arg);
	return true;
}

/* Read once. Whether the reader has something new to look at. */
static bool in_fill(struct lk_in *in)
{
	size_t room;
	uint8_t *p = pkt_reader_space(in->reader, &room);
	ssize_t n = p ? lk_io_read(&in->io, p, room) : -ENOMEM;

	if (n == -EAGAIN) {
		in->readable = in->io.hup = false;
		return false;
	}
	if (n < 0) {
		/* what the reader holds of a record is cut too, but the cause is worth more than that */
		if (n != -ECONNRESET || !in->harmless)
			lk_port_say(in->port, "unable to read: %s", strerror((int)-n));
		in_fault(in);
		in_finish(in);
		return false;
	}
	if (!n) {
		in->readable = false;
		in_unwatch(in);
		lk_io_close(&in->io);
		pkt_reader_end(in->reader);
		return true;
	}
	if ((size_t)n < room && in->io.kind != LK_IO_FILE && !in->io.hup)
		in->readable = false;
	pkt_reader_fed(in->reader, (size_t)n);
	return true;
}

/*
 * A second reader looks at a copy of the first bytes, since a reader that recognises a format also takes its first record.
 * Nothing is taken from the descriptor: the element may not be passing packets yet.
 */
enum pkt_format lk_in_format(const struct lk_in *in, bool look)
{
	enum pkt_format fmt = in->reader ? pkt_reader_format(in->reader) : PKT_FMT_NONE;
	struct pkt_reader *r;
	struct pkt_frame f;
	size_t room;
	uint8_t *p;
	ssize_t n;

	if (fmt != PKT_FMT_NONE || !look || in->io.fd < 0)
		return fmt;
	r = pkt_reader_new(PKT_FMT_NONE);
	p = r ? pkt_reader_space(r, &room) : NULL;
	n = p ? lk_io_peek(&in->io, p, IN_PEEK) : 0;
	if (n > 0) {
		pkt_reader_fed(r, (size_t)n);
		pkt_reader_next(r, &f);
		fmt = pkt_reader_format(r);
	}
	pkt_reader_free(r);
	return fmt;
}

int lk_in_feed(struct lk_in *in, const void *data, size_t n)
{
	size_t room;
	uint8_t *p;

	if (!n)
		return 0;
	p = pkt_reader_space(in->reader, &room);
	if (!p || room < n)
		return -ENOMEM;
	memcpy(p, data, n);
	pkt_reader_fed(in->reader, n);
	in->parse = true;
	return 0;
}

/* To the NIC; what it need not understand, since nobody agreed on it, it does not see. */
static int in_deliver(struct lk_in *in)
{
	struct lk_port *port = in->port;
	int r;

	if (in->ring && port->agreed && (in->offload.flags || in->offload.gso_type))
		port->offload = &in->offload;
	if (in->ring && in->n_pieces)
		port->pieces = in->piece;
	r = lk_port_deliver(port, &in->frame);
	port->offload = NULL;
	port->pieces = NULL;
	return r;
}

static int in_pump(struct lk_in *in, int budget)
{
	size_t bytes = 0, most = in->ring && in->port->pump_bytes ? in->port->pump_bytes : LK_PUMP_BYTES;
	int n = 0;

	while (n < budget && bytes < most && !in->ended) {
		if (in->held) {
			if (!in_deliver(in))
				return n;
			in->held = false;
			bytes += in->frame.caplen;
			n++;
			if (in->ring)
				lk_ring_take(&in->shm->rx);
			continue;
		}
		if (in->ring && in_ring_next(in))
			continue;
		switch (pkt_reader_next(in->reader, &in->frame)) {
		case PKT_EV_FRAME:
			if (in->on_link)
				in->on_link(in->arg, pkt_link_captured(in->frame.link) ? "" : in->frame.link);
			in->held = true;
			break;
		case PKT_EV_LINK:
			if (in->on_link && pkt_reader_link(in->reader)[0])
				in->on_link(in->arg, pkt_reader_link(in->reader));
			break;
		case PKT_EV_MORE:
			in->parse = false;
			if (!in->readable || !in_fill(in))
				return n;
			in->parse = true;
			break;
		case PKT_EV_BAD:
			in_bad(in);
			if (pkt_reader_lost(in->reader))
				in_finish(in);
			break;
		case PKT_EV_END:
			in_finish(in);
			break;
		case PKT_EV_SWITCH:
			if (!in_switch(in))
				return n;
			break;
		case PKT_EV_COMMENT:
		case PKT_EV_BLOCK:
			break;
		}
	}
	return n;
}

int lk_in_pump(struct lk_in *in, int budget)
{
	const int n = in_pump(in, budget);

	if (in->ring)
		lk_ring_release(&in->shm->rx);
	return n;
}

void lk_in_flush(struct lk_in *in)
{
	if (in->ring)
		lk_ring_give_back(&in->shm->rx);
}

bool lk_in_pending(const struct lk_in *in)
{
	if (!in->reader || in->ended || in->port->gated)
		return false;
	return in->held || in->parse || in->readable || (in->ring && lk_ring_wait(&in->shm->rx));
}

void lk_in_gate(struct lk_in *in)
{
	if (!in->reader || in->ended || in->port->gated || in->io.fd < 0)
		return;
	if (in_watch(in)) {
		lk_port_say(in->port, "unable to wait for input: %s", strerror(errno));
		in_fault(in);
		in_finish(in);
	}
}

void lk_in_close(struct lk_in *in)
{
	if (in->more_bad)
		lk_port_say(in->port, "%llu further bad records", (unsigned long long)in->more_bad);
	in->more_bad = 0;
	in_unwatch(in);
	lk_io_close(&in->io);
	pkt_reader_free(in->reader);
	in->reader = NULL;
	lk_shm_put(in->shm);
	in->shm = NULL;
	in->ring = false;
	in->ended = true;
}
