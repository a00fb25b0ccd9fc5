#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/functions.bats - ping.sh nat.sh pfilter.sh host.sh router.sh bridge.sh: help, options, what each does
load helper

STATUS='; echo "status ${PIPESTATUS[*]}" >&2'

@test "every function: --help and -h on stdout, exit 0, no guest is booted for it" {
	for f in ping nat pfilter host router bridge; do
		for o in --help -h; do
			sh_run "$f.sh $o"
			[ "$status" = 0 ]
			has "$output" "^usage: $f\.sh"
			has "$output" '^example: '
			[ -z "$stderr" ]
		done
	done
}

@test "every function: an unknown option is one line on stderr and exit 100" {
	for f in ping nat pfilter host router bridge; do
		sh_run "$f.sh --no-such-option"
		[ "$status" = 100 ]
		[ "$(wc -l <<<"$stderr")" = 1 ]
		has "$stderr" "^$f\.sh: unknown .*--no-such-option.*--help"
	done
}

@test "every function: an option without its argument is one line and exit 100" {
	for f in 'ping.sh --addr' 'nat.sh --inside' 'nat.sh --dnat' 'pfilter.sh -f' 'host.sh --gateway' 'router.sh --route'; do
		sh_run "$f"
		[ "$status" = 100 ]
		[ "$(wc -l <<<"$stderr")" = 1 ]
		has "$stderr" " ${f#* } needs "
	done
}

@test "every function: an address without its length, or one that ip does not take, is named, and exit 100" {
	for f in 'ping.sh --addr 10.0.0.2' 'nat.sh --inside 10.0.0.1' 'nat.sh --outside=192.0.2.1' 'host.sh --addr 192.0.2.2' 'router.sh --right 2001:db8::1'; do
		sh_run "$f"
		[ "$status" = 100 ]
		has "$stderr" "^${f%% *}: --.* lacks its length"
	done
	for f in 'ping.sh --gateway 9.9.9.9' 'nat.sh --gateway 9.9.9.9' 'host.sh --gateway 9.9.9.9' 'router.sh --route 198.51.100.0/24=9.9.9.9'; do
		sh_run "$f"
		[ "$status" = 100 ]
		has "$stderr" "^${f%% *}: ip does not take .*9\.9\.9\.9"
	done
	sh_run 'nat.sh --inside 2001:db8::1/64'
	[ "$status" = 100 ]
	has "$stderr" 'IPv4 only'
}

@test "stdpkt shell --root: programs are told that they are root, in the guest alone" {
	sh_run 'id -u; stdpkt shell id -u; stdpkt shell --root sh -c "id -u; id -g; ip link add d0 type dummy && ip -br link show d0"
		touch mine; stdpkt shell -r stat -c "owner %u" mine; stdpkt shell -r sh -c ": >/etc/stdpkt-was-here" || :'
	[ "$status" = 0 ]
	[ "$(sed -n 1p <<<"$output")" = "$(sed -n 2p <<<"$output")" ]
	[ "$(sed -n 3,4p <<<"$output" | tr '\n' ' ')" = "0 0 " ]
	has "$output" '^d0 '
	has_not "$output" '^owner 0$'
	has "$stderr" 'Permission denied'
	[ ! -e /etc/stdpkt-was-here ]
}

@test "stdpkt shell --root: a program that becomes another user has lost its rights in the guest, and so have its children" {
	need setpriv
	sh_run 'stdpkt shell --root sh -c "ip link add d0 type dummy
		setpriv --reuid 1234 sh -c \"id -u; ip link del d0; iptables-nft -S; iptables-legacy -S; ip -br link show d0; setpriv --reuid 0 id -u\"
		id -u; ip link del d0 && echo gone"'
	[ "$status" = 0 ]
	[ "$(grep -cx 1234 <<<"$output")" = 1 ]
	[ "$(grep -cx 0 <<<"$output")" = 1 ]
	has "$output" '^d0 '
	has "$output" '^gone$'
	[ "$(grep -c 'Permission denied (you must be root)' <<<"$stderr")" = 2 ]
	has "$stderr" 'RTNETLINK answers: Operation not permitted'
	has "$stderr" 'setpriv: .*: Operation not permitted'
}

