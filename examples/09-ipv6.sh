#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The same with IPv6: two hosts and a router.
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH

ping.sh --addr 2001:db8:1::2/64 --gateway 2001:db8:1::1 -c 3 -i 0.2 2001:db8:2::2 |
	router.sh --left 2001:db8:1::1/64 --right 2001:db8:2::1/64 |
	host.sh --addr 2001:db8:2::2/64 --gateway 2001:db8:2::1
