#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A server behind the router, reached from outside by a forwarded port. Server and client are netcat, unmodified.
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/server" <<'S'
ip addr add 10.0.0.2/24 dev right
ip route add default via 10.0.0.1
stdpkt up
printf 'HTTP/1.0 200 OK\r\n\r\nhello from 10.0.0.2\n' | nc -n -l -N 80
S

stdpkt run -p right "$dir/server" |
	nat.sh --dnat tcp:8080=10.0.0.2:80 |
	host.sh -- sh -c 'until printf "GET / HTTP/1.0\r\n\r\n" | nc -n 192.0.2.1 8080; do sleep 0.1; done'
