// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/guest.c - the backend that is the guest of this process
 */
#include "lib/attach/internal.h"

const struct lk_attach_backend lk_attach_guest = {
	.call_start = lk_call_start,
	.poll_watch = lk_poll_watch,
	.poll_unwatch = lk_poll_unwatch,
	.poll_next = lk_poll_next,
	.poll_now = lk_poll_now,
	.lends = lk_guest_lends,
	.chunk = lk_guest_chunk,
	.chunk_hold = lk_guest_chunk_hold,
	.chunk_put = lk_guest_chunk_put,
	.peek = lk_guest_peek,
};
