# SPDX-License-Identifier: GPL-2.0-only
# test/bench/setup.sh - the router of the benchmarks: runs in an element, and as the peer's set-up in a network namespace
# environment: BENCH_RULES=plain, masquerade or rulesN: N legacy rules that a packet passes one after another
set -eu
ip addr add 10.0.0.1/24 dev left
ip addr add 192.0.2.1/24 dev right
ip neigh replace 192.0.2.2 lladdr 02:00:c0:00:02:02 dev right nud permanent
ip neigh replace 10.0.0.2 lladdr 02:00:0a:00:00:02 dev left nud permanent
sysctl -q net.ipv4.ip_forward=1
case ${BENCH_RULES:-plain} in
masquerade) iptables-legacy -t nat -A POSTROUTING -o right -j MASQUERADE ;;
rules*)
	{
		echo '*filter'
		seq "${BENCH_RULES#rules}" | awk '{ printf "-A FORWARD -s 198.51.%d.%d/32 -p udp -m udp --dport %d -j DROP\n", $1 / 256 % 256, $1 % 256, $1 }'
		echo COMMIT
	} | iptables-legacy-restore ;;
esac
