# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/setup_suite.bash - once for all files: where root runs the tests from a folder that is closed to the ordinary user as whom the
# elements run (a clone in /root), that user gets a copy of what it takes
setup_suite() {
	local root
	root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
	[ "$(id -u)" = 0 ] || return 0
	B=$(cd "$root" && cd "${B:-build}" && pwd)
	export B
	! setpriv --reuid=65534 --regid=65534 --clear-groups test -r "$B/stdpkt" -a -r "$root/cmd/nat.sh" || return 0
	STDPKT_TREE=$(mktemp -d "${TMPDIR:-/tmp}/stdpkt-tree-XXXXXX")
	export STDPKT_TREE
	chmod 755 "$STDPKT_TREE"
	cp -R "$root/cmd" "$root/chains" "$root/examples" "$root/test" "$STDPKT_TREE"
	mkdir "$STDPKT_TREE/build"
	cp "$B/stdpkt" "$STDPKT_TREE/build"
	chmod -R a+rX "$STDPKT_TREE"
	B=$STDPKT_TREE/build
}

teardown_suite() {
	[ -z "${STDPKT_TREE:-}" ] || rm -rf "$STDPKT_TREE"
}
