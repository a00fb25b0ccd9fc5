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
	pcap_head(&b, US, 2, 4, 113);
	expect("pcap of Linux cooked", &b, "bad (lost) byte 20: link type 113 (LINUX_SLL): only Ethernet is read\n");
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
	expect("pcapng: directions, lengths; another's names are no links", &b,
	       "frame 5 3 60 dir1 link= 010203\nframe 6 4 4 dir2 link= 01020304\nframe 7 5 5 dir0 link= 0102030405\nend\n");

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
	interface(&b, 113, 0, NULL, 9, 0);
	interface(&b, 1, 2, NULL, 9, 0);
	epb(&b, 0, 5, 1, 1, 0);
	epb(&b, 1, 6, 1, 1, 0);
	epb(&b, 0, 7, 1, 1, 0);
	expect("pcapng: frames of an interface that is not Ethernet", &b,
	       "bad interface 0: link type 113 (LINUX_SLL): only Ethernet is read\nframe 6 1 1 dir0 link= 01\n"
	       "bad interface 0: link type 113 (LINUX_SLL): only Ethernet is read\nend\n");

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
	       "frame 0 2 5 dir0 link= 0102\nframe 8 1 1 dir1 link= 07\nend\n");

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
	       "frame 5 1 1 dir0 link= 01\nlink x mtu 0\nframe 1000 1 1 dir2 link=x 01\nend\n");
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
	expect("pcapng: comments", &b, "comment one two\ncomment \ncomment three \nframe 0 0 0 dir0 link= \nend\n");

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
	}
	test_orders();
	test_bin();
	return t_done();
}
