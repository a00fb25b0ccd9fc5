#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A capture through a rule set: what would this firewall have let through? In comes pcap or pcapng, and the same comes out.
# usage: 06-capture-through-rules.sh [CAPTURE [RULES]]
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH
capture=${1:-$(dirname "$0")/../test/captures/imap.pcap}
rules=${2:-}
if [ -z "$rules" ]; then
	rules=$(mktemp --suffix=.v4)
	trap 'rm -f "$rules"' EXIT
	cat >"$rules" <<-'R'
		*filter
		:FORWARD DROP [0:0]
		-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
		-A FORWARD -p tcp --dport 143 --syn -m conntrack --ctstate NEW -j ACCEPT
		COMMIT
	R
fi

pfilter.sh -f "$rules" <"$capture" | tcpdump -n -r -
