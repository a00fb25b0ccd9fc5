/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/cmd.h - what the commands share: exit statuses, messages, the table of commands */
#ifndef CMD_H
#define CMD_H

#include <stdarg.h>
#include <stdbool.h>

/* Exit statuses are an interface (stdpkt(1), EXIT STATUS). */
enum {
	CMD_OK = 0,
	CMD_NO = 1,	   /* the answer is no: input bad or cut, ping got no reply */
	CMD_USAGE = 100,   /* called wrongly */
	CMD_SYSTEM = 111,  /* the system, or the guest, failed */
};

extern const char *cmd_name; /* "stdpkt run" */

void cmd_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));		     /* "stdpkt run: ..." on stderr, one line */
void cmd_die(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3), noreturn)); /* the same, then exit */
/* cmd_usage_error() - like cmd_die(CMD_USAGE, ...) with a hint at --help */
void cmd_usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

void *cmd_must(void *mem); /* what malloc() returned; NULL: dies */

/* cmd_number() - an option's argument; a usage error names @what unless it is a number from @min to @max */
unsigned long cmd_number(const char *text, const char *what, unsigned long min, unsigned long max);

struct pkt_buf;
/* cmd_write_out() - all of @out to stdout, which may be non-blocking; nobody reads it any more: exits, with CMD_NO if the input was @bad */
void cmd_write_out(struct pkt_buf *out, bool bad);
void cmd_wait_for(int fd, short events); /* poll(2), without a limit */
/* cmd_write_signals() - SIGPIPE and SIGXFSZ: ignored, so that write() tells of a reader that has gone, a file at its limit; or @fatal */
void cmd_write_signals(bool fatal);

/* One subcommand, one file. @argv[0] is the subcommand's name; the result is the exit status. */
int cmd_cat(int argc, char **argv);
int cmd_fanout(int argc, char **argv);
int cmd_freeze(int argc, char **argv);
int cmd_duplex(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_ls(int argc, char **argv);
int cmd_make(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_shell(int argc, char **argv);
int cmd_up(int argc, char **argv);

#endif
