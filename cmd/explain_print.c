/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/explain_print.c - what became of a packet, on stdout: lines, pcapng, or counts at the end */
#include <linux/pkt_cls.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/explain.h"

#define COMMENT_MAX 65000u

enum { OPT_COMMENT = 1, OPT_VERDICT = 7 }; /* draft-ietf-opsawg-pcapng 3.5, 4.3 */

/* A reason and how many packets had it, for --count. */
struct count {
	char *why;
	unsigned long packets;
	struct count *next;
};

static struct element *element;
static const struct explain_options *opt;
static struct pkt_writer writer;
static struct pkt_buf out;
static struct count *counts;

void explain_print_start(struct element *e, const struct explain_options *options)
{
	element = e;
	opt = options;
	pkt_writer_init(&writer, PKT_FMT_PCAPNG, NULL, 0);
}

static void print_text(const struct explain_packet *p, const char *verdict, const char *steps)
{
	const struct explain_columns c = explain_columns(p->frame.data, p->frame.caplen);
	const uint64_t ts = p->frame.ts_ns;

	printf("%u %lu.%09lu %s %u %s %s %s %s %s\n", p->number, ts / 1000000000, ts % 1000000000, element->port[p->port].port.name,
	       p->frame.len, c.proto, c.src, c.dst, c.info, verdict);
	if (*steps)
		puts(steps);
}

/* A pcapng option at @at behind others, little-endian as pkt_frame.opts has them; where it ends. */
static uint32_t put_option(uint8_t *opts, uint32_t at, unsigned code, const void *value, size_t len)
{
	const uint8_t head[4] = { code, 0, len & 255, len >> 8 };

	memcpy(opts + at, head, 4);
	memset(opts + at + 4 + (len & ~3ul), 0, 4);
	memcpy(opts + at + 4, value, len);
	return at + 4 + ((uint32_t)(len + 3) & ~3u);
}

static void print_pcapng(const struct explain_packet *p, const char *verdict, const char *steps)
{
	static const uint8_t verdicts[] = {
		[EXPLAIN_HELD] = TC_ACT_QUEUED,	 [EXPLAIN_TAKEN] = TC_ACT_STOLEN, [EXPLAIN_ANSWERED] = TC_ACT_STOLEN,
		[EXPLAIN_DROPPED] = TC_ACT_SHOT, [EXPLAIN_FORWARDED] = TC_ACT_OK,
	};
	const uint8_t fate[9] = { 1 /* Linux_eBPF_TC: 8 octets of TC_ACT_ follow */, verdicts[explain_fate(p)] };
	struct pkt_frame f = p->frame;
	uint8_t *opts;
	char *comment;
	int err;

	err = asprintf(&comment, "%s%s%s", verdict, *steps ? "\n" : "", steps);
	if (err < 0)
		cmd_must(NULL);
	opts = cmd_must(malloc(f.opts_len + 64 + (size_t)err));
	if (f.opts_len)
		memcpy(opts, f.opts, f.opts_len);
	f.opts_len = put_option(opts, f.opts_len, OPT_COMMENT, comment, (size_t)err < COMMENT_MAX ? (size_t)err : COMMENT_MAX);
	f.opts_len = put_option(opts, f.opts_len, OPT_VERDICT, fate, sizeof(fate));
	f.opts = opts;
	err = pkt_write_frame(&writer, &out, &f);
	if (err)
		cmd_die(CMD_SYSTEM, "unable to write a packet: %s", strerror(-err));
	fwrite(out.data, 1, out.len, stdout);
	out.len = 0;
	free(opts);
	free(comment);
}

static void count(const char *why)
{
	struct count **c = &counts;

	while (*c && strcmp((*c)->why, why) != 0)
		c = &(*c)->next;
	if (!*c) {
		*c = cmd_must(calloc(1, sizeof(**c)));
		(*c)->why = cmd_must(strdup(why));
	}
	(*c)->packets++;
}

int explain_print(const struct explain_packet *p)
{
	char *why, *verdict = explain_judge(element, p, opt, &why);
	char *steps = opt->verbose ? explain_steps(element, p) : cmd_must(strdup(""));

	if (opt->count)
		count(why);
	else if (opt->output == PKT_FMT_PCAPNG)
		print_pcapng(p, verdict, steps);
	else
		print_text(p, verdict, steps);
	free(steps);
	free(verdict);
	free(why);
	return ferror(stdout);
}

static int by_packets(const void *a, const void *b)
{
	const struct count *x = *(struct count *const *)a, *y = *(struct count *const *)b;

	return x->packets != y->packets ? (x->packets < y->packets) - (x->packets > y->packets) : strcmp(x->why, y->why);
}

static void print_counts(void)
{
	size_t n = 0;
	struct count *c, **all;

	for (c = counts; c; c = c->next)
		n++;
	all = cmd_must(calloc(n + 1, sizeof(struct count *)));
	n = 0;
	for (c = counts; c; c = c->next)
		all[n++] = c;
	qsort(all, n, sizeof(struct count *), by_packets);
	for (size_t i = 0; i < n; i++) {
		printf("%lu %s\n", all[i]->packets, all[i]->why);
		free(all[i]->why);
		free(all[i]);
	}
	free(all);
	counts = NULL;
}

void explain_print_end(void)
{
	print_counts();
	if (opt->output == PKT_FMT_PCAPNG && !pkt_write_begin(&writer, &out)) /* a stream without packets has a head */
		fwrite(out.data, 1, out.len, stdout);
	fflush(stdout);
	pkt_writer_fini(&writer);
	pkt_buf_free(&out);
}
