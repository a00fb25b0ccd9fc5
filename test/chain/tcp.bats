#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/tcp.bats - how connections of attached programs end: what the other side is told of it. The same program on the host's kernel
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

@test "closed with unread data, reset, timed out: the other side is told as by the host's kernel" {
	need python3
	ends_py
	sh_run 'stdpkt shell python3 ends.py'
	printf '%s\n' "$output" >"$T/ours"
	[ "$status" = 0 ]
	has "$output" '^closed with unread data: 1000 10 ECONNRESET$'
	has "$output" '^and again: EPIPE '
	has "$output" '^nobody answers: an error$'
	if [ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null; then
		unshare -n sh -c 'ip link set lo up && python3 "$1"' sh "$T/ends.py" >"$T/hosts"
		diff "$T/hosts" "$T/ours"
	fi
}

@test "bpf(2) is refused: programs and cgroups are the host's" {
	need python3
	[ "$(uname -m)" = x86_64 ] || skip "the number of bpf(2) is another one here"
	printf '%s\n' 'import ctypes' 'libc = ctypes.CDLL(None, use_errno=True)' 'print(libc.syscall(321, 0, 0, 0), ctypes.get_errno())' >"$T/bpf.py"
	[ "$(python3 "$T/bpf.py")" != "-1 1" ] || skip "bpf(2) is refused to this user anyway"
	sh_run 'stdpkt shell python3 bpf.py'
	[ "$output" = "-1 1" ]
}
