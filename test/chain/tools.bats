#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/tools.bats - Debian's own tools, unmodified, against the guest's kernel: each does its job and shows that it did
load helper

ok() {
	[ "$status" = 0 ]
}

@test "ip: addresses, routes, rules, links of all kinds, neighbours, statistics, JSON" {
	guest_run 'ip addr add 192.0.2.1/24 dev left
		ip route add 198.51.100.0/24 via 192.0.2.9 table 7
		ip rule add from 10.0.0.0/8 table 7
		ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev left
		ip link add v0 type veth peer name v1
		ip link add link left name left.5 type vlan id 5
		ip link add name br7 type bridge
		ip -br addr show dev left; ip route show table 7; ip rule; ip neigh; ip -br link; ip -d link show dev left.5; ip -s link show dev left
		ip -j -4 addr show dev left; ip route get 192.0.2.77'
	ok
	has "$stderr" '^left +UP +192\.0\.2\.1/24'
	has "$stderr" '^198\.51\.100\.0/24 via 192\.0\.2\.9 dev left'
	has "$stderr" '^[0-9]+:.*from 10\.0\.0\.0/8 lookup 7'
	has "$stderr" '^192\.0\.2\.9 dev left lladdr 02:00:00:00:00:09 PERMANENT'
	has "$stderr" '^v0@v1 '
	has "$stderr" 'vlan protocol 802\.1Q id 5'
	has "$stderr" '^br7 '
	has "$stderr" '"local":"192\.0\.2\.1"'
	has "$stderr" '^192\.0\.2\.77 dev left src 192\.0\.2\.1'
}

@test "ip: an error of the kernel is said in ip's own words" {
	guest_run 'ip addr add 192.0.2.1/24 dev left; ip addr add 192.0.2.1/24 dev left'
	[ "$status" = 2 ]
	has "$stderr" '^(RTNETLINK answers|Error): .*(File exists|already assigned)'
}

@test "iptables-legacy: matches, targets, counters, user chains" {
	guest_run 'iptables-legacy -N LOGGED
		iptables-legacy -A LOGGED -m limit --limit 5/min -j LOG --log-prefix "x: "
		iptables-legacy -A FORWARD -p tcp -m multiport --dports 22,80:90 -m conntrack --ctstate NEW -m comment --comment "a b" -j LOGGED
		iptables-legacy -A FORWARD -m string --algo bm --string secret -j REJECT --reject-with icmp-admin-prohibited
		iptables-legacy -t mangle -A PREROUTING -m statistic --mode nth --every 3 --packet 0 -j MARK --set-mark 0x7
		iptables-legacy -t nat -A POSTROUTING -o right -j SNAT --to-source 192.0.2.1-192.0.2.9
		iptables-legacy -t raw -A PREROUTING -p udp -j CT --notrack
		for t in filter mangle nat raw; do iptables-legacy -t $t -S; done; iptables-legacy -L FORWARD -nv --line-numbers'
	ok
	has "$stderr" '^-A FORWARD -p tcp -m multiport --dports 22,80:90 -m conntrack --ctstate NEW -m comment --comment "a b" -j LOGGED$'
	has "$stderr" '^-A FORWARD -m string --string "?secret"? --algo bm.* -j REJECT --reject-with icmp-admin-prohibited$'
	has "$stderr" '^-A PREROUTING -m statistic --mode nth --every 3.* -j MARK --set-xmark 0x7/0xffffffff$'
	has "$stderr" '^-A POSTROUTING -o right -j SNAT --to-source 192\.0\.2\.1-192\.0\.2\.9$'
	has "$stderr" '^-A PREROUTING -p udp -j CT --notrack$'
	has "$stderr" '^1 +0 +0 LOGGED'
}

@test "ip6tables-legacy; ebtables-nft and arptables-nft" {
	guest_run 'ip6tables-legacy -A FORWARD -p ipv6-icmp --icmpv6-type echo-request -m hl --hl-lt 5 -j DROP; ip6tables-legacy -S
		arptables-nft -A INPUT --opcode Request -j ACCEPT; arptables-nft -S; ebtables-nft -A FORWARD -p 802_1Q -j DROP; ebtables-nft -L'
	ok
	has "$stderr" '^-A FORWARD -p ipv6-icmp -m icmp6 --icmpv6-type 128 -m hl --hl-lt 5 -j DROP$'
	has "$stderr" '^-A INPUT .*--opcode (1|Request)'
	has "$stderr" '^-p 802_1Q -j DROP'
}

