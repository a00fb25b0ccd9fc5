/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/attach/internal.h - shared between the files of lib/attach, for nobody else
 *
 * Words: a "program" is an attached process; a "call" (struct att_call) is one of its trapped system calls being served, or a
 * job of our own (relaying, closing) that has no program behind it; an "object" (struct att_obj) is a guest descriptor that
 * programs hold through a placeholder. The Theory of operation is at the top of notify.c.
 */
#ifndef LIB_ATTACH_INTERNAL_H
#define LIB_ATTACH_INTERNAL_H

#include <errno.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "lk/attach.h"
#include "lk/boot.h"

#define ATT_FD_BASE 512		     /* placeholders whose read and write are trapped live here and above */
#define ATT_COPY_BASE 448	     /* copies of files live here and above, where fstat is trapped and read is not */
#define ATT_MAX_IOV 1024	     /* UIO_MAXIOV of the kernel */
#define ATT_MAX_IO (16U << 20)	     /* bytes that one call may move */
#define ATT_MAX_OPT (16U << 20)	     /* bytes of a socket option (30,000 legacy rules are about 10 MB) */
#define ATT_MAX_CONTROL (1U << 20)   /* bytes of control messages */
#define ATT_RELAY_BUF (256U << 10)   /* one unix message at most: the default send buffer is smaller */
#define ATT_STREAM_BUF (208 << 10)   /* SO_SNDBUF of streams' placeholders, which the host doubles: what Debian lets anyone ask for */
#define ATT_PORTION (512U << 10)     /* of a stream, without a copy of ours: what fits into such a buffer, and more */
#define ATT_MAX_NR 480		     /* system call numbers the table covers */
#define ATT_INDEX_BITS 20	     /* of a mark: which namespace (netns.c) */
#define ATT_SEEN 4		     /* descriptors of a thread whose links in /proc are kept open */
#define ATT_MAX_PROCS 256	     /* threads whose /proc handles are kept; more are reopened when needed */

/* What a handler returns besides a result >= 0 and -errno (which ends at -4095). */
#define ATT_CONTINUE (-100001L) /* the host kernel shall execute the call as it stands */
#define ATT_RESTARTSYS 512 /* the kernel's own ERESTARTSYS: a pending signal makes EINTR or a restart of it */
#define ATT_ANSWERED (-100002L) /* the reply has gone out already (att_fd_give()) */

struct lk_loop;
struct lk_watch;
struct att_call;
struct iovec;

/* ---- co.c: a call is straight-line code on a stack of its own; it gives way while it waits ---- */
struct att_co;
struct att_co *att_co_new(void);
void att_co_free(struct att_co *co);
/* att_co_run() - start @fn(@arg) on @co, or go on with it when @fn is NULL. True when fn has returned. */
bool att_co_run(struct att_co *co, void (*fn)(void *), void *arg);
/* att_co_yield() - back to whoever called att_co_run(); only from inside. */
void att_co_yield(struct att_co *co);

/* ---- lists: the smallest thing that works ---- */
struct att_list {
	struct att_list *prev, *next;
};
static inline void att_list_init(struct att_list *l)
{
	l->prev = l->next = l;
}
static inline void att_list_add_tail(struct att_list *head, struct att_list *n)
{
	n->prev = head->prev;
	n->next = head;
	head->prev->next = n;
	head->prev = n;
}
static inline void att_list_del(struct att_list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	att_list_init(n);
}
static inline bool att_list_empty(const struct att_list *l)
{
	return l->next == l;
}
#define att_entry(ptr, type, member) ((type *)(void *)((char *)(ptr) - offsetof(type, member)))

/* ---- what the inner epoll watches; the first member tells which ---- */
enum att_watch_kind { ATT_W_LISTENER, ATT_W_OBJ, ATT_W_PROC };
struct att_watch {
	enum att_watch_kind kind;
	bool gone; /* freed while a batch of events that may name it is being handled */
};

