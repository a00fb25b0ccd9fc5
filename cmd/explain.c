/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/explain.c - stdpkt explain: what becomes of every packet of a capture, and why; stdpkt(1) */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/explain.h"

static const char help[] =
	"usage: stdpkt explain [OPTION...] [-f RULES]... < CAPTURE\n"
	"       stdpkt explain [OPTION...] FUNCTION [ARG...] < CAPTURE\n"
	"Sends each packet of CAPTURE through pfilter.sh with RULES, or through FUNCTION (nat.sh, router.sh, a script of your own), and says\n"
	"what became of it: forwarded and how it was changed, answered, taken by the guest itself, held, or dropped and by which rule or\n"
	"for which reason. Time is that of the capture.\n"
	"\n"
	"  -f, --file RULES       rules for pfilter.sh; may be repeated\n"
	"  -s, --script SCRIPT    FUNCTION is the file SCRIPT, which is not looked for in PATH; what follows is its arguments\n"
	"  -p, --port NAME        a port of FUNCTION; may be repeated (default: as FUNCTION's first line says, or left and\n"
	"                         right). Packets come in by the first; those that the capture calls outbound by the second\n"
	"  -1, --one-way          all packets come in by the first port\n"
	"  -r, --routed           packets to a station are addressed to the port's own MAC, as for a router\n"
	"      --no-neighbours    questions of the guest (ARP, neighbour solicitation) are not answered in the neighbours' place\n"
	"  -v, --verbose          every rule, netfilter function, and frame sent\n"
	"  -c, --count            how many packets had which fate instead of the packets\n"
	"  -o, --output FORMAT    text, or pcapng: the packets with a comment and a verdict each, for Wireshark\n"
	"      --mtu BYTES        of the ports (default 1500)\n"
	"      --memory MIB       for the guest (default 128)\n"
	"      --seed N           determines the guest's randomness (default 1)\n"
	"\n"
	"Exit status: FUNCTION's if it fails, 0 at the end of the input, 1 if that was bad or cut, 100 wrong usage, 111 system.\n";

/* The file of function @name: as it is with a slash in it, else from PATH. */
static const char *find_function(const char *name)
{
	static char path[PATH_MAX];
	const char *at = getenv("PATH");

	if (strchr(name, '/'))
		return access(name, R_OK) ? NULL : name;
	while (at && *at) {
		const size_t n = strcspn(at, ":");

		snprintf(path, sizeof(path), "%.*s/%s", (int)n, at, name);
		if (!access(path, R_OK))
			return path;
		at += n + (at[n] == ':');
	}
	return NULL;
}

/* What the script's first line says of its ports, where the command line has left it open. Their media are ours. */
static void first_line(const char *script, const char *ports[], int *given, struct element_options *o)
{
	char *words[CMD_FIRST_WORDS];
	const int n = cmd_first_line(script, words), had = *given;
	const struct element_options mine = *o;
	int c;

	optind = 0;
	while (n > 0 && (c = getopt_long(n, words, CMD_RUN_SHORTS, cmd_run_longs, NULL)) != -1) {
		if (c == 'p' && !had)
			cmd_port_option(ports, given, optarg);
		else if ((c == CMD_OPT_MTU && !mine.mtu) || (c == CMD_OPT_MEMORY && !mine.memory))
			cmd_element_option(o, c, words);
	}
}

static char *word(const char *s)
{
	return (char *)(uintptr_t)s;
}

int cmd_explain(int argc, char **argv)
{
	enum { NO_NEIGHBOURS = 256 };
	static const struct option longs[] = {
		{ "file", required_argument, NULL, 'f' },      { "script", required_argument, NULL, 's' },
		{ "port", required_argument, NULL, 'p' },      { "one-way", no_argument, NULL, '1' },
		{ "routed", no_argument, NULL, 'r' },	       { "no-neighbours", no_argument, NULL, NO_NEIGHBOURS },
		{ "verbose", no_argument, NULL, 'v' },	       { "count", no_argument, NULL, 'c' },
		{ "output", required_argument, NULL, 'o' },    { "mtu", required_argument, NULL, CMD_OPT_MTU },
		{ "memory", required_argument, NULL, CMD_OPT_MEMORY }, { "seed", required_argument, NULL, CMD_OPT_SEED },
		{ "help", no_argument, NULL, 'h' },	       { 0 },
	};
	static struct element e;
	static struct explain_options opt = { .output = PKT_FMT_TEXT };
	struct element_options element = { .clock_packets = true, .seed = 1 };
	const char *ports[ELEMENT_PORTS] = { "left", "right" }, *script = NULL, *function;
	char **args = calloc((size_t)argc * 2 + 3, sizeof(*args)); /* lives as long as the script */
	int c, given = 0, n = 2, status;

	if (!args)
		cmd_die(CMD_SYSTEM, "out of memory");
	opterr = 0;
	optind = 1;
	cmd_keep_standard_descriptors();
	while (!script && (c = getopt_long(argc, argv, "+:f:s:p:1rvco:h", longs, NULL)) != -1) {
		switch (c) {
		case 'f':
			args[n++] = word("-f");
			args[n++] = optarg;
			break;
		case 's':
			script = optarg;
			break;
		case 'p':
			cmd_port_option(ports, &given, optarg);
			break;
		case '1':
			opt.one_way = true;
			break;
		case 'r':
			opt.routed = true;
			break;
		case NO_NEIGHBOURS:
			opt.no_neighbours = true;
			break;
		case 'v':
			opt.verbose = true;
			break;
		case 'c':
			opt.count = true;
			break;
		case 'o':
			opt.output = pkt_format_by_name(optarg);
			if (opt.output != PKT_FMT_TEXT && opt.output != PKT_FMT_PCAPNG)
				cmd_usage_error("output format '%s': text and pcapng can be written", optarg);
			break;
		case 'h':
			fputs(help, stdout);
			return CMD_OK;
		default:
			cmd_element_option(&element, c, argv);
		}
	}
	if (n > 2 && (script || optind < argc))
		cmd_usage_error("-f is pfilter.sh's: no other function goes with it");
	if (isatty(STDIN_FILENO))
		cmd_usage_error("stdin is a terminal: it has to be a capture");
	function = script ? script : argv[optind] ? argv[optind++] : "pfilter.sh";
	args[0] = word("/bin/sh");
	args[1] = word(script ? (access(script, R_OK) ? NULL : script) : find_function(function));
	if (!args[1])
		cmd_die(CMD_USAGE, "unable to read %s: %s", function, strerror(errno));
	while (optind < argc)
		args[n++] = argv[optind++];
	first_line(args[1], ports, &given, &element);
	lk_attach_guard();
	element_init(&e, &element, args[1]);
	environ = spawn_environment(e.name); /* programs that list rules are looked for in the wider PATH as well */
	for (c = 0; c < (given ? given : 2); c++) {
		char spec[64];

		snprintf(spec, sizeof(spec), "%.*s=null", (int)strcspn(ports[c], "="), ports[c]);
		element_add_port(&e, spec);
	}
	explain_feed_start(&e, &opt);
	element_boot(&e);
	element_start_script(&e, args);
	status = element_main(&e);
	free(args);
	return status;
}
