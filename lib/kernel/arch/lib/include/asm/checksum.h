/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/include/asm/checksum.h - generic but for the inner loop, and for IPv4's header, of which every router sums one a packet */
#ifndef _LIB_CHECKSUM_H
#define _LIB_CHECKSUM_H
#include <linux/types.h>

unsigned int do_csum(const unsigned char *buff, int len);
#define do_csum do_csum

/* The checksum (RFC 791 3.1) of @ihl words at @iph, which begin at a multiple of 4. */
static inline __sum16 ip_fast_csum(const void *iph, unsigned int ihl)
{
	const u32 *word = iph;
	u64 sum = 0;

	while (ihl--)
		sum += *word++;
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__force __sum16)~sum;
}
#define ip_fast_csum ip_fast_csum

#include <asm-generic/checksum.h>
#endif
