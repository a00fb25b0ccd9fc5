#!/usr/bin/env -S stdpkt run -p right
# SPDX-License-Identifier: GPL-2.0-only
# ping.sh - a host with one card on stdout, on which ping runs
set -eu
usage() {
	cat <<-'E'
	usage: ping.sh [OPTION...] [PING-OPTION...] [DESTINATION]
	A host whose only card is stdout: pings DESTINATION (default 192.0.2.2) through the pipe. All other options are ping's;
	its report is on stderr, its exit status is ours.

	  --addr ADDR/LEN   our address (default 10.0.0.2/24); may be repeated; IPv6 as well
	  --gateway ADDR    our default route (default 10.0.0.1)

	example: ping.sh -c 5 | nat.sh | pfilter.sh | host.sh
	E
}
die() { echo "ping.sh: $*; see ping.sh --help" >&2; exit 100; }
addr='' gateway=10.0.0.1
case ${1:-} in -h | --help) usage; exit 0 ;; esac
while :; do
	case ${1:-} in
	--addr | --gateway)
		[ $# -ge 2 ] || die "$1 needs an address"
		case $1=$2 in --addr=*/*) ;; --addr=*) die "$1 $2 lacks its length: ADDR/LEN" ;; esac
		case $1 in --addr) addr="$addr $2" ;; --gateway) gateway=$2 ;; esac
		shift 2 ;;
	--addr=* | --gateway=*) option=$1; shift; set -- "${option%%=*}" "${option#*=}" "$@" ;;
	--*) die "unknown option '$1'" ;;
	*) break ;;
	esac
done

mac() ( # of a neighbour that is one of ours; ARP corrects it
	IFS=.
	# shellcheck disable=SC2086,SC2183 # four numbers
	printf '02:00:%02x:%02x:%02x:%02x' $1 2>/dev/null || :
)
{
	for a in ${addr:-10.0.0.2/24}; do echo "addr add $a dev right"; done
	echo "route add default via $gateway dev right"
	# so that nobody need answer for the first request to be sent
	case $gateway in *.*.*.*) echo "neigh add $gateway dev right nud stale lladdr $(mac "$gateway")" ;; esac
} | ip -batch - || die "ip does not take --addr${addr:- 10.0.0.2/24} or --gateway $gateway"

# the default destination, if only options are there: those of iputils' ping, which also takes them behind a destination
OPTIND=1
# shellcheck disable=SC2034 # only how many words are options is of interest
while getopts ':46aAbBCdDfhHLnOqrRUvVc:e:F:i:I:l:m:M:N:p:Q:s:S:t:T:w:W:' option; do :; done
[ $# -ge "$OPTIND" ] || set -- "$@" 192.0.2.2
# Debian's ping asks for a capability (13, net_raw) that the guest does not need: where its user may never have that (a container), the
# kernel refuses to start the file, but lets the dynamic loader read it
while read -r key may; do case $key in CapBnd:) break ;; esac; done </proc/self/status
ping=$(command -v ping) || { echo "ping.sh: no ping here: install iputils-ping" >&2; exit 111; }
set -- "$ping" "$@"
if [ $((0x$may >> 13 & 1)) = 0 ]; then
	for loader in /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.*; do
		[ ! -x "$loader" ] || { set -- "$loader" "$@"; break; }
	done
fi
stdpkt up
exec "$@"
