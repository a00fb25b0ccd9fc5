/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd/guest.c - what an element sets in its guest before any script runs: interface names, quiet IPv6, MACs from addresses */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "cmd/cmd.h"
#include "cmd/element.h"
#include "lk/boot.h"

static long control_fd = -1, address_fd = -1;

static long control_socket(void)
{
	if (control_fd < 0)
		control_fd = lk_syscall(__NR_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0, 0, 0);
	if (control_fd < 0)
		cmd_die(CMD_SYSTEM, "unable to open a socket in the guest: %s", strerror(-control_fd));
	return control_fd;
}

void guest_release(void)
{
	lk_syscall(__NR_close, control_fd, 0, 0, 0, 0, 0);
	if (address_fd >= 0)
		lk_syscall(__NR_close, address_fd, 0, 0, 0, 0, 0);
	control_fd = address_fd = -1;
}

static long ask(unsigned long what, struct ifreq *ifr)
{
	return lk_syscall(__NR_ioctl, control_socket(), what, (long)ifr, 0, 0, 0);
}

static void must(unsigned long what, struct ifreq *ifr, const char *doing, const char *port)
{
	long err = ask(what, ifr);

	if (err < 0)
		cmd_die(CMD_SYSTEM, "unable to %s port %s: %s", doing, port, strerror(-err));
}

static void put_sysctl(const char *path, const char *value)
{
	long fd = lk_syscall(__NR_openat, AT_FDCWD, (long)path, O_WRONLY, 0, 0, 0);

	if (fd < 0)
		return; /* a guest without IPv6 is quiet */
	lk_syscall(__NR_write, fd, (long)value, strlen(value), 0, 0, 0);
	lk_syscall(__NR_close, fd, 0, 0, 0, 0, 0);
}

/* The first character of a file below /proc/sys; 0: it is not there. */
static char get_sysctl(const char *path)
{
	long fd = lk_syscall(__NR_openat, AT_FDCWD, (long)path, O_RDONLY, 0, 0, 0);
	char c = 0;

	if (fd >= 0) {
		lk_syscall(__NR_read, fd, (long)&c, 1, 0, 0, 0);
		lk_syscall(__NR_close, fd, 0, 0, 0, 0, 0);
	}
	return c;
}

static void put_ipv6(const char *interface, const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", interface, name);
	put_sysctl(path, value);
}

static void set_up(const char *name)
{
	struct ifreq ifr = { 0 };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	must(SIOCGIFFLAGS, &ifr, "read the flags of", name);
	ifr.ifr_flags |= IFF_UP;
	must(SIOCSIFFLAGS, &ifr, "bring up", name);
}

static void quiet_ipv6(const char *interface)
{
	put_ipv6(interface, "accept_dad", "0");
	put_ipv6(interface, "router_solicitations", "0");
	if (strcmp(interface, "all"))
		put_ipv6(interface, "addr_gen_mode", "1");
}

/*
 * Interfaces, also those that the script will make, get no IPv6 link-local address by themselves: a firewall in a pipe that has no
 * address says nothing of its own accord (router solicitations, MLD reports). One that is given an IPv6 address gets it then, since
 * neighbours are asked from it. An address is good at once: no duplicate address detection, which takes a second.
 */
void guest_quiet(void)
{
	static const struct rlimit descriptors = { 1 << 20, 1 << 20 }; /* all programs share the one table */

	quiet_ipv6("all");
	quiet_ipv6("default");
	/*
	 * Frames of virtio cards and tunnels go up one by one. Of a list the router looks up all in conntrack before it has made the
	 * first one's entry, so that of two first packets of a connection a translating router would lose the second (conntrack -S:
	 * insert_failed). The direct card makes lists of its own, with one packet of each connection that it has not seen before (drivers/nic.c).
	 */
	put_sysctl("/proc/sys/net/core/gro_normal_batch", "1");
	/* the guest's servers are processes, a newer one inherits from an older one, and calls go round among those that are there */
	for (int i = 0; i < 8; i++)
		lk_syscall(__NR_prlimit64, 0, RLIMIT_NOFILE, (long)&descriptors, 0, 0, 0);
	put_sysctl("/proc/sys/user/max_net_namespaces", "1000000"); /* as many as the memory holds; by that alone it would be about 120 */
	put_sysctl("/proc/sys/kernel/printk", "5"); /* warnings and worse, among them what -j LOG says, go to stderr */
	set_up("lo");
}

/* What guest_quiet() has set for new interfaces is taken back. */
void guest_as_host(void)
{
	put_ipv6("all", "router_solicitations", "-1");
	put_ipv6("default", "router_solicitations", "-1");
	put_ipv6("default", "accept_dad", "1");
	put_ipv6("default", "addr_gen_mode", "0");
}

