#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/explain.bats - stdpkt explain: a fate for every packet, and what did it
load helper

# A stream of packets from 10.0.0.2 to 192.0.2.2 and the router 02:00:0a:00:00:01: an echo request, then a UDP datagram from port 1000 to
# 2000; each argument is a sed script for the line of the next one. Editing text edits packets and their checksums.
packets() {
	local t=1700000000 hex proto s
	for s; do
		case $s in
		u*) hex=02000a00000102000a000002080045000024000100004011aec40a000002c000020203e807d000100000737464706b742121 ;;
		*) hex=02000a00000102000a000002080045000024000100004001aed40a000002c00002020800937d00070001737464706b742121 ;;
		esac
		echo "$t.000000000 x - 50 - - - - - - - $hex" | stdpkt cat | sed -n '/^[^#]/p' | sed "${s#?}"
		t=$((t + 1))
	done
}
export -f packets

@test "help; wrong usage is one line and 100; a function that fails is its status" {
	sh_run 'stdpkt explain --help'
	[ "$status" = 0 ] && has "$output" '^usage: stdpkt explain' && [ -z "$stderr" ]
	for a in '-f x nat.sh' '-o pcap' 'no-such-function.sh' '-p' '--mtu 1'; do
		sh_run "stdpkt explain $a </dev/null"
		[ "$status" = 100 ] && [ "$(wc -l <<<"$stderr")" = 1 ] && [ -z "$output" ]
	done
	echo 'exit 7' >"$T/seven.sh"
	sh_run 'packets i | stdpkt explain -s $T/seven.sh'
	[ "$status" = 7 ] && [ -z "$output" ]
}

@test "a router: forwarded and what was changed; the rule that translated it" {
	sh_run 'packets i | stdpkt explain -v nat.sh'
	[ "$status" = 0 ] && [ -z "$stderr" ]
	has "${lines[0]}" '^1 1700000000\.000000000 left 50 ip\.icmp 10\.0\.0\.2 192\.0\.2\.2 echo-request,id=7,seq=1,ttl=64 forwarded right src 10\.0\.0\.2 -> 192\.0\.2\.1, ttl 64 -> 63$'
	has "$output" $'^\tiptables nat POSTROUTING rule 1: -A POSTROUTING -o right -j MASQUERADE: accept$'
	has "$output" $'^\tsent by right: 02:00:c0:00:02:01 02:00:c0:00:02:02 ip\.icmp 192\.0\.2\.1 '
	sh_run 'packets u | stdpkt explain nat.sh'
	has "$output" ' forwarded right src 10\.0\.0\.2:1000 -> 192\.0\.2\.1:1000, ttl 64 -> 63$'
}

@test "a router's own: answered, taken, dropped with the answer, not for it, no route, the way back by another port" {
	cat >"$T/r.sh" <<-'E'
		set -e
		ip addr add 10.0.0.1/24 dev left; ip addr add 192.0.2.1/24 dev right
		sysctl -q net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=1
	E
	sh_run 'packets "is/ 192.0.2.2 / 10.0.0.1 /" "us/192.0.2.2:/10.0.0.1:/" "is/ttl=64/ttl=1/" "is/02:00:0a:00:00:01/02:00:00:00:00:09/" \
			"is/ 192.0.2.2 / 198.51.100.1 /" "is/ 10.0.0.2 / 192.0.2.9 /" i | stdpkt explain -s $T/r.sh'
	[ "$status" = 0 ] && [ "${#lines[@]}" = 7 ]
	has "${lines[0]}" ' answered left: ip\.icmp 10\.0\.0\.1 10\.0\.0\.2 echo-reply,id=7,seq=1,'
	has "${lines[1]}" ' dropped NO_SOCKET: .*; answered left: ip\.icmp 10\.0\.0\.1 10\.0\.0\.2 unreachable,code=3,'
	has "${lines[2]}" ' dropped IP_INHDR: .*TTL.*; answered left: ip\.icmp 10\.0\.0\.1 10\.0\.0\.2 time-exceeded,'
	has "${lines[3]}" ' dropped OTHERHOST: '
	has "${lines[4]}" ' dropped IP_INNOROUTES.*; answered left: ip\.icmp 10\.0\.0\.1 10\.0\.0\.2 unreachable,'
	has "${lines[5]}" ' dropped IP_RPFILTER: '
	has "${lines[6]}" ' forwarded right '
}

