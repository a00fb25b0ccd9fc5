/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd/explain_rules.c - the texts of rules, as the stock programs print them
 *
 * The guest names a rule of nf_tables by its handle, one of x_tables by its number in the chain. `nft -a list ruleset` has the
 * handles; the save programs print a chain's rules in their order, so the n-th "-A CHAIN" is rule n, also of tables that iptables-nft
 * keeps in nf_tables: these are known by their chains, named in capitals, and shown in iptables' words where it has some. Each listing is
 * asked for once, when the first rule of its kind has done something, and again for a handle that is newer than it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/explain.h"

struct rule {
	struct rule *next;
	int family;
	char *table, *chain;
	unsigned long long handle; /* nf_tables */
	unsigned number;	   /* in its chain, from 1; 0: the policy */
	char *text;
	char *words; /* the whole of what is said of it; made when it is first said */
};

/* A listing: of nf_tables, or of one save program. */
struct listing {
	const char *program[6]; /* words; the first that there is of program[0] and other */
	const char *other;
	const char *name; /* for people */
	int family;
	bool asked;
	unsigned long long greatest; /* handle */
	struct rule *rules;
};

static struct listing nft = { .program = { "nft", "-a", "-s", "-t", "list", "ruleset" } };
static struct listing saves[] = {
	{ .program = { "iptables-nft-save" }, .other = "iptables-save", .name = "iptables", .family = NFPROTO_IPV4 },
	{ .program = { "ip6tables-nft-save" }, .other = "ip6tables-save", .name = "ip6tables", .family = NFPROTO_IPV6 },
	{ .program = { "ebtables-nft-save" }, .other = "ebtables-save", .name = "ebtables", .family = NFPROTO_BRIDGE },
	{ .program = { "arptables-nft-save" }, .other = "arptables-save", .name = "arptables", .family = NFPROTO_ARP },
};
static struct listing legacy[] = {
	{ .program = { "iptables-legacy-save" }, .other = "iptables-save", .name = "iptables", .family = NFPROTO_IPV4 },
	{ .program = { "ip6tables-legacy-save" }, .other = "ip6tables-save", .name = "ip6tables", .family = NFPROTO_IPV6 },
};

static struct listing *of_family(struct listing *all, size_t n, int family)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].family == family)
			return &all[i];
	return NULL;
}

static struct rule *add_rule(struct listing *l, int family, const char *table, const char *chain, unsigned number,
			     unsigned long long handle, const char *text, size_t len)
{
	struct rule *r = cmd_must(calloc(1, sizeof(*r)));

	*r = (struct rule){ .next = l->rules, .family = family, .handle = handle, .number = number };
	r->table = cmd_must(strdup(table));
	r->chain = cmd_must(strdup(chain));
	r->text = cmd_must(strndup(text, len));
	l->rules = r;
	if (handle > l->greatest)
		l->greatest = handle;
	return r;
}

/* "table ip filter {", "\tchain forward { # handle 1", "\t\tct state invalid drop # handle 4" */
static void parse_nft(struct listing *l, char *text)
{
	static const struct {
		const char *name;
		int family;
	} families[] = { { "ip", NFPROTO_IPV4 },       { "ip6", NFPROTO_IPV6 }, { "inet", NFPROTO_INET },
			 { "bridge", NFPROTO_BRIDGE }, { "arp", NFPROTO_ARP },	{ "netdev", NFPROTO_NETDEV } };
	char word[16], table[128] = "", chain[128] = "";
	unsigned number = 0;
	int family = 0;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char *handle = NULL;

		if (sscanf(line, "table %15s %127s", word, table) == 2) {
			for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
				if (!strcmp(word, families[i].name))
					family = families[i].family;
		} else if (line[0] == '\t' && line[1] != '\t') {
			number = 0;
			if (sscanf(line, "\tchain %127s", chain) != 1)
				chain[0] = 0;
		} else if (line[0] == '\t' && chain[0]) {
			for (char *at = line; (at = strstr(at, " # handle ")); at++)
				handle = at;
			if (handle)
				add_rule(l, family, table, chain, ++number, strtoull(handle + 10, NULL, 10), line + 2,
					 (size_t)(handle - line - 2));
		}
	}
}

