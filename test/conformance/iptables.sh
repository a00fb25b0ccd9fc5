#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/conformance/iptables.sh legacy|nft FOLDER - iptables-test.py with all of extensions/*.t, in one guest
#
# The guest is new, so no namespace is needed to keep it from the rules of others. A case is a line of a .t file, FILE:LINE; the suite
# prints those that fail, and how many there were.
set -eu
variant=$1
[ "$1" = legacy ] || variant=nftables
cd "$2"/iptables-*/
rm -f /tmp/iptables-test.log # the suite's own choice of name
stdpkt shell --root ./iptables-test.py --host --no-netns "--$variant" >"$TMPDIR/out" 2>"$TMPDIR/err" || :
cat "$TMPDIR/out" "$TMPDIR/err" >&2
sed -n 's|^extensions/\(.*\): ERROR: line \([0-9]*\) .*|not ok \1:\2|p' "$TMPDIR/err" | sort -u
# "nft: 129 test files, 1039 unit tests, 1037 passed"
sed -n 's/^[a-z]*: [0-9]* test files, \([0-9]*\) unit tests, \([0-9]*\) passed$/\2/p' "$TMPDIR/out" | while read -r passed; do
	seq "$passed" | sed 's/^/ok number /'
done
