// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/hex.c - contiguous hex, the bulk of a line
 *
 * 16 characters at a time with the compiler's portable vectors (no intrinsics: gcc and clang make SSE2 or NEON of it, or
 * plain code), the rest one by one.
 */
#include "stdpkt/dissect.h"

#include <string.h>

typedef uint8_t v8u8 __attribute__((vector_size(8)));
typedef uint8_t v16u8 __attribute__((vector_size(16)));
typedef int8_t v16s8 __attribute__((vector_size(16)));
typedef uint16_t v8u16 __attribute__((vector_size(16)));

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define FIRST 8 /* the character that comes first is the high byte of a lane */
#define SECOND 0
#else
#define FIRST 0
#define SECOND 8
#endif

void pkt_hex_encode(char *to, const uint8_t *from, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (; n >= 8; n -= 8, from += 8, to += 16) {
		v8u8 in;
		v8u16 w;
		v16u8 c;

		memcpy(&in, from, sizeof(in));
		w = __builtin_convertvector(in, v8u16);
		w = (w >> 4) << FIRST | (w & 15) << SECOND;
		c = (v16u8)w;
		c += '0' + ((v16u8)((v16s8)c > 9) & ('a' - '0' - 10));
		memcpy(to, &c, sizeof(c));
	}
	for (; n; n--, from++) {
		*to++ = digits[*from >> 4];
		*to++ = digits[*from & 15];
	}
}

static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 0x100;
}

/*
 * Both ranges of digits are moved to the bottom of the signed bytes, so that one signed comparison each (unsigned ones
 * are dear) tells what is in them. A digit becomes 0x80 to 0x8f, anything else 0: bit 7 stays only if all are digits.
 */
bool pkt_hex_decode(uint8_t *to, const char *from, size_t n)
{
	v16u8 all = ~(v16u8){ 0 };
	unsigned bad = 0;

	for (; n >= 8; n -= 8, from += 16, to += 8) {
		v16u8 c, num, alpha;
		v8u16 w;
		v8u8 out;

		memcpy(&c, from, sizeof(c));
		num = c + (0x80 - '0');
		alpha = (c | 0x20) + (0x80 - 'a');
		num &= (v16u8)((v16s8)num < -128 + 10);
		alpha = (alpha + 10) & (v16u8)((v16s8)alpha < -128 + 6);
		num |= alpha;
		all &= num;
		w = (v8u16)(num & 0x0f);
		w = ((w >> FIRST) << 4 | w >> SECOND) & 0xff;
		out = __builtin_convertvector(w, v8u8);
		memcpy(to, &out, sizeof(out));
	}
	for (; n; n--, from += 2) {
		unsigned hi = digit(from[0]), lo = digit(from[1]);

		bad |= hi | lo;
		*to++ = (uint8_t)(hi << 4 | lo);
	}
	for (n = 0; n < sizeof(all); n++)
		bad |= all[n] & 0x80 ? 0 : 0x100;
	return bad < 0x100;
}
