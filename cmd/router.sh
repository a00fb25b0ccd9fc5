#!/usr/bin/env -S stdpkt run
# SPDX-License-Identifier: GPL-2.0-only
# router.sh - a plain router between left and right
set -eu
usage() {
	cat <<-'E'
	usage: router.sh [OPTION...]
	A router between stdin (left) and stdout (right), no translation, no filter.

	  --left ADDR/LEN     address of left (default 10.0.0.1/24); may be repeated; IPv6 as well
	  --right ADDR/LEN    address of right (default 192.0.2.1/24); may be repeated; IPv6 as well
	  --route DEST=VIA    a route, e.g. 198.51.100.0/24=192.0.2.9; may be repeated
	  --gateway ADDR      next hop for everything else (default: none)

	example: ping.sh -c 5 | router.sh | host.sh --gateway 192.0.2.1
	E
}
die() { echo "router.sh: $*; see router.sh --help" >&2; exit 100; }
left='' right='' routes='' gateway=
while [ $# -gt 0 ]; do
	case $1 in --?*=*) option=$1; shift; set -- "${option%%=*}" "${option#*=}" "$@" ;; esac
	case $1 in
	-h | --help) usage; exit 0 ;;
	--left | --right | --route | --gateway)
		[ $# -ge 2 ] || die "$1 needs an argument"
		case $1=$2 in --left=*/* | --right=*/*) ;; --left=* | --right=*) die "$1 $2 lacks its length: ADDR/LEN" ;; esac
		case $1 in --left) left="$left $2" ;; --right) right="$right $2" ;; --route) routes="$routes $2" ;; --gateway) gateway=$2 ;; esac
		shift 2 ;;
	*) die "unknown argument '$1'" ;;
	esac
done

for r in $routes; do
	[ "${r#*=}" != "$r" ] || die "--route '$r' is not DEST=VIA"
done
{
	for a in ${left:-10.0.0.1/24}; do echo "addr add $a dev left"; done
	for a in ${right:-192.0.2.1/24}; do echo "addr add $a dev right"; done
	for r in $routes; do echo "route add ${r%%=*} via ${r#*=}"; done
	[ -z "$gateway" ] || echo "route add default via $gateway"
} | ip -batch - || die "ip does not take${left:+ --left$left}${right:+ --right$right}${routes:+ --route$routes}${gateway:+ --gateway $gateway}"
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