@test "stdpkt shell: a new interface gets its link-local address, as on a host" {
	sh_run 'stdpkt shell sh -c "ip link add d0 up type dummy; ip -br addr show d0; ip route get fe80::1 dev d0"'
	[ "$status" = 0 ]
	has "$output" '^d0 .* fe80::[0-9a-f:]+/64'
	has "$output" '^fe80::1 '
}

@test "stdpkt and its commands: help, version, wrong usage" {
	sh_run 'stdpkt --help'
	[ "$status" = 0 ] && has "$output" '^usage: stdpkt' && [ -z "$stderr" ]
	sh_run 'stdpkt --version'
	[ "$status" = 0 ] && has "$output" '^stdpkt [0-9]'
	sh_run 'for w in --help --version "run --help"; do stdpkt $w >/dev/full; echo "status $?" >&2; done'
	[ "$(statuses | tr "\n" " ")" = '111 111 111 ' ] && has "$stderr" 'unable to write'
	sh_run stdpkt
	[ "$status" = 100 ] && [ -z "$output" ]
	sh_run 'stdpkt frobnicate'
	[ "$status" = 100 ] && has "$stderr" "^stdpkt: no command 'frobnicate'"
	for c in run exec ls cat explain up; do
		sh_run "stdpkt $c --help"
		[ "$status" = 0 ] && has "$output" "^usage: stdpkt $c" && [ -z "$stderr" ]
		sh_run "stdpkt $c --no-such-option"
		[ "$status" = 100 ] && [ "$(wc -l <<<"$stderr")" = 1 ]
	done
}

@test "stdpkt exec: no such element 1, no command 100" {
	sh_run 'stdpkt exec no-such-element -- true'
	[ "$status" = 1 ]
	has "$stderr" "^stdpkt exec: no running element 'no-such-element'"
	sh_run 'stdpkt exec no-such-element --'
	[ "$status" = 100 ]
}

@test "custom addresses: every element in other networks" {
	sh_run "ping.sh --addr 172.16.5.9/24 --gateway 172.16.5.1 -c 3 -i 0.2 198.51.100.2 |
		nat.sh --inside 172.16.5.1/24 --outside 198.51.100.1/24 --gateway 198.51.100.2 | tee out.txt |
		host.sh --addr 198.51.100.2/24 $STATUS"
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	[ "$(grep -c ' 198\.51\.100\.1 198\.51\.100\.2 echo-request' "$T/out.txt")" = 3 ]
	[ "$(statuses)" = "0 0 0 0" ]
}

@test "every function: --option=value as well; ping.sh also where ping may not have its capability" {
	[ "$(id -u)" != 0 ] || USER_IS=(setpriv --no-new-privs --inh-caps=-all --bounding-set=-all)
	sh_run "${USER_IS[*]:-env} ping.sh --addr=172.16.5.9/24 --gateway=172.16.5.1 -c 1 203.0.113.2 |
		nat.sh --inside=172.16.5.1/24 --outside=198.51.100.1/24 --gateway=198.51.100.2 --dnat=tcp:80=172.16.5.9 | pfilter.sh --file=/dev/null |
		router.sh --left=198.51.100.2/24 --right=203.0.113.1/24 --gateway=203.0.113.2 | bridge.sh |
		host.sh --addr=203.0.113.2/24 --gateway=203.0.113.1 $STATUS"
	has "$stderr" '^1 packets transmitted, 1 received, 0% packet loss'
	[ "$(statuses)" = "0 0 0 0 0 0" ]
}

@test "router.sh: no translation, TTL one less" {
	sh_run "ping.sh -c 3 -i 0.2 | router.sh | tee out.txt | host.sh --gateway 192.0.2.1 $STATUS"
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	[ "$(grep -c ' 10\.0\.0\.2 192\.0\.2\.2 echo-request,.*,ttl=63 ' "$T/out.txt")" = 3 ]
}

