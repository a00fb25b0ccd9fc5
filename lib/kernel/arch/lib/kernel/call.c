// SPDX-License-Identifier: GPL-2.0-only
/*
 * arch/lib/kernel/call.c - system calls of the host are served by guest threads
 *
 * Theory of operation: the host queues calls and raises LK_IRQ_CALL; its handler wakes a server. A server takes calls one after
 * another. A call may sleep, so one idle server is always kept in reserve: the one that takes a call while no other is idle
 * starts another first. All servers share one descriptor table and are ordinary processes without an address space: every
 * capability (unless a call is to be without), every signal blocked. task_work, which elsewhere runs on return to user mode, runs after
 * each call.
 *
 * pid 1 goes upstream's whole way and ends, as it must, in exec of /init. That is an empty file, and the binary format for it
 * is ours: it never returns.
 */
#include <linux/binfmts.h>
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/highuid.h>
#include <linux/init.h>
#include <linux/init_syscalls.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/signal.h>
#include <linux/syscalls.h>
#include <linux/task_work.h>
#include "lk.h"

#define SERVERS_MAX 256

static struct lk_guest_call *queue, **queue_tail = &queue;
static DECLARE_WAIT_QUEUE_HEAD(waiting);
static unsigned int idle_servers, servers;
static bool ready;
unsigned int lk_calls_taken;
static const struct cred *nobody;

typedef long call_fn(unsigned long, unsigned long, unsigned long, unsigned long, unsigned long, unsigned long);

static call_fn *const calls[] = {
#define X(name, fn) [LK_CALL_##name] = (call_fn *)(void *)fn,
	LK_CALLS(X)
#undef X
};

static long perform(const struct lk_guest_call *c)
{
	const unsigned long *a = c->arg;

	switch (c->index) {
	case LK_CALL_poll_watch:
		return lk_watch_add(a[0], a[1]);
	case LK_CALL_poll_unwatch:
		return lk_watch_del(a[0]);
	case LK_CALL_poll_now:
		return lk_watch_now(a[0]);
	case LK_CALL_busy:
		return lk_busy_frames();
	case LK_CALL_nic_add:
		return lk_nic_add(a[0]);
	case LK_CALL_send_chunks:
		return lk_send_chunks(a[0], (const struct kvec *)a[1], a[2]);
	case LK_CALL_taken:
		return lk_taken(a[0], a[1]);
	case LK_CALL_thaw:
		return lk_thaw();
	}
	if (c->index < 0 || c->index >= ARRAY_SIZE(calls) || !calls[c->index])
		return -ENOSYS;
	return calls[c->index](a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int serve(void *unused)
{
	sigset_t all;

	sigfillset(&all);
	set_current_blocked(&all);
	set_task_comm(current, "lk_server");
	for (;;) {
		struct lk_guest_call *c;
		const struct cred *old;

		idle_servers++;
		wait_event_idle_exclusive(waiting, queue);
		idle_servers--;
		c = queue;
		queue = c->next;
		if (!queue)
			queue_tail = &queue;
		if (!idle_servers && servers < SERVERS_MAX && user_mode_thread(serve, NULL, CLONE_FS | CLONE_FILES) > 0)
			servers++;
		old = c->unprivileged ? override_creds(nobody) : NULL;
		c->ret = perform(c);
		if (old)
			revert_creds(old);
		if (task_work_pending(current))
			task_work_run();
		c->done = 1;
	}
	return 0;
}

void lk_call_irq(void)
{
	wake_up(&waiting);
	if (queue && queue->next)
		wake_up_all(&waiting);
}

void lk_guest_call(struct lk_guest_call *c)
{
	c->done = 0;
	c->next = NULL;
	lk_calls_taken++;
	*queue_tail = c;
	queue_tail = &c->next;
	lk_irq_raise(LK_IRQ_CALL);
}

int lk_guest_ready(void)
{
	return ready;
}

static int park(struct linux_binprm *bprm)
{
	ready = true;
	for (;;) {
		set_current_state(TASK_IDLE);
		schedule();
	}
}

static const struct cred *no_capabilities(void)
{
	struct cred *cred = prepare_kernel_cred(&init_task);

	if (!cred)
		panic("no memory");
	cred->uid = cred->euid = cred->suid = cred->fsuid = KUIDT_INIT(DEFAULT_OVERFLOWUID);
	cred->gid = cred->egid = cred->sgid = cred->fsgid = KGIDT_INIT(DEFAULT_OVERFLOWGID);
	cap_clear(cred->cap_permitted);
	cap_clear(cred->cap_effective);
	cap_clear(cred->cap_bset);
	return cred;
}

static struct linux_binfmt parking = { .load_binary = park };

static int __init start_servers(void)
{
	struct file *init;

	init_mkdir("/proc", 0555);
	init_mkdir("/sys", 0555);
	if (init_mount("proc", "/proc", "proc", 0, NULL) || (IS_ENABLED(CONFIG_SYSFS) && init_mount("sysfs", "/sys", "sysfs", 0, NULL)))
		pr_err("/proc or /sys could not be mounted\n");
	if (user_mode_thread(serve, NULL, CLONE_FS | CLONE_FILES) < 0)
		panic("no thread to serve calls");
	servers = 1;

	init = filp_open("/init", O_CREAT | O_WRONLY, 0755);
	if (IS_ERR(init))
		panic("no /init");
	__fput_sync(init); /* at once: a file open for writing cannot be executed */
	register_binfmt(&parking);
	nobody = no_capabilities();
	init_mkdir("/dev", 0755);
	if (init_mknod("/dev/kmsg", S_IFCHR | 0644, new_encode_dev(MKDEV(1, 11)))) /* devices.txt: memory devices */
		pr_err("no /dev/kmsg\n");
	return 0;
}
late_initcall(start_servers);
