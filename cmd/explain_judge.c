/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd/explain_judge.c - what happened to a packet -> its fate, and why, in words
 *
 * What did it: a rule or a policy if its report comes right before the drop (nf_tables) or before the netfilter function that
 * said so (x_tables); else that function; else the kernel's reason and the function that gave it.
 */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/explain.h"

struct explain_columns explain_columns(const uint8_t *data, size_t len)
{
	static struct pkt_buf text[2]; /* two frames are compared */
	static unsigned turn;
	struct pkt_buf *b = &text[turn++ % 2];
	const struct pkt_frame f = { .ts_ns = 1, .data = data, .caplen = (uint32_t)len, .len = (uint32_t)len };
	struct pkt_writer w;
	char *column[12], *at;

	b->len = 0;
	pkt_writer_init(&w, PKT_FMT_TEXT, NULL, 0);
	w.begun = true;
	if (pkt_write_frame(&w, b, &f))
		cmd_die(CMD_SYSTEM, "out of memory");
	at = (char *)b->data;
	for (int i = 0; i < 12; i++) {
		column[i] = at;
		at += strcspn(at, " \n");
		*at++ = 0;
	}
	return (struct explain_columns){ column[5], column[6], column[7], column[8], column[9], column[10] };
}

static bool drop_verdict(const struct lk_guest_event *e)
{
	return (e->code & NF_VERDICT_MASK) == NF_DROP;
}

enum explain_fate explain_fate(const struct explain_packet *p)
{
	enum explain_fate fate = p->refused ? EXPLAIN_DROPPED : p->with ? EXPLAIN_FORWARDED : EXPLAIN_HELD;
	bool ended = false, answered = false;
	uint8_t answer[128];

	for (size_t i = 0; i < p->trail.steps; i++) {
		const struct explain_step *s = &p->trail.step[i];

		switch (s->e.kind) {
		case LK_EVENT_SEND:
			if (!s->e.own)
				return EXPLAIN_FORWARDED;
			answered |= s->len > sizeof(answer) || !explain_neighbour(s->frame, s->len, answer);
			break;
		case LK_EVENT_DROP:
			if (!p->with)
				fate = EXPLAIN_DROPPED;
			break;
		case LK_EVENT_END:
			ended = true;
			break;
		default:
			break;
		}
	}
	if (fate != EXPLAIN_HELD || !ended)
		return fate;
	return answered ? EXPLAIN_ANSWERED : EXPLAIN_TAKEN;
}

static void put_change(FILE *out, const char *what, const char *old, const char *new, const char **between)
{
	if (!strcmp(old, new))
		return;
	fprintf(out, "%s%s %s -> %s", *between, what, old, new);
	*between = ", ";
}

/* A word of an info column. */
struct info_word {
	char key[16], value[64];
};

/* What a word without a key says. */
static const char *keyless(const char *proto)
{
	const char *last = strrchr(proto, '.');

	last = last ? last + 1 : proto;
	return !strcmp(last, "tcp") ? "flags" : !strcmp(last, "arp") ? "op" : "type";
}

/* The word at @at of an info column of @proto; where the next one is, NULL: there was none. */
static const char *next_word(const char *at, const char *proto, struct info_word *w)
{
	const size_t n = strcspn(at, ","), key = strcspn(at, "=,");

	if (!n || !strcmp(at, "-"))
		return NULL;
	if (at[key] == '=') {
		snprintf(w->key, sizeof(w->key), "%.*s", (int)key, at);
		snprintf(w->value, sizeof(w->value), "%.*s", (int)(n - key - 1), at + key + 1);
	} else {
		snprintf(w->key, sizeof(w->key), "%s", keyless(proto));
		snprintf(w->value, sizeof(w->value), "%.*s", (int)n, at);
	}
	return at + n + (at[n] == ',');
}

static bool find_word(const struct explain_columns *c, const char *key, struct info_word *w)
{
	for (const char *at = c->info; (at = next_word(at, c->proto, w));)
		if (!strcmp(w->key, key))
			return true;
	return false;
}

/* The value of @key, NULL: it has none. These two words are left out where they are 0. */
static const char *info_value(const struct explain_columns *c, const char *key, struct info_word *w)
{
	if (find_word(c, key, w))
		return w->value;
	return !strcmp(key, "tos") || !strcmp(key, "frag") ? "0" : NULL;
}

