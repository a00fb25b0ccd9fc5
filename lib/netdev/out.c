// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/out.c - frames to a descriptor
 *
 * Theory of operation
 * -------------------
 * Frames are encoded behind one another into one buffer, which lk_out_flush() writes in pieces as large as the descriptor
 * takes. The buffer always ends with a whole record, and what has been written of it is a prefix, so a record
 * begun is always gone on with or never followed by anything. Written bytes are given back when the buffer runs empty,
 * or when they are the larger half.
 *
 * A stream that has switched to a ring (lk_out_ring()) still writes what is in the buffer; frames then go to the ring, which keeps what
 * does not fit by the same limits.
 *
 * Limits: LK_OUT_SOFT makes full() true; LK_OUT_HARD, plus the frame that crosses it, is the end: tx_full.
 *
 * The watch stays for the descriptor's life, so that a reader that leaves is noticed without writing (a pipe's write end
 * reports EPOLLERR, a socket EPOLLHUP). SIGPIPE is to be ignored by the program.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/netdev/shm.h"
#include "lib/netdev/stream.h"
#include "lk/loop.h"

void lk_out_init(struct lk_out *out, struct lk_port *port, enum pkt_format fmt, const char *link)
{
	out->port = port;
	out->io = LK_IO_CLOSED;
	pkt_writer_init(&out->writer, fmt, link, port->mtu);
}

static void out_down(struct lk_out *out, int err)
{
	if (out->gone)
		return;
	out->gone = true;
	lk_loop_del(out->watch);
	out->watch = NULL;
	lk_io_close(&out->io);
	if (out->on_gone)
		out->on_gone(out->arg, err);
}

static void out_event(void *arg, uint32_t events)
{
	struct lk_out *out = arg;

	/* before the hang-up: what the peer said last may explain it */
	if ((events & out->extra) && out->on_input) {
		out->on_input(out->arg);
		return;
	}
	if (events & (EPOLLERR | EPOLLHUP))
		out_down(out, EPIPE);
	else
		lk_out_flush(out);
}

int lk_out_attach(struct lk_out *out, struct lk_io *io)
{
	out->io = *io;
	*io = LK_IO_CLOSED;
	out->watch = lk_loop_add(out->port->loop, out->io.fd, out->extra, out_event, out);
	if (!out->watch) {
		int err = -errno;

		lk_io_close(&out->io);
		return err;
	}
	return 0;
}

void lk_out_begin(struct lk_out *out, enum pkt_format fmt)
{
	if (out->writer.begun || out->gone)
		return;
	if (out->writer.fmt == PKT_FMT_NONE)
		out->writer.fmt = fmt;
	pkt_write_begin(&out->writer, &out->buf); /* no memory: the first frame tries again */
}

/* A frame in pieces as one piece; NULL: no memory. */
static const uint8_t *out_flatten(struct lk_out *out, const struct iovec *iov, int n, size_t len)
{
	size_t at = 0, k;
	int i;

	if (len > out->flat_cap) {
		size_t cap = len < 16384 ? 16384 : PKT_FRAME_MAX;
		uint8_t *p = realloc(out->flat, cap);

		if (!p)
			return NULL;
		out->flat = p;
		out->flat_cap = cap;
	}
	for (i = 0; i < n && at < len; i++) {
		k = iov[i].iov_len < len - at ? iov[i].iov_len : len - at;
		memcpy(out->flat + at, iov[i].iov_base, k);
		at += k;
	}
	return at == len ? out->flat : NULL;
}

int lk_out_ring(struct lk_out *out, struct lk_shm *shm)
{
	const int err = pkt_write_switch(&out->writer, &out->buf, PKT_FMT_RING);

	if (!err)
		out->shm = lk_shm_hold(shm);
	return err;
}

