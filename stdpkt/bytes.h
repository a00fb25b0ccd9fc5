/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stdpkt/bytes.h - numbers in byte strings of either order, at any alignment
 */
#ifndef STDPKT_BYTES_H
#define STDPKT_BYTES_H

#include <stdbool.h>
#include <stdint.h>

static inline uint16_t pkt_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t pkt_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint16_t pkt_le16(const uint8_t *p)
{
	return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t pkt_le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline uint64_t pkt_le64(const uint8_t *p)
{
	return (uint64_t)pkt_le32(p + 4) << 32 | pkt_le32(p);
}

static inline void pkt_put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void pkt_put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void pkt_put_le32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static inline void pkt_put_le64(uint8_t *p, uint64_t v)
{
	pkt_put_le32(p, (uint32_t)v);
	pkt_put_le32(p + 4, (uint32_t)(v >> 32));
}

/* The order of a capture file: little-endian unless @big. */
static inline uint16_t pkt_get16(const uint8_t *p, bool big)
{
	return big ? pkt_be16(p) : pkt_le16(p);
}

static inline uint32_t pkt_get32(const uint8_t *p, bool big)
{
	return big ? pkt_be32(p) : pkt_le32(p);
}

#endif
