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

@test "an element that is stopped while thirty packets are sent: they wait, none is lost" {
	sh_run 'ping.sh -c 100 -i 0.02 -W 20 | nat.sh | pfilter.sh | host.sh & '"$UP"'
		sent() { stdpkt ls ping | awk "\$2 == \"right\" { print \$6 }"; }
		more() { [ "$(sent)" -ge $((from + 30)) ]; }
		wait_for 30 up; p=$(pid_of pfilter); kill -STOP $p; from=$(sent); wait_for 30 more; kill -CONT $p; wait'
	has_not "$stderr" 'timed out'
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

# in a script: 4 MB from a client on the left to host.sh through the pipe $1, compared; what $2 says of the client is on stdout
BULK='bulk() {
	head -c 4000000 /dev/urandom >up
	printf "%s\n" "ip addr add 10.0.0.2/24 dev right" "ip route add default via 10.0.0.1" "stdpkt up" \
		"socat -u -b65536 OPEN:up TCP4:192.0.2.2:7,retry=999,interval=0.1" "$2" >client.sh
	eval "stdpkt run -n client -p right client.sh 2>client.err | $1 | host.sh -- sh -c \"socat -u -b65536 TCP4-LISTEN:7 CREATE:up.got; ip -s link show left >&2\""
	cat client.err; cmp up up.got && echo same
};'

# frames that host.sh has got, from its ip -s link
frames() {
	awk '/RX:/ { getline; print $2 }' <<<"$stderr"
}

@test "TCP in large segments where all agree: fewer frames than packets, the same bytes; ethtool shows it" {
	need socat
	sh_run "$BULK"' bulk "nat.sh | pfilter.sh" "ethtool -k right"'
	has "$output" '^same$'
	has "$output" '^tcp-segmentation-offload: on$'
	has "$output" '^tx-checksumming: on$'
	[ "$(frames)" -lt 1500 ]
}

@test "no large segment into text, bin or a virtio card: each gets complete frames, the same bytes arrive" {
	need socat
	sh_run "$BULK"' bulk "nat.sh | tee wire.txt | pfilter.sh" "ethtool -k right"'
	has "$output" '^same$'
	[ "$(frames)" -gt 2700 ]
	[ "$(awk '!/^#/ && $4 + 0 > max { max = $4 + 0 } END { print max }' "$T/wire.txt")" = 1514 ]
	run -0 bash -c 'stdpkt cat -o pcap "$T/wire.txt" | tcpdump -vnr - tcp 2>/dev/null | grep -c "cksum .*correct"'
	[ "$output" -gt 2700 ]
	run bash -c 'stdpkt cat -o pcap "$T/wire.txt" | tcpdump -vnr - tcp 2>/dev/null | grep incorrect | head'
	[ -z "$output" ]
	sh_run "$BULK"' STDPKT_LINK=bin; export STDPKT_LINK; bulk "nat.sh | pfilter.sh" "ethtool -k right"'
	has "$output" '^same$'
	has "$output" '^tcp-segmentation-offload: off$'
	[ "$(frames)" -gt 2700 ]
	sh_run "$BULK"' bulk "stdpkt run --nic virtio \$ROOT/cmd/nat.sh | pfilter.sh" "ethtool -k right"'
	has "$output" '^same$'
	has "$output" '^tcp-segmentation-offload: off$'
	[ "$(frames)" -gt 2700 ]
}

@test "a mirror of a link with large segments gets complete frames, with their checksums" {
	need socat tcpdump
	printf '%s\n' '. $ROOT/cmd/pfilter.sh' 'tc qdisc add dev left clsact' 'tc filter add dev left ingress matchall action mirred egress mirror dev tap' >"$T/mirror.sh"
	sh_run "$BULK"' bulk "nat.sh | stdpkt run -p left -p right -p tap=capture:,tap.pcapng mirror.sh" true'
	has "$output" '^same$'
	[ "$(frames)" -lt 1500 ]
	run -0 bash -c 'tcpdump -vnr "$T/tap.pcapng" "tcp[tcpflags] & tcp-push != 0 or greater 1000" 2>/dev/null >"$T/tap.txt"; grep -c "cksum .*correct" "$T/tap.txt"'
	[ "$output" -gt 2700 ]
	has_not "$(cat "$T/tap.txt")" 'incorrect'
	has_not "$(tcpdump -nr "$T/tap.pcapng" greater 1515 2>/dev/null)" .
}

@test "IPv6 in large segments" {
	need socat
	sh_run 'head -c 2000000 /dev/urandom >up
		printf "%s\n" "ip addr add 2001:db8:1::2/64 dev right nodad" "ip route add default via 2001:db8:1::1" "stdpkt up" \
			"socat -u -b65536 OPEN:up TCP6:[2001:db8:2::2]:7,retry=999,interval=0.1" >client.sh
		stdpkt run -p right client.sh | router.sh --left 2001:db8:1::1/64 --right 2001:db8:2::1/64 |
			host.sh --addr 2001:db8:2::2/64 --gateway 2001:db8:2::1 -- sh -c "socat -u -b65536 TCP6-LISTEN:7 CREATE:up.got; ip -s link show left >&2"
		cmp up up.got && echo same'
	has "$output" '^same$'
	[ "$(frames)" -lt 800 ]
}