static void put_info_changes(FILE *out, const struct explain_columns *old, const struct explain_columns *new, const char **between)
{
	struct info_word was, is;
	const char *value;

	for (const char *at = old->info; (at = next_word(at, old->proto, &was));) {
		value = find_word(new, was.key, &is) ? NULL : info_value(new, was.key, &is);
		if (value)
			put_change(out, was.key, was.value, value, between);
	}
	for (const char *at = new->info; (at = next_word(at, new->proto, &is));) {
		value = info_value(old, is.key, &was);
		if (value)
			put_change(out, is.key, value, is.value, between);
	}
}

/* How a frame that left differs from the one that came. */
static void put_changes(FILE *out, const struct explain_packet *p, const struct explain_step *s)
{
	const struct explain_columns old = explain_columns(p->frame.data, p->frame.caplen), new = explain_columns(s->frame, s->len);
	const char *between = " ", *ttl_was, *ttl_is;
	struct info_word from, to;
	char was[16], is[16];

	if (s->len == p->frame.caplen && !memcmp(p->frame.data, s->frame, s->len)) {
		fprintf(out, " unchanged");
		return;
	}
	snprintf(was, sizeof(was), "%u", p->frame.caplen);
	snprintf(is, sizeof(is), "%zu", s->len);
	put_change(out, "len", was, is, &between);
	ttl_was = info_value(&old, "ttl", &from);
	ttl_is = info_value(&new, "ttl", &to);
	if (!ttl_was || !ttl_is || !strcmp(ttl_was, ttl_is)) { /* a router changes them always */
		put_change(out, "mac-src", old.eth_src, new.eth_src, &between);
		put_change(out, "mac-dst", old.eth_dst, new.eth_dst, &between);
	}
	put_change(out, "proto", old.proto, new.proto, &between);
	put_change(out, "src", old.src, new.src, &between);
	put_change(out, "dst", old.dst, new.dst, &between);
	put_info_changes(out, &old, &new, &between);
	if (!strcmp(between, " ") || pkt_differ_unshown(p->frame.data, p->frame.caplen, s->frame, (uint32_t)s->len))
		fprintf(out, "%scontents changed", between);
}

/* The rule or policy that made step @i, a DROP; NULL: it was something else. */
static const char *rule_of_drop(struct element *e, const struct explain_trail *t, size_t i)
{
	const struct lk_guest_event *ev = i ? &t->step[--i].e : NULL;

	if (!ev || !drop_verdict(ev))
		return NULL;
	if (ev->kind == LK_EVENT_NFT && ev->type != NFT_TRACETYPE_RETURN)
		return explain_rule(e, ev);
	if (ev->kind != LK_EVENT_HOOK)
		return NULL;
	do
		ev = i ? &t->step[--i].e : NULL;
	while (ev && ev->kind == LK_EVENT_SEND); /* a REJECT's answer */
	return ev && ev->kind == LK_EVENT_XT && explain_rule_drops(e, ev) ? explain_rule(e, ev) : NULL;
}

/* "REASON: plain words"; where the reason says little, with the function and words for that. */
static void put_reason(FILE *out, const struct explain_trail *t, size_t i)
{
	const struct lk_guest_event *drop = &t->step[i].e, *before = i ? &t->step[i - 1].e : NULL;
	const bool hook = before && before->kind == LK_EVENT_HOOK && drop_verdict(before);
	const char *words = explain_reason(drop->text), *function = symbol_name(hook ? before->where : drop->where);

	fprintf(out, " %s", drop->text);
	if (function && (hook || !words)) {
		fprintf(out, " in %s", function);
		words = explain_function(function) ? explain_function(function) : words;
	}
	if (words)
		fprintf(out, ": %s", words);
}

static bool same_drop(const struct explain_trail *t, size_t i, size_t k)
{
	return t->step[k].e.kind == LK_EVENT_DROP && t->step[i].e.text == t->step[k].e.text && t->step[i].e.where == t->step[k].e.where;
}

