#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# test/bench/idle.bash STDPKT FUNCTIONS-FOLDER [N] - N frozen routers (default 1000) that have nothing to do: time until all are up, what memory
# they take together (what the system has less available), how often one wakes in ten seconds
set -eu
n=${3:-1000}
dir=$(mktemp -d)
trap 'kill "${pids[@]}" "$hold" 2>/dev/null || :; wait 2>/dev/null || :; rm -rf "$dir"' EXIT
pids=() hold=
available() { awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo; }
switches() { awk '$1 == "voluntary_ctxt_switches:" { print $2 }' "/proc/${pids[0]}/status"; }

"$1" freeze "$2/nat.sh" -o "$dir/nat"
mkfifo "$dir/in"
sleep 3600 >"$dir/in" & # never writes: the elements wait for their first packet
hold=$!
"$dir/nat" </dev/null >/dev/null # the file is in memory, as it is for all but the first
before=$(available)
start=${EPOCHREALTIME/[.,]/}
for ((i = 0; i < n; i++)); do
	"$dir/nat" -n "idle$$" <"$dir/in" >/dev/null &
	pids+=($!)
done
# an element opens its control socket when its cards are up
until [ "$(grep -c "@stdpkt/control/idle$$\." /proc/net/unix)" -ge "$n" ]; do
	[ "$SECONDS" -lt 120 ] || { echo "idle: not up after 120 s" >&2; exit 1; }
	sleep 0.02
done
end=${EPOCHREALTIME/[.,]/}
after=$(available)
awk -v n="$n" -v us=$((end - start)) -v kb=$((before - after)) 'BEGIN {
	printf "%-28s %10.2f s\n%-28s %10.2f GB\n", "idle." n ".start", us / 1e6, "idle." n ".memory", kb / 1048576 }'
from=$(switches)
sleep 10 # the measuring time itself
awk -v s=$(($(switches) - from)) 'BEGIN { printf "%-28s %10.1f /s\n", "idle.wakeups", s / 10 }'
