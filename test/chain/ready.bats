#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/ready.bats - what is ready to run: chains/ and examples/, and `make demo`
# They look for stdpkt in build/ of the tree themselves.
load helper

example() {
	[ -x "$ROOT/build/stdpkt" ] || skip "examples and chains run build/stdpkt, which is not there"
	sh_run "\$ROOT/examples/$1"
}

chain() {
	[ -x "$ROOT/build/stdpkt" ] || skip "examples and chains run build/stdpkt, which is not there"
	sh_run "\$ROOT/chains/$1"
}

@test "every example is executable and here" {
	for f in "$ROOT"/examples/*; do
		[ -x "$f" ]
		grep -q "example.*$(basename "$f")\|^	example $(basename "$f")" "$BATS_TEST_FILENAME" || { echo "no test for $f"; return 1; }
	done
}

@test "examples/01-chain.sh" {
	example 01-chain.sh
	[ "$status" = 0 ]
	has "$stderr" '^5 packets transmitted, 5 received, 0% packet loss'
}

@test "examples/02-look-at-the-wire.sh" {
	example 02-look-at-the-wire.sh
	[ "$status" = 0 ]
	[ "$(grep -c ' ip\.icmp 192\.0\.2\.1 192\.0\.2\.2 echo-request,id=[0-9]*,seq=[12],ttl=63$' <<<"$output")" = 2 ]
}

@test "examples/03-grep-acl.sh" {
	example 03-grep-acl.sh
	[ "$(grep -cE '^3 packets transmitted, (3 received, 0|0 received, 100)% packet loss' <<<"$stderr")" = 2 ]
	[ "$(grep -c ' 0% packet loss' <<<"$stderr")" = 1 ]
}

@test "examples/04-sed-nat.sh" {
	example 04-sed-nat.sh
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
}

@test "examples/05-tcpdump.sh" {
	need tcpdump
	example 05-tcpdump.sh
	[ "$(grep -c 'IP 192\.0\.2\.1 > 192\.0\.2\.2: ICMP echo request' <<<"$output")" = 3 ]
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
}

@test "examples/06-capture-through-rules.sh" {
	need tcpdump
	example 06-capture-through-rules.sh
	[ "$(grep -c ' IP 10\.40\.' <<<"$output")" = 33 ]
}

@test "examples/07-exec.sh" {
	example 07-exec.sh
	has "$output" '^icmp +1 .*src=10\.0\.0\.2 dst=192\.0\.2\.2'
	has "$output" 'MASQUERADE'
	has "$output" '^pfilter\.[0-9]+ +right'
	has "$stderr" '^30 packets transmitted, 30 received, 0% packet loss'
}

@test "examples/08-slow-line.sh" {
	example 08-slow-line.sh
	has "$stderr" '^10 packets transmitted, [1-9][0-9]* received'
	has "$stderr" '^rtt min/avg/max/mdev = [1-9][0-9]+\.'
}

@test "examples/09-ipv6.sh" {
	example 09-ipv6.sh
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
}

@test "examples/10-web-server.sh" {
	need nc
	example 10-web-server.sh
	has "$stderr" '^hello from 10\.0\.0\.2$'
}

@test "examples/18-topology.sh" {
	need nc
	example 18-topology.sh
	[ "$status" = 0 ]
	[ "$(grep -c '^2 packets transmitted, 2 received, 0% packet loss' <<<"$output")" = 2 ]
	has "$output" '^hello from the server$'
	has "$output" 'src=10\.0\.0\.2 dst=192\.0\.2\.2 .* dst=192\.0\.2\.1 '
}

@test "examples/11-explain.sh" {
	example 11-explain.sh
	[ "$status" = 0 ]
	has "$output" '^1 [0-9.]+ left 74 ip\.tcp .* forwarded right unchanged$'
}

@test "examples/12-both-ways.sh" {
	example 12-both-ways.sh
	has "$stderr" '^3 packets transmitted, 2 received, 33'
	has_not "$(sed '/ping statistics/q' <<<"$stderr")" 'icmp_seq=2'
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
}

@test "examples/13-awk-meter.sh" {
	need mawk
	example 13-awk-meter.sh
	has "$stderr" '^5 packets transmitted, 5 received, 0% packet loss'
	has "$stderr" '^right ip\.icmp 5 490$'
	has "$stderr" '^left ip\.icmp 5 490$'
}

@test "examples/14-awk-rate-limit.sh" {
	need tcpdump
	example 14-awk-rate-limit.sh
	[ "$(grep -c ' UDP, length 100$' <<<"$output")" = 24 ]
}

@test "examples/15-shuf-reorder.sh" {
	need shuf
	example 15-shuf-reorder.sh
	[ "$(grep -c '^ip\.udp 10\.0\.0\.2:1 10\.0\.0\.3:7 frag=0+,ttl=64$' <<<"$output")" = 4 ]
}

@test "examples/16-head-fuse.sh" {
	example 16-head-fuse.sh
	has "$stderr" ' icmp_seq=5 '
	has_not "$stderr" ' icmp_seq=9 '
}

@test "examples/17-awk-load-balancer.sh" {
	need tcpdump
	example 17-awk-load-balancer.sh
	[ "$(grep -c ' > 192\.0\.2\.12\.80: Flags \[S\]' <<<"$output")" = 3 ]
	[ "$(grep -c ' > 192\.0\.2\.1[13]\.80: Flags \[S\]' <<<"$output")" = 3 ]
}

@test "examples/19-awk-learning-switch.sh" {
	need mawk
	example 19-awk-learning-switch.sh
	[ "$(grep -c '^2 packets transmitted, 2 received, 0% packet loss' <<<"$stderr")" = 2 ]
	# the requests of ARP go everywhere, the pings only to whom they are for
	has "$stderr" '^port 1: 6 frames$'
	has "$stderr" '^port 2: 4 frames$'
	has "$stderr" '^port 3: 4 frames$'
}

@test "every chain: --help, an unknown option" {
	for c in home-router transparent-firewall two-sites; do
		chain "$c.sh --help"
		[ "$status" = 0 ]
		has "$output" "^usage: $c\.sh"
		chain "$c.sh --no-such-option"
		[ "$status" = 100 ]
		[ "$(wc -l <<<"$stderr")" = 1 ]
	done
}

@test "chains/home-router.sh: pings come back; a forwarded port; all else is closed" {
	chain 'home-router.sh'
	[ "$status" = 0 ]
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	need nc
	chain "home-router.sh --home 'echo hello from home | nc -nlN 80' --dnat tcp:8080=10.0.0.2:80 -- sh -c '
		until nc -n 192.0.2.1 8080 </dev/null; do sleep 0.1; done; ! nc -nzw1 192.0.2.1 80'"
	[ "$status" = 0 ]
	has "$stderr" '^hello from home$'
}

@test "chains/home-router.sh: ping's options are passed on, its status comes back" {
	printf '%s\n' '*filter' ':FORWARD DROP [0:0]' COMMIT >"$T/closed.v4" 2>/dev/null || :
	sh_run 'printf "%s\n" "*filter" ":FORWARD DROP [0:0]" COMMIT >closed.v4; $ROOT/chains/home-router.sh -f $T/closed.v4 -c 2 -i 0.2 -W 1'
	[ "$status" = 1 ]
	has "$stderr" '^2 packets transmitted, 0 received, 100% packet loss'
}

@test "chains/transparent-firewall.sh: pings pass, connections do not" {
	chain 'transparent-firewall.sh'
	[ "$status" = 0 ]
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	need nc
	# dropped, not refused by the host behind it
	chain "transparent-firewall.sh --client 'ping -c 1 -n 192.0.2.2; ! nc -nzvw1 192.0.2.2 80'"
	[ "$status" = 0 ]
	has "$stderr" 'timed out'
	has "$stderr" '^1 packets transmitted, 1 received, 0% packet loss'
}

@test "chains/two-sites.sh: through every tunnel; the line shows it" {
	for t in gre ipip vxlan none; do
		chain "two-sites.sh --tunnel $t -c 2 -i 0.2"
		[ "$status" = 0 ]
		has "$stderr" '^2 packets transmitted, 2 received, 0% packet loss'
	done
	chain 'two-sites.sh --look -c 1'
	has "$output" ' site1\.[0-9]+\.right out [0-9]+ - .* 192\.0\.2\.1 192\.0\.2\.2 '
}

@test "make demo: says plainly that five of five came back" {
	[ -x "$ROOT/build/stdpkt" ] || skip "make demo runs build/stdpkt, which is not there"
	run sh "$ROOT/test/demo.sh" "$B"
	echo "$output"
	[ "$status" = 0 ]
	has "$output" '5 of 5'
	has "$output" '192\.0\.2\.1 192\.0\.2\.2 echo-request'
}
