// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/pkt_capture.c - pcap and pcapng built by hand, in both byte orders: what may be in them, and what may not
 */
#include "stdpkt/pkt.h"
#include "test/unit/pkt_stream.h"
#include "test/unit/t.h"

static bool big;

static void put16(struct pkt_buf *b, uint16_t v)
{
	uint8_t le[2] = { (uint8_t)v, (uint8_t)(v >> 8) }, be[2] = { le[1], le[0] };

	append(b, big ? be : le, 2);
}

static void put32(struct pkt_buf *b, uint32_t v)
{
	put16(b, (uint16_t)(big ? v >> 16 : v));
	put16(b, (uint16_t)(big ? v : v >> 16));
}

static void put64(struct pkt_buf *b, uint64_t v)
{
	put32(b, (uint32_t)(big ? v >> 32 : v));
	put32(b, (uint32_t)(big ? v : v >> 32));
}

static void expect(const char *name, const struct pkt_buf *b, const char *want)
{
	struct run run = run_whole(b->data, b->len);
	char full[160];

	snprintf(full, sizeof(full), "%s (%s-endian)", name, big ? "big" : "little");
	if (!T_OK(!strcmp((char *)run.log.data, want), full))
		printf("# is   %s# want %s", run.log.data, want);
	run_free(&run);
}

/* pcap */

static void pcap_head(struct pkt_buf *b, uint32_t magic, uint16_t major, uint16_t minor, uint32_t network)
{
	b->len = 0;
	put32(b, magic);
	put16(b, major);
	put16(b, minor);
	put32(b, 0);
	put32(b, 0);
	put32(b, 65535);
	put32(b, network);
}

static void pcap_rec(struct pkt_buf *b, uint32_t sec, uint32_t sub, uint32_t caplen, uint32_t len)
{
	put32(b, sec);
	put32(b, sub);
	put32(b, caplen);
	put32(b, len);
}

#define US 0xa1b2c3d4
#define NS 0xa1b23c4d
#define KUZNETZOV 0xa1b2cd34

static void test_pcap(void)
{
	struct pkt_buf b = { 0 };

	pcap_head(&b, US, 2, 4, 1);
	pcap_rec(&b, 5, 7, 2, 2);
	append(&b, "\x01\x02", 2);
	pcap_rec(&b, 6, 8, 0, 60);
	expect("pcap, microseconds", &b, "frame 5000007000 2 2 dir0 link= 0102\nframe 6000008000 0 60 dir0 link= \nend\n");
	pcap_head(&b, NS, 2, 4, 1);
	pcap_rec(&b, 4294967295u, 7, 2, 1);
	append(&b, "\x01\x02", 2);
	expect("pcap, nanoseconds; a len that is too small", &b, "frame 4294967295000000007 2 2 dir0 link= 0102\nend\n");
	pcap_head(&b, KUZNETZOV, 2, 4, 1);
	pcap_rec(&b, 5, 7, 1, 1);
	put32(&b, 3);
	put16(&b, 8);
	append(&b, "\x04\x00\xaa", 3);
	expect("pcap, Kuznetzov's", &b, "frame 5000007000 1 1 dir2 link= aa\nend\n");
	pcap_head(&b, US, 2, 2, 1);
	pcap_rec(&b, 5, 7, 9, 1);
	append(&b, "\xaa", 1);
	expect("pcap 2.2: lengths the other way round", &b, "frame 5000007000 1 9 dir0 link= aa\nend\n");
	pcap_head(&b, US, 2, 4, 1 | 0x04000000 | 2u << 28);
	pcap_rec(&b, 5, 7, 6, 6);
	append(&b, "\x01\x02\xff\xff\xff\xff", 6);
	pcap_rec(&b, 5, 7, 3, 9);
	append(&b, "\x01\x02\x03", 3);
	expect("pcap with FCS", &b, "frame 5000007000 2 2 dir0 link= 0102\nframe 5000007000 3 5 dir0 link= 010203\nend\n");

	pcap_head(&b, US, 2, 5, 1);
	expect("pcap 2.5", &b, "bad (lost) byte 4: pcap version 2.5, only 2.0 to 2.4 are read\n");
	pcap_head(&b, US, 1, 2, 1);
	expect("pcap 1.2", &b, "bad (lost) byte 4: pcap version 1.2, only 2.0 to 2.4 are read\n");
	pcap_head(&b, US, 2, 4, 105);
	expect("pcap of 802.11", &b,
	       "bad (lost) byte 20: link type 105 (IEEE802_11): Ethernet, raw IP, NULL, LOOP and Linux cooked are read\n");
	pcap_head(&b, US, 2, 4, 9999);
	expect("pcap of an unknown link type", &b,
	       "bad (lost) byte 20: link type 9999 (unknown): Ethernet, raw IP, NULL, LOOP and Linux cooked are read\n");
	pcap_head(&b, US, 2, 4, 0x00010001);
	expect("pcap, reserved bits", &b, "bad (lost) byte 20: link type field 0x00010001 has reserved bits set\n");
	pcap_head(&b, US, 2, 4, 1);
	pcap_rec(&b, 5, 7, 1, 1);
	append(&b, "\xaa", 1);
	pcap_rec(&b, 5, 7, 300000, 300000);
	expect("pcap, 300 kB", &b,
	       "frame 5000007000 1 1 dir0 link= aa\nbad (lost) byte 41: a frame of 300000 bytes; 262144 is the most\n");
	pcap_head(&b, US, 2, 4, 1);
	pcap_rec(&b, 5, 7, 4, 4);
	append(&b, "\xaa", 1);
	expect("pcap, cut", &b, "bad cut inside a frame: it begins at byte 24 and the stream ends 17 bytes later\nend\n");
	pkt_buf_free(&b);
}

