#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/isolation.bats - no network call of an attached program reaches the host's network
#
# A call that is answered by the element looks like one that was executed; what it returned does not. `strace -yy` asks the host's kernel
# of every descriptor that a traced process gets what it is: a placeholder is half of a Unix socket pair. Were one call executed by the
# host there would be a socket of another kind, or a file below the host's /proc/net or /sys. The element is traced with its programs.
load helper

# COMMAND traced with all its children, into trace
TRACED="strace -f -qq -yy -s 0 -o trace -e trace=%net,open,openat,openat2,pidfd_getfd,io_uring_setup,unshare,setns,clone,mount"
export TRACED

# What of the host's network the processes of file trace had: sockets other than Unix ones, files that show it
host_network() {
	grep -oE '<[A-Za-z0-9_-]+:\[[^]<>]*(\[[^]<>]*\][^]<>]*)*\]>' trace | grep -vE '^<(UNIX|UNIX-[A-Z]+|pipe|net|mnt|user):' || :
	grep -E '= [0-9]+<(/proc/[^<>]*/net(/[^<>]*)?|/sys/[^<>]*/net/[^<>]*)>' trace || :
}
export -f host_network

# Users for whom user namespaces are switched off, where they are on: within one, there may be no other.
no_userns() {
	unshare -U true 2>/dev/null || { "$@"; return; }
	# shellcheck disable=SC2016 # the inner shell's
	unshare --map-current-user --keep-caps bash -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --ambient-caps=-all --inh-caps=-all "$@"' - "$@"
}
export -f no_userns

tools() {
	cat >"$T/tools.sh" <<-'S'
		set -e
		ip link add d0 type dummy; ip addr add 192.0.2.1/24 dev d0; ip link set d0 up; ip -6 route show; ip rule; ss -Htunlp; nstat -az >/dev/null
		tc qdisc add dev d0 root netem delay 1ms; bridge link; ethtool -k d0 >/dev/null; sysctl -qw net.ipv4.ip_forward=1; cat /proc/net/dev
		ls /sys/class/net/d0/; echo 2 >/proc/sys/net/ipv4/conf/all/rp_filter; ping -qnc 2 -i 0.01 192.0.2.1
		iptables-legacy -A INPUT -p tcp --dport 22 -j ACCEPT; iptables-nft -A INPUT -p udp --dport 53 -j ACCEPT; nft list ruleset
		conntrack -L; ipset create s hash:ip; ip netns add n; ip netns exec n ip link
		python3 - <<-'P'
			import select, socket, subprocess, threading
			server = socket.create_server(("127.0.0.1", 0))
			def serve():
			    peer, _ = server.accept()
			    peer.sendall(peer.recv(100).upper()); peer.close()
			threading.Thread(target=serve).start()
			client = socket.create_connection(server.getsockname())
			client.sendall(b"hello"); print(client.recv(100))
			udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); udp.bind(("::1", 0)); udp.sendto(b"x", udp.getsockname())
			poll = select.epoll(); poll.register(udp, select.EPOLLIN); print(len(poll.poll(10)), udp.recvfrom(10))
			copy = udp.dup(); print(copy.getsockname()[0]); socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
			subprocess.run(["ss", "-Huln"], check=True)
		P
	S
}

@test "every descriptor that tools get of their network calls is the element's, user namespaces are off" {
	need strace python3 nft conntrack ipset ethtool
	tools
	export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 # a sanitizer cannot look for them under strace
	[ "$(id -u)" != 0 ] || USER_IS+=(--bounding-set=-all)
	sh_run -t 120 'no_userns bash -c "! unshare -U true 2>/dev/null && echo off >&2; $TRACED stdpkt shell sh \$T/tools.sh"
		echo "status $?" >&2; host_network >found; cat found >&2
		echo "sockets $(grep -cE "socket(\(AF_(INET|INET6|NETLINK|PACKET).*| resumed>.*)= [0-9]+<UNIX" trace)" >&2
		grep -E "^[0-9]+ (unshare|setns|clone|mount)\(.*CLONE_NEW(USER|PID|IPC|UTS|CGROUP)" trace >&2; ! [ -s found ] && echo clean >&2'
	[ "$(statuses)" = 0 ]
	has "$output" "^b'HELLO'"
	has "$stderr" '^off$'
	has "$stderr" '^clean$'
	has_not "$stderr" 'CLONE_NEW'
	[ "$(sed -n 's/^sockets //p' <<<"$stderr")" -ge 30 ]
}

@test "the same search finds them where the host does execute them" {
	need strace python3
	sh_run '$TRACED python3 -c "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM); open(\"/proc/net/dev\")"; host_network'
	has "$output" '^<UDP:\['
	has "$output" '/net/dev>$'
	sh_run '$TRACED ip link >/dev/null; host_network'
	has "$output" '^<NETLINK:\['
}

@test "no element inside an element: that is said, and what to do" {
	sh_run 'stdpkt shell stdpkt shell true'
	[ "$status" = 111 ]
	has "$stderr" 'unable to start true: this is a program of element shell\.[0-9]*, .*start it outside$'
	sh_run 'stdpkt shell sh -c "stdpkt ls; stdpkt exec \$STDPKT_ELEMENT true"'
	[ "$status" = 1 ]
	has "$stderr" '^stdpkt ls: .*ask outside$'
	has "$stderr" '^stdpkt exec: .*ask outside$'
}
