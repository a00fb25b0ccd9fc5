#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/conformance/run.sh [SUITE...] - the tools' own test suites against the guest; doc/conformance.md
#
# Theory of operation. Each suite runs unmodified inside `stdpkt shell --root`, as an ordinary user. Its runner, a small script
# beside this one, turns what it prints into lines "ok CASE", "not ok CASE", "skip CASE". These are compared with the list in the file
# `expected`: a case that fails or is skipped without being listed is a regression, and so are fewer cases than listed; a listed
# one that passes is said, for the list should lose it. When root runs this, the ordinary user is nobody, and the host's network
# namespace is an empty one that must be found as it was: nothing that a suite does may reach the host's network.
#
# Environment: B=build folder, CONFORMANCE_SRC=folder with the sources (fetch.sh). What the suites print stays in
# $B/conformance/SUITE.log. Exit status: 0, 1 a regression, 111 unable to run.
set -eu
cd "$(dirname "$0")/../.."
B=$(cd "${B:-build}" && pwd)
H=$PWD/test/conformance
W=$B/conformance
export B PATH="$B:$PATH"

# What a program that got past the guest would leave behind in the host's namespace.
state() {
	ip -o link
	ip -o addr
	ip route show table all
	nft list ruleset
	cat /proc/net/dev /proc/net/snmp /proc/net/snmp6 /proc/net/ip_tables_names
} 2>/dev/null || :

runner() { # SUITE: prints the results, keeps the log
	name=${1%-*} kind=${1##*-}
	TMPDIR=$W/tmp sh "$H/$name.sh" "$kind" "$W" >"$W/$1.results" 2>"$W/$1.log" </dev/null || echo "not ok the runner ended with status $?" >>"$W/$1.results"
}

case ${1:-} in
--runner) runner "$2"; exit ;;
--namespace) # by root, in an empty network namespace, and with a folder /run that the suites may write to
	mount -t tmpfs -o mode=1777 none /run
	state >"$W/host.before"
	setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --inh-caps=-all sh "$H/run.sh" --runner "$2"
	state >"$W/host.after"
	cmp -s "$W/host.before" "$W/host.after" || echo "not ok the host's network namespace was left alone" >>"$W/$2.results"
	exit ;;
esac

mkdir -p "$W/tmp"
sh "$H/fetch.sh" "$W"
# shellcheck disable=SC2046 # words
[ $# -gt 0 ] || set -- $(sed -n 's/^suite \([^ ]*\) .*/\1/p' "$H/expected")
status=0
printf '%-18s %6s %7s %9s %6s\n' suite cases passed expected time
for suite; do
	t=$(date +%s)
	if [ "$(id -u)" = 0 ]; then
		chown -R 65534:65534 "$W"
		unshare -n -m sh "$H/run.sh" --namespace "$suite"
	else
		runner "$suite"
	fi
	awk -v suite="$suite" -v seconds=$(($(date +%s) - t)) -f "$H/compare.awk" "$H/expected" "$W/$suite.results" || status=1
done
[ $status = 0 ] || echo "conformance: worse than expected; what the suites printed is in $W/*.log"
exit $status
