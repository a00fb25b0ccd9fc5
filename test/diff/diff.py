#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test/diff/diff.py - the cases of test/diff/cases against the host's kernel and against stored results; see README.md. TAP on stdout.

usage: diff.py [--update] [--list] [--stored] [WORD...]
    WORD      only cases whose name contains one of these words
    --update  write expected.txt from the host's kernel (needs root)
    --stored  do not ask the host's kernel
"""
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

import frames
import prepare

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
CAPTURES = os.path.join(ROOT, "test", "captures")
EXPECTED = os.path.join(HERE, "expected.txt")
NOBODY = 65534
SUMS = "+sums"  # behind a capture: prepare.checksummed()
PATIENCE = 60  # seconds for one case; all are through in one
LEGACY = ["iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore"]

# function: (script, MACs of the ports in the namespace where they follow from an address)
ROUTER_MACS = {"left": prepare.mac_text(prepare.INSIDE), "right": prepare.mac_text(prepare.OUTSIDE)}
FUNCTIONS = {
    "bridge": ("pfilter.sh", {}),
    "legacy": ("pfilter.sh", {}),  # with iptables-legacy for iptables
    "nat": ("nat.sh", ROUTER_MACS),
}


class Case:
    def __init__(self, function, rules, capture, sums):
        self.function, self.rules, self.capture, self.sums = function, rules, capture, sums
        self.name = f"{function} {rules} {os.path.basename(capture)}{SUMS if sums else ''}"
        self.file = re.sub(r"[^A-Za-z0-9._+-]", "_", self.name)
        self.script, self.macs = FUNCTIONS[function]

    def command(self):
        """The function's script and its arguments."""
        argv = [os.path.join(ROOT, "cmd", self.script)]
        if self.rules != "-":
            files = [f for s in ("ipset", "v4", "v6", "nft") for f in glob.glob(os.path.join(HERE, "rules", f"{self.rules}.{s}"))]
            if not files:
                sys.exit(f"diff.py: no rules file rules/{self.rules}.*")
            for f in files:
                argv += ["-f", f]
        return argv

    def frames(self):
        """What goes in: a capture as it is, a folder's captures one behind the other, or what prepare makes of them for a router."""
        if os.path.isdir(self.capture):
            todo = prepare.whole([f for c in sorted(os.listdir(self.capture)) for f in frames.read(os.path.join(self.capture, c))])
        else:
            todo = frames.read(self.capture)
        if self.sums:
            todo = prepare.checksummed(todo)
        return prepare.routed(todo) if self.macs else todo

    def as_is(self):
        return not (self.macs or self.sums or os.path.isdir(self.capture))

    def comparable(self, fs, todo):
        """What came out, without what a kernel chooses at random."""
        datas = frames.reidentify([f.data for f in fs], [f.data for f in todo])
        return frames.renumber(datas, prepare.OUTSIDE) if self.function == "nat" else datas


class Result:
    """What came out of one side."""

    def __init__(self, datas, sent, runt, oversize):
        self.datas, self.sent, self.runt, self.oversize = datas, sent, runt, oversize

    def line(self):
        return f"in={self.sent} out={len(self.datas)} runt={self.runt} oversize={self.oversize} {frames.digest(self.datas)}"


class Failed(Exception):
    pass


def cases():
    with open(os.path.join(HERE, "cases"), encoding="ascii") as f:
        for line in f:
            words = line.partition("#")[0].split()
            if not words:
                continue
            function, rules, *patterns = words
            out = {os.path.join(CAPTURES, p[1:]) for p in patterns if p[0] == "!"}
            for p in patterns:
                if p[0] == "!":
                    continue
                found = sorted(glob.glob(os.path.join(CAPTURES, p.removesuffix(SUMS))))
                if not found:
                    sys.exit(f"diff.py: no capture {p}")
                for c in found:
                    if c in out or p.endswith("*") and os.path.isdir(c):
                        continue
                    yield Case(function, rules, c, p.endswith(SUMS))


