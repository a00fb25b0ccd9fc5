#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/bench/plot.sh FOLDER - draws FOLDER/figures.csv (test/bench/run.sh) with gnuplot: growth as curves beside the host's, all ratios as bars
set -eu
dir=$1
csv=$dir/figures.csv
command -v gnuplot >/dev/null || { echo '# no plots: gnuplot is not installed'; exit 0; }
draw() { # NAME GNUPLOT-COMMANDS
	for term in svg png; do
		gnuplot -e "set terminal $term size 800,500; set output '$dir/$1.$term'; $2"
	done
	echo "# $dir/$1.svg, $dir/$1.png"
}
# "N value" of figures NAME.N
series() { awk -F, -v p="$1." 'index($1, p) == 1 { print substr($1, length(p) + 1), $2 }' "$csv"; }

for what in size rules flows memory-rules memory-flows chain tcp rtt boot; do
	ours_is='stdpkt, one element' host_is='host, one namespace' unit=Mpps scale='' figure=grow.$what peer=host.grow.$what
	case $what in
	memory-*) unit='memory, MB' figure=memory.grow.${what#*-} peer=memory.host.grow.${what#*-} ;;
	chain | tcp | rtt | boot) ours_is='stdpkt, an element each' host_is='host, a namespace each' label='routers' ;;
	esac
	case $what in
	size) label='frame size, bytes' ;;
	*rules) label='legacy rules passed' scale='set logscale xy; set yrange [*:*]; set xrange [0.5:*];' ;;
	*flows) label='connections, translated' scale='set logscale x; set xrange [0.5:*];' ;;
	tcp) unit='TCP, Gbit/s' ;;
	rtt) unit='round trip, us' ;;
	boot) unit='to the first echo reply, ms' ours_is='stdpkt, by scripts' ;;
	esac
	series "$figure" >"$dir/ours.dat"
	series "$peer" >"$dir/host.dat"
	[ -s "$dir/ours.dat" ] || continue
	curves="'$dir/ours.dat' with linespoints title '$ours_is'"
	[ ! -s "$dir/host.dat" ] || curves="$curves, '$dir/host.dat' with linespoints title '$host_is'"
	if [ "$what" = boot ]; then
		series grow.frozen >"$dir/frozen.dat"
		curves="$curves, '$dir/frozen.dat' with linespoints title 'stdpkt, frozen'"
	fi
	draw "$what" "set xlabel '$label'; set ylabel '$unit'; set yrange [0:*]; set key top right; $scale plot $curves"
done
# bars from 1, to the right where a figure is more than its peer's; what the curves show is left out
awk -F, '$3 == "times" && $1 !~ /^grow/ { print "\"" $1 "\"", $2 }' "$csv" >"$dir/ratios.dat"
[ ! -s "$dir/ratios.dat" ] || draw ratios "set style fill solid; set logscale x; set xlabel 'times the peer'; set yrange [*:*] reverse; set offsets 0, 0, 1, 1; set grid xtics; set xtics add ('1' 1); unset key; plot '$dir/ratios.dat' using (1):0:(1):2:(\$0 - 0.35):(\$0 + 0.35):ytic(1) with boxxyerror"
rm -f "$dir/ours.dat" "$dir/host.dat" "$dir/frozen.dat" "$dir/ratios.dat"
