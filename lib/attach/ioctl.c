// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/attach/ioctl.c - ioctls of sockets, by table
 *
 * Every ioctl of type 0x89 arrives here whatever the descriptor, others only from ATT_FD_BASE up. One that asks about interfaces on a
 * socket of the host's (AF_UNIX, as old ifconfig does) is about the guest's interfaces, too, and is asked of a socket of our own.
 * Sizes: linux/sockios.h, linux/if.h, linux/ethtool.h, net/route.h, linux/if_tunnel.h. What is not in the table is
 * refused with ENOTTY: its argument may point anywhere.
 */
#define _GNU_SOURCE
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/attach/internal.h"

#ifndef SIOCGHWTSTAMP
#define SIOCGHWTSTAMP 0x89b1
#endif

#define IFREQ_SIZE 40 /* struct ifreq of a 64-bit program */

enum how {
	HOST,	 /* belongs to the descriptor: signals, FIONBIO, close-on-exec */
	FLAT,	 /* @size bytes in and out */
	FLAT_SK, /* the same, but it means this very socket: not for the host's */
	NAME,	 /* a struct ifreq */
	DATA,	 /* a struct ifreq whose ifr_data points to @size bytes */
	CONF,
	ROUTE,
	ETHTOOL,
	TUNNEL,
};

static const struct {
	unsigned cmd;
	enum how how;
	unsigned size;
} cmds[] = {
	{ FIONBIO, HOST, 0 },
	{ FIOASYNC, HOST, 0 },
	{ FIOCLEX, HOST, 0 },
	{ FIONCLEX, HOST, 0 },
	{ FIOSETOWN, HOST, 0 },
	{ SIOCSPGRP, HOST, 0 },
	{ FIOGETOWN, HOST, 0 },
	{ SIOCGPGRP, HOST, 0 },
	{ FIONREAD, FLAT_SK, 4 },
	{ TIOCOUTQ, FLAT_SK, 4 },
	{ SIOCATMARK, FLAT_SK, 4 },
	{ 0x894b /* SIOCOUTQNSD */, FLAT_SK, 4 },
	{ 0x8906 /* SIOCGSTAMP */, FLAT_SK, 16 },
	{ 0x8907 /* SIOCGSTAMPNS */, FLAT_SK, 16 },
	{ 0x80108906 /* the same, since 5.1 */, FLAT_SK, 16 },
	{ 0x80108907, FLAT_SK, 16 },
	{ SIOCADDRT, ROUTE, 0 },
	{ SIOCDELRT, ROUTE, 0 },
	{ SIOCGIFNAME, NAME, 0 },
	{ SIOCGIFCONF, CONF, 0 },
	{ SIOCGIFFLAGS, NAME, 0 },
	{ SIOCSIFFLAGS, NAME, 0 },
	{ SIOCGIFADDR, NAME, 0 },
	{ SIOCSIFADDR, NAME, 0 },
	{ SIOCDIFADDR, NAME, 0 },
	{ SIOCGIFDSTADDR, NAME, 0 },
	{ SIOCSIFDSTADDR, NAME, 0 },
	{ SIOCGIFBRDADDR, NAME, 0 },
	{ SIOCSIFBRDADDR, NAME, 0 },
	{ SIOCGIFNETMASK, NAME, 0 },
	{ SIOCSIFNETMASK, NAME, 0 },
	{ SIOCGIFMETRIC, NAME, 0 },
	{ SIOCSIFMETRIC, NAME, 0 },
	{ SIOCGIFMTU, NAME, 0 },
	{ SIOCSIFMTU, NAME, 0 },
	{ SIOCSIFNAME, NAME, 0 },
	{ SIOCSIFHWADDR, NAME, 0 },
	{ SIOCGIFHWADDR, NAME, 0 },
	{ SIOCSIFHWBROADCAST, NAME, 0 },
	{ SIOCADDMULTI, NAME, 0 },
	{ SIOCDELMULTI, NAME, 0 },
	{ SIOCGIFINDEX, NAME, 0 },
	{ SIOCSIFPFLAGS, NAME, 0 },
	{ SIOCGIFPFLAGS, NAME, 0 },
	{ SIOCGIFCOUNT, NAME, 0 },
	{ SIOCGIFTXQLEN, NAME, 0 },
	{ SIOCSIFTXQLEN, NAME, 0 },
	{ SIOCGIFMAP, NAME, 0 },
	{ SIOCSIFMAP, NAME, 0 },
	{ SIOCETHTOOL, ETHTOOL, 0 },
	{ SIOCGMIIPHY, NAME, 0 },
	{ SIOCGMIIREG, NAME, 0 },
	{ SIOCSMIIREG, NAME, 0 },
	{ SIOCDARP, FLAT, 68 }, /* struct arpreq */
	{ SIOCGARP, FLAT, 68 },
	{ SIOCSARP, FLAT, 68 },
	{ SIOCGIFVLAN, FLAT, 64 }, /* struct vlan_ioctl_args, 56 bytes */
	{ SIOCSIFVLAN, FLAT, 64 },
	{ SIOCBONDENSLAVE, NAME, 0 },
	{ SIOCBONDRELEASE, NAME, 0 },
	{ SIOCBONDSETHWADDR, NAME, 0 },
	{ SIOCBONDCHANGEACTIVE, NAME, 0 },
	{ SIOCBONDINFOQUERY, DATA, 12 },      /* struct ifbond */
	{ SIOCBONDSLAVEINFOQUERY, DATA, 28 }, /* struct ifslave */
	{ SIOCBRADDBR, FLAT, 16 },	      /* a name */
	{ SIOCBRDELBR, FLAT, 16 },
	{ SIOCBRADDIF, NAME, 0 },
	{ SIOCBRDELIF, NAME, 0 },
	{ SIOCSHWTSTAMP, DATA, 12 }, /* struct hwtstamp_config */
	{ SIOCGHWTSTAMP, DATA, 12 },
	/* SIOCGETTUNNEL and so on: struct ip_tunnel_parm, ip6_tnl_parm2, ip_tunnel_6rd; at most 80 bytes */
	{ SIOCDEVPRIVATE + 0, TUNNEL, 128 },
	{ SIOCDEVPRIVATE + 1, TUNNEL, 128 },
	{ SIOCDEVPRIVATE + 2, TUNNEL, 128 },
	{ SIOCDEVPRIVATE + 3, TUNNEL, 128 },
	{ SIOCDEVPRIVATE + 8, TUNNEL, 128 },
	{ SIOCDEVPRIVATE + 9, TUNNEL, 128 },
	{ SIOCDEVPRIVATE + 10, TUNNEL, 128 },
	{ SIOCDEVPRIVATE + 11, TUNNEL, 128 },
};

