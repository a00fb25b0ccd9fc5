#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# awk as a load balancer: connections to 192.0.2.100 go to one of three servers, by the client's port, always the same for a connection.
# The address in the text is changed; the reader of the line changes the packet and its checksums.
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH

# shellcheck disable=SC2016 # the dollars are awk's
for port in 4000 4001 4002 4003 4004 4000; do
	echo "tcp 10.0.0.5:$port > 192.0.2.100:80 syn"
done | stdpkt make |
	awk '$10 == "192.0.2.100:80" { n = split($9, from, ":"); $10 = "192.0.2." 11 + from[n] % 3 ":80" } { print }' |
	stdpkt cat -o pcapng | tcpdump -n -t -r -