@test "iptables-nft: the same rules by nf_tables" {
	guest_run 'iptables-nft -A FORWARD -p tcp -m multiport --dports 22,80:90 -m conntrack --ctstate NEW -j ACCEPT
		iptables-nft -t nat -A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 10.0.0.2:80
		ip6tables-nft -A INPUT -s 2001:db8::/32 -j DROP
		iptables-nft -S; iptables-nft -t nat -S; ip6tables-nft -S; nft list tables'
	ok
	has "$stderr" '^-A FORWARD -p tcp -m multiport --dports 22,80:90 -m conntrack --ctstate NEW -j ACCEPT$'
	has "$stderr" '^-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10\.0\.0\.2:80$'
	has "$stderr" '^-A INPUT -s 2001:db8::/32 -j DROP$'
	has "$stderr" '^table ip nat$'
}

@test "iptables-save | iptables-restore: what was saved comes back, legacy and nft" {
	for v in legacy nft; do
		guest_run "iptables-$v -A INPUT -s 10.0.0.0/8 -p udp --dport 53 -j ACCEPT
			iptables-$v -P FORWARD DROP
			iptables-$v -t nat -A POSTROUTING -o right -j MASQUERADE
			iptables-$v-save >\$T/one; iptables-$v -F; iptables-$v -P FORWARD ACCEPT; iptables-$v -t nat -F
			iptables-$v-restore <\$T/one; iptables-$v-save >\$T/two
			iptables-$v-restore --test <\$T/one
			grep -v '^#' \$T/one; diff -I '^#' \$T/one \$T/two && echo same"
		ok
		has "$stderr" '^:FORWARD DROP \[0:0\]$'
		has "$stderr" '^-A POSTROUTING -o right -j MASQUERADE$'
		has "$stderr" '^same$'
	done
}

@test "30,000 rules load by iptables-legacy-restore" {
	awk 'BEGIN { print "*filter"; for (i = 0; i < 30000; i++) printf "-A FORWARD -s 10.%d.%d.%d/32 -j DROP\n", i / 65536, i / 256 % 256, i % 256; print "COMMIT" }' >"$T/rules"
	guest_run 'iptables-legacy-restore <$T/rules; iptables-legacy -S FORWARD | wc -l; iptables-legacy -S FORWARD | tail -1'
	ok
	has "$stderr" '^30001$'
	has "$stderr" '^-A FORWARD -s 10\.0\.117\.47/32 -j DROP$'
}

@test "nft: all families, sets, maps, counters; a listed ruleset loads again" {
	cat >"$T/all.nft" <<-'N'
		table ip f4 {
			set hosts { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.0.2.7 }; }
			map ports { type inet_service : verdict; elements = { 22 : accept, 23 : drop }; }
			counter seen { }
			chain in {
				type filter hook input priority 0; policy accept;
				ip saddr @hosts counter name seen tcp dport vmap @ports
			}
			chain post {
				type nat hook postrouting priority 100;
				oifname "right" masquerade
			}
		}
		table ip6 f6 {
			chain in { type filter hook input priority 0; ip6 saddr fe80::/10 accept; }
		}
		table inet fi {
			chain forward { type filter hook forward priority 0; ct state invalid drop; limit rate 5/second burst 9 packets accept; }
		}
		table arp fa {
			chain in { type filter hook input priority 0; arp operation request accept; }
		}
		table bridge fb {
			chain forward { type filter hook forward priority 0; ether type vlan vlan id 5 drop; }
		}
		table netdev fn {
			chain in { type filter hook ingress device "left" priority 0; ip protocol udp accept; }
		}
	N
	guest_run 'nft -f $T/all.nft; nft list ruleset >$T/one; nft flush ruleset; nft -f $T/one; nft list ruleset >$T/two
		cat $T/one; diff $T/one $T/two && echo same; nft -j list counters; nft get element ip f4 hosts "{ 10.1.2.3 }"'
	ok
	has "$stderr" '^same$'
	for t in 'ip f4' 'ip6 f6' 'inet fi' 'arp fa' 'bridge fb' 'netdev fn'; do has "$stderr" "^table $t "; done
	has "$stderr" 'elements = \{ 10\.0\.0\.0/8'
	has "$stderr" '"counter": *\{.*"seen"'
}

