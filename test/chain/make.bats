#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/make.bats - stdpkt make: what is built is what was described, with right checksums, and errors point at their word
load helper

ok() {
	[ "$status" = 0 ]
}

# DESCRIPTION | columns 4 and 6 to 11 of the text, one line a frame
table() {
	cat <<-'T'
	tcp 10.0.0.5:4000 > 192.0.2.2:22 syn|54 02:00:0a:00:00:05 02:00:c0:00:02:02 ip.tcp 10.0.0.5:4000 192.0.2.2:22 S,seq=0,win=64240,ttl=64
	tcp 10.0.0.5:1 > 192.0.2.2:2 seq 5 ack 7 psh fin win 9 mss 536 ttl 3 "hi"|60 02:00:0a:00:00:05 02:00:c0:00:02:02 ip.tcp 10.0.0.5:1 192.0.2.2:2 FP.,seq=5,ack=7,win=9,ttl=3
	tcp 10.0.0.5:1 > 192.0.2.2:2|54 02:00:0a:00:00:05 02:00:c0:00:02:02 ip.tcp 10.0.0.5:1 192.0.2.2:2 .,seq=0,ack=0,win=64240,ttl=64
	tcp 10.0.0.5:1 > 192.0.2.2:2 flags SEW tos 4|54 02:00:0a:00:00:05 02:00:c0:00:02:02 ip.tcp 10.0.0.5:1 192.0.2.2:2 SEW,seq=0,win=64240,tos=4,ttl=64
	udp 10.0.0.1:1000 > 255.255.255.255:67|42 02:00:0a:00:00:01 ff:ff:ff:ff:ff:ff ip.udp 10.0.0.1:1000 255.255.255.255:67 ttl=64
	udp 10.0.0.1:0x10 > 224.0.0.251:5353 "a b\n\x00\"" hex ff00 df|50 02:00:0a:00:00:01 01:00:5e:00:00:fb ip.udp 10.0.0.1:16 224.0.0.251:5353 ttl=64
	svlan 7 vlan 5 udp [2001:db8::1]:53 > [2001:db8::2]:5353 "hello" prio 3|75 02:00:00:00:00:01 02:00:00:00:00:02 svlan7.vlan5.ip6.udp [2001:db8::1]:53 [2001:db8::2]:5353 ttl=64
	eth 02:00:00:00:00:0a > 02:00:00:00:00:0b tcp [fe80::1]:1 > [fe80::2]:2 rst len 9|83 02:00:00:00:00:0a 02:00:00:00:00:0b ip6.tcp [fe80::1]:1 [fe80::2]:2 R,seq=0,win=64240,ttl=64
	icmp 10.0.0.2 > 192.0.2.2 via 10.0.0.1 id 7 seq 9 len 56|98 02:00:0a:00:00:02 02:00:0a:00:00:01 ip.icmp 10.0.0.2 192.0.2.2 echo-request,id=7,seq=9,ttl=64
	icmp 10.0.0.2 > 10.0.0.3 unreachable code 4 mtu 1400|42 02:00:0a:00:00:02 02:00:0a:00:00:03 ip.icmp 10.0.0.2 10.0.0.3 unreachable,code=4,ttl=64
	icmp6 2001:db8::1 > 2001:db8::2 echo-reply id 1 seq 2|62 02:00:00:00:00:01 02:00:00:00:00:02 ip6.icmp6 2001:db8::1 2001:db8::2 echo-reply,id=1,seq=2,ttl=64
	icmp6 fe80::1 > ff02::1:ff00:2 neighbor-solicit fe80::2|86 02:00:00:00:00:01 33:33:ff:00:00:02 ip6.icmp6 fe80::1 ff02::1:ff00:2 neighbor-solicit,target=fe80::2,ttl=255
	icmp6 fe80::2 > fe80::1 neighbor-advert fe80::2 lladdr 02:00:00:00:00:77|86 02:00:00:00:00:02 02:00:00:00:00:01 ip6.icmp6 fe80::2 fe80::1 neighbor-advert,target=fe80::2,ttl=255
	icmp6 fe80::1 > ff02::2 router-solicit|70 02:00:00:00:00:01 33:33:00:00:00:02 ip6.icmp6 fe80::1 ff02::2 router-solicit,code=0,ttl=255
	icmp6 fe80::1 > ff02::1 router-advert|78 02:00:00:00:00:01 33:33:00:00:00:01 ip6.icmp6 fe80::1 ff02::1 router-advert,code=0,ttl=255
	icmp6 2001:db8::1 > 2001:db8::2 packet-too-big mtu 1280 tos 8|62 02:00:00:00:00:01 02:00:00:00:00:02 ip6.icmp6 2001:db8::1 2001:db8::2 packet-too-big,code=0,tos=8,ttl=64
	ip 10.0.0.1 > 10.0.0.2 proto 47 hex 00000800|38 02:00:0a:00:00:01 02:00:0a:00:00:02 ip.47 10.0.0.1 10.0.0.2 ttl=64
	ip 10.0.0.1 > 10.0.0.2 proto 17 frag 1480+ len 8|42 02:00:0a:00:00:01 02:00:0a:00:00:02 ip.udp 10.0.0.1 10.0.0.2 frag=1480+,ttl=64
	arp who-has 10.0.0.1 tell 10.0.0.2|42 02:00:0a:00:00:02 ff:ff:ff:ff:ff:ff arp 10.0.0.2 10.0.0.1 who-has
	arp who-has 10.0.0.1 tell 10.0.0.2 len 18|60 02:00:0a:00:00:02 ff:ff:ff:ff:ff:ff arp 10.0.0.2 10.0.0.1 who-has
	arp reply 10.0.0.1 is-at 02:aa:00:00:00:01 to 10.0.0.2|42 02:aa:00:00:00:01 02:00:0a:00:00:02 arp 10.0.0.1 10.0.0.2 reply,is-at=02:aa:00:00:00:01
	eth 02:00:00:00:00:01 > 01:80:c2:00:00:0e type 0x88cc hex 0207|16 02:00:00:00:00:01 01:80:c2:00:00:0e 0x88cc - - -
	T
}

