/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/freeze.c - stdpkt freeze: boot, run a function's script, and write the configured guest out as a program of its own */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/frozen.h"
#include "lk/boot.h"
#include "lk/image.h"
#include "stdpkt/make.h"

static const char help[] =
	"usage: stdpkt freeze [OPTION...] SCRIPT [ARG...] -o FILE\n"
	"Boots a network stack, runs SCRIPT in it, and writes FILE: a program that is this function, already configured, which starts in\n"
	"a millisecond or so more than any program needs. Options in SCRIPT's first line ('stdpkt run -p left') count. FILE --help says\n"
	"how it is used.\n"
	"\n"
	"  -o, --output FILE         the program to write\n"
	"  -p, --port NAME[=MEDIUM]  a network card, as for stdpkt run; may be repeated (default: -p left -p right)\n"
	"  -n, --name NAME           name of the element (default: SCRIPT's)\n"
	"      --mtu BYTES           of the cards (default 1500)\n"
	"      --memory MIB          for the guest (default 128)\n"
	"      --base                no script and no cards: FILE is stdpkt itself, whose elements begin from a booted guest\n"
	"\n"
	"SCRIPT must end: what still runs cannot be frozen. Its connections do not survive, its addresses, routes, rules and sets do.\n"
	"Exit status: 0; SCRIPT's if it fails, 100 wrong usage, 111 system.\n";

/* A kernel takes new seeds every few seconds while it is younger than two minutes: a wake-up that no element needs. */
#define YOUTH_NS 130000000000ull

enum { BASE = 256 };

struct request {
	struct frozen frozen;
	const char *file;
	const char *port[ELEMENT_PORTS];
	bool base;
};

/* The options up to the first word that is none; its index in @argv. */
static int parse(int argc, char **argv, struct request *r)
{
	static const struct option longs[] = {
		{ "output", required_argument, NULL, 'o' }, { "port", required_argument, NULL, 'p' }, { "name", required_argument, NULL, 'n' },
		{ "mtu", required_argument, NULL, CMD_OPT_MTU },    { "memory", required_argument, NULL, CMD_OPT_MEMORY }, { "base", no_argument, NULL, BASE },
		{ "help", no_argument, NULL, 'h' },	    { 0 },
	};
	struct element_options opt = { 0 };
	int c;

	opterr = 0;
	optind = 0; /* begin again: a script's first line is parsed, too */
	while ((c = getopt_long(argc, argv, "+:o:p:n:h", longs, NULL)) != -1) {
		switch (c) {
		case 'o':
			r->file = optarg;
			break;
		case 'p':
			if (r->frozen.ports == ELEMENT_PORTS)
				cmd_usage_error("more than %d ports", ELEMENT_PORTS);
			r->port[r->frozen.ports++] = optarg;
			break;
		case 'n':
			snprintf(r->frozen.name, sizeof(r->frozen.name), "%s", optarg);
			break;
		case BASE:
			r->base = true;
			break;
		case 'h':
			fputs(help, stdout);
			exit(CMD_OK);
		default:
			cmd_element_option(&opt, c, argv);
		}
	}
	r->frozen.mtu = opt.mtu;
	r->frozen.memory = opt.memory;
	return optind;
}

/* SCRIPT as a path: a name without a slash that is not here is looked for in PATH, as the shell would. */
static const char *find_script(const char *name)
{
	static char path[4096];
	const char *dir = getenv("PATH");

	if (strchr(name, '/') || !access(name, R_OK))
		return name;
	while (dir && *dir) {
		const size_t n = strcspn(dir, ":");

		snprintf(path, sizeof(path), "%.*s/%s", (int)n, dir, name);
		if (!access(path, R_OK))
			return path;
		dir += n + (dir[n] == ':');
	}
	return name;
}