/* If rules dropped what @t tells of, only they are named, else all reasons that there were. @before: in front of each but the first one. */
static void put_drops(FILE *out, struct element *e, const struct explain_trail *t, const char *before)
{
	const char *between = "", *rule;
	size_t i, k;

	for (i = 0; i < t->steps; i++) {
		rule = t->step[i].e.kind == LK_EVENT_DROP ? rule_of_drop(e, t, i) : NULL;
		if (!rule)
			continue;
		fprintf(out, "%s by %s", between, rule);
		between = before;
	}
	if (*between)
		return;
	for (i = 0; i < t->steps; i++) {
		for (k = 0; k < i && !same_drop(t, i, k); k++)
			;
		if (t->step[i].e.kind != LK_EVENT_DROP || k < i)
			continue;
		fputs(between, out);
		put_reason(out, t, i);
		between = before;
	}
}

/* A bridge makes copies, for other ports and for itself. */
static void put_dropped(FILE *out, struct element *e, const struct explain_packet *p)
{
	if (p->refused)
		fprintf(out, " %s: %s", p->refused, explain_reason(p->refused));
	put_drops(out, e, &p->trail, ";");
}

static void put_answers(FILE *out, struct element *e, const struct explain_packet *p, const char *before)
{
	uint8_t answer[128];

	for (size_t i = 0; i < p->trail.steps; i++) {
		const struct explain_step *s = &p->trail.step[i];
		struct explain_columns c;

		if (s->e.kind != LK_EVENT_SEND || !s->e.own || (s->len <= sizeof(answer) && explain_neighbour(s->frame, s->len, answer)))
			continue;
		c = explain_columns(s->frame, s->len);
		fprintf(out, "%s %s: %s %s %s %s", before, e->port[s->e.code].port.name, c.proto, c.src, c.dst, c.info);
	}
	for (size_t i = 0; i < p->answers.steps; i++) {
		if (p->answers.step[i].e.kind != LK_EVENT_DROP)
			continue;
		fputs("; its answer dropped", out);
		put_drops(out, e, &p->answers, ", and");
		return;
	}
}

/* What it waits for, as far as the steps say. */
static void put_wait(FILE *out, const struct explain_packet *p)
{
	uint8_t answer[128];

	for (size_t i = p->trail.steps; i--;) {
		const struct explain_step *s = &p->trail.step[i];
		const char *function;

		if (s->e.kind == LK_EVENT_SEND && s->len <= sizeof(answer) && explain_neighbour(s->frame, s->len, answer)) {
			fprintf(out, ": waits for the MAC of %s", explain_columns(s->frame, s->len).dst);
			return;
		}
		if (s->e.kind != LK_EVENT_HOOK || (s->e.code & NF_VERDICT_MASK) == NF_ACCEPT)
			continue;
		function = symbol_name(s->e.where);
		if ((s->e.code & NF_VERDICT_MASK) == NF_QUEUE)
			fprintf(out, ": waits for the program of a queue (NFQUEUE)");
		else if (function && explain_function(function))
			fprintf(out, ": %s", explain_function(function));
		else
			continue;
		return;
	}
	fprintf(out, ": in a queue or in a socket's buffer");
}

static FILE *open_text(char **text, size_t *len)
{
	FILE *out = open_memstream(text, len);

	if (!out)
		cmd_die(CMD_SYSTEM, "out of memory");
	return out;
}

static char *close_text(FILE *out, char **text)
{
	if (fclose(out))
		cmd_die(CMD_SYSTEM, "out of memory");
	return *text;
}

