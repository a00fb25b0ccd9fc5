// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/poll.c - poll and select of sockets for which a placeholder cannot speak
 *
 * A placeholder can be made readable, but it cannot be made to say POLLERR, by which traceroute knows that there is something in the
 * error queue, or POLLHUP, as a socket that is not connected or was refused. Only while a socket is there that wants an error queue
 * (IP_RECVERR and its like), or is in such a state (odd), does poll look at its arguments: when one of these has an error the answer is given
 * here, of the guest's sockets alone; otherwise the host polls the placeholders. select knows no such event; epoll is not served and
 * reports EPOLLIN for it.
 *
 * Of sockets with a mapped ring poll and select look first whether the program has emptied it (ring.c): who is told that there is something
 * waits for it in the ring then, and listens to nothing else.
 */
#include <poll.h>
#include <sys/syscall.h>

#include "lib/attach/internal.h"

#define FEW 256 /* entries that are looked at; who has more is no traceroute */

static long do_poll(struct att_call *c)
{
	uint64_t addr = c->data.args[0], count = c->data.args[1];
	struct att_obj *o[FEW];
	struct pollfd p[FEW];
	bool error = false;
	long ready = 0;

	if ((!c->a->nerrors && !c->a->nrings && !c->a->nodd) || !count || count > FEW || att_get(c, p, addr, count * sizeof(p[0])))
		return ATT_CONTINUE;
	for (size_t i = 0; i < count; i++) {
		o[i] = p[i].fd < 0 ? NULL : att_obj_of_fd(c, p[i].fd);
		if (o[i] && o[i]->ring)
			att_obj_sync(c->a, o[i], c);
		error |= o[i] && (o[i]->errors || o[i]->ring || o[i]->odd) &&
			 (c->a->be->poll_now(o[i]->gfd) & (o[i]->odd ? POLLERR | POLLHUP : POLLERR));
	}
	for (size_t i = 0; i < count; i++) {
		const uint32_t events = (uint32_t)(uint16_t)p[i].events | POLLERR | POLLHUP | POLLNVAL;

		p[i].revents = error && o[i] ? (short)(c->a->be->poll_now(o[i]->gfd) & events) : 0;
		ready += !!p[i].revents;
		if (o[i])
			att_obj_put(c->a, o[i]);
	}
	if (!error)
		return ATT_CONTINUE;
	return att_put(c, addr, p, count * sizeof(p[0])) ? -EFAULT : ready;
}

static long do_select(struct att_call *c)
{
	if (c->a->nrings)
		att_ring_look(c->a, c);
	return ATT_CONTINUE;
}

const struct att_entry att_poll_calls[] = {
#ifdef SYS_poll
	{ SYS_poll, do_poll, 0 },
	{ SYS_select, do_select, 0 },
#endif
	{ SYS_ppoll, do_poll, 0 },
	{ SYS_pselect6, do_select, 0 },
	{ 0, NULL, 0 },
};
