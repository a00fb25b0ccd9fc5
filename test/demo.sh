#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/demo.sh [BUILD-FOLDER] - what `make demo` shows: real packets through three Linux network stacks in a shell pipe
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
b=${1:-build}
PATH=$(cd "$top" && cd "$b" && pwd):$top/cmd:$PATH
export PATH
report=$(mktemp)
trap 'rm -f "$report"' EXIT

echo
echo '$ ping.sh -c 5 -i 0.2 | nat.sh | pfilter.sh | host.sh'
status=0
ping.sh -c 5 -i 0.2 2>"$report" | nat.sh | pfilter.sh | host.sh || status=$?
cat "$report"
if [ "$status" = 0 ] && grep -q ' 5 received' "$report"; then
	echo "=> 5 of 5 came back, through three Linux network stacks of user $(id -un)'s own"
else
	echo "=> the replies did not all come back"
	status=1
fi

echo
echo '$ ping.sh -c 1 -W 1 | nat.sh | pfilter.sh        # nobody answers: the packet itself, its source translated'
ping.sh -c 1 -W 1 2>/dev/null | nat.sh | pfilter.sh | cut -c 1-150
exit "$status"
