/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lk/host.h - between the guest's object and the host that it is linked into. Included by both sides: no other header.
 *
 * Down: struct lk_host_ops is all that the guest asks of its host. Its functions may run on a guest stack (32 KiB): they MUST be
 * shallow, MUST NOT block, and MUST NOT call back into the guest except lk_guest_irq().
 * Up: the lk_guest_* functions, the only global symbols of the guest's object. They MUST be called from one thread, on the host's
 * own stack, and never from within an lk_host_ops function (lk_guest_irq() apart).
 */
#ifndef LK_HOST_H
#define LK_HOST_H

#define LK_HOST_VERSION 8

#define LK_POOL_BYTES (8u << 20) /* of a pool or a window: lk_guest_pool() */
#define LK_CHUNK_BYTES (128u << 10) /* of a pool that are given away together */
#define LK_LENT_MIN 8192u	 /* bytes of a frame that are worth lending instead of copying */
#define LK_LENT_MAX 256u	 /* frames that a card has lent at a time */

/* A piece of a frame. */
struct lk_guest_piece {
	const void *data;
	unsigned long len;
};

/*
 * What happened to a packet (lk_guest_explain()). Pointers are the guest's, names of its own, and good during the call.
 * @family NFPROTO_, @hook NF_INET_ and the like; verdicts NF_ and NFT_ as in the kernel's uapi headers.
 */
struct lk_guest_event {
	enum {
		LK_EVENT_TAKEN, /* by a card */
		LK_EVENT_SEND,	/* the next nic_send(), by card @code, is of this packet (0: of none) */
		LK_EVENT_DROP,	/* @text: skb drop reason; @where: an address in the function that did it */
		LK_EVENT_END,	/* a buffer ended that was not dropped; @where too */
		LK_EVENT_HOOK,	/* netfilter's function @where returned verdict @code; @family, @hook */
		LK_EVENT_NFT,	/* nf_tables: @family, @table, @chain, @rule (handle, 0: none), @type NFT_TRACETYPE_, verdict or policy @code, @jump */
		LK_EVENT_XT,	/* x_tables: @family, @table, @chain, @rule (number), @text: rule, return or policy */
	} kind;
	unsigned int packet;
	unsigned int with; /* DROP, END: a fragment, together with the packet that it became a part of; 0: for itself */
	unsigned int code;
	unsigned char family, hook, type;
	unsigned char own; /* it happened to what the guest made itself, because of this packet */
	unsigned long long rule;
	const void *where;
	const char *text, *table, *chain, *jump;
};

struct lk_host_ops {
	unsigned int version;	   /* LK_HOST_VERSION; another one is refused */
	unsigned int devices;	   /* virtio-mmio devices there at boot, numbered from 0 */
	unsigned long memory_size; /* bytes mapped, zeroed, read-write at LK_MEMORY_BASE (asm/lk_layout.h) */
	const char *cmdline;	   /* never NULL */
	/* clocks, ns: monotonic never goes back; wall since the epoch, read once at boot */
	unsigned long long (*time_ns)(void);
	unsigned long long (*wall_ns)(void);
	void (*random)(void *buf, unsigned long len);
	void (*console)(const char *text, unsigned int len); /* not NUL-terminated, lines may come in pieces */
	void (*panic)(const char *why) __attribute__((noreturn)); /* MUST NOT return */
	/* registers of device @dev (VIRTIO 1.2 4.2.2): @size is 1, 2, 4 or 8 bytes at @off */
	unsigned long long (*mmio_read)(unsigned int dev, unsigned int off, unsigned int size);
	void (*mmio_write)(unsigned int dev, unsigned int off, unsigned int size, unsigned long long val);
	/* direct network cards (drivers/nic.c of the overlay): what a card that LK_CALL_nic_add adds is like */
	void (*nic_info)(unsigned int nic, char name[16], unsigned char mac[6], unsigned int *mtu);
	/*
	 * A frame out of card @nic, in @n pieces: 1 = copied, 0 = dropped, 2 + N = taken where it lies, until lk_guest_nic_sent(N). @offload: NULL,
	 * the frame is complete; else a struct virtio_net_hdr (VIRTIO 1.2 5.1.6, little-endian) that says what is not yet done to it; only after
	 * lk_guest_nic_offload().
	 */
	int (*nic_send)(unsigned int nic, const struct lk_guest_piece *piece, unsigned int n, const void *offload);
	void (*event)(const struct lk_guest_event *e); /* only after lk_guest_explain() */
};

