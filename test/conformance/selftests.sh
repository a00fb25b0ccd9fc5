#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/conformance/selftests.sh net|netfilter FOLDER - scripts of the kernel's tools/testing/selftests/net, a guest for each, two at a time
#
# A script is a case by its exit status (0 passed, 4 skipped), and so is each line of it that gives a verdict on one test.
set -eu
PATH=$(cd "$(dirname "$0")/bin" && pwd):$PATH
case $1 in
net) scripts='pmtu fib_nexthops fib_tests fib_rule_tests fib-onlink-tests icmp icmp_redirect rtnetlink route_localnet unicast_extensions
	traceroute udpgro' ;;
netfilter) scripts='nft_concat_range nft_nat nft_nat_zones nft_fib nft_meta nft_synproxy conntrack_icmp_related conntrack_tcp_unreplied
	conntrack_reverse_clash br_netfilter nft_conntrack_helper xt_string rpath' ;;
esac
cd "$2/selftests/tools/testing/selftests/net"
[ "$1" = net ] || cd "$1"
# shellcheck disable=SC2016,SC2086 # for the inner shell; words
printf '%s\n' $scripts | xargs -P 2 -I '{}' sh -c \
	'timeout -k 10 3600 stdpkt shell --root ./{}.sh >"$TMPDIR/{}.out" 2>&1 </dev/null; echo $? >"$TMPDIR/{}.status"'
escape=$(printf '\033')
for s in $scripts; do
	echo "== $s" >&2
	cat "$TMPDIR/$s.out" >&2
	case $(cat "$TMPDIR/$s.status") in
	0) echo "ok $s" ;;
	4) echo "skip $s" ;;
	*) echo "not ok $s" ;;
	esac
	# verdicts: "TEST: WHAT  [ OK ]", "WHAT  3s  [FAIL]", "PASS: WHAT", " WHAT   ok"; namespaces have random names
	sed -n "s/$escape\[[0-9;]*m//g; s/[ \t][ \t]*/ /g; s/-[A-Za-z0-9]\{6\}\>/-X/g; s/ [0-9]*s \[/ [/; t reset
		: reset
		s/^ *\(TEST: \)*\(.*[^ ]\) *\[ *\(OK\|XFAIL\) *\].*/ok $s: \2/p; t
		s/^ *\(TEST: \)*\(.*[^ ]\) *\[ *FAIL *\].*/not ok $s: \2/p; t
		s/^ *\(TEST: \)*\(.*[^ ]\) *\[ *SKIP *\].*/skip $s: \2/p; t
		s/^ *\[ *SKIP *\].*/skip $s: (what it had said before)/p; t
		s/^\(PASS\|OK\): /ok $s: /p; t
		s/^\(FAIL\|ERROR\): /not ok $s: /p; t
		s/^SKIP: /skip $s: /p; t
		s/^ \(.*[^ ]\) ok\$/ok $s: \1/p; t
		s/^ \(.*[^ ]\) \(failed\|fail\)\$/not ok $s: \1/p" "$TMPDIR/$s.out"
done
