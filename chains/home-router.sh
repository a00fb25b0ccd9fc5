#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# home-router.sh - a host at home, a home router (translation, forwarded ports, firewall), a host outside
set -eu
usage() {
	cat <<-'E'
	usage: home-router.sh [OPTION...] [PING-OPTION...] [-- COMMAND [ARG...]]
	A host at home (10.0.0.2), the router (10.0.0.1 inside, 192.0.2.1 outside), a firewall at its outside that lets nothing in but
	replies and forwarded ports, and a host outside (192.0.2.2). The host at home pings the one outside (PING-OPTIONs are ping's,
	default -c 3 -i 0.2); COMMAND runs on the host outside.

	  --home COMMAND           what the host at home runs in place of ping, a shell command
	  --dnat PROTO:PORT=ADDR[:PORT]
	                           forward a port of 192.0.2.1 to an inside host; may be repeated
	  -f, --file RULES         rules in place of the firewall's, see pfilter.sh; may be repeated

	Exit status: COMMAND's if that failed, else ping's (or --home's): 0 when replies came back.

	example: home-router.sh --home 'echo hello | nc -nlN 80' --dnat tcp:8080=10.0.0.2:80 -- nc -n 192.0.2.1 8080
	E
}
die() { echo "home-router.sh: $*; see home-router.sh --help" >&2; exit 100; }
here=$(cd "$(dirname "$0")" && pwd)
PATH=$here/../build:$here/../cmd:$here:$PATH
ping='' home='' dnat='' files='' command=''
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) usage; exit 0 ;;
	--home | --dnat | -f | --file)
		[ $# -ge 2 ] || die "$1 needs an argument"
		case $1 in --home) home=$2 ;; --dnat) dnat="$dnat $2" ;; *) files="$files -f $2" ;; esac
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
	{
		echo '*filter'
		echo ':FORWARD DROP [0:0]'
		echo '-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT'
		echo '-A FORWARD -m physdev --physdev-in left -m conntrack --ctstate NEW -j ACCEPT'
		for d in $dnat; do # the firewall is outside of the translation
			port=${d#*:}
			echo "-A FORWARD -d 192.0.2.1 -p ${d%%:*} --dport ${port%%=*} -m conntrack --ctstate NEW -j ACCEPT"
		done
		echo 'COMMIT'
	} >"$dir/rules.v4"
	files="-f $dir/rules.v4"
fi
at_home() {
	if [ "$home" ]; then
		printf '%s\n' 'ip addr add 10.0.0.2/24 dev right' 'ip route add default via 10.0.0.1' 'stdpkt up' "$home" >"$dir/home"
		stdpkt run -p right "$dir/home"
	else
		# shellcheck disable=SC2086 # options are words
		ping.sh ${ping:--c 3 -i 0.2}
	fi
}

# a pipe ends with what its last part ends with: the first one's goes to a file
status=0
# shellcheck disable=SC2046,SC2086 # options are words
{ at_home && echo 0 >"$dir/status" || echo $? >"$dir/status"; } |
	nat.sh $(for d in $dnat; do echo --dnat "$d"; done) |
	pfilter.sh $files |
	host.sh "$@" || status=$?
[ $status != 0 ] || status=$(cat "$dir/status")
exit "$status"
