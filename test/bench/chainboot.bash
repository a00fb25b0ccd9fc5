#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# test/bench/chainboot.bash STDPKT FUNCTIONS-FOLDER [N] - from nothing to the first echo reply through source, NAT, filter and destination; with N
# through that many plain routers (hop.sh) between source and destination
#
# Each line "NAME value ms", the median of RUNS, from where a shell (sh) begins to start the chain. The end is when ping says that the reply is
# there; that the programs end then is not counted. Nothing is in the environment but PATH, so that a user's locale and folders are no part of it.
# Beside ours: the host's kernel with a namespace for each (root), and how long one kernel of User-mode Linux takes to its init and out
# again, where Debian's user-mode-linux is installed.
set -eu
hops=${3:-}
RUNS=21
[ -z "$hops" ] || RUNS=7
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
PATH=$(dirname "$1"):$2:/usr/bin:/bin:/usr/sbin:/sbin
export PATH
until=$(dirname "$1")/bench/until
ns=sb$$
middle='b c'
[ -z "$hops" ] || middle=$(seq "$hops" | tr '\n' ' ')
trap 'tear_down; rm -rf "$dir"' EXIT

tear_down() {
	for n in a $middle d; do ip netns del "$ns$n" 2>/dev/null || :; done
}

# NAME BEFORE SCRIPT
measure() { env -i PATH="$PATH" "$until" "$1" "$RUNS" GO ' bytes from ' "$2" sh -c "echo GO >&2; $3"; }

# The commands that set up the host's chain, one a line.
namespaces() {
	local last=a n
	for n in a $middle d; do echo "ip netns add $ns$n"; done
	for n in $middle d; do
		echo "ip -n $ns$last link add right type veth peer name left netns $ns$n"
		last=$n
	done
	for n in a $middle; do echo "ip -n $ns$n link set right up"; done
	for n in $middle d; do echo "ip -n $ns$n link set left up"; done
	echo "ip -n ${ns}a addr add 10.0.0.2/24 dev right"
	echo "ip -n ${ns}a route add default via 10.0.0.1"
	echo "ip -n ${ns}d addr add 192.0.2.2/24 dev left"
	if [ -n "$hops" ]; then
		for n in $middle; do echo "ip netns exec $ns$n sh $here/hop.sh $n $hops"; done
		echo "ip -n ${ns}d route add default via 192.0.2.1"
	else
		cat <<-E
			ip -n ${ns}c link add name bridge0 type bridge
			for n in left right; do ip -n ${ns}c link set \$n master bridge0; done
			ip -n ${ns}c link set bridge0 up
			ip -n ${ns}b addr add 10.0.0.1/24 dev left
			ip -n ${ns}b addr add 192.0.2.1/24 dev right
			ip netns exec ${ns}b iptables -t nat -A POSTROUTING -o right -j MASQUERADE
			ip netns exec ${ns}b sysctl -q net.ipv4.ip_forward=1
		E
	fi
	echo "timeout 10 sh -c 'until ip netns exec ${ns}a ping -c 1 -W 1 192.0.2.2 >&2; do :; done'"
}

# init ends at once, and with it the kernel, in a panic. It needs a HOME.
uml() {
	env -i PATH="$PATH" HOME="$dir" "$until" uml.boot.one 1 '' 'Attempted to kill init' '' sh -c \
		'timeout -k 1 20 linux.uml mem=64M rootfstype=hostfs rw init=/bin/true con=null con0=fd:0,fd:1 >&2 </dev/null' 2>/dev/null
}

ratio() { awk -v n="$1" -v a="$2" -v b="$3" '$1 == a { x = $2 } $1 == b { y = $2 } END { if (x && y) printf "%-28s %10.2f times\n", n, x / y }' "$dir/figures"; }

echo 'ip addr add 10.0.0.2/24 dev right; ip route add default via 10.0.0.1; ip neigh add 10.0.0.1 dev right lladdr 02:00:0a:00:00:01' >"$dir/source.sh"
stdpkt freeze -p right "$dir/source.sh" -o "$dir/source"
name=boot.chain.scripted name_frozen=boot.chain.frozen name_host=host.boot.chain
if [ -n "$hops" ]; then
	name=grow.boot.$hops name_frozen=grow.frozen.$hops name_host=host.grow.boot.$hops scripts='' frozen=''
	for n in $middle; do
		stdpkt freeze "$here/hop.sh" "$n" "$hops" -o "$dir/hop$n"
		scripts="$scripts | stdpkt run -n hop $here/hop.sh $n $hops"
		frozen="$frozen | ./hop$n"
	done
	stdpkt freeze "$2/host.sh" --gateway 192.0.2.1 -o "$dir/host"
	scripts="$scripts | host.sh --gateway 192.0.2.1"
else
	for f in nat pfilter host; do stdpkt freeze "$2/$f.sh" -o "$dir/$f"; done
	scripts=' | nat.sh | pfilter.sh | host.sh' frozen=' | ./nat | ./pfilter'
fi
namespaces >"$dir/namespaces"
{
	measure "$name" '' "ping.sh -c 1$scripts"
	measure "$name_frozen" '' "cd $dir && ./source -u ping -c 1 192.0.2.2$frozen | ./host"
	if [ "$(id -u)" = 0 ] && ip netns add "${ns}a" 2>/dev/null; then
		measure "$name_host" "for n in a $middle d; do ip netns del $ns\$n 2>/dev/null || :; done" "sh $dir/namespaces"
	else
		echo "# $name_host: not measured, network namespaces need root"
	fi
	if [ -n "$hops" ]; then :
	elif ! command -v linux.uml >/dev/null; then echo '# uml.boot.one: not measured, the package user-mode-linux is not installed'
	elif ! uml; then echo '# uml.boot.one: not measured, its kernel does not come up on this machine within 20 s'; fi
} | tee "$dir/figures"
ratio "$name/host" "$name" "$name_host"
ratio "$name_frozen/host" "$name_frozen" "$name_host"