def environment(case, tmp):
    env = dict(os.environ, LC_ALL="C")
    env["PATH"] = f"{BUILD}:{os.path.join(ROOT, 'cmd')}:{os.environ['PATH']}:/usr/sbin:/sbin"
    env.pop("STDPKT_OUTPUT", None)
    if case.function == "legacy":
        legacy = os.path.join(tmp, "legacy")
        os.makedirs(legacy)
        os.chmod(legacy, 0o755)
        for name in LEGACY:
            os.symlink(shutil.which("xtables-legacy-multi", path=env["PATH"]), os.path.join(legacy, name))
        env["PATH"] = f"{legacy}:{env['PATH']}"
    return env


def count(text, what):
    found = re.search(rf"left: frames dropped:.*\b{what}=(\d+)", text)
    return int(found[1]) if found else 0


def candidate(case, capture, todo, tmp, unprivileged):
    """stdpkt: the function in a guest, `function.sh < capture > got`."""
    got, said = os.path.join(tmp, "got"), os.path.join(tmp, "said")
    drop = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if unprivileged else {}
    with open(capture, "rb") as i, open(got, "wb") as o, open(said, "wb") as e:
        r = subprocess.run(["stdpkt", "run", *case.command()], stdin=i, stdout=o, stderr=e, cwd="/",
                           env=environment(case, tmp), timeout=PATIENCE, check=False, **drop)
    with open(said, encoding="utf-8", errors="replace") as e:
        text = e.read()
    if r.returncode:
        raise Failed(f"exit status {r.returncode}: {text.strip()}")
    runt, oversize = count(text, "runt"), count(text, "oversize")
    return Result(case.comparable(frames.read(got), todo), len(todo) - runt - oversize, runt, oversize)


