// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/sockopt.c - setsockopt and getsockopt
 *
 * Most options are flat: copied in, copied out. Some carry pointers to the program's memory, which the guest would follow; those
 * known are rewritten here, those that cannot work through a copy are refused. Layouts: linux/netfilter_ipv4/ip_tables.h (the IPv6
 * one is the same in this part), netfilter_arp/arp_tables.h, netfilter_bridge/ebtables.h, linux/filter.h.
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <linux/filter.h>
#include <linux/netfilter_arp/arp_tables.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif
#ifndef SOL_MPTCP
#define SOL_MPTCP 284
#endif
#ifndef SO_RCVTIMEO_NEW
#define SO_RCVTIMEO_NEW 66
#define SO_SNDTIMEO_NEW 67
#endif

#define IPT_SET_REPLACE 64  /* IPT_BASE_CTL; the IPv6 one has the same number at its own level */
#define ARPT_SET_REPLACE 96 /* ARPT_BASE_CTL */
#define EBT_BASE 128	    /* set: 128 entries, 129 counters; get: 128 info, 129 entries, 130 init info, 131 init entries */

#define SLACK 256 /* zeros behind a value: an option that reads more than the length says reads those */

static bool level_known(int level)
{
	static const int known[] = { SOL_SOCKET,  IPPROTO_IP,	   IPPROTO_ICMPV6, IPPROTO_IPV6,       IPPROTO_TCP,
				     IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_SCTP,   IPPROTO_RAW,	       IPPROTO_DCCP,
				     SOL_PACKET,  SOL_NETLINK,	   SOL_MPTCP,	   269 /* SOL_DCCP */, 100 /* SOL_CAN_BASE */,
				     101 /* SOL_CAN_RAW */ };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i] == level)
			return true;
	return false;
}

/* Options whose pointers cannot be served through a copy, or that name descriptors of the program. */
static bool refused(int level, int opt, bool set)
{
	switch (level) {
	case SOL_SOCKET:
		return opt == SO_ATTACH_BPF || opt == SO_ATTACH_REUSEPORT_EBPF || opt == SO_ZEROCOPY ||
		       (!set && opt == 77 /* SO_PEERPIDFD */);
	case IPPROTO_TCP:
		return opt == 35 /* TCP_ZEROCOPY_RECEIVE */;
	case IPPROTO_SCTP: /* PEELOFF, PEELOFF_FLAGS, CONNECTX3 */
		return !set && (opt == 102 || opt == 122 || opt == 111);
	case SOL_PACKET: /* TX_RING (no mmap of the guest's memory); FANOUT_DATA (program or its descriptor) */
		return set && (opt == 13 || opt == 22);
	}
	return false;
}

/* A whole table: u32 num_counters at @at_num, and at @at_ptr where the kernel shall write the old table's counters. */
static long set_xt_replace(struct att_call *c, int level, int opt, char *val, size_t len, size_t at_num, size_t at_ptr)
{
	uint64_t user, ours;
	uint32_t num, size;
	char *counters;
	long r;

	if (len < at_ptr + 8)
		return -EINVAL;
	memcpy(&size, val + offsetof(struct ipt_replace, size), sizeof(size)); /* the same place in all three */
	if (size > len - at_ptr - 8)
		return -EINVAL;
	memcpy(&num, val + at_num, sizeof(num));
	memcpy(&user, val + at_ptr, sizeof(user));
	if (num > ATT_MAX_OPT / 16)
		return -ENOMEM;
	counters = att_alloc(c, (size_t)num * 16); /* struct xt_counters: two u64 */
	if (!counters)
		return -ENOMEM;
	ours = (uintptr_t)counters;
	memcpy(val + at_ptr, &ours, sizeof(ours));
	r = att_guest(c, SYS_setsockopt, c->o->gfd, level, opt, ATT_P(val), (long)len, 0);
	if (r >= 0 && num) /* the old table's counters. Like the kernel: a bad pointer does not undo the replacement */
		att_put(c, user, counters, (size_t)num * 16);
	return r;
}

/* struct ebt_replace of a 64-bit program. */
struct ebt_head {
	char name[32];
	uint32_t valid_hooks, nentries, entries_size, pad;
	uint64_t hook_entry[6];
	uint32_t num_counters, pad2;
	uint64_t counters, entries;
};

