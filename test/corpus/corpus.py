#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test/corpus/corpus.py [FILE...] - every frame of every capture: what became of it, and that none is unaccounted for

Each file goes three ways:
  stdpkt explain -c -r nat.sh    every frame of it has a fate, in nat.sh and ...
  stdpkt explain -c -f RULES     ... in pfilter.sh with test/diff/rules/stateful.v4
  ... | nat.sh | pfilter.sh      live, both frozen, the frames as text, addressed to the router's MAC: they end in time, without a crash,
                                 and their counters agree with the frames of the file, with one another and with what comes out

The frames of a file are those that `stdpkt cat` reads. Without FILE: all below the folder CORPUS (default: test/captures); B is the
build folder. Prints a report in Markdown (doc/corpus.md is one); exit 1 and lines on stderr if anything is wrong.
"""
import collections
import concurrent.futures
import os
import re
import resource
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
CORPUS = os.environ.get("CORPUS") or os.path.join(ROOT, "test", "captures")
RULES = os.path.join(ROOT, "test", "diff", "rules", "stateful.v4")
STDPKT = os.path.join(B, "stdpkt")
ENV = {k: v for k, v in os.environ.items() if not k.startswith("STDPKT_")}
ENV["PATH"] = f"{B}:{ROOT}/cmd:" + ENV["PATH"]
NAT_MAC = "02:00:0a:00:00:01"
LIMIT = 60  # seconds for one file, one way
FATES = ["forwarded", "answered", "taken", "held", "dropped"]


class File:
    def __init__(self, name):
        self.name = name
        self.wrong = []
        self.refused = ""
        self.frames = self.out = 0
        self.fates = {}

    def check(self, good, what):
        if not good:
            self.wrong.append(what)

    def run(self, argv, stdin, env=ENV):
        """Status, output and what was said; a crash, a leak (of a sanitizer) and a stall are wrong."""
        try:
            r = subprocess.run(argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, timeout=LIMIT, check=False)
        except subprocess.TimeoutExpired:
            self.wrong.append(f"{argv[:4]} did not end within {LIMIT} s")
            return 0, b"", ""
        said = r.stderr.decode(errors="replace")
        self.check(r.returncode in (0, 1) and "Sanitizer" not in said, f"{argv[:4]} ended with {r.returncode}: {said[-300:]}")
        return r.returncode, r.stdout, said

    def explained(self, argv):
        """How many frames had which fate for which reason."""
        with open(self.name, "rb") as f:
            _, out, said = self.run([STDPKT, "explain", "-c"] + argv, f)
        count = collections.Counter()
        for line in out.decode(errors="replace").splitlines():
            n, fate = line.split(" ", 1)
            count[fate] += int(n)
        return count, said

    def live(self, folder):
        env = dict(ENV, STDPKT_STATS="1")
        edit = f"awk '$1 !~ /^#/ && $7 != \"-\" {{ $7 = \"{NAT_MAC}\" }} {{ print }}'"
        pipe = f'"{STDPKT}" cat "$1" 2>/dev/null | {edit} | "$0" 2>"$3.1"; echo "nat: $?" >>"$3.1"'
        script = f'{{ {pipe}; }} | {{ "$2"; echo "pfilter: $?" >&2; }}; cat "$3.1" >&2'
        with tempfile.NamedTemporaryFile(dir=folder) as tmp:
            _, out, said = self.run(["sh", "-c", script, folder + "/nat", self.name, folder + "/pfilter", tmp.name], subprocess.DEVNULL, env)
            os.unlink(tmp.name + ".1")
        counts = {}
        for m in re.finditer(r"^\w+: (nat|pfilter)\.\d+ (left|right) \S+ (\d+) \d+ (\d+) \d+ (\d+) (\S+)$", said, re.M):
            counts[m[1], m[2]] = dict(rx=int(m[3]), tx=int(m[4]), drops=int(m[5]), why=dict(re.findall(r"(\w+)=(\d+)", m[6])))
        for name in ("nat", "pfilter"):
            status = re.search(rf"^{name}: (\d+)$", said, re.M)
            self.check(status and status[1] in "01", f"live: {name} ended with {status and status[1]}: {said[-300:]}")
        if len(counts) != 4:
            self.check(False, f"live: counters of {sorted(counts)} only: {said[-300:]}")
            return
        nat, nat_out, left, right = (counts[k] for k in (("nat", "left"), ("nat", "right"), ("pfilter", "left"), ("pfilter", "right")))
        unread = sum(int(nat["why"].get(k, 0)) for k in ("runt", "oversize"))
        self.check(nat["rx"] + unread == self.frames, f"live: nat.sh took {nat['rx']} of {self.frames} frames and counted {unread} that its card does not take")
        self.check(nat_out["tx"] == left["rx"], f"live: nat.sh gave {nat_out['tx']} frames, pfilter.sh took {left['rx']}")
        self.check(not nat_out["drops"] and not right["drops"], f"live: {nat_out['drops']} and {right['drops']} frames dropped on their way right")
        with tempfile.TemporaryFile() as f:
            f.write(out)
            f.seek(0)
            _, text, _ = self.run([STDPKT, "cat"], f)
        self.out = sum(1 for line in text.split(b"\n") if line and not line.startswith(b"#"))
        self.check(self.out == right["tx"], f"live: pfilter.sh gave {right['tx']} frames, {self.out} came out")

    def look(self, folder):
        with open(self.name, "rb") as f:
            status, out, said = self.run([STDPKT, "cat"], f)
        self.frames = sum(1 for line in out.split(b"\n") if line and not line.startswith(b"#"))
        if status and not self.frames:
            self.refused = said.splitlines()[0] if said else "?"
        for name, argv in (("nat.sh", ["-r", "nat.sh"]), ("pfilter.sh", ["-f", RULES])):
            count, said = self.explained(argv)
            self.fates[name] = count
            self.check(sum(count.values()) == self.frames, f"{name}: {sum(count.values())} of {self.frames} frames have a fate: {said[-300:]}")
            self.check(all(fate.split()[0] in FATES for fate in count), f"{name}: {count}")
        self.live(folder)
        return self


def reason(fate):
    """Without the rule's or the address's own words."""
    text = fate.split(" ", 1)[1] if " " in fate else ""
    return re.sub(r"\d+(\.\d+)+|\d{3,}", "N", text.split(" (")[0])


def report(files):
    print("| files in | files | refused | frames | through | " + " | ".join(FATES) + " | unaccounted | out of nat.sh \\| pfilter.sh |")
    print("|---|" + "---|" * (len(FATES) + 6))
    folders = collections.defaultdict(list)
    for f in files:
        folders[os.path.relpath(os.path.dirname(f.name), CORPUS)].append(f)
    reasons = {name: collections.Counter() for name in ("nat.sh", "pfilter.sh")}
    for folder, of in sorted(folders.items()) + [("all", files)]:
        for name, by in reasons.items():
            total = collections.Counter()
            for f in of:
                for fate, n in f.fates[name].items():
                    total[fate.split()[0]] += n
                    if folder == "all" and fate.startswith("dropped"):
                        by[reason(fate)] += n
            frames = sum(f.frames for f in of)
            row = [folder if folder != "." else "(top)", len(of), sum(1 for f in of if f.refused), frames, name]
            row += [total[k] for k in FATES] + [frames - sum(total.values()), sum(f.out for f in of)]
            print("| " + " | ".join(map(str, row)) + " |")
    for name, by in reasons.items():
        print(f"\n| frames | dropped in {name}: why |\n|---|---|")
        for why, n in sorted(by.items(), key=lambda kv: (-kv[1], kv[0])):
            print(f"| {n} | {why} |")


def main():
    names = sys.argv[1:] or sorted(
        os.path.join(d, n) for d, _, there in os.walk(CORPUS) for n in there if n != "README.md"
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, argv in (("nat", []), ("pfilter", ["-f", RULES])):
            subprocess.run([STDPKT, "freeze", f"{ROOT}/cmd/{name}.sh"] + argv + ["-o", f"{folder}/{name}"], env=ENV, check=True)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            files = list(pool.map(lambda name: File(name).look(folder), names))
    report(files)
    for f in files:
        for w in f.wrong:
            print(f"{f.name}: {w}", file=sys.stderr)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"\nThe largest process had {most // 1024} MiB.")
    return 1 if any(f.wrong for f in files) or not any(f.frames for f in files) else 0


if __name__ == "__main__":
    sys.exit(main())
