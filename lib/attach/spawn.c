// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/spawn.c - start a program under the filter
 *
 * The child installs the filter and holds its listener; the parent takes the listener out of it with pidfd_getfd(2), which needs no
 * call of the child's that the filter might trap. Child and parent tell each other with two futex words, for the same reason. Yama's
 * ptrace_scope 1 lets a parent look into its child.
 *
 * The child runs in the parent's memory, as vfork(2)'s does: a copy of an element's costs a third of a millisecond, and a fault for each
 * page that the element then writes. So until the child has become its program or ended, of which a pipe tells that closes with it, the parent
 * does nothing that the child could disturb (errno is both's), and the child nothing that the filter traps, or that takes a lock.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <sched.h>
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

#define STACK 65536 /* of the child, besides what execvpe(3) puts there: a copy of argv, PATH */

/* What parent and child say to each other, and what the child is to do. */
struct start {
	_Atomic int fd;	 /* 0: not yet; n + 1: the child's listener is descriptor n; below 0: -errno */
	_Atomic int go;	 /* the parent has it */
	_Atomic int end; /* the parent gave up */
	_Atomic int err; /* errno of an exec that failed */
	char *const *argv, *const *envp;
	const int *stdio;
	pid_t parent, owner;
	struct sock_fprog prog;
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

static int child(void *arg)
{
	struct start *s = arg;
	struct rlimit rl;
	int n, err;

	err = set_stdio(s->stdio);
	if (err) {
		set_word(&s->fd, err);
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
		rl.rlim_cur = att_mark(s->owner) << ATT_INDEX_BITS;
		if (rl.rlim_cur > rl.rlim_max)
			rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_LOCKS, &rl);
	}
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* Yama 1: the element need not be our ancestor */
	n = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!n)
		n = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				 SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &s->prog);
	if (n < 0 && errno == EINVAL) /* before 5.19: a signal may make a call happen twice (notify.c) */
		n = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &s->prog);
	if (n < 0) {
		set_word(&s->fd, -errno);
		_exit(126);
	}
	set_word(&s->fd, n + 1);
	while (!atomic_load(&s->go)) {
		if (atomic_load(&s->end) || getppid() != s->parent)
			_exit(126);
		wait_word(&s->go, 0);
	}
	close(n);
	execvpe(s->argv[0], s->argv, s->envp);
	atomic_store(&s->err, errno);
	_exit(errno == ENOENT ? 127 : 126);
}

/* The child's listener, when it has one: 0, or -errno. */
static int take_listener(struct start *s, pid_t pid, int *listener_fd)
{
	int got, pidfd, err;

	while (!(got = atomic_load(&s->fd))) {
		siginfo_t si = { 0 };

		if (!waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) && si.si_pid == pid)
			return -ECHILD;
		wait_word(&s->fd, 0);
	}
	if (got < 0)
		return got;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	*listener_fd = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, got - 1, 0);
	err = *listener_fd < 0 ? -errno : 0;
	if (pidfd >= 0)
		close(pidfd);
	return err;
}

/* A sanitizer would take the child's use of its parent's memory for the parent's. */
#ifdef __SANITIZE_ADDRESS__
#define MEMORY MAP_SHARED
static pid_t start(struct start *s)
{
	const pid_t pid = fork();

	return pid ? pid : child(s);
}
#else
#define MEMORY MAP_PRIVATE
static pid_t start(struct start *s)
{
	return clone(child, s, CLONE_VM | SIGCHLD, s);
}
#endif

pid_t lk_attach_spawn(char *const argv[], char *const envp[], const int fd[3], unsigned flags, pid_t owner, int *listener_fd)
{
	const char *path = getenv("PATH");
	size_t size = STACK + sizeof(struct start) + (path ? strlen(path) : 0);
	struct start *s;
	sigset_t all, mask;
	int tell[2], err;
	char *memory, c;
	pid_t pid = -1;

	*listener_fd = -1;
	for (size_t i = 0; argv[i]; i++)
		size += sizeof(argv[i]);
	size = (size + 4095) & ~4095ul;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MEMORY | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	if (pipe2(tell, O_CLOEXEC)) {
		err = -errno;
		goto out;
	}
	s = (struct start *)memory + (size / sizeof(*s) - 1); /* the stack grows down from there */
	*s = (struct start){ .argv = argv, .envp = envp, .stdio = fd, .parent = getpid(), .owner = owner };
	att_filter(&s->prog, flags);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask); /* our handlers are not for the child to run, nor to interrupt the wait for its end */
	pid = start(s);
	err = pid < 0 ? -errno : 0;
	close(tell[1]);
	if (!err)
		err = take_listener(s, pid, listener_fd);
	if (pid > 0) {
		set_word(err ? &s->end : &s->go, 1);
		while (read(tell[0], &c, 1) > 0) {
		}
		if (err)
			waitpid(pid, NULL, 0);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	close(tell[0]);
	if (!err && s->err)
		dprintf(fd[2], "%s: unable to execute: %s\n", argv[0], strerror(s->err));
out:
	munmap(memory, size);
	return err ? err : pid;
}
