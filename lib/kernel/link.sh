#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lib/kernel/link.sh - GUEST-BUILD-FOLDER OUT.o: links the kernel's archives into one object with the global symbols of guest.syms
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
cd "$1"
# the wrapped ones are replaced by arch/lib/kernel/explain.c, which passes on what is not its
ld -r -z noexecstack --wrap=nft_trace_notify --wrap=nf_log_trace -L "$here" -T "$here/guest.lds" -o "$out.tmp" --whole-archive vmlinux.a --no-whole-archive --start-group lib/lib.a arch/lib/lib/lib.a --end-group
objcopy --keep-global-symbols="$here/guest.syms" --add-section .note.GNU-stack=/dev/null "$out.tmp"
mv "$out.tmp" "$out"
