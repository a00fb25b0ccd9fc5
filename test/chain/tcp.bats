#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/tcp.bats - how connections of attached programs begin and end: what programs are told of it. The same program on the host's kernel
# (root, an empty namespace) has to say the same.
load helper

ends_py() {
	cat >"$T/ends.py" <<-'E'
		import errno, select, socket, subprocess, sys

		def pair():
		    server = socket.create_server(('127.0.0.1', 0))
		    c = socket.create_connection(server.getsockname())
		    s = server.accept()[0]
		    server.close()
		    return c, s

		def told(f):
		    try: return f()
		    except OSError as e: return errno.errorcode[e.errno]

		def wait(sock, what):
		    p = select.poll()
		    p.register(sock, what)
		    if not p.poll(10000): sys.exit('nothing came')

		for size, read in (1, 0), (1000, 0), (1000, 10), (100000, 1000):
		    c, s = pair()
		    c.sendall(b'x' * size)
		    wait(s, select.POLLIN)
		    if read: s.recv(read)
		    s.close()
		    wait(c, select.POLLIN)
		    print('closed with unread data:', size, read, told(lambda: c.recv(1)))
		c, s = pair()
		c.sendall(b'abc')
		wait(s, select.POLLIN)
		s.recv(3)
		s.sendall(b'reply')
		s.close()
		wait(c, select.POLLRDHUP)
		print('closed when all was read:', told(lambda: c.recv(9)), told(lambda: c.recv(9)))
		print('sent behind the end:', told(lambda: c.send(b'1')))
		wait(c, select.POLLHUP)
		print('and again:', told(lambda: c.send(b'2' * 4000)), told(lambda: c.recv(9)))
		c, s = pair()
		c.shutdown(socket.SHUT_WR)
		wait(s, select.POLLRDHUP)
		print('half closed:', s.recv(1), told(lambda: s.send(b'late')))
		s.close()
		wait(c, select.POLLHUP)
		print('the other half:', told(lambda: c.recv(9)), told(lambda: c.recv(9)))
		c, s = pair()
		c.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 300)
		subprocess.run(['ip', 'link', 'set', 'lo', 'down'], check=True)
		c.send(b'1')
		wait(c, select.POLLERR)
		print('nobody answers:', 'an error' if isinstance(told(lambda: c.recv(1)), str) else 'an end')
	E
}

# as_host NAME: $T/NAME.py in a guest, what it says in $output; as root it has to say the same on the host's kernel
as_host() {
	sh_run "stdpkt shell sh -c 'ip link set lo up; exec python3 $1.py'"
	printf '%s\n' "$output" >"$T/guest"
	[ "$status" = 0 ]
	if [ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null; then
		unshare -n sh -c 'ip link set lo up; exec python3 "$1"' sh "$T/$1.py" >"$T/host"
		diff "$T/host" "$T/guest"
	fi
}

@test "closed with unread data, reset, timed out: the other side is told as by the host's kernel" {
	need python3
	ends_py
	as_host ends
	has "$output" '^closed with unread data: 1000 10 ECONNRESET$'
	has "$output" '^and again: EPIPE '
	has "$output" '^nobody answers: an error$'
}

@test "poll of sockets that are refused or not connected, further connects, edges for epoll, shut down while somebody waits: as the host's kernel tells of them" {
	need python3
	cat >"$T/told.py" <<-'P'
		import select, socket as S, errno, os
		def unused():
		    s = S.socket(); s.bind(("127.0.0.1", 0)); n = s.getsockname(); s.close(); return n
		for events in (0, 1, 4, 5):
		    s = S.socket(); s.setblocking(False)
		    try: s.connect(unused())
		    except BlockingIOError: pass
		    p = select.poll(); p.register(s, events); print("refused", events, [r for _, r in p.poll(2000)], s.getsockopt(S.SOL_SOCKET, S.SO_ERROR) == errno.ECONNREFUSED)
		    s.close()
		s = S.socket(); p = select.poll(); p.register(s, 5); print("fresh", [r for _, r in p.poll(0)])
		u = S.socket(S.AF_INET, S.SOCK_DGRAM); d = S.socket(S.AF_INET, S.SOCK_DGRAM); d.bind(("127.0.0.1", 0)); n = d.getsockname(); d.close()
		u.connect(n); u.send(b"x"); p = select.poll(); p.register(u, 5); print("datagram refused", [r for _, r in p.poll(2000)])
		l = S.socket(); l.bind(("127.0.0.1", 0)); l.listen(50)
		c = S.socket(); c.connect(l.getsockname())
		for _ in range(2):
		    try: c.connect(("127.0.0.1", 1)); print("connected twice")
		    except OSError as e: print("second connect", errno.errorcode[e.errno])
		u = S.socket(S.AF_INET, S.SOCK_DGRAM); u.bind(("127.0.0.1", 0)); ep = select.epoll(); ep.register(u, select.EPOLLIN | select.EPOLLET)
		def edge(): return len(ep.poll(2))
		got = []
		for i in range(100):
		    u.sendto(b"%d" % i, u.getsockname()); got.append(edge())
		print("edges", sum(got), len(ep.poll(0)))
		print("kept", [u.recv(9) for i in range(100)] == [b"%d" % i for i in range(100)], len(select.select([u], [], [], 0)[0]))
		u.sendto(b"z", u.getsockname()); print("one more", edge(), u.recv(9)); print("empty", len(select.select([u], [], [], 0)[0]))
		again = S.socket()
		for where in unused(), l.getsockname():
		    try: again.connect(where); print("connected at last")
		    except OSError as e: print("then", errno.errorcode[e.errno])
		import threading
		for send_to in None, u.getsockname():
		    shut = S.socket(S.AF_INET, S.SOCK_DGRAM); shut.bind(("127.0.0.1", 0)); got = []
		    if send_to: shut.connect(send_to)
		    t = threading.Thread(target=lambda: got.append(shut.recv(9)), daemon=True); t.start(); t.join(0.1)
		    try: shut.shutdown(S.SHUT_RDWR); print("shut down")
		    except OSError as e: print("shut down", errno.errorcode[e.errno])
		    t.join(5); print("who waited has", got)
		ep.register(l, select.EPOLLIN | select.EPOLLET); ep.poll(0); cs = []
		for i in range(3):
		    cs.append(S.socket()); cs[-1].connect(l.getsockname()); print("listener", edge())
	P
	as_host told
	has "$output" '^edges 100 0$'
	has "$output" '^connected at last$'
}

@test "splice(2) from a datagram socket is refused, and takes nothing" {
	need python3
	cat >"$T/splice.py" <<-'P'
		import os, socket
		u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		u.bind(("127.0.0.1", 0)); u.connect(u.getsockname()); u.send(b"in"); r, w = os.pipe()
		try: print(os.splice(u.fileno(), w, 30))
		except OSError as e: print(e.strerror, u.recv(9))
	P
	sh_run 'stdpkt shell sh -c "ip link set lo up; python3 splice.py"'
	[ "$output" = "Invalid argument b'in'" ]
}

@test "bpf(2) is refused: programs and cgroups are the host's" {
	need python3
	[ "$(uname -m)" = x86_64 ] || skip "the number of bpf(2) is another one here"
	printf '%s\n' 'import ctypes' 'libc = ctypes.CDLL(None, use_errno=True)' 'print(libc.syscall(321, 0, 0, 0), ctypes.get_errno())' >"$T/bpf.py"
	[ "$(python3 "$T/bpf.py")" != "-1 1" ] || skip "bpf(2) is refused to this user anyway"
	sh_run 'stdpkt shell python3 bpf.py'
	[ "$output" = "-1 1" ]
}
