/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd/element.c - the life of an element
 *
 * Theory of operation: one thread, one loop. Each turn takes frames from the ports whose gates are open, runs the guest until it is
 * idle, moves on the attached programs' calls, writes out what was sent, sets the gates anew, and sleeps until a descriptor or the
 * guest's next timer has something to do.
 *
 * Gates (lk/netdev.h) keep frames where they are while the way on is blocked. Let left be toward the beginning of the chain. A left
 * port waits for room on every other port and for room on its own way back; any other port waits only for room on the left ones.
 * So to the right nothing is lost, to the left the chain drains into its first element, which waits for nobody: no cycle, no
 * deadlock. What an element sends to the right in answer to something from the right is the one thing that may have to be dropped;
 * it is counted.
 *
 * The end: no port can bring a frame any more and no script is running -> the guest finishes what it holds (addresses being
 * resolved, queueing disciplines: lk_busy()), the output drains, the programs that are left are told to end, exit. If every reader has
 * gone, at once. A script that ran on after `stdpkt up` may have closed connections whose last bytes are still on their way: these
 * get LINGER_NS.
 */
#include "cmd/element.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/control.h"
#include "lk/boot.h"

#define BATCH 256 /* frames taken from a port before the guest runs */
/* Frames and their bytes, in and out, between two sleeps: somebody waits for the answer to so few. Of more it matters how many they are. */
#define FEW_FRAMES 8
#define FEW_BYTES 8192
#define LINGER_NS 5000000000ull /* for TCP connections to end after the program that had them */
#define INTERRUPTED_NS 1000000000ull /* for a script in the foreground to end after ^C */

/* The host's clock, also where the guest's is virtual. */
static uint64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void on_signal(void *arg, uint32_t events)
{
	struct element *e = arg;
	struct signalfd_siginfo si;

	(void)events;
	while (read(e->signal_fd, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD) {
			int st;
			pid_t pid;

			while ((pid = waitpid(-1, &st, WNOHANG)) > 0) {
				if (pid != e->script)
					continue;
				e->script = 0;
				if (e->hangup)
					continue; /* our end is not because of its */
				st = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
				if (e->script_foreground && !e->opt.clock_packets)
					e->linger_ns = monotonic_ns() + LINGER_NS;
				if (st || e->script_foreground) {
					e->status = st;
					e->ending = true;
				} else {
					element_pass(e);
				}
			}
			continue;
		}
		/* the first one ends in good order; a script in the foreground got it too and decides by itself how to end */
		if (e->ending)
			_exit(128 + si.ssi_signo);
		if (si.ssi_signo == SIGINT && e->script_foreground && e->script) {
			e->interrupted_ns = monotonic_ns() + INTERRUPTED_NS;
			continue;
		}
		if (e->script)
			kill(e->script, si.ssi_signo);
		e->status = 128 + si.ssi_signo;
		e->ending = true;
	}
}

void element_report(const struct element *e, const char *phase)
{
	struct rusage ru;

	if (!e->t0_ns)
		return;
	getrusage(RUSAGE_SELF, &ru);
	fprintf(stderr, "%s after %" PRIu64 " ns, %ld page faults\n", phase, monotonic_ns() - e->t0_ns, ru.ru_minflt);
}