/* "*filter", ":FORWARD DROP [0:0]", "-A FORWARD -p tcp -j DROP" */
static void parse_save(struct listing *l, char *text)
{
	char table[64] = "", chain[128], policy[32];

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (line[0] == '*') {
			snprintf(table, sizeof(table), "%s", line + 1);
		} else if (sscanf(line, ":%127s %31s", chain, policy) == 2) {
			add_rule(l, l->family, table, chain, 0, 0, policy, strlen(policy));
		} else if (sscanf(line, "-A %127s", chain) == 1) {
			unsigned number = 1;

			for (const struct rule *r = l->rules; r; r = r->next)
				if (r->number >= number && !strcmp(r->table, table) && !strcmp(r->chain, chain))
					number = r->number + 1;
			add_rule(l, l->family, table, chain, number, 0, line, strlen(line));
		}
	}
}

static void nothing(void *arg, uint32_t events)
{
	(void)arg;
	(void)events;
}

/* What @argv prints, run against the guest; NULL: it failed. malloc()ed. */
static char *output_of(struct element *e, char *const argv[])
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fds[2], listener = -1, to[3] = { null, -1, null };
	char *text = NULL;
	size_t len = 0, cap = 0;
	struct lk_watch *watch;
	ssize_t n;
	pid_t pid;

	if (null < 0 || pipe2(fds, O_CLOEXEC))
		cmd_die(CMD_SYSTEM, "unable to make a pipe: %s", strerror(errno));
	to[1] = fds[1];
	pid = lk_attach_spawn(argv, spawn_environment(e->name), to, 0, getpid(), &listener);
	close(fds[1]);
	close(null);
	if (pid < 0 || lk_attach_serve(e->attach, listener))
		cmd_die(CMD_SYSTEM, "unable to run %s", argv[0]);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	watch = lk_loop_add(e->loop, fds[0], EPOLLIN, nothing, NULL);
	for (;;) {
		if (cap - len < 65536)
			text = cmd_must(realloc(text, cap += 131072));
		n = read(fds[0], text + len, cap - len - 1);
		if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
			break;
		if (n > 0) {
			len += (size_t)n;
			continue;
		}
		lk_run();
		lk_loop_wait(e->loop, lk_attach_poll(e->attach) ? 0 : 10000000);
	}
	lk_loop_del(watch);
	close(fds[0]);
	text[len] = 0;
	return text;
}

static void ask(struct element *e, struct listing *l)
{
	char *argv[8] = { NULL }, *text;

	for (size_t i = 0; i < 6; i++)
		argv[i] = (char *)(uintptr_t)l->program[i];
	l->asked = true;
	text = output_of(e, argv);
	if (!*text && l->other) {
		free(text);
		argv[0] = (char *)(uintptr_t)l->other;
		text = output_of(e, argv);
	}
	if (l == &nft)
		parse_nft(l, text);
	else
		parse_save(l, text);
	free(text);
}

/* By handle, or where that is 0 by number. */
static struct rule *find(const struct listing *l, int family, const char *table, const char *chain, unsigned number,
			 unsigned long long handle)
{
	for (struct rule *r = l->rules; r; r = r->next)
		if (r->family == family && r->handle == handle && (handle || r->number == number) && !strcmp(r->table, table) &&
		    !strcmp(r->chain, chain))
			return r;
	return NULL;
}

static unsigned rules_in(const struct listing *l, const char *table, const char *chain)
{
	unsigned n = 0;

	for (const struct rule *r = l->rules; r; r = r->next)
		if (r->number > n && !strcmp(r->table, table) && !strcmp(r->chain, chain))
			n = r->number;
	return n;
}

/* iptables-nft and its kin keep this table: its chains have the names of hooks in capitals. */
static bool of_iptables(const struct rule *some)
{
	static const char *const hooks[] = { "INPUT", "FORWARD", "OUTPUT", "PREROUTING", "POSTROUTING", "BROUTING" };

	if (some->family == NFPROTO_INET || some->family == NFPROTO_NETDEV)
		return false;
	for (const struct rule *r = nft.rules; r; r = r->next)
		for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
			if (r->family == some->family && !strcmp(r->table, some->table) && !strcmp(r->chain, hooks[i]))
				return true;
	return false;
}

