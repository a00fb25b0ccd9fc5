#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/fuzz/run.sh libfuzzer|afl SECONDS TARGET... - what `make fuzz` runs: each target that long, two at a time; TAP
#
# Seeds: test/fuzz/seeds/NAME if there are any, else test/captures. What libFuzzer finds new is kept in TARGET.corpus, AFL++ works in TARGET.afl.
set -eu
cd "$(dirname "$0")/../.."
fuzzer=$1 seconds=$2
shift 2
[ $# -gt 0 ] || { echo 'not ok fuzz: no target of this name' && exit 1; }

one() { # TARGET
	seeds=test/fuzz/seeds/${1##*/}
	if [ "$fuzzer" = afl ]; then
		rm -rf "$1.seeds" "$1.afl"
		mkdir -p "$1.seeds"
		[ -d "$seeds" ] || seeds=test/captures
		find "$seeds" -type f -size -20k -exec cp {} "$1.seeds" ';'
		AFL_SKIP_CPUFREQ=1 AFL_NO_UI=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 \
			afl-fuzz -V "$seconds" -t 5000 -m none -i "$1.seeds" -o "$1.afl" -- "$1" >"$1.log" 2>&1 || return 1
		[ -z "$(ls "$1.afl/default/crashes" 2>/dev/null)" ]
	else
		[ -d "$seeds" ] || seeds=test/captures
		mkdir -p "$1.corpus"
		"$1" -max_total_time="$seconds" -max_len=65536 -timeout=30 -rss_limit_mb=3000 -print_final_stats=1 -artifact_prefix="$1." "$1.corpus" "$seeds" >"$1.log" 2>&1
	fi
}

report() { # PID TARGET
	if wait "$1"; then
		echo "ok fuzz ${2##*/}: $fuzzer, $seconds s, $(sed -n 's/^stat::number_of_executed_units: *\(.*\)/\1 runs/p;s/^execs_done *: *\(.*\)/\1 runs/p' "$2.log" "$2.afl/default/fuzzer_stats" 2>/dev/null)"
	else
		status=1
		echo "not ok fuzz ${2##*/}: see $2.log"
		tail -n 40 "$2.log" | sed 's/^/# /'
	fi
}

status=0
while [ $# -gt 0 ]; do
	one "$1" &
	first=$! a=$1 b=${2:-}
	shift
	if [ $# -gt 0 ]; then
		one "$1" &
		second=$!
		shift
		report "$first" "$a"
		report "$second" "$b"
	else
		report "$first" "$a"
	fi
done
exit $status
