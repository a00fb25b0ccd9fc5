// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/hangup.c - attached programs end with their element, as those of a host do that is shut down
 *
 * Theory of operation
 *
 * Goal: no program is left behind whose calls nobody serves. It would get ENOSYS for ever, and one that tries again and again
 * would take a processor for itself.
 *
 * Who. Parents end before their children, daemons leave session and process group; what stays with all of them is a resource limit.
 * Every program begins marked as its element's, in the soft RLIMIT_LOCKS (netns.c says why that one), and /proc is searched for
 * the mark.
 *
 * How. SIGHUP, as from a terminal that goes away; who makes something else of that gets SIGTERM, and at last SIGKILL. Meanwhile the
 * element serves, so connections are closed in good order. When all have gone their listeners hang up, and nobody has to wait longer.
 *
 * An element that cannot do that any more, because it crashed or was killed, has a guard: a process that was forked when the first
 * program came, or better before there was a guest, whose memory would be copied; it holds nothing but a pidfd of its parent, and does the
 * same when that has ended. It goes with the last program.
 *
 * Limits: a program that sets the limit itself is not found.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#define GUARDED 256 /* programs that the guard waits for at a time */

static const struct {
	int signal;
	unsigned wait_ms; /* until the next one */
} step[] = { { SIGHUP, 200 }, { SIGTERM, 1000 }, { SIGKILL, 1000 } };

#define STEPS (sizeof(step) / sizeof(step[0]))

uint64_t att_mark(pid_t element)
{
	return 1ULL << (62 - ATT_INDEX_BITS) | (uint64_t)element;
}

static bool marked(pid_t pid, uint64_t mark)
{
	char path[32], buf[4096], *at;
	struct rlimit rl;

	if (!prlimit(pid, RLIMIT_LOCKS, NULL, &rl))
		return rl.rlim_cur >> ATT_INDEX_BITS == mark;
	if (errno != EPERM || geteuid())
		return false;
	/* root without CAP_SYS_RESOURCE: a program of ours may have become somebody else */
	snprintf(path, sizeof(path), "/proc/%d/limits", (int)pid);
	at = att_read_proc(path, buf, sizeof(buf)) ? strstr(buf, "\nMax file locks") : NULL;
	return at && strtoull(at + 15, NULL, 10) >> ATT_INDEX_BITS == mark;
}

bool att_is_ours(const struct lk_attach *a, pid_t pid)
{
	return marked(pid, a->ns_tag);
}

/* Signal @sig to all that bear @mark; how many there were. The first @room of them as pidfds in @fd[]. */
static unsigned tell(uint64_t mark, int sig, int *fd, unsigned room)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	unsigned n = 0;

	while (d && (e = readdir(d))) {
		const pid_t pid = *e->d_name > '0' && *e->d_name <= '9' ? atoi(e->d_name) : 0;
		int pidfd;

		if (pid <= 0 || pid == getpid() || !marked(pid, mark))
			continue;
		pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
		if (pidfd < 0)
			continue;
		if (marked(pid, mark)) { /* still the same process */
			syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
			syscall(SYS_pidfd_send_signal, pidfd, SIGCONT, NULL, 0);
			if (n < room) {
				fd[n] = pidfd;
				pidfd = -1;
			}
			n++;
		}
		if (pidfd >= 0)
			close(pidfd);
	}
	if (d)
		closedir(d);
	return n;
}

/* ---- by the element ---- */

static bool alive(const struct lk_attach *a)
{
	for (struct att_list *n = a->listeners.next; n != &a->listeners; n = n->next) {
		struct pollfd p = { .fd = att_entry(n, struct att_listener, node)->fd };

		if (poll(&p, 1, 0) != 1 || !(p.revents & POLLHUP))
			return true;
	}
	return false;
}

bool lk_attach_hang_up(struct lk_attach *a)
{
	const uint64_t now = att_now_ns();
	const bool some = alive(a);

	if (some && now < a->hangup_ns)
		return true;
	a->hangup_ns = 0;
	if (!some || a->hangup_step == STEPS || !tell(a->ns_tag, step[a->hangup_step].signal, NULL, 0))
		return false;
	a->hangup_ns = now + step[a->hangup_step++].wait_ms * 1000000ULL;
	return true;
}

/* ---- by its guard ---- */

static void wait_for(struct pollfd *p, unsigned n, unsigned ms)
{
	const uint64_t until = att_now_ns() + ms * 1000000ULL;

	for (unsigned left = n; left;) {
		const uint64_t now = att_now_ns();

		if (now >= until || poll(p, n, (int)((until - now) / 1000000) + 1) <= 0)
			return;
		for (unsigned i = 0; i < n; i++) {
			if (p[i].fd >= 0 && p[i].revents) {
				p[i].fd = -1; /* nobody else needs the descriptor */
				left--;
			}
		}
	}
}

static _Noreturn void guard(pid_t parent, int pidfd)
{
	const uint64_t mark = att_mark(parent);
	struct pollfd p[GUARDED];
	int fd[GUARDED];
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	prctl(PR_SET_NAME, "stdpkt-guard");
	dup2(pidfd, 0); /* the element's descriptors would not be closed with it */
	close_range(1, ~0U, 0);
	if (chdir("/")) {
		/* a file system stays busy a little longer */
	}
	p[0] = (struct pollfd){ .fd = 0, .events = POLLIN };
	while (poll(p, 1, -1) < 0) {
	}
	for (unsigned i = 0; i < STEPS; i++) {
		unsigned n = tell(mark, step[i].signal, fd, GUARDED);

		if (!n)
			break;
		if (n > GUARDED)
			n = GUARDED;
		for (unsigned j = 0; j < n; j++)
			p[j] = (struct pollfd){ .fd = fd[j], .events = POLLIN };
		wait_for(p, n, step[i].wait_ms);
		close_range(1, ~0U, 0);
	}
	_exit(0);
}

static int guarding = -1; /* pidfd of this process's guard; -1: there is none */

void lk_attach_guard(void)
{
	const pid_t self = getpid();
	int pidfd;
	pid_t pid;

	if (guarding >= 0)
		return;
	pidfd = (int)syscall(SYS_pidfd_open, self, 0);
	if (pidfd < 0)
		return;
	pid = fork();
	if (!pid)
		guard(self, pidfd);
	close(pidfd);
	if (pid > 0)
		guarding = (int)syscall(SYS_pidfd_open, pid, 0);
}

void att_guard_end(void)
{
	siginfo_t si;

	if (guarding < 0)
		return;
	syscall(SYS_pidfd_send_signal, guarding, SIGKILL, NULL, 0);
	while (waitid((idtype_t)3 /* P_PIDFD */, (id_t)guarding, &si, WEXITED) < 0 && errno == EINTR) {
	}
	close(guarding);
	guarding = -1;
}
