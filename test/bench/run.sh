#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/bench/run.sh [NAME] - what `make bench` runs: one line a figure "NAME value unit", then each against its peer as a ratio.
# Absolute values are of this machine at this moment; compare the ratios. NAME picks the groups that start with it: boot, codec, forward, chain,
# tcp, rtt, idle, latency, grow, attach.
# The lines are kept in $B/bench/figures.csv, and with gnuplot installed drawn (plot.sh): $B/bench/*.svg and .png.
set -eu
only=${1:-}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
B=${B:-build}
case $B in /*) ;; *) B=$top/$B ;; esac
make -s -C "$top" B="$B" "$B/bench/forward" "$B/bench/blast" "$B/bench/boot" "$B/bench/until" "$B/bench/tcp" "$B/bench/ends" "$B/bench/codec" "$B/bench/attach" "$B/bench/notify" >&2
out=$(mktemp) frozen=$(mktemp)
trap 'rm -f "$out" "$frozen"' EXIT
root=no
[ "$(id -u)" != 0 ] || ! ip netns list >/dev/null 2>&1 || root=yes
wanted() { case $1 in "$only"*) return 0 ;; *) return 1 ;; esac; }
ratio() { # NAME OURS PEER
	awk -v n="$1" -v a="$2" -v b="$3" '$1 == a { x = $2 } $1 == b { y = $2 } END { if (x && y) printf "%-28s %10.2f times\n", n, x / y }' "$out" | tee -a "$out"
}

if wanted boot.start; then
	"$B/stdpkt" freeze "$top/cmd/nat.sh" -o "$frozen"
	# cold: the guest's own boot; start: from the booted guest in the program, as every element does; frozen: configured, too
	"$B/bench/boot" "$top/test/captures/dhcp.pcap" boot.cold "$B/stdpkt" run --kernel quiet --bare -- \
		boot.start "$B/stdpkt" run --bare -- boot.frozen "$frozen" | tee -a "$out"
fi
if wanted boot.initcalls; then # of the guest's own boot, timed by itself: the median of five for each, their sum, and the longest
	for _ in 1 2 3 4 5; do
		"$B/stdpkt" run --kernel 'initcall_debug loglevel=8' --bare </dev/null 2>&1 >/dev/null |
			sed -n 's/.*initcall 0x\([0-9a-f]*\) returned .* after \([0-9]*\) usecs.*/\1 \2/p'
	done | sort -k1,1 -k2,2n | awk 'NR % 5 == 3' >"$out.initcalls"
	awk '{ us += $2 } END { printf "%-28s %10.3f ms\n%-28s %10d initcalls\n", "boot.initcalls", us / 1e3, "boot.initcalls.number", NR }' "$out.initcalls" | tee -a "$out"
	nm "$B/stdpkt" | awk 'NR == FNR { name[$1] = $3; next } { printf "%-40s %10.3f ms\n", "boot.initcalls." name[$1], $2 / 1e3 }' - "$out.initcalls" |
		sort -k2,2nr | head -n 8 | tee -a "$out"
	rm -f "$out.initcalls"
fi
if wanted boot.chain; then bash "$here/chainboot.bash" "$B/stdpkt" "$top/cmd" | tee -a "$out"; fi

if wanted idle; then bash "$here/idle.bash" "$B/stdpkt" "$top/cmd" | tee -a "$out"; fi
if wanted latency; then # of a frame through stdpkt cat in a live pipe, of a line through cat
	one=$(mktemp)
	"$B/stdpkt" make 'udp 10.0.0.2:1 > 192.0.2.2:2 len 1000' >"$one"
	PATH=$B:$PATH python3 "$here/latency.py" "$one" |
		awk '{ name = $1 == "difference" ? "latency.more" : $1 == "cat" ? "latency.cat" : "latency.stdpkt-cat"
			printf "%-28s %10.3f us\n", name, $NF }' | tee -a "$out"
	rm -f "$one"
fi

