#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Filters in both directions: duplex runs a command twice, once for each way of the link. First grep as an access list that sees the
# replies, too: one ping goes unanswered, and fails. Then sed as a stateless NAT: out with another source, back to the old destination.
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH

ping.sh -c 3 -i 0.2 -W 1 | stdpkt duplex "grep --line-buffered -v ' echo-reply,.*,seq=2,'" | nat.sh | host.sh

ping.sh -c 3 -i 0.2 |
	stdpkt duplex --back "stdbuf -oL sed '/ ip\./s/ 198\.51\.100\.7 / 10.0.0.2 /'" \
		"stdbuf -oL sed '/ ip\./s/ 10\.0\.0\.2 / 198.51.100.7 /'" |
	router.sh --route 198.51.100.7=10.0.0.2 |
	host.sh --gateway 192.0.2.1
