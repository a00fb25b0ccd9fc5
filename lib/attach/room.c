// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/room.c - room in the guest's pool for what programs write
 *
 * A connection that goes out by a card that lends need not copy what is in the pool already, so bytes that come in large portions are read into
 * it. As many chunks as a portion may need are kept at hand for all connections together, if the pool has them, and the first is used up before
 * the next.
 */
#include <string.h>

#include "lib/attach/internal.h"

#define ALIGN 64u
#define REST 4096u /* less is not worth a piece of its own */

int att_room(struct lk_attach *a, const struct att_obj *o, struct iovec v[ATT_ROOM])
{
	struct att_room *room = &a->room;
	int n = 0;

	if (!a->be->lends || !a->be->lends(o->gfd))
		return 0;
	for (; n < ATT_ROOM; n++) {
		const size_t used = n ? 0 : room->used;

		if (!room->chunk[n])
			room->chunk[n] = a->be->chunk();
		if (!room->chunk[n])
			break;
		v[n] = (struct iovec){ room->chunk[n] + used, LK_CHUNK_BYTES - used };
	}
	return n;
}

int att_room_took(struct lk_attach *a, struct iovec v[ATT_ROOM], size_t len)
{
	struct att_room *room = &a->room;
	int n = 0, full = 0;

	for (; len; n++) {
		const size_t k = len < v[n].iov_len ? len : v[n].iov_len;

		v[n].iov_len = k;
		len -= k;
		a->be->chunk_hold(room->chunk[n]);
		room->used = ((size_t)((char *)v[n].iov_base - room->chunk[n]) + k + ALIGN - 1) / ALIGN * ALIGN;
		if (room->used + REST > LK_CHUNK_BYTES) {
			a->be->chunk_put(room->chunk[n]);
			room->used = 0;
			full++;
		}
	}
	memmove(room->chunk, room->chunk + full, (size_t)(ATT_ROOM - full) * sizeof(room->chunk[0]));
	memset(room->chunk + ATT_ROOM - full, 0, (size_t)full * sizeof(room->chunk[0]));
	return n;
}

void att_room_free(struct lk_attach *a)
{
	for (int i = 0; i < ATT_ROOM && a->room.chunk[i]; i++)
		a->be->chunk_put(a->room.chunk[i]);
	a->room = (struct att_room){ 0 };
}