/* The head's three pointers: @in what the guest reads of them, @out what it writes. */
static long ebt(struct att_call *c, int opt, bool set, char *val, socklen_t *len)
{
	struct ebt_head h, user;
	bool info = !set && (opt == EBT_BASE || opt == EBT_BASE + 2);
	char *entries, *counters;
	long r;

	if (*len < sizeof(h))
		return -EINVAL;
	memcpy(&h, val, sizeof(h));
	user = h;
	/* what else is there means nothing yet where it is a name that is asked about, and without rules where it is counters */
	if (info)
		h.num_counters = 0;
	if (info || (set && opt == EBT_BASE + 1))
		h.entries_size = 0;
	if (h.entries_size > ATT_MAX_OPT || h.num_counters > ATT_MAX_OPT / 16)
		return -ENOMEM;
	entries = att_alloc(c, info ? 0 : h.entries_size);
	counters = att_alloc(c, info ? 0 : (size_t)h.num_counters * 16);
	if (!entries || !counters)
		return -ENOMEM;
	if (set && opt == EBT_BASE && att_get(c, entries, user.entries, h.entries_size))
		return -EFAULT;
	if (set && opt == EBT_BASE + 1 && att_get(c, counters, user.counters, (size_t)h.num_counters * 16))
		return -EFAULT;
	h.entries = (uintptr_t)entries;
	h.counters = user.counters || set ? (uintptr_t)counters : 0;
	for (int i = 0; i < 6; i++)
		if (h.hook_entry[i])
			h.hook_entry[i] = h.hook_entry[i] - user.entries + h.entries;
	memcpy(val, &h, sizeof(h));
	r = set ? att_guest(c, SYS_setsockopt, c->o->gfd, IPPROTO_IP, opt, ATT_P(val), *len, 0)
		: att_guest(c, SYS_getsockopt, c->o->gfd, IPPROTO_IP, opt, ATT_P(val), ATT_P(len), 0);
	if (r < 0)
		return r;
	if (!set && !info && att_put(c, user.entries, entries, h.entries_size))
		return -EFAULT;
	if (((!set && !info) || (set && opt == EBT_BASE)) && user.counters && user.num_counters &&
	    att_put(c, user.counters, counters, (size_t)user.num_counters * 16) && !set)
		return -EFAULT;
	memcpy(&h, val, sizeof(h));
	h.entries = user.entries; /* ours mean nothing to the program */
	h.counters = user.counters;
	if (!info)
		memcpy(h.hook_entry, user.hook_entry, sizeof(h.hook_entry));
	memcpy(val, &h, sizeof(h));
	return r;
}

/* struct sock_fprog */
static long set_fprog(struct att_call *c, int level, int opt, char *val, size_t len)
{
	struct sock_fprog p;
	uint64_t user;
	size_t size;

	if (len < sizeof(p))
		return -EINVAL;
	memcpy(&p, val, sizeof(p));
	user = (uintptr_t)p.filter;
	size = (size_t)p.len * sizeof(*p.filter);
	p.filter = att_alloc(c, size);
	if (!p.filter)
		return -ENOMEM;
	if (att_get(c, p.filter, user, size))
		return -EFAULT;
	return att_guest(c, SYS_setsockopt, c->o->gfd, level, opt, ATT_P(&p), sizeof(p), 0);
}

/* Options by which a socket gets an error queue. */
static bool wants_errors(int level, int opt)
{
	return (level == IPPROTO_IP && opt == IP_RECVERR) || (level == IPPROTO_IPV6 && opt == IPV6_RECVERR) ||
	       (level == SOL_SOCKET && (opt == SO_TIMESTAMPING || opt == 65 /* SO_TIMESTAMPING_NEW */));
}

