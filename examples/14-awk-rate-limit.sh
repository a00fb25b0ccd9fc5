#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# awk as a rate limiter: a bucket of 5 tokens that is filled at 20 a second, by the packets' own time. Of 100 packets in one second
# 5 + 19 come through.
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH

# shellcheck disable=SC2016 # the dollars are awk's
stdpkt make 'udp 10.0.0.2:1 > 192.0.2.2:2 len 100 count 100 interval 10ms time 1000' |
	awk 'BEGIN { rate = 20; size = 5; tokens = size }
		/^#/ { print; next }
		last { tokens += ($1 - last) * rate; if (tokens > size) tokens = size }
		{ last = $1 }
		tokens >= 1 { tokens--; print }' |
	stdpkt cat -o pcapng | tcpdump -n -r -
