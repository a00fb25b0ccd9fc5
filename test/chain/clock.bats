#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/clock.bats - the packets' clock: time is that of the capture, and the same seed gives the same bytes

load helper

netem() {
	cat >"$T/netem.sh" <<-'E'
		set -e
		ip link add name br0 type bridge stp_state 0 mcast_snooping 0
		ip link set left master br0; ip link set right master br0; ip link set br0 up
		ip link set left type bridge_slave learning off
		tc qdisc add dev right root netem delay 50ms 20ms loss 10% duplicate 5%
	E
}

@test "same input, same seed, the packets' clock: the same bytes through netem; another seed: others" {
	netem
	sh_run 'for s in 7 7 8; do stdpkt run --clock packets --seed $s netem.sh <$CAPTURES/traffic/skype.pcap | sha256sum; done'
	[ "$status" = 0 ]
	[ "${lines[0]}" = "${lines[1]}" ]
	[ "${lines[0]}" != "${lines[2]}" ]
}

@test "the packets' clock: what waits in netem leaves at its own time, minutes of capture in less than it took" {
	netem
	sh_run 'stdpkt run -n x --clock packets --seed 7 -o text netem.sh <$CAPTURES/traffic/skype.pcap | awk "!/^#/ { print \$1 }" >times
		stdpkt cat $CAPTURES/traffic/skype.pcap | awk "!/^#/ { print \$1 }" | sed -n "1p;\$p" >in
		awk "NR == FNR { t[NR] = \$1; next } { if (!n++) first = \$1; last = \$1 }
			END { print (first > t[1] && first < t[2] && last > t[2] - 5 && last < t[2] + 1) ? \"good\" : \"bad\" first \" \" last }" in times'
	[ "$status" = 0 ]
	[ "$output" = good ]
}

@test "what expires by timers that wake nobody has expired for the packet that asks: hashlimit, an nft set with a size" {
	printf '%s\n' '*filter' ':FORWARD DROP' '-A FORWARD -m hashlimit --hashlimit-upto 1/min --hashlimit-burst 1 --hashlimit-mode srcip --hashlimit-name h --hashlimit-htable-expire 1000 -j ACCEPT' COMMIT >"$T/limit.v4"
	sh_run 'stdpkt make "udp 10.0.0.1:1 > 10.0.0.2:2 count 10 interval 3 time 1700000000" |
		stdpkt run --clock packets --seed 1 $(command -v pfilter.sh) -f limit.v4 | grep -c ip.udp'
	[ "$output" = 10 ]
	cat >"$T/set.sh" <<-'E'
		ip link add br0 type bridge mcast_snooping 0; for p in left right; do ip link set $p master br0; done; ip link set br0 up
		nft 'table bridge t { set s { type ipv4_addr; flags dynamic,timeout; timeout 1s; gc-interval 1s; size 1; }; chain f { type filter hook forward priority 0; policy drop; update @s { ip saddr } accept; }; }'
	E
	sh_run 'for i in 1 2 3 4 5 6 7 8; do echo "udp 10.0.0.$i:1 > 1.2.3.4:1 time $((1700000000 + 10 * i))"; done | stdpkt make |
		stdpkt run --clock packets --seed 1 set.sh | grep -c ip.udp'
	[ "$output" = 8 ]
}
