#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test/diff/explain.py - the cases of test/diff/cases through stdpkt explain: a fate for every packet, a reason for every drop, and as many
frames sent as expected.txt says. TAP on stdout.

usage: explain.py [WORD...]
    WORD  only cases whose name contains one of these words
"""
import collections
import os
import re
import subprocess
import sys
import tempfile

import diff
import frames

FATES = ("forwarded", "answered", "taken", "dropped", "held")
LINE = re.compile(r"(\d+) \S+ (left|right) \d+ \S+ \S+ \S+ \S+ (%s)\b(.*)" % "|".join(FATES))


def explained(case, tmp):
    """What explain says of a case's packets: [(fate, reason, frames sent to the right)], and how many went in."""
    todo = case.frames()
    capture = os.path.join(tmp, "in")
    frames.write(capture, todo)
    script, *args = case.command()
    os.chmod(tmp, 0o755)
    drop = {"user": diff.NOBODY, "group": diff.NOBODY, "extra_groups": []} if diff.can_drop() else {}
    with open(capture, "rb") as i:
        r = subprocess.run(["stdpkt", "explain", "-1", "-v", "-s", script, *args], stdin=i, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           text=True, env=diff.environment(case, tmp), timeout=2 * diff.PATIENCE, check=False, cwd="/", **drop)
    if r.returncode:  # the kernel may say something on stderr
        raise diff.Failed(f"exit status {r.returncode}: {r.stderr.strip()}")
    said = []
    for line in r.stdout.splitlines():
        if line.startswith("\t"):
            said[-1][2] += line.startswith("\tsent by right:")
            continue
        found = LINE.fullmatch(line)
        if not found or int(found[1]) != len(said) + 1:
            raise diff.Failed(f"not a verdict: {line}")
        said.append([found[3], found[4], 0])
    return said, len(todo)


def wrong(case, said, sent, want):
    """What is not as it has to be."""
    numbers = dict(re.findall(r"(\w+)=(\d+)", want))
    if len(said) != sent:
        yield f"{sent} packets, {len(said)} verdicts"
    out = sum(s[2] for s in said)
    if out != int(numbers["out"]):
        yield f"{out} frames sent, expected {numbers['out']}"
    for word, what in (("runt", ("runt", "cut")), ("oversize", ("oversize",))):
        n = sum(s[1].split(":")[0].strip() in what for s in said)
        if n != int(numbers[word]):
            yield f"{n} {word}, expected {numbers[word]}"
    bare = collections.Counter(s[1] for s in said if s[0] == "dropped" and not s[1].strip())
    if bare:
        yield f"{sum(bare.values())} drops without a reason"
    held = collections.Counter(s[1] for s in said if s[0] == "held" and "fragments" not in s[1])
    if held:
        yield f"held without need: {dict(held)}"


def main(words):
    stored, n, bad, total = diff.stored(), 0, 0, collections.Counter()
    for case in diff.cases():
        if words and not any(w in case.name for w in words):
            continue
        n += 1
        problems = []
        with tempfile.TemporaryDirectory(prefix="stdpkt-explain.") as tmp:
            try:
                said, sent = explained(case, tmp)
                total.update(s[0] + (s[1] if "NOT_SPECIFIED" in s[1] else "") for s in said)
                problems = list(wrong(case, said, sent, stored[case.name]))
            except (diff.Failed, subprocess.TimeoutExpired) as e:
                problems = str(e).split("\n")
        bad += bool(problems)
        print(f"{'not ok' if problems else 'ok'} explain: {case.name}", flush=True)
        for p in problems:
            print(f"# {p}")
    for what, count in total.most_common():
        print(f"# {count} {what}")
    print(f"1..{n}")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
