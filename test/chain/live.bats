#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/live.bats - other people's programs between: a frame comes out before the next is there, replies come back
load helper

# TOOL between two stdpkt cat, $1 is the format that it reads: three frames, each sent when the one before has come out
live() {
	sh_run "stdpkt make 'udp 10.0.0.2:1 > 192.0.2.2:2 len 100 count 3' | grep -v '^#' >all; mkfifo in
		stdpkt cat -o $1 <in 2>/dev/null | $2 2>/dev/null | stdpkt cat >out & exec 3>in
		came() { [ \"\$(grep -vc '^#' out)\" = \$1 ]; }
		for i in 1 2 3; do sed -n \${i}p all >&3; wait_for 20 came \$i || exit 1; done
		exec 3>&-; wait; cut -d ' ' -f 12 all >a; grep -v '^#' out | cut -d ' ' -f 12 | cmp - a && echo same"
	[ "$output" = same ]
}

@test "tcpdump -U -r - -w -" {
	need tcpdump
	live pcap 'tcpdump -U -r - -w -'
	live pcapng 'tcpdump -U -r - -w -'
}

@test "tshark -l -i - -w -" {
	need tshark
	live pcap 'tshark -l -i - -w -'
	live pcapng 'tshark -l -i - -w -'
}

# with -c, since by default it ends at the first pause of a pipe
@test "netsniff-ng -c -i - -o -: it writes what trafgen reads" {
	ng=$(PATH=$PATH:/usr/sbin command -v netsniff-ng) || skip "no netsniff-ng on this machine"
	ng="$ng -c -s -i - -o -"
	# it locks more memory than a user may
	[ "$(id -u)" != 0 ] || USER_IS=("${USER_IS[@]/--inh-caps=-all/--inh-caps=-all,+ipc_lock}" --ambient-caps=+ipc_lock)
	sh_run "stdpkt cat -o pcap \$CAPTURES/imap.pcap | $ng >/dev/null"
	! grep -q 'out of memory' <<<"$stderr" || skip "netsniff-ng may not lock as much memory as it wants (ulimit -l)"
	live pcap "$ng"
}

@test "pv, and tee, in a chain: replies come back" {
	need pv
	live text 'pv -q'
	live text 'tee copy'
	sh_run 'ping.sh -q -c 3 -i 0.1 | pv -q | nat.sh | tee copy | host.sh'
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
}

@test "mbuffer: it holds blocks back until they are full, and loses nothing" {
	need mbuffer
	sh_run 'stdpkt make "udp 10.0.0.2:1 > 192.0.2.2:2 len 100 count 300" >all; mbuffer -q -m 1M <all | stdpkt cat | cut -d " " -f 12 >a
		cut -d " " -f 12 all | cmp - a && grep -vc "^#" all'
	[ "$output" = 300 ]
}

@test "ssh HOST stdpkt cat" {
	need ssh ssh-keygen
	sshd=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd) || skip "no sshd on this machine"
	# one connection on its standard input and output: no port, no daemon
	cat >"$T/ssh.sh" <<-X
		ssh-keygen -q -t ed25519 -N '' -f key && cp key.pub authorized
		printf '%s\n' "HostKey \$PWD/key" "AuthorizedKeysFile \$PWD/authorized" 'StrictModes no' 'UsePAM no' >sshd.conf
		via="$sshd -i -e -f \$PWD/sshd.conf"
		ping.sh -q -c 3 -i 0.1 | ssh -i key -o ProxyCommand="\$via" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
			-o BatchMode=yes throw-away "PATH=\$PATH; stdpkt cat" | nat.sh | host.sh
	X
	sh_run 'bash ssh.sh'
	! grep -q 'account is locked\|Privilege separation user' <<<"$stderr" || skip "sshd lets the user of the tests not in"
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
}

@test "stdpkt cat in a live pipe takes less than 100 us a frame" {
	need python3
	[ "${B##*/}" != asan ] || skip "not with sanitizers"
	sh_run 'stdpkt make "udp 10.0.0.2:1 > 192.0.2.2:2 len 1000" >one; PYTHONDONTWRITEBYTECODE=1 python3 $ROOT/test/bench/latency.py one'
	[ "$(awk '$1 == "difference" { print ($2 < 100) }' <<<"$output")" = 1 ]
}
