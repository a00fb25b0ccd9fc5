/* SPDX-License-Identifier: GPL-2.0-only */
/* lib/host/posix/posix.h - what the host side's files share */
#ifndef LK_POSIX_H
#define LK_POSIX_H

#include <stdbool.h>
#include <stdint.h>

#include "lk/boot.h"

#define NS_PER_S 1000000000ull

/* clock.c */
void lk_clock_start(const struct lk_boot_params *p);
unsigned long long lk_clock_time(void);
unsigned long long lk_clock_wall(void);
bool lk_clock_virtual(void);
/* random.c */
void lk_random_start(uint64_t seed);
void lk_random_fill(void *buf, unsigned long len);
/* crash.c */
void lk_crash_catch(void);
void lk_panic(const char *why) __attribute__((noreturn));
void lk_console(const char *text, unsigned len);
/* call.c */
void lk_calls_finish(void);

#endif
