#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# transparent-firewall.sh - a firewall without an address in front of a host
set -eu
usage() {
	cat <<-'E'
	usage: transparent-firewall.sh [OPTION...] [PING-OPTION...] [-- COMMAND [ARG...]]
	A host (192.0.2.1), a transparent firewall and the host that it protects (192.0.2.2). The first pings the second (PING-OPTIONs are
	ping's, default -c 3 -i 0.2); COMMAND runs on the protected host.

	  --client COMMAND    what the first host runs in place of ping, a shell command
	  -f, --file RULES    the firewall's rules, iptables-save or nft format; may be repeated. Default: pings, replies, and nothing
	                      else to the protected host; everything from it

	Exit status: COMMAND's if that failed, else ping's (or --client's): 0 when replies came back.

	example: transparent-firewall.sh -f rules.v4 -c 5
	E
}
die() { echo "transparent-firewall.sh: $*; see transparent-firewall.sh --help" >&2; exit 100; }
here=$(cd "$(dirname "$0")" && pwd)
PATH=$here/../build:$here/../cmd:$here:$PATH
ping='' client='' files='' command=''
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) usage; exit 0 ;;
	--client | -f | --file)
		[ $# -ge 2 ] || die "$1 needs an argument"
		case $1 in --client) client=$2 ;; *) files="$files -f $2" ;; esac
		shift 2 ;;
	--) command=1; break ;; # "$@" is now -- COMMAND...
	--*) die "unknown option '$1'" ;;
	*) ping="$ping $1"; shift ;;
	esac
done
[ "$command" ] || set --

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if [ -z "$files" ]; then
	cat >"$dir/rules.v4" <<-'R'
	*filter
	:FORWARD DROP [0:0]
	-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
	-A FORWARD -m physdev --physdev-in left -p icmp --icmp-type echo-request -m limit --limit 100/second -j ACCEPT
	-A FORWARD -m physdev --physdev-in right -m conntrack --ctstate NEW -j ACCEPT
	COMMIT
	R
	files="-f $dir/rules.v4"
fi
client() {
	if [ "$client" ]; then
		printf '%s\n' 'ip addr add 192.0.2.1/24 dev right' 'stdpkt up' "$client" >"$dir/client"
		stdpkt run -p right "$dir/client"
	else
		# shellcheck disable=SC2086 # options are words
		ping.sh --addr 192.0.2.1/24 --gateway 192.0.2.2 ${ping:--c 3 -i 0.2}
	fi
}

# a pipe ends with what its last part ends with: the first one's goes to a file
status=0
# shellcheck disable=SC2086 # options are words
{ client && echo 0 >"$dir/status" || echo $? >"$dir/status"; } | pfilter.sh $files | host.sh "$@" || status=$?
[ $status != 0 ] || status=$(cat "$dir/status")
exit "$status"
