#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lib/kernel/order.sh FOLDER - writes order.lds beside it (make order), with FOLDER/stdpkt, FOLDER/order and what FOLDER/guest was linked from
#
# Frozen functions are followed step by step: a source that pings through NAT and a filter, and some packets of each protocol. What they go through
# comes first in the guest's text, in the order in which it was come to. A name that another compiler does not make is no harm, nor is one more.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
B=$(cd "$1" && pwd)
export PATH="$B:$top/cmd:$PATH:/usr/sbin:/sbin"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
say() { echo "order: $*" >&2; }

printf '%s\n' 'ip addr add 10.0.0.2/24 dev right' 'ip route add default via 10.0.0.1' 'ip neigh add 10.0.0.1 dev right lladdr 02:00:0a:00:00:01' >source.sh
stdpkt freeze -p right source.sh -o source
for f in nat pfilter host; do stdpkt freeze "$top/cmd/$f.sh" -o $f; done
stdpkt make 'icmp 10.0.0.2 > 192.0.2.2 id 3 via 10.0.0.1' 'tcp 10.0.0.2:4000 > 192.0.2.2:80 syn via 10.0.0.1' \
	'udp 10.0.0.2:4000 > 192.0.2.2:53 via 10.0.0.1' 'udp 10.0.0.2:4000 > 192.0.2.2:53 via 10.0.0.1' \
	'arp who-has 10.0.0.1 tell 10.0.0.2' >packets

say 'packets through nat.sh, pfilter.sh and host.sh'
order nat.names ./nat <packets >translated
order pfilter.names ./pfilter <translated >filtered
order host.names ./host <filtered >/dev/null
say 'ping through all of them'
order source.names ./source -u ping -c 1 -W 60 192.0.2.2 | ./nat | ./pfilter | ./host
./source -u ping -c 1 -W 60 192.0.2.2 | ./nat | ./pfilter | order host.names ./host

objdump -h "$B/guest/vmlinux.a" "$B/guest/lib/lib.a" "$B/guest/arch/lib/lib/lib.a" | awk '$2 ~ /^\.text\../ { print substr($2, 7) }' | sort -u >sections
cat nat.names pfilter.names host.names source.names | awk 'NR == FNR { has[$1]; next } $1 in has && !seen[$1]++' sections - >names
[ "$(wc -l <names)" -ge 500 ] || { say "only $(wc -l <names) functions: something did not run"; exit 111; }
{
	echo '/* Made by order.sh (make order): functions of the guest, in the order in which frozen functions come to them first. */'
	sed 's/.*/*(.text.&)/' names
} >order.lds
mv order.lds "$here/order.lds"
say "$(wc -l <names) functions"