@test "every kind of packet, as text shows it" {
	n=0
	while IFS='|' read -r what columns; do
		run stdpkt make "$what"
		[ "$status" = 0 ]
		got=$(grep -v '^#' <<<"$output" | cut -d ' ' -f 4,6-11)
		[ "$got" = "$columns" ] || { printf '%s\nis   %s\nwant %s\n' "$what" "$got" "$columns"; return 1; }
		n=$((n + 1))
	done < <(table)
	[ $n = 22 ]
}

@test "tshark finds every checksum right and every packet well-formed, and the one that is to be wrong wrong" {
	need tshark
	check='tshark -n -r - -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE -o ip.defragment:TRUE -T fields'
	check="$check -e ip.checksum.status -e tcp.checksum.status -e udp.checksum.status -e icmp.checksum.status -e icmpv6.checksum.status"
	table | cut -d '|' -f 1 | stdpkt make -o pcapng >"$T/all.pcapng"
	stdpkt make -o pcapng 'udp 10.0.0.1:1 > 10.0.0.2:2 len 4000 frags 1480' 'udp [fe80::1]:1 > [fe80::2]:2 len 4000 frags 1232' \
		'icmp 10.0.0.1 > 10.0.0.2 len 999 frags 504' >"$T/frags.pcapng"
	run sh -c "$check <'$T/all.pcapng' 2>/dev/null | tr -s '\t' '\n' | sort | uniq -c"
	has "$output" '^ +[0-9]+ Good$|^ +[0-9]+ 1$'
	has_not "$output" 'Bad|^ +[0-9]+ 0$'
	run sh -c "tshark -n -r '$T/all.pcapng' -Y '_ws.malformed and not (mdns or dns or lldp or icmpv6.type == 2)' 2>/dev/null" # whose payloads are made up
	[ -z "$output" ]
	run sh -c "$check <'$T/frags.pcapng' 2>/dev/null | cut -f 2- | grep -c 1"
	[ "$output" = 3 ]
	run sh -c "tshark -n -r '$T/frags.pcapng' -Y 'ip.reassembled.length == 4008 || ipv6.reassembled.length == 4008 || ip.reassembled.length == 1007' 2>/dev/null | wc -l"
	[ "$output" = 3 ]
	for p in 'tcp 10.0.0.1:1 > 10.0.0.2:2' 'udp [fe80::1]:1 > [fe80::2]:2' 'icmp 10.0.0.1 > 10.0.0.2' 'icmp6 fe80::1 > fe80::2'; do
		run sh -c "stdpkt make -o pcapng '$p badsum' | $check 2>/dev/null | cut -f 2-"
		has "$output" '(^|	)0(	|$)'
	done
}

