#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/listen.bats - packet sockets with a mapped ring: tcpdump, tshark and programs of their kind listen in the guest
load helper

# LISTENER..., which writes a capture to f: 1,000 datagrams of growing length to port 9, read one by one so that none is lost before it
# is seen, with a look every 50 whether the listener keeps up, and one to port 10. What tcpdump reads in f of port 9 to stdout, after the listener's last words.
cat_scripts() {
	cat >"$T/send.py" <<-'P'
		import os, socket, time
		s, r = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
		r.bind(("127.0.0.1", 9))
		size, until = 0, time.time() + 30
		for i in range(1000):
		    s.sendto(bytes(i), r.getsockname()); r.recv(2000)
		    while i % 50 == 49 and os.stat("f").st_size == size and time.time() < until: time.sleep(0.001)
		    if i % 50 == 49: size = os.stat("f").st_size
		s.sendto(b"", ("127.0.0.1", 10))
	P
	cat >"$T/heard.sh" <<-'S'
		ip link set lo up; rm -f f err
		"$@" 2>err & p=$!
		wait_for 10 grep -qE 'listening on|^File:' err; python3 $T/send.py
		last() { ! kill -0 $p 2>/dev/null || tcpdump -nr f 2>/dev/null | grep -q 'length 999$'; }
		wait_for 10 last; kill -INT $p 2>/dev/null; wait $p || :
		grep -E 'captured|dropped' err; tcpdump -nr f 2>/dev/null | sed -n 's/.*127.0.0.1.9: .*length //p' | uniq >lengths
		[ "$(cat lengths)" = "$(seq 0 999)" ] && echo all
	S
}

@test "tcpdump hears every datagram that its filter wants: by blocks, by frames, on any interface, with a small ring" {
	need tcpdump python3
	cat_scripts
	local opt
	for opt in "-i lo" "--immediate-mode -i lo" "-i any" "-i lo -B 512 -s 96"; do
		sh_run "stdpkt shell bash \$T/heard.sh tcpdump -U -w f $opt udp port 9"
		has "$output" '^all$'
		has "$output" '^0 packets dropped by kernel$'
	done
}

@test "dumpcap hears them, too, and tshark shows what comes" {
	need dumpcap tshark tcpdump python3
	[ -x "$(command -v dumpcap)" ] || skip "dumpcap is for a group of its own here"
	cat_scripts
	sh_run 'stdpkt shell bash $T/heard.sh dumpcap -P -c 1000 -i lo -w f -f "udp port 9"'
	has "$output" '^all$'
	sh_run 'stdpkt shell -p 1 bash -c "ip addr add 192.0.2.1/24 dev p0; tshark -lni lo -c 2 -f icmp 2>err & p=\$!; wait_for 10 grep -q Capturing err
		until ! kill -0 \$p 2>/dev/null; do ping -qc 1 192.0.2.1 >/dev/null; done"'
	has "$output" ' 192\.0\.2\.1 .* Echo \(ping\) request '
}

@test "dumpcap ends in time also when there was a packet: select looks whether its ring is empty" {
	need dumpcap
	[ -x "$(command -v dumpcap)" ] || skip "dumpcap is for a group of its own here"
	sh_run -t 20 'stdpkt shell bash -c "ip link set lo up; dumpcap -q -i lo -a duration:2 -w f 2>err & wait_for 10 grep -q ^File: err; ping -qc 1 127.0.0.1 >/dev/null
		wait \$!; echo ended \$?"'
	has "$output" '^ended 0$'
}

@test "a VLAN tag is shown, which the card has taken off" {
	need tcpdump
	sh_run 'stdpkt shell bash -c "ip link add v type veth peer name w; ip link add link v name v5 type vlan id 5; for i in v w v5; do ip link set \$i up; done
		ip addr add 192.0.2.1/24 dev v5; ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:09 dev v5; tcpdump -c 1 -nei w ether dst 02:00:00:00:00:09 2>err & p=\$!; wait_for 10 grep -q ^listening err; ping -c 1 192.0.2.2 >/dev/null & wait \$p"'
	has "$output" 'ethertype 802\.1Q \(0x8100\), length [0-9]+: vlan 5, .* 192\.0\.2\.1 > 192\.0\.2\.2: ICMP echo request'
}

@test "the interface goes away while tcpdump listens: it says so, and ends" {
	need tcpdump
	sh_run 'stdpkt shell bash -c "ip link add d0 type dummy; ip link set d0 up; tcpdump -ni d0 2>err & p=\$!; wait_for 10 grep -q ^listening err
		ip link del d0; wait \$p; echo \"ended \$?\"; cat err"'
	has "$output" '^ended 1$'
	has "$output" 'interface (went down|disappeared)'
}

