#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/corpus.bats - every frame of some captures has a fate; `make corpus` does it for all of them
load helper

@test "every frame of a capture is forwarded, answered, taken, held or dropped with a reason, and the live pipe's counters agree" {
	need python3
	sh_run "PYTHONDONTWRITEBYTECODE=1 python3 \$ROOT/test/corpus/corpus.py \$CAPTURES/{imap,null,malformed_icmp,arp-too-long-tha}.pcap \
		\$CAPTURES/{sip.pcapng,unsupported-link-type-160.pcap} \$CAPTURES/traffic/{skype,ip_fragmented_garbage}.pcap"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	[ "$(grep -cE '^\| all \| 8 \| 1 \| [0-9]{5} \| (nat|pfilter)\.sh( \| [0-9]+){5} \| 0 \| [1-9][0-9]+ \|$' <<<"$output")" = 2 ]
}