def oracle(case, capture, todo, tmp):
    """The host's kernel: oracle.py."""
    want = os.path.join(tmp, "want")
    argv = [sys.executable, os.path.join(HERE, "oracle.py")]
    for port, mac in case.macs.items():
        argv += ["--mac", f"{port}={mac}"]
    env = environment(case, tmp)
    env["XTABLES_LOCKFILE"] = os.path.join(tmp, "xtables.lock")  # the host's own firewall is not waited for
    r = subprocess.run([*argv, capture, want, *case.command()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                       env=env, timeout=PATIENCE, check=False)
    found = re.fullmatch(r"sent (\d+) runt (\d+) oversize (\d+)\n", r.stdout)
    if r.returncode or not found:
        raise Failed(f"the oracle: {r.stderr.strip() or r.stdout}")
    return Result(case.comparable(frames.read(want), todo), *map(int, found.groups()))


def explain(case, want, got):
    """The first difference, as two lines of tshark."""
    keep = os.path.join(BUILD, "diff")
    os.makedirs(keep, exist_ok=True)
    files = {}
    for word, r in (("want", want), ("got", got)):
        files[word] = os.path.join(keep, f"{case.file}.{word}.pcap")
        frames.write(files[word], [frames.Frame(d) for d in r.datas])
    lines = [f"want: {want.line()}", f"got:  {got.line()}"]
    n = next((k for k, (a, b) in enumerate(zip(want.datas, got.datas)) if a != b), min(len(want.datas), len(got.datas)))
    if len(want.datas) == len(got.datas) == n:
        return lines
    lines.append(f"first difference: frame {n + 1} of what came out" + (
        "; the same frames in another order" if sorted(want.datas) == sorted(got.datas) else ""))
    for word in ("want", "got"):
        argv = ["tshark", "-n", "-r", files[word], "-Y", f"frame.number=={n + 1}"]
        text = ""
        if shutil.which("tshark"):
            r = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
            text = r.stdout.strip() or "no such frame"
        lines.append(f"{word}: {text}  [tshark -n -r {files[word]} -Y frame.number=={n + 1}]")
    return lines


def try_case(case, live, unprivileged):
    """(host's result or None, guest's result, what went wrong)"""
    with tempfile.TemporaryDirectory(prefix="stdpkt-diff.") as tmp:
        os.chmod(tmp, 0o755)
        want = got = None
        wrong = []
        try:
            todo = case.frames()
            capture = case.capture
            if not case.as_is():
                capture = os.path.join(tmp, "in")
                frames.write(capture, todo)
            for sub in ("c", "o"):
                os.mkdir(os.path.join(tmp, sub))
                os.chmod(os.path.join(tmp, sub), 0o755)
            got = candidate(case, capture, todo, os.path.join(tmp, "c"), unprivileged)
            if live:
                want = oracle(case, capture, todo, os.path.join(tmp, "o"))
        except (Failed, frames.BadCapture, OSError, subprocess.TimeoutExpired) as e:
            wrong = str(e).split("\n")
        return want, got, wrong


def why_no_oracle():
    """None if the host's kernel can be asked, else the reason."""
    if os.geteuid():
        return "not root"
    for tool in ("ip", "iptables-restore", "nft", "ipset", "ethtool", "unshare"):
        if not shutil.which(tool):
            return f"no {tool}"
    probe = ("ip link add name x0 type veth peer name x1 && ip link add name x2 type bridge && "
             "test -e /proc/sys/net/bridge/bridge-nf-call-iptables")
    r = subprocess.run(["unshare", "-n", "sh", "-c", probe], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return f"no network namespace with veth, bridge and br_netfilter: {r.stdout.strip()}" if r.returncode else None


def can_drop():
    """Whether the user nobody may run what is here: then root does not."""
    if os.geteuid():
        return False
    try:
        r = subprocess.run(["test", "-x", os.path.join(BUILD, "stdpkt"), "-a", "-r", os.path.join(HERE, "cases")],
                           user=NOBODY, group=NOBODY, extra_groups=[], check=False)
    except OSError:
        return False
    return r.returncode == 0


def stored():
    table = {}
    if os.path.exists(EXPECTED):
        with open(EXPECTED, encoding="ascii") as f:
            for line in f:
                if not line.startswith("#"):
                    name, _, rest = line.rstrip("\n").partition(": ")
                    table[name] = rest
    return table


def main(argv):
    options = {a for a in argv if a.startswith("--")}
    words = [a for a in argv if a not in options]
    if options - {"--update", "--list", "--stored"}:
        sys.exit(__doc__)
    todo = [c for c in cases() if not words or any(w in c.name for w in words)]
    if "--list" in options:
        print("\n".join(c.name for c in todo))
        return 0
    reason = "not asked for" if "--stored" in options else why_no_oracle()
    update = "--update" in options
    if update and reason:
        sys.exit(f"diff.py: --update needs the host's kernel: {reason}")
    unprivileged, table = can_drop(), stored()
    n = bad = passed = total = 0

    def report(ok, name, lines=()):
        nonlocal n, bad
        n += 1
        bad += not ok
        print(f"{'ok' if ok else 'not ok'} {n} {name}", *(f"#   {x}" for x in lines), sep="\n", flush=True)

    print(f"1..{2 * len(todo)}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for case, (want, got, wrong) in zip(todo, pool.map(lambda c: try_case(c, not reason, unprivileged), todo)):
            figures = f" ({got.sent} in, {len(got.datas)} out)" if got else ""
            if wrong:
                report(False, f"{case.name}: as on this host", wrong)
            elif reason:
                report(True, f"{case.name}: as on this host # SKIP {reason}")
            else:
                if update:
                    table[case.name] = want.line()
                same = want.line() == got.line()
                report(same, f"{case.name}: as on this host{figures}", () if same else explain(case, want, got))
            if not got:
                report(False, f"{case.name}: as stored", wrong)
            elif case.name not in table:
                report(False, f"{case.name}: as stored", ["not in expected.txt: run.sh --update"])
            else:
                same = table[case.name] == got.line()
                report(same, f"{case.name}: as stored{figures}", () if same else [f"want: {table[case.name]}", f"got:  {got.line()}"])
            if got:
                passed, total = passed + len(got.datas), total + got.sent
    print(f"# {len(todo)} cases, {total} frames in, {passed} out, {bad} of {n} tests failed")
    if update:
        names = [c.name for c in cases()]
        with open(EXPECTED, "w", encoding="ascii") as f:
            print("# SPDX-License-Identifier: GPL-2.0-only\n"
                  f"# What a host's kernel let through, made by test/diff/run.sh --update: Linux {os.uname().release.split('-')[0]}\n"
                  "# function rules capture: frames in, out, refused; sha256 of the sequence (frames.digest)", file=f)
            for name in names:
                if name in table:
                    print(f"{name}: {table[name]}", file=f)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
