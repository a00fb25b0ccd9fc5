#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# test/bench/chainboot.bash STDPKT FUNCTIONS-FOLDER - from nothing to the first echo reply through source, NAT, filter and destination
#
# Each line "NAME value ms", the median of RUNS, from where a shell (sh) begins to start the chain. The end is when ping says that the reply is
# there; that the programs end then is not counted. Nothing is in the environment but PATH, so that a user's locale and folders are no part of it.
# Beside ours: the host's kernel with a namespace for each (root), and how long one kernel of User-mode Linux takes to its init and out
# again, where Debian's user-mode-linux is installed.
set -eu
RUNS=21
dir=$(mktemp -d)
PATH=$(dirname "$1"):$2:/usr/bin:/bin:/usr/sbin:/sbin
export PATH
until=$(dirname "$1")/bench/until
ns=sb$$
trap 'tear_down; rm -rf "$dir"' EXIT

tear_down() {
	for n in a b c d; do ip netns del "$ns$n" 2>/dev/null || :; done
}

# NAME BEFORE SCRIPT
measure() { env -i PATH="$PATH" "$until" "$1" "$RUNS" GO ' bytes from ' "$2" sh -c "echo GO >&2; $3"; }

cat >"$dir/namespaces" <<-E
	for n in a b c d; do ip netns add "$ns\$n"; done
	ip -n ${ns}a link add right type veth peer name left netns ${ns}b
	ip -n ${ns}b link add right type veth peer name left netns ${ns}c
	ip -n ${ns}c link add right type veth peer name left netns ${ns}d
	ip -n ${ns}c link add name bridge0 type bridge
	for n in left right; do ip -n ${ns}c link set \$n master bridge0; done
	ip -n ${ns}a addr add 10.0.0.2/24 dev right
	ip -n ${ns}b addr add 10.0.0.1/24 dev left
	ip -n ${ns}b addr add 192.0.2.1/24 dev right
	ip -n ${ns}d addr add 192.0.2.2/24 dev left
	for n in a:right b:left b:right c:left c:right c:bridge0 d:left; do ip -n "$ns\${n%:*}" link set \${n#*:} up; done
	ip -n ${ns}a route add default via 10.0.0.1
	ip netns exec ${ns}b iptables -t nat -A POSTROUTING -o right -j MASQUERADE
	ip netns exec ${ns}b sysctl -q net.ipv4.ip_forward=1
	timeout 10 sh -c "until ip netns exec ${ns}a ping -c 1 -W 1 192.0.2.2 >&2; do :; done"
E

# init ends at once, and with it the kernel, in a panic. It needs a HOME.
uml() {
	env -i PATH="$PATH" HOME="$dir" "$until" uml.boot.one 1 '' 'Attempted to kill init' '' sh -c \
		'timeout -k 1 20 linux.uml mem=64M rootfstype=hostfs rw init=/bin/true con=null con0=fd:0,fd:1 >&2 </dev/null' 2>/dev/null
}

ratio() { awk -v n="$1" -v a="$2" -v b="$3" '$1 == a { x = $2 } $1 == b { y = $2 } END { if (x && y) printf "%-28s %10.2f times\n", n, x / y }' "$dir/figures"; }

echo 'ip addr add 10.0.0.2/24 dev right; ip route add default via 10.0.0.1; ip neigh add 10.0.0.1 dev right lladdr 02:00:0a:00:00:01' >"$dir/source.sh"
stdpkt freeze -p right "$dir/source.sh" -o "$dir/source"
for f in nat pfilter host; do stdpkt freeze "$2/$f.sh" -o "$dir/$f"; done
{
	measure boot.chain.scripted '' 'ping.sh -c 1 | nat.sh | pfilter.sh | host.sh'
	measure boot.chain.frozen '' "cd $dir && ./source -u ping -c 1 192.0.2.2 | ./nat | ./pfilter | ./host"
	if [ "$(id -u)" = 0 ] && ip netns add "${ns}a" 2>/dev/null; then
		measure host.boot.chain "for n in a b c d; do ip netns del $ns\$n 2>/dev/null || :; done" "sh $dir/namespaces"
	else
		echo '# host.boot.chain: not measured, network namespaces need root'
	fi
	if ! command -v linux.uml >/dev/null; then echo '# uml.boot.one: not measured, the package user-mode-linux is not installed'
	elif ! uml; then echo '# uml.boot.one: not measured, its kernel does not come up on this machine within 20 s'; fi
} | tee "$dir/figures"
ratio boot.chain.scripted/host boot.chain.scripted host.boot.chain
ratio boot.chain.frozen/host boot.chain.frozen host.boot.chain