@test "stdpkt exec tcpdump: what a running element has to do with" {
	need tcpdump
	sh_run 'ping.sh -c 1000 -i 0.02 2>ping | nat.sh | host.sh & wait_for 20 grep -q seq= ping
		stdpkt exec nat -- tcpdump -c 2 -nei left icmp; stdpkt exec nat -- tcpdump -c 2 -Q out -ni any icmp; kill $!; wait'
	has "$output" ' 02:00:0a:00:00:02 > 02:00:0a:00:00:01, .* 10\.0\.0\.2 > 192\.0\.2\.2: ICMP echo request'
	has "$output" ' right Out IP 192\.0\.2\.1 > 192\.0\.2\.2: ICMP echo request'
}

@test "a ring of each version by hand: packets, their places, room given back; poll and epoll sleep when it is empty" {
	need python3
	cat >"$T/ring.py" <<-'P'
		import mmap, select, socket, struct, sys, time
		PACKET_RX_RING, PACKET_VERSION, USER = 5, 10, 1
		version = int(sys.argv[1])
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
		if version: s.setsockopt(263, PACKET_VERSION, version)
		req = struct.pack("7I", 16384, 4, 2048, 32, 10, 0, 0)
		for bad in (b"", struct.pack("4I", 100, 4, 2048, 32), struct.pack("4I", 16384, 4, 2048, 31), struct.pack("4I", 16384, 4, 8, 8192)):
		    try: s.setsockopt(263, PACKET_RX_RING, bad); sys.exit("taken: %r" % bad)
		    except OSError: pass
		try: mmap.mmap(s.fileno(), 65536); sys.exit("mapped without a ring")
		except OSError: pass
		s.setsockopt(263, PACKET_RX_RING, req)
		try: mmap.mmap(s.fileno(), 65536 + 4096); sys.exit("mapped more")
		except OSError: pass
		ring = mmap.mmap(s.fileno(), 65536)
		s.bind(("lo", 0x0800))
		out, taker = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
		taker.bind(("127.0.0.1", 0))
		got, at, sent = [], 0, 0
		def packets(at):
		    "packets of slot at, which is given back; None: it is not ours"
		    if version == 2: # blocks
		        base = at * 16384
		        st, n, first = struct.unpack_from("3I", ring, base + 8)
		        if not st & USER: return None
		        found, where = [], base + first
		        for _ in range(n):
		            nxt, sec, nsec, snap, length, _, mac, net = struct.unpack_from("6I2H", ring, where)
		            found.append((snap, length, net - mac, bytes(ring[where + mac:where + mac + snap])))
		            assert abs(sec + nsec / 1e9 - time.time()) < 60
		            where += nxt
		        ring[base + 8:base + 12] = bytes(4)
		        return found
		    base = at * 2048
		    if version == 1:
		        st, length, snap, mac, net = struct.unpack_from("3I2H", ring, base)
		    else:
		        st, length, snap, mac, net = struct.unpack_from("Q2I2H", ring, base)
		    if not st & USER: return None
		    found = [(snap, length, net - mac, bytes(ring[base + mac:base + mac + snap]))]
		    ring[base:base + 4] = bytes(4)
		    return found
		slots = 4 if version == 2 else 32
		poll = select.poll(); poll.register(s, select.POLLIN)
		while len(got) < 600:
		    if not (found := packets(at)):
		        for _ in range(25 if sent < 600 else 0): # twice that come: more frames than there are
		            out.sendto(b"%03d" % sent + bytes(sent), taker.getsockname()); taker.recv(2000); sent += 1
		        assert poll.poll(10000), "nothing comes"
		        continue
		    got += found; at = (at + 1) % slots
		    got = [p for i, p in enumerate(got) if i == 0 or p[3] != got[i - 1][3]] # lo shows a packet on its way out, and in
		for i, (snap, length, maclen, data) in enumerate(got):
		    assert (snap, length, maclen) == (45 + i, 45 + i, 14) and data[42:45] == b"%03d" % i and data[45:] == bytes(i), (i, snap, length, maclen)
		while packets(at): at = (at + 1) % slots
		ep = select.epoll(); ep.register(s, select.EPOLLIN)
		assert not poll.poll(0)
		until = time.time() + 10
		while ep.poll(0): assert time.time() < until, "readable for ever"
		out.sendto(b"x", taker.getsockname()); assert ep.poll(10), "epoll is not told"
		ring.close(); s.setsockopt(263, PACKET_RX_RING, struct.pack("7I", *[0] * 7)); s.close()
		print("version", version, "is right")
	P
	sh_run 'stdpkt shell bash -c "ip link set lo up; for v in 0 1 2; do python3 \$T/ring.py \$v; done"'
	[ "$(grep -c 'is right$' <<<"$output")" = 3 ]
}
