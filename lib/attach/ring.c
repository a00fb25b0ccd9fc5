// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/ring.c - packet sockets with a mapped receive ring (PACKET_RX_RING), as libpcap insists on
 *
 * Theory of operation
 *
 * Goal: tcpdump and its like listen in the guest. packet(7), linux/if_packet.h, Documentation/networking/packet_mmap.rst.
 *
 * The guest has no memory that a program could map. Its socket stays an ordinary one; what it receives is written into a memfd, laid
 * out as the kernel would, which both sides map. A ring is filled when the guest's socket has something and when the program
 * polls (poll.c), as far as the program has given room back; the rest waits in the guest's socket, which gets a buffer of the ring's
 * size and counts what it has to drop. A block of version 3 is handed over as soon as nothing more is there, not after its time.
 *
 * mmap(2) of the placeholder is trapped. Arguments of a system call cannot be changed, but what a descriptor is can: for the length of
 * the call the memfd takes the placeholder's number, the host executes the call, and the next trapped call of the thread finds
 * the placeholder put back.
 *
 * Readiness. The program takes frames without a word, so the placeholder may be readable for nothing: poll and select look first, for
 * epoll the element looks every LOOK_NS as long as it is readable.
 *
 * Trust: the program may write anything into the ring at any time. Only the words that give room back are read from it. The memfd
 * cannot be made shorter.
 *
 * Not done: rings for sending, blocks that are held back for their timeout, a fork while the memfd has the placeholder's number.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#define RING_MAX (64U << 20)
#define QUEUE_MAX (8U << 20) /* of the guest's memory */
#define PACKET_MAX 65600U    /* an IP packet with the longest link-layer header */
#define LOOK_NS 20000000ULL
#define V3_ALIGN(n) (((n) + 7U) & ~7U) /* V3_ALIGNMENT of net/packet/af_packet.c */

struct att_ring {
	struct tpacket_req3 req;
	int version;	 /* enum tpacket_versions */
	unsigned macoff; /* where in a slot the packet begins */
	unsigned per_block;
	char *mem;
	size_t size;
	int fd;
	uint64_t ino;
	unsigned head; /* the next block (version 3) or frame to fill */
	uint64_t seq;  /* of blocks */
	bool busy;     /* being filled */
	int aside;     /* the programs' end while the memfd is in its place; -1 */
	int aside_fd, aside_flags;
	pid_t aside_tid;
};

/* What one packet came with. */
struct info {
	struct tpacket_auxdata aux;
	struct timespec ts;
	struct sockaddr_ll from;
	unsigned len; /* bytes in the slot */
};

/* ---- slots ---- */

static char *slot(const struct att_ring *r, unsigned i)
{
	if (r->version == TPACKET_V3)
		return r->mem + (size_t)i * r->req.tp_block_size;
	return r->mem + (size_t)(i / r->per_block) * r->req.tp_block_size + (size_t)(i % r->per_block) * r->req.tp_frame_size;
}

static unsigned slots(const struct att_ring *r)
{
	return r->version == TPACKET_V3 ? r->req.tp_block_nr : r->req.tp_frame_nr;
}

static uint32_t *status(const struct att_ring *r, unsigned i)
{
	char *at = slot(r, i);

	if (r->version == TPACKET_V3)
		return &((struct tpacket_block_desc *)(void *)at)->hdr.bh1.block_status;
	return (uint32_t *)(void *)at; /* version 1: the low half of a long */
}
_Static_assert(!offsetof(struct tpacket2_hdr, tp_status) && !offsetof(struct tpacket_hdr, tp_status), "status");

/* acquire: the program has read what was in the slot; release: what is in it is complete. The program's side does the same. */
static bool given_back(const struct att_ring *r, unsigned i)
{
	return !(__atomic_load_n(status(r, i), __ATOMIC_ACQUIRE) & TP_STATUS_USER);
}

