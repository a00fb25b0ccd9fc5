#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A function of one's own is a shell script of stock commands: here a line of 50 ms and a tenth lost, made of tc's netem.
# ping ends with 1 only if nothing comes back at all.
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH
line=$(mktemp)
trap 'rm -f "$line"' EXIT
cat >"$line" <<'S'
ip link add name br0 type bridge stp_state 0 mcast_snooping 0
ip link set left master br0
ip link set right master br0
ip link set br0 up
tc qdisc add dev right root netem delay 50ms loss 10% seed 1 2>/dev/null || tc qdisc add dev right root netem delay 50ms loss 10%
S

ping.sh -c 10 -i 0.1 -W 2 | nat.sh | stdpkt run -n line "$line" | host.sh