@test "router.sh: routes, two of them in a row" {
	sh_run "ping.sh -c 3 -i 0.2 203.0.113.2 |
		router.sh --right 192.0.2.1/24 --route 203.0.113.0/24=192.0.2.9 |
		router.sh --left 192.0.2.9/24 --right 203.0.113.1/24 --gateway 192.0.2.1 |
		host.sh --addr 203.0.113.2/24 --gateway 203.0.113.1 $STATUS"
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	has "$stderr" 'ttl=62'
	[ "$(statuses)" = "0 0 0 0" ]
}

@test "router.sh: IPv6" {
	sh_run "ping.sh --addr 2001:db8:1::2/64 --gateway 2001:db8:1::1 -c 3 -i 0.2 2001:db8:2::2 |
		router.sh --left 2001:db8:1::1/64 --right 2001:db8:2::1/64 | tee out.txt |
		host.sh --addr 2001:db8:2::2/64 --gateway 2001:db8:2::1 $STATUS"
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	[ "$(grep -c ' ip6\.icmp6 2001:db8:1::2 2001:db8:2::2 echo-request,.*,ttl=63 ' "$T/out.txt")" = 3 ]
	[ "$(statuses)" = "0 0 0 0" ]
}

@test "nat.sh --dnat: a connection from outside reaches the server inside" {
	need nc
	printf '%s\n' 'ip addr add 10.0.0.2/24 dev right' 'ip route add default via 10.0.0.1' 'stdpkt up' \
		'echo hello from inside | nc -nl -N 80' >"$T/server.sh"
	printf '%s\n' 'ip addr add 192.0.2.2/24 dev left' 'stdpkt up' \
		'until nc -n 192.0.2.1 8080 </dev/null; do sleep 0.1; done' >"$T/client.sh"
	sh_run "stdpkt run -p right server.sh | nat.sh --dnat tcp:8080=10.0.0.2:80 | tee out.txt | stdpkt run -p left client.sh $STATUS"
	has "$stderr" '^hello from inside$'
	has "$(cat "$T/out.txt")" ' ip\.tcp 192\.0\.2\.1:8080 192\.0\.2\.2:[0-9]+ '
	has_not "$(cat "$T/out.txt")" ' 10\.0\.0\.2'
}

@test "nat.sh --dnat: not understood is one line and exit 100" {
	sh_run 'nat.sh --dnat frob'
	[ "$status" = 100 ]
	[ "$(wc -l <<<"$stderr")" = 1 ]
}

@test "bridge.sh: passes all, also what is no IP, and has no address" {
	sh_run "ping.sh -c 3 -i 0.2 | bridge.sh | tee out.txt | nat.sh | host.sh $STATUS"
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	has "$(cat "$T/out.txt")" ' 02:00:0a:00:00:02 02:00:0a:00:00:01 ip\.icmp 10\.0\.0\.2 .*,ttl=64 '
	[ "$(statuses)" = "0 0 0 0 0" ]
	# a frame whose IP header checksum is wrong is none of a bridge's business
	hex=0200c00002020200c000020108004500001c00000000401100000a0000010a0000020001000200080000
	printf '#stdpkt 1 link=x mtu=1500\n1.000000000 x out 42 - - - - - - - %s\n' $hex >"$T/bad.txt"
	sh_run 'bridge.sh <bad.txt'
	has "$output" " $hex\$"
}

@test "host.sh -- COMMAND: its output is on stderr, its status that of the element" {
	sh_run "ping.sh -c 100 -i 0.1 2>/dev/null | nat.sh | host.sh --addr 192.0.2.2/24 --addr 198.51.100.1/32 -- sh -c 'ip -br addr show dev left; ping -c 1 -n 192.0.2.1; exit 5' $STATUS"
	has "$stderr" '^left +UP +192\.0\.2\.2/24 198\.51\.100\.1/32'
	has "$stderr" '^1 packets transmitted, 1 received, 0% packet loss'
	[ "$(statuses)" = "0 0 5" ]
}