struct att_listener {
	struct att_watch w;
	struct att_list node;
	struct lk_watch *lw;
	int fd;
	uint32_t events; /* reported, and not looked at yet */
	unsigned refs;	 /* calls that still want to answer through it, and the registration with the loop */
};

/* A thread of a program. */
struct att_proc {
	struct att_watch w;
	struct att_list node; /* LRU */
	struct att_proc *hash;
	pid_t tid;
	int pidfd; /* of the thread (6.9 and later) or its process; -1 if that failed */
	int dirfd; /* /proc/TID/fd, -1 until needed */
	struct {
		int fd;	  /* was asked about last */
		int link; /* its symbolic link there, open; 0: not */
	} seen[ATT_SEEN];
	int next_fd;
	unsigned refs;
	bool dead;
	bool stale;	   /* its process is marked for a child that it has had by now */
	pid_t pinned;	   /* its process, in which not all are in one namespace: the record must not be forgotten */
	bool userns;	   /* wanted a user namespace, and thinks that it is in one */
	struct att_ns *ns; /* the network namespace that it is in; NULL: not looked up yet */
	enum { ATT_USER_UNKNOWN, ATT_USER_ROOT, ATT_USER_OTHER } user; /* cred.c */
	struct att_call *parked; /* a thread has one call at a time: a new one means that this one is over */
};

enum att_kind {
	ATT_MSG,    /* a socket that keeps message boundaries: placeholder SOCK_SEQPACKET, one byte = "readable" */
	ATT_STREAM, /* a byte stream: placeholder SOCK_STREAM; once connected its bytes are the real ones */
	ATT_DIR,
	ATT_FILE, /* opened for writing; what is only read becomes a memfd and is no object */
};

struct att_obj {
	struct att_watch w;
	struct att_list node;	 /* all objects */
	struct att_obj *hash;	 /* by inode of the placeholder */
	struct att_list waiters; /* calls parked until the guest descriptor is ready */
	struct att_list knode;	 /* in a->kicked (a reference) */
	struct lk_call g;	 /* the close */
	struct lk_call linger;	 /* before it: make it a reset */
	enum att_kind kind;
	uint32_t cookie;
	unsigned refs; /* the registration and the calls that use it */
	int gfd;       /* guest descriptor; this object owns it */
	int end;       /* our end of the placeholder */
	uint64_t ino;  /* of the programs' end */
	int domain, type, proto;
	bool closed;	/* no program has it any more */
	bool watched;	/* poll_watch() holds */
	bool kick;	/* in a->kicked */
	unsigned mark;	/* bytes in the placeholder that make it readable; more than one: a new edge for epoll */
	bool odd;	/* polls as no placeholder can (poll.c) */
	bool errors; /* has an error queue: poll wants to know (poll.c) */
	bool listening;
	bool connecting; /* EINPROGRESS: the placeholder is kept unwritable */
	bool failed;	 /* that ended in an error which nobody has fetched yet */
	bool connected;	 /* stream: bytes are relayed */
	bool peer_eof;	 /* stream: the guest's end of file has been passed on */
	bool prog_eof;	 /* stream: the program's end of file has been passed on */
	bool hup;	 /* both directions of the placeholder are shut: closed, or nearly */
	bool down_busy, up_busy;
	bool bulk;	 /* what the program wrote last came in a large portion */
	bool unread;	 /* stream: the program closed it without having read everything */
	bool shut;	 /* the program has shut both directions: a hang-up does not mean closed */
	bool in_epoll;
	uint32_t interest;	   /* epoll events asked for on @end */
	size_t stuffed;		   /* junk in @end: bytes (stream) or messages (msg) */
	int sock_err;		   /* an error that the relay met: for SO_ERROR */
	int stash;		   /* guest descriptor accepted for a call that could not be told; -1 */
	uint64_t zombie_ns;	   /* when to look next whether anyone still holds it; 0: not a zombie */
	struct att_call *end_wait; /* the relay waits for room in @end */
	pid_t last_tid;		   /* who used it last, at which number: to find the programs' end again */
	int last_fd;
	char *path; /* ATT_DIR, ATT_FILE: absolute, as the guest sees it */
	struct att_ring *ring; /* of a packet socket (ring.c), or NULL */
};