@test "tc: netem, tbf, htb, fq_codel" {
	guest_run 'tc qdisc add dev left root netem delay 20ms 5ms loss 1% duplicate 1%
		tc qdisc add dev right root handle 1: htb default 10
		tc class add dev right parent 1: classid 1:10 htb rate 10mbit ceil 20mbit
		tc qdisc add dev right parent 1:10 handle 10: fq_codel limit 500
		ip link add v0 type veth peer name v1; ip link set v0 up
		tc qdisc add dev v0 root tbf rate 1mbit burst 32kbit latency 400ms
		tc qdisc; tc -s class show dev right'
	ok
	has "$stderr" '^qdisc netem [0-9a-f]+: dev left root .*delay 20ms +5ms loss 1% duplicate 1%'
	has "$stderr" '^qdisc htb 1: dev right root .*default 0x10'
	has "$stderr" '^qdisc fq_codel 10: dev right parent 1:10 limit 500p'
	has "$stderr" '^qdisc tbf [0-9a-f]+: dev v0 root .*rate 1Mbit'
	has "$stderr" '^class htb 1:10 root .*rate 10Mbit ceil 20Mbit'
}

@test "tc: flower, u32, mirred, police" {
	guest_run 'tc qdisc add dev left clsact
		tc filter add dev left ingress protocol ip pref 1 flower ip_proto tcp dst_port 80 action drop
		tc filter add dev left ingress protocol ip pref 2 u32 match ip dst 192.0.2.0/24 action mirred egress mirror dev right
		tc filter add dev left ingress protocol ip pref 3 flower src_ip 10.0.0.0/8 action police rate 1mbit burst 20k conform-exceed drop
		tc -s filter show dev left ingress'
	ok
	has "$stderr" '^ +dst_port 80$'
	has "$stderr" 'match c0000200/ffffff00 at 16'
	has "$stderr" 'mirred \(Egress Mirror to device right\)'
	has "$stderr" 'police 0x[0-9a-f]+ rate 1Mbit burst 20Kb'
	has "$stderr" 'gact action drop'
}

@test "conntrack: make an entry, list, change, count, delete" {
	guest_run 'conntrack -I -p udp -s 10.0.0.2 -d 192.0.2.2 --sport 1000 --dport 53 -t 100
		conntrack -U -p udp -s 10.0.0.2 -m 9
		conntrack -L; conntrack -C; conntrack -D -s 10.0.0.2; conntrack -C; conntrack -S'
	ok
	has "$stderr" '^udp +17 (99|100) src=10\.0\.0\.2 dst=192\.0\.2\.2 sport=1000 dport=53 .*mark=9'
	[ "$(grep -cE '^[01]$' <<<"$stderr")" = 2 ]
	has "$stderr" '^cpu=0 '
}

@test "conntrack -E: events arrive" {
	guest_run 'conntrack -E >$T/events 2>/dev/null & e=$!
		until grep -q DESTROY $T/events; do
			conntrack -I -p udp -s 10.0.0.9 -d 192.0.2.2 --sport 1 --dport 2 -t 9 >/dev/null 2>&1
			conntrack -D -s 10.0.0.9 >/dev/null 2>&1
		done
		kill $e; cat $T/events'
	ok
	has "$stderr" '\[NEW\] udp.*src=10\.0\.0\.9'
}

@test "ipset: sets of several kinds, iptables -m set, save and restore" {
	guest_run 'ipset create nets hash:net; ipset add nets 10.0.0.0/8; ipset add nets 192.0.2.0/24
		ipset create ports hash:ip,port timeout 100; ipset add ports 192.0.2.1,tcp:80
		ipset create v6 hash:ip family inet6; ipset add v6 2001:db8::1
		ipset test nets 10.1.2.3; ! ipset test nets 172.16.0.1
		iptables-legacy -A FORWARD -m set --match-set nets src -j DROP
		iptables-nft -A FORWARD -m set --match-set ports dst,dst -j ACCEPT
		ipset save >$T/one; iptables-legacy -F; iptables-nft -F; ipset destroy; ipset restore <$T/one; ipset list'
	ok
	has "$stderr" '10\.1\.2\.3 is in set nets'
	has "$stderr" '172\.16\.0\.1 is NOT in set nets'
	has "$stderr" '^Type: hash:ip,port$'
	has "$stderr" '^2001:db8::1$'
	has "$stderr" '^192\.0\.2\.1,tcp:80 timeout [0-9]+'
}

