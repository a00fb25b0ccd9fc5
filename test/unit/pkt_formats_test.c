// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/pkt_formats_test.c - the formats that are asked for by name, compressed streams, and what text keeps of pcapng
 */
#include <errno.h>
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include "stdpkt/pkt.h"
#include "test/unit/pkt_stream.h"
#include "test/unit/t.h"

#define ETH_HEX "ffffffffffff001c7e6abad10800"

static void expect(const char *name, enum pkt_format fmt, const void *data, size_t n, const char *want)
{
	struct run run, split;

	run_format = fmt;
	run = run_whole(data, n);
	split = run_stream(data, n, 1, 1, 0);
	run_format = PKT_FMT_NONE;
	if (!T_OK(!strcmp((char *)run.log.data, want) && same_run(&run, &split), name))
		printf("# is   %s# split %s# want %s", run.log.data, split.log.data, want);
	run_free(&run);
	run_free(&split);
}

static void expect_text(const char *name, enum pkt_format fmt, const char *text, const char *want)
{
	expect(name, fmt, text, strlen(text), want);
}

static void test_framing(void)
{
	static const char qemu[] = "\0\0\0\x02\x01\x02\0\0\0\0\0\0\0\x01\xff";
	static const char vde[] = "\0\x02\x01\x02\0\0\0\x01\xff";
	struct pkt_frame f = { .data = (const uint8_t *)"\x01\x02", .caplen = 2, .len = 9 };
	static const uint8_t big[70000];
	struct pkt_buf b = { 0 };
	struct pkt_writer w;

	expect("QEMU's framing", PKT_FMT_QEMU, qemu, 15,
	       "frame 0 2 2 dir0 link= 0102\nframe 0 0 0 dir0 link= \nframe 0 1 1 dir0 link= ff\nend\n");
	expect("QEMU's framing, cut", PKT_FMT_QEMU, qemu, 5,
	       "bad cut inside a frame: it begins at byte 0 and the stream ends 5 bytes later\nend\n");
	expect("QEMU's framing, a length of nonsense", PKT_FMT_QEMU, "\0\x04\0\x01", 4,
	       "bad (lost) byte 0: a frame of 262145 bytes; 262144 is the most\n");
	expect("VDE's framing", PKT_FMT_VDE, vde, 9,
	       "frame 0 2 2 dir0 link= 0102\nframe 0 0 0 dir0 link= \nframe 0 1 1 dir0 link= ff\nend\n");
	expect("VDE's framing, cut inside the length", PKT_FMT_VDE, vde, 5,
	       "frame 0 2 2 dir0 link= 0102\nbad cut inside a length: it begins at byte 4 and the stream ends 1 bytes later\nend\n");

	pkt_writer_init(&w, PKT_FMT_QEMU, NULL, 0);
	T_OK(!pkt_write_frame(&w, &b, &f) && b.len == 6 && !memcmp(b.data, qemu, 6), "QEMU's framing, written");
	b.len = 0;
	pkt_writer_init(&w, PKT_FMT_VDE, NULL, 0);
	T_OK(!pkt_write_frame(&w, &b, &f) && b.len == 4 && !memcmp(b.data, vde, 4), "VDE's framing, written");
	f.data = big;
	f.caplen = 65536;
	T_OK(pkt_write_frame(&w, &b, &f) == -EMSGSIZE && b.len == 4, "VDE's framing: 65536 bytes do not fit");
	pkt_writer_init(&w, PKT_FMT_ETHERPIPE, NULL, 0);
	T_OK(pkt_write_frame(&w, &b, &f) == -EINVAL && b.len == 4, "a format that is only read is not written");
	pkt_buf_free(&b);
}

static void test_etherpipe(void)
{
	expect_text("EtherPIPE", PKT_FMT_ETHERPIPE, "FFFFFFFFFFFF 001C7E6ABAD1 0800 45 00 0a\n",
		    "frame 0 17 17 dir0 link= " ETH_HEX "45000a\nend\n");
	expect_text("EtherPIPE with time and hash, a space at the end, no newline", PKT_FMT_ETHERPIPE,
		    "000000000000000A deadbeef FFFFFFFFFFFF 001C7E6ABAD1 0800 45 \r\n\n0000000000000001 ffffffffffff 001c7e6abad1 0800",
		    "frame 80 15 15 dir0 link= " ETH_HEX "45\nframe 8 14 14 dir0 link= " ETH_HEX "\nend\n");
	expect_text("EtherPIPE: what is wrong costs a line", PKT_FMT_ETHERPIPE,
		    "# note\nFFFFFFFFFFFF 0800 45\nFFFFFFFFFFFF 001C7E6ABAD1 45\nFFFFFFFFFFFF 001C7E6ABAD1 0800 45 4500\n"
		    "FFFFFFFFFFFF 001C7E6ABAD1 0800 x\nFFFFFFFFFFFF 001C7E6ABAD1 0800\n",
		    "comment  note\n"
		    "bad line 2: not EtherPIPE's: two MAC addresses of 12 digits are missing\n"
		    "bad line 3: not EtherPIPE's: a type of 4 digits is missing\n"
		    "bad line 4: not EtherPIPE's: bytes of two digits are expected behind the type\n"
		    "bad line 5: not EtherPIPE's: bytes of two digits are expected behind the type\n"
		    "frame 0 14 14 dir0 link= " ETH_HEX "\nend\n");
}