/* A network namespace of the guest that programs may be in (netns.c). */
struct att_ns {
	uint32_t index;	 /* in a->ns[]; 0: the first one */
	uint64_t ino;
	int gfd;	 /* keeps it there */
	int ctl;	 /* guest socket for interface ioctls on host sockets; -1 until needed */
	bool sysfs;	 /* there is a mount of its /sys */
	bool seen;	 /* by the scan that runs */
	unsigned unseen; /* scans without a thread that is in it */
};

enum att_wait { ATT_RUNS, ATT_W_CALL, ATT_W_READY, ATT_W_END };

struct att_held {
	struct att_held *next;
	struct att_obj *o;
};

struct att_mem {
	struct att_mem *next;
	uint64_t align[0];
};

struct att_call {
	struct lk_attach *a;
	struct att_co *co;
	struct att_listener *l; /* NULL: a job of our own */
	struct att_proc *p;
	struct att_obj *o; /* the object of descriptor argument 0 (a reference), or NULL */
	int fd;		   /* that descriptor's number in the program */
	struct att_ns *ns; /* the network namespace it is about; NULL: there is but one */
	struct att_held *held; /* objects that the call's data name */
	uint64_t id;
	uint64_t received_ns;
	struct seccomp_data data;
	struct lk_call g;    /* the guest call under way */
	enum att_wait state;
	int wake;	       /* why att_wait_ready() ends: 0 or -errno */
	uint32_t want;	       /* events waited for */
	uint64_t deadline_ns;  /* UINT64_MAX: none */
	bool dead;	       /* the program is gone or was interrupted: nobody wants the answer */
	uint64_t retry_ns;     /* when to try again although nothing was reported */
	unsigned retries;
	uint64_t parked_ns;    /* when it began to wait */
	uint64_t signal_ns;    /* when to look next whether a signal wants its thread */
	bool signal_seen;      /* one did the last time */
	bool checked;	       /* id is known to be valid since the last wait */
	struct att_list node;  /* in a->calls while it waits */
	struct att_list wnode; /* in o->waiters */
	struct att_mem *mem;
	void (*job)(struct att_call *c); /* l == NULL: what to run */
	long ret;
	int given_fd; /* the number that att_fd_give() got */
};

/* Chunks of the guest's pool that nobody has a part of yet, but for the first @used bytes of the first one (room.c). */
#define ATT_ROOM ((int)(ATT_PORTION / LK_CHUNK_BYTES))
struct att_room {
	char *chunk[ATT_ROOM];
	size_t used;
};

struct lk_attach {
	const struct lk_attach_backend *be;
	struct lk_loop *loop;
	struct lk_watch *lw;
	int ep; /* placeholders and pidfds */
	int xlock_fd;  /* stands for /run/xtables.lock */
	int ctl;       /* the same as att_ns.ctl, while there is but one namespace */
	size_t notif_size, resp_size;
	struct seccomp_notif *notif;
	struct seccomp_notif_resp *resp;
	struct att_list listeners, objs, procs, calls, idle;
	struct att_list kicked;	   /* objects whose waiters shall look again */
	struct att_list closing;   /* objects whose close sleeps in the guest */
	struct att_list graveyard; /* watches freed while a batch of events is handled */
	unsigned nprocs, nidle, nobjs, zombies;
	unsigned nerrors; /* objects with an error queue */
	unsigned nodd;	     /* objects that are odd */
	unsigned nrings, nasides; /* objects with a ring; of these: whose placeholder is to be put back */
	uint64_t ring_ns; /* when to look whether rings have been emptied; UINT64_MAX: not at all */
	struct att_obj *obj_hash[1024];
	struct att_proc *proc_hash[256];
	struct att_ns **ns; /* by index, with holes; none as long as there is but one namespace */
	unsigned nns;
	uint64_t ns_tag;     /* what marks the processes of this element: att_mark() */
	uint64_t ns_scan_ns; /* when to look for namespaces that are empty; UINT64_MAX: never */
	struct att_obj **slot; /* by cookie */
	uint32_t nslots;
	struct att_room room;
	char *relay_buf;
	bool relay_busy;
	size_t relayed; /* since att_follow() looked */
	struct lk_attach_stats st;
	unsigned moved;
	bool freeing;
	unsigned hangup_step;
	uint64_t hangup_ns; /* when to be plainer with programs that shall end; 0: nothing is waited for */
};

