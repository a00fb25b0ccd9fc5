#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# stdpkt/filter.sh OUTPUT.o - libpcap's filter compiler and its interpreter as one object, out of Debian's static library
#
# The whole of libpcap wants libdbus and more for capturing, which nothing here does. So only the members that compile and run filter
# expressions are taken. What these name of the capturing ones stays 0 (weak): pcap_open_dead() and pcap_compile() do not call it.
# The lookups of names go to filter_names.c, since those of libc do not work in a static program.
set -eu
out=$1
lib=${LIBPCAP:-$(${CC:-gcc} -print-file-name=libpcap.a)}
[ -f "$lib" ] || { echo "filter.sh: no libpcap.a (Debian: libpcap0.8-dev)" >&2; exit 111; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
members='gencode.o optimize.o grammar.o scanner.o nametoaddr.o etherent.o bpf_filter.o bpf_image.o pcap-common.o pcap.o fmtutils.o'
lib=$(realpath "$lib")
members="$members $(ar t "$lib" | grep -x 'strl[a-z]*\.o' | xargs)" # before Debian 13 libc did not have these functions
# shellcheck disable=SC2086 # lists of names
(
	cd "$dir"
	ar x "$lib" $members
	ld -r -o all.o $members
)
for f in pcap_compile pcap_open_dead pcap_close pcap_geterr pcap_freecode pcap_offline_filter; do set -- "$@" --keep-global-symbol="$f"; done
shift
for f in getaddrinfo freeaddrinfo gethostbyname getnetbyname_r getprotobyname_r ether_hostton; do
	set -- "$@" --redefine-sym "$f=pkt_filter_$f"
done
for f in $(nm -u "$dir/all.o" | sed -nE 's/^ *U ((pcap|pcapint)_.*|.*_(create|findalldevs))$/\1/p'); do set -- "$@" --weaken-symbol="$f"; done
objcopy "$@" "$dir/all.o" "$out"
