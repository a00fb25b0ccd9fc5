// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/rtnl.c - messages to NETLINK_ROUTE that name a network namespace by a descriptor or a process
 *
 * `ip link set X netns N` sends IFLA_NET_NS_FD or IFLA_NET_NS_PID, `ip link add ... peer netns N` the same inside VETH_INFO_PEER, `ip
 * netns set` NETNSA_FD or NETNSA_PID. Their numbers are the program's: they become a descriptor of the guest, in place. linux/if_link.h,
 * linux/net_namespace.h.
 */
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>

#include "lib/attach/internal.h"

/* The guest descriptor for the program's @number; -1 is one that the guest will refuse. */
static long translate(struct att_call *c, int *number, bool is_pid)
{
	struct att_obj *o;
	long r;

	if (is_pid) {
		r = att_ns_start(c);
		if (r)
			return r;
		*number = att_ns_of_pid(c->a, *number)->gfd;
		return 0;
	}
	o = att_obj_of_fd(c, *number);
	*number = o && o->kind == ATT_FILE ? o->gfd : -1;
	return o ? att_obj_hold(c, o) : 0;
}

/* The attribute at *at, of *len bytes that are left; moves both on. NULL: there is no more, or what is there is none. */
static char *next(char **at, size_t *len, struct rtattr *a)
{
	char *this = *at;
	size_t step;

	if (*len < sizeof(*a))
		return NULL;
	memcpy(a, this, sizeof(*a));
	if (a->rta_len < sizeof(*a) || a->rta_len > *len)
		return NULL;
	a->rta_type &= NLA_TYPE_MASK;
	step = RTA_ALIGN(a->rta_len) < *len ? RTA_ALIGN(a->rta_len) : *len;
	*at += step;
	*len -= step;
	return this;
}

/* The payload of the attribute of type @type; *len: its length. NULL: there is none. */
static char *payload(char *at, size_t *len, int type)
{
	struct rtattr a;
	char *this;

	while ((this = next(&at, len, &a))) {
		if (a.rta_type == type) {
			*len = a.rta_len - RTA_LENGTH(0);
			return this + RTA_LENGTH(0);
		}
	}
	return NULL;
}

/* Attributes of types @fd and @pid in @len bytes at @at. */
static long attrs(struct att_call *c, char *at, size_t len, int fd, int pid)
{
	struct rtattr a;
	char *this;
	long r = 0;

	while (!r && (this = next(&at, &len, &a))) {
		int number;

		if ((a.rta_type != fd && a.rta_type != pid) || a.rta_len != RTA_LENGTH(sizeof(number)))
			continue;
		memcpy(&number, this + RTA_LENGTH(0), sizeof(number));
		r = translate(c, &number, a.rta_type == pid);
		a.rta_type = (unsigned short)fd;
		memcpy(this, &a, sizeof(a));
		memcpy(this + RTA_LENGTH(0), &number, sizeof(number));
	}
	return r;
}

/* The other end of a pair that is made: a second interface's message inside of the first one's. */
static long peer(struct att_call *c, char *at, size_t len)
{
	static const char *const pairs[] = { "veth", "vxcan", "netkit" };
	size_t rest;
	char *kind;

	at = payload(at, &len, IFLA_LINKINFO);
	rest = len;
	kind = at ? payload(at, &rest, IFLA_INFO_KIND) : NULL;
	for (size_t i = 0; kind && i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (rest < strlen(pairs[i]) || memcmp(kind, pairs[i], strlen(pairs[i])))
			continue;
		at = payload(at, &len, IFLA_INFO_DATA);
		at = at ? payload(at, &len, VETH_INFO_PEER) : NULL; /* 1 in all of them */
		if (!at || len < sizeof(struct ifinfomsg))
			return 0;
		return attrs(c, at + sizeof(struct ifinfomsg), len - sizeof(struct ifinfomsg), IFLA_NET_NS_FD, IFLA_NET_NS_PID);
	}
	return 0;
}

long att_rtnl(struct att_call *c, void *buf, size_t len)
{
	struct nlmsghdr h;
	char *at = buf;
	long r = 0;

	for (; len >= sizeof(h) && !r; at += NLMSG_ALIGN(h.nlmsg_len), len -= NLMSG_ALIGN(h.nlmsg_len)) {
		size_t head = 0;

		memcpy(&h, at, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > len)
			break;
		if (h.nlmsg_type == RTM_NEWLINK || h.nlmsg_type == RTM_SETLINK)
			head = NLMSG_SPACE(sizeof(struct ifinfomsg));
		else if (h.nlmsg_type == RTM_NEWNSID || h.nlmsg_type == RTM_GETNSID)
			head = NLMSG_SPACE(sizeof(struct rtgenmsg));
		if (head && h.nlmsg_len > head && h.nlmsg_type <= RTM_SETLINK) {
			r = attrs(c, at + head, h.nlmsg_len - head, IFLA_NET_NS_FD, IFLA_NET_NS_PID);
			if (!r)
				r = peer(c, at + head, h.nlmsg_len - head);
		} else if (head && h.nlmsg_len > head) {
			r = attrs(c, at + head, h.nlmsg_len - head, NETNSA_FD, NETNSA_PID);
		}
		if (NLMSG_ALIGN(h.nlmsg_len) >= len)
			break;
	}
	return r;
}