/* pcapng */

static size_t block;

static void begin(struct pkt_buf *b, uint32_t type)
{
	block = b->len;
	put32(b, type);
	put32(b, 0);
}

static void end(struct pkt_buf *b)
{
	size_t len = b->len - block + 4;

	put32(b, (uint32_t)len);
	memcpy(b->data + block + 4, b->data + b->len - 4, 4);
}

static void option(struct pkt_buf *b, uint16_t code, const void *value, uint16_t len)
{
	put16(b, code);
	put16(b, len);
	append(b, value, len);
	append(b, "\0\0\0", (4 - len % 4) % 4);
}

static void section(struct pkt_buf *b, const char *userappl)
{
	begin(b, 0x0a0d0d0a);
	put32(b, 0x1a2b3c4d);
	put16(b, 1);
	put16(b, 0);
	put64(b, UINT64_MAX);
	if (userappl)
		option(b, 4, userappl, (uint16_t)strlen(userappl));
	end(b);
}

/* @resol < 0: no option */
static void interface(struct pkt_buf *b, uint16_t linktype, uint32_t snaplen, const char *name, int resol, int64_t offset)
{
	uint8_t r = (uint8_t)resol;

	begin(b, 1);
	put16(b, linktype);
	put16(b, 0);
	put32(b, snaplen);
	if (name)
		option(b, 2, name, (uint16_t)strlen(name));
	if (resol >= 0)
		option(b, 9, &r, 1);
	if (offset) {
		put16(b, 14);
		put16(b, 8);
		put64(b, (uint64_t)offset);
	}
	end(b);
}

static void epb(struct pkt_buf *b, uint32_t id, uint64_t ts, uint32_t caplen, uint32_t len, uint32_t flags)
{
	begin(b, 6);
	put32(b, id);
	put32(b, (uint32_t)(ts >> 32));
	put32(b, (uint32_t)ts);
	put32(b, caplen);
	put32(b, len);
	append(b, "\x01\x02\x03\x04\x05", caplen);
	append(b, "\0\0\0", (4 - caplen % 4) % 4);
	if (flags) {
		put16(b, 2);
		put16(b, 4);
		put32(b, flags);
	}
	end(b);
}

