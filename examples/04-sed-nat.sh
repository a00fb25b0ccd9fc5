#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What is edited is applied: sed gives the pings another source address, the next element puts it into the packet and corrects the
# checksums. Stateless: the way back does not lead through sed, so the pinging host has the new address as a second one.
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH

ping.sh --addr 10.0.0.2/24 --addr 198.51.100.7/32 -c 3 -i 0.2 |
	stdbuf -oL sed '/ ip\./s/ 10\.0\.0\.2 / 198.51.100.7 /' |
	router.sh --route 198.51.100.7=10.0.0.2 |
	host.sh --gateway 192.0.2.1
