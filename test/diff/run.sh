#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# test/diff/run.sh [--update] [--stored] [--list] [WORD...] - real captures through real rules, compared with the host's kernel (TAP)
set -eu
B=${B:-build}
export B
cd "$(dirname "$0")/../.."
command -v python3 >/dev/null || { echo '1..0 # SKIP no python3'; exit 0; }
[ -x "$B/stdpkt" ] || { echo "run.sh: no $B/stdpkt: run make first" >&2; exit 111; }
PYTHONDONTWRITEBYTECODE=1 exec python3 test/diff/diff.py "$@"
