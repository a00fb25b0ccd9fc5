/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/host/posix/crash.c - the end of a guest that panicked or ran into a bad address: one message on stderr, exit 111
 *
 * Only async-signal-safe calls: the signal may come at any instruction of the guest, on any of its stacks; it is handled on a
 * stack of its own.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "lib/host/posix/posix.h"

#define STATUS 111

static char alt_stack[16384];

static void put(const char *s)
{
	ssize_t n = write(STDERR_FILENO, s, strlen(s));

	(void)n;
}

static void put_hex(unsigned long v)
{
	char text[2 + 16 + 1], *p = text + sizeof(text) - 1;

	*p = 0;
	do
		*--p = "0123456789abcdef"[v & 15];
	while (v >>= 4);
	*--p = 'x';
	*--p = '0';
	put(p);
}

void lk_panic(const char *why)
{
	put("stdpkt: guest panic: ");
	put(why ? why : "no reason given");
	put("\n");
	_exit(STATUS);
}

static void crashed(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;

	put("stdpkt: crash (");
	put(sig == SIGSEGV ? "SIGSEGV" : sig == SIGBUS ? "SIGBUS" : sig == SIGFPE ? "SIGFPE" : "SIGILL");
	put(") at address ");
	put_hex((unsigned long)info->si_addr);
	put(", instruction ");
#if defined(__x86_64__)
	put_hex(uc->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
	put_hex(uc->uc_mcontext.pc);
#endif
	put("\n");
	_exit(STATUS);
}

void lk_crash_catch(void)
{
	const stack_t ss = { .ss_sp = alt_stack, .ss_size = sizeof(alt_stack) };
	struct sigaction sa = { .sa_sigaction = crashed, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND };
	static const int sigs[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL };

#ifdef __SANITIZE_ADDRESS__
	return; /* the sanitizer's report says more */
#endif
	sigaltstack(&ss, NULL);
	for (unsigned i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		sigaction(sigs[i], &sa, NULL);
}

void lk_console(const char *text, unsigned len)
{
	while (len) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n <= 0)
			return;
		text += n;
		len -= n;
	}
}
