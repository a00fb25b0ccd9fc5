// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/co.c - stacks for calls that wait
 *
 * A trapped call is served by straight-line code that may have to wait in the middle (the guest sleeps, a socket has no data).
 * Each gets a small stack of its own; a switch saves what the ABI calls callee-saved and nothing else (System V AMD64 3.2.3; the
 * SSE and x87 control words are never changed here; AAPCS64 6.1). Strictly nested: whoever runs a coroutine gets control back.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "lib/attach/internal.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#define STACK_SIZE (512U << 10)
#else
#define STACK_SIZE (128U << 10)
#endif
#define GUARD (64U << 10) /* the largest page that a host has */

struct att_co {
	void *sp, *back; /* saved stack pointers: ours, and of who runs us */
	char *stack;	 /* guard page first */
	void (*fn)(void *);
	void *arg;
	bool done;
#ifdef __SANITIZE_ADDRESS__
	void *fake, *back_fake;
	const void *back_stack;
	size_t back_size;
#endif
};

/* att_co_switch() - save the registers on this stack, its pointer in *save, and go on with the stack at @to. */
void att_co_switch(void **save, void *to);
void att_co_start(void);
void att_co_main(struct att_co *co);

#if defined(__x86_64__)
__asm__(".text\n"
	".globl att_co_switch\n.type att_co_switch,@function\natt_co_switch:\n"
	"	pushq %rbp\n	pushq %rbx\n	pushq %r12\n	pushq %r13\n	pushq %r14\n	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n	popq %r14\n	popq %r13\n	popq %r12\n	popq %rbx\n	popq %rbp\n"
	"	ret\n"
	".size att_co_switch,.-att_co_switch\n"
	".globl att_co_start\n.type att_co_start,@function\natt_co_start:\n"
	"	movq %r12, %rdi\n"
	"	xorl %ebp, %ebp\n"
	"	call att_co_main\n"
	"	ud2\n"
	".size att_co_start,.-att_co_start\n");
#define FRAME_WORDS 9 /* six registers, the return address, and two so that the stack is aligned after the return */
#define FRAME_ARG 3   /* r12 */
#define FRAME_PC 6
#elif defined(__aarch64__)
__asm__(".text\n"
	".globl att_co_switch\n.type att_co_switch,%function\natt_co_switch:\n"
	"	stp x29, x30, [sp, #-160]!\n"
	"	stp x19, x20, [sp, #16]\n	stp x21, x22, [sp, #32]\n	stp x23, x24, [sp, #48]\n"
	"	stp x25, x26, [sp, #64]\n	stp x27, x28, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n		stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n	str x9, [x0]\n	mov sp, x1\n"
	"	ldp x19, x20, [sp, #16]\n	ldp x21, x22, [sp, #32]\n	ldp x23, x24, [sp, #48]\n"
	"	ldp x25, x26, [sp, #64]\n	ldp x27, x28, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n		ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n	ldp d14, d15, [sp, #144]\n"
	"	ldp x29, x30, [sp], #160\n"
	"	ret\n"
	".globl att_co_start\n.type att_co_start,%function\natt_co_start:\n"
	"	mov x0, x19\n"
	"	mov x29, xzr\n"
	"	bl att_co_main\n"
	"	brk #0\n");
#define FRAME_WORDS 20
#define FRAME_ARG 2 /* x19 */
#define FRAME_PC 1  /* x30 */
#else
#error "lib/attach/co.c: no stack switch for this processor yet"
#endif

struct att_co *att_co_new(void)
{
	struct att_co *co = calloc(1, sizeof(*co));

	if (!co)
		return NULL;
	co->stack = mmap(NULL, STACK_SIZE + GUARD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (co->stack == MAP_FAILED || mprotect(co->stack, GUARD, PROT_NONE)) {
		if (co->stack != MAP_FAILED)
			munmap(co->stack, STACK_SIZE + GUARD);
		free(co);
		return NULL;
	}
	co->done = true;
	return co;
}

void att_co_free(struct att_co *co)
{
	if (!co)
		return;
	munmap(co->stack, STACK_SIZE + GUARD);
	free(co);
}

static inline void leave(struct att_co *co, bool for_good)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_start_switch_fiber(for_good ? NULL : &co->fake, co->back_stack, co->back_size);
#else
	(void)for_good;
#endif
	att_co_switch(&co->sp, co->back);
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_finish_switch_fiber(co->fake, &co->back_stack, &co->back_size);
#endif
}

/* The first frame of a coroutine. It never returns: a finished one is left for good and its stack used anew. */
void att_co_main(struct att_co *co)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_finish_switch_fiber(NULL, &co->back_stack, &co->back_size);
#endif
	co->fn(co->arg);
	co->done = true;
	leave(co, true);
	__builtin_unreachable();
}

bool att_co_run(struct att_co *co, void (*fn)(void *), void *arg)
{
	if (fn) {
		uintptr_t *frame = (uintptr_t *)(void *)(co->stack + GUARD + STACK_SIZE) - FRAME_WORDS;

		for (int i = 0; i < FRAME_WORDS; i++)
			frame[i] = 0;
		frame[FRAME_ARG] = (uintptr_t)co;
		frame[FRAME_PC] = (uintptr_t)att_co_start;
		co->sp = frame;
		co->fn = fn;
		co->arg = arg;
		co->done = false;
	}
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_start_switch_fiber(&co->back_fake, co->stack + GUARD, STACK_SIZE);
#endif
	att_co_switch(&co->back, co->sp);
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_finish_switch_fiber(co->back_fake, NULL, NULL);
#endif
	return co->done;
}

void att_co_yield(struct att_co *co)
{
	leave(co, false);
}
