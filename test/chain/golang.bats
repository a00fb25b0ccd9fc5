#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/golang.bats - programs of Go, which ask the kernel without libc: non-blocking sockets, edge-triggered epoll, many threads
load helper

@test "a server and a client in Go: 2,000 requests over 50 connections, and each over its own" {
	need websocketd hey curl
	seq 1 2000 >"$T/file"
	sh_run 'stdpkt shell bash -c "websocketd --address=127.0.0.1 --port=8080 --staticdir=. >log 2>&1 & s=\$!; until ss -Htln | grep -q :8080; do :; done
		hey -n 2000 -c 50 http://127.0.0.1:8080/file; hey -n 2000 -c 50 -disable-keepalive http://127.0.0.1:8080/file
		curl -s http://127.0.0.1:8080/file | cmp - file && echo same; kill \$s; wait \$s"; echo "status $?" >&2'
	[ "$(statuses)" = 143 ]
	[ "$(grep -cE '\[200\][[:space:]]+2000 responses' <<<"$output")" = 2 ]
	[ "$(grep -cE "Total data:[[:space:]]+$((2000 * $(stat -c %s "$T/file"))) bytes" <<<"$output")" = 2 ]
	has_not "$output" 'Error distribution'
	has "$output" '^same$'
}

@test "a Go client is refused, and times out, as it would be elsewhere" {
	need hey
	sh_run 'stdpkt shell -p 1 bash -c "ip addr add 192.0.2.1/24 dev p0; ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev p0
		hey -n 2 -c 2 http://192.0.2.1:81/; hey -n 1 -c 1 -t 1 http://192.0.2.2/"'
	has "$output" '\[2\].*connect: connection refused'
	has "$output" '\[1\].*(Client.Timeout|deadline exceeded)'
}

@test "a server in Go answers through two elements" {
	need websocketd curl
	cat >"$T/server.sh" <<-'S'
		#!/usr/bin/env -S stdpkt run -p left
		ip addr add 192.0.2.2/24 dev left
		websocketd --address=192.0.2.2 --port=80 --staticdir=. >log 2>&1 &
		until ss -Htln | grep -q :80; do :; done
	S
	cat >"$T/client.sh" <<-'S'
		#!/usr/bin/env -S stdpkt run -p right
		ip addr add 10.0.0.2/24 dev right; ip route add default via 10.0.0.1
		stdpkt up
		curl -s --retry 20 --retry-connrefused --retry-delay 1 -o got http://192.0.2.2/file
	S
	chmod +x "$T"/*.sh
	seq 1 200000 >"$T/file"
	sh_run './client.sh | nat.sh | ./server.sh; echo "status ${PIPESTATUS[*]}" >&2; cmp got file && echo same >&2'
	[ "$(statuses)" = "0 0 0" ]
	has "$stderr" '^same$'
}
