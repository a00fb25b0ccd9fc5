#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/cat.bats - stdpkt cat beside the tools: filters as tcpdump has them, formats as their own programs write them
load helper

ok() {
	[ "$status" = 0 ]
}

# What tcpdump shows of the packets, without their link headers.
@test "stdpkt cat -f: the packets that tcpdump picks, for many expressions and captures" {
	need tcpdump
	sh_run 'while read -r expr; do
		for f in imap.pcap dhcp.pcap sip.pcapng vxlan.pcap icmpv6.pcap ipv6_ext_headers.pcap traffic/QinQpacket.pcap traffic/ip_fragmented_garbage.pcap traffic/ftp.pcap; do
			theirs=$(tcpdump -nr $CAPTURES/$f "$expr" 2>/dev/null | cksum)
			ours=$(stdpkt cat -o pcap -f "$expr" $CAPTURES/$f | tcpdump -nr - 2>/dev/null | cksum)
			[ "$theirs" = "$ours" ] || { echo "$f: $expr" >&2; exit 1; }
			n=$((${n:-0} + $(stdpkt cat -f "$expr" $CAPTURES/$f | grep -vc "^#")))
		done
	done <<-E
		tcp
		udp port 53 or port 5060
		tcp[tcpflags] & (tcp-syn|tcp-fin) != 0
		net 10.0.0.0/8 and not port 143
		vlan and ip
		ip6 and icmp6
		ip[6:2] & 0x1fff != 0
		greater 500
		ether broadcast or ether host 00:15:17:24:cd:65
		host 10.40.4.2 and (port 143 or port 67)
		src portrange 1-1023
		less 64 and not arp
	E
	echo "packets $n" >&2'
	ok
	has "$stderr" '^packets [0-9]{3}'
}

@test "stdpkt cat -f: names of ports and protocols, directions, and what is no expression" {
	[ -f /etc/services ] || skip "no /etc/services on this machine"
	sh_run 'stdpkt cat -f "port imap2" $CAPTURES/imap.pcap | grep -vc "^#"
		stdpkt cat -f "outbound" $CAPTURES/imap.pcap | grep -vc "^#"
		stdpkt cat $CAPTURES/imap.pcap | sed "s/ - - / - out /;3s/ out / in /" | stdpkt cat -f "outbound" | grep -vc "^#"
		stdpkt cat -f "port port" $CAPTURES/imap.pcap; echo "status $?" >&2'
	has "$output" '^33$'
	has "$output" '^0$'
	has "$output" '^32$'
	has "$stderr" "^stdpkt cat: filter 'port port': .*syntax error.*try 'stdpkt cat --help'"
	[ "$(statuses)" = 100 ]
}

@test "stdpkt cat -f: live, a packet comes out before the next is there" {
	sh_run 'mkfifo in; stdpkt cat -f tcp <in >out & exec 3>in
		stdpkt cat $CAPTURES/imap.pcap >all; sed -n 2p all >&3
		wait_for 10 grep -q ip.tcp out; echo "found $?"; exec 3>&-; wait'
	ok
	has "$output" '^found 0$'
}

@test "hex dumps of od, xxd, hexdump and tcpdump are packets again" {
	need od xxd hexdump tcpdump
	sh_run 'stdpkt cat $CAPTURES/imap.pcap | grep -v "^#" | cut -d " " -f 12 >hex
		while read -r line; do printf %s "$line" | xxd -r -p >frame
			od -A x -t x1 -v frame >>od; xxd frame >>xxd; hexdump -C -v frame >>hexdump; xxd -g 1 -c 24 frame >>xxd24; done <hex
		tcpdump -xx -nr $CAPTURES/imap.pcap >tcpdump 2>/dev/null
		for f in od xxd hexdump xxd24 tcpdump; do stdpkt cat -i hexdump $f | grep -v "^#" | cut -d " " -f 12 | cmp - hex && echo "same $f"; done'
	ok
	for f in od xxd hexdump xxd24 tcpdump; do has "$output" "^same $f$"; done
}

