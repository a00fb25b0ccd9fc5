// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/pkt_text.c - the text format to the letter; bad lines; random frames through every format
 */
#include <errno.h>

#include "stdpkt/pkt.h"
#include "test/unit/pkt_stream.h"
#include "test/unit/t.h"

static size_t unhex(uint8_t *to, const char *hex)
{
	size_t n = 0;
	unsigned v;

	for (; *hex; hex += 2) {
		sscanf(hex, "%2x", &v);
		to[n++] = (uint8_t)v;
	}
	return n;
}

#define MACS "020000000001020000000002"
static const struct {
	const char *hex, *columns;
} shown[] = {
	{ MACS "0800"
	       "450000230001000040010000c0000201c0000202" "0800f7ff00010001aabbcc0102030405",
	  "02:00:00:00:00:02 02:00:00:00:00:01 ip.icmp 192.0.2.1 192.0.2.2 echo-request,id=1,seq=1,ttl=64" },
	{ MACS "0800" "4500001c0001000040010000c0000201c0000202" "0303000000000000",
	  "02:00:00:00:00:02 02:00:00:00:00:01 ip.icmp 192.0.2.1 192.0.2.2 unreachable,code=3,ttl=64" },
	{ MACS "0800" "4510002800010000ff060000c0000201c0000202" "00500051000000010000000250120400abcd0000",
	  "02:00:00:00:00:02 02:00:00:00:00:01 ip.tcp 192.0.2.1:80 192.0.2.2:81 S.,seq=1,ack=2,win=1024,tos=16,ttl=255" },
	{ MACS "0800" "4500002800010000ff060000c0000201c0000202" "00500051000000010000000250020400abcd0000",
	  "02:00:00:00:00:02 02:00:00:00:00:01 ip.tcp 192.0.2.1:80 192.0.2.2:81 S,seq=1,win=1024,ttl=255" },
	{ MACS "0800" "4500001c00010000ff110000c0000201c0000202" "0035100000080000",
	  "02:00:00:00:00:02 02:00:00:00:00:01 ip.udp 192.0.2.1:53 192.0.2.2:4096 ttl=255" },
	{ MACS "0800" "4500001c000120b9ff110000c0000201c0000202" "0035100000080000",
	  "02:00:00:00:00:02 02:00:00:00:00:01 ip.udp 192.0.2.1 192.0.2.2 frag=1480+,ttl=255" },
	{ MACS "0800" "4500001c00012000ff110000c0000201c0000202" "0035100000080000",
	  "02:00:00:00:00:02 02:00:00:00:00:01 ip.udp 192.0.2.1:53 192.0.2.2:4096 frag=0+,ttl=255" },
	{ MACS "0800" "4500001800010000ff590000c0000201c0000202" "00351000",
	  "02:00:00:00:00:02 02:00:00:00:00:01 ip.89 192.0.2.1 192.0.2.2 ttl=255" },
	{ MACS "8100000508060001080006040001020000000002c0000201000000000000c0000202",
	  "02:00:00:00:00:02 02:00:00:00:00:01 vlan5.arp 192.0.2.1 192.0.2.2 who-has" },
	{ MACS "08060001080006040002020000000002c0000201020000000001c0000202",
	  "02:00:00:00:00:02 02:00:00:00:00:01 arp 192.0.2.1 192.0.2.2 reply,is-at=02:00:00:00:00:02" },
	{ MACS "88a8000781006005" "86dd" "600000000008114020010db800000000000000000000000100000000000000000000000000000001"
	       "0035100000080000",
	  "02:00:00:00:00:02 02:00:00:00:00:01 svlan7.vlan5.ip6.udp [2001:db8::1]:53 [::1]:4096 ttl=64" },
	{ MACS "86dd" "6000000000183afffe80000000000000000000000000000120010db8000100000000000000000001"
	       "8700000000000000fe800000000000000000000000000005",
	  "02:00:00:00:00:02 02:00:00:00:00:01 ip6.icmp6 fe80::1 2001:db8:1::1 neighbor-solicit,target=fe80::5,ttl=255" },
	{ MACS "88cc0207", "02:00:00:00:00:02 02:00:00:00:00:01 0x88cc - - -" },
	{ MACS "0026424203", "02:00:00:00:00:02 02:00:00:00:00:01 llc - - -" },
	{ MACS "0800" "46", "02:00:00:00:00:02 02:00:00:00:00:01 ip - - -" },
	{ MACS "81000005", "02:00:00:00:00:02 02:00:00:00:00:01 0x8100 - - -" },
	{ MACS "08", "02:00:00:00:00:02 02:00:00:00:00:01 - - - -" },
	{ "0200", "- - - - - -" },
};

