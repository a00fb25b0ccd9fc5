#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/conformance/fetch.sh FOLDER - the sources of the suites into FOLDER: iptables-*, iproute2-*, selftests
#
# Debian's source packages by apt-get source, from the machine's own list of archives (a copy of it in FOLDER/apt asks for source
# packages; nothing of the system is changed). CONFORMANCE_SRC=folder: iptables-*, iproute2-* and linux-source-6.12 (the tree or the
# .tar.xz) are taken from there instead. The kernel's selftests come from the package that the guest is built from.
set -eu
cd "$1"
here=$PWD
linux='linux-source-6.12'
say() { echo "conformance: $*" >&2; }
die() { say "$*"; exit 111; }

# ---- Debian's source packages ----
sources() { # the archives of the machine with the signing keys of Debian, as source archives
	mkdir -p apt/sources apt/lists/partial apt/cache/archives/partial
	rm -f apt/sources/*
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ ! -f "$f" ] || sed -n 's/^deb\(-src\)\{0,1\} /deb-src /p' "$f" | sort -u >"apt/sources/${f##*/}.list"
	done
	for f in /etc/apt/sources.list.d/*.sources; do
		[ ! -f "$f" ] || sed 's/^Types:.*/Types: deb-src/' "$f" >"apt/sources/${f##*/}"
	done
	apt update
}
apt() { # apt-get with lists, cache and sources of our own
	apt-get -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$here/apt/sources" -o Dir::State::Lists="$here/apt/lists" \
		-o Dir::Cache="$here/apt/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}
package() { # NAME
	if ls -d "$1"-*/ >/dev/null 2>&1; then return; fi
	if [ -n "${CONFORMANCE_SRC:-}" ]; then
		cp -R "$CONFORMANCE_SRC/$1"-*/ . || die "no $1-VERSION in $CONFORMANCE_SRC"
		return
	fi
	command -v dpkg-source >/dev/null || die "no dpkg-source to unpack $1 with: install dpkg-dev, or give CONFORMANCE_SRC"
	[ -d apt/sources ] || sources || die "unable to ask the archives for source packages: give CONFORMANCE_SRC"
	say "apt-get source $1"
	apt source "$1" >apt/log 2>&1 || die "unable to fetch $1: $(tail -1 apt/log)"
}
package iptables
package iproute2

# ---- the kernel's selftests, and the few headers that they want ----
if [ ! -d selftests ]; then
	parts="tools/testing/selftests/net tools/testing/selftests/kselftest.h tools/include"
	rm -rf selftests.new
	mkdir selftests.new
	tree=${CONFORMANCE_SRC:-$here/../..}/$linux
	if [ -d "$tree/tools/testing" ]; then
		# shellcheck disable=SC2086 # a list
		(cd "$tree" && tar -cf - $parts) | tar -xf - -C selftests.new
	else
		tar=${LINUX_SOURCE:-/usr/src/$linux.tar.xz}
		[ ! -f "${CONFORMANCE_SRC:-/}/$linux.tar.xz" ] || tar=$CONFORMANCE_SRC/$linux.tar.xz
		[ -f "$tar" ] || die "no $tar: install $linux, or give CONFORMANCE_SRC"
		say "unpacking the selftests of ${tar##*/}"
		# shellcheck disable=SC2046,SC2086
		tar -xf "$tar" -C selftests.new --strip-components 1 $(printf "$linux/%s " $parts)
	fi
	mv selftests.new selftests
fi

# ---- helper programs ----
for suite in iproute2-*/testsuite; do
	[ ! -x "$suite/tools/generate_nlmsg" ] || continue
	# of the library only what the program needs, so that none of its other libraries are wanted
	(cd "$suite" && gcc -w -D_GNU_SOURCE -DHAVE_SETNS -DHAVE_HANDLE_AT -I../include -I../include/uapi -ffunction-sections \
		-Wl,--gc-sections -o tools/generate_nlmsg tools/generate_nlmsg.c ../lib/libnetlink.c) || die "unable to build generate_nlmsg"
done
cd selftests/tools/testing/selftests/net
for p in nettest udpgso_bench_tx udpgso_bench_rx netfilter/conntrack_reverse_clash; do
	[ -x "$p" ] || gcc -w -O2 -D_GNU_SOURCE -I.. -idirafter ../../../include -o "$p" "$p.c" || die "unable to build $p"
done