static void test_times(void)
{
	static const struct {
		int resol;
		int64_t offset;
		uint64_t ts, ns;
	} times[] = {
		{ -1, 0, 1500000, 1500000000 },		{ 6, 0, 1500000, 1500000000 },
		{ 9, 0, 1732147200000123456, 1732147200000123456 },
		{ 3, 0, 1500, 1500000000 },		{ 0, 0, 15, 15000000000 },
		{ 12, 0, 1500000000999, 1500000000 },	{ 0x80 | 10, 0, 1536, 1500000000 },
		{ 0x80 | 32, 0, 0x180000000, 1500000000 }, { 0x80, 0, 7, 7000000000 },
		{ 6, 100, 1500000, 101500000000 },	{ 6, -1, 1500000, 500000000 },
		{ 6, -2, 1500000, 0 },			{ 0, 0, UINT64_MAX, 0 },
		{ 127, 0, UINT64_MAX, 0 },		{ 255, 0, UINT64_MAX, 0 },
		{ 6, INT64_MAX, 1, 0 },			{ 6, INT64_MIN, 1, 0 },
	};
	struct pkt_buf b = { 0 };
	char want[80], name[80];
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		b.len = 0;
		section(&b, NULL);
		interface(&b, 1, 0, NULL, times[i].resol, times[i].offset);
		epb(&b, 0, times[i].ts, 1, 1, 0);
		snprintf(want, sizeof(want), "frame %llu 1 1 dir0 link= 01\nend\n", (unsigned long long)times[i].ns);
		snprintf(name, sizeof(name), "if_tsresol %d, if_tsoffset %lld", times[i].resol, (long long)times[i].offset);
		expect(name, &b, want);
	}
	pkt_buf_free(&b);
}