@test "ss: listening and connected sockets, with their programs" {
	need nc
	guest_run 'nc -lnk 127.0.0.1 7777 </dev/null & l=$!
		until ss -Htln | grep -q :7777; do :; done
		sleep 1000 | nc -n 127.0.0.1 7777 & c=$!
		until ss -Htn state established | grep -q :7777; do :; done
		ss -tln; ss -tni state established; ss -s; ss -unap; kill $l $c $(pgrep -P $$ sleep) || :'
	ok
	has "$stderr" '^LISTEN +0 +[0-9]+ +127\.0\.0\.1:7777'
	has "$stderr" '127\.0\.0\.1:7777 +127\.0\.0\.1:[0-9]+'
	has "$stderr" 'cwnd:'
	has "$stderr" '^TCP: '
}

@test "sysctl: read, write, list; /proc/sys/net by hand" {
	guest_run 'sysctl -w net.ipv4.ip_forward=1; sysctl net.ipv4.tcp_congestion_control
		sysctl -q net.netfilter.nf_conntrack_max=5000; cat /proc/sys/net/netfilter/nf_conntrack_max
		echo 77 >/proc/sys/net/ipv4/ip_default_ttl; sysctl -n net.ipv4.ip_default_ttl
		sysctl -a -r "^net.ipv4.conf.left.forwarding"; sysctl -e net.no.such.thing; ! sysctl net.no.such.thing'
	ok
	has "$stderr" '^net\.ipv4\.ip_forward = 1$'
	has "$stderr" '^net\.ipv4\.tcp_congestion_control = cubic$'
	has "$stderr" '^5000$'
	has "$stderr" '^77$'
	has "$stderr" '^net\.ipv4\.conf\.left\.forwarding = 1$'
	[ "$(cat /proc/sys/net/ipv4/ip_default_ttl)" != 77 ]
}

@test "dmesg and /dev/kmsg: the log is the guest's" {
	guest_run 'iptables-legacy -A OUTPUT -p icmp -j LOG --log-prefix "seen here: "; ping -n -c 1 127.0.0.1 >/dev/null
		dmesg >$T/log; grep -c "seen here: .*PROTO=ICMP" $T/log
		echo "<4>a line of ours" >/dev/kmsg; dmesg | tail -1'
	ok
	has "$stderr" '^[1-9][0-9]*$'
	has "$stderr" '^\[.*\] a line of ours$'
}

@test "ip tunnel: the old interface, for each kind of tunnel" {
	guest_run 'for m in gre ipip sit vti; do ip tunnel add t-$m mode $m local 192.0.2.1 remote 192.0.2.2; done
		for m in ip6ip6 ip6gre; do ip -6 tunnel add t-$m mode $m local 2001:db8::1 remote 2001:db8::2; done
		ip tunnel change t-gre mode gre local 192.0.2.1 remote 192.0.2.3; ip tunnel del t-sit; ip tunnel; ip -6 tunnel; ip -br link'
	ok
	has "$stderr" '^t-gre: gre/ip remote 192\.0\.2\.3 local 192\.0\.2\.1 '
	has "$stderr" '^t-ipip: ip/ip remote 192\.0\.2\.2 '
	has "$stderr" '^t-vti: ip/ip remote 192\.0\.2\.2 '
	has "$stderr" '^t-ip6gre: gre/ipv6 remote 2001:db8::2 '
	has "$stderr" '^t-ip6ip6: ip(v6)?/ipv6 remote 2001:db8::2 '
	has "$stderr" '^gre0'
	has_not "$stderr" '^t-sit'
}

