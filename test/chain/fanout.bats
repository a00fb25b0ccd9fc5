#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/fanout.bats - stdpkt fanout: copies of a function side by side
load helper

STATUS='; echo "status ${PIPESTATUS[*]}" >&2'

@test "fanout 3 nat.sh: pings come back, from every copy's neighbours and with its own ports" {
	sh_run "ping.sh -c 5 -i 0.1 | stdpkt fanout 3 nat.sh | host.sh $STATUS"
	has "$stderr" '^5 packets transmitted, 5 received, 0% packet loss'
	[ "$(statuses)" = "0 0 0" ]
	[ "$(grep -cE 'DUP|dropped' <<<"$stderr")" = 0 ]
}

@test "twelve TCP connections through three NATs at once: each arrives whole, each copy has its own, with ports of its own" {
	need socat
	printf '%s\n' 'ip addr add 10.0.0.2/24 dev right' 'ip route add default via 10.0.0.1' 'stdpkt up' \
		'for i in $(seq 12); do head -c 300000 up | socat -t 20 - TCP4:192.0.2.2:7,retry=99,interval=0.1 >got.$i & done; wait' \
		'touch done' 'sleep 60' >"$T/client.sh"
	sh_run 'head -c 300000 /dev/urandom >up
		stdpkt run -p right client.sh | stdpkt fanout 3 -- nat.sh | timeout 40 host.sh -- sh -c "timeout 30 socat TCP4-LISTEN:7,fork,reuseaddr,backlog=64 EXEC:cat" & chain=$!
		wait_for 30 [ -e done ]
		for i in $(seq 12); do cmp up got.$i && echo same; done
		for e in $(stdpkt ls | sed -n "s/^\(nat\.[0-9]*\) *left.*/\1/p"); do stdpkt exec $e -- conntrack -L 2>/dev/null | grep -oE "dst=192.0.2.1 sport=7 dport=[0-9]+" | sed "s/.*=/$e /"; done
		kill $chain; wait'
	[ "$(grep -c '^same$' <<<"$output")" = 12 ]
	[ "$(grep -c '^nat' <<<"$output")" = 12 ]
	# a third of the ports for each copy
	[ "$(awk '/^nat/ { print $1, int(($2 - 1024) / 21504) }' <<<"$output" | sort -u | awk '{ print $1 }' | uniq -d)" = "" ]
	[ "$(awk '/^nat/ { print int(($2 - 1024) / 21504) }' <<<"$output" | sort -u | wc -l)" -ge 2 ]
}

@test "copies of a bridge: no frame comes out twice, neither ARP nor ping" {
	sh_run "ping.sh --addr 192.0.2.9/24 --gateway 192.0.2.2 -c 3 -i 0.1 | stdpkt fanout 4 -- pfilter.sh | tee wire.txt | host.sh $STATUS"
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	has_not "$stderr" DUP
	[ "$(grep -c 'echo-request' "$T/wire.txt")" = 3 ]
	[ "$(grep -c ' arp .*who-has' "$T/wire.txt")" -le 2 ]
	[ "$(statuses)" = "0 0 0 0" ]
}

@test "a capture through copies: every packet of every flow, in order within each" {
	sh_run 'stdpkt cat $CAPTURES/dhcp.pcap >one.txt; [ -s one.txt ]
		for i in $(seq 200); do for f in 1 2 3 4 5 6 7; do echo "- - - - - 02:00:00:00:00:01 02:00:00:00:00:02 - - - - 02000000000202000000000108004500002000000000401100000a0000${f}0${f}c0000202040${f}0009000c0000$(printf %08x $i)"; done; done | sed "s/0000\(.\)0\1c/0000\10c/" >flows.txt
		stdpkt fanout 3 -- bridge.sh <flows.txt >out.txt; echo "status $?" >&2
		wc -l <flows.txt; grep -vc "^#" out.txt
		for f in 1 2 3 4 5 6 7; do grep -v "^#" out.txt | awk "{ print \$12 }" | grep "0000${f}0c0000202" | sed "s/.*\(........\)$/\1/" | sort -c && echo ordered; done'
	[ "$(statuses)" = 0 ]
	[ "$(sed -n 1p <<<"$output")" = 1400 ]
	[ "$(sed -n 2p <<<"$output")" = 1400 ]
	[ "$(grep -c ordered <<<"$output")" = 7 ]
}

@test "wrong usage is 100; a function that fails, or a copy that is killed, ends all with a status" {
	for wrong in '' '0 nat.sh' '65 nat.sh' 'two nat.sh' 2 '2 --'; do
		sh_run "stdpkt fanout $wrong"
		[ "$status" = 100 ]
	done
	sh_run 'stdpkt fanout --help'
	[ "$status" = 0 ]
	sh_run "mkfifo in; exec 3<>in; stdpkt fanout 2 nat.sh --no-such-option <in | cat $STATUS" # an input that does not end
	[ "$(statuses)" = "100 0" ]
	sh_run "stdpkt fanout 2 ./no-such-command </dev/null"
	[ "$status" = 111 ]
	sh_run 'ping.sh -c 500 -i 0.05 2>/dev/null | { stdpkt fanout 2 nat.sh; echo "status $?" >&2; } | host.sh &
		up() { [ "$(stdpkt ls | awk '\''$1 ~ /^host/ && $4 > 2'\'')" ]; }
		wait_for 30 up; kill -9 $(stdpkt ls | sed -n "s/^nat\.\([0-9]*\) *left.*/\1/p" | head -1)
		none() { [ "$(stdpkt ls | wc -l)" = 1 ]; }; wait_for 10 none; wait'
	[ "$(statuses)" = 137 ]
}