/* Direct cards come with their names and with what new interfaces get since guest_quiet(); virtio cards are eth@number. */
void guest_port_start(struct element_port *p, int number)
{
	struct ethtool_value gro = { .cmd = ETHTOOL_SGRO, .data = 0 };
	struct ifreq ifr = { 0 };

	if (number >= 0) {
		snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "eth%d", number);
		snprintf(ifr.ifr_newname, sizeof(ifr.ifr_newname), "%s", p->port.name);
		must(SIOCSIFNAME, &ifr, "name", p->port.name);
		quiet_ipv6(p->port.name);
	}
	/* frames leave as they came and in their order, and rules see each one: nothing is merged */
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", p->port.name);
	ifr.ifr_data = (void *)&gro;
	must(SIOCETHTOOL, &ifr, "switch off GRO of", p->port.name);
	set_up(p->port.name);
}

static void add_link_local(int ifindex)
{
	struct ifreq ifr = { .ifr_ifindex = ifindex };

	if (!ask(SIOCGIFNAME, &ifr))
		put_ipv6(ifr.ifr_name, "addr_gen_mode", "0");
}

/*
 * guest_addresses_changed() - an IPv4 or IPv6 address was added or removed since the last call. The MAC follows the address at
 * once: a change of MAC makes the guest forget the neighbours that the script has told it about so far.
 */
bool guest_addresses_changed(void)
{
	char message[4096];
	bool changed = false;
	long n;

	if (address_fd < 0) {
		const struct sockaddr_nl sa = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };

		address_fd = lk_syscall(__NR_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE, 0, 0, 0);
		if (address_fd < 0 || lk_syscall(__NR_bind, address_fd, (long)&sa, sizeof(sa), 0, 0, 0) < 0)
			cmd_die(CMD_SYSTEM, "unable to watch the guest's addresses");
		return true;
	}
	while ((n = lk_syscall(__NR_recvfrom, address_fd, (long)message, sizeof(message), MSG_DONTWAIT, 0, 0)) > 0) {
		changed = true;
		for (const struct nlmsghdr *h = (void *)message; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			const struct ifaddrmsg *ifa = NLMSG_DATA(h);

			if (h->nlmsg_type == RTM_NEWADDR && ifa->ifa_family == AF_INET6 && ifa->ifa_scope == RT_SCOPE_UNIVERSE)
				add_link_local((int)ifa->ifa_index);
		}
	}
	return changed;
}

uint32_t guest_port_address(const struct element_port *p)
{
	struct ifreq ifr = { 0 };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", p->port.name);
	return ask(SIOCGIFADDR, &ifr) ? 0 : ((struct sockaddr_in *)&ifr.ifr_addr)->sin_addr.s_addr;
}

void guest_port_mac(struct element_port *p)
{
	struct ifreq ifr = { 0 };
	uint32_t addr;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", p->port.name);
	if (ask(SIOCGIFHWADDR, &ifr) || memcmp(ifr.ifr_hwaddr.sa_data, p->mac, 6))
		return; /* renamed, moved, or given a MAC by the script */
	addr = guest_port_address(p);
	if (!addr)
		return;
	ifr.ifr_hwaddr.sa_family = ARPHRD_ETHER;
	memcpy(ifr.ifr_hwaddr.sa_data, "\2\0", 2);
	memcpy(ifr.ifr_hwaddr.sa_data + 2, &addr, 4);
	if (memcmp(ifr.ifr_hwaddr.sa_data, p->mac, 6) && !ask(SIOCSIFHWADDR, &ifr))
		memcpy(p->mac, ifr.ifr_hwaddr.sa_data, 6);
}

bool guest_port_anonymous(const struct element_port *p)
{
	struct ifreq ifr = { 0 };
	char path[64];

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", p->port.name);
	if (ask(SIOCGIFHWADDR, &ifr) || memcmp(ifr.ifr_hwaddr.sa_data, p->mac, 6) || !ask(SIOCGIFADDR, &ifr))
		return false;
	/* the file tells how the link-local address is made: 1, none, unless the port was given an IPv6 address */
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/addr_gen_mode", p->port.name);
	return get_sysctl(path) == '1';
}

void guest_port_renew_mac(struct element_port *p, const uint8_t mac[6])
{
	struct ifreq ifr = { .ifr_hwaddr.sa_family = ARPHRD_ETHER };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", p->port.name);
	memcpy(ifr.ifr_hwaddr.sa_data, mac, 6);
	if (!ask(SIOCSIFHWADDR, &ifr))
		memcpy(p->mac, mac, 6);
}

unsigned guest_tcp_orphans(void)
{
	char text[512];
	const char *at;
	long fd = lk_syscall(__NR_openat, AT_FDCWD, (long)"/proc/net/sockstat", O_RDONLY | O_CLOEXEC, 0, 0, 0), n;
	unsigned orphans = 0;

	if (fd < 0)
		return 0;
	n = lk_syscall(__NR_read, fd, (long)text, sizeof(text) - 1, 0, 0, 0);
	lk_syscall(__NR_close, fd, 0, 0, 0, 0, 0);
	text[n > 0 ? n : 0] = 0;
	at = strstr(text, "TCP:");
	if (at)
		sscanf(at, "TCP: inuse %*u orphan %u", &orphans);
	return orphans;
}
