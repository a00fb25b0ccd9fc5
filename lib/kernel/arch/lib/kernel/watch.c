// SPDX-License-Identifier: GPL-2.0-only
/*
 * arch/lib/kernel/watch.c - tells the host which guest descriptors may have changed readiness
 *
 * A watch hangs on the wait queues that the file's poll operation names, like one entry of epoll. A wake-up puts it on the list
 * of those that fired (once); the host takes them off after the guest has run and looks at the level itself.
 */
#include <linux/file.h>
#include <linux/list.h>
#include <linux/net.h>
#include <linux/poll.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <net/tcp.h>
#include <net/udp.h>
#include "lk.h"

#define QUEUES_MAX 4

struct watch {
	struct list_head fired;
	unsigned int cookie, queues;
	struct file *file;
	poll_table pt;
	struct {
		wait_queue_entry_t entry;
		wait_queue_head_t *head;
	} q[QUEUES_MAX];
};

static DEFINE_XARRAY(watches); /* by descriptor */
static LIST_HEAD(fired);

static int wake(wait_queue_entry_t *entry, unsigned int mode, int sync, void *key)
{
	struct watch *w = entry->private;

	if (list_empty(&w->fired))
		list_add_tail(&w->fired, &fired);
	return 1;
}

static void hang_on(struct file *file, wait_queue_head_t *head, poll_table *pt)
{
	struct watch *w = container_of(pt, struct watch, pt);

	if (w->queues == QUEUES_MAX)
		return;
	init_waitqueue_func_entry(&w->q[w->queues].entry, wake);
	w->q[w->queues].entry.private = w;
	w->q[w->queues].head = head;
	add_wait_queue(head, &w->q[w->queues].entry);
	w->queues++;
}

long lk_watch_del(int fd)
{
	struct watch *w = xa_erase(&watches, fd);

	if (!w)
		return -ENOENT;
	while (w->queues) {
		w->queues--;
		remove_wait_queue(w->q[w->queues].head, &w->q[w->queues].entry);
	}
	list_del(&w->fired);
	fput(w->file);
	kfree(w);
	return 0;
}

long lk_watch_add(int fd, unsigned int cookie)
{
	struct watch *w;
	int err;

	if (fd < 0)
		return -EBADF;
	lk_watch_del(fd);
	w = kzalloc(sizeof(*w), GFP_KERNEL);
	if (!w)
		return -ENOMEM;
	INIT_LIST_HEAD(&w->fired);
	w->cookie = cookie;
	w->file = fget(fd);
	if (!w->file) {
		kfree(w);
		return -EBADF;
	}
	err = xa_err(xa_store(&watches, fd, w, GFP_KERNEL));
	if (err) {
		fput(w->file);
		kfree(w);
		return err;
	}
	init_poll_funcptr(&w->pt, hang_on);
	w->pt._key = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLERR | EPOLLHUP | EPOLLRDHUP;
	vfs_poll(w->file, &w->pt);
	return 0;
}

long lk_watch_now(int fd)
{
	struct file *file = fget(fd);
	long events;

	if (!file)
		return (__force u32)EPOLLNVAL;
	events = (__force u32)vfs_poll(file, NULL);
	fput(file);
	return events;
}

struct socket *lk_watch_socket(int fd)
{
	struct watch *w = xa_load(&watches, fd);

	return w ? sock_from_file(w->file) : NULL;
}

/*
 * On the host's stack: the guest stands still, nothing may sleep. So only sockets are looked at whose poll operation takes no lock, which are
 * nearly all there are.
 */
int lk_guest_poll(int fd, unsigned int *events)
{
	struct socket *sock = lk_watch_socket(fd);

	if (!sock || (sock->ops->poll != tcp_poll && sock->ops->poll != udp_poll && sock->ops->poll != datagram_poll))
		return 0;
	*events = (__force u32)sock->ops->poll(sock->file, sock, NULL);
	return 1;
}

/* On the host's stack: the guest stands still. */
int lk_guest_fired(unsigned int *cookie)
{
	struct watch *w = list_first_entry_or_null(&fired, struct watch, fired);

	if (!w)
		return 0;
	list_del_init(&w->fired);
	*cookie = w->cookie;
	return 1;
}
