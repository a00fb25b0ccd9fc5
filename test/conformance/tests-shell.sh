#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/conformance/tests-shell.sh legacy|nft FOLDER - iptables' tests/shell/run-tests.sh, in one guest, a namespace for each script
set -eu
cd "$2"/iptables-*/iptables/tests/shell
stdpkt shell --root ./run-tests.sh --host "--$1" 2>&1 | tee /dev/stderr |
	sed -n 's|^.*I: \[OK\] *.*/testcases/|ok |p; s|^.*W: \[FAILED\] *.*/testcases/\(.*\): expected.*|not ok \1|p'
