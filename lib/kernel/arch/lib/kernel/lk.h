/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/lib/kernel/lk.h - shared inside the overlay */
#ifndef _LIB_LK_H
#define _LIB_LK_H

#include <lk/host.h>

extern const struct lk_host_ops *lk_host;

/* lk_switch() - save callee-saved registers and the stack pointer at *@save, go on at @load; what the other side passed is returned. */
void *lk_switch(void **save, void *load, void *pass);
void lk_thread_entry(void);
/* lk_stack_frame() - what lk_switch() loads to start @fn(@passed, @arg) on the stack below @top (16-byte aligned); @fn never returns */
void *lk_stack_frame(void *top, void (*fn)(void *passed, void *arg), void *arg);

void lk_to_host(void);		/* leave the guest; returns when the host runs it again */
void lk_irq_raise(unsigned int irq);
bool lk_timer_due(void);	/* raises the timer interrupt when its deadline has passed */
bool lk_tick_passed(void);	/* behind lk_timer_due(): once for each jiffy, if nobody has asked since that began */

extern unsigned int lk_calls_taken;	/* host calls up to now */
void lk_call_irq(void);
void lk_nic_irq(void);
void lk_timer_irq(void);
long lk_nic_add(unsigned int number);
long lk_thaw(void);
long lk_watch_add(int fd, unsigned int cookie);
long lk_watch_del(int fd);
long lk_watch_now(int fd);
struct socket *lk_watch_socket(int fd); /* NULL: no socket, or not watched */
struct kvec;
long lk_send_chunks(int fd, const struct kvec *v, unsigned int n);
long lk_taken(int fd, unsigned long n);
long lk_busy_frames(void);

#endif
