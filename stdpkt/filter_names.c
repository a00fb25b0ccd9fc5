// SPDX-License-Identifier: GPL-2.0-only
/*
 * stdpkt/filter_names.c - names in filter expressions: ports, protocols and hosts, out of /etc
 *
 * libpcap asks libc for them, whose lookups load plug-ins that a static program cannot. filter.sh makes libpcap call these
 * instead: "port domain" is in /etc/services, "ip proto ospf" in /etc/protocols, "host gw" in /etc/hosts, "ether host gw" in /etc/ethers.
 * There is no DNS: what a filter lets pass does not depend on a server.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/ether.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int pkt_filter_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res);
void pkt_filter_freeaddrinfo(struct addrinfo *ai);
struct hostent *pkt_filter_gethostbyname(const char *name);
int pkt_filter_getnetbyname_r(const char *name, struct netent *n, char *buf, size_t len, struct netent **res, int *h_err);
int pkt_filter_getprotobyname_r(const char *name, struct protoent *p, char *buf, size_t len, struct protoent **res);
int pkt_filter_ether_hostton(const char *name, struct ether_addr *ea);

/*
 * The next line of @f that has @name among its words but the first (@name_first: as its first). Its other word of the first two is in @value.
 */
static bool next_with(FILE *f, const char *name, bool name_first, char *value, size_t len)
{
	char line[1024], *save, *first, *second, *word;

	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "#\n")] = 0;
		first = strtok_r(line, " \t", &save);
		second = first ? strtok_r(NULL, " \t", &save) : NULL;
		if (!second)
			continue;
		word = name_first ? first : second;
		snprintf(value, len, "%s", name_first ? second : first);
		while (word && strcasecmp(word, name) != 0)
			word = strtok_r(NULL, " \t", &save);
		if (word)
			return true;
	}
	return false;
}

static bool add(struct addrinfo **res, const struct addrinfo *like, const void *addr, socklen_t len)
{
	struct addrinfo *ai = calloc(1, sizeof(*ai) + sizeof(struct sockaddr_in6));

	if (!ai)
		return false;
	*ai = *like;
	ai->ai_addr = memcpy(ai + 1, addr, len);
	ai->ai_addrlen = len;
	ai->ai_next = *res;
	*res = ai;
	return true;
}

static int find_service(const char *name, const struct addrinfo *hints, struct addrinfo **res)
{
	FILE *f = fopen("/etc/services", "re");
	char value[64], *slash;
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct addrinfo ai = { .ai_family = AF_INET };

	while (f && next_with(f, name, true, value, sizeof(value))) {
		slash = strchr(value, '/');
		if (!slash)
			continue;
		*slash = 0;
		ai.ai_protocol = !strcmp(slash + 1, "tcp") ? IPPROTO_TCP : !strcmp(slash + 1, "udp") ? IPPROTO_UDP : 0;
		ai.ai_socktype = ai.ai_protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
		sin.sin_port = htons((uint16_t)atoi(value));
		if (ai.ai_protocol && (!hints || !hints->ai_protocol || hints->ai_protocol == ai.ai_protocol))
			add(res, &ai, &sin, sizeof(sin));
	}
	if (f)
		fclose(f);
	return *res ? 0 : EAI_NONAME;
}

/* libpcap asks for names and for addresses. */
static void add_host(const char *text, struct addrinfo **res)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct addrinfo ai = { .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP };

	if (inet_pton(AF_INET, text, &sin.sin_addr) == 1) {
		ai.ai_family = AF_INET;
		add(res, &ai, &sin, sizeof(sin));
	} else if (inet_pton(AF_INET6, text, &sin6.sin6_addr) == 1) {
		ai.ai_family = AF_INET6;
		add(res, &ai, &sin6, sizeof(sin6));
	}
}

int pkt_filter_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res)
{
	char value[64];
	FILE *f;

	*res = NULL;
	if (!node)
		return find_service(service, hints, res);
	add_host(node, res);
	if (*res)
		return 0;
	f = fopen("/etc/hosts", "re");
	while (f && next_with(f, node, false, value, sizeof(value)))
		add_host(value, res);
	if (f)
		fclose(f);
	return *res ? 0 : EAI_NONAME;
}

void pkt_filter_freeaddrinfo(struct addrinfo *ai)
{
	struct addrinfo *next;

	for (; ai; ai = next) {
		next = ai->ai_next;
		free(ai);
	}
}

/* For libpcap's own old interface only; a filter does not come here. */
struct hostent *pkt_filter_gethostbyname(const char *name)
{
	(void)name;
	return NULL;
}

/* /etc/networks: nobody has one. */
int pkt_filter_getnetbyname_r(const char *name, struct netent *n, char *buf, size_t len, struct netent **res, int *h_err)
{
	(void)name;
	(void)n;
	(void)buf;
	(void)len;
	*res = NULL;
	*h_err = HOST_NOT_FOUND;
	return 0;
}

int pkt_filter_getprotobyname_r(const char *name, struct protoent *p, char *buf, size_t len, struct protoent **res)
{
	FILE *f = fopen("/etc/protocols", "re");
	char value[64];

	(void)buf;
	(void)len;
	*res = NULL;
	memset(p, 0, sizeof(*p));
	if (f && next_with(f, name, true, value, sizeof(value))) {
		p->p_proto = atoi(value);
		*res = p;
	}
	if (f)
		fclose(f);
	return 0;
}

int pkt_filter_ether_hostton(const char *name, struct ether_addr *ea)
{
	FILE *f = fopen("/etc/ethers", "re");
	char value[64];
	bool found = f && next_with(f, name, false, value, sizeof(value)) && ether_aton_r(value, ea);

	if (f)
		fclose(f);
	return found ? 0 : -1;
}
