#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/freeze.bats - stdpkt freeze, and elements that begin from an image
load helper

@test "a frozen router translates in the chain, with no word of set-up" {
	sh_run 'stdpkt freeze nat.sh -o nat && ping.sh -c 5 -i 0.05 | ./nat | pfilter.sh | host.sh'
	[ "$status" = 0 ]
	has "$stderr" '^5 packets transmitted, 5 received, 0% packet loss'
	[ -z "$output" ]
}

@test "a whole chain of frozen functions; options of a script's first line count" {
	sh_run 'for f in nat pfilter host; do stdpkt freeze $f.sh -o $f || exit 1; done; ./host --help >help
		ping.sh -c 3 -i 0.05 | ./nat | ./pfilter | ./host; cat help >&2'
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	has "$stderr" 'the cards are: left$'
}

@test "what was configured is there, and what COMMAND adds" {
	sh_run 'stdpkt freeze nat.sh --outside 198.51.100.7/24 --gateway 198.51.100.1 -o ./nat
		./nat iptables -t nat -A POSTROUTING -o right -d 203.0.113.9 -j RETURN </dev/null
		./nat sh -c "ip -o -4 addr show dev right; iptables -t nat -S; cat /proc/sys/net/ipv4/ip_forward" </dev/null'
	has "$stderr" 'right +inet 198\.51\.100\.7/24'
	has "$stderr" '^-A POSTROUTING -o right -j MASQUERADE'
	has "$stderr" '^1$'
	has_not "$stderr" '203\.0\.113\.9'
}

@test "COMMAND that fails ends the function with its status before a packet has passed" {
	text 01 02 >"$T/in.txt"
	sh_run 'stdpkt freeze bridge.sh -o bridge; ./bridge sh -c "exit 7" <in.txt >none; echo "status $?" >&2; ./bridge <in.txt | wc -l'
	[ "$(statuses)" = 7 ]
	[ "$output" = 3 ] # two frames below the stream's first line
}

@test "elements from one image draw different random numbers, also at the same time" {
	# ephemeral ports: the kernel takes them from its generator
	sh_run 'cat >draw.sh <<-"D"
			ip addr add 192.0.2.1/24 dev p0
			for i in 1 2 3 4; do exec 3<>/dev/udp/192.0.2.9/9; ss -Hun; exec 3>&-; done | awk "{ print \$3 }"
			D
		printf "ip addr add 192.0.2.1/24 dev left\n" >set.sh
		stdpkt freeze -p left set.sh -o fn
		sed 1d draw.sh >ask.sh
		for i in 1 2 3; do ./fn bash ask.sh </dev/null 2>frozen.$i & done
		wait
		for i in 1 2 3; do stdpkt shell -p 1 bash draw.sh >base.$i & done
		wait
		sort frozen.? base.? | uniq -c | awk "{ print \$1, \$2 }" >&2'
	# 24 draws from 28,000 ports: a pair is a coincidence, four elements that draw alike are none
	[ "$(grep -c '192\.0\.2\.1:' <<<"$stderr")" -ge 20 ]
}

@test "with a seed the same image gives the same packets" {
	sh_run 'printf "ip addr add 192.0.2.1/24 dev right; ip neigh add 192.0.2.9 dev right lladdr 02:00:00:00:00:09\n" >set.sh
		stdpkt freeze -p right set.sh -o fn
		for i in 1 2; do ./fn --seed 5 bash -c "stdpkt up; exec 3>/dev/udp/192.0.2.9/9; echo a >&3" </dev/null >out.$i; done
		for i in 1 2; do cut -d " " -f 9,10,12 out.$i | tail -n 1; done'
	has "$output" '^192\.0\.2\.1:[0-9]+ 192\.0\.2\.9:9 '
	[ "$(uniq <<<"$output" | grep -c .)" = 1 ]
}

@test "two processes of one frozen bridge have MACs of their own" {
	sh_run 'stdpkt freeze bridge.sh -o bridge
		for i in 1 2; do ./bridge cat /sys/class/net/left/address </dev/null; done'
	[ "$(grep -cE '^02:01:' <<<"$stderr")" = 2 ]
	[ "$(sort -u <<<"$stderr" | grep -c .)" = 2 ]
}

@test "the pages that a start writes are known from a rehearsal: they are copied at once" {
	need strace
	sh_run 'stdpkt freeze nat.sh -o nat; stdpkt make "udp 10.0.0.2:1 > 192.0.2.2:2 via 10.0.0.1" >one
		ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -qq -o trace -e trace=madvise ./nat <one >out || exit 9; grep -c WRITE trace; grep -c udp out'
	[ "$status" != 9 ] || skip "strace may not trace here"
	[ "$(sed -n 2p <<<"$output")" = 1 ]
	[ "$(sed -n 1p <<<"$output")" -gt 20 ]
}

