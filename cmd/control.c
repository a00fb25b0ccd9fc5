/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/control.c - the element's end of the control socket, see cmd/control.h */
#include "cmd/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/element.h"

#define CLIENTS 32

struct client {
	struct control *control;
	int fd;
	struct lk_watch *watch;
};

struct control {
	struct element *element;
	int fd;
	struct lk_watch *watch;
	struct client client[CLIENTS];
};

static void drop(struct client *c)
{
	lk_loop_del(c->watch);
	close(c->fd);
	c->watch = NULL;
	c->fd = -1;
}

static int passed_fd(struct msghdr *m)
{
	int fd = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void on_request(void *arg, uint32_t events)
{
	struct client *c = arg;
	struct element *e = c->control->element;
	char request[16] = "", reply[CONTROL_MESSAGE_MAX];
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} ctl;
	struct iovec iov = { request, sizeof(request) - 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &ctl, .msg_controllen = sizeof(ctl) };
	const ssize_t n = recvmsg(c->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	size_t len;
	int fd, err;

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(c);
		return;
	}
	request[n] = 0;
	fd = passed_fd(&m);
	if (!strcmp(request, "exec") && fd >= 0) {
		err = lk_attach_serve(e->attach, fd);
		if (!err)
			lk_attach_guard();
		fd = -1;
		len = err ? snprintf(reply, sizeof(reply), "error %s", strerror(-err)) : snprintf(reply, sizeof(reply), "ok");
	} else if (!strcmp(request, "ls")) {
		len = element_counters(e, reply, sizeof(reply));
	} else if (!strcmp(request, "up")) {
		e->script_foreground = e->script != 0;
		element_pass(e);
		len = snprintf(reply, sizeof(reply), "ok");
	} else {
		len = snprintf(reply, sizeof(reply), "error no such request");
	}
	if (fd >= 0)
		close(fd);
	if (send(c->fd, reply, len, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)len)
		drop(c);
}

static void on_connect(void *arg, uint32_t events)
{
	struct control *ctl = arg;
	const int fd = accept4(ctl->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int i;

	(void)events;
	if (fd < 0)
		return;
	for (i = 0; i < CLIENTS && ctl->client[i].fd >= 0; i++)
		;
	if (i == CLIENTS || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) || peer.uid != geteuid()) {
		close(fd);
		return;
	}
	ctl->client[i].fd = fd;
	ctl->client[i].watch = lk_loop_add(ctl->element->loop, fd, EPOLLIN, on_request, &ctl->client[i]);
	if (!ctl->client[i].watch)
		drop(&ctl->client[i]);
}

static socklen_t address(struct sockaddr_un *sa, const char *element)
{
	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	return offsetof(struct sockaddr_un, sun_path) + 1 +
	       snprintf(sa->sun_path + 1, sizeof(sa->sun_path) - 1, CONTROL_PREFIX "%s", element);
}

struct control *control_open(struct element *e)
{
	struct control *ctl = calloc(1, sizeof(*ctl));
	struct sockaddr_un sa;
	const socklen_t len = address(&sa, e->name);

	if (!ctl)
		cmd_die(CMD_SYSTEM, "out of memory");
	ctl->element = e;
	for (int i = 0; i < CLIENTS; i++) {
		ctl->client[i].fd = -1;
		ctl->client[i].control = ctl;
	}
	ctl->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ctl->fd < 0 || bind(ctl->fd, (struct sockaddr *)&sa, len) || listen(ctl->fd, CLIENTS))
		cmd_die(CMD_SYSTEM, "unable to listen for commands to %s: %s", e->name, strerror(errno));
	ctl->watch = lk_loop_add(e->loop, ctl->fd, EPOLLIN, on_connect, ctl);
	return ctl;
}

void control_close(struct control *ctl)
{
	if (!ctl)
		return;
	for (int i = 0; i < CLIENTS; i++)
		if (ctl->client[i].fd >= 0)
			drop(&ctl->client[i]);
	lk_loop_del(ctl->watch);
	close(ctl->fd);
	free(ctl);
}

int control_connect(const char *element)
{
	struct sockaddr_un sa;
	const socklen_t len = address(&sa, element);
	const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct ucred peer;
	socklen_t plen = sizeof(peer);
	int err;

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, len) || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &plen)) {
		err = -errno;
		close(fd);
		return err;
	}
	if (peer.uid != geteuid()) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

pid_t control_pid(const char *element)
{
	const char *dot = strrchr(element, '.');

	return dot ? atoi(dot + 1) : 0;
}

int control_ask(int sock, const char *request, int fd, char *reply, size_t len, unsigned seconds)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} ctl = { 0 };
	struct iovec iov = { (void *)(uintptr_t)request, strlen(request) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (fd >= 0) {
		m.msg_control = &ctl;
		m.msg_controllen = sizeof(ctl);
		CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, sizeof(fd));
	}
	if (setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){ .tv_sec = seconds }, sizeof(struct timeval)) ||
	    sendmsg(sock, &m, MSG_NOSIGNAL) < 0)
		return -errno;
	do
		n = recv(sock, reply, len - 1, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return -ETIMEDOUT;
	if (n <= 0)
		return n ? -errno : -ECONNRESET;
	reply[n] = 0;
	return n;
}

int control_list(void (*fn)(const char *element, void *arg), void *arg)
{
	static const char mark[] = "@" CONTROL_PREFIX;
	FILE *f = fopen("/proc/net/unix", "re");
	char *text = NULL, *at;
	size_t cap = 0;
	unsigned flags;
	int n = 0;

	if (!f)
		return 0;
	while (getline(&text, &cap, f) > 0) {
		/* columns: Num RefCount Protocol Flags ...; 00010000 marks the listening socket, not its connections */
		at = strstr(text, mark);
		if (!at || sscanf(text, "%*s %*s %*s %x", &flags) != 1 || flags != 0x10000)
			continue;
		at[strcspn(at, "\n")] = 0;
		fn(at + sizeof(mark) - 1, arg);
		n++;
	}
	free(text);
	fclose(f);
	return n;
}

struct search {
	const char *what;
	char *name, *others;
	size_t len, others_len;
	int hits, foreign; /* foreign: another user's */
};

static void match(const char *element, void *arg)
{
	struct search *s = arg;
	const char *dot = strrchr(element, '.');
	const size_t base = dot ? (size_t)(dot - element) : strlen(element);
	int sock;

	if (strcmp(element, s->what) && !(dot && !strcmp(dot + 1, s->what)) && !(strlen(s->what) == base && !memcmp(element, s->what, base)))
		return;
	sock = control_connect(element);
	if (sock == -EPERM)
		s->foreign++;
	if (sock < 0)
		return; /* or it has just ended */
	close(sock);
	if (!s->hits++)
		snprintf(s->name, s->len, "%s", element);
	snprintf(s->others + strlen(s->others), s->others_len - strlen(s->others), " %s", element);
}

void control_find(const char *what, char *name, size_t len)
{
	char others[512] = "";
	struct search s = { .what = what, .name = name, .others = others, .len = len, .others_len = sizeof(others) };

	control_list(match, &s);
	if (!s.hits && s.foreign)
		cmd_die(CMD_NO, "element '%s' belongs to another user", what);
	if (!s.hits && getenv("STDPKT_ELEMENT"))
		cmd_die(CMD_NO, "a program of an element sees no '%s'; ask outside", what);
	if (!s.hits)
		cmd_die(CMD_NO, "no running element '%s'; 'stdpkt ls' lists them", what);
	if (s.hits > 1)
		cmd_die(CMD_NO, "'%s' is more than one element, name one by its number:%s", what, others);
}
