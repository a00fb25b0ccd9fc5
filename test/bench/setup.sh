# SPDX-License-Identifier: GPL-2.0-only
# test/bench/setup.sh - the router of the benchmarks: runs in an element, and as the peer's set-up in a network namespace
# usage: setup.sh [plain|masquerade|rules100]
set -eu
ip addr add 10.0.0.1/24 dev left
ip addr add 192.0.2.1/24 dev right
ip neigh replace 192.0.2.2 lladdr 02:00:c0:00:02:02 dev right nud permanent
ip neigh replace 10.0.0.2 lladdr 02:00:0a:00:00:02 dev left nud permanent
sysctl -q net.ipv4.ip_forward=1
case ${BENCH_RULES:-plain} in
masquerade) iptables-legacy -t nat -A POSTROUTING -o right -j MASQUERADE ;;
rules100)
	{
		echo '*filter'
		for i in $(seq 100); do echo "-A FORWARD -s 198.51.100.$i/32 -p udp -m udp --dport $i -j DROP"; done
		echo COMMIT
	} | iptables-legacy-restore ;;
esac