static long guest_ioctl(struct att_call *c, int gfd, unsigned cmd, void *arg)
{
	return att_guest(c, SYS_ioctl, gfd, cmd, ATT_P(arg), 0, 0, 0);
}

/* In and out through a buffer that may be larger than what the program has mapped there. */
static long flat(struct att_call *c, int gfd, unsigned cmd, uint64_t addr, size_t size)
{
	char buf[256] = { 0 };
	size_t have = att_get_some(c, buf, addr, size);
	long r;

	if (!have)
		return -EFAULT;
	r = guest_ioctl(c, gfd, cmd, buf);
	return r >= 0 && att_put(c, addr, buf, have) ? -EFAULT : r;
}

/* A struct ifreq with @size bytes behind ifr_data (0: none). */
static long ifreq(struct att_call *c, int gfd, unsigned cmd, uint64_t addr, size_t size)
{
	char req[IFREQ_SIZE + 8] = { 0 }, data[256] = { 0 };
	uint64_t user = 0, ours = (uintptr_t)data;
	size_t have = 0;
	long r;

	if (att_get(c, req, addr, IFREQ_SIZE))
		return -EFAULT;
	if (size) {
		memcpy(&user, req + IFNAMSIZ, sizeof(user));
		memcpy(req + IFNAMSIZ, &ours, sizeof(ours));
		have = att_get_some(c, data, user, size);
		if (!have)
			return -EFAULT;
	}
	r = guest_ioctl(c, gfd, cmd, req);
	if (r < 0)
		return r;
	if (size) {
		memcpy(req + IFNAMSIZ, &user, sizeof(user));
		if (att_put(c, user, data, have))
			return -EFAULT;
	}
	return att_put(c, addr, req, IFREQ_SIZE) ? -EFAULT : r;
}

