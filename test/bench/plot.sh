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

for what in size rules flows chain rtt; do
	series "grow.$what" >"$dir/ours.dat"
	series "host.grow.$what" >"$dir/host.dat"
	[ -s "$dir/ours.dat" ] || continue
	unit=Mpps ours='stdpkt, one element' host='host, one namespace'
	case $what in
	size) label='frame size, bytes' ;;
	rules) label='legacy rules passed' ;;
	flows) label='connections, translated' ;;
	chain | rtt) label='routers' ours='stdpkt, an element each' host='host, a namespace each' ;;
	esac
	curves="'$dir/ours.dat' with linespoints title '$ours'"
	[ ! -s "$dir/host.dat" ] || curves="$curves, '$dir/host.dat' with linespoints title '$host'"
	scale=''
	case $what in
	rules) scale='set logscale xy; set yrange [*:*]; set xrange [0.5:*];' ;;
	rtt) unit='round trip, us' ;;
	flows) scale='set logscale x; set xrange [0.5:*];' ;;
	esac
	draw "$what" "set xlabel '$label'; set ylabel '$unit'; set yrange [0:*]; set key top right; $scale plot $curves"
done
awk -F, '$3 == "times" { print "\"" $1 "\"", $2 }' "$csv" >"$dir/ratios.dat"
[ ! -s "$dir/ratios.dat" ] || draw ratios "set style data histogram; set style fill solid; set ylabel 'times the peer'; set yrange [0:*]; set xtics rotate by -40; unset key; set bmargin 10; set rmargin 12; plot '$dir/ratios.dat' using 2:xtic(1)"
rm -f "$dir/ours.dat" "$dir/host.dat" "$dir/ratios.dat"
