#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shuf as a reorderer: fragments of four packets in any order, through a router that has to put them together to look at the ports.
# All four come out: the router's rule counts them.
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH
rules=$(mktemp)
trap 'rm -f "$rules"' EXIT
printf '%s\n' '*filter' ':FORWARD DROP [0:0]' '-A FORWARD -p udp --dport 7 -j ACCEPT' COMMIT >"$rules"

stdpkt make 'udp 10.0.0.2:1 > 10.0.0.3:7 len 3000 frags 1000 ipid 9 count 4' |
	shuf |
	pfilter.sh -f "$rules" |
	stdpkt cat -f 'udp and ip[6:2] & 0x1fff == 0' | cut -d ' ' -f 8-11
