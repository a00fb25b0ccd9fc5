// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/pkt_hex_test.c - hex there and back: every length, every character at every place, in place and elsewhere, with this processor's
 * instructions and without
 */
#include <stdlib.h>
#include <string.h>

#include "stdpkt/dissect.h"
#include "test/unit/t.h"

#define HEX_PORTABLE
#define pkt_hex_encode portable_encode
#define pkt_hex_decode portable_decode
void portable_encode(char *to, const uint8_t *from, size_t n);
bool portable_decode(uint8_t *to, const char *from, size_t n);
#include "stdpkt/hex.c"
#undef pkt_hex_encode
#undef pkt_hex_decode

#define BYTES 150u /* several rounds of the widest step, and every rest */

static const struct {
	const char *name;
	void (*encode)(char *to, const uint8_t *from, size_t n);
	bool (*decode)(uint8_t *to, const char *from, size_t n);
} codecs[] = { { "hex", pkt_hex_encode, pkt_hex_decode }, { "portable hex", portable_encode, portable_decode } };

/* The exact size, from malloc(): a sanitizer sees each byte read or written outside. */
static bool one_length(size_t k, const uint8_t *bytes, size_t n)
{
	char *hex = malloc(2 * n + 1), *text = malloc(2 * n), *upper = malloc(2 * n);
	uint8_t *back = malloc(n + !n);
	bool good;
	size_t i;

	for (i = 0; i < n; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
	codecs[k].encode(text, bytes, n);
	good = !memcmp(text, hex, 2 * n);
	for (i = 0; i < 2 * n; i++)
		upper[i] = text[i] >= 'a' ? (char)(text[i] - 32) : text[i];
	good = codecs[k].decode(back, upper, n) && !memcmp(back, bytes, n) && good;
	good = codecs[k].decode((uint8_t *)text, text, n) && !memcmp(text, bytes, n) && good;
	free(hex);
	free(text);
	free(upper);
	free(back);
	return good;
}

static bool is_digit(int c)
{
	return c && strchr("0123456789abcdefABCDEF", c);
}

static bool one_place(size_t k, const char *text, size_t at)
{
	uint8_t back[BYTES];
	char hex[2 * BYTES];
	int c;

	memcpy(hex, text, sizeof(hex));
	for (c = 0; c < 256; c++) {
		hex[at] = (char)c;
		if (codecs[k].decode(back, hex, BYTES) != is_digit(c))
			return false;
	}
	return true;
}

int main(void)
{
	uint8_t bytes[BYTES];
	char text[2 * BYTES], name[80];
	size_t k, i;

	for (i = 0; i < BYTES; i++)
		bytes[i] = (uint8_t)(i * 37 + 11);
	codecs[0].encode(text, bytes, BYTES);
	for (k = 0; k < sizeof(codecs) / sizeof(codecs[0]); k++) {
		for (i = 0; i <= BYTES && one_length(k, bytes, i); i++)
			;
		snprintf(name, sizeof(name), "%s: every length", codecs[k].name);
		T_OK(i > BYTES, name);
		for (i = 0; i < 2 * BYTES && one_place(k, text, i); i++)
			;
		snprintf(name, sizeof(name), "%s: every character at every place", codecs[k].name);
		T_OK(i == 2 * BYTES, name);
	}
	return t_done();
}