@test "pfilter.sh -f: iptables-save format" {
	printf '%s\n' '*filter' ':FORWARD DROP [0:0]' '-A FORWARD -p icmp --icmp-type echo-request -m physdev --physdev-in left -j ACCEPT' \
		'-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT' COMMIT >"$T/pass.v4"
	sh_run "ping.sh -c 3 -i 0.2 | nat.sh | pfilter.sh -f pass.v4 | host.sh $STATUS"
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	sed 's/ESTABLISHED/RELATED/' "$T/pass.v4" >"$T/half.v4"
	sh_run "ping.sh -c 2 -i 0.2 -W 1 | nat.sh | pfilter.sh -f half.v4 | tee out.txt | host.sh $STATUS"
	has "$stderr" '^2 packets transmitted, 0 received, 100% packet loss'
	[ "$(grep -c echo-request "$T/out.txt")" = 2 ]
}

@test "pfilter.sh -f: nft, a port behind the end of the packet is no port" {
	printf '%s\n' 'table bridge f {' 'chain forward { type filter hook forward priority 0;' \
		'ether type ip meta l4proto udp @th,16,16 != 12345 drop' '}' '}' >"$T/port.nft"
	stdpkt make 'udp 10.0.0.2:1024 > 192.0.2.2:9' >"$T/whole"
	# two bytes of UDP's header
	echo '0000000000000001 0200C0000202 02000A000002 0800 45 00 00 16 00 00 00 00 40 11 AE D3 0A 00 00 02 C0 00 02 02 04 00' |
		stdpkt cat -i etherpipe >"$T/cut"
	sh_run "cat whole cut whole | pfilter.sh -f port.nft -o text | grep -c '^[0-9].* 10.0.0.2 192.0.2.2 '"
	[ "$output" = 1 ]
}

@test "pfilter.sh -f: rules from FIFOs, which can be read once" {
	mkfifo "$T/v4" "$T/nft"
	printf '%s\n' '*filter' '-A FORWARD -p icmp -m icmp --icmp-type echo-reply -j DROP' COMMIT >"$T/v4" &
	printf '%s\n' 'table inet f {' 'chain forward { type filter hook forward priority 0; ip ttl 62 drop' '}' '}' >"$T/nft" &
	sh_run "ping.sh -c 1 -W 1 | pfilter.sh -f v4 -f nft | host.sh --addr 10.0.0.1/24 --addr 192.0.2.2/24 --gateway 10.0.0.2 $STATUS"
	has "$stderr" '^1 packets transmitted, 0 received, 100% packet loss'
	[ "$(statuses)" = "1 0 0" ]
}

@test "pfilter.sh -f: nft format, bridge and inet family; several files" {
	printf '%s\n' 'table bridge f {' 'chain forward { type filter hook forward priority 0; policy accept;' \
		'ether type ip ip ttl 63 icmp type echo-request counter accept' '}' '}' >"$T/bridge.nft"
	printf '%s\n' 'table inet f {' 'chain forward { type filter hook forward priority 0; policy drop;' \
		'ct state established,related accept' 'icmp type echo-request limit rate 1000/second accept' '}' '}' >"$T/inet.nft"
	sh_run "ping.sh -c 3 -i 0.2 | nat.sh | pfilter.sh -f bridge.nft -f inet.nft | host.sh $STATUS"
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	printf '%s\n' 'table bridge f {' 'chain forward { type filter hook forward priority 0; policy accept;' \
		'ether type ip icmp type echo-reply drop' '}' '}' >"$T/drop.nft"
	sh_run "ping.sh -c 2 -i 0.2 -W 1 | nat.sh | pfilter.sh -f drop.nft | host.sh $STATUS"
	has "$stderr" '^2 packets transmitted, 0 received, 100% packet loss'
}