static long ifconf(struct att_call *c, int gfd, uint64_t addr)
{
	struct {
		int len;
		uint64_t buf;
	} conf;
	uint64_t user;
	size_t room;
	long r;

	if (att_get(c, &conf, addr, sizeof(conf)))
		return -EFAULT;
	user = conf.buf;
	if (conf.len < 0)
		return -EINVAL;
	room = (size_t)conf.len < ATT_MAX_CONTROL ? (size_t)conf.len : ATT_MAX_CONTROL;
	conf.len = (int)room;
	if (user) {
		void *buf = att_alloc(c, room);

		if (!buf)
			return -ENOMEM;
		conf.buf = (uintptr_t)buf;
	}
	r = guest_ioctl(c, gfd, SIOCGIFCONF, &conf);
	if (r < 0)
		return r;
	if (user && conf.len > 0 && att_put(c, user, (void *)(uintptr_t)conf.buf, (size_t)conf.len < room ? (size_t)conf.len : room))
		return -EFAULT;
	return att_put(c, addr, &conf.len, sizeof(conf.len)) ? -EFAULT : r;
}

static long route(struct att_call *c, int gfd, unsigned cmd, uint64_t addr, int domain)
{
	char buf[sizeof(struct rtentry) > 80 ? sizeof(struct rtentry) : 80] = { 0 }, dev[IFNAMSIZ + 1] = { 0 };
	struct rtentry rt;

	if (domain == AF_INET6) /* struct in6_rtmsg: flat */
		return att_get(c, buf, addr, 80) ? -EFAULT : guest_ioctl(c, gfd, cmd, buf);
	if (att_get(c, &rt, addr, sizeof(rt)))
		return -EFAULT;
	if (rt.rt_dev) {
		if (att_get_str(c, dev, (uintptr_t)rt.rt_dev, IFNAMSIZ) < 0)
			return -EFAULT;
		rt.rt_dev = dev;
	}
	return guest_ioctl(c, gfd, cmd, &rt);
}

/*
 * The old interface names a device that a module makes when it is loaded (`ip tunnel add` asks gre0 for a new tunnel), and guests start
 * without: made when it is first asked for, as loading the module would do. By rtnetlink: there is no other way from outside.
 */
static long base_tunnel(struct att_call *c, const char *name)
{
	static const char base[][2][8] = { { "gre0", "gre" },	    { "tunl0", "ipip" },    { "sit0", "sit" },	     { "ip6tnl0", "ip6tnl" },
					   { "ip6gre0", "ip6gre" }, { "ip_vti0", "vti" }, { "ip6_vti0", "vti6" } };
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
		struct rtattr name_attr;
		char name[12];
		struct rtattr info_attr;
		struct rtattr kind_attr;
		char kind[8];
	} m = { { sizeof(m), RTM_NEWLINK, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, 0, 0 },
		{ 0 },
		{ sizeof(m.name_attr) + sizeof(m.name), IFLA_IFNAME },
		{ 0 },
		{ sizeof(m.info_attr) + sizeof(m.kind_attr) + sizeof(m.kind), IFLA_LINKINFO },
		{ sizeof(m.kind_attr) + sizeof(m.kind), IFLA_INFO_KIND },
		{ 0 } };
	size_t i;
	long s, r;

	for (i = 0; i < sizeof(base) / sizeof(base[0]); i++)
		if (!strcmp(base[i][0], name))
			break;
	if (i == sizeof(base) / sizeof(base[0]))
		return -ENODEV;
	memcpy(m.name, base[i][0], sizeof(base[i][0]));
	memcpy(m.kind, base[i][1], sizeof(base[i][1]));
	s = att_guest(c, SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE, 0, 0, 0);
	if (s < 0)
		return s;
	r = att_guest(c, SYS_sendto, s, ATT_P(&m), sizeof(m), 0, 0, 0);
	att_guest_close(c, (int)s);
	return r < 0 ? r : 0;
}

