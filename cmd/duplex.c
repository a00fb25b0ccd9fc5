// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd/duplex.c - stdpkt duplex: a filter command in both directions of a link; stdpkt(1)
 *
 * Theory of operation: a pipe has one direction, and replies come by the return path, past whatever stands in between. So this stands
 * there itself: it has the two ends of a link as an element has, without a guest, and runs the command twice, once for each way. To the
 * commands everything is text.
 *
 *            left (stdio:in)   -> TO  -> command -> FROM ->  right (stdio:out)
 *            its return path   <- BACK_FROM <- command <- BACK_TO <-  the return path of its reader
 *
 * Each arrow between two ports is a wire: what the one takes in, the other sends. A wire's source is gated while its destination is full, so
 * nothing is dropped. End of input: TO is closed, the command ends, FROM ends, what is left is written, and that is the end. A command that
 * ends by itself (head) cuts the link.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/element.h"

#define BATCH 256

enum { LEFT, TO, FROM, RIGHT, BACK_TO, BACK_FROM, PORTS };

/* Who sends what this port takes in; -1: it takes nothing in. */
static const int wire[PORTS] = { [LEFT] = TO, [TO] = -1, [FROM] = RIGHT, [RIGHT] = BACK_TO, [BACK_TO] = -1, [BACK_FROM] = LEFT };

struct duplex {
	struct lk_port port[PORTS];
	bool closed[PORTS];
	struct lk_loop *loop;
	pid_t pid[2]; /* forth, back */
};

static void usage(FILE *f)
{
	fputs("usage: stdpkt duplex [-b COMMAND] [-o FORMAT] [--] COMMAND [ARG...]\n"
	      "Run COMMAND as a filter of text lines in both directions of a link, as a stage of a chain.\n"
	      "A single COMMAND is given to sh; it has to write whole lines at once (grep --line-buffered, stdbuf -oL, fflush()).\n"
	      "In its environment STDPKT_TOWARD is right or left.\n\n"
	      "  -b, --back COMMAND   another command for what goes to the left\n"
	      "  -o, --output FORMAT  text, pcapng, pcap\n"
	      "  -h, --help           this\n\n"
	      "  ping.sh | stdpkt duplex 'grep --line-buffered -v \" 192.0.2.66 \"' | nat.sh | host.sh\n\n"
	      "Exit status: that of COMMAND if it is over 1 (1 is grep's for nothing found), 1 input was bad or cut, 100 usage, 111 system.\n",
	      f);
}

static void say(struct lk_port *port, const char *line)
{
	cmd_warn("%s: %s: %s", port->element, port->name, line);
}

