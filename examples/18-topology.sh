#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A whole topology in one unprivileged process: hosts a and b on a switch, a router with NAT, a server behind it.
#
#   a 10.0.0.2 --+
#                +-- switch -- 10.0.0.1 router 192.0.2.1 -- 192.0.2.2 server
#   b 10.0.0.3 --+
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH
[ -n "${STDPKT_ELEMENT:-}" ] || exec stdpkt shell "$0" # from here on the network is the guest's

for n in a b switch router server; do
	ip netns add $n
	ip -n $n link set lo up
done
cable() { # NAMESPACE INTERFACE NAMESPACE INTERFACE
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
	ip -n "$1" link set "$2" up
	ip -n "$3" link set "$4" up
}
cable a eth0 switch p1
cable b eth0 switch p2
cable router inside switch p3
cable router outside server eth0

ip -n switch link add br0 type bridge
for p in p1 p2 p3; do ip -n switch link set $p master br0; done
ip -n switch link set br0 up

ip -n a addr add 10.0.0.2/24 dev eth0
ip -n b addr add 10.0.0.3/24 dev eth0
ip -n router addr add 10.0.0.1/24 dev inside
ip -n router addr add 192.0.2.1/24 dev outside
ip -n server addr add 192.0.2.2/24 dev eth0
for n in a b; do ip -n $n route add default via 10.0.0.1; done
ip netns exec router sysctl -qw net.ipv4.ip_forward=1
ip netns exec router iptables -t nat -A POSTROUTING -o outside -j MASQUERADE

ip netns exec a ping -c 2 -i 0.2 10.0.0.3
ip netns exec b ping -c 2 -i 0.2 192.0.2.2

ip netns exec server sh -c 'echo hello from the server | nc -n -l -N 80' &
until ip netns exec server ss -Htln | grep -q :80; do :; done
ip netns exec a nc -n 192.0.2.2 80 </dev/null
ip netns exec router conntrack -L -p tcp 2>/dev/null
wait
