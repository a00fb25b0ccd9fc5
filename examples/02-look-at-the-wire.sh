#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Without a host at the end the packets come out as text, a line each: the source is already the router's outside address.
# Nobody answers, so ping itself ends with 1.
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH

ping.sh -c 2 -i 0.2 -W 1 | nat.sh | pfilter.sh | cut -d ' ' -f 1-11
