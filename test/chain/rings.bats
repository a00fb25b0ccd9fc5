#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/rings.bats - links in shared memory: chosen, forbidden, and neighbours that die, stop or lie
load helper

STATUS='; echo "status ${PIPESTATUS[*]}" >&2'
# in a script: until the chain is up; a stage's process
UP='up() { [ "$(stdpkt ls | awk '\''$1 ~ /^host/ && $4 > 2'\'')" ]; }; pid_of() { stdpkt ls $1 | sed -n "s/^$1\.\([0-9]*\) .*/\1/p" | head -1; };'

links() { # FORMAT
	sh_run 'ping.sh -c 200 -i 0.1 2>/dev/null | nat.sh | pfilter.sh | host.sh & chain=$!; '"$UP"'
		wait_for 30 up; stdpkt ls; kill $chain; wait'
	[ "$(grep -cE "^[a-z]+\.[0-9]+ +(left|right) +$1," <<<"$output")" = 6 ]
}

@test "direct neighbours use a ring both ways; STDPKT_LINK=bin and text forbid it, and the chain works as well" {
	links ring
	for format in bin text; do
		export STDPKT_LINK=$format
		links "$format"
		sh_run "ping.sh -c 5 -i 0.1 | nat.sh | pfilter.sh | host.sh $STATUS"
		has "$stderr" '^5 packets transmitted, 5 received, 0% packet loss'
		[ "$(statuses)" = "0 0 0 0" ]
	done
}

@test "--link on one side is enough to forbid it; an unknown one is wrong usage" {
	sh_run 'ping.sh -c 200 -i 0.1 2>/dev/null | stdpkt run --link bin $ROOT/cmd/nat.sh | pfilter.sh | host.sh & chain=$!; '"$UP"'
		wait_for 30 up; stdpkt ls; kill $chain; wait; stdpkt run --link carrier-pigeon $ROOT/cmd/nat.sh; echo "status $?" >&2'
	has "$output" '^ping\.[0-9]+ +right +bin,'
	has "$output" '^nat\.[0-9]+ +left +bin,'
	has "$output" '^pfilter\.[0-9]+ +left +bin,'
	has "$output" '^host\.[0-9]+ +left +ring,'
	[ "$(statuses)" = 100 ]
}

@test "kill -9 of an element in the middle: its neighbours end in good order and say nothing" {
	sh_run 'ping.sh -c 500 -i 0.05 2>/dev/null | { nat.sh; echo "nat $?" >&2; } | pfilter.sh | { host.sh; echo "host $?" >&2; } & '"$UP"'
		wait_for 30 up; kill -9 "$(pid_of pfilter)"; none() { [ "$(stdpkt ls | wc -l)" = 1 ]; }; wait_for 10 none; wait'
	[ "$(grep -v Killed <<<"$stderr" | sort)" = "$(printf 'host 0\nnat 0')" ]
}

@test "an element that is stopped for a second: the packets wait, none is lost" {
	sh_run 'ping.sh -c 100 -i 0.02 -W 20 | nat.sh | pfilter.sh | host.sh & '"$UP"'
		wait_for 30 up; p=$(pid_of pfilter); kill -STOP $p; sleep 1; kill -CONT $p; wait'
	has "$stderr" '^100 packets transmitted, 100 received, 0% packet loss'
}

@test "a flood at an element that is stopped: memory is bounded, what could not wait is counted" {
	need socat
	printf '%s\n' 'ip addr add 10.0.0.2/24 dev right' 'stdpkt up' 'ping -c 3 -i 0.1 10.0.0.1' 'until [ -e go ]; do sleep 0.02; done' \
		'head -c 30000000 /dev/zero | socat -u -b1400 - UDP4-SENDTO:10.0.0.1:9' 'touch sent' 'sleep 50' >"$T/flood.sh"
	sh_run 'stdpkt run -n flood -p right flood.sh 2>/dev/null | sh -c "echo \$\$ >pid; exec host.sh --addr 10.0.0.1/24" & chain=$!; '"$UP"'
		wait_for 30 up; kill -STOP $(cat pid); touch go; wait_for 30 [ -e sent ]
		stdpkt ls flood; grep VmRSS /proc/$(pid_of flood)/status; kill -CONT $(cat pid); kill $chain $(cat pid); wait'
	has "$output" ' ring,.* full=[1-9][0-9]+$'
	rss=$(sed -n 's/VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' <<<"$output")
	[ "$rss" -gt 5000 ]
	[ "$rss" -lt 40000 ]
}

@test "an element without a capability of any kind shares memory: unprivileged, no /dev/shm needed" {
	[ "$(id -u)" != 0 ] || USER_IS+=(--bounding-set=-all)
	links ring
}
