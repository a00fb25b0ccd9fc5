#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/run.sh - what `make test` runs: every unit test, the differential tests, the chain tests, a short soak; one plain line of counts at the end
#
# Environment: B=build folder. TESTS="unit diff chain soak" picks groups. COUNTS=file adds the counts to that file instead of printing
# the closing line (for .ci/run, which adds several runs up).
set -eu
cd "$(dirname "$0")/.."
B=${B:-build}
TESTS=${TESTS:-unit diff chain soak}
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
wanted() { case " $TESTS " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }

# Under a sanitizer a crash is reported by that, with the exit status of our own report.
export ASAN_OPTIONS="exitcode=111${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

# Every test program prints TAP: "ok NAME", "not ok NAME", "ok NAME # SKIP reason". What it ends with counts too.
tap() { # NAME COMMAND...
	name=$1 status=0
	shift
	echo "== $name"
	timeout -k 10 600 "$@" >"$log/one" 2>"$log/err" </dev/null || status=$?
	grep -aE '^(ok|not ok)( |$)' "$log/one" >"$log/lines" || :
	grep -avE '^ok' "$log/one" | grep -avE '^1\.\.[0-9]+$' || :
	grep -aE '# (SKIP|skip)' "$log/lines" || :
	if [ "$status" != 0 ] && ! grep -aq '^not ok' "$log/lines"; then
		echo "not ok $name ended with status $status" | tee -a "$log/lines"
		tail -20 "$log/err"
		cut -c 1-60 "$log/one" | tail -60 # which of the expected ones is not there
	fi
	cat "$log/lines" >>"$log/all"
}
: >"$log/all"

if wanted unit; then
	make -s B="$B" ${SANITIZE:+SANITIZE="$SANITIZE"} units >&2
	for t in "$B"/unit/*_test; do tap "${t##*/}" "$t"; done
fi
if wanted diff; then
	tap test/diff sh test/diff/run.sh
	! command -v python3 >/dev/null || B=$B PYTHONDONTWRITEBYTECODE=1 tap test/diff/explain.py python3 test/diff/explain.py
fi
if wanted chain; then
	for t in test/chain/*.bats; do B=$B tap "$t" bats --tap "$t"; done
fi
if wanted soak; then
	make -s B="$B" ${SANITIZE:+SANITIZE="$SANITIZE"} "$B/unit/link_test" >&2
	B=$B SOAK_TIME=2 PYTHONDONTWRITEBYTECODE=1 tap test/soak python3 test/soak/soak.py
fi

passed=$(grep -aE '^ok' "$log/all" | grep -acvE '# (SKIP|skip)' || :)
skipped=$(grep -aE '^ok' "$log/all" | grep -acE '# (SKIP|skip)' || :)
failed=$(grep -acE '^not ok' "$log/all" || :)
if [ -n "${COUNTS:-}" ]; then
	echo "$passed $failed $skipped" >>"$COUNTS"
else
	grep -a '^not ok' "$log/all" | sed 's/^/FAILED: /' || :
	echo "$passed passed, $failed failed, $skipped skipped"
fi
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
