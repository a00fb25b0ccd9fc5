#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/netns.bats - network namespaces of the guest for programs without any privilege: ip netns, unshare, nsenter, setns
load helper

# SCRIPT in `stdpkt shell`, its output in $output
shell_run() {
	printf '%s\n' 'set -eu' "$1" >"$T/shell.sh"
	sh_run 'stdpkt shell bash $T/shell.sh'
}

@test "ip netns: add, list, exec, -n, identify, pids, del" {
	shell_run 'ip netns add h1; ip netns add h2; ip netns list | sort; ls /run/netns /var/run/netns
		ip -n h1 link add only1 type dummy; ip netns exec h1 ip -br link show dev only1; ! ip -n h2 link show dev only1; ! ip link show dev only1
		ip netns exec h1 ip netns identify; echo "home:$(ip netns identify):"
		ip netns exec h1 sleep 100 & p=$!
		until [ "$(ip netns identify $p)" = h1 ]; do :; done
		[ "$(ip netns pids h1)" = $p ]; [ -z "$(ip netns pids h2)" ]; kill $p
		ip netns del h1; ! ip netns exec h1 true; ip netns list'
	[ "$status" = 0 ]
	[ "$(head -2 <<<"$output")" = "h1
h2" ]
	has "$output" '^only1 '
	has "$output" '^h1$'
	has "$output" '^home::$'
	[ "$(tail -1 <<<"$output")" = h2 ]
	has "$stderr" 'Cannot open network namespace "h1"'
}

@test "no privilege is used: no capability, and no such call reaches the host" {
	need strace
	[ "$(id -u)" != 0 ] || USER_IS+=(--bounding-set=-all)
	shell_run 'grep CapEff /proc/self/status; ip netns add h1; ip netns exec h1 sh -c "ip -br link; echo 1 >/proc/sys/net/ipv4/ip_forward"
		ip netns exec h1 sysctl -n net.ipv4.ip_forward; sysctl -n net.ipv4.ip_forward'
	[ "$status" = 0 ]
	has "$output" '^CapEff:[[:space:]]0+$'
	has "$output" '^lo  *DOWN'
	[ "$(tail -2 <<<"$output")" = "1
0" ]
	# the element itself needs none of them either
	sh_run 'strace -qq -o trace -e trace=unshare,setns,mount,clone,clone3 stdpkt shell sh -c "ip netns add h1; ip netns exec h1 true"; cat trace'
	[ "$status" = 0 ]
	has_not "$output" 'unshare|setns|mount|CLONE_NEW'
}

@test "links: made in, moved to by name, by process, by peer; a router between two hosts" {
	shell_run 'for n in a b r; do ip netns add $n; done
		ip link add e netns a type veth peer name ra netns r
		ip link add rb type veth peer name e netns b; ip link set rb netns r
		ip netns exec r sleep 100 & p=$!
		until [ "$(ip netns identify $p)" = r ]; do :; done
		ip link add moved type dummy; ip link set moved netns $p; ip -n r -br link show dev moved; ip -n r link set moved netns 1; ip -br link show dev moved; kill $p
		ip -n a addr add 10.0.1.2/24 dev e; ip -n b addr add 10.0.2.2/24 dev e; ip -n r addr add 10.0.1.1/24 dev ra; ip -n r addr add 10.0.2.1/24 dev rb
		for i in "a e" "b e" "r ra" "r rb"; do set -- $i; ip -n $1 link set $2 up; done
		ip -n a route add default via 10.0.1.1; ip -n b route add default via 10.0.2.1
		ip netns exec a ping -nc 2 -i 0.2 -W 2 10.0.2.2 && echo early || :
		ip netns exec r sysctl -w net.ipv4.ip_forward=1
		ip netns exec a ping -nc 3 -i 0.2 10.0.2.2'
	[ "$status" = 0 ]
	[ "$(grep -c '^moved' <<<"$output")" = 2 ]
	has_not "$output" '^early'
	has "$output" '^3 packets transmitted, 3 received, 0% packet loss'
}

@test "TCP through a translating router: 20 MB each way arrive as they were sent" {
	need nc
	shell_run 'for n in a b r; do ip netns add $n; ip -n $n link set lo up; done
		ip link add e netns a type veth peer name ra netns r; ip link add e netns b type veth peer name rb netns r
		ip -n a addr add 10.0.1.2/24 dev e; ip -n b addr add 10.0.2.2/24 dev e; ip -n r addr add 10.0.1.1/24 dev ra; ip -n r addr add 10.0.2.1/24 dev rb
		for i in "a e" "b e" "r ra" "r rb"; do set -- $i; ip -n $1 link set $2 up; done
		ip -n a route add default via 10.0.1.1; ip netns exec r sysctl -qw net.ipv4.ip_forward=1
		ip netns exec r nft "table ip n { chain p { type nat hook postrouting priority 100; oifname rb masquerade; }; }"
		head -c 20000000 /dev/urandom >$T/sent
		ip netns exec b nc -nlN 5000 <$T/sent & l=$!
		until ip netns exec b ss -Htln | grep -q :5000; do :; done
		ip netns exec a nc -nd 10.0.2.2 5000 >$T/back; wait $l
		ip netns exec b nc -nld 5000 >$T/there & l=$!
		until ip netns exec b ss -Htln | grep -q :5000; do :; done
		ip netns exec a nc -nN 10.0.2.2 5000 <$T/sent; wait $l
		cmp $T/sent $T/there; cmp $T/sent $T/back; ip netns exec r conntrack -L -p tcp; ! ip netns exec a conntrack -L -p tcp | grep .'
	[ "$status" = 0 ]
	has "$output" 'src=10\.0\.1\.2 dst=10\.0\.2\.2 .*dst=10\.0\.2\.1 '
}

@test "unshare -n, -rn, -nm; nsenter by file and by process; ip -all netns exec" {
	shell_run 'unshare -n sh -c "ip link add u1 type dummy; ip -br link"; unshare -rn sh -c "ip link add u2 type dummy; ip -br link"
		unshare -nm sh -c "ip link add u3 type dummy; ls /sys/class/net"; ip -br link >$T/home; ! grep "u[123]" $T/home
		ip netns add h1; ip -n h1 link add in1 type dummy
		nsenter --net=/run/netns/h1 ip -br link show dev in1
		nsenter --net=/run/netns/h1 sleep 100 & p=$!
		until [ "$(ip netns identify $p)" = h1 ]; do :; done
		nsenter -t $p -n ip -br link show dev in1; kill $p
		ip netns add h2; ip -all netns exec ip -br link; ip netns attach me $$; ip netns identify $$
		ip -all netns del; ip netns list'
	[ "$status" = 0 ]
	for d in u1 u2 u3; do [ "$(grep -c "^$d" <<<"$output")" = 1 ]; done
	[ "$(grep -c '^in1 ' <<<"$output")" = 3 ]
	[ "$(grep -c '^netns: h[12]' <<<"$output")" = 2 ]
	[ "$(tail -1 <<<"$output")" = me ]
}

@test "/proc/net, /proc/sys/net and /sys/class/net are those of the program's namespace, and of another process's" {
	shell_run 'ip netns add h1; ip -n h1 link add in1 type dummy; ip -n h1 addr add 10.9.9.9/32 dev in1; ip -n h1 link set in1 up
		ip netns exec h1 sh -c "grep -c in1 /proc/net/dev; ls /sys/class/net; cat /sys/class/net/in1/operstate; ls /proc/sys/net/ipv4/conf; cat /sys/class/net/in1/mtu"
		! grep in1 /proc/net/dev; ! ls /sys/class/net/in1; ! ls /proc/sys/net/ipv4/conf/in1
		ip netns exec h1 sleep 100 & p=$!
		until [ "$(ip netns identify $p)" = h1 ]; do :; done
		grep -c in1 /proc/$p/net/dev; kill $p'
	[ "$status" = 0 ]
	[ "$(grep -c '^in1$' <<<"$output")" = 2 ]
	[ "$(grep -c '^1$' <<<"$output")" = 2 ]
	has "$output" '^1500$'
}

@test "children are where their parents were: forks, daemons, processes whose parents have gone" {
	shell_run 'ip netns add h1; ip -n h1 link add in1 type dummy
		ip netns exec h1 sh -c "setsid sh -c \"(until [ -e $T/go ]; do :; done; ip -br link >$T/tmp; mv $T/tmp $T/out) &\" &"
		ip netns del h1; ip link add home1 type dummy; touch $T/go
		until [ -e $T/out ]; do :; done; cat $T/out'
	[ "$status" = 0 ]
	has "$output" '^in1 '
	has_not "$output" '^home1 '
}

@test "a namespace that nobody is in any more is gone, with what was in it" {
	shell_run 'ip netns add h1; ip link add out type veth peer name in netns h1; ip -br link show dev out
		ip netns del h1; while ip link show dev out 2>/dev/null; do :; done
		unshare -n sleep 100 & p=$!
		until [ "$(readlink /proc/$p/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
		ip link add out type veth peer name in; ip link set in netns $p; kill $p
		while ip link show dev out >/dev/null 2>&1; do :; done; echo gone'
	[ "$status" = 0 ]
	has "$output" '^out@'
	has "$output" '^gone$'
}

@test "a thread may be elsewhere than its process; setns by pidfd and by a descriptor that was passed on" {
	need python3
	cat >"$T/ns.py" <<'P'
import ctypes, os, socket, subprocess, threading
libc = ctypes.CDLL(None, use_errno=True)
NEWNET = 0x40000000
def names(): return sorted(n for _, n in socket.if_nameindex())
def setns(fd, kind=NEWNET):
    if libc.setns(fd, kind): raise OSError(ctypes.get_errno(), "setns")
subprocess.run("ip netns add h1; ip -n h1 link add in1 type dummy", shell=True, check=True)
seen = {}
def other():
    f = os.open("/run/netns/h1", os.O_RDONLY)
    setns(f)
    os.close(f)
    seen["thread"] = names()
    seen["link"] = os.readlink("/proc/thread-self/ns/net")
    seen["child"] = subprocess.run(["ip", "-br", "link"], capture_output=True, text=True).stdout
t = threading.Thread(target=other); t.start(); t.join()
print("thread", seen["thread"], "main", names())
print("links differ", seen["link"] != os.readlink("/proc/self/ns/net"))
print("child of the thread", "in1" in seen["child"])
print("child of main", "in1" in subprocess.run(["ip", "-br", "link"], capture_output=True, text=True).stdout)
p = subprocess.Popen(["ip", "netns", "exec", "h1", "sleep", "100"])
while os.readlink(f"/proc/{p.pid}/ns/net") == os.readlink("/proc/self/ns/net"): pass
home = os.open("/proc/self/ns/net", os.O_RDONLY)
setns(os.pidfd_open(p.pid))
print("by pidfd", names())
p.kill()
setns(home)
print("home again", names())
a, b = socket.socketpair()
h1 = os.open("/run/netns/h1", os.O_RDONLY)
socket.send_fds(a, [b"x"], [h1]); os.close(h1)
_, fds, _, _ = socket.recv_fds(b, 1, 1)
setns(fds[0], 0)
print("passed on", names())
try: setns(home, 0x04000000)
except OSError as e: print("other kind", e.errno)
P
	shell_run 'python3 $T/ns.py'
	[ "$status" = 0 ]
	has "$output" "^thread \['in1', 'lo'\] main \['lo'\]$"
	has "$output" '^links differ True$'
	has "$output" '^child of the thread True$'
	has "$output" '^child of main False$'
	has "$output" "^by pidfd \['in1', 'lo'\]$"
	has "$output" "^home again \['lo'\]$"
	has "$output" "^passed on \['in1', 'lo'\]$"
	has "$output" '^other kind 22$'
}

@test "200 namespaces at once, 8 programs making and deleting them at the same time" {
	sh_run -t 120 'cat >many.sh <<-"S"
		for i in $(seq 200); do ip netns add n$i; ip -n n$i link set lo up; done
		ip netns exec n200 ping -nqc1 127.0.0.1 | grep received; ip netns list | wc -l
		for k in 1 2 3 4 5 6 7 8; do
			(for j in $(seq 10); do ip netns add k$k.$j && [ "$(ip netns exec k$k.$j ip netns identify)" = k$k.$j ] && ip netns del k$k.$j || echo bad; done) &
		done
		wait
		ip -all netns del; ip netns list | wc -l
	S
	stdpkt shell bash many.sh'
	[ "$status" = 0 ]
	has "$output" '1 received'
	[ "$(tail -2 <<<"$output")" = "200
0" ]
	has_not "$output" '^bad'
}