# Frames of 1,514 bytes: first without I/O, then whole programs on the same capture, whose best of three counts.
codec_run() { # NAME FRAMES COMMAND...
	name=$1 many=$2
	shift 2
	command -v "${1%% *}" >/dev/null || { echo "# $name: not measured, no ${1%% *} here"; return 0; }
	best=
	for _ in 1 2 3; do
		took=$(python3 -c 'import resource, subprocess, sys
def used(): u = resource.getrusage(resource.RUSAGE_CHILDREN); return u.ru_utime + u.ru_stime
before = used() # python3 may be a shell script of somebody, with children of its own
subprocess.run(["sh", "-c", "exec " + sys.argv[1]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
print(used() - before)' "$*") || { echo "# $name: failed"; return 0; }
		best=$(printf '%s\n%s\n' "$took" "${best:-$took}" | sort -g | head -n 1)
	done
	awk -v n="$name" -v f="$many" -v t="$best" 'BEGIN { printf "%-28s %10.3f Mpps\n", n, f / t / 1e6 }' | tee -a "$out"
}
codec() {
	"$B/bench/codec" 1514
	"$B/bench/codec" 64
	PATH=$B:$PATH
	frames=60000 few=2000
	"$B/stdpkt" make -o pcapng "tcp 10.0.0.1:4000 > 192.0.2.2:80 len 1460 count $frames interval 1us" >"$dir/x.pcapng"
	"$B/stdpkt" make -o pcapng "tcp 10.0.0.1:4000 > 192.0.2.2:80 len 1460 count $few interval 1us" >"$dir/few.pcapng"
	"$B/stdpkt" cat "$dir/x.pcapng" >"$dir/x.txt"
	tcpdump -n -t -xx -r "$dir/few.pcapng" 2>/dev/null | sed -n 's/^\t0x\([0-9a-f]*\): \(.*\)  .*/\1 \2/p' |
		sed 's/\([0-9a-f][0-9a-f]\)\([0-9a-f][0-9a-f]\)/\1 \2/2g' >"$dir/few.hex" || :
	codec_run tool.to-text.stdpkt "$frames" stdpkt cat "$dir/x.pcapng"
	codec_run tool.to-text.tcpdump-xx "$frames" tcpdump -n -xx -r "$dir/x.pcapng"
	codec_run tool.to-text.tshark-x "$few" tshark -n -x -r "$dir/few.pcapng"
	codec_run tool.from-text.stdpkt "$frames" stdpkt cat -o pcap "$dir/x.txt"
	codec_run tool.from-text.text2pcap "$few" text2pcap -q -F pcap "$dir/few.hex" -
	codec_run tool.pcapng.stdpkt "$frames" stdpkt cat -o pcapng "$dir/x.pcapng"
	codec_run tool.pcapng.tcpdump "$frames" tcpdump -r "$dir/x.pcapng" -w -
	codec_run tool.pcapng.tshark "$frames" tshark -r "$dir/x.pcapng" -w -
	codec_run tool.filter.stdpkt "$frames" stdpkt cat -o pcap -f "'tcp port 81'" "$dir/x.pcapng"
	codec_run tool.filter.tcpdump "$frames" tcpdump -r "$dir/x.pcapng" -w - "'tcp port 81'"
	ratio to-text/tcpdump tool.to-text.stdpkt tool.to-text.tcpdump-xx
	ratio to-text/tshark tool.to-text.stdpkt tool.to-text.tshark-x
	ratio from-text/text2pcap tool.from-text.stdpkt tool.from-text.text2pcap
	ratio pcapng/tcpdump tool.pcapng.stdpkt tool.pcapng.tcpdump
	ratio pcapng/tshark tool.pcapng.stdpkt tool.pcapng.tshark
}
if wanted codec; then
	dir=$(mktemp -d)
	trap 'rm -rf "$dir" "$out" "$frozen"' EXIT
	codec
	rm -rf "$dir"
fi

# The host's kernel doing the same: one namespace that routes between two veth pairs, load from a packet socket. Its memory is what the kernel
# holds more than before, of kinds that are not given back when somebody else wants them; others on the machine disturb it.
held() { awk '$1 ~ /^(SUnreclaim|VmallocUsed|Percpu):/ { kb += $2 } END { print kb }' /proc/meminfo; }
peer() { # NAME BYTES FLOWS
	ns=stdpkt-bench-$$
	had=$(held)
	ip netns add "$ns"
	# shellcheck disable=SC2064 # the name as it is now
	trap "ip netns del $ns; rm -f '$out' '$frozen'" EXIT
	ip link add "sb$$l" type veth peer name left netns "$ns"
	ip link add "sb$$r" address 02:00:c0:00:02:02 type veth peer name right netns "$ns"
	ip link set "sb$$l" up
	ip link set "sb$$r" up
	ip -n "$ns" link set left address 02:00:0a:00:00:01 up
	ip -n "$ns" link set right up
	ip netns exec "$ns" sh "$here/setup.sh"
	before=$(cat "/sys/class/net/sb$$r/statistics/rx_packets")
	seconds=2
	"$B/bench/blast" "sb$$l" 02:00:0a:00:00:01 "$2" "$3" "$seconds" >/dev/null
	after=$(cat "/sys/class/net/sb$$r/statistics/rx_packets")
	awk -v n="$1" -v p="$((after - before))" -v s="$seconds" -v kb="$(($(held) - had))" 'BEGIN {
		printf "%-28s %10.4f Mpps\n%-28s %10.3f MB\n", n, p / s / 1e6, "memory." n, kb / 1024 }' | tee -a "$out"
	ip netns del "$ns"
	trap 'rm -f "$out" "$frozen"' EXIT
}

ours() { # NAME RULES BYTES FLOWS
	{ BENCH_RULES=$2 "$B/bench/forward" "$1" "$3" "$4" "$here/setup.sh" || echo "# $1: failed"; } | tee -a "$out"
}

forward() { # RULES BYTES FLOWS
	name=forward.$1.$2
	wanted "$name" || return 0
	ours "$name" "$1" "$2" "$3"
	if [ "$root" = yes ]; then
		BENCH_RULES=$1 peer "host.$name" "$2" "$3"
		ratio "$name/host" "$name" "host.$name"
	else
		echo "# host.$name: not measured, network namespaces need root"
	fi
}
forward plain 64 1
forward plain 1514 1
forward masquerade 64 1000
forward rules100 64 1

# Across processes: a chain of elements, and the host's chain of namespaces.
for group in chain chain.legacy tcp rtt; do
	if wanted "$group"; then
		B=$B sh "$here/chain.sh" "$group" "$group" | tee -a "$out"
		ratio "$group/host" "$group" "host.$group"
	fi
done

# how it grows: grow.size.BYTES, grow.rules.N, grow.flows.N (translated), each with the memory that it takes (.memory); and with N routers, a process
# each: grow.chain.N (64-byte frames), grow.tcp.N, grow.rtt.N, grow.boot.N (to the first echo reply, by scripts) and grow.frozen.N; beside the same on
# the host
grow() { # WHAT N RULES BYTES FLOWS
	wanted "grow.$1.$2" || return 0
	ours "grow.$1.$2" "$3" "$4" "$5"
	[ "$root" = no ] || BENCH_RULES=$3 peer "host.grow.$1.$2" "$4" "$5"
}
for n in 64 128 256 512 1024 1514; do grow size "$n" plain "$n" 1; done
for n in 1 10 100 1000 10000 30000; do grow rules "$n" "rules$n" 64 1; done
for n in 1 10 100 1000 10000 100000; do grow flows "$n" masquerade 64 "$n"; done
for group in chain tcp rtt; do
	for n in 1 2 4 8 16; do
		! wanted "grow.$group.$n" || B=$B sh "$here/chain.sh" "$group" "grow.$group.$n" "$n" | tee -a "$out"
	done
done

for n in 1 2 4 8 16; do
	! wanted "grow.boot.$n" || bash "$here/chainboot.bash" "$B/stdpkt" "$top/cmd" "$n" | tee -a "$out"
done

restore() { # NAME KIND COMMAND...: the fastest of three
	name=$1 kind=$2
	shift 2
	# shellcheck disable=SC2016 # for the shell that it starts
	"$@" sh -c 'for i in 1 2 3; do
		t0=$(date +%s%N); iptables-$1-restore <"$2"; echo $((($(date +%s%N) - t0) / 1000)); done' sh "$kind" "$rules" |
		sort -n | awk -v n="$name" 'NR == 1 { printf "%-28s %10.1f ms\n", n, $1 / 1000 }' | tee -a "$out"
}

if wanted attach; then
	"$B/bench/attach" host.attach | tee -a "$out"
	"$B/stdpkt" shell "$B/bench/attach" attach | tee -a "$out"
	"$B/bench/notify" attach.least | tee -a "$out" # what no attached call can go below
	# what being attached costs: of one call, or of the two that some of them are
	awk '/^attach/ { a[$1] = $2 } /^host\.attach/ { h[$1] = $2 }
		END { for (n in a) if ("host." n in h) printf "%-28s %10.3f us\n", n "-host", a[n] - h["host." n] }' "$out" | sort | tee -a "$out"
	ratio attach.getsockopt-host/least attach.getsockopt-host attach.least
	rules=$(mktemp)
	awk 'BEGIN { print "*filter"; for (i = 0; i < 10000; i++) printf "-A FORWARD -s 10.0.%d.%d/32 -p tcp --dport %d -j DROP\n", i / 256, i % 256, i + 1
		print "COMMIT" }' >"$rules"
	for kind in legacy nft; do
		restore "attach.restore10000.$kind" "$kind" "$B/stdpkt" shell
		if [ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null; then
			restore "host.restore10000.$kind" "$kind" unshare -n
			ratio "attach.restore10000.$kind/host" "attach.restore10000.$kind" "host.restore10000.$kind"
		else
			echo "# host.restore10000.$kind: not measured, network namespaces need root"
		fi
	done
	rm -f "$rules"
fi

awk 'BEGIN { print "name,value,unit" } NF == 3 && $1 !~ /^#/ { print $1 "," $2 "," $3 }' "$out" >"$B/bench/figures.csv"
sh "$here/plot.sh" "$B/bench"