@test "count, interval and time; -w waits" {
	run stdpkt make 'icmp 10.0.0.2 > 10.0.0.1 count 3 interval 0.25 time 1000.5 seq 65535 ipid 4'
	[ "$(cut -d ' ' -f 1,11 <<<"$output" | tail -n 3)" = '1000.500000000 echo-request,id=0,seq=65535,ttl=64
1000.750000000 echo-request,id=0,seq=0,ttl=64
1001.000000000 echo-request,id=0,seq=1,ttl=64' ]
	before=$(date +%s%N)
	run stdpkt make -w 'arp who-has 10.0.0.1 tell 10.0.0.2 count 3 interval 100ms'
	[ "$(grep -c ' who-has ' <<<"$output")" = 3 ]
	[ $((($(date +%s%N) - before) / 1000000)) -ge 200 ]
}

@test "descriptions from stdin, live, and from a file with comments" {
	printf '# two\n\ntcp 1.2.3.4:5 > 1.2.3.5:6\n  udp 1.2.3.4:5 > 1.2.3.5:6 "#"\nudp 1\n' >"$T/d"
	run --separate-stderr stdpkt make -f "$T/d"
	[ "$status" = 1 ]
	[ "$(grep -c ' ip\.' <<<"$output")" = 2 ]
	[ "${stderr_lines[0]}" = "stdpkt make: $T/d: line 5: ADDRESS:PORT is expected here, for IPv6 [ADDRESS]:PORT" ]
	sh_run 'mkfifo in; stdpkt make <in >out & exec 3>in; echo "arp who-has 10.0.0.1 tell 10.0.0.2" >&3
		wait_for 10 grep -q who-has out; echo "found $?"; exec 3>&-; wait'
	has "$output" '^found 0$'
}

@test "an error names what is expected, and a caret is under the word" {
	while IFS='|' read -r what word why; do
		run --separate-stderr stdpkt make "$what"
		[ "$status" = 1 ]
		before=${what%%"$word"*}
		[ -n "$word" ] || before=$what
		carets=$(printf '%*s%s' ${#before} '' "$(sed 's/./^/g' <<<"${word:-x}")")
		[ "${stderr_lines[0]}" = "stdpkt make: $why" ] && [ "${stderr_lines[1]}" = "  $what" ] && [ "${stderr_lines[2]}" = "  $carets" ] ||
			{ printf '%s\n' "${stderr_lines[@]}"; return 1; }
	done <<-'T'
	tcp 10.0.0.5:99999 > 192.0.2.2:22 syn|99999|not a port (0 to 65535)
	tcp 10.0.0.5:4000 > 192.0.2.2 syn|192.0.2.2|ADDRESS:PORT is expected here, for IPv6 [ADDRESS]:PORT
	tcp 10.0.0.5:4000||'>' is expected here
	udp [fe80::1]:1 > 10.0.0.1:2|10.0.0.1:2|an IPv6 address is expected here
	udp [fe80::1] > [fe80::2]:2|[fe80::1]|[ADDRESS]:PORT is expected here
	icmp 10.0.0.1:5 > 10.0.0.2|10.0.0.1:5|an IPv4 address is expected here
	icmp6 10.0.0.1 > fe80::1|10.0.0.1|an IPv6 address is expected here
	icmp 10.0.0.1 > 10.0.0.2 ttl 256|256|a number up to 255 is expected here
	icmp 10.0.0.1 > 10.0.0.2 ttl||a number up to 255 is expected here
	icmp 10.0.0.1 > 10.0.0.2 syn|syn|'syn' is no word for such a packet
	icmp6 fe80::1 > fe80::2 neighbor-solicit 1.2.3.4|1.2.3.4|an IPv6 address is expected here
	vlan 4096 tcp 1.2.3.4:5 > 1.2.3.4:6|4096|a number up to 4095 is expected here
	eth 02:00 > 02:00:00:00:00:01 tcp|02:00|a MAC address (02:00:00:00:00:01) is expected here
	arp 10.0.0.1|10.0.0.1|'who-has' or 'reply' is expected here
	tcpdump|tcpdump|tcp, udp, icmp, icmp6, ip or arp is expected here, before it eth, vlan, svlan
	udp 1.2.3.4:5 > 1.2.3.4:6 "abc|"abc|the closing quote is missing
	udp 1.2.3.4:5 > 1.2.3.4:6 "a\q"|"a\q"|after a backslash: n r t " \ or xNN
	udp 1.2.3.4:5 > 1.2.3.4:6 hex 0|0|an even number of hex digits is expected here
	udp 1.2.3.4:5 > 1.2.3.4:6 interval fast|fast|seconds (0.5), or a number with ms or us, are expected here
	udp [fe80::1]:1 > [fe80::2]:2 df|df|IPv6 has no such flag
	T
}

@test "a made packet through a rule set" {
	printf '%s\n' '*filter' '-A FORWARD -p tcp --dport 23 -j DROP' COMMIT >"$T/rules.v4"
	sh_run 'stdpkt make "tcp 192.0.2.9:4000 > 192.0.2.2:22 syn" "tcp 192.0.2.9:4000 > 192.0.2.2:23 syn" | pfilter.sh -f $T/rules.v4 | stdpkt cat'
	ok
	[ "$(grep -c ' ip.tcp ' <<<"$output")" = 1 ]
	has "$output" ' ip\.tcp 192\.0\.2\.9:4000 192\.0\.2\.2:22 S,'
}
