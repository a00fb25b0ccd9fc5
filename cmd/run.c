/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/run.c - stdpkt run: an element whose function is a shell script */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/element.h"
#include "lk/boot.h"

static const char help[] =
	"usage: stdpkt run [OPTION...] SCRIPT [ARG...]\n"
	"Boots a Linux network stack whose cards are stdin (left) and stdout (right), runs SCRIPT with sh in it, and when that has\n"
	"ended with 0 lets packets flow. As a script's first line: #!/usr/bin/env -S stdpkt run\n"
	"\n"
	"  -p, --port NAME[=MEDIUM]  a network card; may be repeated (default: -p left -p right)\n"
	"                            stdio:in stdio:out fifo:IN,OUT capture:IN,OUT null\n"
	"  -o, --output FORMAT       write text, pcapng or pcap (default: text, or as stdin if that is a capture; STDPKT_OUTPUT);\n"
	"                            may also stand among SCRIPT's arguments\n"
	"  -n, --name NAME           name of the element (default: SCRIPT's)\n"
	"  -b, --bare                no script: the cards are up and nothing else is set\n"
	"      --mtu BYTES           of the cards (default 1500)\n"
	"      --link FORMAT         leave text between neighbours for: ring (default), bin, text: never (STDPKT_LINK)\n"
	"      --nic KIND            direct (default), or virtio: upstream's virtio_net (STDPKT_NIC)\n"
	"      --memory MIB          for the guest (default 128; only what is used is taken)\n"
	"      --seed N              determines the guest's randomness\n"
	"      --clock packets       time is that of the packets coming in, not the real one\n"
	"      --kernel WORDS        further words for the guest's kernel command line\n"
	"      --help\n"
	"\n"
	"Exit status: SCRIPT's if it fails, 0 at the end of the input, 1 if the input was bad or cut, 100 wrong usage, 111 system.\n";

enum pkt_format cmd_output_format(const char *name, const char *from)
{
	const enum pkt_format fmt = pkt_format_by_name(name);

	if (fmt != PKT_FMT_TEXT && fmt != PKT_FMT_PCAPNG && fmt != PKT_FMT_PCAP)
		cmd_usage_error("%s '%s': text, pcapng and pcap can be written", from, name);
	return fmt;
}

enum lk_leave cmd_link_format(const char *name, const char *from)
{
	switch (pkt_format_by_name(name)) {
	case PKT_FMT_RING:
		return LK_LEAVE_RING;
	case PKT_FMT_BIN:
		return LK_LEAVE_BIN;
	case PKT_FMT_TEXT:
		return LK_LEAVE_TEXT;
	default:
		cmd_usage_error("%s '%s': ring, bin and text are there", from, name);
	}
}

static bool use_virtio(const char *kind, const char *from)
{
	if (strcmp(kind, "direct") && strcmp(kind, "virtio"))
		cmd_usage_error("%s '%s': direct and virtio are there", from, kind);
	return !strcmp(kind, "virtio");
}

/*
 * A function is called by its own name, so its user's -o FORMAT stands among the script's arguments: it is ours, wherever it stands before
 * a "--", if FORMAT is a format; anything else is the script's.
 */
static void take_output_option(char **args, enum pkt_format *output)
{
	char **to = args;

	for (; *args && strcmp(*args, "--"); args++) {
		const enum pkt_format fmt = !strcmp(*args, "-o") && args[1] ? pkt_format_by_name(args[1]) : PKT_FMT_NONE;

		if (fmt == PKT_FMT_TEXT || fmt == PKT_FMT_PCAPNG || fmt == PKT_FMT_PCAP) {
			*output = fmt;
			args++;
		} else {
			*to++ = *args;
		}
	}
	while (*args)
		*to++ = *args++;
	*to = NULL;
}

/* Descriptors 0, 1 and 2 exist, whatever the caller left closed: nothing that we open can become stdout by accident. */
void cmd_keep_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) /* the lowest that is free */
			cmd_die(CMD_SYSTEM, "unable to open /dev/null: %s", strerror(errno));
}

