// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/buf.c - the growing byte buffer of the writers
 */
#include "stdpkt/pkt.h"

#include <errno.h>
#include <stdlib.h>

/**
 * pkt_buf_reserve() - make room for @more bytes after b->len
 *
 * Return: 0, and b->data is not NULL even if @more is 0; or -ENOMEM with *b as it was.
 */
int pkt_buf_reserve(struct pkt_buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 4096;
	uint8_t *data;

	if (b->data && b->cap - b->len >= more)
		return 0;
	if (more > SIZE_MAX / 4 - b->len)
		return -ENOMEM;
	while (cap < b->len + more)
		cap *= 2;
	data = realloc(b->data, cap);
	if (!data)
		return -ENOMEM;
	b->data = data;
	b->cap = cap;
	return 0;
}

/**
 * pkt_buf_free() - give the memory back; *b is empty and may be used again
 */
void pkt_buf_free(struct pkt_buf *b)
{
	free(b->data);
	*b = (struct pkt_buf){ 0 };
}
