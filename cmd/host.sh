#!/usr/bin/env -S stdpkt run -p left
# SPDX-License-Identifier: GPL-2.0-only
# host.sh - a host with one card on stdin: answers ARP, ping, and whatever a command run on it serves
set -eu
usage() {
	cat <<-'E'
	usage: host.sh [OPTION...] [-- COMMAND [ARG...]]
	A host whose only card is stdin, the end of a chain. It answers ARP and ping; with COMMAND it runs that on its stack (its
	output is on stderr) and ends when it does.

	  --addr ADDR/LEN   our address (default 192.0.2.2/24); may be repeated; IPv6 as well
	  --gateway ADDR    our default route (default: none)

	example: ping.sh -c 5 | nat.sh | pfilter.sh | host.sh
	E
}
die() { echo "host.sh: $*; see host.sh --help" >&2; exit 100; }
addr='' gateway=
while [ $# -gt 0 ]; do
	case $1 in --?*=*) option=$1; shift; set -- "${option%%=*}" "${option#*=}" "$@" ;; esac
	case $1 in
	-h | --help) usage; exit 0 ;;
	--addr | --gateway)
		[ $# -ge 2 ] || die "$1 needs an address"
		case $1=$2 in --addr=*/*) ;; --addr=*) die "$1 $2 lacks its length: ADDR/LEN" ;; esac
		case $1 in --addr) addr="$addr $2" ;; --gateway) gateway=$2 ;; esac
		shift 2 ;;
	--) shift; break ;;
	*) die "unknown argument '$1'" ;;
	esac
done

{
	for a in ${addr:-192.0.2.2/24}; do echo "addr add $a dev left"; done
	[ -z "$gateway" ] || echo "route add default via $gateway dev left"
} | ip -batch - || die "ip does not take --addr${addr:- 192.0.2.2/24} or --gateway ${gateway:-(none)}"
if [ $# -gt 0 ]; then
	stdpkt up
	exec "$@"
fi
