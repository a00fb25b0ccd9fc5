#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lib/kernel/build.sh FOLDER - builds FOLDER/guest.o: unpacks Debian's kernel source (unchanged), lays our overlay beside it as a
# link, configures, compiles, links. Says how far it is: on a terminal in one line, elsewhere a line every tenth.
# The kernel's own make decides what has to be compiled again.
set -eu
version=6.12
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
tar=${LINUX_SOURCE:-/usr/src/linux-source-$version.tar.xz}
src=$out/linux-source-$version
log=$out/guest.log
say() { echo "guest: $*" >&2; }
fail() { say "$*"; exit 111; }

if ! [ -e "$src/.unpacked" ]; then
	[ -r "$tar" ] || fail "no $tar: run 'make demo', which installs it, or apt-get install linux-source-$version"
	say "unpacking $tar"
	rm -rf "$src"
	# what no configuration of ours reads is left out: most of the space, none of the Kconfig files
	tar -C "$out" -xf "$tar" --exclude="linux-source-$version/Documentation/*/*" \
		--exclude="linux-source-$version/drivers/gpu/*.[ch]" --exclude="linux-source-$version/sound/*.[ch]"
	: >"$src/.unpacked"
fi
ln -sfn "$here/arch/lib" "$src/arch/lib"

obj=$out/guest
mkdir -p "$obj"
kmake() { make -C "$src" ARCH=lib O="$obj" "$@"; }
# shellcheck disable=SC3013 # dash and every other sh of Debian has -nt
if ! [ -e "$obj/.config" ] || [ "$here/arch/lib/configs/defconfig" -nt "$obj/.config" ]; then
	kmake -s defconfig >"$log" 2>&1 || { tail -20 "$log" >&2; fail "configuration failed, see $log"; }
	touch "$obj/.config"
fi

# a header of ours that is found before upstream's of the same name: kbuild knows only what it found the last time
for h in linux/skbuff.h net/netfilter/nf_tables.h net/netfilter/nf_tables_core.h trace/events/skb.h; do
	# shellcheck disable=SC3013
	if [ -e "$obj/vmlinux.a" ] && [ "$here/arch/lib/include/$h" -nt "$obj/vmlinux.a" ]; then touch "$src/include/$h"; fi
done
kmake -s prepare >"$log" 2>&1 || { tail -20 "$log" >&2; fail "preparation failed, see $log"; }
total=0
if ! [ -e "$obj/vmlinux.a" ]; then
	total=1310 # about: only for the progress line; kbuild does not know it beforehand either
	say "compiling about $total files on $(nproc) cores: minutes"
fi
status=$(mktemp)
{ kmake -j"$(nproc)" vmlinux_o 2>&1 && echo ok >"$status"; } | awk -v total="$total" -v log_file="$log" -v tty="$([ -t 2 ] && echo 1 || echo 0)" '
	{ print >log_file; fflush(log_file) }
	/^ +CC / && total > 0 {
		n++
		pct = int(100 * n / total); if (pct > 100) pct = 100
		if (tty) printf "\rguest: %d of %d files, %d %% ", n, total, pct >"/dev/stderr"
		else if (int(pct / 10) > last) { last = int(pct / 10); printf "guest: %d of %d files, %d %%\n", n, total, pct >"/dev/stderr" }
	}
	END { if (tty && n) print "" >"/dev/stderr" }'
if [ "$(cat "$status")" != ok ]; then
	rm -f "$status"
	grep -iE 'error|undefined' "$log" | head -20 >&2
	fail "the kernel did not compile, see $log"
fi
rm -f "$status"
"$here/link.sh" "$obj" "$out/guest.o"