@test "ping: v4 and v6 over the guest's loopback" {
	guest_run 'ping -n -c 2 -i 0.2 127.0.0.1; ping -n -c 2 -i 0.2 ::1; ! ping -n -c 1 -W 1 192.0.2.1'
	ok
	[ "$(grep -c '^2 packets transmitted, 2 received, 0% packet loss' <<<"$stderr")" = 2 ]
	has "$stderr" 'Network is unreachable|Network unreachable'
}

@test "the virtio card of the kernel's own passes the same: ethtool names it, the chain replies" {
	sh_run 'export STDPKT_NIC=virtio; ping.sh -c 3 -i 0.1 2>report | nat.sh | pfilter.sh | host.sh; echo "ethtool -i left" >e.sh
		stdpkt run e.sh 2>&1 >/dev/null; cat report'
	ok
	has "$output" '^driver: virtio_net$'
	has "$output" ' 3 received'
}

@test "cp, tar, a shell and python read files of the guest as the files that they are" {
	need python3
	sh_run 'cat >s.sh <<-"S"
		set -e
		cp /proc/net/dev dev; cp -a /sys/class/net/lo/mtu mtu; cp -r /proc/sys/net/ipv4/conf/lo conf; tar -cf tar /sys/class/net/lo/ifindex 2>/dev/null || :
		[ "$(stat -c "%s %a" mtu)" = "6 644" ]; cmp mtu /sys/class/net/lo/mtu; ls conf | grep -c . ; chmod -R u+w conf; grep -c lo: dev; tar -tf tar
		cat </proc/net/dev | grep -c lo:; exec 5</proc/net/dev; grep -c lo: <&5; ls -l /proc/self/fd/5
		while read -r a b; do case $a in lo:) echo "read $a" ;; esac; done </proc/net/dev
		python3 -c "import os; f = open(\"/proc/net/dev\"); print(os.path.samestat(os.fstat(f.fileno()), os.stat(f.name)), len(f.readlines()) > 2)"
	S
	stdpkt shell sh s.sh'
	ok
	[ "$(grep -c '^1$' <<<"$output")" = 3 ]
	has "$output" '^sys/class/net/lo/ifindex$'
	has "$output" '/fd/5 -> /memfd:guest .* /proc/net/dev '
	has "$output" '^read lo:$'
	has "$output" '^True True$'
}

@test "dnsmasq, for an ordinary user: a DHCP server in one namespace, udhcpc in another gets a lease; as root and as somebody else" {
	need dnsmasq busybox
	sh_run 'cat >d.sh <<-"S"
		set -e
		for n in a b; do ip netns add $n; done; ip link add v0 netns a type veth peer name v0 netns b
		ip -n a addr add 10.0.0.1/24 dev v0; for n in a b; do ip -n $n link set v0 up; done
		for mode in -d "-k -u nobody"; do
			ip netns exec a dnsmasq $mode --pid-file= --log-facility=- --port=0 --conf-file=/dev/null --interface=v0 \
				--dhcp-range=10.0.0.50,10.0.0.60 --dhcp-leasefile=leases 2>log & p=$!
			until ip netns exec a ss -Hlun | grep -q :67; do kill -0 $p || { cat log; exit 1; }; done
			ip netns exec b busybox udhcpc -n -q -f -i v0 -s /bin/true; kill $p; wait $p || :
		done 2>&1
	S
	stdpkt shell -r sh d.sh'
	ok
	[ "$(grep -c '^udhcpc: lease of 10\.0\.0\.[56][0-9] obtained from 10\.0\.0\.1' <<<"$output")" = 2 ]
}

@test "bridge: ports, fdb, VLANs" {
	guest_run 'ip link add name br0 type bridge vlan_filtering 1; ip link set left master br0; ip link set right master br0; ip link set br0 up
		bridge vlan add vid 10-12 dev left tagged; bridge fdb add 02:00:00:00:00:77 dev right master static
		bridge link set dev left isolated on
		bridge link; bridge vlan; bridge fdb show br br0; bridge -d link show dev left'
	ok
	has "$stderr" 'left: .*master br0 state forwarding'
	has "$stderr" '02:00:00:00:00:77 dev right .*static'
	has "$stderr" '(^| )(10-12|11)( |$)'
	has "$stderr" 'isolated on'
}

