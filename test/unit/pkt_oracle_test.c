// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/pkt_oracle.c - real captures: as tshark and tcpdump see them, and through every format unharmed
 *
 * test/captures, and every file below $STDPKT_CAPTURES. Needs no network and no root.
 */
#include <ftw.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stdpkt/pkt.h"
#include "test/unit/pkt_stream.h"
#include "test/unit/t.h"

/* Link types as wiretap numbers them, and how much longer a frame is when it has become Ethernet. */
static const struct {
	unsigned encap;
	int longer;
} encaps[] = { { 1, 0 }, { 7, 14 }, { 15, 10 }, { 25, -2 } };

static bool have_tshark, have_tcpdump;
static struct pkt_buf all; /* every frame, as text */
static char tmp[] = "/tmp/stdpkt-oracle-XXXXXX";

/* Who reads what we cannot, or will not: why they are left out. */
static const struct {
	const char *name, *why;
} left_out[] = {
	{ "shb-option-too-long.pcapng", "invalid, and read in part by some" },
	{ "pcap-invalid-version-2.pcap", "invalid, refused by libpcap as by us" },
	{ "ipv6hdr-heapoverflow.pcap", "tshark refuses its len, libpcap does not" },
	{ "beep-oobr.pcap", "tshark refuses its len, libpcap does not" },
};

static bool is_capture(const uint8_t *p, size_t n)
{
	static const char magics[][5] = { "\x0a\x0d\x0d\x0a", "\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d",
					  "\x4d\x3c\xb2\xa1" };
	size_t i;

	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (n >= 4 && !memcmp(p, magics[i], 4))
			return true;
	return false;
}

/* One line a frame: time, caplen, len. */
static struct pkt_buf summary(const uint8_t *p, size_t n, bool *lost)
{
	struct pkt_reader *r = must(pkt_reader_new(PKT_FMT_NONE));
	struct pkt_buf b = { 0 };
	struct pkt_frame f;
	size_t room, piece;
	uint8_t *to;

	append(&b, "", 0);
	*lost = false;
	for (;;) {
		enum pkt_event ev = pkt_reader_next(r, &f);

		if (ev == PKT_EV_END)
			break;
		if (ev == PKT_EV_MORE) {
			if (!n)
				pkt_reader_end(r);
			to = must(pkt_reader_space(r, &room));
			piece = n < room ? n : room;
			memcpy(to, p, piece);
			p += piece;
			n -= piece;
			pkt_reader_fed(r, piece);
		} else if (ev == PKT_EV_FRAME) {
			appendf(&b, "%llu.%09llu %u %u\n", (unsigned long long)(f.ts_ns / 1000000000),
				(unsigned long long)(f.ts_ns % 1000000000), f.caplen, f.len);
		} else if (ev == PKT_EV_BAD && pkt_reader_lost(r)) {
			*lost = true;
			break;
		}
	}
	pkt_reader_free(r);
	return b;
}

/* The same from tshark; false: it could not read the file. */
static bool tshark_summary(const char *path, struct pkt_buf *b)
{
	char cmd[2048], line[512], time[64];
	unsigned caplen, len, encap;
	FILE *p;
	size_t i;

	snprintf(cmd, sizeof(cmd),
		 "tshark -n -r '%s' -o tcp.desegment_tcp_streams:FALSE -T fields -e frame.time_epoch -e frame.cap_len"
		 " -e frame.len -e frame.encap_type 2>/dev/null",
		 path);
	p = popen(cmd, "r");
	if (!p)
		return false;
	append(b, "", 0);
	while (fgets(line, sizeof(line), p)) {
		if (sscanf(line, "%63[^\t]\t%u\t%u\t%u", time, &caplen, &len, &encap) != 4) {
			/* no time stamp at all: a simple packet block */
			if (sscanf(line, "\t%u\t%u\t%u", &caplen, &len, &encap) != 3)
				continue;
			strcpy(time, "0.000000000");
		}
		for (i = 0; i < sizeof(encaps) / sizeof(encaps[0]); i++)
			if (encap == encaps[i].encap)
				appendf(b, "%s %d %d\n", time, (int)caplen + encaps[i].longer,
					(int)(len < caplen ? caplen : len) + encaps[i].longer);
	}
	return pclose(p) == 0;
}

struct line {
	__int128 ns;
	unsigned caplen, len;
};