@test "ports are those of the first line of the function" {
	printf '%s\n' '#!/usr/bin/env -S stdpkt run -p lan=stdio:in -p wan=stdio:out --mtu 1400' 'ip addr add 10.0.0.1/24 dev lan' 'ip addr add 192.0.2.1/24 dev wan' \
		'sysctl -qw net.ipv4.ip_forward=1; ip -br link show wan | grep -q wan; ip link show wan | grep -q "mtu 1400"' >"$T/own.sh"
	sh_run 'packets u | stdpkt explain -r ./own.sh'
	[ "$status" = 0 ] && [ -z "$stderr" ]
	has "$output" ' forwarded wan ttl 64 -> 63$'
	sh_run 'packets u | stdpkt explain -r -p lan -p wan ./own.sh'
	has "$output" ' forwarded wan ttl 64 -> 63$'
}

@test "--routed addresses packets to the port" {
	sh_run 'packets "is/02:00:0a:00:00:01/02:00:00:00:00:09/" | stdpkt explain -r router.sh'
	has "$output" ' forwarded right ttl 64 -> 63$'
}

@test "--no-neighbours: a packet waits for its next hop and is dropped when nobody answers" {
	sh_run 'packets i | stdpkt explain router.sh'
	has "$output" ' forwarded right '
	sh_run 'packets i | stdpkt explain --no-neighbours router.sh'
	has "$output" ' dropped NEIGH_FAILED: '
}

@test "nftables: the rule and the policy, in the families inet, bridge and netdev, with an answer of reject" {
	cat >"$T/r.nft" <<-'E'
		table inet f {
			chain few {
				meta l4proto udp drop
				meta l4proto icmp reject
			}
			chain forward {
				type filter hook forward priority 0; policy drop;
				ip ttl 9 jump few
				ip ttl 63-64 accept
			}
		}
		table bridge b {
			chain forward {
				type filter hook forward priority 0; policy accept;
				ether saddr 02:00:00:00:00:66 drop
			}
		}
		table netdev n {
			chain in {
				type filter hook ingress device left priority 0; policy accept;
				ip saddr 10.6.6.6 drop
			}
		}
	E
	sh_run 'packets i "is/ttl=64/ttl=8/" "us/ttl=64/ttl=9/" "is/02:00:0a:00:00:02/02:00:00:00:00:66/" "is/ 10.0.0.2 / 10.6.6.6 /" |
		stdpkt explain -f $T/r.nft'
	[ "$status" = 0 ] && [ "${#lines[@]}" = 5 ]
	has "${lines[0]}" ' forwarded right unchanged$'
	has "${lines[1]}" ' dropped by nft inet f forward policy drop$'
	has "${lines[2]}" ' dropped by nft inet f few handle [0-9]+: meta l4proto udp drop$'
	has "${lines[3]}" ' dropped by nft bridge b forward handle [0-9]+: ether saddr 02:00:00:00:00:66 drop$'
	has "${lines[4]}" ' dropped by nft netdev n in handle [0-9]+: ip saddr 10\.6\.6\.6 drop$'
	printf '%s\n' 'ip addr add 10.0.0.1/24 dev left; ip addr add 192.0.2.1/24 dev right; sysctl -q net.ipv4.ip_forward=1' "nft -f $T/r.nft" >"$T/r.sh"
	sh_run 'packets "is/ttl=64/ttl=10/" | stdpkt explain -s $T/r.sh' # it is decremented before the hook
	has "$output" ' dropped by nft inet f few handle [0-9]+: meta l4proto icmp reject; answered left: ip\.icmp 10\.0\.0\.1 10\.0\.0\.2 unreachable,code=3,'
}

@test "iptables: the rule by number and text, policy, user chain, REJECT; legacy the same as nft" {
	for kind in nft legacy; do
		need iptables-$kind iptables-$kind-save
		cat >"$T/r.sh" <<-E
			set -e
			ip addr add 10.0.0.1/24 dev left; ip addr add 192.0.2.1/24 dev right; sysctl -q net.ipv4.ip_forward=1
			iptables-$kind -P FORWARD DROP
			iptables-$kind -N mine
			iptables-$kind -A FORWARD -s 10.0.0.3 -j mine
			iptables-$kind -A FORWARD -s 10.0.0.4 -j REJECT
			iptables-$kind -A FORWARD -s 10.0.0.2 -j ACCEPT
			iptables-$kind -A mine -j DROP
		E
		sh_run 'packets i "is/ 10.0.0.2 / 10.0.0.3 /" "is/ 10.0.0.2 / 10.0.0.4 /" "is/ 10.0.0.2 / 10.0.0.5 /" | stdpkt explain -s $T/r.sh'
		[ "$status" = 0 ] && [ "${#lines[@]}" = 4 ]
		has "${lines[0]}" ' forwarded right '
		has "${lines[1]}" ' dropped by iptables filter mine rule 1: -A mine -j DROP$'
		has "${lines[2]}" ' dropped by iptables filter FORWARD rule 2: -A FORWARD -s 10\.0\.0\.4/32 -j REJECT .*; answered left: ip\.icmp 10\.0\.0\.1 10\.0\.0\.4 unreachable,'
		has "${lines[3]}" ' dropped by iptables filter FORWARD policy DROP$'
	done
}