@test "ethtool: driver, features, statistics" {
	guest_run 'ethtool -i left; ethtool -k left; ethtool left; ethtool -K left gso off; ethtool -k left | sed "s/^gen/after gen/"'
	ok
	has "$stderr" '^driver: stdpkt$'
	has "$stderr" '^after generic-segmentation-offload: off'
	has "$stderr" 'Link detected: yes'
}

@test "TCP inside one element, 20 times a megabyte each way: nothing is lost when a program closes" {
	need socat # nc ends when the other end has closed, whatever it still had to send
	head -c 1000000 /dev/urandom >"$T/data"
	guest_run 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			socat -t 60 - TCP4-LISTEN:7,reuseaddr <$T/data >$T/up & s=$!
			socat -t 60 - TCP4:127.0.0.1:7,retry=999,interval=0.02 <$T/data >$T/down 2>/dev/null
			wait $s
			cmp $T/data $T/up; cmp $T/data $T/down
		done; echo all'
	ok
	has "$stderr" '^all$'
}

@test "a static program works too: no LD_PRELOAD, no ptrace" {
	command -v gcc >/dev/null || skip "no gcc on this machine"
	cat >"$T/s.c" <<-'C'
		#include <net/if.h>
		#include <stdio.h>
		#include <sys/ioctl.h>
		#include <sys/socket.h>
		int main(void)
		{
			struct ifreq r = { .ifr_name = "left" };
			int fd = socket(AF_INET, SOCK_DGRAM, 0);
			if (ioctl(fd, SIOCGIFMTU, &r)) return perror("left"), 1;
			fprintf(stderr, "left has mtu %d\n", r.ifr_mtu);
			return 0;
		}
	C
	gcc -static -o "$T/s" "$T/s.c" 2>/dev/null || skip "no static libc on this machine"
	chmod 755 "$T/s"
	sh_run 'printf "%s\n" "./s" >g.sh; stdpkt run --mtu 1400 -p left=null -p right=null g.sh'
	ok
	has "$stderr" '^left has mtu 1400$'
}

@test "ebtables-legacy: rules, chains, NAT, counters, deletion" {
	need ebtables-legacy
	guest_run 'ip link add br0 type bridge; e=ebtables-legacy
		$e -A FORWARD -p IPv4 --ip-dst 10.0.0.1 -j DROP; $e -A FORWARD -p 802_1Q --vlan-id 5 -j ACCEPT; $e -N mine; $e -A INPUT -j mine
		$e -t nat -A PREROUTING -i left -j dnat --to-destination 02:00:00:00:00:01; $e -L --Lc; $e -t nat -L; $e -Z
		echo cut; $e -D FORWARD 1; $e -L FORWARD; $e -F; $e -X; $e -L | grep -c "entries: 0"'
	ok
	has "$stderr" '^-p IPv4 --ip-dst 10\.0\.0\.1 -j DROP , pcnt = 0 -- bcnt = 0$'
	has "$stderr" '^Bridge chain: mine, '
	has "$stderr" '^-i left -j dnat --to-dst 2:0:0:0:0:1'
	has "$(sed '1,/^cut/d' <<<"$stderr")" '^-p 802_1Q --vlan-id 5 -j ACCEPT'
	has_not "$(sed '1,/^cut/d' <<<"$stderr")" '10\.0\.0\.1'
	has "$stderr" '^3$'
}

@test "arptables-legacy: rules with targets, counters, deletion" {
	need arptables-legacy
	guest_run 'a=arptables-legacy; $a -A INPUT --opcode Request -j DROP; $a -A OUTPUT -s 10.0.0.1 -j mangle --mangle-ip-s 10.0.0.2
		$a -L -n -v; $a -Z; echo cut; $a -D INPUT 1; $a -L -n; ip addr add 192.0.2.1/24 dev left; ! ping -c1 -W1 192.0.2.9'
	ok
	has "$stderr" '^-j DROP -i \* -o \* --opcode 1 , pcnt=0'
	has_not "$(sed '1,/^cut/d' <<<"$stderr")" 'opcode'
	has "$(sed '1,/^cut/d' <<<"$stderr")" '^-j mangle -s 10\.0\.0\.1 --mangle-ip-s 10\.0\.0\.2'
}

