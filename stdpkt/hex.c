// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/hex.c - contiguous hex, the bulk of a line
 *
 * 32 characters at a time with the compiler's portable vectors (gcc and clang make AVX2, SSE2 or NEON of it, or plain code). On x86-64 with AVX2 the encoder is the same C compiled again; the decoder, which costs most of reading a line,
 * has its own instructions: what saturates cannot be said in portable C. HEX_PORTABLE leaves them out, for a test of the rest.
 */
#include "stdpkt/dissect.h"

#include <string.h>

#if defined(__x86_64__) && !defined(HEX_PORTABLE)
#include <immintrin.h>
#include <sys/platform/x86.h> /* what libc knows; the compiler's own way asks the processor again at each start, in a VM 12 us */
#endif

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

/* The last step of a frame is STEP bytes back from its end: some are done twice, none one by one. n is STEP at least. */
static ALWAYS_INLINE void encode_steps(char *to, const uint8_t *from, size_t n)
{
	size_t i = 0;

	for (;;) {
		v16u8 in;
		v16u16 w;
		v32u8 c;

		memcpy(&in, from + i, sizeof(in));
		w = __builtin_convertvector(in, v16u16);
		w = (w >> 4) << FIRST | (w & 15) << SECOND;
		c = (v32u8)w;
		c += '0' + ((v32u8)((v32s8)c > 9) & ('a' - '0' - 10));
		memcpy(to + 2 * i, &c, sizeof(c));
		i += STEP;
		if (i == n)
			return;
		i = i > n - STEP ? n - STEP : i;
	}
}

/*
 * Both ranges of digits are moved to the bottom of the signed bytes, so that one signed comparison each (unsigned ones
 * are dear) tells what is in them. A digit becomes 0x80 to 0x8f, anything else 0: bit 7 stays only if all are digits.
 */
static ALWAYS_INLINE void decode_step(uint8_t *to, const v32u8 *c, v32u8 *all)
{
	v32u8 num = *c + (0x80 - '0'), alpha = (*c | 0x20) + (0x80 - 'a');
	v16u16 w;
	v16u8 out;

	num &= (v32u8)((v32s8)num < -128 + 10);
	alpha = (alpha + 10) & (v32u8)((v32s8)alpha < -128 + 6);
	num |= alpha;
	*all &= num;
	w = (v16u16)(num & 0x0f);
	w = ((w >> FIRST) << 4 | w >> SECOND) & 0xff;
	out = __builtin_convertvector(w, v16u8);
	memcpy(to, &out, sizeof(out));
}

/* In place the end is gone when its turn comes, so it is loaded first and stored last. n is STEP at least. */
static ALWAYS_INLINE bool decode_steps(uint8_t *to, const char *from, size_t n)
{
	v32u8 all = ~(v32u8){ 0 }, c, end;
	uint64_t part[sizeof(all) / 8], both = ~0ull;
	size_t i;

	memcpy(&end, from + 2 * (n - STEP), sizeof(end));
	for (i = 0; i < n - STEP; i += STEP) {
		memcpy(&c, from + 2 * i, sizeof(c));
		decode_step(to + i, &c, &all);
	}
	decode_step(to + n - STEP, &end, &all);
	memcpy(part, &all, sizeof(all));
	for (i = 0; i < sizeof(all) / 8; i++)
		both &= part[i];
	return (both & 0x8080808080808080ull) == 0x8080808080808080ull;
}

#if defined(__x86_64__) && !defined(HEX_PORTABLE)
#define AVX2 __attribute__((target("avx2")))

AVX2 static void encode_wide(char *to, const uint8_t *from, size_t n)
{
	encode_steps(to, from, n);
}

/* Each of 32 characters as the number that it means, more than 15 where it is no digit: both ranges begin at 0, all else is above. */
AVX2 static inline __m256i nibbles(__m256i c)
{
	__m256i num, alpha;

	num = _mm256_subs_epu8(_mm256_add_epi8(c, _mm256_set1_epi8((char)(0xff - '9'))), _mm256_set1_epi8(6)); /* 0xf0 to 0xf9 */
	num = _mm256_sub_epi8(num, _mm256_set1_epi8((char)0xf0));
	alpha = _mm256_sub_epi8(_mm256_and_si256(c, _mm256_set1_epi8((char)0xdf)), _mm256_set1_epi8('A'));
	alpha = _mm256_adds_epu8(alpha, _mm256_set1_epi8(10));
	return _mm256_min_epu8(num, alpha);
}

/* 32 bytes of 64 characters; packing takes the halves one by one. */
AVX2 static inline __m256i decode_pair(__m256i a, __m256i b, __m256i *any)
{
	const __m256i weights = _mm256_set1_epi16(0x0110); /* 16 for the first of two, 1 for the second */

	a = nibbles(a);
	b = nibbles(b);
	*any = _mm256_or_si256(*any, _mm256_or_si256(a, b));
	a = _mm256_packus_epi16(_mm256_maddubs_epi16(a, weights), _mm256_maddubs_epi16(b, weights));
	return _mm256_permute4x64_epi64(a, 0xd8);
}

/* As decode_steps(), 2 STEP at a time; n is that at least. */
AVX2 static bool decode_wide(uint8_t *to, const char *from, size_t n)
{
	const __m256i *in = (const __m256i *)from;
	const __m256i *end = (const __m256i *)(from + 2 * n);
	__m256i any = _mm256_setzero_si256(), last[2] = { _mm256_loadu_si256(end - 2), _mm256_loadu_si256(end - 1) };
	size_t i;

	for (i = 0; i < n - 2 * STEP; i += 2 * STEP, in += 2)
		_mm256_storeu_si256((__m256i *)(to + i), decode_pair(_mm256_loadu_si256(in), _mm256_loadu_si256(in + 1), &any));
	_mm256_storeu_si256((__m256i *)(to + n - 2 * STEP), decode_pair(last[0], last[1], &any));
	return _mm256_testz_si256(any, _mm256_set1_epi8((char)0xf0));
}
static void encode_best(char *to, const uint8_t *from, size_t n)
{
	if (CPU_FEATURE_ACTIVE(AVX2))
		encode_wide(to, from, n);
	else
		encode_steps(to, from, n);
}

static bool decode_best(uint8_t *to, const char *from, size_t n)
{
	return n >= 2 * STEP && CPU_FEATURE_ACTIVE(AVX2) ? decode_wide(to, from, n) : decode_steps(to, from, n);
}
#else
#define encode_best encode_steps
#define decode_best decode_steps
#endif

void pkt_hex_encode(char *to, const uint8_t *from, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	if (n >= STEP) {
		encode_best(to, from, n);
		return;
	}
	for (i = 0; i < n; i++) {
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
	size_t i;

	if (n >= STEP)
		return decode_best(to, from, n);
	for (i = 0; i < n; i++) {
		unsigned hi = digit(from[2 * i]), lo = digit(from[2 * i + 1]);

		bad |= hi | lo;
		to[i] = (uint8_t)(hi << 4 | lo);
	}
	return bad < 0x100;
}