static void test_shown(void)
{
	struct pkt_frame f = { .ts_ns = 1732147200000123456ull, .dir = PKT_DIR_OUT, .link = "nat.4711.right" };
	struct pkt_buf b = { 0 };
	struct pkt_writer w;
	uint8_t data[256];
	char want[1024];
	size_t i;

	pkt_writer_init(&w, PKT_FMT_TEXT, "nat.4711.right", 1500);
	pkt_write_begin(&w, &b);
	append(&b, "", 0);
	T_OK(!strcmp((char *)b.data, "#stdpkt 1 link=nat.4711.right mtu=1500\n"), "the first line");
	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		b.len = 0;
		f.data = data;
		f.caplen = f.len = (uint32_t)unhex(data, shown[i].hex);
		pkt_write_frame(&w, &b, &f);
		append(&b, "", 0);
		snprintf(want, sizeof(want), "1732147200.000123456 nat.4711.right out %u - %s %s\n", f.len, shown[i].columns,
			 shown[i].hex);
		if (!T_OK(!strcmp((char *)b.data, want), shown[i].columns))
			printf("# is   %s# want %s", b.data, want);
	}
	b.len = 0;
	pkt_writer_init(&w, PKT_FMT_TEXT, "not a name", 0);
	f = (struct pkt_frame){ .data = data, .len = 70 };
	pkt_write_frame(&w, &b, &f);
	append(&b, "", 0);
	T_OK(!strcmp((char *)b.data, "#stdpkt 1\n- - - 70 - - - - - - - -\n"), "a frame without bytes, nothing known");
	b.len = 0;
	pkt_write_comment(&w, &b, "stdpkt switch bin");
	pkt_write_comment(&w, &b, "two\nlines");
	append(&b, "", 0);
	T_OK(!strcmp((char *)b.data, "# stdpkt switch bin\n#two lines\n"), "a comment is one line and no record");
	b.len = 0;
	f.caplen = PKT_FRAME_MAX + 1;
	T_OK(pkt_write_frame(&w, &b, &f) == -EMSGSIZE && !b.len, "a frame that is too long is refused");
	T_OK(pkt_write_switch(&w, &b, PKT_FMT_PCAP) == -EINVAL && !b.len, "no switch to pcap");
	b.len = 0;
	pkt_write_link(&w, &b, "b.2.left", 9000);
	append(&b, "", 0);
	T_OK(!strcmp((char *)b.data, "#stdpkt 1 link=b.2.left mtu=9000\n"), "another link");
	pkt_writer_fini(&w);
	pkt_buf_free(&b);
}

