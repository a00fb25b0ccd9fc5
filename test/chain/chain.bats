#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/chain.bats - chains: packets there, replies back, filters between, what the user sees
load helper

STATUS='; echo "status ${PIPESTATUS[*]}" >&2'

@test "ping.sh -c 5 | nat.sh | pfilter.sh | host.sh: 5 sent, 5 received, all end with 0" {
	# as root the test also takes away what the user could ever get, as a container does
	[ "$(id -u)" != 0 ] || USER_IS+=(--bounding-set=-all)
	sh_run "grep CapEff /proc/self/status >&2; ping.sh -c 5 -i 0.2 | nat.sh | pfilter.sh | host.sh $STATUS"
	has "$stderr" '^CapEff:[[:space:]]0+$'
	has "$stderr" '^5 packets transmitted, 5 received, 0% packet loss'
	[ "$(statuses)" = "0 0 0 0" ]
	[ -z "$output" ]
}

@test "the chain says nothing but what ping says" {
	sh_run "ping.sh -c 2 -i 0.2 2>ping.txt | nat.sh | pfilter.sh | host.sh; grep -c 'bytes from 192.0.2.2' ping.txt"
	[ "$output" = 2 ]
	[ -z "$stderr" ]
}

@test "the chain runs where user namespaces are switched off" {
	# a user namespace in which no further one can be had; without one to begin with they are off already
	if unshare -U true 2>/dev/null; then
		[ "$(id -u)" != 0 ] || USER_IS=(unshare -n)
		off='echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all "$@"'
		USER_IS+=(unshare -U --map-root-user bash -c "$off" off)
	fi
	run --separate-stderr as_user bash -c 'unshare -U true && exit 3; timeout 60 ping.sh -c 3 -i 0.2 | nat.sh | pfilter.sh | host.sh'
	show
	[ "$status" = 0 ]
	has "$stderr" '^unshare: unshare failed'
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
}

@test "no system call of the chain makes a user namespace or opens a tun device" {
	need strace
	sh_run "strace -f -qq -o \$T/trace -e trace=clone,clone3,unshare,setns,open,openat true || exit 9
		strace -f -qq -o \$T/trace --seccomp-bpf -e trace=unshare,setns,clone,clone3 stdpkt run -n t -p left=null -p right=null \$ROOT/cmd/nat.sh
		grep -c . trace"
	[ "$status" != 9 ] || skip "strace may not trace here"
	[ "$status" = 0 ]
	run ! grep -E 'CLONE_NEW|unshare\(|setns\(' "$T/trace"
}

@test "ping.sh -c 2 | nat.sh | pfilter.sh on a terminal: the translated requests as text, ping's status 1" {
	need script
	sh_run "script -qec 'bash -c \"ping.sh -c 2 -i 0.2 -W 1 | nat.sh | pfilter.sh; echo status \\\${PIPESTATUS[*]}\"' /dev/null | tr -d '\r'"
	has "$output" '^#stdpkt 1 link=pfilter\.[0-9]+\.right mtu=1500$'
	[ "$(grep -cE '^[0-9]+\.[0-9]{9} pfilter\.[0-9]+\.right out 98 - [0-9a-f:]{17} [0-9a-f:]{17} ip\.icmp 192\.0\.2\.1 192\.0\.2\.2 echo-request,id=[0-9]+,seq=[12],ttl=63 [0-9a-f]{196}$' <<<"$output")" = 2 ]
	has "$output" '^2 packets transmitted, 0 received, 100% packet loss'
	has "$output" '^status 1 0 0$'
}

@test "grep is an ACL: what it lets through comes back, 0 % loss" {
	sh_run "ping.sh -c 5 -i 0.2 | grep --line-buffered -v ' 192.0.2.66 ' | nat.sh | host.sh $STATUS"
	has "$stderr" '^5 packets transmitted, 5 received, 0% packet loss'
	[ "$(statuses)" = "0 0 0 0" ]
}

@test "grep is an ACL: what it takes out is lost, 100 % loss" {
	sh_run "ping.sh -c 3 -i 0.2 -W 1 | grep --line-buffered -v ' 192\.0\.2\.2 echo-request' | nat.sh | host.sh $STATUS"
	has "$stderr" '^3 packets transmitted, 0 received, 100% packet loss'
	[ "$(statuses)" = "1 0 0 0" ]
}

@test "tee in between: it sees every request as text, replies come back" {
	sh_run "ping.sh -c 3 -i 0.2 | tee in.txt | nat.sh | tee out.txt | host.sh $STATUS"
	[ "$(statuses)" = "0 0 0 0 0" ]
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	[ "$(grep -c ' 10\.0\.0\.2 192\.0\.2\.2 echo-request,.*,ttl=64 ' "$T/in.txt")" = 3 ]
	[ "$(grep -c ' 192\.0\.2\.1 192\.0\.2\.2 echo-request,.*,ttl=63 ' "$T/out.txt")" = 3 ]
	run ! grep -a '^#stdpkt switch' "$T/in.txt" "$T/out.txt"
}