@test "large segments lie in memory that neighbours share; they arrive whole, both ways, also when some are lost or wait in a queue" {
	need socat
	printf '%s\n' 'ip addr add 10.0.0.2/24 dev right' 'ip route add default via 10.0.0.1' 'stdpkt up' \
		'socat -t 30 -b65536 OPEN:up!!CREATE:down TCP4:192.0.2.2:7,retry=999,interval=0.1' >"$T/client.sh"
	printf '%s\n' '. $ROOT/cmd/pfilter.sh' 'tc qdisc add dev right root netem delay 2ms loss 1%' 'tc qdisc add dev left root netem delay 2ms loss 1%' >"$T/lossy.sh"
	sh_run 'head -c 30000000 /dev/urandom >up
		stdpkt run -n client -p right client.sh | nat.sh | stdpkt run -n lossy lossy.sh | host.sh -- socat -t 30 -b65536 TCP4-LISTEN:7 EXEC:cat & chain=$!
		'"$UP"' pools() { sed -nE "s/^[4-6][0-9a-f]{7}-[0-9a-f]+ rw-s [0-9a-f]+ [0-9a-f:]+ ([0-9]+) .*memfd:stdpkt.*/\1/p" "/proc/$(pid_of $1)/maps"; }
		shared() { for i in $(pools client); do pools $1 | grep -qx $i && return; done; return 1; } # one of them is in both guests
		for e in client nat lossy host; do wait_for 30 shared $e && echo "$e shares"; done; wait $chain; cmp up down && echo same'
	has "$output" '^same$'
	[ "$(grep -c shares <<<"$output")" = 4 ]
}

@test "large segments that nobody reads yet stay as they were sent, while others are sent" {
	need socat
	printf '%s\n' 'ip addr add 10.0.0.2/24 dev right' 'ip route add default via 10.0.0.1' 'stdpkt up' \
		'socat -u -b65536 OPEN:up TCP4:192.0.2.2:7,retry=999,interval=0.1' >"$T/client.sh"
	# reads when no more comes, 3 MB at a time
	cat >"$T/slow.sh" <<-'END'
		for i in 1 2 3 4 5 6; do
			was=0
			while queue=$(ss -tnH state established sport = :7 | awk '{ print $1 }'); [ "$queue" = 0 ] || [ "$queue" != "$was" ]; do was=$queue; done
			head -c 3000000
		done
		cat
	END
	sh_run 'head -c 30000000 /dev/urandom >up
		stdpkt run -n client -p right client.sh | nat.sh | pfilter.sh | host.sh -- socat -u -b65536 TCP4-LISTEN:7 "SYSTEM:sh slow.sh >up.got"
		cmp up up.got && echo same'
	has "$output" '^same$'
}

@test "large segments one way, where the other way stays text because the writer asked for it" {
	need socat
	printf '%s\n' 'ip addr add 10.0.0.2/24 dev right' 'ip route add default via 10.0.0.1' 'stdpkt up' \
		'socat -u -b65536 TCP4:192.0.2.2:7,retry=999,interval=0.1 CREATE:down' 'ip -s link show right >&2' >"$T/client.sh"
	sh_run 'head -c 4000000 /dev/urandom >up
		stdpkt run -o text -n client -p right client.sh | nat.sh | host.sh -- socat -u -b65536 OPEN:up TCP4-LISTEN:7; cmp up down && echo same'
	has "$output" '^same$'
	has_not "$stderr" 'makes no sense|bad input'
	[ "$(frames)" -lt 1500 ]
}

@test "kill -9 in the middle of large segments: the neighbours end in good order and say nothing" {
	need socat
	printf '%s\n' 'ip addr add 10.0.0.2/24 dev right' 'ip route add default via 10.0.0.1' 'stdpkt up' \
		'socat -u -b65536 OPEN:/dev/zero TCP4:192.0.2.2:7,retry=999,interval=0.1 2>/dev/null' >"$T/client.sh"
	sh_run '{ stdpkt run -n client -p right client.sh; echo "client $?" >&2; } | { nat.sh; echo "nat $?" >&2; } | pfilter.sh |
			{ host.sh -- socat -T 2 -u TCP4-LISTEN:7 OPEN:/dev/null 2>/dev/null; echo "host $?" >&2; } &
		'"$UP"' much() { [ "$(stdpkt ls nat | awk "\$2 == \"left\" { print \$5 }")" -gt 50000000 ]; }
		wait_for 30 up; wait_for 30 much; kill -9 "$(pid_of pfilter)"; none() { [ "$(stdpkt ls | wc -l)" = 1 ]; }; wait_for 20 none; wait'
	has "$stderr" '^nat 0$'
	has_not "$stderr" 'timed out|bad input|makes no sense'
}
