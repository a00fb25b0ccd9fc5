// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/unpack.c - compressed streams, unpacked while they come: gzip, zstd, lz4
 *
 * RFC 1952, RFC 8878, and the LZ4 frame format. Several members or frames after one another are one stream, as the tools
 * write and read them. The libraries check what they unpack (CRC-32, xxHash), and each is given a bounded output, so
 * that a small input cannot make a large buffer; zstd's window is bounded at 128 MiB, which is the library's default.
 */
#include "stdpkt/reader.h"

#include <lz4frame.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

struct pkt_unpack {
	enum pkt_packer packer;
	struct pkt_window in;
	bool whole; /* between two members, nothing is begun */
	const char *why;
	z_stream z;
	ZSTD_DStream *zstd;
	LZ4F_dctx *lz4;
};

struct pkt_unpack *pkt_unpack_new(enum pkt_packer packer, struct pkt_window *in)
{
	struct pkt_unpack *u = calloc(1, sizeof(*u));
	struct pkt_window first = *in;
	bool good = false;

	if (!u)
		return NULL;
	u->packer = packer;
	u->whole = true;
	u->why = "";
	if (packer == PKT_PACK_GZIP)
		good = inflateInit2(&u->z, 15 + 16) == Z_OK;
	else if (packer == PKT_PACK_ZSTD)
		good = (u->zstd = ZSTD_createDStream());
	else
		good = !LZ4F_isError(LZ4F_createDecompressionContext(&u->lz4, LZ4F_VERSION));
	if (!good || !pkt_window_init(in)) {
		*in = first;
		pkt_unpack_free(u);
		return NULL;
	}
	u->in = first;
	return u;
}

void pkt_unpack_free(struct pkt_unpack *u)
{
	if (!u)
		return;
	if (u->packer == PKT_PACK_GZIP)
		inflateEnd(&u->z);
	ZSTD_freeDStream(u->zstd);
	LZ4F_freeDecompressionContext(u->lz4);
	pkt_window_free(&u->in);
	free(u);
}

struct pkt_window *pkt_unpack_in(struct pkt_unpack *u)
{
	return &u->in;
}

bool pkt_unpack_whole(const struct pkt_unpack *u)
{
	return u->whole;
}

const char *pkt_unpack_name(const struct pkt_unpack *u)
{
	return u->packer == PKT_PACK_GZIP ? "gzip" : u->packer == PKT_PACK_ZSTD ? "zstd" : "lz4";
}

const char *pkt_unpack_why(const struct pkt_unpack *u)
{
	return u->why;
}

static ssize_t bad(struct pkt_unpack *u, const char *why)
{
	u->why = why ? why : "corrupt";
	return -1;
}

static ssize_t unpack_gzip(struct pkt_unpack *u, uint8_t *to, size_t room)
{
	int ret;

	if (u->whole && inflateReset(&u->z) != Z_OK)
		return bad(u, NULL);
	u->whole = false;
	u->z.next_in = u->in.buf + u->in.pos;
	u->z.avail_in = (uInt)(u->in.end - u->in.pos);
	u->z.next_out = to;
	u->z.avail_out = (uInt)room;
	ret = inflate(&u->z, Z_NO_FLUSH);
	u->in.pos = u->in.end - u->z.avail_in;
	u->whole = ret == Z_STREAM_END;
	if (ret != Z_OK && ret != Z_STREAM_END && ret != Z_BUF_ERROR)
		return bad(u, u->z.msg);
	return (ssize_t)(room - u->z.avail_out);
}

static ssize_t unpack_zstd(struct pkt_unpack *u, uint8_t *to, size_t room)
{
	ZSTD_inBuffer in = { u->in.buf + u->in.pos, u->in.end - u->in.pos, 0 };
	ZSTD_outBuffer out = { to, room, 0 };
	size_t ret = ZSTD_decompressStream(u->zstd, &out, &in);

	u->in.pos += in.pos;
	if (ZSTD_isError(ret))
		return bad(u, ZSTD_getErrorName(ret));
	u->whole = ret == 0;
	return (ssize_t)out.pos;
}

static ssize_t unpack_lz4(struct pkt_unpack *u, uint8_t *to, size_t room)
{
	size_t in = u->in.end - u->in.pos, out = room;
	size_t ret = LZ4F_decompress(u->lz4, to, &out, u->in.buf + u->in.pos, &in, NULL);

	u->in.pos += in;
	if (LZ4F_isError(ret))
		return bad(u, LZ4F_getErrorName(ret));
	u->whole = ret == 0;
	return (ssize_t)out;
}

ssize_t pkt_unpack(struct pkt_unpack *u, uint8_t *to, size_t room)
{
	size_t before;
	ssize_t n;

	/* an end of a member, and a block's head, are progress without output */
	do {
		before = u->in.pos;
		if (u->whole && before == u->in.end)
			return 0;
		n = u->packer == PKT_PACK_GZIP ? unpack_gzip(u, to, room) :
		    u->packer == PKT_PACK_ZSTD ? unpack_zstd(u, to, room) :
						 unpack_lz4(u, to, room);
	} while (!n && u->in.pos != before);
	return n;
}
