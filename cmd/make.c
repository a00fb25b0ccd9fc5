// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd/make.c - stdpkt make: packets from one-line descriptions; stdpkt-make(1)
 *
 * fd 0 is read where no description is given and with -f -, fd 1 gets packets only.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "stdpkt/make.h"

#define FLUSH_AT 65536u
#define NS_PER_S 1000000000ull
#define OUTPUTS "text, pcapng, pcap, qemu, vde"

struct make {
	struct pkt_writer w;
	struct pkt_buf out;
	bool wait; /* for the time of each packet */
	bool bad;
	uint64_t start; /* time of the first packet that says none */
};

static void usage(FILE *f)
{
	fputs("usage: stdpkt make [-w] [-o FORMAT] [-f FILE | DESCRIPTION...]\n"
	      "Write packets as they are described, to stdout. Without FILE and DESCRIPTION: each line of stdin is one.\n\n"
	      "  -f, --file FILE      a description a line, '#' begins a comment; '-' is stdin\n"
	      "  -o, --output FORMAT  " OUTPUTS " (default text)\n"
	      "  -w, --wait           packets with an interval are written at their time, not at once\n"
	      "  -h, --help           this\n\n"
	      "  tcp 10.0.0.5:4000 > 192.0.2.2:22 syn mss 1460\n"
	      "  vlan 5 udp [2001:db8::1]:53 > [2001:db8::2]:5353 \"hello\\x00\" ttl 3\n"
	      "  icmp 10.0.0.2 > 192.0.2.2 echo-request id 7 seq 1 via 10.0.0.1 count 5 interval 0.2\n"
	      "  icmp6 fe80::1 > ff02::1:ff00:2 neighbor-solicit fe80::2\n"
	      "  udp 10.0.0.1:1 > 10.0.0.2:2 len 4000 frags 1480\n"
	      "  arp who-has 10.0.0.1 tell 10.0.0.2\n"
	      "stdpkt-make(1) has all words.\n\n"
	      "Exit status: 0 ok, 1 a bad description, 100 usage, 111 system.\n",
	      f);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static void wait_until(uint64_t ns)
{
	struct timespec ts = { (time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S) };

	while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static int emit(void *arg, const struct pkt_frame *f)
{
	struct make *k = arg;

	return pkt_write_frame(&k->w, &k->out, f);
}

static void make(struct make *k, const struct pkt_make *m)
{
	uint64_t start = now();
	uint32_t i;
	int err;

	for (i = 0; i < m->count; i++) {
		if (k->wait && i && m->interval_ns) {
			cmd_write_out(&k->out, k->bad);
			wait_until(start + i * m->interval_ns);
		}
		err = pkt_make_frames(m, i, emit, k);
		if (err)
			cmd_die(CMD_SYSTEM, "unable to write a packet: %s", strerror(-err));
		if (k->out.len >= FLUSH_AT)
			cmd_write_out(&k->out, k->bad);
	}
	if (k->wait)
		cmd_write_out(&k->out, k->bad);
}

/* The description, and below it a caret under each character of the word that is meant. */
static void complain(const char *where, const char *text, const struct pkt_make_error *e)
{
	size_t i;

	cmd_warn("%s%s", where, e->why);
	fprintf(stderr, "  %s\n  ", text);
	for (i = 0; i < e->at; i++)
		fputc(text[i] == '\t' ? '\t' : ' ', stderr);
	for (i = 0; i < e->n || !i; i++)
		fputc('^', stderr);
	fputc('\n', stderr);
}

static void describe(struct make *k, const char *where, const char *text)
{
	struct pkt_make_error e;
	struct pkt_make m;

	if (!pkt_make_parse(&m, text, k->wait ? now() : k->start, &e)) {
		complain(where, text, &e);
		k->bad = true;
		return;
	}
	make(k, &m);
	pkt_make_free(&m);
}

static void read_file(struct make *k, const char *name)
{
	FILE *f = strcmp(name, "-") ? fopen(name, "re") : stdin;
	unsigned long number = 0;
	char where[300], *line = NULL, *text;
	size_t cap = 0;
	ssize_t n;

	if (!f)
		cmd_die(CMD_NO, "unable to open %s: %s", name, strerror(errno));
	while ((n = getline(&line, &cap, f)) > 0) {
		number++;
		if (line[n - 1] == '\n')
			line[n - 1] = 0;
		text = line + strspn(line, " \t\r");
		if (!*text || *text == '#')
			continue;
		snprintf(where, sizeof(where), "%s: line %lu: ", f == stdin ? "stdin" : name, number);
		describe(k, where, line);
		if (f == stdin) /* it may be a person */
			cmd_write_out(&k->out, k->bad);
	}
	if (ferror(f))
		cmd_die(CMD_SYSTEM, "unable to read %s: %s", name, strerror(errno));
	free(line);
	if (f != stdin)
		fclose(f);
}

int cmd_make(int argc, char **argv)
{
	static const struct option options[] = {
		{ "file", required_argument, NULL, 'f' }, { "output", required_argument, NULL, 'o' },
		{ "wait", no_argument, NULL, 'w' },	  { "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	enum pkt_format fmt = PKT_FMT_TEXT;
	struct make k = { .start = now() };
	const char *file = NULL;
	int opt, err;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "f:o:wh", options, NULL)) != -1) {
		switch (opt) {
		case 'f':
			file = optarg;
			break;
		case 'o':
			fmt = pkt_format_by_name(optarg);
			if (!pkt_format_writable(fmt))
				cmd_usage_error("no output format '%s' (" OUTPUTS ")", optarg);
			break;
		case 'w':
			k.wait = true;
			break;
		case 'h':
			usage(stdout);
			return CMD_OK;
		default:
			cmd_usage_error("unknown option, or one without its argument: '%s'", argv[optind - 1]);
		}
	}
	if (file && optind < argc)
		cmd_usage_error("a file and '%s'", argv[optind]);
	cmd_write_signals(false);
	pkt_writer_init(&k.w, fmt, NULL, 0);
	err = pkt_write_begin(&k.w, &k.out);
	if (err)
		cmd_die(CMD_SYSTEM, "no memory");
	if (optind == argc)
		read_file(&k, file ? file : "-");
	for (; optind < argc; optind++)
		describe(&k, "", argv[optind]);
	cmd_write_out(&k.out, k.bad);
	pkt_writer_fini(&k.w);
	pkt_buf_free(&k.out);
	return k.bad ? CMD_NO : CMD_OK;
}