/* One stream each: what the last BAD says, and how many frames came all the same. */
static const struct {
	const char *stream, *bad;
	unsigned frames;
} bad[] = {
#define GOOD "- - - - - - - - - - - 00\n"
	{ "#stdpkt 1\nfoo\n" GOOD, "line 2, column 2 (link): is missing", 1 },
	{ GOOD "\n" GOOD, "line 2, column 2 (link): is missing (an empty line)", 2 },
	{ GOOD "- - - - - - - - - - -\n" GOOD, "line 2, column 12 (hex): is missing", 2 },
	{ GOOD "- - - - - - - - - - - \n" GOOD, "line 2, column 12 (hex): is missing", 2 },
	{ GOOD "- - - - - - - - - - - 000\n" GOOD, "line 2, column 12 (hex): an odd number of digits (3)", 2 },
	{ GOOD "- - - - - - - - - - - 0g\n" GOOD, "line 2, column 12 (hex): not hex", 2 },
	{ GOOD "- - - - - - - - - - - 00 1\n" GOOD, "line 2, column 12 (hex): not hex (or something follows it)", 2 },
	{ GOOD "- - - - - - - - - - - 00 12\n" GOOD, "line 2, column 12 (hex): something follows the hex", 2 },
	{ GOOD "- - - - - - - - - - - 00\r\r\n" GOOD, "line 2, column 12 (hex): an odd number of digits", 2 },
	{ GOOD "-  - - - - - - - - - - - 00\n" GOOD, "line 2, column 2 (link): not a link's name", 2 },
	{ GOOD "x - - - - - - - - - - 00\n" GOOD, "line 2, column 1 (time): not seconds.nanoseconds", 2 },
	{ GOOD "1. - - - - - - - - - - 00\n" GOOD, "line 2, column 1 (time)", 2 },
	{ GOOD ".1 - - - - - - - - - - 00\n" GOOD, "line 2, column 1 (time)", 2 },
	{ GOOD "1.0000000001 - - - - - - - - - - 00\n" GOOD, "line 2, column 1 (time)", 2 },
	{ GOOD "18446744074 - - - - - - - - - - 00\n" GOOD, "line 2, column 1 (time)", 2 },
	{ GOOD "18446744073.709551616 - - - - - - - - - - 00\n" GOOD, "line 2, column 1 (time)", 2 },
	{ GOOD "- a/b - - - - - - - - - 00\n" GOOD, "line 2, column 2 (link)", 2 },
	{ GOOD "- - up - - - - - - - - 00\n" GOOD, "line 2, column 3 (dir)", 2 },
	{ GOOD "- - - 4294967296 - - - - - - - 00\n" GOOD, "line 2, column 4 (len)", 2 },
	{ GOOD "- - - -1 - - - - - - - 00\n" GOOD, "line 2, column 4 (len)", 2 },
	{ GOOD "- - - - - - - - - - - 00", "cut inside line 2: the stream ends before its newline", 1 },
	{ GOOD "#stdpkt 1 link=a/b\n" GOOD, "line 2: the link's name", 2 },
	{ GOOD "#stdpkt 1 mtu=x\n" GOOD, "line 2: the mtu", 2 },
	{ GOOD "#stdpkt 2\n" GOOD, "line 2: a later version of the format (#stdpkt 2), this reads 1", 1 },
	{ GOOD "#stdpkt switch rings\n" GOOD, "line 2: the stream goes on in a format that this does not read (rings)", 1 },
	{ "hello world\n", "byte 0: 0x68: not a packet stream; expected stdpkt text (#stdpkt 1), pcapng", 0 },
	{ "\x7f" "ELF", "byte 0: 0x7f: not a packet stream", 0 },
	{ "\x1f\x8b\x08", "cut inside gzip data", 0 },
	{ "\x1f\x8b\x09\x01\x01\x01\x01\x01\x01\x01", "not gzip: unknown compression method", 0 },
	{ "\x28\xb5\x2f\xfd", "cut inside zstd data", 0 },
	{ "\x04\x22\x4d\x18zzzzzzzzzzzzzzzz", "not lz4: ", 0 },
	{ "\x0a\x0d\x0d\x0d", "byte 3: 0x0d: not a packet stream", 0 },
	{ "123x", "byte 3: 0x78 is not part of a time", 0 },
	{ "12345678901234567890123456789012345 ", "byte 32: 0x33 is not part of a time", 0 },
	{ "--", "byte 1: 0x2d: not a packet stream", 0 },
	{ "-", "cut inside the first bytes", 0 },
	{ "\xa1\xb2", "cut inside the first bytes", 0 },
};