@test "libnftables inside python: commands, JSON, errors" {
	/usr/bin/python3 -c 'import nftables' 2>/dev/null || skip "no python3-nftables on this machine"
	cat >"$T/n.py" <<-'P'
		import json, nftables
		n = nftables.Nftables()
		print(n.cmd("add table inet t; add chain inet t c { type filter hook input priority 0; }; add rule inet t c tcp dport 22 counter accept"))
		n.set_json_output(True)
		rules = [x["rule"] for x in json.loads(n.cmd("list ruleset")[1])["nftables"] if "rule" in x]
		print(len(rules), "rule in", rules[0]["chain"])
		n.set_json_output(False)
		print(n.cmd("add rule inet t nothere accept"))
	P
	guest_run '/usr/bin/python3 $T/n.py'
	ok
	has "$stderr" '^1 rule in c$'
	has "$stderr" "^\(-1, .*No such file or directory"
}

@test "nfct: timeout policies" {
	need nfct
	guest_run 'nfct add timeout p1 inet tcp established 100; nfct list timeout; nfct delete timeout p1; echo cut; nfct list timeout'
	ok
	has "$stderr" '\.ESTABLISHED = 100'
	has_not "$(sed '1,/^cut/d' <<<"$stderr")" 'p1'
}

@test "wg: two peers in two namespaces talk through the tunnel" {
	need wg
	guest_run 'for n in a b; do ip netns add $n; wg genkey >$T/$n; ip -n $n link add wg0 type wireguard; done
		ip link add e netns a type veth peer name e netns b
		i=1; for n in a b; do
			o=$([ $n = a ] && echo b || echo a)
			ip -n $n addr add 192.0.2.$i/24 dev e; ip -n $n link set e up; ip -n $n addr add 10.0.0.$i/24 dev wg0
			ip netns exec $n wg set wg0 private-key $T/$n listen-port 5182$i peer "$(wg pubkey <$T/$o)" allowed-ips 10.0.0.0/24 endpoint 192.0.2.$((3 - i)):5182$((3 - i))
			ip -n $n link set wg0 up; i=2
		done
		ip netns exec a ping -n -c 2 -i 0.2 10.0.0.2; ip netns exec b wg show wg0 transfer'
	ok
	has "$stderr" '^2 packets transmitted, 2 received, 0% packet loss'
	has "$stderr" '=[[:space:]][1-9][0-9]+[[:space:]][1-9][0-9]+$'
}

@test "monitors: ip, bridge and nft tell what happens, until they are ended" {
	guest_run 'ip link add br0 type bridge
		ip monitor link >$T/ip & a=$!; nft monitor >$T/nft & b=$!; bridge monitor fdb >$T/bridge & c=$!
		until grep -q mon1 $T/ip; do ip link add mon1 type dummy; ip link del mon1; done
		until grep -q mon2 $T/nft; do nft add table ip mon2; nft delete table ip mon2; done
		until grep -q 02:00:00:00:00:07 $T/bridge; do bridge fdb add 02:00:00:00:00:07 dev br0 self; bridge fdb del 02:00:00:00:00:07 dev br0 self; done
		kill $a $b $c; ! wait $a; cat $T/nft; cat $T/ip'
	ok
	has "$stderr" '^add table ip mon2'
	has "$stderr" '^Deleted .*mon1: '
}

