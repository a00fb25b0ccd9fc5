#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/rules.bats - every match and target of iptables: a rule is taken and comes back as it was written
#
# The quick sibling of `make conformance`, which runs the suites of the tools themselves.
load helper

# PROGRAM FILE: the rules of the file, loaded into an element, are what the element then says; one that is refused is named by its line
comes_back() {
	install -m 644 "$ROOT/test/chain/$2" "$T/rules"
	guest_run "ipset create bad hash:ip
		$1-restore <\$T/rules
		for t in \$(sed -n 's/^\*//p' \$T/rules); do $1-save -t \$t; done | grep ^-A >\$T/got
		grep ^-A \$T/rules | diff - \$T/got"
	[ "$status" = 0 ]
}

@test "iptables-legacy: a rule of every kind" { comes_back iptables-legacy rules.v4; }
@test "iptables-nft: a rule of every kind" { comes_back iptables-nft rules.v4; }
@test "ip6tables-legacy: a rule of every kind" { comes_back ip6tables-legacy rules.v6; }
@test "ip6tables-nft: a rule of every kind" { comes_back ip6tables-nft rules.v6; }