/* The options in the script's first line, for what the command line left open. */
static void first_line(const char *script, struct request *r)
{
	struct request own = { 0 };
	char *words[CMD_FIRST_WORDS];
	const int n = cmd_first_line(script, words);

	if (n == -EINVAL) /* it is read twice, which a pipe is not */
		cmd_usage_error("script %s is not a regular file", script);
	if (n < 0)
		cmd_die(CMD_USAGE, "unable to read script %s: %s", script, strerror(-n));
	if (!n)
		return;
	parse(n, words, &own);
	if (!r->frozen.ports) {
		memcpy(r->port, own.port, sizeof(r->port));
		r->frozen.ports = own.frozen.ports;
	}
	if (!*r->frozen.name)
		memcpy(r->frozen.name, own.frozen.name, sizeof(r->frozen.name));
	if (!r->frozen.mtu)
		r->frozen.mtu = own.frozen.mtu;
	if (!r->frozen.memory)
		r->frozen.memory = own.frozen.memory;
}

/* "-o FILE" among the arguments of the script, before a "--", is ours. */
static void take_output(char **args, const char **file)
{
	char **to = args;

	for (; *args && strcmp(*args, "--"); args++) {
		if (!strcmp(*args, "-o") && args[1])
			*file = *++args;
		else
			*to++ = *args;
	}
	while (*args)
		*to++ = *args++;
	*to = NULL;
}

/* The file that -o means, behind links. Only a regular file, or none, is replaced. */
static const char *output_file(const char *file)
{
	const char *real = realpath(file, NULL);
	struct stat st;

	if (real && !stat(real, &st) && !S_ISREG(st.st_mode))
		cmd_usage_error("-o %s is not a regular file", file);
	return real ? real : file;
}

static int deliver(void *arg, const struct pkt_frame *f)
{
	struct lk_port *p = arg;

	p->deliver(p, f->data, f->caplen);
	lk_run();
	return 0;
}

static void describe(struct element_port *p, const char *text)
{
	struct pkt_make_error why;
	struct pkt_make m;

	if (!pkt_make_parse(&m, text, 0, &why))
		return;
	pkt_make_frames(&m, 0, deliver, &p->port);
	pkt_make_free(&m);
}

/*
 * What an element of this image does first: its ports' start, and then a packet from a neighbour of each to a neighbour of the next. It has no
 * effect but for the pages that it shows to be written (lk_image_rehearse()).
 */
static void rehearse_start(void *arg)
{
	struct element *e = arg;

	if (!e->opt.frozen)
		element_add_cards(e);
	element_start_ports(e);
	guest_addresses_changed();
	lk_run();
}

static void rehearse_packets(void *arg)
{
	char own[ELEMENT_PORTS][INET_ADDRSTRLEN], neighbour[ELEMENT_PORTS][INET_ADDRSTRLEN], text[128];
	struct element *e = arg;

	for (int i = 0; i < e->ports; i++) {
		uint32_t a = guest_port_address(&e->port[i]);

		inet_ntop(AF_INET, &a, own[i], sizeof(own[i]));
		a ^= htonl(3);
		inet_ntop(AF_INET, &a, neighbour[i], sizeof(neighbour[i]));
		snprintf(text, sizeof(text), "arp who-has %s tell %s", own[i], neighbour[i]);
		describe(&e->port[i], text);
		snprintf(text, sizeof(text), "icmp %s > %s", neighbour[i], own[i]);
		describe(&e->port[i], text);
	}
	for (int i = 0; i < e->ports; i++) {
		snprintf(text, sizeof(text), "udp %s:9 > %s:9 via %s", neighbour[i], neighbour[(i + 1) % e->ports], own[i]);
		describe(&e->port[i], text);
	}
	lk_run();
}

static void write_image(const struct request *r, struct element *e)
{
	char *name;
	int fd, err;

	if (asprintf(&name, "%s.%d.new", r->file, (int)getpid()) < 0)
		cmd_die(CMD_SYSTEM, "out of memory");
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0777);
	if (fd < 0)
		cmd_die(CMD_SYSTEM, "unable to write %s: %s", name, strerror(errno));
	err = lk_image_save(fd, &r->frozen, sizeof(r->frozen), r->frozen.function);
	if (!err)
		err = lk_image_rehearse(fd, rehearse_start, rehearse_packets, e);
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(name, r->file))
		err = -errno;
	if (err) {
		unlink(name);
		cmd_die(CMD_SYSTEM, "unable to write %s: %s", r->file, strerror(-err));
	}
	free(name);
}

