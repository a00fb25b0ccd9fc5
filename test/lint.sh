#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/lint.sh [FILE...] - clang-format, clang-tidy, cppcheck, shellcheck over our own files (or the FILEs named)
#
# A program that is not there is skipped with one line. Exit status: 0, 1 findings of clang-tidy, cppcheck or shellcheck.
# clang-format only warns, naming the files that differ; with LINT_STRICT=1 they count too. The kernel overlay (lib/kernel/arch)
# is compiled with the kernel's flags and headers, which these programs do not know: it is left out.
set -eu
cd "$(dirname "$0")/.."
if [ $# -gt 0 ]; then
	files=$(printf '%s\n' "$@")
elif git rev-parse --git-dir >/dev/null 2>&1; then
	files=$(git ls-files --cached --others --exclude-standard)
else
	files=$(find . -path ./build -prune -o -type f -print | sed 's|^\./||')
fi
# no file name of ours has a space; one that git still lists but that is gone is passed over
sources='' headers='' scripts='' bash=''
for f in $files; do
	[ -f "$f" ] || continue
	case $f in
	lib/kernel/arch/*) ;;
	*.c) sources="$sources $f" ;;
	*.h) headers="$headers $f" ;;
	*.sh) scripts="$scripts $f" ;;
	.ci/run) bash="$bash $f" ;;
	.ci/* | chains/* | examples/*) if head -c 2 "$f" | grep -q '^#!'; then scripts="$scripts $f"; fi ;;
	esac
done
# shellcheck disable=SC2089 # the quotes are for the compiler
flags='-std=gnu11 -D_GNU_SOURCE= -DSTDPKT_VERSION="lint" -I. -Ilib/include'
status=0
have() {
	if command -v "$1" >/dev/null; then return 0; fi
	echo "lint: $1: skipped, it is not installed"
	return 1
}
found() { echo "lint: $1: findings"; status=1; }

# shellcheck disable=SC2086 # lists of names and of flags
if [ -n "$sources$headers" ] && have clang-format; then
	differ=0
	for f in $sources $headers; do
		clang-format "$f" | diff -qw - "$f" >/dev/null && continue
		differ=$((differ + 1))
		echo "$f: warning: laid out otherwise than clang-format would"
	done
	echo "lint: clang-format: $differ of $(echo $sources $headers | wc -w) files differ"
	[ "$differ" = 0 ] || [ -z "${LINT_STRICT:-}" ] || found clang-format
fi
# shellcheck disable=SC2086,SC2090
if [ -n "$sources" ] && have clang-tidy; then
	# stderr has only its chatter ("N warnings generated"); what does not compile is a finding like the others, on stdout
	echo $sources | tr ' ' '\n' | xargs -P "$(nproc)" -I '{}' clang-tidy --quiet '{}' -- $flags 2>/dev/null || found clang-tidy
fi
# shellcheck disable=SC2086
if [ -n "$sources" ] && have cppcheck; then
	# missingIncludeSystem: libc's headers are not looked at; unusedFunction: an interface is more than one program uses;
	# the style class is left to clang-tidy; attributes behind a member confuse its parser, so they are taken out and it is told
	# by a file who never returns; internalAstError: version 2.10 gives up on a compound literal as an argument
	cfg=$(mktemp)
	trap 'rm -f "$cfg"' EXIT
	{
		echo '<?xml version="1.0"?><def format="2">'
		for f in cmd_die cmd_usage_error lk_panic; do
			echo "<function name=\"$f\"><noreturn>true</noreturn><arg nr=\"variadic\"/></function>"
		done
		echo '</def>'
	} >"$cfg"
	cppcheck --library="$cfg" --quiet --std=c11 --language=c --inline-suppr --enable=warning,performance,portability \
		--error-exitcode=1 -j "$(nproc)" --suppress=missingIncludeSystem --suppress=unusedFunction --suppress=internalAstError \
		-D__x86_64__ '-D__attribute__(x)=' -D_GNU_SOURCE= -DSTDPKT_VERSION=\"lint\" -I. -Ilib/include \
		--template='{file}:{line}: {severity}: {message} [{id}]' $sources || found cppcheck
fi
# shellcheck disable=SC2086
if [ -n "$scripts" ] && have shellcheck; then
	shellcheck -s sh -f gcc $scripts || found shellcheck
fi
# shellcheck disable=SC2086
if [ -n "$bash" ] && have shellcheck; then
	shellcheck -f gcc $bash || found shellcheck
fi
exit $status