/* ---- notify.c ---- */
/* att_receive() - start the calls that have been reported. */
void att_receive(struct lk_attach *a);
void att_listener_put(struct lk_attach *a, struct att_listener *l);
/* att_bury() - free what has died while a batch of events that may name it was handled. */
void att_bury(struct lk_attach *a);

/* ---- proc.c ---- */
/* att_read_proc() - what is in a small file, with a NUL, as far as it fits into @buf[@size]. False, and "", when it cannot be read. */
bool att_read_proc(const char *path, char *buf, size_t size);
struct att_proc *att_proc_find(struct lk_attach *a, pid_t tid); /* no reference; NULL: there is no record of it */
struct att_proc *att_proc_get(struct lk_attach *a, pid_t tid); /* a reference, or NULL: no memory */
void att_proc_put(struct lk_attach *a, struct att_proc *p);
/* att_proc_socket() - the inode of descriptor @fd of thread @p if that is a socket, else 0. Opens p->dirfd. */
uint64_t att_proc_socket(struct att_proc *p, int fd);
void att_seen_close(struct att_proc *p); /* what that keeps open, but for p->dirfd */
/* att_proc_drop() - it is gone: out of the tables; its parked call, if any, is told. Freed when no call uses it. */
void att_proc_drop(struct lk_attach *a, struct att_proc *p);

/* ---- ready.c ---- */
/* att_kick() - look at @o again in the next lk_attach_poll(). */
void att_kick(struct lk_attach *a, struct att_obj *o);
/* att_kick_all() - calls whose object has moved go on; each looks again for itself. */
void att_kick_all(struct lk_attach *a);
/* att_calls_done() - calls that slept in the guest and are over go on. */
void att_calls_done(struct lk_attach *a);
/* att_sync() - make every placeholder agree with its guest descriptor; runs before each reply. */
void att_sync(struct lk_attach *a, struct att_call *c);

/* ---- call.c ---- */
uint64_t att_now_ns(void);
struct att_call *att_call_new(struct lk_attach *a);
void att_call_start(struct att_call *c);
void att_call_free(struct att_call *c);
/* att_guest() - a call of the guest, its result or -errno; gives way if the guest sleeps. */
long att_guest(struct att_call *c, long nr, long a0, long a1, long a2, long a3, long a4, long a5);
void att_guest_close(struct att_call *c, int gfd);
#define ATT_P(p) ((long)(uintptr_t)(p))
/*
 * att_wait_ready() - park until c->o may have one of @events, or CLOCK_MONOTONIC @deadline_ns. 0; -EAGAIN at the deadline; -EINTR
 * when the caller is gone (clean up and return, the result is dropped) or a signal wants the thread (so does -ATT_RESTARTSYS), -EBADF
 * when the object was closed.
 */
