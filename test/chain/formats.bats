#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# test/chain/formats.bats - what each format keeps, tried out: the table of doc/formats.md, which has to say the same
load helper

# Everything there is to keep, as text; pcapng has all of it.
sample() {
	cat <<-'S'
	# a comment
	#stdpkt block 4 - 010006007f0000016c00000000000000
	1000.000000007 a.1 in 60 drops=3,id=7,csum - - - - - - 020000000001020000000002080045000014000000004011
	S
}

kept() { # PATTERN: is it in what came back?
	if grep -qE -e "$1" "$T/back"; then printf ' yes |'; else printf ' - |'; fi
}

row() { # FORMAT READ WRITTEN
	printf '| %s | %s | %s |' "$1" "$2" "$3"
	kept '^1000\.000000007 '
	kept '^[^#].* a\.1 '
	kept '^[^#]+ in [0-9]+ '
	kept '^[^#]+ 60 [^ ]+ 02:'
	kept 'drops=3,id=7'
	kept '^# a comment$'
	kept '^#stdpkt block 4 '
	printf '\n'
}

table() {
	echo '| format | read | written | ns | link | direction | length on the wire | options | comments | other blocks |'
	echo '|---|---|---|---|---|---|---|---|---|---|'
	for f in text pcapng pcap qemu vde; do
		sample | stdpkt cat -o $f >"$T/x" && stdpkt cat -i $f "$T/x" >"$T/back" && row $f yes yes
	done
	# only read: written by hand
	echo '000000000000000A FFFFFFFFFFFF 001C7E6ABAD1 0800 45 00' | stdpkt cat -i etherpipe >"$T/back"
	! grep -q '^0\.000000080 .* 16 - 00:1c' "$T/back" || row etherpipe yes -
	printf '000000 ff ff ff ff ff ff 00 1c 7e 6a ba d1 08 00\n00000e\n' | stdpkt cat -i hexdump >"$T/back"
	! grep -q ' 14 - 00:1c' "$T/back" || row hexdump yes -
	printf '{\n  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x1c, 0x7e, 0x6a,\n  0xba, 0xd1, 0x08, 0x00,\n}\n' | stdpkt cat >"$T/back"
	! grep -q ' 14 - 00:1c' "$T/back" || row trafgen yes -
}

@test "doc/formats.md: each cell is what happens" {
	run diff <(table) <(sed -n '/^| format/,/^$/p' "$ROOT/doc/formats.md" | sed '/^$/d')
	[ "$status" = 0 ]
}

@test "a format that is only read is refused as output, one between neighbours as well" {
	for f in etherpipe hexdump trafgen bin ring; do
		run stdpkt cat -o $f /dev/null
		[ "$status" = 100 ]
	done
}

@test "trafgen's packet without a byte is a frame without a byte" {
	run bash -c "printf '{ }\n{ 1, 2 }' | stdpkt cat | cut -d ' ' -f 2-4,12"
	[ "$output" = "1
- - 0 -
- - 2 0102" ]
}