static void hand_over(struct att_ring *r, uint32_t st)
{
	__atomic_store_n(status(r, r->head), st | TP_STATUS_USER, __ATOMIC_RELEASE);
	r->head = (r->head + 1) % slots(r);
}

/* As the kernel's packet_poll(): is the slot that was filled last still with the program? */
static bool ready(const struct att_ring *r)
{
	return !given_back(r, (r->head ? r->head : slots(r)) - 1);
}

/* ---- filling ---- */

/* The next packet into @to, at most @room bytes of it. */
static long take(struct att_call *c, struct info *in, char *to, size_t room)
{
	union {
		char buf[256];
		struct cmsghdr align;
	} ctl;
	struct iovec iov = { to, room };
	struct msghdr m = { .msg_name = &in->from,
			    .msg_namelen = sizeof(in->from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &ctl,
			    .msg_controllen = sizeof(ctl) };
	long n;

	memset(in, 0, sizeof(*in));
	n = att_guest(c, SYS_recvmsg, c->o->gfd, ATT_P(&m), MSG_DONTWAIT, 0, 0, 0);
	if (n < 0)
		return n;
	in->len = (unsigned)n;
	in->aux.tp_len = (unsigned)n;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
		if (h->cmsg_level == SOL_PACKET && h->cmsg_type == PACKET_AUXDATA && h->cmsg_len >= CMSG_LEN(sizeof(in->aux)))
			memcpy(&in->aux, CMSG_DATA(h), sizeof(in->aux));
		else if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SO_TIMESTAMPNS && h->cmsg_len >= CMSG_LEN(sizeof(in->ts)))
			memcpy(&in->ts, CMSG_DATA(h), sizeof(in->ts));
	}
	return n;
}

/* Versions 1 and 2: a packet a frame. */
static void fill_frames(struct att_call *c, struct att_ring *r)
{
	while (given_back(r, r->head)) {
		char *at = slot(r, r->head);
		struct info in;

		if (take(c, &in, at + r->macoff, r->req.tp_frame_size - r->macoff) < 0)
			return;
		if (r->version == TPACKET_V1) {
			const struct tpacket_hdr h = {
				.tp_len = in.aux.tp_len,
				.tp_snaplen = in.len,
				.tp_mac = (uint16_t)r->macoff,
				.tp_net = (uint16_t)(r->macoff + in.aux.tp_net),
				.tp_sec = (uint32_t)in.ts.tv_sec,
				.tp_usec = (uint32_t)in.ts.tv_nsec / 1000,
			};

			memcpy(at, &h, sizeof(h));
			memcpy(at + TPACKET_ALIGN(sizeof(h)), &in.from, sizeof(in.from));
		} else {
			const struct tpacket2_hdr h = {
				.tp_len = in.aux.tp_len,
				.tp_snaplen = in.len,
				.tp_mac = (uint16_t)r->macoff,
				.tp_net = (uint16_t)(r->macoff + in.aux.tp_net),
				.tp_sec = (uint32_t)in.ts.tv_sec,
				.tp_nsec = (uint32_t)in.ts.tv_nsec,
				.tp_vlan_tci = in.aux.tp_vlan_tci,
				.tp_vlan_tpid = in.aux.tp_vlan_tpid,
			};

			memcpy(at, &h, sizeof(h));
			memcpy(at + TPACKET_ALIGN(sizeof(h)), &in.from, sizeof(in.from));
		}
		hand_over(r, in.aux.tp_status);
	}
}