static bool next_line(char **p, struct line *l)
{
	unsigned long long sec, frac;
	bool minus = **p == '-';
	char *end = strchr(*p, '\n');

	if (!end || sscanf(*p + minus, "%llu.%llu %u %u", &sec, &frac, &l->caplen, &l->len) != 4)
		return false;
	l->ns = (__int128)sec * 1000000000 + (minus ? -(__int128)frac : (__int128)frac);
	*p = end + 1;
	return true;
}

/*
 * Deliberately broken captures have more than a second of microseconds, and times after 2554. tshark keeps the
 * nanoseconds in 32 bits (and prints them so), we have 0 for what does not fit in 64.
 */
static bool same_summary(const struct pkt_buf *ours, const struct pkt_buf *theirs)
{
	char *a = (char *)ours->data, *b = (char *)theirs->data;
	struct line x, y;

	while (next_line(&a, &x)) {
		if (!next_line(&b, &y) || x.caplen != y.caplen || x.len != y.len)
			return false;
		if ((x.ns - y.ns) % 4294967296ll != 0 && !(x.ns == 0 && y.ns > UINT64_MAX))
			return false;
	}
	return !*a && !*b;
}

static bool commented; /* convert() has seen a packet with a comment, whose place text does not keep */

/* Read with one format's bytes, write another's, read that: the frames in between. */
static struct pkt_buf convert(const uint8_t *p, size_t n, enum pkt_format fmt)
{
	struct pkt_reader *r = must(pkt_reader_new(PKT_FMT_NONE));
	struct pkt_buf b = { 0 };
	struct pkt_writer w;
	struct pkt_frame f;
	enum pkt_event ev;
	size_t room, piece;
	uint8_t *to;

	pkt_writer_init(&w, fmt, NULL, 0);
	pkt_write_begin(&w, &b);
	while ((ev = pkt_reader_next(r, &f)) != PKT_EV_END && !pkt_reader_lost(r)) {
		if (ev == PKT_EV_FRAME && pkt_write_frame(&w, &b, &f))
			must(NULL);
		commented |= ev == PKT_EV_COMMENT && pkt_reader_in_frame(r);
		if (ev != PKT_EV_MORE)
			continue;
		if (!n)
			pkt_reader_end(r);
		to = must(pkt_reader_space(r, &room));
		piece = n < room ? n : room;
		memcpy(to, p, piece);
		p += piece;
		n -= piece;
		pkt_reader_fed(r, piece);
	}
	pkt_writer_fini(&w);
	pkt_reader_free(r);
	return b;
}

static bool same_buf(const struct pkt_buf *a, const struct pkt_buf *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->data, b->data, a->len));
}

static bool write_file(const char *path, const struct pkt_buf *b)
{
	FILE *f = fopen(path, "wb");
	bool good = f && fwrite(b->data, 1, b->len, f) == b->len;

	return f && !fclose(f) && good;
}

/* What the tools make of all that we have read, when we write it. */
static void check_written(enum pkt_format fmt)
{
	struct pkt_buf written = convert(all.data, all.len, fmt), theirs = { 0 }, ours, back, pcap, wrapped;
	char path[64], what[80], cmd[256];
	bool lost;
	uint8_t *p;
	size_t n;

	snprintf(path, sizeof(path), "%s/w", tmp);
	if (!write_file(path, &written)) {
		t_skip(pkt_format_name(fmt), "no temporary file");
		return;
	}
	ours = summary(written.data, written.len, &lost);
	snprintf(what, sizeof(what), "tshark reads our %s", pkt_format_name(fmt));
	if (have_tshark)
		T_OK(tshark_summary(path, &theirs) && same_summary(&ours, &theirs), what);
	else
		t_skip(what, "no tshark");
	snprintf(what, sizeof(what), "tcpdump reads our %s, and writes the same frames", pkt_format_name(fmt));
	if (have_tcpdump) {
		snprintf(cmd, sizeof(cmd), "tcpdump --nano -r %s -w %s/d 2>/dev/null", path, tmp);
		lost = system(cmd) != 0;
		snprintf(path, sizeof(path), "%s/d", tmp);
		p = read_file(path, &n);
		back = summary(p, p ? n : 0, &lost);
		/* tcpdump writes pcap, whose seconds have 32 bits */
		pcap = convert(written.data, written.len, PKT_FMT_PCAP);
		wrapped = summary(pcap.data, pcap.len, &lost);
		if (!T_OK(!lost && same_buf(&wrapped, &back), what))
			printf("# ours %zu bytes, theirs %zu\n", wrapped.len, back.len);
		pkt_buf_free(&back);
		pkt_buf_free(&pcap);
		pkt_buf_free(&wrapped);
		free(p);
	} else {
		t_skip(what, "no tcpdump");
	}
	pkt_buf_free(&written);
	pkt_buf_free(&theirs);
	pkt_buf_free(&ours);
}

