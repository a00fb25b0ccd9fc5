#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/conformance/iproute2.sh - FOLDER - iproute2's testsuite, with the installed programs, in one guest
#
# Its Makefile calls sudo and looks for a build of iproute2. Its scripts only want to be told where the programs are, and each a
# namespace of its own: this sets for them what the Makefile sets. 127 is a script that asks to be skipped; stderr is the verdict.
set -eu
cd "$2"/iproute2-*/testsuite
tools/generate_nlmsg
mkdir -p "$TMPDIR/bin"
printf '#!/bin/sh\nexec "$@"\n' >"$TMPDIR/bin/sudo" # they are root already
chmod +x "$TMPDIR/bin/sudo"
cat >"$TMPDIR/all" <<'EOF'
export TC=tc IP=ip SS=ss BRIDGE=bridge DEV=lo SNAME=installed STD_ERR=$TMPDIR/err STD_OUT=$TMPDIR/out ERRF=$TMPDIR/failed
for t in $(find tests -name '*.t' | sort); do
	rm -f "$ERRF" "$TMPDIR/status"
	echo "== $t" >&2
	IPVER=${t#tests/} unshare -n sh -c '"$0"; echo $? >"$TMPDIR/status"' "$t" >&2
	how=ok
	if ! [ -e "$TMPDIR/status" ] || [ -e "$ERRF" ]; then
		how='not ok'
		cat "$ERRF" >&2
	elif [ "$(cat "$TMPDIR/status")" = 127 ]; then
		how=skip
	fi
	echo "$how ${t#tests/}"
done
EOF
PATH="$TMPDIR/bin:$PATH" stdpkt shell --root sh "$TMPDIR/all"
