# SPDX-License-Identifier: GPL-2.0-only
# test/conformance/compare.awk - one suite's results against the list `expected`: a line of the table; exit 1 for a regression
#
# -v suite=NAME -v seconds=N; files: expected, results. The format of `expected` is at its top; of results: "ok|not ok|skip CASE".

FNR == NR {
	if ($1 == "suite" && $2 == suite) want = $3
	if ($1 == "reason") { name = $2; sub(/^reason +[^ ]+ +/, ""); text[name] = $0 }
	if ($1 == suite) { reason = $2; sub(/^[^ ]+ +[^ ]+ +/, ""); listed[$0] = reason }
	next
}
{
	how = $1
	sub(how == "not" ? "^not ok +" : "^[^ ]+ +", "")
	# a case of a name that was there already is another one
	case_ = $0 (seen[$0]++ ? " (" seen[$0] ")" : "")
	cases++
	if (how == "ok") {
		passed++
		if (case_ in listed) print "  unexpected pass: " case_ " (listed as " listed[case_] ")"
	} else if (case_ in listed) {
		group[listed[case_]]++
		expected++
	} else {
		print "  REGRESSION: " (how == "skip" ? "skipped: " : "") case_
		bad = 1
	}
}
END {
	if (cases < want) { print "  REGRESSION: " cases + 0 " cases, there should be " want; bad = 1 }
	printf "%-18s %6d %7d %9d %5ds\n", suite, cases, passed, expected, seconds
	for (g in group) print "  " group[g] " " g ": " text[g] | "sort"
	exit bad
}
