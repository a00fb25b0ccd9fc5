#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/hangup.bats - programs end with the element that serves them
load helper

# PID...: none of them runs any more (who its parent was may be slow to ask for its status)
gone() {
	local p
	for p; do ! grep -q '^State:[[:space:]][^ZX]' "/proc/$p/status" 2>/dev/null || return 1; done
}
export -f gone

# In the background: an ordinary program, a daemon, one that ignores SIGHUP, one that ignores SIGTERM, too, one that is stopped. Their
# numbers in $T/pids when all of them are what they should be.
cat_programs() {
	cat >"$T/programs.sh" <<-'P'
		sleep 1000 & echo $! >>$T/pids.new
		setsid sh -c 'echo $$ >>$T/pids.new; exec sleep 1000' </dev/null >/dev/null 2>&1 &
		nohup sleep 1000 >/dev/null 2>&1 & echo $! >>$T/pids.new
		sh -c 'trap "" HUP TERM; echo $$ >>$T/pids.new; while :; do sleep 1000; done' &
		sleep 1000 & kill -STOP $!; echo $! >>$T/pids.new
		until [ "$(wc -l <$T/pids.new)" = 5 ] && [ "$(cd /proc && sed 's,$,/status,' $T/pids.new | xargs grep -l '^SigIgn:.*[13579bdf]$' | wc -l)" = 2 ]; do :; done
		mv $T/pids.new $T/pids
	P
}

@test "stdpkt shell ends: so does all that was started in it" {
	cat_programs
	sh_run 'stdpkt shell bash -c ". \$T/programs.sh; exit 7"; echo "status $?" >&2; [ "$(wc -l <pids)" = 5 ] && gone $(cat pids) && echo none >&2'
	[ "$(statuses)" = 7 ]
	has "$stderr" '^none$'
}

@test "socat's servers do not go on without a network" {
	need socat
	sh_run 'stdpkt shell bash -c "socat TCP-LISTEN:7000,fork,bind=127.0.0.1 EXEC:cat & echo \$! >pids
		until ss -Htln | grep -q :7000; do :; done; (sleep 1000 | socat - TCP:127.0.0.1:7000 & echo \$! >>pids); until ss -Htn | grep -q :7000; do :; done"
		echo "status $?" >&2; gone $(cat pids) && echo none >&2'
	[ "$(statuses)" = 0 ]
	has "$stderr" '^none$'
}

@test "a program that is told is served until it ends, and may say good-bye" {
	sh_run 'stdpkt shell -p 1 bash -c "bash -c \"trap \\\"ip -br link show p0 >bye; exit\\\" HUP; touch up; while :; do read -t 1 <>fifo; done\" &
		until [ -e up ]; do :; done"; echo "status $?" >&2; cat bye'
	has "$output" '^p0 '
	[ "$(statuses)" = 0 ]
}

@test "stdpkt exec: its program ends with the element, too" {
	sh_run 'mkfifo go; stdpkt shell -n host sh -c "read x <go" & p=$!
		wait_for 10 stdpkt exec $p -- true 2>/dev/null
		stdpkt exec $p -- sh -c "touch up; exec sleep 1000" & q=$!
		stdpkt exec $p -- sh -c "sleep 1000 & echo \$! >pid"
		wait_for 10 test -e up; echo >go; wait $p; echo "status $?" >&2; wait $q; echo "exec $?" >&2; gone $(cat pid) && echo none >&2'
	[ "$(statuses)" = 0 ]
	has "$stderr" '^exec 129$'
	has "$stderr" '^none$'
}

@test "the input ends: a script's daemons end with the element" {
	printf 'sleep 1000 & echo $! >$T/pids\n' >"$T/daemon.sh"
	sh_run 'stdpkt run -p left=capture:$CAPTURES/dhcp.pcap -p right=null $T/daemon.sh; echo "status $?" >&2; gone $(cat pids) && echo none >&2'
	[ "$(statuses)" = 0 ]
	has "$stderr" '^none$'
}

@test "the element is killed: its programs end all the same" {
	cat_programs
	sh_run 'stdpkt shell bash -c ". \$T/programs.sh; sleep 1000" & p=$!
		wait_for 20 test -e pids; set -- $(cat pids) $(pgrep -P $p); echo "there $#" >&2
		kill -KILL $p; wait $p; wait_for 20 gone "$@" && echo none >&2'
	has "$stderr" '^there 7$' # the guard, too
	has "$stderr" '^none$'
}

@test "no guard is left when the last program has ended" {
	sh_run 'mkfifo in; echo : >none.sh; stdpkt run -p in=fifo:in -p out=null none.sh 3<>in & p=$!
		wait_for 10 stdpkt exec $p -- true; wait_for 10 sh -c "! pgrep -P $p"; kill $p; wait $p; echo "status $?" >&2'
	[ "$(statuses)" = 143 ]
}
