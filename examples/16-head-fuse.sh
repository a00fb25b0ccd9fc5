#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# head as a fuse: after eight lines the link is cut, and the chain ends with it. stdbuf: head itself would keep the lines until its end.
set -eu
PATH=$(dirname "$0")/../build:$(dirname "$0")/../cmd:$PATH

ping.sh -c 20 -i 0.1 -W 1 10.0.0.1 | stdpkt duplex --back cat 'stdbuf -oL head -n 8' | host.sh --addr 10.0.0.1/24
