/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/run.c - stdpkt run: an element whose function is a shell script */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

int cmd_run(int argc, char **argv)
{
	static struct element e;
	struct element_options opt = { 0 };
	const char *ports[ELEMENT_PORTS + 1], *env = getenv("STDPKT_NIC"), *base;
	static char **script; /* lives as long as the element */
	bool bare = false;
	struct stat st;
	int c, n = 0;

	cmd_keep_standard_descriptors();
	cmd_element_environment(&opt);
	if (env && *env)
		opt.virtio = use_virtio(env, "STDPKT_NIC");
	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, CMD_RUN_SHORTS, cmd_run_longs, NULL)) != -1) {
		switch (c) {
		case 'p':
			cmd_port_option(ports, &n, optarg);
			break;
		case 'b':
			bare = true;
			break;
		case CMD_OPT_NIC:
			opt.virtio = use_virtio(optarg, "card");
			break;
		case CMD_OPT_CLOCK:
			if (strcmp(optarg, "packets") && strcmp(optarg, "real"))
				cmd_usage_error("clock '%s': real and packets are there", optarg);
			opt.clock_packets = !strcmp(optarg, "packets");
			break;
		case CMD_OPT_KERNEL:
			opt.cmdline = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return CMD_OK;
		default:
			cmd_element_option(&opt, c, argv);
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
	if (!bare && !stat(argv[optind], &st) && S_ISDIR(st.st_mode))
		cmd_die(CMD_USAGE, "unable to read script %s: %s", argv[optind], strerror(EISDIR));
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
	if (!bare)
		lk_attach_guard();
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