@test "tc, a queueing discipline, a bridge, a card that is down name themselves" {
	b='ip link add br0 type bridge; ip link set left master br0; ip link set right master br0; ip link set br0 up'
	echo "$b; tc qdisc add dev left clsact; tc filter add dev left ingress matchall action drop" >"$T/in.sh"
	sh_run 'packets i | stdpkt explain -s $T/in.sh'
	has "$output" ' dropped TC_INGRESS: '
	echo "$b; tc qdisc add dev right root netem loss 100%" >"$T/netem.sh"
	sh_run 'packets i | stdpkt explain -s $T/netem.sh'
	has "$output" ' dropped QDISC_DROP: '
	echo "$b" >"$T/b.sh"
	sh_run 'packets "is/02:00:0a:00:00:01/01:80:c2:00:00:01/" | stdpkt explain -s $T/b.sh'
	has "$output" ' dropped NOT_SPECIFIED in br_handle_frame: '
	echo 'ip link set left down' >"$T/down.sh"
	sh_run 'packets i | stdpkt explain -s $T/down.sh'
	has "$output" ' dropped down: '
}

@test "what waits gets its fate when it is known, in order; fragments that stay alone are held" {
	echo 'ip link add br0 type bridge; ip link set left master br0; ip link set right master br0; ip link set br0 up
		tc qdisc add dev right root netem delay 2500ms' >"$T/netem.sh"
	sh_run 'packets i i i i i | stdpkt explain -s $T/netem.sh'
	[ "$(grep -c ' forwarded right unchanged$' <<<"$output")" = 5 ]
	[ "$(cut -d ' ' -f 1 <<<"$output" | tr '\n' ' ')" = '1 2 3 4 5 ' ]
	sh_run 'stdpkt explain nat.sh -h >/dev/null; stdpkt cat $CAPTURES/traffic/dns_fragmented.pcap | grep -m 1 "frag=0" | stdpkt explain -r nat.sh'
	has "$output" ' held: waits for its other fragments$'
}

@test "the direction of the capture: outbound comes in by the second port, --one-way not" {
	sh_run 'packets i | sed "s/ x - / x out /" | stdpkt explain bridge.sh; packets i | sed "s/ x - / x out /" | stdpkt explain -1 bridge.sh'
	has "${lines[0]}" '^1 [0-9.]+ right .* forwarded left unchanged$'
	has "${lines[1]}" '^1 [0-9.]+ left .* forwarded right unchanged$'
}

