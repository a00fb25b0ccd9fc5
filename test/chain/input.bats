#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/input.bats - captures in and out, and bad input: one clear line, the right status, nothing lost that came before
load helper

STATUS='; echo "status ${PIPESTATUS[*]}" >&2'

one_line() {
	[ "$(grep -vc '^status ' <<<"$stderr")" = 1 ] || { echo "not one line"; return 1; }
	has "$stderr" "$1"
}

@test "pcapng in, pcapng out; pcap in, pcap out: tcpdump reads it at the other end" {
	need tcpdump
	for f in pcapng pcap; do
		sh_run "stdpkt cat -o $f \$CAPTURES/imap.pcap >in; pfilter.sh <in >out; cmp -n 4 in out && echo same
			tcpdump -nr - <out 2>/dev/null | wc -l"
		[ -z "$stderr" ]
		[ "$output" = "same"$'\n'33 ]
	done
	sh_run "pfilter.sh <\$CAPTURES/imap.pcap | od -An -N 4 -tx4 | tr -d ' '"
	has "$output" '^a1b2(c3d4|3c4d)$'
}

@test "pfilter.sh < x.pcapng | tcpdump -nr -; through a pipe as well; rules decide" {
	need tcpdump
	sh_run "pfilter.sh <\$CAPTURES/imap.pcap | tcpdump -nr - 2>/dev/null"
	all=$output
	[ "$(wc -l <<<"$all")" = 33 ]
	sh_run "cat \$CAPTURES/imap.pcap | pfilter.sh | tcpdump -nr - 2>/dev/null"
	[ "$output" = "$all" ] || [ "$(wc -l <<<"$output")" = 33 ]
	printf '%s\n' '*filter' '-A FORWARD -p tcp --sport 143 -j DROP' COMMIT >"$T/r.v4"
	sh_run "stdpkt cat -o pcapng \$CAPTURES/imap.pcap | pfilter.sh -f r.v4 | tcpdump -nr - 2>/dev/null"
	[ "$(grep -c . <<<"$output")" = "$(grep -vc ' IP 10\.40\.3\.2\.143 >' <<<"$all")" ]
	has_not "$output" 'IP 10\.40\.3\.2\.143 >'
}

@test "a filter that lets nothing pass gives a capture that tcpdump reads" {
	need tcpdump
	printf '%s\n' '*filter' '-A FORWARD -j DROP' COMMIT >"$T/none.v4"
	for f in pcapng pcap; do
		sh_run "stdpkt cat -o $f \$CAPTURES/imap.pcap | pfilter.sh -f none.v4 | tcpdump -nr -; echo status \${PIPESTATUS[*]} >&2"
		[ "$(statuses)" = "0 0 0" ]
		[ -z "$output" ]
	done
}

@test "-o and STDPKT_OUTPUT: another format for a reader that is not ours" {
	sh_run "pfilter.sh <\$CAPTURES/imap.pcap | head -c 9; echo; STDPKT_OUTPUT=text pfilter.sh <\$CAPTURES/imap.pcap | head -n 1
		ping.sh -c 2 -i 0.2 -W 1 2>/dev/null | STDPKT_OUTPUT=pcapng nat.sh | tcpdump -nr - 2>/dev/null"
	has "$output" '^#stdpkt 1 link='
	[ "$(grep -c 'IP 192\.0\.2\.1 > 192\.0\.2\.2: ICMP echo request' <<<"$output")" = 2 ]
	sh_run 'STDPKT_OUTPUT=frob stdpkt run -b'
	[ "$status" = 100 ]
	one_line "STDPKT_OUTPUT 'frob'"
}

@test "stdpkt cat: text, pcapng and pcap and back give the same packets" {
	for f in imap.pcap dhcp.pcap dhcp-nanosecond.pcapng icmpv6.pcap vxlan.pcap; do
		sh_run "stdpkt cat \$CAPTURES/$f >a; stdpkt cat -o pcapng a | stdpkt cat -o pcap | stdpkt cat -o pcapng | stdpkt cat >b
			for x in a b; do awk '!/^#/ { print \$1, \$NF }' \$x >\$x.hex; done; cmp a.hex b.hex && wc -l <a.hex"
		[ "$status" = 0 ]
		[ "$output" -gt 0 ]
	done
}

