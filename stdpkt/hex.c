// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/hex.c - contiguous hex, the bulk of a line
 *
 * 32 characters at a time with the compiler's portable vectors (no intrinsics: gcc and clang make AVX2, SSE2 or NEON of it, or
 * plain code), the rest one by one. On x86-64 the same C is compiled twice, for all processors and for those with AVX2.
 */
#include "stdpkt/dissect.h"

#include <string.h>

typedef uint8_t v16u8 __attribute__((vector_size(16)));
typedef uint8_t v32u8 __attribute__((vector_size(32)));
typedef int8_t v32s8 __attribute__((vector_size(32)));
typedef uint16_t v16u16 __attribute__((vector_size(32)));

#define STEP 16u /* bytes */
#define ALWAYS_INLINE inline __attribute__((always_inline))

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define FIRST 8 /* the character that comes first is the high byte of a lane */
#define SECOND 0
#else
#define FIRST 0
#define SECOND 8
#endif

/* STEP bytes a round; returns how many bytes it has done. */
static ALWAYS_INLINE size_t encode_steps(char *to, const uint8_t *from, size_t n)
{
	size_t i;

	for (i = 0; n - i >= STEP; i += STEP) {
		v16u8 in;
		v16u16 w;
		v32u8 c;

		memcpy(&in, from + i, sizeof(in));
		w = __builtin_convertvector(in, v16u16);
		w = (w >> 4) << FIRST | (w & 15) << SECOND;
		c = (v32u8)w;
		c += '0' + ((v32u8)((v32s8)c > 9) & ('a' - '0' - 10));
		memcpy(to + 2 * i, &c, sizeof(c));
	}
	return i;
}

/*
 * Both ranges of digits are moved to the bottom of the signed bytes, so that one signed comparison each (unsigned ones
 * are dear) tells what is in them. A digit becomes 0x80 to 0x8f, anything else 0: bit 7 stays only if all are digits.
 */
static ALWAYS_INLINE size_t decode_steps(uint8_t *to, const char *from, size_t n, bool *good)
{
	v32u8 all = ~(v32u8){ 0 };
	uint64_t part[sizeof(all) / 8], both = ~0ull;
	size_t i, k;

	for (i = 0; n - i >= STEP; i += STEP) {
		v32u8 c, num, alpha;
		v16u16 w;
		v16u8 out;

		memcpy(&c, from + 2 * i, sizeof(c));
		num = c + (0x80 - '0');
		alpha = (c | 0x20) + (0x80 - 'a');
		num &= (v32u8)((v32s8)num < -128 + 10);
		alpha = (alpha + 10) & (v32u8)((v32s8)alpha < -128 + 6);
		num |= alpha;
		all &= num;
		w = (v16u16)(num & 0x0f);
		w = ((w >> FIRST) << 4 | w >> SECOND) & 0xff;
		out = __builtin_convertvector(w, v16u8);
		memcpy(to + i, &out, sizeof(out));
	}
	memcpy(part, &all, sizeof(all));
	for (k = 0; k < sizeof(all) / 8; k++)
		both &= part[k];
	*good = (both & 0x8080808080808080ull) == 0x8080808080808080ull;
	return i;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static size_t encode_avx2(char *to, const uint8_t *from, size_t n)
{
	return encode_steps(to, from, n);
}

__attribute__((target("avx2"))) static size_t decode_avx2(uint8_t *to, const char *from, size_t n, bool *good)
{
	return decode_steps(to, from, n, good);
}

#define WIDE __builtin_cpu_supports("avx2")
#else
#define WIDE false
#define encode_avx2 encode_steps
#define decode_avx2 decode_steps
#endif

void pkt_hex_encode(char *to, const uint8_t *from, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	size_t i = WIDE ? encode_avx2(to, from, n) : encode_steps(to, from, n);

	for (; i < n; i++) {
		to[2 * i] = digits[from[i] >> 4];
		to[2 * i + 1] = digits[from[i] & 15];
	}
}

static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 0x100;
}

bool pkt_hex_decode(uint8_t *to, const char *from, size_t n)
{
	unsigned bad = 0;
	bool good;
	size_t i = WIDE ? decode_avx2(to, from, n, &good) : decode_steps(to, from, n, &good);

	for (; i < n; i++) {
		unsigned hi = digit(from[2 * i]), lo = digit(from[2 * i + 1]);

		bad |= hi | lo;
		to[i] = (uint8_t)(hi << 4 | lo);
	}
	return good && bad < 0x100;
}