static long do_setsockopt(struct att_call *c)
{
	int level = (int)c->data.args[1], opt = (int)c->data.args[2], len = (int)c->data.args[4];
	uint64_t addr = c->data.args[3];
	socklen_t slen;
	char small[512], *val = small;
	size_t here;
	long r;

	if (!level_known(level) || refused(level, opt, true)) {
		c->a->st.refused++;
		return level == SOL_SOCKET ? -EOPNOTSUPP : -ENOPROTOOPT;
	}
	if (len < 0)
		return -EINVAL;
	if ((unsigned)len > ATT_MAX_OPT)
		return -ENOMEM;
	memset(small, 0, sizeof(small));
	if ((unsigned)len > sizeof(small) - SLACK)
		val = att_alloc_raw(c, (size_t)len + SLACK);
	if (!val)
		return -ENOMEM;
	if (val != small)
		memset(val + len, 0, SLACK);
	/* ebtables says how long what it points to is, too, but has only the head there */
	here = level == IPPROTO_IP && (opt == EBT_BASE || opt == EBT_BASE + 1) && (size_t)len > sizeof(struct ebt_head)
		       ? sizeof(struct ebt_head)
		       : (size_t)len;
	if (addr && att_get(c, val, addr, here))
		return -EFAULT;
	if (!addr && len)
		val = NULL;

	if (val && ((level == IPPROTO_IP || level == IPPROTO_IPV6) && opt == IPT_SET_REPLACE))
		return set_xt_replace(c, level, opt, val, (size_t)len, offsetof(struct ipt_replace, num_counters),
				      offsetof(struct ipt_replace, counters));
	if (val && level == IPPROTO_IP && opt == ARPT_SET_REPLACE)
		return set_xt_replace(c, level, opt, val, (size_t)len, offsetof(struct arpt_replace, num_counters),
				      offsetof(struct arpt_replace, counters));
	if (level == SOL_PACKET && opt == 5 /* PACKET_RX_RING */)
		return val ? att_ring_set(c, val, (size_t)len) : -EINVAL;
	slen = (socklen_t)len;
	if (val && level == IPPROTO_IP && (opt == EBT_BASE || opt == EBT_BASE + 1))
		return ebt(c, opt, true, val, &slen);
	if (val && level == SOL_SOCKET && (opt == SO_ATTACH_FILTER || opt == SO_ATTACH_REUSEPORT_CBPF))
		return set_fprog(c, level, opt, val, (size_t)len);
	if (!val && len) /* a NULL value with a length: an option that takes it knows (IP_MSFILTER ...), the others read it */
		return -EFAULT;
	r = att_guest(c, SYS_setsockopt, c->o->gfd, level, opt, ATT_P(val), len, 0);
	if (!r && !c->o->errors && wants_errors(level, opt)) {
		c->o->errors = true;
		c->a->nerrors++;
	}
	/* a relayed stream waits on the host */
	if (!r && level == SOL_SOCKET && c->o->kind == ATT_STREAM &&
	    (opt == SO_RCVTIMEO || opt == SO_SNDTIMEO || opt == SO_RCVTIMEO_NEW || opt == SO_SNDTIMEO_NEW || opt == SO_RCVLOWAT))
		return ATT_CONTINUE;
	return r;
}

static long do_getsockopt(struct att_call *c)
{
	int level = (int)c->data.args[1], opt = (int)c->data.args[2], room;
	uint64_t addr = c->data.args[3], lenp = c->data.args[4];
	char small[512], *val = small;
	struct att_vec v = { .n = 0 };
	socklen_t len, asked;
	size_t unit;
	long r;

	if (!level_known(level) || refused(level, opt, false)) {
		c->a->st.refused++;
		return level == SOL_SOCKET ? -EOPNOTSUPP : -ENOPROTOOPT;
	}
	if (att_get(c, &room, lenp, sizeof(room)))
		return -EFAULT;
	asked = (socklen_t)room;
	if (room < 0)
		return -EINVAL;
	unit = level == SOL_SOCKET && opt == SO_GET_FILTER ? sizeof(struct sock_filter) : 1; /* counts instructions */
	if ((unsigned)room > ATT_MAX_OPT / unit)
		room = (int)(ATT_MAX_OPT / unit);
	if ((unsigned)room * unit > sizeof(small) - SLACK)
		val = att_alloc(c, (size_t)room * unit + SLACK);
	else
		memset(small, 0, sizeof(small));
	if (!val)
		return -ENOMEM;
	/* many take arguments in the buffer (a table's name, a header with sizes); what is not mapped is zero */
	if (level != SOL_SOCKET)
		att_get_some(c, val, addr, (size_t)room);
	len = (socklen_t)room;
	if (level == IPPROTO_IP && opt >= EBT_BASE && opt <= EBT_BASE + 3)
		r = ebt(c, opt, false, val, &len);
	else
		r = att_guest(c, SYS_getsockopt, c->o->gfd, level, opt, ATT_P(val), ATT_P(&len), 0);
	if (r >= 0 && level == SOL_SOCKET && opt == SO_ERROR && len == 4) {
		int err;

		memcpy(&err, val, sizeof(err));
		if (!err) /* the relay met it before */
			memcpy(val, &c->o->sock_err, sizeof(err));
		c->o->sock_err = 0;
		c->o->failed = false;
	}
	if (r >= 0)
		att_vec_add(&v, addr, val, (len < (unsigned)room ? len : (unsigned)room) * unit);
	if (len != asked && (r >= 0 || len != (unsigned)room)) /* a length that stays is there already */
		att_vec_add(&v, lenp, &len, sizeof(len));
	return v.n && att_vec_put(c, &v) ? -EFAULT : r;
}

const struct att_entry att_opt_calls[] = {
	{ SYS_setsockopt, do_setsockopt, ATT_F_FD },
	{ SYS_getsockopt, do_getsockopt, ATT_F_FD },
	{ 0, NULL, 0 },
};