/* A call on the guest's queue. Lives until done; the guest keeps a pointer to it. */
struct lk_guest_call {
	int index; /* LK_CALL_name, or one of the LK_CALL_special values */
	int done;
	unsigned long arg[6];
	long ret;
	struct lk_guest_call *next;
	int unprivileged; /* without any capability, as user and group 65534 */
};

int lk_guest_start(const struct lk_host_ops *ops); /* boots; returns 0 at the first idle moment, -22 for another version */
int lk_guest_ready(void);			   /* calls are served from now on */
void lk_guest_run(void);			   /* until idle */
unsigned long long lk_guest_deadline(void);	   /* next timer on time_ns(), ~0 = none */
void lk_guest_irq(unsigned int dev);		   /* device's interrupt line: delivered by the next run */
void lk_guest_call(struct lk_guest_call *c);	   /* queue it; the next run serves it */
/*
 * A frame for card @nic in pieces that are @len bytes together: copied, but for what lies in a window; the next run handles it. 1 = taken,
 * 0 = not taken, the queue is full: run first; -12 = no memory (dropped, counted). @offload as of nic_send, a stranger's: one that does not fit
 * the frame drops it, counted.
 */
int lk_guest_nic_push(unsigned int nic, const struct lk_guest_piece *piece, unsigned int len, const void *offload);
/*
 * LK_POOL_BYTES in the guest's memory, whose bytes mean nothing yet: the host may map other memory there before the next run. @own, once: for
 * the payload of large frames that the guest sends. Else a window: a piece behind the first of a frame that is pushed may lie there, and then
 * is not copied. 0 = no memory, or no more windows. lk_guest_pool_busy() - is what lies @at in a window needed? For all of a chunk.
 */
unsigned long lk_guest_pool(int own);
int lk_guest_pool_busy(const void *at);
void lk_guest_nic_sent(unsigned int nic, unsigned int number); /* what nic_send() took under this number need lie there no more */
/*
 * Bytes of TCP connections, without a copy. lk_guest_lends() - does what watched descriptor @fd sends go out by a card that takes it where it lies?
 * Then it may be put into chunks, sent from there (LK_CALL_send_chunks), and not changed any more. lk_guest_chunk() - LK_CHUNK_BYTES of
 * our own pool, and a reference to them; NULL = none is free. They are free again when the last reference has been put, and the guest needs
 * them no more.
 * lk_guest_peek() - where the next @len bytes at most lie that have come for watched descriptor @fd, in up to @max pieces: good until the next run
 * (LK_CALL_taken). 0 = it is not that simple, or there are none: LK_CALL_recvfrom knows.
 */
int lk_guest_lends(int fd);
void *lk_guest_chunk(void);
void lk_guest_chunk_hold(const void *at); /* anywhere in it */
void lk_guest_chunk_put(const void *at);
unsigned int lk_guest_peek(int fd, struct lk_guest_piece *piece, unsigned int max, unsigned long len);
/* The card's link takes frames with checksums not filled in, and segments over the MTU: the card offers that from the next run on. */
void lk_guest_nic_offload(unsigned int nic);
/* From the first call on tell what happens to packets. The next frame pushed is packet @packet; 0: no packet's, as are all behind it */
void lk_guest_explain(unsigned int packet);
int lk_guest_fired(unsigned int *cookie);	   /* 1 and a watch's cookie, 0 = no more */
int lk_guest_poll(int fd, unsigned int *events);   /* 1 and what poll says of a watched descriptor, 0 = ask by LK_CALL_poll_now */

