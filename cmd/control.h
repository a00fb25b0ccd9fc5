/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd/control.h - how commands reach a running element
 *
 * An element listens on the abstract Unix socket "\0stdpkt/control/NAME.PID" (SOCK_SEQPACKET). A request is one message, the answer is
 * one message:
 *   "ls"                          -> lines "NAME PORT MEDIUM rx-frames rx-bytes tx-frames tx-bytes drops REASONS"
 *   "up"                          -> "ok"
 *   "exec" + SCM_RIGHTS listener  -> "ok": the element serves the programs behind that seccomp listener
 *   anything else                 -> "error REASON"
 * Both ends refuse a peer of another user.
 */
#ifndef CMD_CONTROL_H
#define CMD_CONTROL_H

#include <stddef.h>
#include <sys/types.h>

#define CONTROL_PREFIX "stdpkt/control/"
#define CONTROL_MESSAGE_MAX 16384

/* control_connect() - to element NAME.PID; its socket or -errno (-ECONNREFUSED: no such element, -EPERM: another user's). */
int control_connect(const char *element);
/* control_pid() - the process of element NAME.PID, as it knows itself. */
pid_t control_pid(const char *element);
/* control_find() - the element that @what (NAME, PID or NAME.PID) means: its NAME.PID in @name. Dies with a clear line if none or several. */
void control_find(const char *what, char *name, size_t len);
/* control_list() - NAME.PID of all elements of this network namespace, one call of @fn each; returns how many. */
int control_list(void (*fn)(const char *element, void *arg), void *arg);
/*
 * control_ask() - one request (with descriptor @fd unless -1), the answer in @reply, NUL-terminated; its length or -errno, -ETIMEDOUT if the
 * element has not answered after @seconds: it may be stopped.
 */
#define CONTROL_PATIENCE 30 /* s: for what cannot do without the answer */
int control_ask(int sock, const char *request, int fd, char *reply, size_t len, unsigned seconds);

#endif
