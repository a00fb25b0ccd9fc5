#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/unit/attach_tools.sh - stock tools print the same attached to the stub (the host plays the guest) as without
#
# usage: attach_tools.sh ATTACH_RUN [OPTION...]   (-s 3: every third guest call sleeps). As root it changes nothing but a dummy set.
set -eu

run="$*"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0
bad=0

# Counters and timers differ from one second to the next.
mask() {
	sed -E 's/initval 0x[0-9a-f]+/initval H/; s/pfifo [0-9a-f]+:/pfifo H/; s/fe80::[0-9a-f:]+/LL/; s/[0-9]+sec/Nsec/g; s/timer:\([^)]*\)/timer/g; s/(icmp_seq.*time=|min\/avg.*= |time )[0-9].*/\1T/; s/127\.0\.0\.1:[0-9]+/127.0.0.1:P/g;
		s/[0-9]+ (bytes|packets?|pkt|kB)/N \1/g; s/expires [0-9]+sec/expires/g; s/# (Generated|Completed).*/#/; s/\[[0-9]+:[0-9]+\]/[c]/
		s/(^|[^0-9])[0-9]{4,}($|[^0-9])/\1N\2/g; s/([RT]X:|bytes|rate|backlog).*//; s/^ *[0-9]+ +[0-9]+ .*//; s/ +/ /g;   /attach_run|^Total:|NETID.*|nl .*(ss|ip)\//d'
}

check() {
	n=$((n + 1))
	set +e
	sh -c "$1" >"$tmp/a" 2>&1 </dev/null
	ra=$?
	# shellcheck disable=SC2086 # options are words
	timeout 20 $run sh -c "$1" >"$tmp/b" 2>&1 </dev/null
	rb=$?
	set -e
	mask <"$tmp/a" >"$tmp/am"
	mask <"$tmp/b" >"$tmp/bm"
	if [ $ra = $rb ] && cmp -s "$tmp/am" "$tmp/bm"; then
		echo "ok $1 ($ra, $(wc -l <"$tmp/b") lines)"
	else
		bad=$((bad + 1))
		echo "not ok $1: status $ra, attached $rb"
		diff "$tmp/am" "$tmp/bm" | head -20 | sed 's/^/# /'
	fi
}

while read -r cmd; do
	case $cmd in '' | '#'*) continue ;; esac
	# shellcheck disable=SC2086
	set -- $cmd
	command -v "$1" >/dev/null || { echo "ok $cmd # SKIP no $1"; n=$((n + 1)); continue; }
	check "$cmd"
