// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/filter.c - the seccomp filter of attached programs
 *
 * Written as BPF by hand: three kinds of test do not need libseccomp, a static program stays small, and nothing is allocated
 * between fork and exec. The kernel runs the filter once per number when it is installed and remembers which numbers are always
 * allowed (SECCOMP_CACHE, 5.11). So that this is quick (0.4 ms on a slow machine otherwise) numbers are looked for by halves, not one after
 * another. seccomp(2), linux/bpf_common.h.
 *
 * Never trapped: close, dup2, dup3, epoll, exec. They work on the placeholder descriptors by themselves. Nor fork: a signal
 * that comes before a notification has been received makes it EINTR, which nobody expects of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "lib/attach/internal.h"

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#else
#error "lib/attach/filter.c: which AUDIT_ARCH is this?"
#endif

enum test {
	FD,	/* notify when descriptor argument 0 may be a placeholder */
	STAT,	/* the same, or a copy of a file */
	WRITE,	/* the same, and short writes to stdout: `echo 1 > /proc/sys/net/...` must be able to fail */
	IOCTL,	/* the same, and every socket ioctl (type 0x89): stream sockets have low numbers */
	DUPFD,	/* the same for F_DUPFD: a copy of a placeholder shall be one that is trapped */
	ALWAYS, /* notify */
	NOUNIX, /* notify unless argument 0 is AF_UNIX */
	NEWNET, /* notify when argument 0 has CLONE_NEWNET or CLONE_NEWNS */
	STAT2,	/* with AT_EMPTY_PATH in argument 2 (libc's fstat) like STAT, else notify */
	STAT3,	/* the same, argument 3 */
	MAPFD,	/* notify when descriptor argument 4 may be a placeholder */
	ABSENT, /* ENOSYS */
	DENIED, /* EPERM */
	ZERO,	/* 0 when the program shall believe that it is root */
	ROOT,	/* notify then: cred.c */
};

