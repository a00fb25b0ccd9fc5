/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lk/boot.h - the library kernel: start it, run it, call it
 *
 * One guest a process, in the thread that calls. Guest threads are coroutines; nothing of the guest runs but inside the
 * functions below. A panic of the guest ends the process through lk_host_ops.panic.
 *
 * Pointers handed to the guest are pointers of this process and MUST be good: there is no EFAULT here, a bad one is a
 * SIGSEGV. Whoever passes on a stranger's pointers copies and bounds first (lib/attach).
 */
#ifndef LK_BOOT_H
#define LK_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lk/host.h"

/* Enough for 30,000 legacy rules replaced at once; untouched memory costs 1.6 % for the map of pages, nothing else. */
#define LK_MEMORY_DEFAULT (128ul << 20)
#define LK_MEMORY_MAX (880ul << 20) /* from the guest's fixed address up to the program's */

struct lk_boot_params {
	size_t memory;		/* bytes for the guest, 16 MiB to LK_MEMORY_MAX, rounded down to 4 MiB; 0 = LK_MEMORY_DEFAULT */
	const char *cmdline;	/* the kernel's command line, or NULL */
	uint64_t seed;		/* of the guest's randomness; 0 = fresh from the host */
	bool virtual_time;	/* the clock stands until lk_time_advance() */
	uint64_t wall_ns;	/* wall clock at start when virtual, ns since the epoch */
	bool cold;		/* boot, also where the executable carries an image (lk/image.h) of such a guest */
};

/*
 * lk_boot() - boot to the point where calls are served, 0, or -errno. Once a
 * process. From the executable's image, if it has one of a guest of this size and @cmdline is NULL, and there are no virtio cards.
 */
int lk_boot(const struct lk_boot_params *p);

/* lk_boot_from_image() - it did not boot, but goes on from the executable's image. */
bool lk_boot_from_image(void);

/* lk_run() - run the guest until it is idle. Timers that are due have fired when it returns. */
void lk_run(void);

/* lk_deadline_ns() - when the guest next wants to run, on lk_time_ns()'s clock; UINT64_MAX: only after an event. */
uint64_t lk_deadline_ns(void);
uint64_t lk_time_ns(void);		 /* the guest's monotonic clock, ns */
uint64_t lk_wall_ns(void);		 /* the guest's wall clock, ns since the epoch */
void lk_time_advance(uint64_t to_ns);	 /* virtual time only: forward to, never back; runs the timers due on the way */

/*
 * A system call of the guest (Linux x86-64 numbers). All callers share one descriptor table, that of the guest's servers.
 * lk_call_start() hands it over and runs the guest until it is idle or the call is done; a call that sleeps stays open
 * (done == false) and ends during a later lk_run(). *c must stay where it is until then. Any number may be open.
 */
struct lk_call {
	long nr;
	long arg[6];
	bool unprivileged; /* without any capability */
	int netns;	/* guest descriptor of the network namespace that it means; 0: the first one */
	long ret;	/* valid when done: result or -errno */
	bool done;
	struct lk_call *next;	    /* the library's own, as is the rest */
	struct lk_guest_call guest, enter, leave;
};
/*
 * lk_call.nr: make a network namespace. The result is a guest descriptor of it, like one of /proc/self/ns/net, or -errno. Should the
 * guest have had to sleep over it, the descriptor may be one of the first namespace, and the new one is lost: look, and try again.
 */
#define LK_NR_NETNS_NEW (-1)
/* lk_call.nr: LK_CALL_send_chunks and LK_CALL_taken of lk/host.h, with its arguments */
#define LK_NR_SEND_CHUNKS (-2)
#define LK_NR_TAKEN (-3)
void lk_call_start(struct lk_call *c);
/* lk_syscall() - the same for calls that do not sleep for long: waits for the end (real time may pass). */
long lk_syscall(long nr, long a0, long a1, long a2, long a3, long a4, long a5);

/*
 * Readiness. lk_poll_watch() asks to be told when guest descriptor @fd may have changed readiness; poll events are Linux's
 * (EPOLLIN ...). After each lk_run() take the changed ones with lk_poll_next() and look with lk_poll_now().
 */
int lk_poll_watch(int fd, uint32_t cookie);  /* 0 or -errno (of the guest) */
int lk_poll_unwatch(int fd);		     /* before closing @fd */
bool lk_poll_next(uint32_t *cookie);	     /* edge: each cookie once per change */
uint32_t lk_poll_now(int fd);		     /* level: the events that hold now; EPOLLNVAL-like POLLNVAL if bad */

/*
 * lk_busy() - frames that the guest holds and will still send or drop by itself: queued for an address being resolved, in a
 * queueing discipline, waiting for fragments is not counted. 0 = nothing left to wait for.
 */
unsigned lk_busy(void);

/*
 * lk_explain() - the next frame handed to a direct card is packet @packet (not 0); what happens to it and to what becomes of it is told to
 * @tell, on a guest stack (shallow, no call back): lk/host.h says what. With 0: no packet is being handled any more. What still
 * happens to earlier ones, which waited in the guest, is told whenever it does. Until the first call it costs a branch a packet.
 */
void lk_explain(unsigned packet, void (*tell)(const struct lk_guest_event *e));

#endif
