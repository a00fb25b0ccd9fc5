#!/usr/bin/env -S stdpkt run
# SPDX-License-Identifier: GPL-2.0-only
# nat.sh - a masquerading router: left is inside, right is outside
set -eu
usage() {
	cat <<-'E'
	usage: nat.sh [OPTION...]
	A router between stdin (left, inside) and stdout (right, outside) that translates inside addresses to its outside one.

	  --inside ADDR/LEN     address of left (default 10.0.0.1/24)
	  --outside ADDR/LEN    address of right (default 192.0.2.1/24)
	  --gateway ADDR        next hop for everything else (default 192.0.2.2)
	  --dnat PROTO:PORT=ADDR[:PORT]
	                        forward a port of the outside address to an inside host, e.g. tcp:8080=10.0.0.2:80; may be repeated

	example: ping.sh -c 5 | nat.sh | pfilter.sh | host.sh
	E
}
die() { echo "nat.sh: $*; see nat.sh --help" >&2; exit 100; }
mac() ( # of a neighbour that is one of ours; ARP corrects it
	IFS=.
	# shellcheck disable=SC2086,SC2183 # four numbers
	printf '02:00:%02x:%02x:%02x:%02x' $1 2>/dev/null || :
)
inside=10.0.0.1/24 outside=192.0.2.1/24 gateway=192.0.2.2 dnat=
while [ $# -gt 0 ]; do
	case $1 in --?*=*) option=$1; shift; set -- "${option%%=*}" "${option#*=}" "$@" ;; esac
	case $1 in
	-h | --help) usage; exit 0 ;;
	--inside | --outside | --gateway | --dnat)
		[ $# -ge 2 ] || die "$1 needs an argument"
		case $1=$2 in --*side=*:* | --gateway=*:*) die "$1 $2: IPv4 only" ;; --*side=*/*) ;; --*side=*) die "$1 $2 lacks its length: ADDR/LEN" ;; esac
		case $1 in --inside) inside=$2 ;; --outside) outside=$2 ;; --gateway) gateway=$2 ;; --dnat) dnat="$dnat $2" ;; esac
		shift 2 ;;
	*) die "unknown argument '$1'" ;;
	esac
done

ip -batch - <<-E || die "ip does not take --inside $inside, --outside $outside or --gateway $gateway"
	addr add $inside dev left
	addr add $outside dev right
	route add default via $gateway
	neigh add $gateway dev right nud stale lladdr $(mac "$gateway")
E
if [ "${STDPKT_COPIES:-1}" -gt 1 ]; then # of stdpkt fanout: ports of our own, so that no two copies give out the same
	size=$((64512 / STDPKT_COPIES))
	first=$((1024 + size * STDPKT_COPY))
	for p in tcp udp; do
		iptables -t nat -A POSTROUTING -o right -p "$p" -j MASQUERADE --to-ports "$first-$((first + size - 1))"
	done
fi
iptables -t nat -A POSTROUTING -o right -j MASQUERADE
for rule in $dnat; do
	proto=${rule%%:*} rest=${rule#*:}
	port=${rest%%=*} to=${rest#*=}
	case $rule in *:*=*) ;; *) die "--dnat '$rule' is not PROTO:PORT=ADDR[:PORT]" ;; esac
	iptables -t nat -A PREROUTING -i right -p "$proto" --dport "$port" -j DNAT --to-destination "$to"
done
echo 1 >/proc/sys/net/ipv4/ip_forward
