# shellcheck shell=bash disable=SC2154 # status, output, stderr are set by run
# SPDX-License-Identifier: GPL-2.0-only
#
# test/chain/helper.bash - what the chain tests share
#
# The elements always run as an ordinary user. Where the tests are run by root, that user is nobody (65534), without a capability
# and in a network namespace of the test's own, if there may be one: so nobody else's elements are seen.
#
#   sh_run [-t SECONDS] SCRIPT   a bash script as that user in $T; sets $status $output $stderr as bats' run does
#   $T                           a folder of the test's own, which that user may write
#   wait_for SECONDS COMMAND...  in such a script: poll until COMMAND succeeds; 1 if it never does
#   B                            the build that is tested (environment; default: build)
bats_require_minimum_version 1.5.0

ROOT=${STDPKT_TREE:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
B=$(cd "$ROOT" && cd "${B:-build}" && pwd)
CAPTURES=$ROOT/test/captures
# what a root shell has in its PATH may be closed to the user: a program "found" there cannot be run
PATH=$B:$ROOT/cmd:$ROOT/chains:/usr/local/bin:/usr/bin:/bin
NOBODY=65534
export ROOT B CAPTURES PATH

wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || { echo "timed out: $*" >&2; return 1; }
		sleep 0.02
	done
}
export -f wait_for

setup() {
	T=$(mktemp -d "${TMPDIR:-/tmp}/stdpkt-chain-XXXXXX")
	export T HOME=$T # root's own home is closed to the user
	USER_IS=()
	if [ "$(id -u)" = 0 ]; then
		chown $NOBODY "$T"
		USER_IS=(setpriv --reuid="$NOBODY" --regid="$NOBODY" --clear-groups --no-new-privs --inh-caps=-all)
		! unshare -n true 2>/dev/null || USER_IS=(unshare -n "${USER_IS[@]}")
	fi
}

teardown() {
	rm -rf "$T"
}

as_user() {
	(cd "$T" && "${USER_IS[@]}" "$@") 3>&- # fd 3 is bats', which wants it itself: to say that a status was 127, for one
}

sh_run() {
	local limit=60
	[ "$1" != -t ] || { limit=$2; shift 2; }
	# timeout puts all that it starts in a process group of its own and ends the whole of it
	run --separate-stderr as_user timeout -k 5 "$limit" bash -c "$1" </dev/null
	[ "$status" != 124 ] || echo "sh_run: not done after $limit s" >&2
	show
}

# Shown by bats when the test fails.
show() {
	echo "--- status $status"
	echo "--- stdout"
	head -c 4000 <<<"$output"
	echo "--- stderr"
	head -c 4000 <<<"$stderr"
}

# COMMAND... inside an element without a network, its output in $stderr, its status in $status.
guest_run() {
	printf '%s\n' 'set -e' "$1" >"$T/guest.sh"
	sh_run "stdpkt run -n guest -p left=null -p right=null \$T/guest.sh"
}

# The statuses of a pipeline, as the last line of its bash script prints them: echo "status ${PIPESTATUS[*]}" >&2
statuses() {
	sed -n 's/^status //p' <<<"$stderr"
}

# FILE has LINES lines that match REGEX (default: at least one)
has() {
	grep -qE -e "$2" <<<"$1" || { echo "no line matches: $2"; return 1; }
}

has_not() {
	! grep -E -e "$2" <<<"$1" || { echo "should not match: $2"; return 1; }
}

need() {
	local c
	for c; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$c" >/dev/null || skip "no $c on this machine"
	done
}

need_root_peer() {
	[ "$(id -u)" = 0 ] || skip "needs root, to have two users"
}

# A UDP packet with right checksums, as hex; $1: the last byte of its source address (two digits).
udp_hex() {
	local sum
	sum=$(printf '%04x' $((0x66d0 - 0x$1)))
	echo "0200c00002020200c000020108004500001c000000004011${sum}0a0000${1}0a0000020001000200080000"
}

# stdpkt text of packets 01 02 03 ...
text() {
	local i
	echo '#stdpkt 1'
	for i; do echo "$((10#$i)).000000000 - out 42 - - - - - - - $(udp_hex "$i")"; done
}
