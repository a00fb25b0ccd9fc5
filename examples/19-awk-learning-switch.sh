#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# awk as a learning switch of three ports: each line begins with the port that it came in by. A frame goes to the port where its
# destination was last seen as a source, or to all others. Host 1 pings the other two; its end is the end of all.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
PATH=$here/build:$here/cmd:$PATH
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

host() { # PORT SCRIPT
	mkfifo "to$1" "from$1"
	printf '%s\n' "ip addr add 10.0.0.$1/24 dev eth0" "$2" >"host$1"
}
host 1 'stdpkt up; ping -q -c 2 -i 0.2 10.0.0.2; ping -q -c 2 -i 0.2 10.0.0.3'
host 2 true
host 3 true
for p in 1 2 3; do
	stdpkt run -p "eth0=fifo:to$p,from$p" "host$p" &
done

# shellcheck disable=SC2016 # the dollars are awk's
for p in 1 2 3; do
	{ sed -u "s/^/$p /" <from$p; echo "$p end"; } &
done | mawk -W interactive '
	$2 == "end" { exit }
	$2 ~ /^#/ { next }
	{ port = $1; seen[$7] = port; sub(/^[0-9] /, "") }
	{ for (p = 1; p <= 3; p++) if (seen[$7] ? p == seen[$7] : p != port) { print > ("to" p); fflush("to" p); n[p]++ } }
	END { for (p = 1; p <= 3; p++) print "port " p ": " n[p] " frames" > "/dev/stderr" }'
wait