static const struct rule {
	int nr;
	enum test test;
} rules[] = {
	{ SYS_read, FD },
	{ SYS_write, WRITE },
	{ SYS_openat, ALWAYS },
	{ SYS_newfstatat, STAT3 },
	{ SYS_fstat, STAT },
	{ SYS_lseek, FD },
	{ SYS_mmap, MAPFD },
	{ SYS_recvmsg, ALWAYS },
	{ SYS_sendmsg, ALWAYS },
	{ SYS_recvfrom, ALWAYS },
	{ SYS_sendto, ALWAYS },
	{ SYS_readv, FD },
	{ SYS_writev, FD },
	{ SYS_pread64, FD },
	{ SYS_pwrite64, FD },
	{ SYS_preadv, FD },
	{ SYS_pwritev, FD },
	{ SYS_preadv2, FD },
	{ SYS_pwritev2, FD },
	{ SYS_ioctl, IOCTL },
	{ SYS_getdents64, FD },
	{ SYS_fsync, FD },
	{ SYS_ftruncate, FD },
	{ SYS_dup, FD },
	{ SYS_fcntl, DUPFD },
#ifdef SYS_poll
	{ SYS_poll, ALWAYS },
	{ SYS_select, ALWAYS },
#endif
	{ SYS_ppoll, ALWAYS },
	{ SYS_pselect6, ALWAYS },
	{ SYS_splice, FD },
	{ SYS_recvmmsg, ALWAYS },
	{ SYS_sendmmsg, ALWAYS },
	{ SYS_socket, NOUNIX },
	{ SYS_socketpair, NOUNIX },
	{ SYS_connect, ALWAYS },
	{ SYS_bind, ALWAYS },
	{ SYS_listen, ALWAYS },
	{ SYS_accept, ALWAYS },
	{ SYS_accept4, ALWAYS },
	{ SYS_setsockopt, ALWAYS },
	{ SYS_getsockopt, ALWAYS },
	{ SYS_getsockname, ALWAYS },
	{ SYS_getpeername, ALWAYS },
	{ SYS_shutdown, ALWAYS },
	{ SYS_openat2, ALWAYS },
	{ SYS_statx, STAT2 },
	{ SYS_faccessat, ALWAYS },
	{ SYS_faccessat2, ALWAYS },
	{ SYS_readlinkat, ALWAYS },
	{ SYS_getxattr, ALWAYS },
	{ SYS_lgetxattr, ALWAYS },
	{ SYS_listxattr, ALWAYS },
	{ SYS_llistxattr, ALWAYS },
#ifdef SYS_open
	{ SYS_open, ALWAYS },
	{ SYS_stat, ALWAYS },
	{ SYS_lstat, ALWAYS },
	{ SYS_access, ALWAYS },
	{ SYS_readlink, ALWAYS },
#endif
	{ SYS_mkdirat, ALWAYS },
	{ SYS_unlinkat, ALWAYS },
#ifdef SYS_mkdir
	{ SYS_mkdir, ALWAYS },
	{ SYS_unlink, ALWAYS },
	{ SYS_rmdir, ALWAYS },
#endif
	{ SYS_mount, ALWAYS },
	{ SYS_umount2, ALWAYS },
	{ SYS_unshare, NEWNET },
	{ SYS_setns, ALWAYS },
	{ SYS_clone, NEWNET },
	{ SYS_getuid, ROOT },
	{ SYS_geteuid, ROOT },
	{ SYS_getgid, ZERO },
	{ SYS_getegid, ZERO },
	{ SYS_getgroups, ZERO },
	{ SYS_getresuid, ROOT },
	{ SYS_getresgid, ROOT },
	{ SYS_setuid, ROOT },
	{ SYS_setreuid, ROOT },
	{ SYS_setresuid, ROOT },
	{ SYS_setgid, ROOT },
	{ SYS_setregid, ROOT },
	{ SYS_setresgid, ROOT },
	{ SYS_setgroups, ROOT },
	{ SYS_capget, ROOT },
	{ SYS_capset, ROOT },
	{ SYS_prctl, ROOT },
	{ SYS_clone3, ABSENT }, /* its flags are in memory; libc falls back to clone */
	{ SYS_bpf, DENIED }, /* the host's, while all that it is for is the guest's (ip vrf exec, tc ... bpf) */
	{ SYS_io_uring_setup, ABSENT }, /* would carry socket calls past us */
};

#define NRULES (sizeof(rules) / sizeof(rules[0]))
static struct rule sorted[NRULES]; /* by number */

#define ARG_LO(n) (offsetof(struct seccomp_data, args) + 8 * (n)) /* little endian: the low half */

/* The program being made. */
static struct sock_filter code[16 + 14 * NRULES];
static unsigned short made;

#define OP(...) code[made++] = (struct sock_filter)__VA_ARGS__
#define LOAD(off) OP(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(off)))
#define IF(cond, k, jt, jf) OP(BPF_JUMP(BPF_JMP | (cond) | BPF_K, (k), (jt), (jf)))
#define RET(k) OP(BPF_STMT(BPF_RET | BPF_K, (k)))