@test "pfilter.sh -f: IPv6 rules go to ip6tables" {
	printf '%s\n' '*filter' ':FORWARD ACCEPT [0:0]' '-A FORWARD -p ipv6-icmp --icmpv6-type echo-request -j DROP' COMMIT >"$T/rules.v6"
	chain='ping.sh --addr 2001:db8::1/64 --gateway 2001:db8::2 -c 2 -i 0.2 -W 1 2001:db8::2'
	sh_run "$chain | pfilter.sh | host.sh --addr 2001:db8::2/64"
	has "$stderr" '^2 packets transmitted, 2 received, 0% packet loss'
	sh_run "$chain | pfilter.sh -f rules.v6 | host.sh --addr 2001:db8::2/64"
	has "$stderr" '^2 packets transmitted, 0 received, 100% packet loss'
}

@test "pfilter.sh -f: what ip6tables-save wrote is IPv6's, whatever the file's name" {
	sh_run 'stdpkt shell sh -c "ip6tables -P FORWARD DROP; ip6tables -A FORWARD -p tcp --dport 22 -j ACCEPT; ip6tables-save" >any
		stdpkt make "udp [2001:db8::1]:1 > [2001:db8::2]:2" "udp 10.0.0.1:1 > 10.0.0.2:2" | pfilter.sh -f any'
	has "$output" ' ip\.udp '
	has_not "$output" ' ip6\.udp '
}

@test "pfilter.sh -f: rules that are not there, or wrong: no packet passes, one line, the right status" {
	sh_run "ping.sh -c 1 -W 1 2>/dev/null | nat.sh 2>/dev/null | pfilter.sh -f nowhere.v4 | stdpkt cat $STATUS"
	has "$stderr" '^pfilter\.sh: unable to read rules file nowhere\.v4$'
	has "$(statuses)" '^[0-9]+ [0-9]+ 100 0$'
	has_not "$output" 'echo-request'
	printf '%s\n' '*filter' '-A FORWARD -j NO_SUCH_TARGET' COMMIT >"$T/wrong.v4"
	sh_run "pfilter.sh -f wrong.v4"
	[ "$status" != 0 ]
	[ -n "$stderr" ]
}

@test "a function of one's own: a script of stock commands is an executable" {
	printf '%s\n' '#!/usr/bin/env -S stdpkt run' 'ip addr add 10.0.0.1/24 dev left' 'ip addr add 192.0.2.1/24 dev right' \
		'iptables -t nat -A POSTROUTING -o right -j MASQUERADE' 'sysctl -q net.ipv4.ip_forward=1' >"$T/mine"
	chmod 755 "$T/mine"
	sh_run "ping.sh -c 3 -i 0.2 | ./mine | host.sh $STATUS"
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	[ "$(statuses)" = "0 0 0" ]
}

@test "a function that adds delay with tc netem: the round trip shows it" {
	printf '%s\n' 'ip link add name br0 type bridge stp_state 0 mcast_snooping 0' 'ip link set left master br0' 'ip link set right master br0' \
		'ip link set br0 up' 'tc qdisc add dev right root netem delay 100ms' >"$T/delay.sh"
	sh_run "ping.sh -c 3 -i 0.2 | nat.sh | stdpkt run delay.sh | host.sh $STATUS"
	has "$stderr" '^3 packets transmitted, 3 received, 0% packet loss'
	has "$stderr" 'rtt min/avg/max/mdev = [0-9]{3,}\.'
}

@test "first packets of connections that come in one batch all get through a translating router" {
	sh_run '{ echo "#stdpkt 1"
			for i in {0..199}; do
				printf "1.000000000 - out 42 - - - - - - - 02000a00000102000a00000208004500001c000000004011aec60a000002c0000209%04x000900080000\n" $((2000 + i / 4))
			done; } >burst.txt
		nat.sh --gateway 192.0.2.9 <burst.txt | awk "/ ip.udp / { print \$9 }" | uniq -c | awk "\$1 == 4" | wc -l'
	[ "$output" = 50 ]
}