/* One block of what is there. False: nothing was. */
static bool fill_block(struct att_call *c, struct att_ring *r)
{
	char *block = slot(r, r->head);
	struct tpacket_block_desc d = { .version = TPACKET_V3, .offset_to_priv = V3_ALIGN(sizeof(d)) };
	struct tpacket_hdr_v1 *b = &d.hdr.bh1;
	const unsigned first = d.offset_to_priv + V3_ALIGN(r->req.tp_sizeof_priv);
	unsigned at = first, last = 0;
	struct tpacket3_hdr h;
	struct info in;

	for (;;) {
		const unsigned room = r->req.tp_block_size - at;
		int next = PACKET_MAX;

		if (b->num_pkts) { /* the first one is cut to fit */
			if (room < r->macoff + PACKET_MAX && att_guest(c, SYS_ioctl, c->o->gfd, SIOCINQ, ATT_P(&next), 0, 0, 0))
				break;
			if (next < 0 || room < r->macoff + (unsigned)next)
				break;
		}
		if (take(c, &in, block + at + r->macoff, room - r->macoff) < 0)
			break;
		h = (struct tpacket3_hdr){
			.tp_next_offset = V3_ALIGN(r->macoff + in.len),
			.tp_sec = (uint32_t)in.ts.tv_sec,
			.tp_nsec = (uint32_t)in.ts.tv_nsec,
			.tp_snaplen = in.len,
			.tp_len = in.aux.tp_len,
			.tp_status = in.aux.tp_status | TP_STATUS_USER,
			.tp_mac = (uint16_t)r->macoff,
			.tp_net = (uint16_t)(r->macoff + in.aux.tp_net),
			.hv1.tp_vlan_tci = in.aux.tp_vlan_tci,
			.hv1.tp_vlan_tpid = in.aux.tp_vlan_tpid,
		};
		memcpy(block + at, &h, sizeof(h));
		memcpy(block + at + TPACKET_ALIGN(sizeof(h)), &in.from, sizeof(in.from));
		b->ts_last_pkt.ts_sec = h.tp_sec;
		b->ts_last_pkt.ts_nsec = h.tp_nsec;
		if (!b->num_pkts++)
			b->ts_first_pkt = b->ts_last_pkt;
		last = at;
		at += h.tp_next_offset;
		if (at + r->macoff >= r->req.tp_block_size)
			break;
	}
	if (!b->num_pkts)
		return false;
	h.tp_next_offset = 0;
	memcpy(block + last, &h, sizeof(h));
	b->offset_to_first_pkt = first;
	b->blk_len = at;
	b->seq_num = ++r->seq;
	memcpy(block, &d, sizeof(d)); /* with status 0: not yet */
	hand_over(r, 0);
	return true;
}

static void fill(struct att_call *c)
{
	struct att_ring *r = c->o->ring;

	if (r->version != TPACKET_V3)
		fill_frames(c, r);
	else
		while (given_back(r, r->head) && fill_block(c, r)) {
		}
	r->busy = false;
}

bool att_ring_sync(struct lk_attach *a, struct att_obj *o)
{
	struct att_ring *r = o->ring;

	if (r->busy || !(a->be->poll_now(o->gfd) & POLLIN) || !given_back(r, r->head))
		return ready(r);
	r->busy = true;
	if (att_job(a, o, fill))
		r->busy = false;
	return ready(r);
}

void att_ring_look(struct lk_attach *a, struct att_call *c)
{
	a->ring_ns = UINT64_MAX;
	for (struct att_list *n = a->objs.next, *next; n != &a->objs; n = next) {
		struct att_obj *o = att_entry(n, struct att_obj, node);

		next = n->next;
		if (o->ring && o->mark)
			att_obj_sync(a, o, c);
	}
}

void att_ring_look_later(struct lk_attach *a)
{
	if (a->ring_ns == UINT64_MAX)
		a->ring_ns = att_now_ns() + LOOK_NS;
}

/* ---- making ---- */

static void destroy(struct att_ring *r)
{
	if (r->mem)
		munmap(r->mem, r->size);
	if (r->fd >= 0)
		close(r->fd);
	free(r);
}

static void end_aside(struct lk_attach *a, struct att_ring *r)
{
	if (r->aside < 0)
		return;
	close(r->aside);
	r->aside = -1;
	a->nasides--;
}