@test "stdbuf -oL sed in between edits: the TTL it writes arrives, replies come back" {
	sh_run "ping.sh -c 3 -i 0.2 | stdbuf -oL sed 's/,ttl=64 /,ttl=9 /' | nat.sh | tee out.txt | host.sh $STATUS"
	[ "$(statuses)" = "0 0 0 0 0" ]
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	[ "$(grep -c ' echo-request,.*,ttl=8 ' "$T/out.txt")" = 3 ]
}

@test "stdbuf -oL sed is a stateless NAT: edited addresses arrive with right checksums, replies go to the new address" {
	sh_run "ping.sh --addr 10.0.0.2/24 --addr 198.51.100.7/32 -c 3 -i 0.2 |
		stdbuf -oL sed '/ ip\./s/ 10\.0\.0\.2 / 198.51.100.7 /' |
		router.sh --route 198.51.100.7=10.0.0.2 | tee out.txt | host.sh --gateway 192.0.2.1 $STATUS"
	[ "$(statuses)" = "0 0 0 0 0" ]
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	[ "$(grep -c ' ip\.icmp 198\.51\.100\.7 192\.0\.2\.2 echo-request' "$T/out.txt")" = 3 ]
	run -0 bash -c 'stdpkt cat -o pcapng "$T/out.txt" | tcpdump -vnr - icmp 2>/dev/null'
	has_not "$output" 'bad cksum|wrong'
}

@test "direct neighbours leave text, a filter between keeps it" {
	sh_run 'ping.sh -c 200 -i 0.1 2>/dev/null | nat.sh | cat | host.sh & chain=$!
		up() { [ "$(stdpkt ls | awk '\''$1 ~ /^host/ && $4 > 2'\'')" ]; }
		wait_for 30 up; stdpkt ls; kill $chain; wait'
	has "$output" '^nat\.[0-9]+ +left +ring,ping\.[0-9]+\.right '
	has "$output" '^nat\.[0-9]+ +right +text,nat\.[0-9]+\.right '
	has "$output" '^host\.[0-9]+ +left +text,nat\.[0-9]+\.right '
}

@test "stdpkt exec nat -- conntrack -L lists the ping's entry while it runs" {
	sh_run 'ping.sh -c 200 -i 0.1 2>/dev/null | nat.sh | pfilter.sh | host.sh & chain=$!
		lists() { stdpkt exec nat -- conntrack -L 2>/dev/null | grep icmp | grep -qv UNREPLIED; }
		wait_for 30 lists; stdpkt exec nat -- conntrack -L; echo "status $?" >&2
		stdpkt exec nat -- sh -c "exit 7"; echo "status $?" >&2
		stdpkt exec nat -- no-such-command; echo "status $?" >&2
		kill $chain; wait'
	has "$output" '^icmp +1 [0-9]+ src=10\.0\.0\.2 dst=192\.0\.2\.2 type=8 code=0 id=[0-9]+ src=192\.0\.2\.2 dst=192\.0\.2\.1 type=0 code=0'
	[ "$(statuses | tr '\n' ' ')" = "0 7 127 " ]
}

@test "iptables -L -nv counts the ping's packets: legacy and nft" {
	cat >"$T/count.sh" <<-'X'
		ip link add name br0 type bridge stp_state 0
		ip link set left master br0
		ip link set right master br0
		ip link set br0 up
		iptables-legacy -A FORWARD -p icmp --icmp-type echo-request -j ACCEPT
		iptables-nft -A FORWARD -p icmp --icmp-type echo-reply -j ACCEPT
	X
	sh_run 'ping.sh -c 100 -i 0.1 2>/dev/null | nat.sh | stdpkt run count.sh | host.sh & chain=$!
		five() { [ "$(stdpkt exec count -- iptables-"$1" -L FORWARD -nvx 2>/dev/null | awk '\''/icmp/ { print ($1 >= 5) }'\'')" = 1 ]; }
		wait_for 30 five legacy && wait_for 30 five nft
		stdpkt exec count -- iptables-legacy -L -nv; stdpkt exec count -- iptables-nft -L -nv
		stdpkt exec nat -- iptables -t nat -L POSTROUTING -nv; kill $chain; wait'
	has "$output" '^ +[0-9]+ +[0-9]+ ACCEPT +(1|icmp) +-- .* icmptype 8'
	has "$output" '^ +[0-9]+ +[0-9]+ ACCEPT +(1|icmp) +-- .* icmptype 0'
	has "$output" '^ +1 +84 MASQUERADE'
}