@test "what a rule changed is named beside what a router changes; contents is what no word says" {
	cat >"$T/r.sh" <<-'E'
		set -e
		ip addr add 10.0.0.1/24 dev left; ip addr add 192.0.2.1/24 dev right
		ip addr add 2001:db8:1::1/64 dev left; ip addr add 2001:db8:2::1/64 dev right
		sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
		nft 'table inet f { chain forward { type filter hook forward priority 0
			tcp flags syn tcp option maxseg size set 1000
			tcp dport 81 @th,112,16 set 100
			tcp dport 82 @th,104,8 set 2
			udp dport 53 ip dscp set 10
			udp dport 54 ip dscp set 0
			udp dport 55 @th,64,16 set 0x4142
			udp dport 53 ip6 dscp set 10
			udp dport 54 ip6 flowlabel set 7
		}; }'
	E
	sh_run 'for to in "tcp 10.0.0.2:1 > 192.0.2.2:80 mss 1460 syn" "tcp 10.0.0.2:1 > 192.0.2.2:81 mss 1460 syn" "tcp 10.0.0.2:1 > 192.0.2.2:81" \
			"tcp 10.0.0.2:1 > 192.0.2.2:82 flags SEW" "udp 10.0.0.2:1 > 192.0.2.2:53" "udp 10.0.0.2:1 > 192.0.2.2:54 tos 16" \
			"udp 10.0.0.2:1 > 192.0.2.2:55 len 9" "udp [2001:db8:1::2]:1 > [2001:db8:2::2]:53" "udp [2001:db8:1::2]:1 > [2001:db8:2::2]:54" \
			"udp [2001:db8:1::2]:1 > [2001:db8:2::2]:52"; do
			stdpkt make "$to"
		done | stdpkt explain -r -s $T/r.sh | sed "s/.* forwarded //"'
	[ "$status" = 0 ] && [ -z "$stderr" ] && [ "${#lines[@]}" = 10 ]
	[ "${lines[0]}" = 'right ttl 64 -> 63, contents changed' ] # the MSS
	[ "${lines[1]}" = 'right win 64240 -> 100, ttl 64 -> 63, contents changed' ]
	[ "${lines[2]}" = 'right win 64240 -> 100, ttl 64 -> 63' ]
	[ "${lines[3]}" = 'right flags SEW -> S, ttl 64 -> 63' ]
	[ "${lines[4]}" = 'right tos 0 -> 40, ttl 64 -> 63' ]
	[ "${lines[5]}" = 'right tos 16 -> 0, ttl 64 -> 63' ]
	[ "${lines[6]}" = 'right ttl 64 -> 63, contents changed' ]
	[ "${lines[7]}" = 'right tos 0 -> 40, ttl 64 -> 63' ]
	[ "${lines[8]}" = 'right ttl 64 -> 63, contents changed' ]
	[ "${lines[9]}" = 'right ttl 64 -> 63' ]
	# padding that goes, a packet that is cut into fragments: no other contents
	{ cat "$T/r.sh"; echo 'ip link set right mtu 1300'; } >"$T/narrow.sh"
	sh_run 'stdpkt make "tcp 10.0.0.2:1 > 192.0.2.2:83" | sed "/^#/!{s/ - 54 - / - - - /;s/\$/000000000000/}" | stdpkt explain -r -s $T/r.sh
		stdpkt make "udp 10.0.0.2:1 > 192.0.2.2:52 len 1400" | stdpkt explain -r -s $T/narrow.sh'
	has "${lines[0]}" ' forwarded right len 60 -> 54, ttl 64 -> 63$'
	has "${lines[1]}" ' forwarded right len 1442 -> 1314, frag 0 -> 0\+, ttl 64 -> 63; right len 1442 -> 162, .*, frag 0 -> 1280, ttl 64 -> 63$'
}

@test "VLAN tags: put on, taken off and renumbered are no other contents, a priority is" {
	cat >"$T/b.sh" <<-'E'
		set -e
		ip link add br0 type bridge vlan_filtering 1; ip link set left master br0; ip link set right master br0; ip link set br0 up
		for v in 5 6; do bridge vlan add dev left vid $v; bridge vlan add dev right vid $v; done
		bridge vlan add dev right vid 5 untagged; bridge vlan add dev left vid 6 pvid
		tc qdisc add dev right clsact
		tc filter add dev right egress protocol 802.1q flower vlan_id 6 vlan_prio 1 action vlan modify id 7 priority 1
		tc filter add dev right egress protocol 802.1q flower vlan_id 6 vlan_prio 2 action vlan modify id 7 priority 3
	E
	sh_run 'for tag in "vlan 5:" : "vlan 6:prio 1" "vlan 6:prio 2" "vlan 7:"; do
			stdpkt make "eth 02:00:00:00:00:01 > 02:00:00:00:00:02 ${tag%:*} udp 10.0.0.2:1 > 10.0.0.3:2 len 30 ${tag#*:}"
		done | stdpkt explain -s $T/b.sh'
	[ "$status" = 0 ] && [ -z "$stderr" ] && [ "${#lines[@]}" = 5 ]
	has "${lines[0]}" ' forwarded right len 76 -> 72, proto vlan5\.ip\.udp -> ip\.udp$'
	has "${lines[1]}" ' forwarded right len 72 -> 76, proto ip\.udp -> vlan6\.ip\.udp$'
	has "${lines[2]}" ' forwarded right proto vlan6\.ip\.udp -> vlan7\.ip\.udp$'
	has "${lines[3]}" ' forwarded right proto vlan6\.ip\.udp -> vlan7\.ip\.udp, contents changed$'
	has "${lines[4]}" ' dropped NOT_SPECIFIED in br_allowed_ingress: .*VLAN'
}

