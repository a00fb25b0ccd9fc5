#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What becomes of each packet of a capture, and why? As lines, as counts, and for Wireshark as comments on the packets.
# usage: 11-explain.sh [CAPTURE [RULES]]
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH
capture=${1:-$(dirname "$0")/../test/captures/imap.pcap}
rules=${2:-$(dirname "$0")/../test/diff/rules/stateful.v4}
out=$(mktemp --suffix=.pcapng)
trap 'rm -f "$out"' EXIT

stdpkt explain -f "$rules" <"$capture" | head -5
echo
stdpkt explain --count -f "$rules" <"$capture"
echo
stdpkt explain -o pcapng -f "$rules" <"$capture" >"$out"
if command -v tshark >/dev/null; then tshark -n -r "$out" -Y 'frame.verdict.ebpf_tc == 2' -T fields -e frame.number -e frame.comment 2>/dev/null | head -5; fi
