// SPDX-License-Identifier: GPL-2.0-only
/*
 * test/fuzz/fuzz_virtio.c - any bytes as the memory of a driver: descriptors, rings, indirect tables
 *
 * Input: u16 queue size, three u16 of where the rings are, u8 of what the driver negotiated, then the guest's memory. An address in a
 * descriptor-sized slot whose top bit is clear is made one of that memory, so that chains lead somewhere. What must hold: every piece that is
 * handed out lies in the memory, its length too, and the walk ends.
 */
#include <string.h>

#include "lib/virtio/queue.h"
#include "lk/device.h"
#include "test/fuzz/fuzz.h"

#define MEMORY 8192u
#define HEAD 9u

static uint8_t memory[MEMORY] __attribute__((aligned(4096)));

bool lk_guest_memory(uint64_t addr, uint64_t len)
{
	uint64_t base = (uintptr_t)memory;

	return addr >= base && addr - base <= MEMORY && len <= MEMORY - (addr - base);
}

static uint16_t u16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static void take_all(struct lk_queue *q, bool write)
{
	struct iovec iov[LK_CHAIN_MAX];
	uint32_t total, sum, turns;
	uint16_t head;
	int n, i;

	for (turns = 0; (n = lk_queue_take(q, write, iov, &head, &total)) > 0; turns++) {
		MUST(n <= LK_CHAIN_MAX && head < q->num && turns <= 65536);
		for (sum = 0, i = 0; i < n; i++) {
			MUST(lk_guest_memory((uintptr_t)iov[i].iov_base, iov[i].iov_len));
			sum += (uint32_t)iov[i].iov_len;
			if (write)
				memset(iov[i].iov_base, 0x5a, iov[i].iov_len); /* may well be the rings */
		}
		MUST(sum == total);
		lk_queue_give(q, head, total);
		lk_queue_wants_irq(q);
	}
	MUST(n == 0 || q->broken);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lk_queue q = { 0 };
	uint64_t addr;
	size_t i;

	if (size < HEAD)
		return 0;
	memset(memory, 0, sizeof(memory));
	memcpy(memory, data + HEAD, size - HEAD < MEMORY ? size - HEAD : MEMORY);
	for (i = 0; i < MEMORY; i += 16) {
		memcpy(&addr, memory + i, 8);
		if (addr >> 63)
			continue;
		addr = (uintptr_t)memory + addr % (MEMORY + 64);
		memcpy(memory + i, &addr, 8);
	}
	q.num = data[8] & 0x80 ? u16(data) : 1u << (data[0] % 11);
	q.desc_addr = (uintptr_t)memory + u16(data + 2);
	q.avail_addr = (uintptr_t)memory + u16(data + 4);
	q.used_addr = (uintptr_t)memory + u16(data + 6);
	if (!(data[8] & 0x40)) {
		q.desc_addr &= ~15ull;
		q.avail_addr &= ~1ull;
		q.used_addr &= ~3ull;
	}
	q.event_idx = data[8] & 1;
	if (lk_queue_enable(&q)) {
		MUST(q.broken);
		return 0;
	}
	take_all(&q, data[8] & 2);
	lk_queue_no_kicks(&q);
	take_all(&q, !(data[8] & 2));
	lk_queue_reset(&q);
	MUST(lk_queue_empty(&q));
	return 0;
}
