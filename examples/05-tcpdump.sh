#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# tcpdump beside the wire: tee gives it a copy, stdpkt cat makes that pcapng. -U and -l: what has come is shown at once.
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkfifo "$dir/copy"

stdpkt cat -o pcapng "$dir/copy" | tcpdump -n -l -r - 2>/dev/null &
ping.sh -c 3 -i 0.2 | nat.sh | tee "$dir/copy" | host.sh
wait
