/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test/bench/notify.c - what a system call costs that another process answers at once: one line "NAME value us"
 *
 * usage: notify NAME   The least that an attached program's call can cost on this machine: seccomp user notification and nothing else. The
 * supervisor waits in epoll, as an element has to, and answers 0 without a look at the caller.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/bench/bench.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS /* Linux 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#define SYNC_WAKE_UP 1ul
#define CALLS 1000

/* Installs the filter, waits until somebody serves it, makes the calls. */
static int caller(int sock, const char *name)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsockopt, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(code[0]), code };
	double each[BENCH_ROUNDS] = { 0 };
	char go;
	int fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return 111;
	fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
	if (fd < 0 || write(sock, &fd, sizeof(fd)) != sizeof(fd) || read(sock, &go, 1) != 1)
		return 111;
	for (int round = -1; round < BENCH_ROUNDS; round++) { /* the first is for the caches */
		const double start = bench_seconds(CLOCK_MONOTONIC);

		for (int i = 0; i < CALLS; i++)
			if (syscall(SYS_getsockopt, -1, 0, 0, NULL, NULL))
				return 1;
		if (round >= 0)
			each[round] = (bench_seconds(CLOCK_MONOTONIC) - start) / CALLS;
	}
	printf("%-28s %10.3f us\n", name, bench_median(each, BENCH_ROUNDS) * 1e6);
	return fflush(stdout) ? 111 : 0;
}

/* Answers until the caller has ended. */
static int serve(int listener)
{
	struct epoll_event ev = { .events = EPOLLIN };
	const int ep = epoll_create1(EPOLL_CLOEXEC);

	ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP); /* older kernels refuse */
	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, listener, &ev))
		return 111;
	for (;;) {
		struct seccomp_notif call = { 0 };
		struct seccomp_notif_resp answer = { 0 };

		if (epoll_wait(ep, &ev, 1, -1) != 1)
			return 111;
		if (ev.events & EPOLLHUP)
			return 0;
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
			continue;
		answer.id = call.id;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

int main(int argc, char **argv)
{
	int sock[2], fd, status, err = 111;
	pid_t pid;

	if (argc != 2 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock))
		return 111;
	pid = fork();
	if (!pid)
		_exit(caller(sock[1], argv[1]));
	close(sock[1]);
	if (pid > 0 && read(sock[0], &fd, sizeof(fd)) == sizeof(fd)) {
		const int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

		fd = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
		if (fd >= 0 && write(sock[0], "g", 1) == 1)
			err = serve(fd);
	}
	if (pid > 0 && err)
		kill(pid, SIGKILL);
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status ? err : 111;
}
