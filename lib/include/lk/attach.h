/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lk/attach.h - unmodified programs whose network system calls are served by the guest
 *
 * A program is started under a seccomp filter (lib/attach/filter.c); the listener descriptor of that filter goes to the
 * element, which serves it (lk_attach_serve()) from its event loop. No privilege, no ptrace, no preload.
 *
 * The host: Linux 5.14 (5.19 to be safe from signals, 6.6 for speed), the element with the user id of the programs, or root. Under Yama's
 * ptrace_scope 1 the element must be an ancestor of the programs, else only the spawned process itself can be served, not its
 * children.
 */
#ifndef LK_ATTACH_H
#define LK_ATTACH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct lk_loop;
struct lk_attach;

/*
 * What stands behind the calls: the guest (lib/attach/guest.c wires lk/boot.h), or for tests the host itself.
 * Same meaning as the functions of lk/boot.h.
 */
struct lk_call;
struct lk_guest_piece;
struct lk_attach_backend {
	void (*call_start)(struct lk_call *c);
	int (*poll_watch)(int fd, uint32_t cookie);
	int (*poll_unwatch)(int fd);
	bool (*poll_next)(uint32_t *cookie);
	uint32_t (*poll_now)(int fd);
	/* bytes of connections without a copy: the functions of lk/host.h; all of them or none */
	int (*lends)(int fd);
	void *(*chunk)(void);
	void (*chunk_hold)(const void *at);
	void (*chunk_put)(const void *at);
	unsigned (*peek)(int fd, struct lk_guest_piece *piece, unsigned max, unsigned long len);
};

extern const struct lk_attach_backend lk_attach_guest; /* lib/attach/guest.c */

struct lk_attach *lk_attach_new(struct lk_loop *loop, const struct lk_attach_backend *be);
/* lk_attach_free() - programs that are still there get ENOSYS for calls of this kind: see lk_attach_hang_up(). Does not free @loop. */
void lk_attach_free(struct lk_attach *a);

/* lk_attach_serve() - serve the programs behind listener @fd from now on; takes ownership, on failure too. 0 or -errno. */
int lk_attach_serve(struct lk_attach *a, int listener_fd);

/*
 * lk_attach_poll() - after each lk_run(): finish calls that were waiting for the guest, refresh the readiness of the programs'
 * descriptors. Returns how many calls it moved on (non-zero: run the guest again before sleeping).
 */
int lk_attach_poll(struct lk_attach *a);
/* lk_attach_deadline_ns() - CLOCK_MONOTONIC time at which lk_attach_poll() wants to run (SO_RCVTIMEO ...); UINT64_MAX: none. */
uint64_t lk_attach_deadline_ns(const struct lk_attach *a);

/*
 * lk_attach_hang_up() - for an element that ends: tell all programs to end, more plainly from call to call as time passes, and go on
 * serving until this is false: they have gone, or nothing helps. It never takes more than a few seconds. lk_attach_deadline_ns()
 * says when to call it again.
 */
bool lk_attach_hang_up(struct lk_attach *a);
/*
 * lk_attach_guard() - from now on until the last program has ended a child of this process sees to it that programs end with it,
 * whatever ends it. To be called with the first program at the latest, and best when this process is still small: before lk_boot(). Does
 * nothing when there is a guard.
 */
void lk_attach_guard(void);

struct lk_attach_stats {
	uint64_t calls;	   /* notifications served */
	uint64_t passed;   /* of those: left to the host (not the guest's business) */
	uint64_t refused;  /* answered with an error because they are not supported */
	unsigned open;	   /* guest descriptors that programs hold */
};
void lk_attach_stats(const struct lk_attach *a, struct lk_attach_stats *st);

/*
 * lk_attach_descriptors() - raise our own soft RLIMIT_NOFILE to the hard one: an element needs two or three descriptors a socket.
 * Programs that are spawned from then on get what it was.
 */
void lk_attach_descriptors(void);

/*
 * lk_attach_spawn() - start a child, install the filter in it, exec @argv with @envp; fds 0, 1 and 2 of the child are @fd[0..2].
 * The soft RLIMIT_NOFILE is raised to 1024 if that is allowed; signals are set to their defaults. With LK_ATTACH_ROOT in @flags the
 * program and its children are told that they are root (user and group 0, all capabilities), which in the guest they are; on the
 * host nothing changes.
 * @owner is the process that serves it: the program is marked as that one's, see lk_attach_hang_up().
 * The listener is returned in *listener_fd (close-on-exec), the child's pid as the result, or -errno. An exec that fails ends the
 * child with 127 (not found) or 126, after one line on fd[2]. The caller sends the listener to whoever serves it and MUST do so,
 * or the child hangs.
 */
#define LK_ATTACH_ROOT 1U
pid_t lk_attach_spawn(char *const argv[], char *const envp[], const int fd[3], unsigned flags, pid_t owner, int *listener_fd);

#endif
