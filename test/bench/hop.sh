# SPDX-License-Identifier: GPL-2.0-only
# test/bench/hop.sh I N - router I of N between 10.0.0.0/24 and 192.0.2.0/24: runs in an element, and as the peer's set-up in a network namespace
set -eu
left=10.1.$(($1 - 1)).2 right=10.1.$1.1
[ "$1" != 1 ] || left=10.0.0.1
[ "$1" != "$2" ] || right=192.0.2.1
ip addr add "$left/24" dev left
ip addr add "$right/24" dev right
[ "$1" = 1 ] || ip route add 10.0.0.0/24 via "10.1.$(($1 - 1)).1"
[ "$1" = "$2" ] || ip route add 192.0.2.0/24 via "10.1.$1.2"
sysctl -q net.ipv4.ip_forward=1