static void test_pcapng(void)
{
	struct pkt_buf b = { 0 };
	size_t at;

	section(&b, "dumpcap");
	interface(&b, 1, 0, "eth0", 9, 0);
	epb(&b, 0, 5, 3, 60, 1);
	epb(&b, 0, 6, 4, 3, 2);
	epb(&b, 0, 7, 5, 5, 3);
	expect("pcapng: directions, lengths; another's interfaces are no links", &b,
	       "frame 5 3 60 dir1 link=if:eth0 010203\nframe 6 4 4 dir2 link=if:eth0 01020304\nframe 7 5 5 dir0 link=if:eth0 0102030405\nend\n");

	b.len = 0;
	section(&b, "stdpkt 1");
	interface(&b, 1, 0, "a.1", 9, 0);
	interface(&b, 1, 0, "not a name", 9, 0);
	interface(&b, 1, 0, "b.1", 9, 0);
	epb(&b, 1, 4, 1, 1, 0);
	epb(&b, 0, 5, 1, 1, 0);
	epb(&b, 2, 6, 1, 1, 0);
	expect("pcapng: our names are links", &b,
	       "frame 4 1 1 dir0 link= 01\nlink a.1 mtu 0\nframe 5 1 1 dir0 link=a.1 01\nframe 6 1 1 dir0 link=b.1 01\nend\n");

	b.len = 0;
	section(&b, NULL);
	interface(&b, 105, 0, NULL, 9, 0);
	interface(&b, 1, 2, NULL, 9, 0);
	epb(&b, 0, 5, 1, 1, 0);
	epb(&b, 1, 6, 1, 1, 0);
	epb(&b, 0, 7, 1, 1, 0);
	expect("pcapng: frames of an interface that is not Ethernet", &b,
	       "bad interface 0: link type 105 (IEEE802_11): Ethernet, raw IP, NULL, LOOP and Linux cooked are read\n"
	       "frame 6 1 1 dir0 link=if:1 01\n"
	       "bad interface 0: link type 105 (IEEE802_11): Ethernet, raw IP, NULL, LOOP and Linux cooked are read\nend\n");

	b.len = 0;
	section(&b, NULL);
	interface(&b, 1, 2, NULL, 9, 0);
	begin(&b, 3);
	put32(&b, 5);
	append(&b, "\x01\x02\x00\x00", 4);
	end(&b);
	begin(&b, 2);
	put16(&b, 0);
	put16(&b, 99);
	put32(&b, 0);
	put32(&b, 8);
	put32(&b, 1);
	put32(&b, 1);
	append(&b, "\x07\0\0\0", 4);
	put16(&b, 2);
	put16(&b, 4);
	put32(&b, 1);
	end(&b);
	expect("pcapng: simple and obsolete packet blocks", &b,
	       "frame 0 2 5 dir0 link= 0102\nframe 8 1 1 dir1 link= 07 flags=0 opts=040008006300000000000000\nend\n");

	b.len = 0;
	section(&b, NULL);
	interface(&b, 1, 0, NULL, 9, 0);
	begin(&b, 0x0bad);
	for (at = 0; at < 200000; at++)
		put32(&b, 0xffffffff);
	end(&b);
	epb(&b, 0, 5, 1, 1, 0);
	begin(&b, 4);
	end(&b);
	big = !big;
	section(&b, "stdpkt 1");
	interface(&b, 1, 0, "x", 6, 0);
	epb(&b, 0, 1, 1, 1, 2);
	expect("pcapng: blocks skipped, a new section of the other order", &b,
	       "frame 5 1 1 dir0 link= 01\nblock 4 link= \nlink x mtu 0\nframe 1000 1 1 dir2 link=x 01\nend\n");
	big = !big;

	b.len = 0;
	section(&b, NULL);
	interface(&b, 1, 0, NULL, 9, 0);
	begin(&b, 6);
	for (at = 0; at < 4; at++)
		put32(&b, 0);
	put32(&b, 0);
	option(&b, 1, "one\ntwo", 7);
	option(&b, 2988, "xyz", 3);
	option(&b, 1, "", 0);
	option(&b, 1, "three\0", 6);
	put32(&b, 0);
	end(&b);
	expect("pcapng: comments", &b, "comment one two\ncomment \ncomment three \nframe 0 0 0 dir0 link=  flags=0 opts=010007006f6e650a74776f00"
	       "ac0b030078797a000100000001000600746872656500" "0000\nend\n");

	/* what is wrong */
	b.len = 0;
	section(&b, NULL);
	epb(&b, 0, 5, 1, 1, 0);
	expect("pcapng: no interface", &b, "bad (lost) byte 28: a frame of interface 0, but only 0 have been described\n");
	b.len = 0;
	section(&b, NULL);
	interface(&b, 1, 0, NULL, 9, 0);
	at = b.len;
	begin(&b, 6);
	put32(&b, 0);
	put64(&b, 0);
	put32(&b, 300000);
	put32(&b, 300000);
	for (size_t i = 0; i < 75000; i++)
		put32(&b, 0);
	end(&b);
	expect("pcapng: 300 kB", &b,
	       "bad (lost) byte 56: a frame of 300000 bytes in a block with room for 300000; 262144 is the most\n");
	b.len = at;
	begin(&b, 6);
	b.len = at + 4;
	put32(&b, 500000);
	put32(&b, 0);
	expect("pcapng: 500 kB, told at once", &b,
	       "bad (lost) byte 56: a block (type 6) of 500000 bytes; expected 32 to 393216, a multiple of 4\n");
	b.len = at;
	put32(&b, 77);
	put32(&b, 17u << 20);
	put32(&b, 0);
	expect("pcapng: 17 MiB to skip", &b,
	       "bad (lost) byte 56: a block (type 77) of 17825792 bytes; expected 12 to 16777216, a multiple of 4\n");
	b.len = at;
	epb(&b, 0, 5, 1, 1, 0);
	b.len -= 4;
	put32(&b, 99);
	expect("pcapng: the lengths differ", &b, "bad (lost) byte 56: a block of 36 bytes ends with the length 99\n");
	b.len = at;
	begin(&b, 77);
	put32(&b, 0);
	end(&b);
	b.len -= 4;
	put32(&b, 99);
	expect("pcapng: ... of a block that is skipped", &b, "bad (lost) byte 68: a block of 16 bytes ends with the length 99\n");
	b.len = at;
	begin(&b, 77);
	put32(&b, 0);
	end(&b);
	b.len -= 1;
	expect("pcapng: cut in a block that is skipped", &b, "bad cut inside a block of 16 bytes: the stream ends at byte 71\nend\n");
	b.len = 16;
	b.data[8] = 0;
	expect("pcapng: byte order", &b, "bad (lost) byte 8: not the byte-order magic of pcapng\n");
	pkt_buf_free(&b);
}

