// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/spawn.c - start a program under the filter
 *
 * The child installs the filter and holds its listener; the parent takes the listener out of it with pidfd_getfd(2), which needs no
 * call of the child's that the filter might trap. Child and parent tell each other with two futex words in a shared page, for the
 * same reason. Yama's ptrace_scope 1 lets a parent look into its child.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/attach/internal.h"

static rlim_t descriptors; /* our soft limit before it was raised; 0: it was not */

void lk_attach_descriptors(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) || rl.rlim_cur == rl.rlim_max)
		return;
	descriptors = rl.rlim_cur;
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
}

struct hand {
	_Atomic int fd;	 /* 0: not yet; n + 1: the child's listener is descriptor n; below 0: -errno */
	_Atomic int go;	 /* the parent has it */
	_Atomic int end; /* the parent gave up */
};

/* Wait until *word is no longer @is; looks again every 20 ms, for a partner that died. */
static void wait_word(_Atomic int *word, int is)
{
	struct timespec ts = { .tv_nsec = 20 * 1000 * 1000 };

	if (atomic_load(word) == is)
		syscall(SYS_futex, word, FUTEX_WAIT, is, &ts, NULL, 0);
}

static void set_word(_Atomic int *word, int to)
{
	atomic_store(word, to);
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* fds 0, 1, 2 from @fd[], in whatever order they overlap. */
static int set_stdio(const int fd[3])
{
	int high[3];

	for (int i = 0; i < 3; i++) {
		high[i] = fcntl(fd[i], F_DUPFD_CLOEXEC, 3);
		if (high[i] < 0)
			return -errno;
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(high[i], i) < 0)
			return -errno;
		close(high[i]);
	}
	return 0;
}

/* What we or a shell in front of us ignore, not what a user wants to be ignored; handlers do not outlive exec. */
static void default_signals(void)
{
	static const int ours[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGXFSZ };
	sigset_t none;

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		signal(ours[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void child(char *const argv[], char *const envp[], const int fd[3], struct hand *hand, pid_t parent,
			    pid_t owner, struct sock_fprog *prog)
{
	struct rlimit rl;
	char msg[512];
	int n, err;

	err = set_stdio(fd);
	if (err) {
		set_word(&hand->fd, err);
		_exit(126);
	}
	default_signals();
	/* placeholders live at ATT_FD_BASE and above, and select() ends at 1024 */
	if (!getrlimit(RLIMIT_NOFILE, &rl)) {
		if (descriptors)
			rl.rlim_cur = descriptors;
		if (rl.rlim_cur < 1024)
			rl.rlim_cur = rl.rlim_max < 1024 ? rl.rlim_max : 1024;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
	/* this element's, in its first namespace (hangup.c) */
	if (!getrlimit(RLIMIT_LOCKS, &rl)) {
		rl.rlim_cur = att_mark(owner) << ATT_INDEX_BITS;
		if (rl.rlim_cur > rl.rlim_max)
			rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_LOCKS, &rl);
	}
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* Yama 1: the element need not be our ancestor */
	n = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!n)
		n = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				 SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, prog);
	if (n < 0 && errno == EINVAL) /* before 5.19: a signal may make a call happen twice (notify.c) */
		n = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, prog);
	if (n < 0) {
		set_word(&hand->fd, -errno);
		_exit(126);
	}
	set_word(&hand->fd, n + 1);
	while (!atomic_load(&hand->go)) {
		if (atomic_load(&hand->end) || getppid() != parent)
			_exit(126);
		wait_word(&hand->go, 0);
	}
	close(n);
	execvpe(argv[0], argv, envp);
	err = errno;
	n = snprintf(msg, sizeof(msg), "%s: unable to execute: %s\n", argv[0], strerror(err));
	if (n > (int)sizeof(msg) - 1)
		n = (int)sizeof(msg) - 1;
	if (write(2, msg, (size_t)n) < 0) {
		/* nobody to tell */
	}
	_exit(err == ENOENT ? 127 : 126);
}

pid_t lk_attach_spawn(char *const argv[], char *const envp[], const int fd[3], unsigned flags, pid_t owner, int *listener_fd)
{
	struct sock_fprog prog;
	struct hand *hand;
	pid_t self = getpid(), pid;
	int pidfd = -1, got = 0, err;

	*listener_fd = -1;
	att_filter(&prog, flags);
	hand = mmap(NULL, sizeof(*hand), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hand == MAP_FAILED)
		return -errno;
	pid = fork();
	if (pid < 0) {
		err = -errno;
		goto out;
	}
	if (!pid)
		child(argv, envp, fd, hand, self, owner, &prog);

	while (!(got = atomic_load(&hand->fd))) {
		siginfo_t si = { 0 };

		if (!waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) && si.si_pid == pid) {
			got = -ECHILD;
			break;
		}
		wait_word(&hand->fd, 0);
	}
	err = got;
	if (got > 0) {
		pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
		*listener_fd = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, got - 1, 0);
		err = *listener_fd < 0 ? -errno : 0;
	}
	if (err) {
		set_word(&hand->end, 1);
		set_word(&hand->go, 0);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
		}
	} else {
		set_word(&hand->go, 1);
	}
	if (pidfd >= 0)
		close(pidfd);
out:
	munmap(hand, sizeof(*hand));
	return err ? err : pid;
}