/* The device's private ioctls carry a flat structure on tunnels only; a bridge's hold pointers. */
static long tunnel(struct att_call *c, int gfd, unsigned cmd, uint64_t addr, size_t size)
{
	struct ifreq req = { 0 };
	long r;

	if (att_get(c, req.ifr_name, addr, IFNAMSIZ))
		return -EFAULT;
	req.ifr_name[IFNAMSIZ - 1] = 0;
	r = guest_ioctl(c, gfd, SIOCGIFHWADDR, &req);
	if (r == -ENODEV && !base_tunnel(c, req.ifr_name))
		r = guest_ioctl(c, gfd, SIOCGIFHWADDR, &req);
	if (r < 0)
		return r;
	switch (req.ifr_hwaddr.sa_family) {
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case 823: /* ARPHRD_IP6GRE */
		return ifreq(c, gfd, cmd, addr, size);
	}
	c->a->st.refused++;
	return -EOPNOTSUPP;
}

/* How large the structure behind an ethtool command is: @fixed bytes, and @each for every count found at @at (u32; 0: none). */
static const struct {
	unsigned cmd, fixed, at, each;
} eth[] = {
	{ ETHTOOL_GSET, sizeof(struct ethtool_cmd), 0, 0 },
	{ ETHTOOL_SSET, sizeof(struct ethtool_cmd), 0, 0 },
	{ ETHTOOL_GDRVINFO, sizeof(struct ethtool_drvinfo), 0, 0 },
	{ ETHTOOL_GREGS, sizeof(struct ethtool_regs), offsetof(struct ethtool_regs, len), 1 },
	{ ETHTOOL_GWOL, sizeof(struct ethtool_wolinfo), 0, 0 },
	{ ETHTOOL_SWOL, sizeof(struct ethtool_wolinfo), 0, 0 },
	{ ETHTOOL_GMSGLVL, 8, 0, 0 },
	{ ETHTOOL_SMSGLVL, 8, 0, 0 },
	{ ETHTOOL_NWAY_RST, 8, 0, 0 },
	{ ETHTOOL_GLINK, 8, 0, 0 },
	{ ETHTOOL_GEEPROM, sizeof(struct ethtool_eeprom), offsetof(struct ethtool_eeprom, len), 1 },
	{ ETHTOOL_GCOALESCE, sizeof(struct ethtool_coalesce), 0, 0 },
	{ ETHTOOL_SCOALESCE, sizeof(struct ethtool_coalesce), 0, 0 },
	{ ETHTOOL_GRINGPARAM, sizeof(struct ethtool_ringparam), 0, 0 },
	{ ETHTOOL_SRINGPARAM, sizeof(struct ethtool_ringparam), 0, 0 },
	{ ETHTOOL_GPAUSEPARAM, sizeof(struct ethtool_pauseparam), 0, 0 },
	{ ETHTOOL_SPAUSEPARAM, sizeof(struct ethtool_pauseparam), 0, 0 },
	{ ETHTOOL_GRXCSUM, 8, 0, 0 },
	{ ETHTOOL_SRXCSUM, 8, 0, 0 },
	{ ETHTOOL_GTXCSUM, 8, 0, 0 },
	{ ETHTOOL_STXCSUM, 8, 0, 0 },
	{ ETHTOOL_GSG, 8, 0, 0 },
	{ ETHTOOL_SSG, 8, 0, 0 },
	{ ETHTOOL_TEST, sizeof(struct ethtool_test), offsetof(struct ethtool_test, len), 8 },
	{ ETHTOOL_GSTRINGS, sizeof(struct ethtool_gstrings), offsetof(struct ethtool_gstrings, len), ETH_GSTRING_LEN },
	{ ETHTOOL_PHYS_ID, 8, 0, 0 },
	{ ETHTOOL_GSTATS, sizeof(struct ethtool_stats), offsetof(struct ethtool_stats, n_stats), 8 },
	{ ETHTOOL_GTSO, 8, 0, 0 },
	{ ETHTOOL_STSO, 8, 0, 0 },
	{ ETHTOOL_GPERMADDR, sizeof(struct ethtool_perm_addr), offsetof(struct ethtool_perm_addr, size), 1 },
	{ ETHTOOL_GUFO, 8, 0, 0 },
	{ ETHTOOL_SUFO, 8, 0, 0 },
	{ ETHTOOL_GGSO, 8, 0, 0 },
	{ ETHTOOL_SGSO, 8, 0, 0 },
	{ ETHTOOL_GFLAGS, 8, 0, 0 },
	{ ETHTOOL_SFLAGS, 8, 0, 0 },
	{ ETHTOOL_GPFLAGS, 8, 0, 0 },
	{ ETHTOOL_SPFLAGS, 8, 0, 0 },
	{ ETHTOOL_GGRO, 8, 0, 0 },
	{ ETHTOOL_SGRO, 8, 0, 0 },
	{ ETHTOOL_GRXRINGS, sizeof(struct ethtool_rxnfc), 0, 0 },
	{ ETHTOOL_GRXFH, sizeof(struct ethtool_rxnfc), 0, 0 },
	{ ETHTOOL_SRXFH, sizeof(struct ethtool_rxnfc), 0, 0 },
	{ ETHTOOL_GRXCLSRLCNT, sizeof(struct ethtool_rxnfc), 0, 0 },
	{ ETHTOOL_GSSET_INFO, sizeof(struct ethtool_sset_info) + 64 * 4, 0, 0 },
	{ ETHTOOL_GRXFHINDIR, sizeof(struct ethtool_rxfh_indir), offsetof(struct ethtool_rxfh_indir, size), 4 },
	{ ETHTOOL_SRXFHINDIR, sizeof(struct ethtool_rxfh_indir), offsetof(struct ethtool_rxfh_indir, size), 4 },
	{ ETHTOOL_GFEATURES, sizeof(struct ethtool_gfeatures), offsetof(struct ethtool_gfeatures, size), 16 },
	{ ETHTOOL_SFEATURES, sizeof(struct ethtool_sfeatures), offsetof(struct ethtool_sfeatures, size), 8 },
	{ ETHTOOL_GCHANNELS, sizeof(struct ethtool_channels), 0, 0 },
	{ ETHTOOL_SCHANNELS, sizeof(struct ethtool_channels), 0, 0 },
	{ ETHTOOL_GET_TS_INFO, sizeof(struct ethtool_ts_info), 0, 0 },
	{ ETHTOOL_GMODULEINFO, sizeof(struct ethtool_modinfo), 0, 0 },
	{ ETHTOOL_GEEE, sizeof(struct ethtool_eee), 0, 0 },
	{ ETHTOOL_SEEE, sizeof(struct ethtool_eee), 0, 0 },
	{ ETHTOOL_GTUNABLE, sizeof(struct ethtool_tunable), offsetof(struct ethtool_tunable, len), 1 },
	{ ETHTOOL_STUNABLE, sizeof(struct ethtool_tunable), offsetof(struct ethtool_tunable, len), 1 },
	{ ETHTOOL_GLINKSETTINGS, sizeof(struct ethtool_link_settings) + 3 * 4 * 127, 0, 0 },
	{ ETHTOOL_SLINKSETTINGS, sizeof(struct ethtool_link_settings) + 3 * 4 * 127, 0, 0 },
	{ ETHTOOL_GFECPARAM, sizeof(struct ethtool_fecparam), 0, 0 },
};