static void test_hexdump(void)
{
	expect_text("hexdump: offsets of od, the last without bytes ends the packet", PKT_FMT_HEXDUMP,
		    "000000 ff ff ff ff\n000004 01 02\n000006\n000000 0a\n000001\n",
		    "frame 0 6 6 dir0 link= ffffffff0102\nframe 0 1 1 dir0 link= 0a\nend\n");
	expect_text("hexdump: offset 0 begins the next; the end of the stream ends the last", PKT_FMT_HEXDUMP,
		    "0000  ff ff ff ff   ....\n0004  01 02   ab\n0000  0a", "frame 0 6 6 dir0 link= ffffffff0102\nframe 0 1 1 dir0 link= 0a\nend\n");
	expect_text("hexdump: groups, 0x and colons of tcpdump, its line between", PKT_FMT_HEXDUMP,
		    "12:00:00.0 IP a > b\n\t0x0000:  ffff ffff  ....\n\t0x0004:  0102 03    ...\n12:00:01.0 IP\n\t0x0000:  0a0b  ..\n",
		    "frame 0 7 7 dir0 link= ffffffff010203\nframe 0 2 2 dir0 link= 0a0b\nend\n");
	expect_text("hexdump -C: a gap in the middle, text between bars", PKT_FMT_HEXDUMP,
		    "00000000  00 01 02 03  04 05 06 07  |abcd ef |\n00000008  08                        |a|\n00000009\n",
		    "frame 0 9 9 dir0 link= 000102030405060708\nend\n");
	expect_text("hexdump: text that looks like bytes", PKT_FMT_HEXDUMP,
		    "0000: 61 62 63 64 be ef\n0004: 61 62 63 64 ca fe\n0008: 61  aa\n0009\n",
		    "frame 0 9 9 dir0 link= 616263646162636461\nend\n");
	expect_text("hexdump: offsets that do not follow cost the packet", PKT_FMT_HEXDUMP,
		    "0000 01 02\n0004 03\n0005 04\n0000 05\n\n0010 06\n0000 07\n",
		    "bad line 2: offset 4 where 2 is expected\nframe 0 1 1 dir0 link= 05\n"
		    "bad line 6: offset 10, but no packet has begun with offset 0\nframe 0 1 1 dir0 link= 07\nend\n");
}

static void test_trafgen(void)
{
	expect_text("trafgen: as netsniff-ng writes it, recognised", PKT_FMT_NONE,
		    "{\n  0xff, 0xff, 0x01,\n  0x02,\n}\n\n{\n  0x0a,\n}\n\n", "frame 0 4 4 dir0 link= ffff0102\nframe 0 1 1 dir0 link= 0a\nend\n");
	expect_text("trafgen: several on a line, decimal, no commas, comments, no newline", PKT_FMT_TRAFGEN,
		    "# one\n{ 10 0xB /* 0x00 } */ 255, } {0x1} // {\n{ }\n{ 1,2 # 3\n}", "frame 0 3 3 dir0 link= 0a0bff\nframe 0 1 1 dir0 link= 01\n"
		    "frame 0 0 0 dir0 link= \nframe 0 2 2 dir0 link= 0102\nend\n");
	expect_text("trafgen: what is wrong costs a packet", PKT_FMT_TRAFGEN,
		    "{ 0x01, fill(0xff, 3), 0x02 } { 0x03 }\n}\ncpu(0): { 256 }\n{ 0x100 }\n{ 1\n{ 2 }\n{ 3 }\n{ 4",
		    "bad line 1: not trafgen's: only bytes, such as 0x0a or 10, are understood between { and }\nframe 0 1 1 dir0 link= 03\n"
		    "bad line 2: not trafgen's: '}' without '{'\n"
		    "bad line 3: not trafgen's: what is outside of { and }\n"
		    "bad line 3: not trafgen's: only bytes, such as 0x0a or 10, are understood between { and }\n"
		    "bad line 4: not trafgen's: only bytes, such as 0x0a or 10, are understood between { and }\n"
		    "bad line 6: not trafgen's: a packet begins inside another\nframe 0 1 1 dir0 link= 02\nframe 0 1 1 dir0 link= 03\n"
		    "bad cut inside a packet: the stream ends before its '}'\nend\n");
}