/* What goes with a packet, and blocks that are no packets: the same in both orders, little-endian. */
static void test_meta(void)
{
	struct pkt_buf b = { 0 };

	section(&b, NULL);
	interface(&b, 1, 0, "eth0", 6, 0);
	begin(&b, 6);
	put32(&b, 0);
	put32(&b, 0);
	put32(&b, 5);
	put32(&b, 6);
	put32(&b, 6);
	append(&b, "\x01\x02\xff\xff\xff\xff\0\0", 8);
	put16(&b, 2);
	put16(&b, 4);
	put32(&b, 1u << 9 | 4u << 5 | 2u << 2 | 2); /* checksum not filled in, 4 bytes of FCS, multicast, outbound */
	put16(&b, 4);
	put16(&b, 8);
	put64(&b, 0x1122334455667788);
	put16(&b, 6);
	put16(&b, 4);
	put32(&b, 3);
	put16(&b, 7);
	put16(&b, 9);
	append(&b, "\x02", 1);
	put64(&b, 2);
	append(&b, "\0\0\0", 3);
	option(&b, 3, "\x02\xaa\xbb\xcc\xdd", 5);
	put16(&b, 2989);
	put16(&b, 6);
	put32(&b, 32473);
	append(&b, "hi\0\0", 4);
	put16(&b, 19373); /* must not be copied */
	put16(&b, 4);
	put32(&b, 32473);
	end(&b);
	expect("pcapng: flags, drops, queue, verdict, hash, custom", &b,
	       "frame 5000 2 2 dir2 link=if:eth0 0102 flags=208 opts=040008008877665544332211060004000300000007000900"
	       "02020000000000000000000003000500" "02aabbccdd000000ad0b0600d97e00006869" "0000\nend\n");

	b.len = 0;
	section(&b, NULL);
	interface(&b, 1, 0, "eth0", 6, 0);
	begin(&b, 4); /* names */
	put16(&b, 1);
	put16(&b, 7);
	append(&b, "\x7f\0\0\x01" "lo\0\0", 8);
	put32(&b, 0);
	option(&b, 1, "note", 4);
	option(&b, 2, "ns", 2);
	end(&b);
	begin(&b, 5); /* statistics */
	put32(&b, 0);
	put32(&b, 0);
	put32(&b, 7);
	option(&b, 1, "idle", 4);
	put16(&b, 4);
	put16(&b, 8);
	put64(&b, 10);
	put16(&b, 3);
	put16(&b, 8);
	put32(&b, 0);
	put32(&b, 8);
	end(&b);
	begin(&b, 10); /* secrets */
	put32(&b, 0x544c534b);
	put32(&b, 5);
	append(&b, "abcde\0\0\0", 8);
	end(&b);
	begin(&b, 0xbad);
	put32(&b, 32473);
	append(&b, "any\0", 4);
	end(&b);
	begin(&b, 0x40000bad); /* must not be copied */
	put32(&b, 32473);
	end(&b);
	expect("pcapng: names, statistics, secrets, custom", &b,
	       "comment note\nblock 4 link= 010007007f0000016c6f0000" "00000000" "020002006e730000\n"
	       "comment idle\nblock 5 link=if:eth0 00000000" "00000000581b0000" "040008000a00000000000000" "0300080000000000401f0000\n"
	       "block 10 link= 4b534c54050000006162636465000000\nblock 2989 link= d97e0000616e7900\nend\n");

	b.len = 0;
	section(&b, NULL);
	begin(&b, 4);
	put16(&b, 1);
	put16(&b, 99);
	put32(&b, 0);
	end(&b);
	begin(&b, 10);
	put32(&b, 1);
	put32(&b, 0xfffffff0);
	end(&b);
	expect("pcapng: lengths inside that do not fit cost their block", &b,
	       "bad byte 28: the inside of a block (type 4) does not fit into it\n"
	       "bad byte 48: the inside of a block (type 10) does not fit into it\nend\n");
	pkt_buf_free(&b);
}

