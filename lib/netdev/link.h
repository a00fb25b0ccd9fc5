/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/netdev/link.h - the return path of a link, and what its two ends tell each other (private to lib/netdev)
 *
 *     A | B      A's right port listens (link.c), B's left port connects (retpath.c); DESIGN.md section 5
 *
 * One connection, on the abstract Unix socket "\0stdpkt/link/NAME":
 *   B: hello 1 link=NAME stdin=DEV:INO formats=ring,bin offload=0|1\n   device and inode number of its fd 0, decimal
 *   A: hello 1 link=NAME direct=0|1 ring=0|1 offload=0|1\n   direct=1: A's fd 1 is that same FIFO
 *                                                           ring=1: with it come the descriptors of shm.h
 *   A: no REASON\n                                          instead, and closes
 *   B: frames toward A, in PKT_FMT_BIN from its magic on; A sends nothing more
 * offload=1: the end takes frames whose checksums are not filled in, and segments over the MTU, from the ring.
 * After direct=1 ring=0 A may end text with "#stdpkt switch bin". After ring=1 B says with a switch in its own stream that it has
 * mapped the memory, and goes on there; then A does the same in its own. Words that an end does not know are skipped; a line is at
 * most LK_HELLO_MAX bytes with its newline. Both check the other's uid before they read a byte.
 */
#ifndef LK_NETDEV_LINK_H
#define LK_NETDEV_LINK_H

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "lib/netdev/shm.h"
#include "lib/netdev/stream.h"

#define LK_HELLO_MAX 512

struct lk_hello {
	char link[PKT_LINK_MAX];
	bool has_stdin;
	uint64_t dev, ino;
	bool bin;    /* formats= has bin */
	bool ring;   /* formats= has ring; ring=1 */
	bool direct;
	bool offload;
};

/* A line that is being collected from a socket. */
struct lk_line {
	char buf[LK_HELLO_MAX];
	size_t len;
	bool take_fds; /* descriptors that come with it are kept */
	int fd[LK_SHM_FDS];
	unsigned fds;
};
/*
 * lk_line_read() - read what is there. 1: there is a line; it ends in NUL instead of the newline, *rest and *restlen
 * are the bytes behind it (in buf). 0: not yet. -errno: EPIPE at the end, EMSGSIZE too long.
 */
int lk_line_read(struct lk_line *l, int fd, const char **rest, size_t *restlen);
void lk_line_close(struct lk_line *l); /* closes the descriptors that came */
/* lk_hello_parse() - 0, or -EPROTO. @line is a stranger's. */
int lk_hello_parse(const char *line, struct lk_hello *h);

/* lk_link_address() - the socket's address; returns its length. @name is at most PKT_LINK_MAX - 1 long. */
socklen_t lk_link_address(struct sockaddr_un *sa, const char *name);
/* lk_link_peer_uid() - the uid behind a connected socket; 0 or -errno. */
int lk_link_peer_uid(int fd, uid_t *uid);

/* The listening end. */
struct lk_link;
/*
 * lk_link_new() - listen. @name: the link's name; where it is taken (another pid namespace, a squatter) it becomes one
 * that is free. @st: the stream's descriptor. @direct: a peer holds the other end of it; @shm is shared with it, or NULL; @offload: it takes that.
 * NULL: *err is -errno.
 */
struct lk_link *lk_link_new(struct lk_port *port, char name[PKT_LINK_MAX], const struct stat *st,
			    void (*direct)(void *arg, struct lk_shm *shm, bool offload), void *arg, int *err);
int lk_link_pump(struct lk_link *l, int budget);
void lk_link_flush(struct lk_link *l);
bool lk_link_pending(const struct lk_link *l);
void lk_link_gate(struct lk_link *l);
unsigned lk_link_peers(const struct lk_link *l);
void lk_link_free(struct lk_link *l);

/* The connecting end. */
struct lk_retpath;
/* lk_retpath_new() - @in: the port's input, whose descriptor is @st; gets the memory that is shared with the writer. */
struct lk_retpath *lk_retpath_new(struct lk_port *port, struct lk_in *in, const struct stat *st);
/*
 * lk_retpath_name() - the input named a link ("": a frame without a name). The first name counts. @ours: the input is
 * a stream of ours and not a capture, so that a name that cannot be connected is worth a line at once.
 */
void lk_retpath_name(struct lk_retpath *r, const char *name, bool ours);
/* lk_retpath_end() - no name will come any more: the input has ended, or (@quiet) the element, whose last words tell what was lost. */
void lk_retpath_end(struct lk_retpath *r, bool quiet);
void lk_retpath_send(struct lk_retpath *r, const struct iovec *iov, int n, size_t len);
void lk_retpath_flush(struct lk_retpath *r);
bool lk_retpath_full(const struct lk_retpath *r);
bool lk_retpath_drained(const struct lk_retpath *r);
const char *lk_retpath_state(const struct lk_retpath *r); /* link's name, or a word why there is none */
void lk_retpath_free(struct lk_retpath *r);

#endif
