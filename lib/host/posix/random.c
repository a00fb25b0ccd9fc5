/* SPDX-License-Identifier: GPL-2.0-only */
/* lib/host/posix/random.c - seeds of the guest's randomness: the host's, or a sequence that a number determines */
#include <string.h>
#include <sys/random.h>

#include "lib/host/posix/posix.h"

static uint64_t state; /* 0: the host's */

void lk_random_start(uint64_t seed)
{
	state = seed;
}

/* splitmix64 (Steele, Lea, Flood 2014): not for secrets, a seed is asked for to get the same run again */
static uint64_t next(void)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

void lk_random_fill(void *buf, unsigned long len)
{
	char *p = buf;

	while (len) {
		uint64_t v;
		unsigned long part;

		if (!state) {
			ssize_t got = getrandom(p, len > 256 ? 256 : len, 0);

			if (got <= 0)
				lk_panic("the host gives no random numbers");
			p += got;
			len -= got;
			continue;
		}
		v = next();
		part = len < sizeof(v) ? len : sizeof(v);
		memcpy(p, &v, part);
		p += part;
		len -= part;
	}
}