void element_init(struct element *e, const struct element_options *opt, const char *base)
{
	const char *t0 = getenv("STDPKT_BENCH_T0");
	sigset_t set;
	size_t n;

	memset(e, 0, sizeof(*e));
	e->opt = *opt;
	base = strrchr(base, '/') ? strrchr(base, '/') + 1 : base;
	n = strspn(base, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
	snprintf(e->name, sizeof(e->name), "%.*s.%d", n > 24 ? 24 : (int)n, base, (int)getpid());
	e->t0_ns = t0 ? strtoull(t0, NULL, 10) : 0;
	element_report(e, "program");
	e->loop = lk_loop_new();
	if (!e->loop)
		cmd_die(CMD_SYSTEM, "unable to wait for events: %s", strerror(errno));
	lk_attach_descriptors();
	cmd_write_signals(false);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	e->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (e->signal_fd < 0)
		cmd_die(CMD_SYSTEM, "unable to wait for signals: %s", strerror(errno));
	e->signal_watch = lk_loop_add(e->loop, e->signal_fd, EPOLLIN, on_signal, e);
}

void element_start_program(struct element *e, char *const argv[], const int fd[3])
{
	int listener = -1, err;

	if (access("/proc/self/fd", X_OK))
		cmd_die(CMD_SYSTEM, "unable to start %s: /proc is not there, and without it programs cannot be served", argv[0]);
	e->script = lk_attach_spawn(argv, spawn_environment(e->name), fd, e->opt.root ? LK_ATTACH_ROOT : 0, getpid(), &listener);
	if (e->script < 0)
		spawn_failed(argv[0], -e->script);
	err = lk_attach_serve(e->attach, listener);
	if (err)
		cmd_die(CMD_SYSTEM, "unable to serve %s: %s", argv[0], strerror(-err));
	lk_attach_guard();
}

void element_start_script(struct element *e, char *const argv[])
{
	const int null = open("/dev/null", O_RDONLY | O_CLOEXEC), fd[3] = { null, STDERR_FILENO, STDERR_FILENO };

	element_start_program(e, argv, fd);
	close(null);
}

static void follow_addresses(struct element *e)
{
	if (guest_addresses_changed())
		for (int i = 0; i < e->ports; i++)
			guest_port_mac(&e->port[i]);
}

void element_pass(struct element *e)
{
	if (e->passing)
		return;
	follow_addresses(e);
	e->passing = true;
}

static void set_gates(struct element *e)
{
	bool left_full = false, other_full = false, way_out = false;
	int i;

	for (i = 0; i < e->ports; i++) {
		const struct lk_port *p = &e->port[i].port;
		bool full = !e->port[i].closed && p->ops->full(p);

		*(e->port[i].left ? &left_full : &other_full) |= full;
		way_out |= !e->port[i].left && !p->ops->drained(p);
	}
	for (i = 0; i < e->ports; i++) {
		struct lk_port *p = &e->port[i].port;
		bool gated = !e->passing || (e->closing && (e->port[i].left || !way_out)) || left_full || (e->port[i].left && other_full);

		if (gated != p->gated) {
			p->gated = gated;
			p->ops->gate(p);
		}
	}
}

static void take_frames(struct element *e)
{
	int i, n = 0;

	for (i = 0; i < e->ports; i++) {
		struct lk_port *p = &e->port[i].port;

		if (p->gated)
			continue;
		n += p->ops->pump(p, BATCH);
	}
	if (n && e->t0_ns) {
		element_report(e, "frame");
		e->t0_ns = 0;
	}
}

static bool readers_gone(const struct element *e)
{
	bool gone = false;

	for (int i = 0; i < e->ports; i++) {
		const struct lk_port *p = &e->port[i].port;

		if (p->gone)
			gone = true;
		else if (!e->port[i].left)
			return false;
	}
	return gone;
}

/* Everything that could bring frames has ended. */
static bool over(const struct element *e)
{
	int i;

	/* of a chain that ^C ends, neighbours go at once, while a script in the foreground still has something to say: ping, for one */
	if (e->ending || (readers_gone(e) && !(e->script && e->interrupted_ns > monotonic_ns())))
		return true;
	if (!e->passing || e->script)
		return false;
	for (i = 0; i < e->ports; i++)
		if (!e->port[i].port.ops->ended(&e->port[i].port))
			return false;
	return true;
}

static bool drained(const struct element *e)
{
	int i;

	for (i = 0; i < e->ports; i++)
		if (!e->port[i].port.ops->drained(&e->port[i].port))
			return false;
	return true;
}

/* Connections of programs that have ended are not at their end, and somebody is there to finish them with. */
static bool unfinished(const struct element *e)
{
	struct lk_attach_stats st;
	bool alive = false;
	int i;

	if (!e->linger_ns || monotonic_ns() >= e->linger_ns)
		return false;
	lk_attach_stats(e->attach, &st);
	for (i = 0; i < e->ports; i++) {
		const struct lk_port *p = &e->port[i].port;

		alive |= !p->gone && !(e->port[i].left && p->ops->ended(p));
	}
	return alive && (st.open || guest_tcp_orphans());
}

/*
 * It is over(); whether this is the end. Before it nothing more is taken from the left, and from elsewhere only as long as something has
 * to go there, so that nobody waits for us who we wait for: who sends without a pause would put the end off for ever.
 */
static bool finished(struct element *e)
{
	const bool late = e->linger_ns && monotonic_ns() >= e->linger_ns;

	/* a signal does not wait for what the guest still holds */
	if (!e->closing && (e->status >= 128 || ((readers_gone(e) || late || !lk_busy()) && !unfinished(e)))) {
		e->closing = true;
		for (int i = 0; i < e->ports; i++)
			if (e->port[i].port.ops->end)
				e->port[i].port.ops->end(&e->port[i].port);
	}
	return e->closing && drained(e);
}

static bool pending(const struct element *e)
{
	int i;

	for (i = 0; i < e->ports; i++) {
		const struct lk_port *p = &e->port[i].port;

		if (!p->gated && p->ops->pending(p))
			return true;
	}
	return false;
}

static int64_t until_next(const struct element *e)
{
	const uint64_t now = monotonic_ns(), guest = lk_deadline_ns();
	uint64_t next = lk_attach_deadline_ns(e->attach);

	if (guest != UINT64_MAX && !e->opt.clock_packets) { /* the packets' time passes with the packets */
		const uint64_t guest_now = lk_time_ns(), then = now + (guest > guest_now ? guest - guest_now : 0);

		next = then < next ? then : next;
	}
	if (e->linger_ns && e->linger_ns < next)
		next = e->linger_ns;
	if (e->interrupted_ns > now && e->interrupted_ns < next)
		next = e->interrupted_ns;
	if (next == UINT64_MAX)
		return -1;
	return next > now ? (int64_t)(next - now) : 0;
}

/* One turn of the loop up to the point where it would sleep. True: the guest may have more to do, whatever comes in. */
static bool turn(struct element *e)
{
	bool served;
	int i;

	e->stamps = 0;
	take_frames(e);
	lk_run();
	served = lk_attach_poll(e->attach);
	if (!e->passing)
		follow_addresses(e);
	for (i = 0; i < e->ports; i++)
		e->port[i].port.ops->flush(&e->port[i].port);
	set_gates(e);
	return served;
}

/* Since the last time that this was asked: before each sleep. */
static bool few_moved(struct element *e)
{
	uint64_t frames = 0, bytes = 0;
	bool few;

	for (int i = 0; i < e->ports; i++) {
		const struct lk_port_stats *st = &e->port[i].port.stats;

		frames += st->rx_frames + st->tx_frames;
		bytes += st->rx_bytes + st->tx_bytes;
	}
	few = frames - e->slept_frames <= FEW_FRAMES && bytes - e->slept_bytes <= FEW_BYTES;
	e->slept_frames = frames;
	e->slept_bytes = bytes;
	return few;
}

static void wait_for_work(struct element *e, bool now)
{
	if (!now)
		lk_loop_sleep_lightly(e->loop, few_moved(e) && e->passing);
	if (lk_loop_wait(e->loop, now ? 0 : until_next(e)) < 0)
		cmd_die(CMD_SYSTEM, "unable to wait for events: %s", strerror(errno));
}

int element_turns_until_passing(struct element *e)
{
	while (!e->passing && !e->ending)
		wait_for_work(e, turn(e) || pending(e));
	return e->status;
}

/* STDPKT_STATS: what `stdpkt ls` would have said last */
static void say_counters(const struct element *e)
{
	const char *wanted = getenv("STDPKT_STATS");
	char text[CONTROL_MESSAGE_MAX], *rest = text, *line;

	if (!wanted || !*wanted)
		return;
	text[element_counters(e, text, sizeof(text) - 1)] = 0;
	while ((line = strsep(&rest, "\n")) && *line)
		cmd_warn("%s", line);
}

int element_main(struct element *e)
{
	int i, status;

	set_gates(e);
	for (;;) {
		const bool again = turn(e);

		if (over(e)) {
			e->hangup = e->hangup || e->ending || e->script;
			if (e->hangup && lk_attach_hang_up(e->attach))
				goto sleep;
			if (e->opt.clock_packets && lk_busy() && lk_deadline_ns() != UINT64_MAX) {
				lk_time_advance(lk_deadline_ns()); /* no packet will move the clock any more */
				continue;
			}
			if (finished(e)) {
				if (e->hangup)
					break;
				e->hangup = true; /* the next turn tells those that are left */
				continue;
			}
		}
	sleep:
		wait_for_work(e, again || pending(e));
	}
	/* the programs' sockets close, and what the guest says about that (a FIN) still goes out */
	control_close(e->control);
	lk_attach_free(e->attach);
	lk_run();
	status = e->status;
	for (i = 0; i < e->ports; i++)
		e->port[i].port.ops->flush(&e->port[i].port);
	say_counters(e);
	for (i = 0; i < e->ports; i++) {
		struct lk_port *p = &e->port[i].port;
		char why[256];

		if ((p->refused || p->failed) && !status)
			status = p->refused ? CMD_SYSTEM : CMD_NO;
		p->ops->close(p);
		p->stats.rx_bad = 0; /* said already */
		if (!p->gone && element_drops(p, why, sizeof(why))) /* a reader that has gone wants no words */
			cmd_warn("%s: %s: frames dropped: %s", e->name, p->name, why);
	}
	lk_loop_del(e->signal_watch);
	lk_loop_free(e->loop);
	close(e->signal_fd);
	return status;
}