static struct pkt_buf pack(int how, const void *data, size_t n)
{
	struct pkt_buf b = { 0 };
	z_stream z = { .next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)n };

	if (pkt_buf_reserve(&b, n + 1000))
		must(NULL);
	switch (how) {
	case 0:
		z.next_out = b.data;
		z.avail_out = (uInt)b.cap;
		deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
		deflate(&z, Z_FINISH);
		b.len = b.cap - z.avail_out;
		deflateEnd(&z);
		break;
	case 1:
		b.len = ZSTD_compress(b.data, b.cap, data, n, 3);
		break;
	default:
		b.len = LZ4F_compressFrame(b.data, b.cap, data, n, NULL);
	}
	return b;
}

static void test_packed(void)
{
	static const char *const names[] = { "gzip", "zstd", "lz4" };
	char name[100], want[200];
	struct pkt_buf b, twice;
	struct run plain, run;
	uint8_t *p;
	size_t n, i;

	p = read_file("test/captures/imap.pcap", &n);
	if (!p) {
		t_skip("compressed streams", "test/captures cannot be read (run from the root of the repository)");
		return;
	}
	plain = run_whole(p, n);
	for (i = 0; i < 3; i++) {
		b = pack((int)i, p, n / 2);
		twice = pack((int)i, p + n / 2, n - n / 2);
		append(&b, twice.data, twice.len); /* two members are one stream */
		run = run_whole(b.data, b.len);
		snprintf(name, sizeof(name), "%s, two members", names[i]);
		T_OK(same_run(&plain, &run), name);
		run_free(&run);
		run = run_stream(b.data, b.len, 1, 1, 0);
		snprintf(name, sizeof(name), "%s, byte by byte", names[i]);
		T_OK(same_run(&plain, &run), name);
		run_free(&run);
		run = run_whole(b.data, b.len - 3);
		snprintf(name, sizeof(name), "%s, cut", names[i]);
		snprintf(want, sizeof(want), "cut inside %s data", names[i]);
		T_OK(strstr((char *)run.log.data, want), name);
		run_free(&run);
		b.data[b.len - twice.len - 4] ^= 0x55; /* a checksum, or a length, of the first */
		b.data[b.len - twice.len - 8] ^= 0x55;
		run = run_whole(b.data, b.len);
		snprintf(name, sizeof(name), "%s, spoilt", names[i]);
		snprintf(want, sizeof(want), "bad (lost) not %s: ", names[i]);
		T_OK(strstr((char *)run.log.data, want), name);
		run_free(&run);
		pkt_buf_free(&twice);
		twice = pack((int)i, b.data, b.len);
		run = run_whole(twice.data, twice.len);
		snprintf(name, sizeof(name), "%s of %s is not unpacked twice", names[i], names[i]);
		T_OK(!strcmp((char *)run.log.data, "bad (lost) byte 0: compressed twice\n"), name);
		run_free(&run);
		pkt_buf_free(&twice);
		pkt_buf_free(&b);
	}
	run_free(&plain);
	free(p);
}

/* A line with this flags column: what the reader makes of it, and what the writer makes of that. NULL: the same again. */
static void test_column(const char *flags, const char *want)
{
	struct pkt_reader *r = must(pkt_reader_new(PKT_FMT_TEXT));
	struct pkt_buf line = { 0 }, again = { 0 };
	struct pkt_writer w;
	struct pkt_frame f;
	enum pkt_event ev;
	char name[200];
	size_t room;

	appendf(&line, "- - - 1 %s - - - - - - 00\n", flags);
	memcpy(pkt_reader_space(r, &room), line.data, line.len);
	pkt_reader_fed(r, line.len);
	ev = pkt_reader_next(r, &f);
	pkt_writer_init(&w, PKT_FMT_TEXT, NULL, 0);
	w.begun = true;
	snprintf(name, sizeof(name), "flags column '%s'%s%s", flags, want ? " gives " : "", want ? want : "");
	if (ev == PKT_EV_FRAME) {
		pkt_write_frame(&w, &again, &f);
		append(&again, "", 0);
	} else {
		appendf(&again, "- - - 1 bad - - - - - - 00\n");
	}
	line.len = 0;
	appendf(&line, "- - - 1 %s - - - - - - 00\n", want ? want : flags);
	if (!T_OK(!strcmp((char *)line.data, (char *)again.data), name))
		printf("# %s# %s\n", again.data, pkt_reader_text(r));
	pkt_buf_free(&line);
	pkt_buf_free(&again);
	pkt_reader_free(r);
}