static void test_bad(void)
{
	struct pkt_buf b = { 0 };
	struct run run;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		run = run_whole(bad[i].stream, strlen(bad[i].stream));
		if (!T_OK(run.bad == 1 && run.frames == bad[i].frames && !strncmp(run.last_bad, bad[i].bad, strlen(bad[i].bad)),
			  bad[i].bad))
			printf("# %u bad, %u frames: %s\n", run.bad, run.frames, run.last_bad);
		run_free(&run);
	}
	append(&b, GOOD "- - - - - - - - - - - 00\0" "0\n#\0\n" GOOD, 2 * strlen(GOOD) + 27 + 3);
	run = run_whole(b.data, b.len);
	T_OK(run.bad == 2 && run.frames == 2, "NUL bytes cost their lines");
	run_free(&run);

	b.len = 0;
	append(&b, GOOD, strlen(GOOD));
	for (i = 0; i < 700000; i++)
		append(&b, "00", 2);
	append(&b, "\n" GOOD, 1 + strlen(GOOD));
	run = run_whole(b.data, b.len);
	T_OK(run.bad == 1 && run.frames == 2 && strstr(run.last_bad, "line 2: longer than"), "a line that is too long is one");
	run_free(&run);
	run = run_stream(b.data, b.len, 1, 0, 1);
	T_OK(run.bad == 1 && run.frames == 2 && strstr(run.last_bad, "line 2: longer than"), "... in random pieces too");
	run_free(&run);
	run = run_whole(b.data, b.len - 1);
	T_OK(run.bad == 2 && run.frames == 1 && strstr(run.last_bad, "cut inside line 3"), "... and lines are still counted");
	run_free(&run);

	b.len = 0;
	append(&b, "- - - - - - - - - - - ", 22);
	for (i = 0; i < PKT_FRAME_MAX; i++)
		append(&b, "a5", 2);
	append(&b, "\n", 1);
	run = run_whole(b.data, b.len);
	T_OK(run.bad == 0 && run.frames == 1, "the longest frame");
	run_free(&run);
	b.data[b.len - 1] = 'a';
	append(&b, "5\n", 2);
	run = run_whole(b.data, b.len);
	T_OK(run.bad == 1 && run.frames == 0 && strstr(run.last_bad, "262144"), "one byte more");
	run_free(&run);
	pkt_buf_free(&b);
}

/* Whole logs of small streams. */
static const struct {
	const char *name, *stream, *log;
} small[] = {
	{ "nothing at all", "", "end\n" },
	{ "the head alone", "#stdpkt 1\n", "end\n" },
	{ "link and mtu, what is unknown is skipped", "#stdpkt 1 link=a.1 x=y mtu=9000\n", "link a.1 mtu 9000\nend\n" },
	{ "a comment", "#stdpkt 1\n# hi\n#stdpkt drop 5\n", "comment  hi\ncomment stdpkt drop 5\nend\n" },
	{ "a frame names the link", "1.5 a.1 in - - - - - - - - 0A\n2 b.1 out 9 - - - - - - - 0b\n",
	  "link a.1 mtu 0\nframe 1500000000 1 1 dir1 link=a.1 0a\nframe 2000000000 1 9 dir2 link=b.1 0b\nend\n" },
	{ "a len that is too small is ignored", "- - - 1 - - - - - - - 0a0b\n", "frame 0 2 2 dir0 link= 0a0b\nend\n" },
	{ "what names no link properly does not", "#stdpkt 1\nfoo bar baz\n", "bad line 2, column 4 (len): is missing\nend\n" },
	{ "lines that end in CR LF", "#stdpkt 1 link=a.1\r\n# hi\r\n1.5 a.1 in - - - - - - - - 0a\r\n",
	  "link a.1 mtu 0\ncomment  hi\nframe 1500000000 1 1 dir1 link=a.1 0a\nend\n" },
	{ "text, text", "#stdpkt 1 link=a\n#stdpkt 1 link=b\n", "link a mtu 0\nlink b mtu 0\nend\n" },
};

static void test_small(void)
{
	struct run run;
	size_t i;

	for (i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
		run = run_whole(small[i].stream, strlen(small[i].stream));
		if (!T_OK(!strcmp((char *)run.log.data, small[i].log), small[i].name))
			printf("# %s", run.log.data);
		run_free(&run);
	}
}

/* What a comment holds, a reader gets again: no CR at its end that it would take for an editor's. */
static void test_comment(void)
{
	struct pkt_buf b = { 0 };
	struct pkt_writer w;
	struct run run;

	pkt_writer_init(&w, PKT_FMT_TEXT, NULL, 0);
	T_OK(!pkt_write_comment(&w, &b, "one\ntwo\r\r"), "a comment of two lines is written");
	run = run_whole(b.data, b.len);
	if (!T_OK(!strcmp((char *)run.log.data, "comment one two  \nend\n"), "it is one line, and comes back as it is there"))
		printf("# %s", run.log.data);
	run_free(&run);
	pkt_writer_fini(&w);
	pkt_buf_free(&b);
}