int cmd_run(int argc, char **argv)
{
	enum { MTU = 256, LINK, NIC, MEMORY, SEED, CLOCK, KERNEL, HELP };
	static const struct option longs[] = {
		{ "port", required_argument, NULL, 'p' },   { "output", required_argument, NULL, 'o' }, { "name", required_argument, NULL, 'n' },
		{ "bare", no_argument, NULL, 'b' },	    { "mtu", required_argument, NULL, MTU },	{ "memory", required_argument, NULL, MEMORY },
		{ "link", required_argument, NULL, LINK },  { "nic", required_argument, NULL, NIC },    { "seed", required_argument, NULL, SEED },  { "clock", required_argument, NULL, CLOCK }, { "kernel", required_argument, NULL, KERNEL },
		{ "help", no_argument, NULL, HELP },	    { 0 },
	};
	static struct element e;
	struct element_options opt = { 0 };
	const char *ports[ELEMENT_PORTS + 1], *env = getenv("STDPKT_OUTPUT"), *base;
	static char **script; /* lives as long as the element */
	bool bare = false;
	int c, n = 0;

	cmd_keep_standard_descriptors();
	if (env && *env)
		opt.output = cmd_output_format(env, "STDPKT_OUTPUT");
	env = getenv("STDPKT_NIC");
	if (env && *env)
		opt.virtio = use_virtio(env, "STDPKT_NIC");
	env = getenv("STDPKT_LINK");
	if (env && *env)
		opt.leave = cmd_link_format(env, "STDPKT_LINK");
	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, "+:p:o:n:bh", longs, NULL)) != -1) {
		switch (c) {
		case 'p':
			if (n == ELEMENT_PORTS)
				cmd_usage_error("more than %d ports", ELEMENT_PORTS);
			ports[n++] = optarg;
			break;
		case 'o':
			opt.output = cmd_output_format(optarg, "output format");
			break;
		case 'n':
			opt.name = optarg;
			break;
		case 'b':
			bare = true;
			break;
		case MTU:
			opt.mtu = cmd_number(optarg, "MTU", 68, 65535 - 18);
			break;
		case MEMORY:
			opt.memory = cmd_number(optarg, "memory", 16, LK_MEMORY_MAX >> 20) << 20;
			break;
		case LINK:
			opt.leave = cmd_link_format(optarg, "link");
			break;
		case NIC:
			opt.virtio = use_virtio(optarg, "card");
			break;
		case SEED:
			opt.seed = cmd_number(optarg, "seed", 1, -1ul);
			break;
		case CLOCK:
			if (strcmp(optarg, "packets") && strcmp(optarg, "real"))
				cmd_usage_error("clock '%s': real and packets are there", optarg);
			opt.clock_packets = !strcmp(optarg, "packets");
			break;
		case KERNEL:
			opt.cmdline = optarg;
			break;
		case 'h':
		case HELP:
			fputs(help, stdout);
			return CMD_OK;
		case ':':
			cmd_usage_error("option '%s' needs an argument", argv[optind - 1]);
		default:
			cmd_usage_error("unknown option '%s'", argv[optind - 1]);
		}
	}
	if (!n) {
		ports[n++] = "left";
		ports[n++] = "right";
	}
	if (bare && argv[optind])
		cmd_usage_error("--bare takes no script");
	if (!bare && !argv[optind])
		cmd_usage_error("no script");
	if (!bare && access(argv[optind], R_OK))
		cmd_die(CMD_USAGE, "unable to read script %s: %s", argv[optind], strerror(errno));
	script = calloc(argc + 2, sizeof(*script));
	if (!script)
		cmd_die(CMD_SYSTEM, "out of memory");
	script[0] = "/bin/sh";
	for (c = 0; argv[optind + c]; c++)
		script[1 + c] = argv[optind + c];
	/* a script's help goes where help goes, and needs no guest */
	if (!bare && script[2] && (!strcmp(script[2], "--help") || !strcmp(script[2], "-h"))) {
		execv(script[0], script);
		cmd_die(CMD_SYSTEM, "unable to start %s: %s", script[0], strerror(errno));
	}
	base = opt.name ? opt.name : bare ? "bare" : script[1];
	take_output_option(script + 1, &opt.output);
	element_init(&e, &opt, base);
	for (c = 0; c < n; c++)
		element_add_port(&e, ports[c]);
	element_boot(&e);
	if (bare)
		element_pass(&e);
	else
		element_start_script(&e, script);
	return element_main(&e);
}