#define ETH_ROOM (256U << 10) /* strings and statistics: the driver decides how many it writes, ours have some dozens */

/*
 * The count that the guest writes may exceed the one given; what goes back is bounded by the count that the structure shows after
 * the call and by our buffer, and begins with the bytes that the program had there.
 */
static long ethtool(struct att_call *c, int gfd, uint64_t addr)
{
	char req[IFREQ_SIZE + 8] = { 0 };
	uint64_t user, ours, len;
	uint32_t cmd, count = 0;
	char *buf;
	size_t i;
	long r;

	if (att_get(c, req, addr, IFREQ_SIZE))
		return -EFAULT;
	memcpy(&user, req + IFNAMSIZ, sizeof(user));
	if (att_get(c, &cmd, user, sizeof(cmd)))
		return -EFAULT;
	for (i = 0; i < sizeof(eth) / sizeof(eth[0]); i++)
		if (eth[i].cmd == cmd)
			break;
	if (i == sizeof(eth) / sizeof(eth[0])) {
		c->a->st.refused++;
		return -EOPNOTSUPP;
	}
	buf = att_alloc(c, eth[i].each ? ETH_ROOM : eth[i].fixed);
	if (!buf)
		return -ENOMEM;
	len = att_get_some(c, buf, user, eth[i].fixed);
	if (len < 4 || (eth[i].each && len < eth[i].fixed))
		return -EFAULT;
	if (eth[i].each) {
		memcpy(&count, buf + eth[i].at, sizeof(count));
		if (count > (ETH_ROOM / 2 - eth[i].fixed) / eth[i].each)
			return -EINVAL;
		len += att_get_some(c, buf + eth[i].fixed, user + eth[i].fixed, (size_t)count * eth[i].each);
	}
	memcpy(buf, &cmd, sizeof(cmd)); /* as checked: it may have changed meanwhile */
	ours = (uintptr_t)buf;
	memcpy(req + IFNAMSIZ, &ours, sizeof(ours));
	r = guest_ioctl(c, gfd, SIOCETHTOOL, req);
	if (r < 0)
		return r;
	if (eth[i].each) {
		memcpy(&count, buf + eth[i].at, sizeof(count));
		len = eth[i].fixed + (uint64_t)count * eth[i].each;
		if (len > ETH_ROOM)
			len = ETH_ROOM;
	}
	return att_put(c, user, buf, (size_t)len) ? -EFAULT : r;
}