@test "a hex dump becomes the packet that text2pcap makes of it" {
	need text2pcap od
	sh_run 'head -c 66 $CAPTURES/arp.pcap | tail -c 42 >frame; od -A x -t x1 -v frame >dump
		text2pcap -q -F pcap dump theirs.pcap >/dev/null 2>&1
		stdpkt cat theirs.pcap | tail -1 | cut -d " " -f 12 >theirs; stdpkt cat -i hexdump dump | tail -1 | cut -d " " -f 12 >ours
		cmp theirs ours && wc -c <ours'
	ok
	[ "$output" = 85 ]
}

@test "QEMU's framing into an element and out of it, live: stdpkt cat on both sides" {
	text 01 02 | stdpkt cat -o qemu >"$T/in"
	sh_run 'mkfifo in.fifo; stdpkt cat -i qemu <in.fifo | bridge.sh | stdpkt cat -o qemu >out & exec 3>in.fifo; head -c 46 in >&3
		first() { [ "$(stat -c %s out)" = 46 ]; }; wait_for 20 first; echo "first $?"; tail -c 46 in >&3; exec 3>&-; wait; cmp in out && echo same'
	[ "$output" = "first 0"$'\n'same ]
}

@test "compressed captures, as the programs write them, from a file and through an element" {
	need gzip zstd lz4
	sh_run 'stdpkt cat $CAPTURES/imap.pcap >want
		for p in gzip zstd lz4; do $p -c <$CAPTURES/imap.pcap >$p; stdpkt cat $p | cmp - want && echo "same $p"; done
		stdpkt run --bare <gzip >/dev/null && echo element'
	ok
	for p in gzip zstd lz4 element; do has "$output" "^(same )?$p$"; done
}

@test "raw IP, BSD loopback and Linux cooked captures show the same packets as Ethernet" {
	need tcpdump
	sh_run 'for f in raw.pcap null.pcap cooked.pcap; do
			tcpdump -nr $CAPTURES/$f >a 2>/dev/null; stdpkt cat -o pcap $CAPTURES/$f | tcpdump -nr - >b 2>/dev/null
			[ -s a ] && cmp a b && echo "same $f"; done'
	ok
	for f in raw null cooked; do has "$output" "^same $f.pcap$"; done
}

@test "QEMU's and VDE's framing there and back" {
	sh_run 'stdpkt cat $CAPTURES/imap.pcap | grep -v "^#" | cut -d " " -f 12 >want
		for f in qemu vde; do stdpkt cat -o $f $CAPTURES/imap.pcap >$f; stdpkt cat -i $f $f | grep -v "^#" | cut -d " " -f 12 | cmp - want && echo "same $f"; done
		stdpkt cat -i nonsense; echo "status $?" >&2'
	has "$output" '^same qemu$'
	has "$output" '^same vde$'
	has "$stderr" "no input format 'nonsense' \(text, pcapng, pcap, qemu, vde, etherpipe, hexdump, trafgen\)"
	[ "$(statuses)" = 100 ]
}

@test "tshark sees directions, drops, ids, queues, verdicts and comments that text was given, and interfaces" {
	need tshark
	sh_run 'printf "%s\n" "# hello" "1.000000007 a.1 out 60 drops=3,id=77,queue=2,verdict=xdp:2 - - - - - - 0200000000010200000000020800" \
			"2 b.1 in 14 - - - - - - - 0200000000010200000000020800" | stdpkt cat -o pcapng >x.pcapng
		tshark -n -r x.pcapng -T fields -e frame.number -e frame.interface_name -e frame.packet_flags_direction -e frame.packet_id \
			-e frame.interface_queue -e frame.verdict.ebpf_xdp -e frame.drop_count -e frame.time_epoch -e frame.len 2>err; cat err >&2
		stdpkt cat -o pcapng $CAPTURES/sip.pcapng | tshark -n -r - -Y frame.comment -T fields -e frame.number -e frame.comment 2>/dev/null >ours
		[ -s ours ] && tshark -n -r $CAPTURES/sip.pcapng -Y frame.comment -T fields -e frame.number -e frame.comment 2>/dev/null | cmp - ours && echo comments'
	ok
	has "$output" '^1	a\.1	0x00000002	77	2	2	3	1\.000000007	60$'
	has "$output" '^2	b\.1	0x00000001					2\.000000000	14$'
	has "$output" '^comments$'
}