@test "no script, or one that is not there: one line, exit 100" {
	sh_run 'stdpkt run </dev/null'
	[ "$status" = 100 ]
	one_line '^stdpkt run: no script'
	sh_run 'stdpkt run /no/such/script'
	[ "$status" = 100 ]
	one_line '^stdpkt run: unable to read script /no/such/script: No such file'
	[ -z "$output" ]
}

@test "a script that fails: its status, and no packet was taken" {
	printf 'exit 7\n' >"$T/seven.sh"
	sh_run 'stdpkt run seven.sh'
	[ "$status" = 7 ]
	printf '%s\n' 'set -e' 'ip link set dev nowhere up' 'echo not here' >"$T/ip.sh"
	text 01 02 03 >"$T/in.txt"
	sh_run "{ stdpkt run ip.sh; echo \"status \$?\" >&2; wc -l; } <in.txt"
	has "$(statuses)" '^1$'
	one_line 'Cannot find device "nowhere"'
	[ "$(tail -n 1 <<<"$output")" = 4 ]
	sh_run "ping.sh -c 1 2>/dev/null | stdpkt run seven.sh | host.sh 2>/dev/null $STATUS"
	has "$(statuses)" '^[0-9]+ 7 0$'
}

@test "an unknown option, medium or format: one line, exit 100" {
	for a in '--no-such-option' '-p left=frob -b' '-o frob -b' '--mtu 5 -b' '--memory x -b' '-p left -p left -b' '-p a/b=null -b' '-p mgmt -b'; do
		sh_run "stdpkt run $a"
		[ "$status" = 100 ]
		one_line '^stdpkt run: .*--help'
	done
}

@test "a stream that is none: one line that says at which byte, exit 1" {
	sh_run "echo hello | pfilter.sh $STATUS"
	[ "$(statuses)" = "0 1" ]
	one_line 'left: bad input: byte 0: 0x68: not a packet stream'
	sh_run "head -c 3000 /dev/zero | bridge.sh | stdpkt cat $STATUS"
	[ "$(statuses)" = "0 1 0" ]
	one_line 'not a packet stream'
}

@test "an empty stream is the end of input: exit 0" {
	sh_run "printf '' | pfilter.sh $STATUS"
	[ "$(statuses)" = "0 0" ]
	[ "$(grep -vc '^status' <<<"$stderr")" = 0 ]
	sh_run 'bridge.sh </dev/null'
	[ "$status" = 0 ]
}

@test "a capture cut inside a record's head, a record, the file's head: what came before is delivered, one line, exit 1" {
	whole=$(stdpkt cat "$CAPTURES/imap.pcap" | grep -vc '^#')
	size=$(stat -c %s "$CAPTURES/imap.pcap")
	for cut in 1 17; do
		sh_run "head -c $((size - cut)) \$CAPTURES/imap.pcap >cut; pfilter.sh <cut >out; echo \"status \$?\" >&2; stdpkt cat out | grep -vc '^#'"
		[ "$(statuses)" = 1 ]
		[ "$output" = $((whole - 1)) ]
		one_line 'left: input cut inside a'
	done
	first=$(od -An -j 32 -N 4 -tu4 "$CAPTURES/imap.pcap" | tr -d ' ')
	sh_run "head -c $((24 + 16 + first + 7)) \$CAPTURES/imap.pcap >cut; pfilter.sh <cut >out; echo \"status \$?\" >&2; stdpkt cat out | grep -vc '^#'"
	[ "$(statuses)" = 1 ]
	[ "$output" = 1 ]
	one_line 'left: input cut inside a record.s head'
	sh_run "head -c 9 \$CAPTURES/imap.pcap | pfilter.sh >/dev/null $STATUS"
	[ "$(statuses)" = "0 1" ]
	one_line 'left: input cut inside the pcap header'
}