/* A guest socket of our own. */
static int control_socket(struct att_call *c)
{
	int *fd = c->ns ? &c->ns->ctl : &c->a->ctl;

	if (*fd < 0) {
		long r = att_guest(c, SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0, 0, 0);

		if (r < 0)
			return (int)r;
		*fd = (int)r;
	}
	return *fd;
}

static long do_ioctl(struct att_call *c)
{
	unsigned cmd = (unsigned)c->data.args[1];
	uint64_t addr = c->data.args[2];
	int gfd, domain;
	size_t i;

	for (i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++)
		if (cmds[i].cmd == cmd)
			break;
	if (i == sizeof(cmds) / sizeof(cmds[0])) {
		if (!c->o && (cmd < 0x890b || cmd > 0x8bff))
			return ATT_CONTINUE;
		if (c->o && c->o->kind != ATT_DIR && c->o->kind != ATT_FILE && cmd != TCGETS)
			c->a->st.refused++;
		return (cmd & 0xff00) == 0x8b00 ? -EOPNOTSUPP /* wireless */ : -ENOTTY;
	}
	if (cmds[i].how == HOST || (!c->o && cmds[i].how == FLAT_SK))
		return ATT_CONTINUE;
	if (c->o && (c->o->kind == ATT_DIR || c->o->kind == ATT_FILE))
		return -ENOTTY;
	if (c->o && c->o->kind == ATT_STREAM && c->o->connected && (cmd == FIONREAD || cmd == TIOCOUTQ || cmd == SIOCATMARK))
		return ATT_CONTINUE; /* the bytes are on the placeholder */
	gfd = c->o ? c->o->gfd : control_socket(c);
	domain = c->o ? c->o->domain : AF_INET;
	if (gfd < 0)
		return gfd;
	switch (cmds[i].how) {
	case FLAT:
	case FLAT_SK:
		return flat(c, gfd, cmd, addr, cmds[i].size);
	case NAME:
	case DATA:
		return ifreq(c, gfd, cmd, addr, cmds[i].size);
	case CONF:
		return ifconf(c, gfd, addr);
	case ROUTE:
		return route(c, gfd, cmd, addr, domain);
	case ETHTOOL:
		return ethtool(c, gfd, addr);
	case TUNNEL:
		return tunnel(c, gfd, cmd, addr, cmds[i].size);
	default:
		return -ENOTTY;
	}
}

const struct att_entry att_ioctl_calls[] = {
	{ SYS_ioctl, do_ioctl, ATT_F_EACH },
	{ 0, NULL, 0 },
};