/* One packet of a link type, as pcap and as a simple packet block, with nothing in front that could be overwritten. */
static void expect_linktype(const char *name, uint16_t type, const void *data, uint32_t n, const char *want)
{
	struct pkt_buf b = { 0 };
	char full[120];

	pcap_head(&b, US, 2, 4, type);
	pcap_rec(&b, 0, 0, n, n);
	append(&b, data, n);
	snprintf(full, sizeof(full), "%s in pcap", name);
	expect(full, &b, want);
	b.len = 0;
	section(&b, "stdpkt 1");
	interface(&b, type, 0, NULL, 9, 0);
	begin(&b, 3);
	put32(&b, n);
	append(&b, data, n);
	append(&b, "\0\0\0", (4 - n % 4) % 4);
	end(&b);
	snprintf(full, sizeof(full), "%s in a simple block", name);
	expect(full, &b, want);
	pkt_buf_free(&b);
}

static void test_linktypes(void)
{
#define IP "\x45\0\0\x14\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\xe0\0\0\xfb"
#define IP_HEX "4500001400000000401100000a000001e00000fb"
#define IP6 "\x60\0\0\0\0\0\x3b\x40\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x05"
#define IP6_HEX "6000000000003b4020010db8000000000000000000000001ff020000000000000000000000000005"
#define RAW_WANT "frame 0 34 34 dir0 link= 01005e0000fb02000a0000010800" IP_HEX "\nend\n"
#define RAW6_WANT "frame 0 54 54 dir0 link= 33330000000502000000000186dd" IP6_HEX "\nend\n"
	static const char af2[2][5] = { "\x02\0\0\0", "\0\0\0\x02" }, af30[2][5] = { "\x1e\0\0\0", "\0\0\0\x1e" };
	char buf[64];

	expect_linktype("raw IPv4", 101, IP, 20, RAW_WANT);
	expect_linktype("raw IPv6", 101, IP6, 40, RAW6_WANT);
	expect_linktype("raw, link type 12", 12, IP, 20, RAW_WANT);
	expect_linktype("IPv4", 228, IP, 20, RAW_WANT);
	expect_linktype("IPv6", 229, IP6, 40, RAW6_WANT);
	memcpy(buf, af2[big], 4);
	memcpy(buf + 4, IP, 20);
	expect_linktype("NULL", 0, buf, 24, RAW_WANT);
	memcpy(buf, af2[!big], 4);
	expect_linktype("NULL of the other order", 0, buf, 24, RAW_WANT);
	memcpy(buf, af30[big], 4);
	memcpy(buf + 4, IP6, 40);
	expect_linktype("NULL with IPv6 of Darwin", 0, buf, 44, RAW6_WANT);
	memcpy(buf, af2[1], 4);
	memcpy(buf + 4, IP, 20);
	expect_linktype("LOOP", 108, buf, 24, RAW_WANT);
	expect_linktype("cooked", 113, "\0\x04\0\x01\0\x06\x02\0\0\0\0\x07\0\0\x08\0" IP, 36,
			"frame 0 34 34 dir2 link= 01005e0000fb0200000000070800" IP_HEX "\nend\n");
	expect_linktype("cooked, broadcast without an address", 113, "\0\x01\0\x01\0\0\0\0\0\0\0\0\0\0\x08\0" IP, 36,
			"frame 0 34 34 dir1 link= ffffffffffff02000a0000010800" IP_HEX "\nend\n");
	expect_linktype("cooked, 802.2", 113, "\0\x02\0\x01\0\x06\x02\0\0\0\0\x07\0\0\0\x04" "abc", 19,
			"frame 0 17 17 dir1 link= 0300000000000200000000070003616263\nend\n");
	expect_linktype("cooked v2", 276, "\x86\xdd\0\0\0\0\0\x03\0\x01\0\x06\x02\0\0\0\0\x08\0\0" IP6, 60,
			"frame 0 54 54 dir1 link= 33330000000502000000000886dd" IP6_HEX "\nend\n");
#undef RAW_WANT
#undef RAW6_WANT
	{
		struct pkt_buf b = { 0 };

		pcap_head(&b, US, 2, 4, 113);
		pcap_rec(&b, 0, 0, 16, 16);
		append(&b, "\0\0\x03\x38\0\0\0\0\0\0\0\0\0\0\x08\0", 16);
		pcap_rec(&b, 0, 0, 15, 15);
		append(&b, "\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\x08", 15);
		pcap_rec(&b, 0, 0, 16, 99);
		append(&b, "\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\x88\xcc", 16);
		expect("cooked: netlink and a cut header are refused, the rest goes on", &b,
		       "bad a packet of link type 113 (LINUX_SLL) that no Ethernet frame can carry\n"
		       "bad a packet of link type 113 (LINUX_SLL) that no Ethernet frame can carry\n"
		       "frame 0 14 97 dir1 link= 02000000000002000000000088cc\nend\n");
		pkt_buf_free(&b);
	}
}

