#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/bench/chain.sh GROUP NAME - a chain across processes, then the host's: ... | nat.sh | pfilter.sh with 100 rules | ...
# GROUP is chain (64-byte frames), chain.legacy (the rules in the older tables), tcp (bulk) or rtt (a byte to and fro, in TCP). Prints "NAME value unit" and, as root, "host.NAME value unit".
# The host's chain does the same in network namespaces: src - nat - pfilter - dst, joined by veth pairs.
set -eu
group=$1 name=$2
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
PATH=$B:$top/cmd:$PATH:/usr/sbin:/sbin
tmp=$(mktemp -d)
id=sb$$
clean() {
	for n in src nat pf dst; do
		ip netns pids "$id$n" 2>/dev/null | xargs -r kill 2>/dev/null || :
		ip netns del "$id$n" 2>/dev/null || :
	done
	rm -rf "$tmp"
}
trap clean EXIT
trap "exit 111" INT TERM

legacy=
case $group in chain.legacy) legacy=--legacy ;; esac
unit() { case $group in chain*) echo Mpps ;; tcp) echo Gbit/s ;; rtt) echo us ;; esac; }
figure() { printf '%-28s %10.3f %s\n' "$1" "$2" "$(unit)"; }
client() { # what runs on the left end
	case $group in tcp) echo "$B/bench/tcp bulk 192.0.2.2 7 3" ;; rtt) echo "$B/bench/tcp bounce 192.0.2.2 7 3000" ;; esac
}

{
	echo '*filter'
	for i in $(seq 100); do echo "-A FORWARD -s 198.51.100.$i/32 -p udp -m udp --dport $i -j DROP"; done
	echo COMMIT
} >"$tmp/rules.v4"

# ours
if [ "${group%%.*}" = chain ]; then
	value=$("$B/bench/ends" gen 64 1 | nat.sh | pfilter.sh $legacy -f "$tmp/rules.v4" | "$B/bench/ends" sink 5)
else
	printf '%s\n' 'ip addr add 10.0.0.2/24 dev right' 'ip route add default via 10.0.0.1' 'stdpkt up' "$(client) >$tmp/value" >"$tmp/client.sh"
	stdpkt run -p right "$tmp/client.sh" | nat.sh | pfilter.sh $legacy -f "$tmp/rules.v4" | host.sh -- "$B/bench/tcp" serve 7 2>/dev/null
	value=$(cat "$tmp/value")
fi
figure "$name" "$value"

# the host's
if [ "$(id -u)" != 0 ] || ! ip netns list >/dev/null 2>&1; then
	echo "# host.$name: not measured, network namespaces need root"
	exit
fi
for n in src nat pf dst; do ip netns add "$id$n"; done
pair() { # NS DEV NS DEV
	ip link add "$2" netns "$id$1" type veth peer name "$4" netns "$id$3"
	ip -n "$id$1" link set "$2" up
	ip -n "$id$3" link set "$4" up
}
in_ns() { n=$id$1; shift; ip netns exec "$n" "$@"; }
pair src right nat left
pair nat right pf left
pair pf right dst left
in_ns src ip link set right address 02:00:0a:00:00:02
in_ns nat ip link set left address 02:00:0a:00:00:01
in_ns dst ip link set left address 02:00:c0:00:02:02
in_ns src ip addr add 10.0.0.2/24 dev right
in_ns src ip route add default via 10.0.0.1
in_ns dst ip addr add 192.0.2.2/24 dev left
in_ns nat sh "$top/cmd/nat.sh"
in_ns pf sh "$top/cmd/pfilter.sh" $legacy -f "$tmp/rules.v4"
if [ "${group%%.*}" = chain ]; then
	count() { in_ns dst cat /sys/class/net/left/statistics/rx_packets; }
	in_ns src "$B/bench/blast" right 02:00:0a:00:00:01 64 1 6 >/dev/null &
	sleep 0.5
	before=$(count)
	sleep 5
	value=$(awk -v a="$before" -v b="$(count)" 'BEGIN { print (b - a) / 5 / 1e6 }')
	wait
else
	in_ns dst "$B/bench/tcp" serve 7 &
	# shellcheck disable=SC2046 # words
	value=$(in_ns src $(client))
fi
figure "host.$name" "$value"
