#!/usr/bin/env -S stdpkt run
# SPDX-License-Identifier: GPL-2.0-only
# pfilter.sh - a transparent packet filter: a bridge without an address between left and right
set -eu
usage() {
	cat <<-'E'
	usage: pfilter.sh [--legacy] [-f RULES]...
	A transparent packet filter between stdin (left) and stdout (right): a bridge whose IPv4 and IPv6 packets go through
	iptables' and ip6tables' FORWARD chain (-m physdev --physdev-in left), and through nftables' bridge family.

	  -f, --file RULES   rules in iptables-save or ipset save format, or an nft script (found by its contents); may be repeated.
	                     Names with "6" before the suffix (rules.v6, x6.rules) or addresses with ':' go to ip6tables.
	                     '-' is not possible: stdin is the network
	  -l, --legacy       rules in iptables-save format are loaded by iptables-legacy: the same rules in the kernel's older
	                     tables, which cost a packet less where there are many of them

	Without -f it passes everything but packets of an invalid state.

	example: ping.sh | nat.sh | pfilter.sh -f rules.v4 | host.sh
	         pfilter.sh -f rules.v4 < capture.pcapng | tcpdump -nr -
	E
}
die() { echo "pfilter.sh: $*; see pfilter.sh --help" >&2; exit 100; }

load() {
	{ [ -r "$1" ] && [ ! -d "$1" ]; } || { echo "pfilter.sh: unable to read rules file $1" >&2; exit 100; }
	# iptables-save has a line "*table" and ends with COMMIT, which is no nft
	if grep -q '^\*[a-z]' "$1"; then
		case ${1##*/} in
		*6 | *6.*) family=ip6tables ;;
		*) if grep -qE '^-.* -[sd] [0-9a-fA-F]*:' "$1"; then family=ip6tables; else family=iptables; fi ;;
		esac
		$family$legacy-restore --noflush "$1"
	elif grep -q '^create [^ ]* [a-z]*:[a-z]' "$1"; then
		ipset restore -f "$1"
	else
		nft -f "$1"
	fi
}
files=''
legacy=''
while [ $# -gt 0 ]; do
	case $1 in --?*=*) option=$1; shift; set -- "${option%%=*}" "${option#*=}" "$@" ;; esac
	case $1 in
	-h | --help) usage; exit 0 ;;
	-l | --legacy) legacy=-legacy; shift ;;
	-f | --file)
		[ $# -ge 2 ] || die "$1 needs a file"
		files="$files
$2"
		shift 2 ;;
	*) die "unknown argument '$1'" ;;
	esac
done

# what comes in by one port leaves by the other, always (learning off): both directions of a conversation in a capture come from the left
ip -batch - <<-E
	link add name br0 type bridge stp_state 0 mcast_snooping 0
	link set left master br0
	link set right master br0
	link set left type bridge_slave learning off
	link set right type bridge_slave learning off
	link set br0 up
E
echo 0 >/proc/sys/net/ipv6/conf/br0/accept_ra # without an address, whatever passes
for t in iptables ip6tables; do echo 1 >/proc/sys/net/bridge/bridge-nf-call-$t; done
if [ -z "$files" ]; then
	iptables -A FORWARD -m conntrack --ctstate INVALID -j DROP
else
	echo "$files" | while read -r f; do
		[ -z "$f" ] || load "$f"
	done
fi