static const struct listing *asked(struct element *e, struct listing *l)
{
	if (l && !l->asked)
		ask(e, l);
	return l;
}

/* The rule as iptables numbers and writes it; NULL: not one of iptables. */
static const char *iptables_words(struct element *e, struct listing *l, const char *table, const char *chain, unsigned number)
{
	struct rule *r = asked(e, l) ? find(l, l->family, table, chain, number, 0) : NULL;

	if (!r)
		return NULL;
	if (!r->words && number && asprintf(&r->words, "%s %s %s rule %u: %s", l->name, table, chain, number, r->text) < 0)
		cmd_must(NULL);
	if (!r->words && asprintf(&r->words, "%s %s %s policy %s", l->name, table, chain, r->text) < 0)
		cmd_must(NULL);
	return r->words;
}

#define UNLISTED "(of a chain that nft does not list: one between braces)"

static const char *nft_words(struct element *e, const struct lk_guest_event *ev)
{
	static const char *const names[] = { [NFPROTO_INET] = "inet",	  [NFPROTO_IPV4] = "ip",       [NFPROTO_ARP] = "arp",
					     [NFPROTO_NETDEV] = "netdev", [NFPROTO_BRIDGE] = "bridge", [NFPROTO_IPV6] = "ip6" };
	const char *family = ev->family < sizeof(names) / sizeof(names[0]) && names[ev->family] ? names[ev->family] : "?", *words;
	struct listing *save = of_family(saves, sizeof(saves) / sizeof(saves[0]), ev->family);
	struct rule *r;

	if (!nft.asked || ev->rule > nft.greatest)
		ask(e, &nft);
	r = find(&nft, ev->family, ev->table, ev->chain, 0, ev->rule);
	if (!r)
		/* nft lists the rules of a chain without a name inside the rule that jumps there, without their handles */
		r = add_rule(&nft, ev->family, ev->table, ev->chain, 0, ev->rule, UNLISTED, strlen(UNLISTED));
	if (!r->words && save && of_iptables(r)) {
		words = iptables_words(e, save, ev->table, ev->chain, r->number);
		r->words = words ? cmd_must(strdup(words)) : NULL;
	}
	if (!r->words && ev->rule &&
	    asprintf(&r->words, "nft %s %s %s handle %llu: %s", family, ev->table, ev->chain, ev->rule, r->text) < 0)
		cmd_must(NULL);
	if (!r->words &&
	    asprintf(&r->words, "nft %s %s %s policy %s", family, ev->table, ev->chain, ev->code == NF_DROP ? "drop" : "accept") < 0)
		cmd_must(NULL);
	return r->words;
}

/* The kernel calls any rule without a condition, at whose end the chain is, a return or a policy; the number tells. 0: the policy. */
static unsigned xt_number(const struct listing *l, const struct lk_guest_event *ev)
{
	return ev->rule <= rules_in(l, ev->table, ev->chain) ? (unsigned)ev->rule : 0;
}

const char *explain_rule(struct element *e, const struct lk_guest_event *ev)
{
	struct listing *l = of_family(legacy, sizeof(legacy) / sizeof(legacy[0]), ev->family);
	const char *words;

	if (ev->kind == LK_EVENT_NFT)
		return nft_words(e, ev);
	words = asked(e, l) ? iptables_words(e, l, ev->table, ev->chain, xt_number(l, ev)) : NULL;
	return words ? words : "a rule of x_tables";
}

bool explain_rule_drops(struct element *e, const struct lk_guest_event *ev)
{
	struct listing *l = of_family(legacy, sizeof(legacy) / sizeof(legacy[0]), ev->family);
	const struct rule *r = asked(e, l) ? find(l, l->family, ev->table, ev->chain, xt_number(l, ev), 0) : NULL;

	if (!r)
		return true;
	return r->number ? !strstr(r->text, "-j ACCEPT") : !strcmp(r->text, "DROP");
}
