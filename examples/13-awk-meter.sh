#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# awk as a meter: every line goes on, and at the end stderr has packets and bytes by protocol, both ways together.
# mawk holds lines back unless told that it is interactive; other awks need an fflush() after each print.
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH

# shellcheck disable=SC2016 # the dollars are awk's
ping.sh -q -c 5 -i 0.1 |
	stdpkt duplex mawk -W interactive '
		{ print }
		!/^#/ { packets[$8]++; bytes[$8] += $4 }
		END { for (p in packets) print ENVIRON["STDPKT_TOWARD"], p, packets[p], bytes[p] > "/dev/stderr" }' |
	nat.sh | host.sh
