// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd/cat.c - stdpkt cat: streams of any format in, one stream out; stdpkt(1)
 *
 * fd 0 is read where no FILE is named, fd 1 gets packets only. Live: what has been read is written before waiting for
 * more. It stops at no bad line, cut file or missing FILE, but says so and ends with 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "stdpkt/filter.h"
#include "stdpkt/pkt.h"

#define FLUSH_AT 65536u
#define OUTPUTS "text, pcapng, pcap, qemu, vde"

struct cat {
	struct pkt_writer w;
	struct pkt_buf out;
	struct pkt_filter *filter;
	enum pkt_format in; /* NONE: by the first bytes */
	bool bad;	   /* something in the input was: exit status 1 */
	const char *file;
	bool link_set;	   /* the output's link is that of this file */
	char last[320];	   /* what was wrong before, and how often more */
	unsigned long more;
};

static void usage(FILE *f)
{
	fputs("usage: stdpkt cat [-f EXPR] [-i FORMAT] [-o FORMAT] [FILE...]\n"
	      "Write the packets of each FILE (or '-', or with none: of stdin) to stdout, as stdpkt text.\n"
	      "stdpkt text and binary, pcapng and pcap are told apart by their first bytes, also inside gzip, zstd and lz4.\n\n"
	      "  -f, --filter EXPR    only the packets that tcpdump's expression means: pcap-filter(7)\n"
	      "  -i, --input FORMAT   needed for what cannot be told apart: qemu (and passt), vde, etherpipe, hexdump\n"
	      "  -o, --output FORMAT  " OUTPUTS "\n"
	      "  -h, --help           this\n\n"
	      "Exit status: 0 ok, 1 some input was bad, cut or not there, 100 usage, 111 system.\n",
	      f);
}

/* The same complaint for every packet of an interface is one line. */
static void end_bad(struct cat *c)
{
	if (c->more)
		cmd_warn("%s: %lu more like this", c->file, c->more);
	c->more = 0;
	c->last[0] = 0;
}

static void bad(struct cat *c, const char *text)
{
	c->bad = true;
	if (!strcmp(c->last, text)) {
		c->more++;
		return;
	}
	end_bad(c);
	cmd_warn("%s: %s", c->file, text);
	snprintf(c->last, sizeof(c->last), "%s", text);
}

static void check(int err)
{
	if (err)
		cmd_die(CMD_SYSTEM, "unable to write a packet: %s", strerror(-err));
}

static void set_link(struct cat *c, const char *link, unsigned mtu)
{
	check(pkt_write_link(&c->w, &c->out, link, mtu));
	c->link_set = true;
}

static void write_frame(struct cat *c, const struct pkt_frame *f)
{
	int err = pkt_write_frame(&c->w, &c->out, f);

	if (err == -EMSGSIZE)
		bad(c, "a packet is too long for the output's format");
	else
		check(err);
}

/* All events that are at hand. False: no more will come. */
static bool drain(struct cat *c, struct pkt_reader *r)
{
	struct pkt_frame f;

	for (;;) {
		switch (pkt_reader_next(r, &f)) {
		case PKT_EV_MORE:
			return true;
		case PKT_EV_END:
			return false;
		case PKT_EV_BAD:
			bad(c, pkt_reader_text(r));
			if (pkt_reader_lost(r))
				return false;
			break;
		case PKT_EV_LINK:
			set_link(c, pkt_reader_link(r), pkt_reader_mtu(r));
			break;
		case PKT_EV_FRAME:
			if (c->filter && !pkt_filter_match(c->filter, &f))
				break;
			if (!c->link_set)
				set_link(c, NULL, 0);
			write_frame(c, &f);
			break;
		case PKT_EV_COMMENT:
			if (!pkt_reader_in_frame(r) || c->w.fmt != PKT_FMT_PCAPNG)
				check(pkt_write_comment(&c->w, &c->out, pkt_reader_text(r)));
			break;
		case PKT_EV_BLOCK:
			check(pkt_write_block(&c->w, &c->out, &f));
			break;
		case PKT_EV_SWITCH:
			break;
		}
		if (c->out.len >= FLUSH_AT)
			cmd_write_out(&c->out, c->bad);
	}
}

static void cat_fd(struct cat *c, int fd)
{
	struct pkt_reader *r = pkt_reader_new(c->in);
	struct pollfd in = { .fd = fd, .events = POLLIN };
	uint8_t *p;
	size_t room;
	ssize_t n;

	if (!r)
		cmd_die(CMD_SYSTEM, "no memory");
	c->link_set = false;
	do {
		if (c->out.len && poll(&in, 1, 0) != 1)
			cmd_write_out(&c->out, c->bad);
		p = pkt_reader_space(r, &room);
		if (!p)
			cmd_die(CMD_SYSTEM, "no memory");
		n = read(fd, p, room);
		if (n > 0) {
			pkt_reader_fed(r, (size_t)n);
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else if (n < 0 && errno == EAGAIN) {
			cmd_write_out(&c->out, c->bad);
			cmd_wait_for(fd, POLLIN);
			continue;
		} else {
			if (n < 0)
				bad(c, strerror(errno));
			pkt_reader_end(r);
		}
	} while (drain(c, r));
	end_bad(c);
	pkt_reader_free(r);
}

static void cat_file(struct cat *c, const char *name)
{
	int fd = 0;

	c->file = name;
	if (strcmp(name, "-") != 0) {
		fd = open(name, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			cmd_warn("unable to open %s: %s", name, strerror(errno));
			c->bad = true;
			return;
		}
	} else {
		c->file = "stdin";
	}
	cat_fd(c, fd);
	if (fd)
		close(fd);
}

int cmd_cat(int argc, char **argv)
{
	static const struct option options[] = {
		{ "filter", required_argument, NULL, 'f' },
		{ "input", required_argument, NULL, 'i' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	enum pkt_format fmt = PKT_FMT_TEXT;
	struct cat c = { 0 };
	char why[256];
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "f:i:o:h", options, NULL)) != -1) {
		switch (opt) {
		case 'f':
			pkt_filter_free(c.filter);
			c.filter = pkt_filter_new(optarg, why, sizeof(why));
			if (!c.filter)
				cmd_usage_error("filter '%s': %s", optarg, why);
			break;
		case 'o':
			fmt = pkt_format_by_name(optarg);
			if (!pkt_format_writable(fmt))
				cmd_usage_error("no output format '%s' (" OUTPUTS ")", optarg);
			break;
		case 'i':
			c.in = pkt_format_by_name(optarg);
			if (c.in == PKT_FMT_NONE || c.in == PKT_FMT_RING)
				cmd_usage_error("no input format '%s' (" OUTPUTS ", etherpipe, hexdump, trafgen)", optarg);
			break;
		case 'h':
			usage(stdout);
			return CMD_OK;
		default:
			cmd_usage_error("unknown option, or one without its argument: '%s'", argv[optind - 1]);
		}
	}
	cmd_write_signals(false);
	pkt_writer_init(&c.w, fmt, NULL, 0);
	if (optind == argc)
		cat_file(&c, "-");
	for (; optind < argc; optind++)
		cat_file(&c, argv[optind]);
	check(pkt_write_begin(&c.w, &c.out));
	cmd_write_out(&c.out, c.bad);
	pkt_writer_fini(&c.w);
	pkt_buf_free(&c.out);
	pkt_filter_free(c.filter);
	return c.bad ? CMD_NO : CMD_OK;
}
