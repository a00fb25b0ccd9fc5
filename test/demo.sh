#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/demo.sh [BUILD_FOLDER] - what `make demo` runs: three Linux network stacks and a host in a pipe, and what is on the wire
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
B=${1:-$top/build}
PATH=$(cd "$B" && pwd):$top/cmd:$PATH
[ -x "$B/stdpkt" ] || { echo "demo.sh: no $B/stdpkt: run make first" >&2; exit 111; }

# No privilege is needed, so none is used: root becomes nobody, if nobody may read this folder.
user=
if [ "$(id -u)" = 0 ]; then
	user='setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --inh-caps=-all'
	$user test -r "$B/stdpkt" -a -r "$top/cmd/nat.sh" || {
		echo "(this folder is closed to others: running as root, though no privilege is needed)"
		user=
	}
fi
say() { printf '\n\033[1m%s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9]*m//g'; fi; }

say "\$ ping.sh -c 5 | nat.sh | pfilter.sh | host.sh"
echo "Four processes of user $($user id -u), each a Linux network stack: a host that pings, a router that"
echo "translates its address, a bridge that filters, and the host that answers."
echo
out=$(mktemp)
trap 'rm -f "$out"' EXIT
# shellcheck disable=SC2086,SC2016 # a list of words; the inner shell's
$user sh -c 'ping.sh -n -c 5 -i 0.2 | nat.sh | pfilter.sh | host.sh' 2>&1 | tee "$out" || :

say "\$ ping.sh -c 1 | nat.sh | pfilter.sh | head -n 2"
echo "The same without the last host: what comes out is text, a packet a line. The source is translated; nobody answers."
echo
# shellcheck disable=SC2086
$user sh -c 'ping.sh -q -n -c 1 -W 1 2>/dev/null | nat.sh | pfilter.sh | head -n 2' | cut -c 1-230

echo
n=$(sed -n 's/^5 packets transmitted, \([0-9]*\) received.*/\1/p' "$out")
if [ "${n:-0}" = 5 ]; then
	echo "demo: 5 of 5 pings came back through three network stacks and a pipe. More: examples/, chains/, man stdpkt."
else
	echo "demo: ${n:-0} of 5 pings came back: this is wrong."
	exit 1
fi
