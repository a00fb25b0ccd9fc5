// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/unit/pkt_split.c - every split point: however a stream's bytes arrive, the events are the same
 */
#include "stdpkt/pkt.h"
#include "test/unit/pkt_stream.h"
#include "test/unit/t.h"

static void check(const char *name, const void *data, size_t n)
{
	struct run whole = run_whole(data, n), other;
	char what[160];
	bool same = true;
	size_t at;

	other = run_stream(data, n, 1, 1, 0);
	same = same_run(&whole, &other);
	run_free(&other);
	snprintf(what, sizeof(what), "%s: byte by byte (%u frames, %u bad)", name, whole.frames, whole.bad);
	T_OK(same, what);

	for (at = 1; at < n && same; at++) {
		other = run_stream(data, n, at, 1u << 30, 0);
		same = same_run(&whole, &other);
		run_free(&other);
	}
	snprintf(what, sizeof(what), "%s: each of %zu split points", name, n);
	T_OK(same, what);

	for (at = 0; at < 50 && same; at++) {
		other = run_stream(data, n, 1 + at % 7, 0, at);
		same = same_run(&whole, &other);
		run_free(&other);
	}
	snprintf(what, sizeof(what), "%s: random pieces", name);
	T_OK(same, what);
	run_free(&whole);
}

/*
 * A stream that ends anywhere gives the events of the whole one up to there, then perhaps "cut", then the end. @head:
 * the cut stream may have been cut inside its own first bytes.
 */
static void check_cut(const char *name, const void *data, size_t n)
{
	struct run whole = run_whole(data, n), cut;
	char what[160], *tail;
	bool good = true, clean;
	size_t at, common;

	for (at = 0; at < n && good; at++) {
		cut = run_whole(data, at);
		common = 0;
		while (common < cut.log.len && common < whole.log.len && cut.log.data[common] == whole.log.data[common])
			common++;
		while (common && cut.log.data[common - 1] != '\n')
			common--;
		tail = (char *)cut.log.data + common;
		clean = !strcmp(tail, "end\n");
		good = clean || (!strncmp(tail, "bad cut ", 8) && !strcmp(strchr(tail, '\n') + 1, "end\n"));
		if (!good)
			printf("# cut at %zu: %s\n", at, tail);
		run_free(&cut);
	}
	snprintf(what, sizeof(what), "%s: cut at each of %zu bytes loses only what is cut", name, n);
	T_OK(good, what);
	run_free(&whole);
}

static void write_some(struct pkt_buf *b, enum pkt_format fmt, const char *link)
{
	uint8_t data[1600];
	struct pkt_frame f = { .data = data };
	struct pkt_writer w;
	uint64_t seed = 7;
	int i;

	pkt_writer_init(&w, fmt, link, 1500);
	for (i = 0; i < 12; i++) {
		f.caplen = random_frame(data, 300, &seed);
		f.len = f.caplen + (i % 5 == 0 ? 40 : 0);
		f.ts_ns = i == 3 ? 0 : 1732147200000123456ull + (uint64_t)i * 1234567;
		f.dir = (enum pkt_dir)(i % 3);
		snprintf(f.link, sizeof(f.link), "%s", i % 4 == 1 ? "other.1.left" : "");
		if (i == 5)
			pkt_write_comment(&w, b, "stdpkt drop 3");
		pkt_write_frame(&w, b, &f);
		if (i == 8 && fmt == PKT_FMT_TEXT && link[0] == 's')
			pkt_write_switch(&w, b, PKT_FMT_BIN);
	}
	pkt_writer_fini(&w);
}

int main(void)
{
	static const struct {
		const char *name, *link;
		enum pkt_format fmt;
	} streams[] = {
		{ "text", "nat.1.right", PKT_FMT_TEXT }, { "text without a name", "", PKT_FMT_TEXT },
		{ "text, then binary", "switch.1", PKT_FMT_TEXT }, { "binary", "", PKT_FMT_BIN },
		{ "pcapng", "nat.1.right", PKT_FMT_PCAPNG }, { "pcap", "", PKT_FMT_PCAP },
	};
	static const char *const files[] = {
		"test/captures/blocks-le-102.pcapng", "test/captures/blocks-be-102.pcapng",
		"test/captures/blocks-be-202.pcapng", "test/captures/sip.pcapng",
		"test/captures/dhcp.pcap", "test/captures/pcap-invalid-version-1.pcap",
		"test/captures/shb-option-too-long.pcapng", "test/captures/unsupported-link-type-160.pcap",
	};
	static const char bad_lines[] = "#stdpkt 1\nfoo\n\n- - - - - - - - - - - 00\n- - - - - - - - - - - 0\n# c\n"
					"1.5 x.1 in 3 - - - - - - - 010203\n1.5 x.1 in 3 - - - - - - - 01020z\n"
					"- - - - - - - - - - - 00\0\n- - - - - - - - - - - 0a ";
	/* its first byte is a digit, as that of a line may be */
	static const char kuznetzov[] = "\x34\xcd\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0"
					"\5\0\0\0\7\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\xaa";
	struct pkt_buf b = { 0 };
	uint8_t *file;
	size_t i, n;

	for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		b.len = 0;
		write_some(&b, streams[i].fmt, streams[i].link);
		check(streams[i].name, b.data, b.len);
		check_cut(streams[i].name, b.data, b.len);
	}
	pkt_buf_free(&b);
	check("Kuznetzov's pcap", kuznetzov, sizeof(kuznetzov) - 1);
	check_cut("Kuznetzov's pcap", (const uint8_t *)kuznetzov, sizeof(kuznetzov) - 1);
	check("bad lines", bad_lines, sizeof(bad_lines) - 1);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		file = read_file(files[i], &n);
		if (!file) {
			t_skip(files[i], "cannot be read (run from the root of the repository)");
			continue;
		}
		check(files[i], file, n);
		free(file);
	}
	return t_done();
}