static void test_round_trip(enum pkt_format fmt)
{
	struct pkt_buf b = { 0 }, want = { 0 };
	struct pkt_writer w, w2;
	uint8_t *data = must(malloc(PKT_FRAME_MAX));
	uint64_t seed = 42;
	struct run run;
	char what[80];
	int i;

	append(&want, "", 0);
	pkt_writer_init(&w, fmt, NULL, 0);
	for (i = 0; i < 20000; i++) {
		struct pkt_frame f = { .data = data };

		f.caplen = i == 10000 ? PKT_FRAME_MAX : random_frame(data, 2000, &seed);
		f.len = f.caplen + (rnd(&seed) % 4 ? 0 : rnd(&seed));
		if (f.len < f.caplen)
			f.len = f.caplen;
		f.ts_ns = (uint64_t)rnd(&seed) << 32 | rnd(&seed);
		if (fmt == PKT_FMT_PCAP)
			f.ts_ns %= 4294967296000000000ull;
		if (fmt == PKT_FMT_TEXT || fmt == PKT_FMT_PCAPNG) {
			f.dir = (enum pkt_dir)(rnd(&seed) % 3);
			snprintf(f.link, sizeof(f.link), "l%u", rnd(&seed) % 5);
			if (i == 0)
				appendf(&want, "link %s mtu 0\n", f.link);
		}
		log_frame(&want, &f);
		if (pkt_write_frame(&w, &b, &f))
			must(NULL);
	}
	append(&want, "end\n", 4);
	run = run_stream(b.data, b.len, 1000, 0, 3);
	snprintf(what, sizeof(what), "20000 random frames through %s", pkt_format_name(fmt));
	T_OK(run.log.len == want.len && !memcmp(run.log.data, want.data, want.len), what);
	if (run.bad)
		printf("# %s\n", run.last_bad);
	run_free(&run);
	pkt_writer_fini(&w);

	/* comments */
	b.len = 0;
	pkt_writer_init(&w2, fmt, "a.1", 0);
	pkt_write_comment(&w2, &b, "one");
	pkt_write_frame(&w2, &b, &(struct pkt_frame){ .data = data, .caplen = 60, .len = 60 });
	pkt_write_comment(&w2, &b, "two");
	run = run_whole(b.data, b.len);
	snprintf(what, sizeof(what), "comments through %s", pkt_format_name(fmt));
	T_OK(run.comments == (fmt == PKT_FMT_PCAP ? 0 : 2) && run.frames == 1 && !run.bad, what);
	run_free(&run);
	pkt_writer_fini(&w2);
	pkt_buf_free(&b);
	pkt_buf_free(&want);
	free(data);
}

static void test_feeding(void)
{
	struct pkt_reader *r = must(pkt_reader_new(PKT_FMT_NONE));
	bool good = true;
	size_t room, sum = 0;
	uint8_t *p;

	while ((p = pkt_reader_space(r, &room)) && sum < (64u << 20)) {
		good = good && room >= 65536;
		memset(p, '#', room);
		pkt_reader_fed(r, room);
		sum += room;
	}
	T_OK(good && !p && !room && sum <= (1u << 20), "a caller that takes no events is stopped at 1 MiB");
	pkt_reader_free(r);
	pkt_reader_free(NULL);
}

int main(void)
{
	test_shown();
	test_bad();
	test_small();
	test_comment();
	test_round_trip(PKT_FMT_TEXT);
	test_round_trip(PKT_FMT_BIN);
	test_round_trip(PKT_FMT_PCAPNG);
	test_round_trip(PKT_FMT_PCAP);
	test_feeding();
	T_OK(pkt_format_by_name("pcapng") == PKT_FMT_PCAPNG && pkt_format_by_name("none") == PKT_FMT_NONE &&
		     !strcmp(pkt_format_name((enum pkt_format)99), "none"),
	     "names of formats");
	return t_done();
}
