#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/duplex.bats - stdpkt duplex: a command in both directions of a link, its ends, and what it loses: nothing
load helper

ok() {
	[ "$status" = 0 ]
}

@test "duplex: a capture through a command, and through two of them, is the same" {
	sh_run 'stdpkt cat $CAPTURES/imap.pcap | grep -v "^#" | cut -d " " -f 1,4,6-12 >want
		stdpkt duplex -o text cat <$CAPTURES/imap.pcap | grep -v "^#" | cut -d " " -f 1,4,6-12 | cmp - want && echo once
		stdpkt cat $CAPTURES/imap.pcap | stdpkt duplex cat | stdpkt duplex -- grep -v "^# no" | grep -v "^#" | cut -d " " -f 1,4,6-12 | cmp - want && echo twice'
	ok
	has "$output" '^once$'
	has "$output" '^twice$'
}

@test "duplex: 20,000 packets both ways, none lost" {
	sh_run 'ping.sh -q -c 20 -i 0.02 -s 1400 | stdpkt duplex "stdbuf -oL cat" | stdpkt duplex cat | host.sh --addr 10.0.0.1/24 & wait
		stdpkt make "udp 10.0.0.1:1 > 10.0.0.2:2 len 1000 count 20000" | stdpkt duplex cat | grep -c " ip.udp "'
	has "$output" '^20000$'
	has_not "$stderr" 'dropped'
}

@test "duplex: --back, STDPKT_TOWARD, words of a command" {
	sh_run 'ping.sh -c 2 -i 0.1 10.0.0.1 | stdpkt duplex --back "stdbuf -oL sed s/,ttl=64/,ttl=33/" -- stdbuf -oL sed "s/,ttl=64/,ttl=44/" |
		tee dump | host.sh --addr 10.0.0.1/24
		stdpkt duplex "echo \$STDPKT_TOWARD >&2; exec cat" </dev/null'
	has "$stderr" ' icmp_seq=1 ttl=33 '
	has "$stderr" '^right$'
	has "$stderr" '^left$'
	grep -q 'echo-request,.*,ttl=44 ' "$T/dump"
}

@test "duplex: exit status: the command's, 0 for a grep that found nothing, the reader gone, usage" {
	sh_run 'stdpkt duplex "grep nothing" <$CAPTURES/dhcp.pcap >/dev/null; a=$?
		stdpkt duplex "cat; exit 7" <$CAPTURES/dhcp.pcap >/dev/null; b=$?
		stdpkt duplex no-such-command x <$CAPTURES/dhcp.pcap >/dev/null; c=$?
		stdpkt duplex; d=$?
		head -c 100 $CAPTURES/imap.pcap | stdpkt duplex cat >/dev/null; e=$?
		stdpkt duplex cat <$CAPTURES/imap.pcap | head -n 2 >/dev/null; f=${PIPESTATUS[0]}
		echo "status $a $b $c $d $e $f" >&2'
	[ "$(statuses)" = '0 7 127 100 1 0' ]
}
