// SPDX-License-Identifier: GPL-2.0-only
/*
 * arch/lib/kernel/switch.c - the context switch and the first frame of a thread: all that knows the host's CPU
 *
 * A thread that is not running is a stack whose top holds the callee-saved registers (System V ABI for AMD64 3.2.1; AAPCS64
 * 6.1.1) and a return address. lk_switch() is a plain function call for the compiler: everything else is dead across it.
 */
#include <linux/sched.h>
#include "lk.h"

#if defined(__x86_64__)
asm(".text\n"
    ".globl lk_switch\n"
    ".type lk_switch, @function\n"
    "lk_switch:\n"
    "	pushq %rbp\n"
    "	pushq %rbx\n"
    "	pushq %r12\n"
    "	pushq %r13\n"
    "	pushq %r14\n"
    "	pushq %r15\n"
    "	movq %rsp, (%rdi)\n"
    "	movq %rsi, %rsp\n"
    "	movq %rdx, %rax\n"
    "	popq %r15\n"
    "	popq %r14\n"
    "	popq %r13\n"
    "	popq %r12\n"
    "	popq %rbx\n"
    "	popq %rbp\n"
    "	ret\n"
    ".size lk_switch, . - lk_switch\n"
    /* a new thread comes here from lk_switch(): rax what was passed, rbx its C function, r12 that one's argument */
    ".globl lk_thread_entry\n"
    ".type lk_thread_entry, @function\n"
    "lk_thread_entry:\n"
    "	xorl %ebp, %ebp\n"
    "	movq %rax, %rdi\n"
    "	movq %r12, %rsi\n"
    "	callq *%rbx\n"
    "	ud2\n"
    ".size lk_thread_entry, . - lk_thread_entry\n");

void *lk_stack_frame(void *top, void (*fn)(void *passed, void *arg), void *arg)
{
	unsigned long *sp = top;

	*--sp = 0;			 /* keeps the stack 16-byte aligned at the call in lk_thread_entry */
	*--sp = 0;
	*--sp = (unsigned long)lk_thread_entry;
	*--sp = 0;			 /* rbp */
	*--sp = (unsigned long)fn;	 /* rbx */
	*--sp = (unsigned long)arg;	 /* r12 */
	*--sp = 0;			 /* r13 */
	*--sp = 0;			 /* r14 */
	*--sp = 0;			 /* r15 */
	return sp;
}
#elif defined(__aarch64__)
asm(".text\n"
    ".globl lk_switch\n"
    "lk_switch:\n"
    "	sub sp, sp, #160\n"
    "	stp x19, x20, [sp, #0]\n"
    "	stp x21, x22, [sp, #16]\n"
    "	stp x23, x24, [sp, #32]\n"
    "	stp x25, x26, [sp, #48]\n"
    "	stp x27, x28, [sp, #64]\n"
    "	stp x29, x30, [sp, #80]\n"
    "	stp d8, d9, [sp, #96]\n"
    "	stp d10, d11, [sp, #112]\n"
    "	stp d12, d13, [sp, #128]\n"
    "	stp d14, d15, [sp, #144]\n"
    "	mov x9, sp\n"
    "	str x9, [x0]\n"
    "	mov sp, x1\n"
    "	mov x0, x2\n"
    "	ldp x19, x20, [sp, #0]\n"
    "	ldp x21, x22, [sp, #16]\n"
    "	ldp x23, x24, [sp, #32]\n"
    "	ldp x25, x26, [sp, #48]\n"
    "	ldp x27, x28, [sp, #64]\n"
    "	ldp x29, x30, [sp, #80]\n"
    "	ldp d8, d9, [sp, #96]\n"
    "	ldp d10, d11, [sp, #112]\n"
    "	ldp d12, d13, [sp, #128]\n"
    "	ldp d14, d15, [sp, #144]\n"
    "	add sp, sp, #160\n"
    "	ret\n"
    ".globl lk_thread_entry\n"
    "lk_thread_entry:\n"
    "	mov x1, x20\n"
    "	blr x19\n"
    "	brk #1\n");

void *lk_stack_frame(void *top, void (*fn)(void *passed, void *arg), void *arg)
{
	unsigned long *sp = (unsigned long *)top - 20;

	memset(sp, 0, 20 * sizeof(*sp));
	sp[0] = (unsigned long)fn;		/* x19 */
	sp[1] = (unsigned long)arg;		/* x20 */
	sp[11] = (unsigned long)lk_thread_entry; /* x30 */
	return sp;
}
#else
#error the context switch is not written for this CPU
#endif
