/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/frozen.c - the program that stdpkt freeze wrote: an element that goes on from its image */
#include "cmd/frozen.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lk/image.h"

const struct frozen *frozen_function(void)
{
	const void *note;
	const long n = lk_image_note(&note);
	const struct frozen *f = note;

	if (n == -ENOENT)
		return NULL;
	if (n != sizeof(*f))
		cmd_die(CMD_SYSTEM, "unable to read this program's image: it was cut, stripped or may only be executed (make it again), or /proc is not there");
	return f->function ? f : NULL;
}

static void usage(FILE *out, const struct frozen *f)
{
	fprintf(out,
		"usage: %s [OPTION...] [COMMAND [ARG...]]\n"
		"A network function made by stdpkt freeze: its addresses, routes and rules are in place. COMMAND (ip, iptables, nft, a script ...)\n"
		"runs against it before packets flow, or with -u while they do.\n"
		"\n"
		"  -p, --port NAME=MEDIUM  plug a card into something else (stdpkt run --help); the cards are:", cmd_name);
	for (int i = 0; i < f->ports; i++)
		fprintf(out, " %s", f->port[i].spec);
	fputs("\n  -o, --output FORMAT     write text, pcapng or pcap (STDPKT_OUTPUT)\n"
	      "  -n, --name NAME         name of the element\n"
	      "  -u, --up                packets flow at once, and the element ends with COMMAND\n"
	      "      --seed N            determines the guest's randomness\n"
	      "\n"
	      "Exit status: COMMAND's if it fails, 0 at the end of the input, 1 if the input was bad or cut, 100 wrong usage, 111 system.\n", out);
}

/* The card that @spec names, or -1. */
static int card_of(const struct frozen *f, const char *spec)
{
	const size_t n = strcspn(spec, "=");

	for (int i = 0; i < f->ports; i++)
		if (strcspn(f->port[i].spec, "=") == n && !strncmp(f->port[i].spec, spec, n))
			return i;
	return -1;
}

int frozen_main(const struct frozen *f, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "port", required_argument, NULL, 'p' },   { "output", required_argument, NULL, 'o' }, { "name", required_argument, NULL, 'n' },
		{ "up", no_argument, NULL, 'u' },	    { "seed", required_argument, NULL, CMD_OPT_SEED }, { "help", no_argument, NULL, 'h' },	{ 0 },
	};
	static struct element e;
	struct element_options opt = { .memory = f->memory, .mtu = f->mtu, .name = f->name, .frozen = f };
	const char *spec[ELEMENT_PORTS] = { 0 };
	bool up = false;
	int c, i;

	cmd_name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	cmd_keep_standard_descriptors();
	cmd_element_environment(&opt);
	for (i = 0; i < f->ports; i++)
		spec[i] = f->port[i].spec;
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:p:o:n:uh", longs, NULL)) != -1) {
		switch (c) {
		case 'p':
			i = card_of(f, optarg);
			if (i < 0)
				cmd_usage_error("no card '%.*s'", (int)strcspn(optarg, "="), optarg);
			spec[i] = optarg;
			break;
		case 'u':
			up = true;
			break;
		case 'h':
			usage(stdout, f);
			return CMD_OK;
		default:
			cmd_element_option(&opt, c, argv);
		}
	}
	if (up && !argv[optind])
		cmd_usage_error("--up needs a COMMAND");
	if (argv[optind])
		lk_attach_guard();
	element_init(&e, &opt, opt.name);
	for (i = 0; i < f->ports; i++)
		element_add_port(&e, spec[i]);
	element_boot(&e);
	if (argv[optind])
		element_start_script(&e, argv + optind);
	e.script_foreground = up;
	if (up || !argv[optind])
		element_pass(&e);
	return element_main(&e);
}
