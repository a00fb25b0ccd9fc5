// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/kernel/order.c - the functions that a program goes through, in the order in which it comes to them first
 *
 * usage: order OUT PROGRAM [ARG...]    one name a line is appended to OUT; PROGRAM is run step by step (ptrace(2)), thousands of times slower
 *
 * For order.sh. Its symbols come from nm. Only PROGRAM itself is followed, not what it starts. Exit status: PROGRAM's, 111 if it could not be run.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct symbol {
	unsigned long at;
	char *name;
	bool seen;
};

static struct symbol *symbol;
static size_t symbols;

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static int read_symbols(const char *program)
{
	char command[4096], line[1024], name[1000], type;
	unsigned long at;
	struct symbol *more;
	FILE *f;

	snprintf(command, sizeof(command), "nm -n -- '%s'", program);
	f = popen(command, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx %c %999s", &at, &type, name) != 3 || !strchr("tTwW", type))
			continue;
		more = realloc(symbol, (symbols + 1) * sizeof(*symbol));
		if (!more)
			return -1;
		symbol = more;
		symbol[symbols++] = (struct symbol){ .at = at, .name = strdup(name) };
	}
	if (!f || pclose(f) || !symbols)
		return -1;
	qsort(symbol, symbols, sizeof(*symbol), by_address);
	return 0;
}

/* The function that has @ip; what lies behind the last one is another program's (the vdso). */
static struct symbol *find(unsigned long ip)
{
	size_t low = 0, high = symbols;

	if (ip < symbol[0].at || ip >= symbol[symbols - 1].at)
		return NULL;
	while (high - low > 1) {
		const size_t middle = low + (high - low) / 2;

		if (symbol[middle].at <= ip)
			low = middle;
		else
			high = middle;
	}
	return &symbol[low];
}

static int follow(pid_t pid, FILE *out)
{
	int st, signal = 0;

	if (waitpid(pid, &st, 0) != pid || !WIFSTOPPED(st))
		return 111;
	while (!ptrace(PTRACE_SINGLESTEP, pid, NULL, (long)signal) && waitpid(pid, &st, 0) == pid && WIFSTOPPED(st)) {
		struct symbol *s = find((unsigned long)ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user_regs_struct, rip), NULL));

		if (s && !s->seen) {
			s->seen = true;
			fprintf(out, "%s\n", s->name);
		}
		signal = WSTOPSIG(st) == SIGTRAP ? 0 : WSTOPSIG(st);
	}
	return WIFEXITED(st) ? WEXITSTATUS(st) : 111;
}

int main(int argc, char **argv)
{
	FILE *out;
	pid_t pid;
	int ret;

	if (argc < 3) {
		fputs("usage: order OUT PROGRAM [ARG...]\n", stderr);
		return 100;
	}
	out = fopen(argv[1], "ae");
	if (!out || read_symbols(argv[2])) {
		fprintf(stderr, "order: unable to read the symbols of %s, or to write %s\n", argv[2], argv[1]);
		return 111;
	}
	pid = fork();
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(argv[2], argv + 2);
		_exit(111);
	}
	ret = follow(pid, out);
	return fclose(out) ? 111 : ret;
}