int att_wait_ready(struct att_call *c, struct att_obj *o, uint32_t events, uint64_t deadline_ns);
int att_wait_end(struct att_call *c, struct att_obj *o);
/* att_valid() - the notification still stands, so the memory just read is its caller's. seccomp_unotify(2). */
bool att_valid(struct att_call *c);
/* att_job() - run @job on a stack of its own with c->o = @o, until it first waits. 0 or -ENOMEM. */
int att_job(struct lk_attach *a, struct att_obj *o, void (*job)(struct att_call *c));
/* att_resume() - go on with a call that waits. */
void att_resume(struct att_call *c);
/* att_alloc() - zeroed memory that lives as long as the call; NULL when there is none. */
void *att_alloc(struct att_call *c, size_t len);
void *att_alloc_raw(struct att_call *c, size_t len);
/* att_release() - free what was allocated since c->mem was @mark: for calls that loop over many messages. */
void att_release(struct att_call *c, struct att_mem *mark);

typedef long att_handler(struct att_call *c);
struct att_entry {
	int nr;
	att_handler *fn;
	unsigned char flags;
};
const struct att_entry *att_entry_find(int nr); /* notify.c; NULL: not ours */
#define ATT_F_FD 1   /* argument 0 is a descriptor: the host's own ones CONTINUE before the handler is asked */
#define ATT_F_EACH 2 /* the same, but the handler wants to see the host's, too (c->o == NULL) */

extern const struct att_entry att_sock_calls[], att_msg_calls[], att_opt_calls[], att_ioctl_calls[], att_path_calls[],
	att_file_calls[], att_netns_calls[], att_mount_calls[], att_cred_calls[], att_poll_calls[],
	att_ring_calls[];

/* ---- cred.c ---- */
/* att_unprivileged() - the guest shall treat @p as an ordinary user. */
bool att_unprivileged(struct att_proc *p);

/* ---- filter.c ---- */
struct sock_fprog;
void att_filter(struct sock_fprog *prog, unsigned flags);

/* ---- mem.c: the program's memory. 0 or -EFAULT ---- */
int att_get(struct att_call *c, void *to, uint64_t addr, size_t len);
int att_put(struct att_call *c, uint64_t addr, const void *from, size_t len);
/* att_get_some() - as much of @len as is mapped; the count. */
size_t att_get_some(struct att_call *c, void *to, uint64_t addr, size_t len);
/* att_get_str() - a string with its NUL into @to[@size]; its length, -EFAULT, -ENAMETOOLONG. */
long att_get_str(struct att_call *c, char *to, uint64_t addr, size_t size);
/* att_get_iov() - the iovec array at @addr; total length, bounded to ATT_MAX_IO (the entries are cut to fit), or -errno. */
long att_get_iov(struct att_call *c, uint64_t addr, uint64_t count, struct iovec **iov);
/* Several pieces in one system call of ours: add (at most ATT_VEC, what is empty is left out), then move. */
#define ATT_VEC 12
struct att_vec {
	size_t n, total;
	struct {
		void *base;
		size_t len;
	} ours[ATT_VEC], theirs[ATT_VEC]; /* laid out as struct iovec */
};
void att_vec_add(struct att_vec *v, uint64_t addr, const void *buf, size_t len);
int att_vec_get(struct att_call *c, const struct att_vec *v);
int att_vec_put(struct att_call *c, const struct att_vec *v);
int att_gather(struct att_call *c, void *to, const struct iovec *iov, size_t count, size_t total);
int att_scatter(struct att_call *c, const struct iovec *iov, size_t count, const void *from, size_t len);

/* ---- fd.c: objects and placeholders ---- */
struct att_obj *att_obj_of_fd(struct att_call *c, int fd); /* a new reference, or NULL: the host's */
int att_obj_hold(struct att_call *c, struct att_obj *o);   /* keep this reference until the call is over. 0 or -ENOMEM */
void att_obj_put(struct lk_attach *a, struct att_obj *o);
/*
 * att_obj_install() - a placeholder for guest descriptor @like->gfd into the program, and with it the answer to the call. @like: kind,
 * gfd, domain, type, proto, connected and path (which is taken over) of the new object. @flags: O_CLOEXEC, O_NONBLOCK.
 * ATT_ANSWERED, or -errno: then the guest descriptor and the path are still the caller's.
 */
