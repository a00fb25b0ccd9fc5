// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/netdev/hello.c - the lines with which the two ends of a return path begin; lib/netdev/link.h has the protocol
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/netdev/link.h"

#define LINK_PREFIX "stdpkt/link/"

socklen_t lk_link_address(struct sockaddr_un *sa, const char *name)
{
	int n;

	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	n = snprintf(sa->sun_path + 1, sizeof(sa->sun_path) - 1, LINK_PREFIX "%.*s", PKT_LINK_MAX - 1, name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

int lk_link_peer_uid(int fd, uid_t *uid)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	*uid = cred.uid;
	return 0;
}

/* Keep what fits, close the rest. */
static void line_fds(struct lk_line *l, struct msghdr *msg)
{
	struct cmsghdr *c;
	size_t i;
	int fd;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(fd); i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (l->fds < LK_SHM_FDS)
				l->fd[l->fds++] = fd;
			else
				close(fd);
		}
	}
}

void lk_line_close(struct lk_line *l)
{
	while (l->fds)
		close(l->fd[--l->fds]);
}

int lk_line_read(struct lk_line *l, int fd, const char **rest, size_t *restlen)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(l->fd))];
	struct iovec iov = { l->buf + l->len, sizeof(l->buf) - l->len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	char *nl;
	ssize_t n;

	if (l->take_fds) { /* else the kernel lets go of what comes */
		msg.msg_control = control;
		msg.msg_controllen = CMSG_LEN(sizeof(l->fd)); /* not one more */
	}
	do {
		n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n >= 0 && msg.msg_controllen)
		line_fds(l, &msg);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
	if (!n)
		return -EPIPE;
	nl = memchr(l->buf + l->len, '\n', (size_t)n);
	l->len += (size_t)n;
	if (!nl)
		return l->len == sizeof(l->buf) ? -EMSGSIZE : 0;
	*nl = 0;
	*rest = nl + 1;
	*restlen = l->len - (size_t)(nl + 1 - l->buf);
	return 1;
}

/* A decimal number that ends at @end. */
static bool number(const char *s, const char *end, uint64_t *v)
{
	char *stop;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	*v = strtoull(s, &stop, 10);
	return !errno && stop == end;
}

/* @list is bounded by @end: comma-separated words. */
static bool listed(const char *list, const char *end, const char *word)
{
	size_t n = strlen(word), k;

	for (; list < end; list += k + 1) {
		k = strcspn(list, ", ");
		if (k == n && !memcmp(list, word, n))
			return true;
	}
	return false;
}

static int hello_word(const char *w, const char *end, struct lk_hello *h)
{
	const char *v = memchr(w, '=', (size_t)(end - w)), *colon;
	size_t key;

	if (!v)
		return 0;
	key = (size_t)(v++ - w);
	if (key == 4 && !memcmp(w, "link", key)) {
		if (!pkt_link_ok(v, (size_t)(end - v)))
			return -EPROTO;
		memset(h->link, 0, sizeof(h->link));
		memcpy(h->link, v, (size_t)(end - v));
	} else if (key == 5 && !memcmp(w, "stdin", key)) {
		colon = memchr(v, ':', (size_t)(end - v));
		if (!colon || !number(v, colon, &h->dev) || !number(colon + 1, end, &h->ino))
			return -EPROTO;
		h->has_stdin = true;
	} else if (key == 7 && !memcmp(w, "formats", key)) {
		h->bin = listed(v, end, "bin");
		h->ring = listed(v, end, "ring");
	} else if (key == 6 && !memcmp(w, "direct", key)) {
		h->direct = end - v == 1 && *v == '1';
	} else if (key == 4 && !memcmp(w, "ring", key)) {
		h->ring = end - v == 1 && *v == '1';
	} else if (key == 7 && !memcmp(w, "offload", key)) {
		h->offload = end - v == 1 && *v == '1';
	}
	return 0;
}

int lk_hello_parse(const char *line, struct lk_hello *h)
{
	static const char head[] = "hello 1 ";
	const char *w = line + sizeof(head) - 1, *end;
	int err;

	memset(h, 0, sizeof(*h));
	if (strncmp(line, head, sizeof(head) - 1))
		return -EPROTO;
	for (; *w; w = *end ? end + 1 : end) {
		end = w + strcspn(w, " ");
		err = hello_word(w, end, h);
		if (err)
			return err;
	}
	return h->link[0] ? 0 : -EPROTO;
}