/* The same bytes whenever and wherever it is made: the clock stands, the seed is fixed; lk_boot() renews what was random. */
static int base(const struct request *r)
{
	const struct lk_boot_params params = { .virtual_time = true, .seed = 1, .cold = true };
	const struct element_options opt = { 0 };
	const int err = lk_boot(&params);
	static struct element e;

	if (err)
		cmd_die(CMD_SYSTEM, "unable to start the guest: %s", strerror(-err));
	guest_quiet();
	guest_release();
	lk_time_advance(lk_time_ns() + YOUTH_NS);
	element_init(&e, &opt, "base");
	element_add_port(&e, "left=null");
	element_add_port(&e, "right=null");
	write_image(r, &e);
	return CMD_OK;
}

static void freeze_function(struct request *r, char **script)
{
	static struct element e;
	const struct element_options opt = { .memory = r->frozen.memory, .mtu = r->frozen.mtu };
	struct lk_attach_stats st;
	int i, status;

	element_init(&e, &opt, r->frozen.name);
	for (i = 0; i < r->frozen.ports; i++) {
		const char *spec = r->port[i];
		char null[64];

		if (strlen(spec) >= sizeof(r->frozen.port[i].spec))
			cmd_usage_error("port '%.20s...' is too long", spec);
		strcpy(r->frozen.port[i].spec, spec);
		if (strcmp(spec, "left") && strcmp(spec, "right") && !strchr(spec, '='))
			cmd_usage_error("port %s needs a medium: -p %s=MEDIUM", spec, spec);
		snprintf(null, sizeof(null), "%.*s=null", (int)strcspn(spec, "="), spec);
		element_add_port(&e, null);
	}
	element_boot(&e);
	element_start_script(&e, script);
	status = element_turns_until_passing(&e);
	if (status)
		exit(status);
	lk_attach_stats(e.attach, &st);
	if (e.script || st.open) {
		cmd_warn("%s", e.script ? "the script runs on (stdpkt up): only a function whose script ends can be frozen" :
					  "a program that the script started still runs and has sockets: that cannot be frozen");
		e.ending = true; /* it is told to end before nobody serves it any more */
		element_main(&e);
		exit(CMD_NO);
	}
	for (i = 0; i < e.ports; i++) {
		memcpy(r->frozen.port[i].mac, e.port[i].mac, 6);
		r->frozen.port[i].renew = guest_port_anonymous(&e.port[i]);
	}
	control_close(e.control);
	lk_attach_free(e.attach);
	guest_release();
	e.opt.frozen = &r->frozen;
	write_image(r, &e);
}

int cmd_freeze(int argc, char **argv)
{
	static struct request r;
	const int first = parse(argc, argv, &r);
	static char **script; /* lives as long as the element */
	const char *base_name;
	int i;

	if (r.base) {
		if (argv[first] || !r.file)
			cmd_usage_error("--base takes no script, and -o FILE");
		r.file = output_file(r.file);
		return base(&r);
	}
	if (!argv[first])
		cmd_usage_error("no script");
	script = calloc(argc + 2, sizeof(*script));
	if (!script)
		cmd_die(CMD_SYSTEM, "out of memory");
	script[0] = "/bin/sh";
	for (i = 0; argv[first + i]; i++)
		script[1 + i] = argv[first + i];
	script[1] = (char *)(uintptr_t)find_script(argv[first]);
	take_output(script + 2, &r.file);
	if (!r.file)
		cmd_usage_error("where to? -o FILE");
	r.file = output_file(r.file);
	first_line(script[1], &r);
	if (!r.frozen.ports) {
		r.port[r.frozen.ports++] = "left";
		r.port[r.frozen.ports++] = "right";
	}
	base_name = strrchr(script[1], '/') ? strrchr(script[1], '/') + 1 : script[1];
	if (!*r.frozen.name)
		snprintf(r.frozen.name, sizeof(r.frozen.name), "%.*s", (int)strcspn(base_name, "."), base_name);
	r.frozen.function = true;
	freeze_function(&r, script);
	return CMD_OK;
}