@test "what cannot be frozen is said, and nothing is written" {
	sh_run 'echo "exit 3" >bad.sh; stdpkt freeze bad.sh -o fn; echo "status $?" >&2
		echo "stdpkt up; cat" >on.sh; stdpkt freeze on.sh -o fn; echo "status $?" >&2
		stdpkt freeze nowhere.sh -o fn; echo "status $?" >&2
		stdpkt freeze nat.sh; echo "status $?" >&2
		stdpkt freeze bad.sh -o /nowhere/fn; echo "status $?" >&2
		stdpkt freeze bridge.sh -o /nowhere/fn; echo "status $?" >&2
		[ ! -e fn ]; echo "status $?" >&2'
	[ "$(statuses | tr "\n" " ")" = "3 1 100 100 3 111 0 " ]
	has "$stderr" 'the script runs on'
	has_not "$stderr" 'did not answer'
	has "$stderr" 'unable to read script nowhere.sh'
	has "$stderr" 'where to\? -o FILE'
}

@test "a damaged image is not begun from" {
	sh_run 'stdpkt freeze bridge.sh -o fn
		size=$(stat -c %s fn)
		# the first extent of the header: an address that is none of the guest'"'"'s
		printf "\377" | dd of=fn bs=1 seek=$((size - 4096 + 94)) conv=notrunc 2>/dev/null
		./fn </dev/null; echo "status $?" >&2'
	[ "$(statuses)" = 111 ]
	has "$stderr" "unable to read this program's image"
}

@test "a frozen function without its image says so: stripped, cut, only to be executed" {
	sh_run 'stdpkt freeze bridge.sh -o fn
		strip -o stripped fn; ./stripped </dev/null; echo "status $?" >&2
		cp fn cut; truncate -s -100 cut; ./cut </dev/null; echo "status $?" >&2
		cp fn hidden; chmod 111 hidden; [ -r hidden ] || { ./hidden </dev/null; echo "status $?" >&2; }'
	has_not "$(statuses)" '^(0|100)$'
	[ "$(statuses | wc -l)" -ge 2 ]
	[ "$(grep -c "unable to read this program.s image" <<<"$stderr")" = "$(statuses | wc -l)" ]
}

@test "a guest with words or memory of its own boots, and is no other" {
	text 01 02 03 >"$T/in.txt"
	sh_run 'for o in "--kernel quiet" "--memory 64" "--nic virtio" ""; do stdpkt run $o "$ROOT/cmd/bridge.sh" <in.txt | cut -d " " -f 12 | tail -n +2 >"out.$o"; done
		cmp "out." "out.--kernel quiet" && cmp out. "out.--memory 64" && cmp out. "out.--nic virtio" && wc -l <out.'
	[ "$status" = 0 ]
	[ "$output" = 3 ]
}

@test "an element with nothing to do sleeps" {
	# how often a guest wakes in an hour is test/unit/idle_test.c's; here the whole of a process: with a timer a second, or a loop
	# that does not sleep, four seconds without being run never come
	sh_run 'mkfifo in; sleep 60 >in & hold=$!
		stdpkt run -n idle "$ROOT/cmd/nat.sh" <in >/dev/null & pid=$!
		wait_for 20 stdpkt exec idle -- true
		asleep() {
			local now; now=$(grep ctxt_switches /proc/$pid/status; cut -d " " -f 14,15 /proc/$pid/stat) # and the time that it has used
			[ "$now" = "$last" ] || { last=$now since=$SECONDS; }
			[ $((SECONDS - since)) -ge 5 ] # whole seconds: four at least
		}
		wait_for 40 asleep && echo asleep
		kill $pid $hold; wait $pid'
	[ "$output" = asleep ]
}

@test "freeze: neither a script that is a pipe, nor an output that is no file, is one line and exit 100; a link stays one" {
	sh_run 'stdpkt freeze <(echo exit 5) -o no; echo $?; mkfifo pipe; stdpkt freeze "$ROOT/cmd/nat.sh" -o pipe; echo $?; [ -p pipe ] && echo pipe
		: >file; ln -s file link; stdpkt freeze "$ROOT/cmd/nat.sh" -o link; [ -L link ] && [ -s file ] && ls'
	[ "$output" = "100
100
pipe
file
link
pipe" ]
	[ "$(wc -l <<<"$stderr")" = 2 ]
}