void att_ring_free(struct lk_attach *a, struct att_obj *o)
{
	if (!o->ring)
		return;
	end_aside(a, o->ring);
	destroy(o->ring);
	o->ring = NULL;
	a->nrings--;
}

static long memory(struct att_ring *r)
{
	struct stat st;

	r->fd = memfd_create("packet-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (r->fd < 0 || ftruncate(r->fd, (off_t)r->size) || fcntl(r->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) ||
	    fstat(r->fd, &st))
		return -ENOMEM;
	r->ino = st.st_ino;
	r->mem = mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	if (r->mem == MAP_FAILED) {
		r->mem = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* Sizes as in the kernel's packet_set_ring(). */
static bool sizes_right(struct att_ring *r, unsigned hdrlen, unsigned reserve)
{
	const struct tpacket_req3 *q = &r->req;
	const bool v3 = r->version == TPACKET_V3;

	if (!q->tp_block_size || q->tp_block_size % (unsigned)getpagesize() || !q->tp_frame_size || reserve > 0xf000 ||
	    q->tp_frame_size < hdrlen + reserve || q->tp_frame_size % TPACKET_ALIGNMENT || q->tp_frame_size > q->tp_block_size)
		return false;
	if (v3 && (q->tp_sizeof_priv >= q->tp_block_size ||
		   V3_ALIGN(sizeof(struct tpacket_block_desc)) + V3_ALIGN(q->tp_sizeof_priv) + r->macoff >= q->tp_block_size))
		return false;
	r->per_block = q->tp_block_size / q->tp_frame_size;
	return (uint64_t)r->per_block * q->tp_block_nr == q->tp_frame_nr && (v3 || r->macoff < q->tp_frame_size);
}

static long option(struct att_call *c, int level, int opt, int value)
{
	return att_guest(c, SYS_setsockopt, c->o->gfd, level, opt, ATT_P(&value), sizeof(value), 0);
}

/* The guest's part: what it shall say of each packet, and room for as many as the ring would have. */
static long prepare(struct att_call *c, const struct att_ring *r)
{
	long err = option(c, SOL_PACKET, PACKET_AUXDATA, 1);

	if (!err)
		err = option(c, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	if (!err)
		err = option(c, SOL_SOCKET, SO_RCVBUFFORCE, (int)(r->size < QUEUE_MAX ? r->size : QUEUE_MAX));
	return err;
}

static long make(struct att_call *c, struct att_ring *r, size_t len)
{
	unsigned reserve = 0, hdrlen = TPACKET2_HDRLEN;
	socklen_t vlen = sizeof(r->version), rlen = sizeof(reserve);
	long err = att_guest(c, SYS_getsockopt, c->o->gfd, SOL_PACKET, PACKET_VERSION, ATT_P(&r->version), ATT_P(&vlen), 0);

	if (!err)
		err = att_guest(c, SYS_getsockopt, c->o->gfd, SOL_PACKET, PACKET_RESERVE, ATT_P(&reserve), ATT_P(&rlen), 0);
	if (err)
		return err;
	if (r->version == TPACKET_V1)
		hdrlen = TPACKET_HDRLEN;
	else if (r->version == TPACKET_V3)
		hdrlen = TPACKET3_HDRLEN;
	/* as tpacket_rcv(): space for a link-layer header, the network header aligned */
	r->macoff = (unsigned)TPACKET_ALIGN(hdrlen + 16) + reserve - (c->o->type == SOCK_DGRAM ? 0 : 14);
	r->size = (size_t)r->req.tp_block_size * r->req.tp_block_nr;
	if ((r->version == TPACKET_V3 && len < sizeof(r->req)) || !sizes_right(r, hdrlen, reserve))
		return -EINVAL;
	if (r->size > RING_MAX || memory(r))
		return -ENOMEM; /* callers ask for less then */
	err = prepare(c, r);
	return !err && c->o->ring ? -EBUSY : err;
}

long att_ring_set(struct att_call *c, const void *val, size_t len)
{
	struct att_obj *o = c->o;
	struct att_ring *r;
	long err;

	if (o->kind != ATT_MSG || o->domain != AF_PACKET)
		return -ENOPROTOOPT;
	if (len < sizeof(struct tpacket_req))
		return -EINVAL;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->fd = r->aside = -1;
	memcpy(&r->req, val, len < sizeof(r->req) ? len : sizeof(r->req));
	if (o->ring && (o->ring->busy || r->req.tp_block_nr))
		err = -EBUSY;
	else if (r->req.tp_block_nr)
		err = make(c, r, len);
	else
		err = 0;
	if (!err && r->req.tp_block_nr) {
		o->ring = r;
		c->a->nrings++;
		return 0;
	}
	destroy(r);
	if (!err)
		att_ring_free(c->a, o);
	return err;
}

/* ---- mapping ---- */

static bool cloexec(pid_t tid, int fd)
{
	char path[48], buf[256], *at;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)tid, fd);
	at = att_read_proc(path, buf, sizeof(buf)) ? strstr(buf, "flags:") : NULL;
	return at && (strtoul(at + 6, NULL, 8) & O_CLOEXEC);
}

/* Descriptor @src of ours takes number @fd in the program; its call goes on waiting for an answer. */
static int replace(struct att_call *c, int src, int fd, int flags)
{
	struct seccomp_notif_addfd add = { .id = c->id,
					   .flags = SECCOMP_ADDFD_FLAG_SETFD,
					   .srcfd = (uint32_t)src,
					   .newfd = (uint32_t)fd,
					   .newfd_flags = (uint32_t)flags };
	int n;

	do
		n = ioctl(c->l->fd, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

void att_ring_put_back(struct att_call *c)
{
	for (struct att_list *n = c->a->objs.next; n != &c->a->objs; n = n->next) {
		struct att_ring *r = att_entry(n, struct att_obj, node)->ring;
		char path[48];
		struct stat st;

		if (!r || r->aside < 0 || r->aside_tid != c->p->tid)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)c->p->tid, r->aside_fd);
		if (!stat(path, &st) && st.st_ino == r->ino && S_ISREG(st.st_mode) && /* not closed meanwhile */
		    replace(c, r->aside, r->aside_fd, r->aside_flags) == -ENOENT)
			continue; /* interrupted: the next call, then */
		end_aside(c->a, r);
	}
}

void att_ring_left(struct lk_attach *a, pid_t tid)
{
	for (struct att_list *n = a->objs.next; n != &a->objs; n = n->next) {
		struct att_ring *r = att_entry(n, struct att_obj, node)->ring;

		if (r && r->aside_tid == tid)
			end_aside(a, r);
	}
}

static long do_mmap(struct att_call *c)
{
	const __u64 *arg = c->data.args;
	const int fd = (int)arg[4];
	struct att_ring *r;

	c->o = att_obj_of_fd(c, fd);
	r = c->o ? c->o->ring : NULL;
	if (!r)
		return ATT_CONTINUE;
	if (arg[5] || ((arg[1] + 4095) & ~4095ULL) != r->size)
		return -EINVAL;
	if (r->aside >= 0)
		return -EBUSY;
	r->aside_flags = cloexec(c->p->tid, fd) ? O_CLOEXEC : 0;
	r->aside = att_fd_dup(c, c->o);
	if (r->aside < 0)
		return -ENOMEM;
	c->a->nasides++;
	r->aside_fd = fd;
	r->aside_tid = c->p->tid;
	if (!replace(c, r->fd, fd, r->aside_flags))
		return ATT_CONTINUE;
	end_aside(c->a, r);
	return -ENOMEM;
}

const struct att_entry att_ring_calls[] = {
	{ SYS_mmap, do_mmap, 0 },
	{ 0, NULL, 0 },
};