static void check_file(const char *path, const uint8_t *p, size_t n)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	struct pkt_buf theirs = { 0 }, text, png, again, ours;
	struct run whole, pieces;
	bool lost, their_ok;
	char what[600];
	size_t i;

	whole = run_whole(p, n);
	pieces = run_stream(p, n, 1 + n % 77, 0, n);
	snprintf(what, sizeof(what), "%s: the same in pieces", path);
	T_OK(same_run(&whole, &pieces), what);
	run_free(&whole);
	run_free(&pieces);

	commented = false;
	text = convert(p, n, PKT_FMT_TEXT);
	png = convert(p, n, PKT_FMT_PCAPNG);
	again = convert(text.data, text.len, PKT_FMT_TEXT);
	snprintf(what, sizeof(what), "%s: text through text", path);
	T_OK(same_buf(&text, &again), what);
	pkt_buf_free(&again);
	again = convert(text.data, text.len, PKT_FMT_PCAPNG);
	snprintf(what, sizeof(what), "%s: pcapng through text", path);
	T_OK(same_buf(&png, &again) || commented, what);
	pkt_buf_free(&again);
	again = convert(png.data, png.len, PKT_FMT_TEXT);
	snprintf(what, sizeof(what), "%s: text through pcapng", path);
	T_OK(same_buf(&text, &again), what);
	pkt_buf_free(&again);

	ours = summary(p, n, &lost);
	for (i = 0; i < sizeof(left_out) / sizeof(left_out[0]) && strcmp(left_out[i].name, name) != 0; i++)
		;
	snprintf(what, sizeof(what), "%s: as tshark reads it", path);
	if (!have_tshark)
		t_skip(what, "no tshark");
	else if (i < sizeof(left_out) / sizeof(left_out[0]))
		t_skip(what, left_out[i].why);
	else if (!is_capture(p, n))
		t_skip(what, "not pcap or pcapng");
	else {
		their_ok = tshark_summary(path, &theirs);
		if (!their_ok && lost)
			t_skip(what, "neither can read it to its end");
		else if (memchr(theirs.data, '(', theirs.len)) /* from tshark 4.4 on */
			t_skip(what, "a second has more nanoseconds than it can, and tshark says so instead of a time");
		else if (!T_OK(same_summary(&ours, &theirs), what))
			printf("# ours:\n%.300s# theirs:\n%.300s", ours.data, theirs.data);
	}
	append(&all, text.data, text.len);
	pkt_buf_free(&theirs);
	pkt_buf_free(&ours);
	pkt_buf_free(&text);
	pkt_buf_free(&png);
}

static bool all_files;

static int visit(const char *path, const struct stat *st, int type)
{
	uint8_t *p;
	size_t n;

	/* traffic/ is test/diff's; here a tshark per file is what takes the time */
	(void)st;
	if (type != FTW_F || strstr(path, "README") || (!all_files && strstr(path, "/traffic/")))
		return 0;
	p = read_file(path, &n);
	if (p)
		check_file(path, p, n);
	free(p);
	return 0;
}

int main(void)
{
	const char *more = getenv("STDPKT_CAPTURES");
	char cmd[80];

	have_tshark = system("command -v tshark >/dev/null") == 0;
	have_tcpdump = system("command -v tcpdump >/dev/null") == 0;
	if (!mkdtemp(tmp))
		return 111;
	if (ftw("test/captures", visit, 8))
		t_skip("test/captures", "cannot be read (run from the root of the repository)");
	all_files = true;
	if (more && ftw(more, visit, 8))
		T_OK(0, "$STDPKT_CAPTURES can be read");
	check_written(PKT_FMT_PCAPNG);
	check_written(PKT_FMT_PCAP);
	pkt_buf_free(&all);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", tmp);
	if (system(cmd))
		puts("# temporary files are left");
	return t_done();
}