@test "pcapng: each packet as it was, with a comment and a verdict that tshark shows; --count counts the same" {
	need tshark
	sh_run 'stdpkt explain -o pcapng -f $ROOT/test/diff/rules/stateful.v4 <$CAPTURES/traffic/skype.pcap >out
		cmp <(stdpkt cat out | grep -v "^#" | sed "s/.* //") <(stdpkt cat $CAPTURES/traffic/skype.pcap | grep -v "^#" | sed "s/.* //") && echo same
		export HOME=$T
		tshark -n -r out -T fields -e frame.verdict.ebpf_tc 2>/dev/null | sort | uniq -c
		tshark -n -r out -Y "frame.comment contains \"FORWARD policy DROP\"" 2>/dev/null | wc -l
		stdpkt explain -c -f $ROOT/test/diff/rules/stateful.v4 <$CAPTURES/traffic/skype.pcap >counts
		awk "{ n += \$1 } \$2 == \"dropped\" { d += \$1 } END { print n, d }" counts; sed -n "s/ dropped by iptables filter FORWARD policy DROP\$//p" counts'
	[ "$status" = 0 ]
	[ "${lines[0]}" = same ]
	forwarded=$(awk '$2 == 0 { print $1 }' <<<"$output") dropped=$(awk '$2 == 2 { print $1 }' <<<"${lines[2]}")
	[ $((forwarded + dropped)) = 3284 ]
	[ "${lines[4]}" = "3284 $dropped" ]
	[ "${lines[3]}" = "${lines[5]}" ] && [ "${lines[3]}" -gt 1000 ]
}

@test "bad input is said and 1; a reader that leaves is no error" {
	sh_run '{ packets i; echo nonsense; packets i; } | stdpkt explain bridge.sh'
	[ "$status" = 1 ] && [ "${#lines[@]}" = 2 ]
	has "$stderr" '^stdpkt explain: bad input: '
	sh_run 'stdpkt explain -1 bridge.sh <$CAPTURES/traffic/skype.pcap | head -1 >/dev/null; echo "status ${PIPESTATUS[*]}" >&2'
	[ "$(statuses)" = '0 0' ]
}

@test "a rule between braces is named by its chain, and a route that refuses has words" {
	printf '%s\n' 'table inet f {' 'chain fw {' 'type filter hook forward priority 0;' 'udp dport 53 jump {' 'counter drop' '}' '}' '}' >"$T/braces.nft"
	sh_run 'stdpkt make "udp 10.0.0.2:1 > 192.0.2.2:53 via 10.0.0.1" | stdpkt explain -f braces.nft
		echo "ip route add blackhole 198.51.100.0/24; ip addr add 10.0.0.1/24 dev left; echo 1 >/proc/sys/net/ipv4/ip_forward" >hole.sh
		stdpkt make "udp 10.0.0.2:1 > 198.51.100.1:53 via 10.0.0.1" | stdpkt explain -s hole.sh'
	has "$output" ' dropped by nft inet f __chain[0-9]+ handle [0-9]+: \(of a chain that nft does not list'
	has "$output" ' dropped .*: routing: no route, or one that says unreachable, prohibit or blackhole'
}

@test "an answer of the guest's that its own rules drop: which rule it was" {
	local how base='ip addr add 10.0.0.1/24 dev left; ip addr add 192.0.2.1/24 dev right; sysctl -q net.ipv4.ip_forward=1'
	for how in 'iptables-nft -A OUTPUT -p icmp -j DROP; iptables-nft -A OUTPUT -p tcp --tcp-flags RST RST -j DROP' \
		'iptables-legacy -A OUTPUT -p icmp -j DROP; iptables-legacy -t mangle -A POSTROUTING -p tcp --tcp-flags RST RST -j DROP' \
		'nft "add table t; add chain t OUT { type filter hook output priority 0; }; add rule t OUT meta l4proto icmp drop; add rule t OUT tcp flags rst drop"'; do
		printf '%s\n' "$base" "$how" >"$T/own.sh"
		sh_run "stdpkt make 'icmp 10.0.0.2 > 10.0.0.1 via 10.0.0.1' 'udp 10.0.0.2:1 > 198.51.100.9:9 ttl 1 via 10.0.0.1' \
			'tcp 10.0.0.2:1 > 10.0.0.1:9 syn via 10.0.0.1' 'udp 10.0.0.2:1 > 192.0.2.9:9 via 10.0.0.1' | stdpkt explain -s own.sh"
		has "$output" '^1 .* taken by the guest itself; its answer dropped by .*OUT.*icmp.* (DROP|drop)$'
		has "$output" '^2 .* dropped IP_.*; its answer dropped by .*OUT.*icmp'
		has "$output" '^3 .* dropped NO_SOCKET.*; its answer dropped by .*(OUT|POSTROUTING).*(RST|rst)'
		has "$output" '^4 .* forwarded right ttl 64 -> 63$'
	done
	sh_run "stdpkt make 'icmp 10.0.0.2 > 10.0.0.1 via 10.0.0.1' | stdpkt explain -v -s own.sh"
	has "$output" '^	its answer: dropped: NETFILTER_DROP '
}