char *explain_judge(struct element *e, const struct explain_packet *p, const struct explain_options *opt, char **why)
{
	static const char *const words[] = {
		[EXPLAIN_HELD] = "held",       [EXPLAIN_TAKEN] = "taken",	  [EXPLAIN_ANSWERED] = "answered",
		[EXPLAIN_DROPPED] = "dropped", [EXPLAIN_FORWARDED] = "forwarded",
	};
	const enum explain_fate fate = explain_fate(p);
	char *text, *general;
	size_t len, general_len;
	FILE *out = open_text(&text, &len), *common = open_text(&general, &general_len);

	(void)opt;
	fputs(words[fate], out);
	fputs(words[fate], common);
	switch (fate) {
	case EXPLAIN_FORWARDED: {
		bool first = true;

		if (p->with) {
			fprintf(out, " as a part of packet %u", p->with);
			fprintf(common, " as a part of another packet");
		}
		for (size_t i = 0; i < p->trail.steps; i++) {
			const struct explain_step *s = &p->trail.step[i];

			if (s->e.kind != LK_EVENT_SEND || s->e.own)
				continue;
			fprintf(out, "%s %s", first ? "" : ";", e->port[s->e.code].port.name);
			fprintf(common, "%s %s", first ? "" : ";", e->port[s->e.code].port.name);
			first = false;
			put_changes(out, p, s);
		}
		break;
	}
	case EXPLAIN_DROPPED:
		put_dropped(out, e, p);
		put_dropped(common, e, p);
		put_answers(out, e, p, "; answered");
		break;
	case EXPLAIN_ANSWERED:
		put_answers(out, e, p, "");
		break;
	case EXPLAIN_TAKEN:
		fputs(" by the guest itself", out);
		put_answers(out, e, p, "");
		break;
	case EXPLAIN_HELD:
		put_wait(out, p);
		put_wait(common, p);
		break;
	}
	*why = close_text(common, &general);
	return close_text(out, &text);
}

static void put_verdict(FILE *out, unsigned code)
{
	static const char *const words[] = { [NF_DROP] = "drop", [NF_ACCEPT] = "accept", [NF_STOLEN] = "stolen", [NF_QUEUE] = "queue" };

	if ((int)code == NFT_JUMP || (int)code == NFT_GOTO)
		fputs((int)code == NFT_JUMP ? "jump" : "goto", out);
	else if ((int)code == NFT_RETURN)
		fputs("return", out);
	else if ((int)code < 0)
		fputs("continue", out);
	else if ((code & NF_VERDICT_MASK) < sizeof(words) / sizeof(words[0]))
		fputs(words[code & NF_VERDICT_MASK], out);
	else
		fprintf(out, "%u", code);
}

static void put_step(FILE *out, struct element *e, const struct explain_step *s)
{
	const char *function = symbol_name(s->e.where);
	struct explain_columns c;

	switch (s->e.kind) {
	case LK_EVENT_TAKEN:
		break;
	case LK_EVENT_SEND:
		c = explain_columns(s->frame, s->len);
		fprintf(out, "sent by %s: %s %s %s %s %s %s", e->port[s->e.code].port.name, c.eth_src, c.eth_dst, c.proto, c.src, c.dst, c.info);
		break;
	case LK_EVENT_DROP:
		fprintf(out, "dropped: %s in %s", s->e.text, function ? function : "?");
		break;
	case LK_EVENT_END:
		fprintf(out, "ended in %s", function ? function : "?");
		break;
	case LK_EVENT_HOOK:
		fprintf(out, "%s: ", function ? function : "?");
		put_verdict(out, s->e.code & NF_VERDICT_MASK);
		break;
	case LK_EVENT_NFT:
		fprintf(out, "%s: ", explain_rule(e, &s->e));
		put_verdict(out, s->e.code);
		if (s->e.jump)
			fprintf(out, " %s", s->e.jump);
		break;
	case LK_EVENT_XT:
		fputs(explain_rule(e, &s->e), out);
		break;
	}
	fputc('\n', out);
}

static void put_trail(FILE *out, struct element *e, const struct explain_trail *t, const char *before)
{
	for (size_t i = 0; i < t->steps; i++) {
		const struct lk_guest_event *ev = &t->step[i].e;

		if (ev->kind == LK_EVENT_TAKEN || (ev->kind == LK_EVENT_NFT && !ev->rule && ev->type == NFT_TRACETYPE_RETURN))
			continue; /* nothing that happened, the end of a chain */
		fputs(before, out);
		put_step(out, e, &t->step[i]);
	}
}

char *explain_steps(struct element *e, const struct explain_packet *p)
{
	char *text;
	size_t len;
	FILE *out = open_text(&text, &len);

	put_trail(out, e, &p->trail, "\t");
	put_trail(out, e, &p->answers, "\tits answer: ");
	close_text(out, &text);
	if (len)
		text[len - 1] = 0;
	return text;
}