/* 0, or -errno where there was no room for it */
static int out_queue(struct lk_out *out, const struct iovec *iov, int n, size_t len)
{
	const uint64_t now = out->port->now_ns ? out->port->now_ns(out->port) : 0;
	const uint8_t *data;

	if (out->shm) {
		struct lk_ring_rec rec = { .len = (uint32_t)len, .ts_ns = now };

		if (out->port->offload)
			rec.offload = *out->port->offload;
		out->port->kept = lk_ring_lend(&out->shm->tx, &rec, iov, n);
		if (out->port->kept)
			return 0;
		out->large |= len >= LK_LENT_MIN;
		return lk_ring_put(&out->shm->tx, &rec, iov, n);
	}
	if (out->buf.len - out->off > LK_OUT_HARD)
		return -ENOBUFS;
	data = n == 1 && iov[0].iov_len == len ? iov[0].iov_base : out_flatten(out, iov, n, len);
	if (!data)
		return -ENOMEM;
	out->frame.ts_ns = now;
	out->frame.data = data;
	out->frame.caplen = out->frame.len = (uint32_t)len;
	return pkt_write_frame(&out->writer, &out->buf, &out->frame);
}

void lk_out_send(struct lk_out *out, const struct iovec *iov, int n, size_t len)
{
	struct lk_port_stats *st = &out->port->stats;

	if (out->gone) {
		st->tx_gone++;
		return;
	}
	if (len > PKT_FRAME_MAX) {
		st->tx_oversize++;
		return;
	}
	if (out_queue(out, iov, n, len)) {
		st->tx_full++; /* no memory for it is no room for it */
		return;
	}
	out->queued++;
	out->queued_bytes += len;
	st->tx_frames++;
	st->tx_bytes += len;
}

/* Give written bytes back. */
static void out_compact(struct lk_out *out)
{
	if (out->off == out->buf.len) {
		out->off = out->buf.len = 0;
		out->queued = out->queued_bytes = 0;
	} else if (out->off > out->buf.len - out->off) {
		memmove(out->buf.data, out->buf.data + out->off, out->buf.len - out->off);
		out->buf.len -= out->off;
		out->off = 0;
	}
}

void lk_out_flush(struct lk_out *out)
{
	size_t want;
	ssize_t n;
	int back;

	if (out->corked || out->gone || out->io.fd < 0)
		return;
	while (out->off < out->buf.len) {
		want = out->buf.len - out->off;
		n = lk_io_write(&out->io, out->buf.data + out->off, want);
		if (n == -EAGAIN)
			break;
		if (n < 0) {
			out_down(out, (int)-n);
			return;
		}
		out->off += (size_t)n;
		/* a pipe or socket that took less than it was offered is full now */
		if ((size_t)n < want && (out->io.kind == LK_IO_OWN || out->io.kind == LK_IO_SOCKET))
			break;
	}
	out_compact(out);
	if (out->watch && lk_loop_mod(out->watch, out->extra | (out->off == out->buf.len ? 0 : EPOLLOUT)))
		out_down(out, EIO); /* cannot be waited for: rather an end than a hang */
	if (!out->shm)
		return;
	if (out->large && out->shm->tx.pools)
		lk_pools_own(out->shm->tx.pools);
	while ((back = lk_ring_back(&out->shm->tx)) >= 0)
		out->port->lent_back(out->port, (unsigned)back);
	if (lk_ring_flush(&out->shm->tx))
		out_down(out, EPROTO);
}

uint64_t lk_out_discard(struct lk_out *out, uint64_t *bytes)
{
	uint64_t n = out->queued;

	*bytes = out->queued_bytes;
	out->off = out->buf.len = 0;
	out->queued = out->queued_bytes = 0;
	return n;
}

bool lk_out_full(const struct lk_out *out)
{
	return !out->gone && (out->buf.len - out->off >= LK_OUT_SOFT || (out->shm && lk_ring_full(&out->shm->tx)));
}

bool lk_out_empty(const struct lk_out *out)
{
	return out->gone || (out->off == out->buf.len && (!out->shm || lk_ring_empty(&out->shm->tx)));
}

void lk_out_close(struct lk_out *out)
{
	lk_loop_del(out->watch);
	out->watch = NULL;
	lk_io_close(&out->io);
	pkt_writer_fini(&out->writer);
	pkt_buf_free(&out->buf);
	lk_shm_put(out->shm);
	out->shm = NULL;
	free(out->flat);
	out->flat = NULL;
	out->flat_cap = 0;
	out->off = 0;
	out->gone = true;
}
