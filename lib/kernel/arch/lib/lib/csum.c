// SPDX-License-Identifier: GPL-2.0-only
/* arch/lib/lib/csum.c - the Internet checksum's inner loop (RFC 1071), 8 bytes a step */
#include <linux/unaligned.h>
#include <asm/checksum.h>

static u64 add64(u64 a, u64 b)
{
	a += b;
	return a + (a < b);
}

/* do_csum() - one's complement sum of @len bytes, folded to 16 bits, in memory order; @buff may be odd. */
unsigned int do_csum(const unsigned char *buff, int len)
{
	bool odd = (unsigned long)buff & 1;
	u64 sum = 0;

	if (len <= 0)
		return 0;
	if (odd) {
		sum = (u64)*buff++ << 8;
		len--;
	}
	for (; len >= 32; len -= 32, buff += 32) {
		sum = add64(sum, get_unaligned((u64 *)buff));
		sum = add64(sum, get_unaligned((u64 *)(buff + 8)));
		sum = add64(sum, get_unaligned((u64 *)(buff + 16)));
		sum = add64(sum, get_unaligned((u64 *)(buff + 24)));
	}
	for (; len >= 8; len -= 8, buff += 8)
		sum = add64(sum, get_unaligned((u64 *)buff));
	if (len & 4) {
		sum = add64(sum, get_unaligned((u32 *)buff));
		buff += 4;
	}
	if (len & 2) {
		sum = add64(sum, get_unaligned((u16 *)buff));
		buff += 2;
	}
	if (len & 1)
		sum = add64(sum, *buff);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return odd ? swab16(sum) : sum;
}