done <<'END'
ip addr
ip -6 addr show dev lo
ip -s link
ip route
ip -6 route show table all
ip rule
ip neigh
ip -j -d link
ip route get 127.0.0.1
ip netns list
ip link show dev nothere
ip -batch /dev/null
tc qdisc
tc -s qdisc show dev lo
tc filter show dev lo
bridge link
bridge fdb
ss -atuw
ss -tlnp
ss -s
ss -unap
nft list ruleset
nft list tables
nft --check add table ip stdpkt_test
iptables-nft -S
iptables-nft-save
ip6tables-nft -t nat -S
arptables-legacy -L
ebtables-legacy -L
ebtables-nft -L
conntrack -L
conntrack -C
conntrack -S
ipset list
ipset save
ethtool lo
ethtool -i eth0
ethtool -k lo
ethtool -S eth0
ethtool -g eth0
sysctl net.ipv4.ip_forward
sysctl -a -r ^net.ipv4.conf.lo
sysctl net.nothere
cat /proc/net/dev
cat /proc/net/route
cat < /proc/net/if_inet6
cat /proc/self/net/snmp
cat //proc/./net/../net/psched
head -c 20 /proc/net/dev
cat /sys/class/net/lo/mtu
cat /sys/class/net/lo/speed
cat /sys/class/net/eth0/address
ls /sys/class/net
ls -l /sys/class/net/
ls /sys/class/net/lo/statistics
ls -la /proc/sys/net/ipv4/neigh
ls /proc/sys/net
find /proc/sys/net/ipv4/conf/lo -type f
find /sys/class/net/lo/ -name mtu
stat -c '%F %a %s' /sys/class/net/lo/mtu /proc/net/dev /proc/sys/net
readlink /sys/class/net/lo
readlink -f /sys/class/net/lo
test -r /proc/net/dev
test -e /proc/net/nothere
cd /proc/sys/net/ipv4 && cat ip_forward
cd /proc/sys/net && cat ipv4/ip_forward ../net/ipv4/conf/lo/forwarding
grep -c . /proc/net/tcp
wc -l /proc/net/udp
tail -n1 /proc/net/dev
cat /proc/net/dev /etc/hostname | wc -l
while read -r a b; do :; done < /proc/net/dev; echo $a
python3 -c "import socket; print(socket.if_nameindex()); s=socket.socket(); s.bind(('127.0.0.1',0)); s.listen(); c=socket.create_connection(s.getsockname()); d,_=s.accept(); c.sendall(b'x'*100000); c.shutdown(1); print(sum(map(len, iter(lambda: d.recv(65536), b''))))"
python3 -c "import os; f=os.open('/proc/sys/net/ipv4', os.O_RDONLY); print(os.listdir(f)[:3], os.read(os.open('ip_forward', os.O_RDONLY, dir_fd=f), 9))"
python3 -c "import socket,fcntl,struct; s=socket.socket(socket.AF_UNIX); print(struct.unpack('16si', fcntl.ioctl(s, 0x8933, struct.pack('16si', b'lo', 0)))[1])"
END
if [ "$(id -u)" = 0 ]; then
	while read -r cmd; do
		case $cmd in '' | '#'*) continue ;; esac
		check "$cmd"
	done <<'END'
ping -c1 127.0.0.1
ping -c2 -i0.2 ::1
ping -c1 -W1 192.0.2.254
iptables-legacy -S
iptables-legacy -t nat -L -nv
iptables-legacy-save
ip6tables-legacy -S
iptables-legacy -N stdpkt_t && iptables-legacy -A stdpkt_t -s 192.0.2.77 -p tcp --dport 80 -j ACCEPT && iptables-legacy -S stdpkt_t; iptables-legacy -F stdpkt_t; iptables-legacy -X stdpkt_t
iptables-nft -N stdpkt_t && iptables-nft -A stdpkt_t -s 192.0.2.77 -p tcp --dport 80 -j ACCEPT && iptables-nft -S stdpkt_t; iptables-nft -F stdpkt_t; iptables-nft -X stdpkt_t
nft 'add table inet stdpkt_t; add chain inet stdpkt_t c; add rule inet stdpkt_t c ip saddr 192.0.2.7 counter drop' && nft list table inet stdpkt_t; nft delete table inet stdpkt_t
ip link add stdpktd type ifb && ip addr add 198.51.100.1/24 dev stdpktd && ip link set stdpktd up && ip -br addr show dev stdpktd; ethtool -i stdpktd | head -1; ip link del stdpktd
ipset create stdpkt_t hash:ip && ipset add stdpkt_t 192.0.2.9 && ipset list stdpkt_t -o save; ipset destroy stdpkt_t
cat /proc/sys/net/ipv4/ip_default_ttl > /tmp/attach.ttl; sysctl -w net.ipv4.ip_default_ttl=64; echo 64 > /proc/sys/net/ipv4/ip_default_ttl; sysctl -qw net.ipv4.ip_default_ttl=$(cat /tmp/attach.ttl)
echo nonsense > /proc/sys/net/ipv4/ip_default_ttl
tc qdisc add dev lo root pfifo limit 77 && tc qdisc show dev lo; tc qdisc del dev lo root
END
fi
echo "1..$n"
[ $bad = 0 ]