/*
 * The system calls that the host may ask for: X(name as in the host's <asm/unistd.h>, function of the guest).
 * A name that the host's architecture does not have is left out there.
 */
#define LK_CALLS(X)                                                                                                                        \
	X(read, sys_read) X(write, sys_write) X(readv, sys_readv) X(writev, sys_writev)                                                    \
	X(pread64, sys_pread64) X(pwrite64, sys_pwrite64) X(lseek, sys_lseek) X(close, sys_close)                                          \
	X(open, sys_open) X(openat, sys_openat) X(getdents64, sys_getdents64) X(ioctl, sys_ioctl)                                          \
	X(fcntl, sys_fcntl) X(dup, sys_dup) X(fsync, sys_fsync) X(ftruncate, sys_ftruncate)                                                \
	X(stat, sys_newstat) X(lstat, sys_newlstat) X(fstat, sys_newfstat) X(newfstatat, sys_newfstatat)                                   \
	X(statx, sys_statx) X(access, sys_access) X(faccessat, sys_faccessat) X(faccessat2, sys_faccessat2)                                \
	X(readlink, sys_readlink) X(readlinkat, sys_readlinkat) X(mkdirat, sys_mkdirat) X(unlinkat, sys_unlinkat)                          \
	X(mount, sys_mount) X(umount2, sys_umount) X(getcwd, sys_getcwd) X(chdir, sys_chdir)                                               \
	X(socket, sys_socket) X(socketpair, sys_socketpair) X(bind, sys_bind) X(connect, sys_connect)                                      \
	X(listen, sys_listen) X(accept, sys_accept) X(accept4, sys_accept4) X(shutdown, sys_shutdown)                                      \
	X(sendto, sys_sendto) X(recvfrom, sys_recvfrom) X(sendmsg, sys_sendmsg) X(recvmsg, sys_recvmsg)                                    \
	X(sendmmsg, sys_sendmmsg) X(recvmmsg, sys_recvmmsg) X(setsockopt, sys_setsockopt)                                                  \
	X(getsockopt, sys_getsockopt) X(getsockname, sys_getsockname) X(getpeername, sys_getpeername)                                      \
	X(poll, sys_poll) X(epoll_create1, sys_epoll_create1) X(epoll_ctl, sys_epoll_ctl) X(epoll_wait, sys_epoll_wait)                    \
	X(unshare, sys_unshare) X(setns, sys_setns) X(prlimit64, sys_prlimit64) X(getpid, sys_getpid)                                      \
	X(gettid, sys_gettid) X(sethostname, sys_sethostname) X(clock_settime, sys_clock_settime)                                          \
	X(clock_gettime, sys_clock_gettime)

enum {
#define X(name, fn) LK_CALL_##name,
	LK_CALLS(X)
#undef X
	LK_CALL_special,
	LK_CALL_poll_watch = LK_CALL_special, /* fd, cookie */
	LK_CALL_poll_unwatch,		      /* fd */
	LK_CALL_poll_now,		      /* fd -> events */
	LK_CALL_busy,			      /* -> frames held */
	LK_CALL_nic_add,		      /* number of the direct card, from 0 to 15 -> 0 or -errno */
	LK_CALL_thaw,			      /* the memory was an image: fresh randomness -> 0 */
	LK_CALL_send_chunks,		      /* fd, struct iovec *, its length -> bytes or -errno (as MSG_DONTWAIT); what lies in chunks is not copied */
	LK_CALL_taken,			      /* fd, bytes of what lk_guest_peek() told that are needed there no more -> bytes or -errno */
	LK_CALL_max,
};

#endif