@test "the same through a pipe: a cut capture keeps its format and its packets" {
	sh_run "head -c 1000 \$CAPTURES/imap.pcap | pfilter.sh | tcpdump -nr - 2>/dev/null; echo \"status \${PIPESTATUS[*]}\" >&2"
	[ "$(statuses)" = "0 1 0" ]
	[ "$(grep -c ' IP ' <<<"$output")" = "$(head -c 1000 "$CAPTURES/imap.pcap" | stdpkt cat 2>/dev/null | grep -vc '^#')" ]
	one_line 'input cut inside a'
}

@test "text cut inside a line, and a bad line: the rest is delivered" {
	text 01 02 03 | head -c -20 >"$T/cut.txt"
	sh_run "bridge.sh <cut.txt"
	[ "$status" = 1 ]
	[ "$(grep -vc '^#' <<<"$output")" = 2 ]
	one_line 'left: input cut inside'
	{ text 01; echo 'no packet at all'; text 02 03 | tail -n 2; } >"$T/bad.txt"
	sh_run "bridge.sh <bad.txt"
	[ "$status" = 1 ]
	[ "$(grep -vc '^#' <<<"$output")" = 3 ]
	one_line 'left: bad input: line 3'
}

@test "a 300 kB frame: one line, exit 1, what came before is delivered" {
	big=$(head -c 300000 /dev/zero | tr '\0' 2)
	{ text 01; echo "2.000000000 - out 300000 - - - - - - - $big$big"; text 03 | tail -n 1; } >"$T/big.txt"
	sh_run "bridge.sh <big.txt"
	[ "$status" = 1 ]
	[ "$(grep -vc '^#' <<<"$output")" = 2 ]
	one_line 'left: bad input: line 3'
	text 01 >"$T/one.txt"
	sh_run "stdpkt cat -o pcap one.txt >big.pcap; printf '\2\0\0\0\0\0\0\0\340\223\4\0\340\223\4\0' >>big.pcap; head -c 300000 /dev/zero >>big.pcap
		bridge.sh <big.pcap >out; echo \"status \$?\" >&2; tcpdump -nr out 2>/dev/null"
	[ "$(statuses)" = 1 ]
	[ "$(grep -c ' IP 10\.0\.0\.1' <<<"$output")" = 1 ]
	one_line 'left: bad input: byte 82: a frame of 300000 bytes'
}

@test "frames that the card does not take are counted and said: oversize" {
	hex=$(udp_hex 01)$(head -c 9000 /dev/zero | od -An -v -tx1 | tr -d ' \n')
	{ text 01; echo "2.000000000 - out $((42 + 9000)) - - - - - - - $hex"; text 03 | tail -n 1; } >"$T/jumbo.txt"
	sh_run 'bridge.sh <jumbo.txt'
	[ "$(grep -vc '^#' <<<"$output")" = 2 ]
	has "$stderr" 'left: frames dropped: oversize=1'
	# a card that takes it lets it through
	sh_run 'stdpkt run --mtu 9100 $ROOT/cmd/bridge.sh <jumbo.txt'
	[ "$status" = 0 ]
	[ "$(grep -vc '^#' <<<"$output")" = 3 ]
}

@test "a reader that goes away: quiet, and all of the chain ends" {
	sh_run "ping.sh -i 0.05 2>/dev/null | nat.sh | pfilter.sh | head -n 2 $STATUS"
	[ "$(grep -c . <<<"$output")" = 2 ]
	has "$(statuses)" '^[0-9]+ 0 0 0$'
	[ "$(grep -vc '^status' <<<"$stderr")" = 0 ]
}

@test "a chain that ends while a function is still setting up says nothing odd" {
	sh_run "ping.sh -c 1 2>/dev/null | nat.sh | true $STATUS"
	has "$(statuses)" '^[0-9]+ 0 0$'
	has_not "$stderr" 'not implemented|Error 38'
}