long att_obj_install(struct att_call *c, const struct att_obj *like, int flags);
/* att_fd_give() - descriptor @fd of ours into the program at a free number >= @min; answers the call. */
long att_fd_give(struct att_call *c, int fd, int min, int flags);
bool att_fd_nonblock(struct att_call *c); /* O_NONBLOCK of c->fd as the program sees it now */
int att_fd_dup(struct att_call *c, struct att_obj *o); /* the programs' end as a descriptor of ours; -1 */
void att_obj_event(struct lk_attach *a, struct att_obj *o, uint32_t events);
void att_obj_zombies(struct lk_attach *a);
void att_obj_close(struct lk_attach *a, struct att_obj *o);
bool att_obj_gone(struct att_obj *o);
void att_obj_drained(struct lk_attach *a, struct att_obj *o);
/* att_obj_reset() - the connection is broken; @unread: something is left in our end, so that closing it says ECONNRESET. */
void att_obj_reset(struct lk_attach *a, struct att_obj *o, bool unread);

/* ---- mark.c: what placeholders say of readiness ---- */
/* att_obj_sync() - the placeholder shall say what the guest says. @c: the call that moved it, or NULL. */
void att_obj_sync(struct lk_attach *a, struct att_obj *o, struct att_call *c);
void att_obj_edge(struct att_obj *o); /* something more has come to what was readable before: edge-triggered epoll tells of it */
void att_obj_stuff(struct att_call *c, struct att_obj *o); /* make the placeholder unwritable until the guest has room */
void att_obj_unstuff(struct lk_attach *a, struct att_obj *o);
void att_obj_interest(struct lk_attach *a, struct att_obj *o); /* ask epoll of our end for what is wanted now */

/* ---- relay.c: bytes between a placeholder and its guest descriptor ---- */
void att_relay_up(struct lk_attach *a, struct att_obj *o);   /* program to guest */
void att_relay_down(struct lk_attach *a, struct att_obj *o); /* guest to program */
/*
 * room.c. att_room() - pieces of the pool for bytes that @o's connection will send: how many, or 0: it cannot be had, or would not help.
 * att_room_took() - @len bytes have come into them: they become the pieces that hold these, each with a reference, for LK_NR_SEND_CHUNKS.
 */
int att_room(struct lk_attach *a, const struct att_obj *o, struct iovec v[ATT_ROOM]);
int att_room_took(struct lk_attach *a, struct iovec v[ATT_ROOM], size_t len);
void att_room_free(struct lk_attach *a);
/* follow.c: the relay has moved so many bytes of @o */
void att_follow(struct lk_attach *a, const struct att_obj *o, size_t moved);

/* ---- sock.c, sockopt.c ---- */
/* att_timeout_ns() - the deadline that SO_RCVTIMEO or SO_SNDTIMEO (@opt) of c->o set for a call that starts to wait now. */
uint64_t att_timeout_ns(struct att_call *c, int opt);
/* att_blocks() - whether this EAGAIN shall be waited out. */
bool att_blocks(struct att_call *c, int msg_flags);
void att_sigpipe(struct att_call *c);

/* ---- msg.c: read and write of sockets ---- */
long att_sock_write(struct att_call *c, uint64_t buf, uint64_t len);
long att_sock_readv(struct att_call *c, struct iovec *iov, size_t count, size_t total);
long att_sock_writev(struct att_call *c, struct iovec *iov, size_t count, size_t total);

/* ---- path.c ---- */
#define ATT_PATH 4096 /* PATH_MAX, with its NUL */
/*
 * att_path_guest() - does @path (absolute) belong to the guest? Normalises into @out[@size] (`//`, `/./`, `..`) and translates
 * /proc/PID/net to /proc/net and /proc/PID/ns/net to /proc/self/ns/net. *pid: that PID; 0: the caller's own, or none.
 */
bool att_path_guest(const char *path, char *out, size_t size, pid_t *pid);

