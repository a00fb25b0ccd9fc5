#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# two-sites.sh - two sites, each a router with a host behind it, and a tunnel between them over a network that knows neither
set -eu
usage() {
	cat <<-'E'
	usage: two-sites.sh [OPTION...] [PING-OPTION...] [-- COMMAND [ARG...]]
	A host of site A (10.1.0.2), its router, the router of site B and a host behind that (10.2.0.2). The routers reach each other as
	192.0.2.1 and 192.0.2.2; the sites' networks go through a tunnel. The host of site A pings the one of site B (PING-OPTIONs are
	ping's, default -c 3 -i 0.2); COMMAND runs on the host of site B.

	  --tunnel KIND    gre (default), ipip, vxlan, or none: plain routes
	  --look           show what is on the line between the routers, a packet a line, on stdout

	Exit status: COMMAND's if that failed, else ping's: 0 when replies came back.

	example: two-sites.sh --tunnel vxlan --look -c 1 | cut -d ' ' -f 8-11
	E
}
die() { echo "two-sites.sh: $*; see two-sites.sh --help" >&2; exit 100; }
here=$(cd "$(dirname "$0")" && pwd)
PATH=$here/../build:$here/../cmd:$here:$PATH
ping='' tunnel=gre look='' command=''
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) usage; exit 0 ;;
	--tunnel)
		[ $# -ge 2 ] || die "$1 needs an argument"
		tunnel=$2
		shift 2 ;;
	--look) look=1; shift ;;
	--) command=1; break ;; # "$@" is now -- COMMAND...
	--*) die "unknown option '$1'" ;;
	*) ping="$ping $1"; shift ;;
	esac
done
[ "$command" ] || set --
case $tunnel in gre | ipip | vxlan | none) ;; *) die "no tunnel '$tunnel'" ;; esac

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# one script for both: SITE OTHER, and the name of the port that leads to the other
cat >"$dir/site" <<'S'
set -eu
site=$1 other=$2 out=$3 in=$4 kind=$5
ip addr add "10.$site.0.1/24" dev "$in"
ip addr add "192.0.2.$site/24" dev "$out"
case $kind in
none) ip route add "10.$other.0.0/24" via "192.0.2.$other" ;;
vxlan) ip link add tun type vxlan id 7 local "192.0.2.$site" remote "192.0.2.$other" dstport 4789 dev "$out" ;;
*) ip link add tun type "$kind" local "192.0.2.$site" remote "192.0.2.$other" ttl 64 ;;
esac
if [ "$kind" != none ]; then
	ip addr add "172.16.0.$site/30" dev tun
	ip link set tun up
	ip route add "10.$other.0.0/24" via "172.16.0.$other"
fi
sysctl -q net.ipv4.ip_forward=1
S
site() { # SITE OTHER OUT IN
	stdpkt run -n "site$1" "$dir/site" "$@" "$tunnel"
}
a() {
	# shellcheck disable=SC2086 # options are words
	{ ping.sh --addr 10.1.0.2/24 --gateway 10.1.0.1 ${ping:--c 3 -i 0.2} 10.2.0.2 && echo 0 >"$dir/status" || echo $? >"$dir/status"; } |
		site 1 2 right left
}
b() {
	site 2 1 left right | host.sh --addr 10.2.0.2/24 --gateway 10.2.0.1 "$@"
}

# a pipe ends with what its last part ends with: the first one's goes to a file
status=0
if [ "$look" ]; then
	mkfifo "$dir/line"
	cat "$dir/line" &
	a | tee "$dir/line" | b "$@" || status=$?
	wait
else
	a | b "$@" || status=$?
fi
[ $status != 0 ] || status=$(cat "$dir/status")
exit "$status"
