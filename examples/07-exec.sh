#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Ask a running element: stock tools against its stack, while the pings go on.
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH

(ping.sh -q -c 30 -i 0.1 | nat.sh | pfilter.sh | host.sh) &
until stdpkt exec nat -- conntrack -L 2>/dev/null | grep icmp; do sleep 0.1; done
stdpkt exec nat -- iptables -t nat -L POSTROUTING -nv
stdpkt exec pfilter -- bridge link
stdpkt ls
wait