struct att_name {
	char seen[ATT_PATH];	/* the guest's file as programs see its name */
	char path[ATT_PATH + 32]; /* where it is in the guest */
	struct att_obj *self;	/* AT_EMPTY_PATH: the object itself (a reference) */
	bool empty;		/* AT_EMPTY_PATH and no name: about the descriptor */
};
/*
 * att_lookup() - whose is the name at @addr relative to @dirfd? 1: the guest's, in n->path (or n->self), and c->ns is the namespace
 * that it is to be looked up in. 0: the host's. -errno.
 */
long att_lookup(struct att_call *c, struct att_name *n, int dirfd, uint64_t addr, int at_flags);

/* ---- copy.c: files of the guest that are only read ---- */
struct stat;
/* att_copy() - the rest of guest file @gfd as a descriptor of ours, which knows @st and the name. -errno: it cannot be read at once. */
long att_copy(struct att_call *c, int gfd, const struct stat *st, const char *path);
long att_copy_give(struct att_call *c, int fd, int flags); /* into the program; answers the call, as att_fd_give() */
/* att_copy_stat() - what att_copy() was told of descriptor @fd of the program. False: it is no copy, or not known as one. */
bool att_copy_stat(struct att_call *c, int fd, struct stat *st);

/* ---- netns.c: network namespaces ---- */
/* att_ns_start() - have a record of the first namespace. 0 or -errno. */
long att_ns_start(struct att_call *c);
/* att_ns_of() - the namespace of thread @p; NULL while there is but one. */
struct att_ns *att_ns_of(struct lk_attach *a, struct att_proc *p);
/* att_ns_of_pid() - the same for any thread or process; of those that are not attached, the first one. */
struct att_ns *att_ns_of_pid(struct lk_attach *a, pid_t pid);
/* att_ns_left() - thread @p is no more. */
void att_ns_left(struct lk_attach *a, struct att_proc *p);
/* att_ns_sysfs() - make sure that the guest has a mount of ns's /sys, and give its name in @out. 0 or -errno. */
long att_ns_sysfs(struct att_call *c, char *out, size_t size);
/* att_ns_scan() - let go of namespaces that nobody is in any more. */
void att_ns_scan(struct lk_attach *a);
void att_ns_scan_soon(struct lk_attach *a);
bool att_privileged(struct att_call *c); /* CAP_SYS_ADMIN on the host */

/* ---- ring.c: mapped rings of packet sockets ---- */
/* att_ring_set() - PACKET_RX_RING with @val[@len] on c->o. 0 or -errno. */
long att_ring_set(struct att_call *c, const void *val, size_t len);
void att_ring_free(struct lk_attach *a, struct att_obj *o);
/* att_ring_sync() - packets that have come into the ring of @o; is there something for the program? */
bool att_ring_sync(struct lk_attach *a, struct att_obj *o);
/* att_ring_look() - rings may have been emptied; att_ring_look_later() sees to it that it is called. */
void att_ring_look(struct lk_attach *a, struct att_call *c);
void att_ring_look_later(struct lk_attach *a);
/* att_ring_put_back() - the thread of @c has mapped its rings. att_ring_left() - it is no more. */
void att_ring_put_back(struct att_call *c);
void att_ring_left(struct lk_attach *a, pid_t tid);

/* ---- hangup.c ---- */
/* att_mark() - what the programs of process @element bear in their soft RLIMIT_LOCKS, above ATT_INDEX_BITS. */
uint64_t att_mark(pid_t element);
bool att_is_ours(const struct lk_attach *a, pid_t pid); /* thread or process @pid bears it */
/* att_guard_end() - the last program has gone. */
void att_guard_end(void);

/* ---- rtnl.c ---- */
/* att_rtnl() - in a message to NETLINK_ROUTE, namespaces named by the program's descriptors and processes become the guest's. */
long att_rtnl(struct att_call *c, void *buf, size_t len);

#endif