/* Frames keep their time; one that has none gets the present. */
static uint64_t now_ns(struct lk_port *port)
{
	const struct duplex *d = port->owner;
	struct timespec ts;
	int i;

	for (i = 0; i < PORTS; i++)
		if (wire[i] >= 0 && &d->port[wire[i]] == port && d->port[i].last_ts_ns)
			return d->port[i].last_ts_ns;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static int pass_on(struct lk_port *port, const void *data, size_t len)
{
	struct duplex *d = port->owner;
	struct lk_port *to = &d->port[wire[port - d->port]];
	const struct iovec iov = { (void *)(uintptr_t)data, len };

	if (d->closed[wire[port - d->port]])
		port->stats.tx_gone++;
	else
		to->ops->send(to, &iov, 1, len);
	return 1;
}

static void open_port(struct duplex *d, int i, const char *name, const char *medium, const char *args, enum pkt_format output)
{
	struct lk_port *p = &d->port[i];
	char err[256] = "";
	int ret;

	snprintf(p->name, sizeof(p->name), "%s", name);
	snprintf(p->element, sizeof(p->element), "duplex.%d", (int)getpid());
	p->mtu = 1500;
	p->loop = d->loop;
	p->ops = lk_medium_find(medium);
	p->output = output;
	p->deliver = pass_on;
	p->say = say;
	p->now_ns = now_ns;
	p->owner = d;
	ret = p->ops->open(p, args, err, sizeof(err));
	if (ret)
		cmd_die(CMD_SYSTEM, "unable to open %s: %s", name, *err ? err : strerror(-ret));
}

static void new_pipe(int fd[2])
{
	if (pipe2(fd, O_CLOEXEC))
		cmd_die(CMD_SYSTEM, "unable to make a pipe: %s", strerror(errno));
}

/* One command between two pipes, whose other ends become ports. */
static void start(struct duplex *d, int to, int from, char **argv, const char *toward)
{
	int in[2], out[2];
	char args[2][32];
	pid_t pid;

	new_pipe(in);
	new_pipe(out);
	pid = fork();
	if (pid < 0)
		cmd_die(CMD_SYSTEM, "unable to start %s: %s", argv[0], strerror(errno));
	if (!pid) {
		cmd_write_signals(true);
		setenv("STDPKT_TOWARD", toward, 1);
		if (dup2(in[0], 0) < 0 || dup2(out[1], 1) < 0)
			_exit(CMD_SYSTEM);
		if (argv[1])
			execvp(argv[0], argv);
		else
			execl("/bin/sh", "sh", "-c", argv[0], (char *)NULL);
		cmd_warn("unable to run %s: %s", argv[0], strerror(errno));
		_exit(errno == ENOENT ? 127 : 126);
	}
	d->pid[to == BACK_TO] = pid;
	snprintf(args[0], sizeof(args[0]), ",/proc/self/fd/%d", in[1]);
	snprintf(args[1], sizeof(args[1]), "/proc/self/fd/%d,", out[0]);
	open_port(d, to, to == TO ? "to" : "back-to", "fifo", args[0], PKT_FMT_TEXT);
	open_port(d, from, from == FROM ? "from" : "back-from", "fifo", args[1], PKT_FMT_TEXT);
	close(in[0]);
	close(in[1]);
	close(out[0]);
	close(out[1]);
}

static void close_port(struct duplex *d, int i)
{
	struct lk_port *p = &d->port[i];
	char why[256];

	if (d->closed[i])
		return;
	d->closed[i] = true;
	p->stats.rx_bad = 0; /* said already */
	if (!p->gone && element_drops(p, why, sizeof(why)))
		cmd_warn("%s: %s: frames dropped: %s", p->element, p->name, why);
	p->ops->close(p);
}

static int turn(struct duplex *d)
{
	int i, moved = 0;

	for (i = 0; i < PORTS; i++)
		if (!d->closed[i] && wire[i] >= 0 && !d->port[i].gated)
			moved += d->port[i].ops->pump(&d->port[i], BATCH);
	for (i = 0; i < PORTS; i++)
		if (!d->closed[i])
			d->port[i].ops->flush(&d->port[i]);
	for (i = 0; i < PORTS; i++) {
		struct lk_port *p = &d->port[i];
		bool gated = wire[i] >= 0 && !d->closed[wire[i]] && d->port[wire[i]].ops->full(&d->port[wire[i]]);

		if (!d->closed[i] && gated != p->gated) {
			p->gated = gated;
			p->ops->gate(p);
		}
	}
	return moved;
}

static bool pending(const struct duplex *d)
{
	int i;

	for (i = 0; i < PORTS; i++)
		if (!d->closed[i] && wire[i] >= 0 && !d->port[i].gated && d->port[i].ops->pending(&d->port[i]))
			return true;
	return false;
}

static bool drained(const struct duplex *d, int i)
{
	return d->closed[i] || d->port[i].ops->drained(&d->port[i]);
}

static bool ended(const struct duplex *d, int i)
{
	return d->closed[i] || d->port[i].ops->ended(&d->port[i]);
}

/* Exit status of the command, 0 for the 1 that a grep ends with which found nothing. */
static int command_status(pid_t pid)
{
	int st = 0;

	while (waitpid(pid, &st, 0) < 0 && errno == EINTR)
		;
	st = WIFEXITED(st) ? WEXITSTATUS(st) : WTERMSIG(st) == SIGPIPE ? 0 : 128 + WTERMSIG(st);
	return st == 1 ? 0 : st;
}

static int run(struct duplex *d)
{
	int i, moved, status;
	bool failed = false, refused = false;

	for (;;) {
		moved = turn(d);
		if ((ended(d, LEFT) && drained(d, TO)) || d->port[TO].gone)
			close_port(d, TO);
		if (d->port[BACK_TO].gone)
			close_port(d, BACK_TO);
		if (d->port[RIGHT].gone || (ended(d, FROM) && drained(d, RIGHT)))
			break;
		if (lk_loop_wait(d->loop, moved || pending(d) ? 0 : -1) < 0)
			cmd_die(CMD_SYSTEM, "unable to wait for events: %s", strerror(errno));
	}
	close_port(d, TO);
	close_port(d, FROM);
	status = command_status(d->pid[0]);
	/* what is on the way back still gets there, if its command ends with its input */
	close_port(d, BACK_TO);
	while (!ended(d, BACK_FROM) || !drained(d, LEFT)) {
		moved = turn(d);
		if (d->port[LEFT].gone || (ended(d, BACK_FROM) && drained(d, LEFT)))
			break;
		if (lk_loop_wait(d->loop, moved || pending(d) ? 0 : -1) < 0)
			break;
	}
	for (i = 0; i < PORTS; i++) {
		failed |= d->port[i].failed;
		refused |= d->port[i].refused;
		close_port(d, i);
	}
	command_status(d->pid[1]);
	return status ? status : refused ? CMD_SYSTEM : failed ? CMD_NO : CMD_OK;
}

int cmd_duplex(int argc, char **argv)
{
	static const struct option options[] = {
		{ "back", required_argument, NULL, 'b' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	enum pkt_format output = PKT_FMT_NONE;
	char *back[2] = { NULL, NULL };
	struct duplex d = { .loop = NULL };
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+b:o:h", options, NULL)) != -1) {
		switch (opt) {
		case 'b':
			back[0] = optarg;
			break;
		case 'o':
			output = cmd_output_format(optarg, "-o");
			break;
		case 'h':
			usage(stdout);
			return CMD_OK;
		default:
			cmd_usage_error("unknown option, or one without its argument: '%s'", argv[optind - 1]);
		}
	}
	if (optind == argc)
		cmd_usage_error("no command");
	cmd_keep_standard_descriptors();
	cmd_write_signals(false);
	d.loop = lk_loop_new();
	if (!d.loop)
		cmd_die(CMD_SYSTEM, "unable to wait for events: %s", strerror(errno));
	start(&d, TO, FROM, argv + optind, "right");
	start(&d, BACK_TO, BACK_FROM, back[0] ? back : argv + optind, "left");
	open_port(&d, LEFT, "left", "stdio", "in", PKT_FMT_NONE);
	open_port(&d, RIGHT, "right", "stdio", "out", output);
	opt = run(&d);
	lk_loop_free(d.loop);
	return opt;
}