static void test_meta(void)
{
	test_column("csum", NULL);
	test_column("csum,csum-ok,tso,rx=4,bits=0xffff1000", NULL);
	test_column("drops=18446744073709551615,id=0,queue=4294967295", NULL);
	test_column("verdict=xdp:2,verdict=tc:0,verdict=hw:01ff,hash=2:aabb,opt2988=0000", NULL);
	test_column("opt9=", NULL);
	test_column("later,csum,word=7", "csum");
	test_column("bits=0x00000207", "-");
	test_column("drops=18446744073709551616", "bad");
	test_column("queue=4294967296", "bad");
	test_column("drops=", "bad");
	test_column("rx=8", "bad");
	test_column("verdict=xdp:", "bad");
	test_column("verdict=4:00", "bad");
	test_column("hash=256:00", "bad");
	test_column("hash=1:0", "bad");
	test_column("opt2=00", "bad");
	test_column("opt1=00", "bad");
	test_column("opt65536=00", "bad");
	test_column("optx", "bad");
	test_column("", "bad");
}

static struct pkt_buf convert(const uint8_t *p, size_t n, enum pkt_format fmt)
{
	struct pkt_reader *r = must(pkt_reader_new(PKT_FMT_NONE));
	struct pkt_buf b = { 0 };
	struct pkt_writer w;
	struct pkt_frame f;
	enum pkt_event ev;
	size_t room;
	uint8_t *to = pkt_reader_space(r, &room);

	if (n)
		memcpy(to, p, n);
	pkt_reader_fed(r, n);
	pkt_reader_end(r);
	pkt_writer_init(&w, fmt, NULL, 0);
	while ((ev = pkt_reader_next(r, &f)) != PKT_EV_END && !pkt_reader_lost(r)) {
		if (ev == PKT_EV_FRAME)
			pkt_write_frame(&w, &b, &f);
		else if (ev == PKT_EV_BLOCK)
			pkt_write_block(&w, &b, &f);
		else if (ev == PKT_EV_COMMENT && !(fmt == PKT_FMT_PCAPNG && pkt_reader_in_frame(r)))
			pkt_write_comment(&w, &b, pkt_reader_text(r));
	}
	pkt_writer_fini(&w);
	pkt_reader_free(r);
	return b;
}

/* The generator's files have every block and option there is: through pcapng nothing of them is lost, through text only the place of comments. */
static void test_kept(void)
{
	static const char *const names[] = { "le-010", "le-102", "le-202", "be-102", "be-202" };
	char path[80], name[120];
	size_t i, n;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct pkt_buf once, twice, text, back;
		uint8_t *p;

		snprintf(path, sizeof(path), "test/captures/blocks-%s.pcapng", names[i]);
		p = read_file(path, &n);
		if (!p || n > 65536) {
			t_skip(path, "cannot be read (run from the root of the repository)");
			continue;
		}
		once = convert(p, n, PKT_FMT_PCAPNG);
		twice = convert(once.data, once.len, PKT_FMT_PCAPNG);
		snprintf(name, sizeof(name), "%s through pcapng, and again", path);
		T_OK(once.len && once.len == twice.len && !memcmp(once.data, twice.data, once.len), name);
		text = convert(once.data, once.len, PKT_FMT_TEXT);
		back = convert(text.data, text.len, PKT_FMT_PCAPNG);
		pkt_buf_free(&twice);
		twice = convert(back.data, back.len, PKT_FMT_TEXT);
		snprintf(name, sizeof(name), "%s: text through pcapng", path);
		T_OK(text.len && text.len == twice.len && !memcmp(text.data, twice.data, text.len), name);
		pkt_buf_free(&once);
		pkt_buf_free(&twice);
		pkt_buf_free(&text);
		pkt_buf_free(&back);
		free(p);
	}
}

static void test_block_lines(void)
{
	expect_text("a block in text", PKT_FMT_TEXT, "#stdpkt block 10 - 4b534c540100000061000000\n",
		    "block 10 link= 4b534c540100000061000000\nend\n");
	expect_text("blocks in text that make no sense", PKT_FMT_TEXT,
		    "#stdpkt block 10 - 4b534c540f00000061000000\n#stdpkt block 6 - 00\n#stdpkt block 10 -\n#stdpkt block 4 x 0\n"
		    "#stdpkt block 4 x 01000900000000000000000000\n#stdpkt block 5 x 000000000000000000000000010001006100000000000000\n",
		    "bad line 1: not a block of pcapng: TYPE LINK HEX\nbad line 2: not a block of pcapng: TYPE LINK HEX\n"
		    "bad line 3: not a block of pcapng: TYPE LINK HEX\nbad line 4: not a block of pcapng: TYPE LINK HEX\n"
		    "bad line 5: not a block of pcapng: TYPE LINK HEX\nbad line 6: not a block of pcapng: TYPE LINK HEX\nend\n");
}

int main(void)
{
	test_framing();
	test_etherpipe();
	test_trafgen();
	test_hexdump();
	test_packed();
	test_meta();
	test_kept();
	test_block_lines();
	return t_done();
}