@test "traceroute: through two routers" {
	need traceroute
	guest_run 'for n in a r1 r2 b; do ip netns add $n; ip -n $n link set lo up; ip netns exec $n sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0; done
		i=1; set -- a r1 r2 b; while [ $# -gt 1 ]; do
			ip link add next netns $1 type veth peer name prev netns $2
			ip -n $1 addr add 10.0.$i.1/24 dev next; ip -n $2 addr add 10.0.$i.2/24 dev prev; ip -n $1 link set next up; ip -n $2 link set prev up
			shift; i=$((i + 1)); done
		ip -n a route add default via 10.0.1.2; ip -n r1 route add default via 10.0.2.2; ip -n r2 route add default via 10.0.2.1; ip -n b route add default via 10.0.3.1
		ip netns exec a traceroute -n -q 1 10.0.3.2'
	ok
	has "$stderr" '^ 1  10\.0\.1\.2  [0-9.]+ ms$'
	has "$stderr" '^ 2  10\.0\.2\.2  [0-9.]+ ms$'
	has "$stderr" '^ 3  10\.0\.3\.2  [0-9.]+ ms$'
}

@test "iperf3: TCP and UDP" {
	need iperf3
	guest_run 'iperf3 -s -B 127.0.0.1 >/dev/null & s=$!; until ss -Htln | grep -q :5201; do :; done
		iperf3 -c 127.0.0.1 -n 20M -P 2; iperf3 -u -c 127.0.0.1 -n 1M -b 20M; kill $s'
	ok
	[ "$(grep -c '^iperf Done' <<<"$stderr")" = 2 ]
	has "$stderr" '^\[SUM\].* receiver'
}

@test "socat: a TCP proxy that forks, UDP both ways" {
	need socat nc
	guest_run 'socat TCP-LISTEN:7001,bind=127.0.0.1,fork,reuseaddr EXEC:"tr a-z A-Z" & a=$!; until ss -Htln | grep -q :7001; do :; done
		socat TCP-LISTEN:7000,bind=127.0.0.1,fork,reuseaddr TCP:127.0.0.1:7001 & b=$!; until ss -Htln | grep -q :7000; do :; done
		for i in 1 2 3 4 5; do (echo hello $i | socat -t 5 - TCP:127.0.0.1:7000) & p="${p:-} $!"; done; wait $p
		socat UDP-RECVFROM:7002,fork EXEC:rev & c=$!; until ss -Hlnu | grep -q :7002; do :; done
		echo datagram | socat -t 2 - UDP:127.0.0.1:7002; kill $a $b $c; wait $a $b $c || :'
	ok
	[ "$(grep -c '^HELLO [1-5]$' <<<"$stderr")" = 5 ]
	has "$stderr" '^margatad$'
}

@test "3,000 sockets at once in one program" {
	need python3
	[ "$(ulimit -Hn)" -ge 13000 ] || skip "the hard limit of descriptors is $(ulimit -Hn), not 13000"
	cat >"$T/many.py" <<-'P'
		import resource, socket
		hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
		print("soft limit", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
		resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
		s = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3000)]
		for x in s: x.bind(("127.0.0.1", 0))
		print(len({x.getsockname() for x in s}), "ports")
	P
	sh_run 'ulimit -Sn 1024; stdpkt shell python3 $T/many.py'
	ok
	has "$output" '^soft limit 1024$'
	has "$output" '^3000 ports$'
}

@test "killed in the middle of a call: the next program is served" {
	need python3
	cat >"$T/block.py" <<-'P'
		import os, socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.bind(("127.0.0.1", 4000))
		open(sys.argv[1], "w").close()
		s.recvfrom(100)
	P
	guest_run 'for i in 1 2 3 4 5 6 7 8; do rm -f $T/up; python3 $T/block.py $T/up & p=$!; until [ -e $T/up ]; do :; done; kill -9 $p; wait $p || :; done
		ss -Hlun | grep -c :4000 || :; echo alive'
	ok
	has "$stderr" '^0$'
	has "$stderr" '^alive$'
}

@test "IPsec takes every cipher and hash that the kernel has for it" {
	guest_run 'n=0
		key() { printf "0x%0*d" $(($1 * 2)) 1; }
		esp() { # CIPHER BYTES HASH BYTES
			n=$((n + 1))
			ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi "$n" enc "$1" "$(key "$2")" auth "$3" "$(key "$4")"
		}
		for c in "aes 32" "des 8" "des3_ede 24" "camellia 16" "blowfish 16" "cast5 16" "serpent 32" "twofish 32" "sm4 16"; do
			esp "cbc(${c% *})" "${c#* }" "hmac(sha256)" 32
		done
		for h in "hmac(sha1) 20" "hmac(md5) 16" "hmac(sha512) 64" "xcbc(aes) 16" "cmac(aes) 16" "hmac(rmd160) 20" "hmac(sm3) 32"; do
			esp "cbc(aes)" 16 "${h% *}" "${h#* }"
		done
		ip xfrm state count'
	[ "$status" = 0 ]
	has "$stderr" 'SAD count 16$'
}
