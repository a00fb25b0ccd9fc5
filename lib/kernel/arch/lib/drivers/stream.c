// SPDX-License-Identifier: GPL-2.0-only
/*
 * arch/lib/drivers/stream.c - bytes of TCP connections that the host puts into the pool, or takes, where they lie
 *
 * Theory of operation, sending: TCP copies what it is given to where its page fragment says, which is in the pool when the connection goes out by a
 * card that lends. The host can read a program's bytes into chunks of the pool itself, and give them to LK_CALL_send_chunks. There the fragment is made to
 * say, before each copy, that the next bytes go to where they are: a copy of something to itself is none. All else is upstream's.
 *
 * Receiving: while the guest stands still the host looks where in a connection's queue the next bytes lie (lk_guest_peek()), sends them to
 * the program, and then says how many by LK_CALL_taken. Nobody else takes any in between; where those lie that follow may change.
 */
#include <linux/file.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <net/tcp.h>
#include "../kernel/lk.h"
#include "pool.h"

/* A call of send_chunks, while it lasts. */
struct sending {
	struct list_head node;
	const struct task_struct *task;
	const struct sock *sk;
	const struct iov_iter *from;
};

static LIST_HEAD(sendings);

/* The fragment of @s says: where the next bytes lie. It owns a reference, as ever. */
static void follow(const struct sending *s, struct page_frag *frag)
{
	const struct kvec *v = s->from->kvec;
	void *at = v->iov_base + s->from->iov_offset;
	struct page *chunk = virt_to_head_page(at);

	get_page(chunk);
	if (frag->page)
		put_page(frag->page);
	frag->page = chunk;
	frag->offset = at - page_address(chunk);
	frag->size = frag->offset + v->iov_len - s->from->iov_offset;
}

/* What a TCP connection sends by a card that lends is collected in the pool. */
bool __real_sk_page_frag_refill(struct sock *sk, struct page_frag *frag);
bool __wrap_sk_page_frag_refill(struct sock *sk, struct page_frag *frag);
bool __wrap_sk_page_frag_refill(struct sock *sk, struct page_frag *frag)
{
	struct page *chunk = NULL;
	struct sending *s;
	bool lends;

	list_for_each_entry(s, &sendings, node) {
		if (s->task == current && s->sk == sk && frag == &current->task_frag) {
			follow(s, frag);
			return true;
		}
	}
	lends = lk_nic_lends(sk);
	if (!lends && frag->page && lk_pool_own(page_address(frag->page), 1)) { /* begun for another connection: not for neighbours */
		put_page(frag->page);
		frag->page = NULL;
	}
	if (lends && (!frag->page || frag->offset + 32 > frag->size))
		chunk = lk_pool_get();
	if (!chunk)
		return __real_sk_page_frag_refill(sk, frag);
	if (frag->page)
		put_page(frag->page);
	*frag = (struct page_frag){ .page = chunk, .size = LK_CHUNK_BYTES };
	return true;
}

long lk_send_chunks(int fd, const struct kvec *v, unsigned int n)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	const struct page_frag kept = current->task_frag;
	struct sending s = { .task = current, .from = &msg.msg_iter };
	unsigned long len = 0;
	struct socket *sock;
	bool inside = true;
	unsigned int i;
	int err;

	sock = sockfd_lookup(fd, &err);
	if (!sock)
		return err;
	for (i = 0; i < n; i++) {
		len += v[i].iov_len;
		inside &= lk_pool_own(v[i].iov_base, v[i].iov_len);
	}
	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, v, n, len);
	s.sk = sock->sk;
	if (!inside || s.sk->sk_prot->sendmsg != tcp_sendmsg) { /* not in chunks; kTLS, sockmap: copied */
		err = sock_sendmsg(sock, &msg);
		goto out;
	}
	current->task_frag.page = NULL;
	list_add(&s.node, &sendings);
	err = sock_sendmsg(sock, &msg);
	list_del(&s.node);
	if (current->task_frag.page)
		put_page(current->task_frag.page);
	current->task_frag = kept;
out:
	sockfd_put(sock);
	return err;
}

/* The connection behind a watched descriptor, if it is just that. */
static struct sock *connection(int fd)
{
	struct socket *sock = lk_watch_socket(fd);
	struct sock *sk = sock ? sock->sk : NULL;

	return sk && sk->sk_prot->recvmsg == tcp_recvmsg && sk->sk_prot->sendmsg == tcp_sendmsg ? sk : NULL;
}

/* On the host's stack, as are all below. */
int lk_guest_lends(int fd)
{
	struct sock *sk = connection(fd);

	return sk && lk_nic_lends(sk);
}

void *lk_guest_chunk(void)
{
	struct page *chunk = lk_pool_get();

	return chunk ? page_address(chunk) : NULL;
}

void lk_guest_chunk_hold(const void *at)
{
	get_page(virt_to_head_page(at));
}

void lk_guest_chunk_put(const void *at)
{
	put_page(virt_to_head_page(at));
}

/* The pieces of @skb from @off on, behind @n of them, @left bytes at most: how many there are then. */
static unsigned int pieces(const struct sk_buff *skb, unsigned int off, struct lk_guest_piece *piece, unsigned int n, unsigned int max, unsigned long *left)
{
	int i;

	for (i = -1; i < skb_shinfo(skb)->nr_frags && n < max && *left; i++) {
		const skb_frag_t *f = &skb_shinfo(skb)->frags[i];
		const unsigned int len = i < 0 ? skb_headlen(skb) : skb_frag_size(f);

		if (off >= len) {
			off -= len;
			continue;
		}
		piece[n].data = (i < 0 ? (const void *)skb->data : skb_frag_address(f)) + off;
		piece[n].len = min_t(unsigned long, len - off, *left);
		*left -= piece[n++].len;
		off = 0;
	}
	return n;
}

unsigned int lk_guest_peek(int fd, struct lk_guest_piece *piece, unsigned int max, unsigned long len)
{
	struct sock *sk = connection(fd);
	const struct tcp_sock *tp = sk ? tcp_sk(sk) : NULL;
	const struct sk_buff *skb;
	unsigned int n = 0;
	u32 seq;

	if (!sk || sk->sk_state == TCP_LISTEN || sock_owned_by_user(sk) || tp->urg_data || tp->repair)
		return 0;
	seq = tp->copied_seq;
	skb_queue_walk(&sk->sk_receive_queue, skb) {
		const u32 off = seq - TCP_SKB_CB(skb)->seq;

		if (off >= skb->len || skb_has_frag_list(skb) || !skb_frags_readable(skb) || TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN || n == max || !len)
			break;
		n = pieces(skb, off, piece, n, max, &len);
		seq = TCP_SKB_CB(skb)->seq + skb->len;
	}
	return n;
}

static int take(read_descriptor_t *desc, struct sk_buff *skb, unsigned int off, size_t len)
{
	len = min(len, desc->count);
	desc->count -= len;
	return len;
}

/* In a thread that serves calls. */
long lk_taken(int fd, unsigned long n)
{
	read_descriptor_t desc = { .count = n };
	struct socket *sock;
	long ret;
	int err;

	sock = sockfd_lookup(fd, &err);
	if (!sock)
		return err;
	lock_sock(sock->sk);
	ret = sock->sk->sk_prot->recvmsg == tcp_recvmsg ? tcp_read_sock(sock->sk, &desc, take) : -EINVAL;
	release_sock(sock->sk);
	sockfd_put(sock);
	return ret;
}