@test "connections that begin in turns, 32 at a time: a translating router forwards the second packet of each, too" {
	sh_run '{ for ((g = 1024; g < 20000; g += 32)); do
			for flag in syn ack; do
				for ((p = g; p < g + 32; p++)); do echo "tcp 10.0.0.2:$p > 198.51.100.1:80 $flag via 10.0.0.1"; done
			done
		done; } >list
		stdpkt make -f list -o pcap >in.pcap
		wc -l <list; nat.sh <in.pcap | tcpdump -nr - 2>/dev/null | wc -l'
	[ "$output" = 37952$'\n'37952 ]
}

@test "a script that fails, or a command that ends, ends the element, also while what it has sent knows no way back yet" {
	printf '%s\n' 'ip addr add 2001:db8::5/64 dev left' 'exit 3' >"$T/v6.sh"
	sh_run 'stdpkt run v6.sh </dev/null >/dev/null; echo $?; stdpkt run v6.sh <$CAPTURES/imap.pcap >/dev/null; echo $?
		mkfifo in; exec 5<>in # never at its end
		host.sh -- sh -c "ping -c 1 -W 1 192.0.2.9 >/dev/null; exit 4" <in; echo $?'
	[ "$output" = 3$'\n'3$'\n'4 ]
	has "$stderr" '^stdpkt run: v6\.[0-9]+: left: frames dropped: noreturn=[0-9]+'
	has "$stderr" '^stdpkt run: host\.[0-9]+: left: frames dropped: noreturn=[0-9]+'
}

@test "^C on a chain: ping says its statistics" {
	# job control gives the chain a process group of its own, as a terminal does
	sh_run 'set -m; ping.sh -i 0.1 2>said | nat.sh | pfilter.sh | host.sh & chain=$!
		replies() { [ "$(grep -c "bytes from" said)" -ge 3 ]; }
		wait_for 20 replies && kill -INT -- -$(ps -o pgid= $chain | tr -d " "); wait $chain; cat said >&2'
	has "$stderr" '^[0-9]+ packets transmitted, [0-9]+ received, 0% packet loss'
}

@test "the cards are up when the script begins" {
	guest_run 'ip -br link show left; ip -br link show right'
	[ "$(grep -cE '^(left|right) +UP ' <<<"$stderr")" = 2 ]
}

@test "stdpkt ls: an element without cards is there" {
	sh_run 'mkfifo fifo; exec 3<>fifo; stdpkt shell -n bare$$ sh -c "read x" <fifo & until stdpkt ls 2>/dev/null | grep "^bare$$\."; do [ $((n += 1)) -lt 500 ] || exit 1; done; echo >fifo; wait' 2>/dev/null
	[ "$status" = 0 ]
}

@test "stdpkt ls: an element that is stopped does not hold it up" {
	sh_run 'mkfifo a b; exec 5<>a 6<>b # never at their end
		stdpkt run -n aa -b <a >/dev/null & stdpkt run -n stopped -b <b >/dev/null & pid=$!
		both() { [ "$(stdpkt ls | grep -cE "^(aa|stopped)\.[0-9]+ +left ")" = 2 ]; }
		wait_for 20 both || exit; kill -STOP $pid
		timeout 20 stdpkt ls; echo status $? >&2; kill -CONT $pid; kill $(jobs -p)'
	has "$output" '^aa\.[0-9]+ +left '
	has "$stderr" '^stdpkt ls: stopped\.[0-9]+: no answer'
	[ "$(statuses)" = 0 ]
}

@test "a script finds stdpkt where it is not in PATH, the one that runs it" {
	echo 'stdpkt --version >&2' >"$T/v.sh"
	sh_run 'exec env -i "$(command -v stdpkt)" run -p left=null -p right=null v.sh'
	[ "$status" = 0 ]
	has "$stderr" '^stdpkt [0-9]'
}
