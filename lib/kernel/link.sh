#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lib/kernel/link.sh - GUEST-BUILD-FOLDER OUT.o: links the kernel's archives into one object with the global symbols of guest.syms
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
cd "$1"
# the wrapped ones are replaced by explain.c and stream.c of arch/lib, which pass on what is not theirs
ld -r -z noexecstack --wrap=nft_trace_notify --wrap=nf_log_trace --wrap=sk_page_frag_refill -L "$here" -T "$here/guest.lds" -o "$out.tmp" --whole-archive vmlinux.a --no-whole-archive --start-group lib/lib.a arch/lib/lib/lib.a --end-group
objcopy --keep-global-symbols="$here/guest.syms" --add-section .note.GNU-stack=/dev/null "$out.tmp"
mv "$out.tmp" "$out"