/* What becomes of the calls with @r's number: every way through it ends in a RET. */
static void add_test(const struct rule *r)
{
	const uint32_t allow = SECCOMP_RET_ALLOW, notify = SECCOMP_RET_USER_NOTIF;

	switch (r->test) {
	case FD:
	case STAT:
		LOAD(ARG_LO(0));
		IF(BPF_JGE, r->test == FD ? ATT_FD_BASE : ATT_COPY_BASE, 0, 1);
		RET(notify);
		RET(allow);
		break;
	case WRITE:
		LOAD(ARG_LO(0));
		IF(BPF_JGE, ATT_FD_BASE, 3, 0);
		IF(BPF_JEQ, 1, 0, 3);
		LOAD(ARG_LO(2));
		IF(BPF_JGT, 256, 1, 0);
		RET(notify);
		RET(allow);
		break;
	case IOCTL:
		LOAD(ARG_LO(0));
		IF(BPF_JGE, ATT_FD_BASE, 3, 0);
		LOAD(ARG_LO(1));
		OP(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff00));
		IF(BPF_JEQ, 0x8900, 0, 1);
		RET(notify);
		RET(allow);
		break;
	case DUPFD:
		LOAD(ARG_LO(0));
		IF(BPF_JGE, ATT_FD_BASE, 0, 4);
		LOAD(ARG_LO(1));
		IF(BPF_JEQ, F_DUPFD, 1, 0);
		IF(BPF_JEQ, F_DUPFD_CLOEXEC, 0, 1);
		RET(notify);
		RET(allow);
		break;
	case ALWAYS:
	case ROOT:
		RET(notify);
		break;
	case NOUNIX:
		LOAD(ARG_LO(0));
		IF(BPF_JEQ, AF_UNIX, 0, 1);
		RET(allow);
		RET(notify);
		break;
	case NEWNET:
		LOAD(ARG_LO(0));
		IF(BPF_JSET, CLONE_NEWNET | CLONE_NEWNS, 0, 1);
		RET(notify);
		RET(allow);
		break;
	case STAT2:
	case STAT3:
		LOAD(ARG_LO(r->test == STAT2 ? 2 : 3));
		IF(BPF_JSET, AT_EMPTY_PATH, 0, 2);
		LOAD(ARG_LO(0));
		IF(BPF_JGE, ATT_COPY_BASE, 0, 1);
		RET(notify);
		RET(allow);
		break;
	case MAPFD: /* -1: none */
		LOAD(ARG_LO(4));
		IF(BPF_JGE, 0x80000000U, 1, 0);
		IF(BPF_JGE, ATT_FD_BASE, 1, 0);
		RET(allow);
		RET(notify);
		break;
	case ABSENT:
		RET(SECCOMP_RET_ERRNO | ENOSYS);
		break;
	case DENIED:
		RET(SECCOMP_RET_ERRNO | EPERM);
		break;
	case ZERO:
		RET(SECCOMP_RET_ERRNO | 0);
		break;
	}
}

/* Of the rules [from, to), which are in the order of their numbers; others are allowed. */
static void add_rules(size_t from, size_t to)
{
	unsigned short at;

	if (to - from > 2) {
		const size_t middle = from + (to - from) / 2;

		IF(BPF_JGE, (uint32_t)sorted[middle].nr, 0, 1);
		at = made;
		OP(BPF_STMT(BPF_JMP | BPF_JA, 0)); /* over the lower half: farther than a condition can jump */
		add_rules(from, middle);
		code[at].k = made - at - 1U;
		add_rules(middle, to);
		return;
	}
	for (; from < to; from++) {
		at = made;
		IF(BPF_JEQ, (uint32_t)sorted[from].nr, 0, 0);
		add_test(&sorted[from]);
		code[at].jf = (uint8_t)(made - at - 1);
	}
	RET(SECCOMP_RET_ALLOW);
}

static int by_number(const void *a, const void *b)
{
	return ((const struct rule *)a)->nr - ((const struct rule *)b)->nr;
}

/* att_filter() - the program in a static buffer, with LK_ATTACH_ROOT in @flags for one that shall believe that it is root. */
void att_filter(struct sock_fprog *prog, unsigned flags)
{
	size_t n = 0;

	for (size_t i = 0; i < NRULES; i++)
		if (flags & LK_ATTACH_ROOT || (rules[i].test != ZERO && rules[i].test != ROOT))
			sorted[n++] = rules[i];
	qsort(sorted, n, sizeof(sorted[0]), by_number);
	made = 0;
	LOAD(offsetof(struct seccomp_data, arch));
	IF(BPF_JEQ, THIS_ARCH, 1, 0);
	RET(SECCOMP_RET_ERRNO | ENOSYS); /* 32-bit programs have other numbers: refuse rather than let them past */
	LOAD(offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
	IF(BPF_JGE, 0x40000000U, 0, 1); /* x32 */
	RET(SECCOMP_RET_ERRNO | ENOSYS);
#endif
	add_rules(0, n);
	prog->len = made;
	prog->filter = code;
}
