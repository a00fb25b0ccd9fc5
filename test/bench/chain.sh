#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/bench/chain.sh GROUP NAME [N] - a chain across processes, then the host's: ... | nat.sh | pfilter.sh with 100 rules | ..., or with N that
# many plain routers (hop.sh) between the ends.
# GROUP is chain (64-byte frames; chain.legacy: the rules in the older tables), tcp (bulk) or rtt (a byte to and fro, in TCP). Prints "NAME value
# unit" and, as root, "host.NAME value unit".
# The host's chain does the same in network namespaces: src - nat - pf - dst, joined by veth pairs.
set -eu
group=${1%.legacy} name=$2 hops=${3:-} seconds=5
legacy='' stages='nat pf'
[ "$group" = "$1" ] || legacy=--legacy
[ -z "$hops" ] || { stages=$(seq "$hops"); seconds=2; }
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
PATH=$B:$top/cmd:$PATH:/usr/sbin:/sbin
tmp=$(mktemp -d)
id=sb$$
clean() {
	for n in src $stages dst; do
		ip netns pids "$id$n" 2>/dev/null | xargs -r kill 2>/dev/null || :
		ip netns del "$id$n" 2>/dev/null || :
	done
	rm -rf "$tmp"
}
trap clean EXIT
trap "exit 111" INT TERM

unit() { case $group in chain) echo Mpps ;; tcp) echo Gbit/s ;; rtt) echo us ;; esac; }
figure() { printf '%-28s %10.3f %s\n' "$1" "$2" "$(unit)"; }
client() { # what runs on the left end
	case $group in tcp) echo "$B/bench/tcp bulk 192.0.2.2 7 3" ;; rtt) echo "$B/bench/tcp bounce 192.0.2.2 7 3000" ;; esac
}

{
	echo '*filter'
	for i in $(seq 100); do echo "-A FORWARD -s 198.51.100.$i/32 -p udp -m udp --dport $i -j DROP"; done
	echo COMMIT
} >"$tmp/rules.v4"

# ours; a stage as the shell's words
# shellcheck disable=SC2016 # for eval
stage() {
	case $1 in
	nat) echo nat.sh ;;
	pf) echo 'pfilter.sh $legacy -f "$tmp/rules.v4"' ;;
	*) echo "stdpkt run -n hop \"\$here/hop.sh\" $1 $hops" ;;
	esac
}
middle=
for s in $stages; do middle="$middle | $(stage "$s")"; done
if [ "$group" = chain ]; then
	value=$(eval "\"\$B/bench/ends\" gen 64 1 $middle | \"\$B/bench/ends\" sink $seconds")
else
	printf '%s\n' 'ip addr add 10.0.0.2/24 dev right' 'ip route add default via 10.0.0.1' 'stdpkt up' "$(client) >$tmp/value" >"$tmp/client.sh"
	eval "stdpkt run -p right \"\$tmp/client.sh\" $middle | host.sh --gateway 192.0.2.1 -- \"\$B/bench/tcp\" serve 7 2>/dev/null"
	value=$(cat "$tmp/value")
fi
figure "$name" "$value"

# the host's
if [ "$(id -u)" != 0 ] || ! ip netns list >/dev/null 2>&1; then
	echo "# host.$name: not measured, network namespaces need root"
	exit
fi
for n in src $stages dst; do ip netns add "$id$n"; done
pair() { # NS DEV NS DEV
	ip link add "$2" netns "$id$1" type veth peer name "$4" netns "$id$3"
	ip -n "$id$1" link set "$2" up
	ip -n "$id$3" link set "$4" up
}
in_ns() { n=$id$1; shift; ip netns exec "$n" "$@"; }
last=src
for s in $stages dst; do
	pair "$last" right "$s" left
	last=$s
done
in_ns src ip link set right address 02:00:0a:00:00:02
in_ns "${stages%%[!a-z0-9]*}" ip link set left address 02:00:0a:00:00:01
in_ns dst ip link set left address 02:00:c0:00:02:02
in_ns src ip addr add 10.0.0.2/24 dev right
in_ns src ip route add default via 10.0.0.1
in_ns dst ip addr add 192.0.2.2/24 dev left
in_ns dst ip route add default via 192.0.2.1
for s in $stages; do
	case $s in
	nat) in_ns nat sh "$top/cmd/nat.sh" ;;
	pf) in_ns pf sh "$top/cmd/pfilter.sh" ${legacy:+"$legacy"} -f "$tmp/rules.v4" ;;
	*) in_ns "$s" sh "$here/hop.sh" "$s" "$hops" ;;
	esac
done
if [ "$group" = chain ]; then
	count() { in_ns dst cat /sys/class/net/left/statistics/rx_packets; }
	in_ns src "$B/bench/blast" right 02:00:0a:00:00:01 64 1 $((seconds + 1)) >/dev/null &
	sleep 0.5
	before=$(count)
	sleep "$seconds"
	value=$(awk -v a="$before" -v b="$(count)" -v s="$seconds" 'BEGIN { print (b - a) / s / 1e6 }')
	wait
else
	in_ns dst "$B/bench/tcp" serve 7 &
	# shellcheck disable=SC2046 # words
	value=$(in_ns src $(client))
fi
figure "host.$name" "$value"