@test "stdpkt ls: elements, links, frames, bytes; one by name" {
	sh_run 'ping.sh -c 200 -i 0.1 2>/dev/null | nat.sh | pfilter.sh | host.sh & chain=$!
		up() { [ "$(stdpkt ls | awk '\''$1 ~ /^host/ && $4 > 2'\'')" ]; }
		wait_for 30 up; stdpkt ls; echo ==; stdpkt ls nat; kill $chain; wait; echo ==; stdpkt ls'
	[ "$(sed '/^==/,$d' <<<"$output" | grep -cE '^(ping|nat|pfilter|host)\.[0-9]+ +(left|right) ')" = 6 ]
	has "$output" '^host\.[0-9]+ +left +ring,pfilter\.[0-9]+\.right +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +0 -$'
	[ "$(sed '1,/^==/d; /^==/,$d' <<<"$output" | grep -c '^nat')" = 2 ]
	[ "$(sed '1,/^==/d' <<<"$output" | sed '1,/^==/d' | grep -c .)" = 1 ]
}

@test "the end of one is the end of all: a signal to the last element ends the chain quietly" {
	sh_run 'ping.sh -c 500 -i 0.1 2>/dev/null | nat.sh | pfilter.sh | host.sh & chain=$!
		up() { [ "$(stdpkt ls | awk '\''$1 ~ /^host/ && $4 > 2'\'')" ]; }
		wait_for 30 up; kill $chain; none() { [ "$(stdpkt ls | wc -l)" = 1 ]; }; wait_for 10 none; echo "gone $?"; wait'
	has "$output" '^gone 0$'
	[ -z "$stderr" ]
}

@test "input without end does not hold an element whose reader has gone, or whose program has ended" {
	sh_run "stdpkt make 'udp 10.0.0.2:4000 > 192.0.2.2:9 len 20' >one.txt
		sed -i s/02:00:c0:00:02:02/02:00:0a:00:00:01/ one.txt
		endless() { head -n 1 one.txt; yes \"\$(tail -n 1 one.txt)\"; }
		endless | timeout 60 nat.sh | head -n 2 >/dev/null $STATUS
		endless | timeout 60 host.sh -- true | cat $STATUS"
	[ "$(statuses | xargs)" = "141 0 0 141 0 0" ]
}

@test "a long chain: eight elements" {
	sh_run "ping.sh -c 3 -i 0.2 | bridge.sh | pfilter.sh | nat.sh | bridge.sh | pfilter.sh | bridge.sh | host.sh $STATUS"
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	[ "$(statuses)" = "0 0 0 0 0 0 0 0" ]
}

@test "a host that comes late gets all: pings wait in the pipe, none is lost" {
	sh_run "ping.sh -c 5 -i 0.05 -W 20 | nat.sh | pfilter.sh | {
		waits() { stdpkt ls | awk '\$1 ~ /^pfilter/ && \$2 == \"right\" && \$6 >= 3 { found = 1 } END { exit !found }'; }
		wait_for 30 waits; exec host.sh; } $STATUS"
	has "$stderr" '^5 packets transmitted, 5 received, 0% packet loss'
	[ "$(statuses)" = "0 0 0 0" ]
}

@test "two chains at the same time do not meet" {
	sh_run "(ping.sh -c 5 -i 0.2 | nat.sh | host.sh) & ping.sh -c 5 -i 0.2 | nat.sh | host.sh $STATUS; wait"
	[ "$(grep -c '^5 packets transmitted, 5 received, 0% packet loss' <<<"$stderr")" = 2 ]
}

@test "a ping every 2 ms: 1000 sent, none lost" {
	sh_run "ping.sh -q -i 0.002 -c 1000 | nat.sh | pfilter.sh | host.sh $STATUS"
	has "$stderr" '^1000 packets transmitted, 1000 received, 0% packet loss'
	[ "$(statuses)" = "0 0 0 0" ]
}

@test "TCP through the chain, both ways, a megabyte each; what was sent last arrives though the sender's element ends" {
	need socat # nc ends when the other end has closed, whatever it still had to send
	sh_run 'head -c 1000000 /dev/urandom >up; head -c 1000000 /dev/urandom >down
		printf "%s\n" "ip addr add 10.0.0.2/24 dev right" "ip route add default via 10.0.0.1" "stdpkt up" \
			"socat -t 60 - TCP4:192.0.2.2:7,retry=999,interval=0.1 <up >down.got" >client.sh
		stdpkt run -p right client.sh 2>/dev/null | nat.sh | pfilter.sh | host.sh -- sh -c "socat -t 60 - TCP4-LISTEN:7 <down >up.got"
		echo "status ${PIPESTATUS[*]}" >&2; cmp up up.got && cmp down down.got && echo same'
	[ "$output" = same ]
	[ "$(statuses)" = "0 0 0 0" ]
}