/* The test generator wrote the same in both byte orders. */
static void test_orders(void)
{
	static const char *const names[] = { "102", "202" };
	size_t i, n = 0, m = 0;

	for (i = 0; i < 2; i++) {
		char le[80], be[80];
		uint8_t *a, *b;
		struct run x, y;

		snprintf(le, sizeof(le), "test/captures/blocks-le-%s.pcapng", names[i]);
		snprintf(be, sizeof(be), "test/captures/blocks-be-%s.pcapng", names[i]);
		a = read_file(le, &n);
		b = read_file(be, &m);
		if (a && b) {
			x = run_whole(a, n);
			y = run_whole(b, m);
			T_OK(x.frames && same_run(&x, &y), be);
			run_free(&x);
			run_free(&y);
		} else {
			t_skip(be, "cannot be read (run from the root of the repository)");
		}
		free(a);
		free(b);
	}
}

static void test_bin(void)
{
	struct pkt_buf b = { 0 };

	big = false;
	append(&b, PKT_BIN_MAGIC, 8);
	put32(&b, 2);
	put32(&b, 0);
	put64(&b, 77);
	append(&b, "\xab\xcd", 2);
	put32(&b, 3);
	put32(&b, 99);
	put64(&b, 0);
	append(&b, "xyz", 3);
	put32(&b, 5);
	put32(&b, 2);
	put64(&b, 78);
	put32(&b, 1500);
	append(&b, "\xef", 1);
	put32(&b, 2);
	put32(&b, 1);
	put64(&b, 0);
	append(&b, "hi", 2);
	expect("binary: frame, unknown record, cut frame, comment", &b,
	       "frame 77 2 2 dir0 link= abcd\nframe 78 1 1500 dir0 link= ef\ncomment hi\nend\n");
	put32(&b, 300000);
	put32(&b, 0);
	put64(&b, 0);
	expect("binary: 300 kB", &b,
	       "frame 77 2 2 dir0 link= abcd\nframe 78 1 1500 dir0 link= ef\ncomment hi\n"
	       "bad (lost) byte 84: a record of 300000 bytes; 262144 is the most\n");
	pkt_buf_free(&b);
}

int main(void)
{
	for (int i = 0; i < 2; i++, big = !big) {
		test_pcap();
		test_times();
		test_pcapng();
		test_meta();
		test_linktypes();
	}
	test_orders();
	test_bin();
	return t_done();
}
