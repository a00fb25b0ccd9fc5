/* SPDX-License-Identifier: GPL-2.0-only */
/* lib/host/posix/posix.h - what the host side's files share */
#ifndef LK_POSIX_H
#define LK_POSIX_H

#include <stdbool.h>
#include <stdint.h>

#include "lk/boot.h"

#define NS_PER_S 1000000000ull

/* clock.c */
void lk_clock_start(const struct lk_boot_params *p, uint64_t at_ns); /* the guest's clock shows @at_ns now */
unsigned long long lk_clock_time(void);
unsigned long long lk_clock_wall(void);
bool lk_clock_virtual(void);
/* random.c */
void lk_random_start(uint64_t seed);
void lk_random_fill(void *buf, unsigned long len);
/* boot.c */
extern char lk_guest_data_start[], lk_guest_data_end[], lk_guest_bss_start[], lk_guest_bss_end[]; /* from guest.lds */
size_t lk_boot_memory(void); /* bytes, 0: not booted */
unsigned lk_boot_devices(void);
int lk_boot_thaw(void); /* the memory was an image: what must not be as it was then */
/* image.c: map the image in this executable over a guest of @memory bytes; how many cards it has, and its clock. -ENOENT, -EBADMSG: none */
int lk_image_map(size_t memory, uint64_t *time_ns);
/* crash.c */
void lk_crash_catch(void);
void lk_panic(const char *why) __attribute__((noreturn));
void lk_console(const char *text, unsigned len);
/* call.c */
long lk_call_special(int index, long arg);
void lk_calls_finish(void);

#endif
