#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A host, a translating router, a packet filter and a host, each on a Linux network stack of its own: five pings and their replies.
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH

ping.sh -c 5 -i 0.2 | nat.sh | pfilter.sh | host.sh