@test "a peer of another user is refused, said in one line, and the chain goes on" {
	need_root_peer
	need socat
	USER_IS=()
	cat >"$T/peers.sh" <<-'X'
		as() { setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"; }
		as 65534 bash -c 'ping.sh -c 30 -i 0.1 | nat.sh | host.sh' & chain=$!
		up() { [ "$(as 65534 stdpkt ls | awk '$1 ~ /^host/ && $4 > 2')" ]; }
		wait_for 30 up
		nat=$(as 65534 stdpkt ls | awk '$1 ~ /^nat/ { print $1; exit }')
		as 65533 sh -c "echo hello 1 link=$nat.right stdin=1:1 formats=bin | timeout 5 socat - ABSTRACT-CONNECT:stdpkt/link/$nat.right"
		as 65533 stdpkt ls
		as 65533 stdpkt exec nat -- true; echo "status $?" >&2
		wait $chain
	X
	ns='bash peers.sh'
	! unshare -n true 2>/dev/null || ns="unshare -n $ns"
	sh_run "$ns"
	has "$stderr" '^30 packets transmitted, 30 received, 0% packet loss'
	has "$stderr" '^stdpkt run: nat\.[0-9]+: right: return path: refused a peer of uid 65533$'
	has "$stderr" "^stdpkt exec: element 'nat' belongs to another user"
	[ "$(statuses)" = 1 ]
	[ "$(grep -c . <<<"$output")" = 1 ]
}

@test "standard descriptors that are closed do no harm" {
	sh_run 'bridge.sh <&- ; echo "status $?" >&2; ping.sh -c 1 -W 1 >&- 2>/dev/null; echo "status $?" >&2'
	[ "$(statuses | wc -l)" = 2 ]
	has_not "$stderr" 'crash|panic'
}

@test "a full disk is said, exit 111" {
	[ -w /dev/full ] || skip "no /dev/full"
	text 01 02 03 >"$T/in.txt"
	sh_run 'bridge.sh <in.txt >/dev/full'
	[ "$status" = 111 ]
	one_line 'right: unable to write: No space left on device'
}

@test "an input that never pauses puts no end off: the reader goes, a file is full, SIGTERM comes" {
	printf '1.000000000 - out 42 - - - - - - - %s\n' "$(udp_hex 01)" >"$T/line"
	sh_run "flood() { yes \"\$(cat line)\"; }
		flood | bridge.sh | head -n 3 $STATUS
		(ulimit -f 100; flood | bridge.sh >limited $STATUS); stdpkt cat limited 2>/dev/null | grep -vc '^#'
		flood | bridge.sh >/dev/null & wait_for 30 eval '[ \"\$(stdpkt ls | awk \"\\\$2 == \\\"right\\\" { print \\\$6 > 9999 }\")\" = 1 ]'
		kill \$!; wait \$!; echo \"status \$?\" >&2"
	[ "$(statuses)" = "141 0 0"$'\n'"141 111"$'\n'143 ]
	[ "$(head -n 4 <<<"$output" | grep -vc '^#')" = 3 ]
	[ "$(tail -n 1 <<<"$output")" -gt 100 ]
	has "$stderr" 'right: unable to write: File too large$'
}

@test "a guest that panics, or runs into a bad address, ends its element with a message and 111" {
	sh_run "stdpkt run --bare --kernel 'rdinit=/none init=/none' </dev/null >out; echo \"status \$?\" >&2"
	[ "$(statuses)" = 111 ]
	has "$stderr" '^stdpkt: guest panic: Requested init /none failed'
	sh_run 'echo "kill -SEGV \$PPID" >crash.sh; stdpkt run crash.sh </dev/null >out; echo "status $?" >&2'
	[ "$(statuses)" = 111 ]
	has "$stderr" '^stdpkt: crash \(SIGSEGV\) at address |AddressSanitizer: SEGV'
}
