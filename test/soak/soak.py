#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test/soak/soak.py - chains under load in both directions at once, whose elements are stopped, slowed down and killed

    gen | bridge | ... | bridge | pong

gen and pong (test/unit/element.h) number their frames, send as fast as they can and look at every byte that comes; what stands between
are frozen bridge.sh, some with the kernel's virtio_net. Rounds of three kinds, links of three kinds (ring, bin, text) in turn:

  stop  processes are stopped and go on, or run a fraction of the time, at random; then both ends send no more. All frames have come,
        in order; the counters of each element and of each link agree to the frame and the byte; nothing was dropped.
  kill  one process is killed at random, maybe while the chain still begins. The others end by themselves, and say nothing. Each
        has passed on or counted what it took; behind the killed one the links' counters agree; both ends got the frames
        without a gap up to their last.
  disk  the last element writes to a full disk, to a file at its limit or to a file system too small: exit 111 with one line, the rest
        ends with 0, and the file has the frames without a gap.

Environment: B=build folder; SOAK_TIME=seconds for each length of chain; SOAK_CHAIN="2 4 8 16"; SOAK_SEED=number, printed, gives the same
rounds again (not the same timing). Prints TAP.
"""
import ctypes
import heapq
import itertools
import os
import random
import resource
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
END = os.path.join(B, "unit", "link_test")
STDPKT = os.path.join(B, "stdpkt")
KINDS = ["ring", "bin", "text"]
DEADLINE = 60  # for a chain to end, on a machine that does other things as well


class Process:
    """One stage: how it was started, how it ended, what it counted."""

    def __init__(self, folder, number, argv, stdin, stdout, env, limit=None, first=None):
        def before():
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})  # it may come before the program waits for it
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
            if limit:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        self.argv, self.err = argv, os.path.join(folder, f"{number}.err")
        with open(self.err, "w", encoding="utf-8") as err:
            self.popen = subprocess.Popen(argv, stdin=stdin, stdout=stdout, stderr=err, env=env, preexec_fn=before, pass_fds=first or ())
        self.fd = os.pidfd_open(self.popen.pid)
        self.status = None
        self.killed = False
        self.left = self.right = None

    def signal(self, number):
        if self.status is None:
            try:
                signal.pidfd_send_signal(self.fd, number)
            except ProcessLookupError:
                pass

    def ended(self):
        if self.status is None:
            self.status = self.popen.poll()
        return self.status is not None

    def close(self):
        if not self.ended():
            self.signal(signal.SIGKILL)
            self.status = self.popen.wait()
        os.close(self.fd)

    def read_counters(self):
        """Its last lines: counters; what else it said is returned."""
        said = []
        with open(self.err, encoding="utf-8", errors="replace") as f:
            for line in f:
                word = line.removeprefix("stdpkt run: ").removeprefix("bridge: ").split()
                if word[:1] == ["stats"]:
                    v = dict(w.split("=", 1) for w in word[2:] if "=" in w)
                    c = {k: int(v[k]) for k in v if v[k].isdigit()}
                    c["drops"] = sum(c[k] for k in ("tx_full", "tx_noreturn", "tx_gone", "tx_oversize"))
                    c["rx_drops"] = c["rx_bad"] + c["rx_runt"] + c["rx_oversize"]
                    c["is"] = v["is"]
                elif len(word) == 9 and word[1] in ("left", "right"):
                    c = dict(zip(("rx_frames", "rx_bytes", "tx_frames", "tx_bytes", "drops"), map(int, word[3:8])))
                    why = dict(w.split("=") for w in word[8].split(",") if "=" in w)
                    c["rx_drops"] = sum(int(why.get(k, 0)) for k in ("oversize", "runt", "bad"))
                    c["drops"] -= c["rx_drops"]
                    c["is"] = word[2].split(",")[0]
                else:
                    said.append(line.rstrip())
                    continue
                setattr(self, "left" if word[1] in ("left", "gen.left", "pong.left") else "right", c)
        return said


class Chain:
    def __init__(self, folder, rng, elements, link, to_file=None, limit=None, wrap=()):
        env = dict(os.environ, STDPKT_LINK=link, STDPKT_STATS="1")
        size = rng.choice(["0", "60", "1514"])
        self.first, told = os.pipe()  # both ends close it when they have got a frame
        end = ["-s", size, "-u", "1", "-d", "900", "-f", str(told)]
        argvs = [[END, "element", "gen", "gen"] + end]
        for _ in range(elements):
            if rng.random() < 0.125:
                argvs.append([STDPKT, "run", "--nic", "virtio", os.path.join(ROOT, "cmd", "bridge.sh")])
            else:
                argvs.append([os.path.join(folder, "bridge")])
        if to_file:
            argvs[-1] = list(wrap) + argvs[-1]
        else:
            argvs.append([END, "element", "pong", "pong"] + end)
        self.text = f"{elements} elements, {link}, frames of {size if size != '0' else '60 to 1514'}"
        self.process = []
        stdin = os.open("/dev/null", os.O_RDONLY)
        for i, argv in enumerate(argvs):
            last = i == len(argvs) - 1
            if not last:
                then, stdout = os.pipe()
            else:
                then, stdout = None, os.open(to_file or "/dev/null", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            self.process.append(Process(folder, i, argv, stdin, stdout, env, limit if last else None, (told,) if argv[0] == END else None))
            os.close(stdin)
            os.close(stdout)
            stdin = then
        os.close(told)

    def works(self):
        """Until frames have come to both ends."""
        return bool(select.select([self.first], [], [], DEADLINE)[0])

    def wait(self):
        """Until all have ended; the seconds that it took, or None: some never did."""
        began, poll = time.monotonic(), select.poll()
        waiting = {p.fd: p for p in self.process if not p.ended()}
        for fd in waiting:
            poll.register(fd, select.POLLIN)
        while waiting:
            left = began + DEADLINE - time.monotonic()
            ready = poll.poll(left * 1000) if left > 0 else []
            if not ready:
                return None
            for fd, _ in ready:
                if waiting[fd].ended():
                    poll.unregister(fd)
                    del waiting[fd]
        return time.monotonic() - began

    def who_is_left(self):
        for i, p in enumerate(self.process):
            if not p.ended():
                with open(f"/proc/{p.popen.pid}/stat", encoding="utf-8") as f:
                    yield f"process {i} ({p.argv[0]}) has not ended: state {f.read().rsplit(') ', 1)[1][0]}"

    def close(self):
        for p in self.process:
            p.close()
        os.close(self.first)


class Soak:
    def __init__(self, folder, seed):
        self.folder, self.seed = folder, seed
        self.count = dict.fromkeys(("rounds", "right", "left", "bytes", "stops", "kills", "disks"), 0)
        self.longest = 0.0
        self.wrong = []

    def check(self, good, what):
        if not good:
            self.wrong.append(what)
        return good

    def ended(self, chain):
        took = chain.wait()
        if not self.check(took is not None, "it hangs"):
            self.wrong += chain.who_is_left()
            return False
        self.longest = max(self.longest, took)
        return True

    # ---- what is done to a chain ----

    def disturb(self, chain, rng, seconds):
        """Stop and slow down at most three at a time, for so long."""
        now = time.monotonic()
        end, todo, busy, serial = now + seconds, [], set(), itertools.count()

        def at(when, what, process, until):
            heapq.heappush(todo, (when, next(serial), what, process, until))

        at(now, "begin", None, 0)
        while todo and todo[0][0] < end:
            when, _, what, p, until = heapq.heappop(todo)
            time.sleep(max(0, when - time.monotonic()))
            if what == "begin":
                if len(busy) < 3:
                    p = rng.choice(chain.process)
                    if p not in busy:
                        busy.add(p)
                        self.count["stops"] += 1
                        slow = rng.random() < 0.3
                        at(when, "slow" if slow else "stop", p, when + (rng.uniform(0.1, 0.6) if slow else rng.uniform(0.005, 0.3)))
                at(when + rng.expovariate(20), "begin", None, 0)
            elif what == "stop":
                p.signal(signal.SIGSTOP)
                at(until, "cont", p, 0)
            elif what == "slow":  # runs 1 ms of 6
                p.signal(signal.SIGSTOP)
                at(when + 0.005, "pause", p, until)
            elif what == "pause":
                p.signal(signal.SIGCONT)
                at(when + 0.001, "slow" if when < until else "cont", p, until)
            else:
                p.signal(signal.SIGCONT)
                busy.discard(p)
        time.sleep(max(0, end - time.monotonic()))
        for p in chain.process:
            p.signal(signal.SIGCONT)

    # ---- what is looked at ----

    def passed_on(self, i, p, cut=False):
        """What came in by one port left by the other or was counted as dropped; where a neighbour was killed, a record may be cut."""
        for a, b, word in ((p.left, p.right, "right"), (p.right, p.left, "left")):
            self.check(
                a["rx_frames"] == b["tx_frames"] + b["drops"] and a["rx_drops"] <= cut,
                f"element {i} took {a['rx_frames']} frames and gave {b['tx_frames']} to the {word}, dropped {b['drops']} (and {a['rx_drops']} unread)",
            )

    def link(self, i, a, b, right_exact, left_exact):
        """The two ends of the link between processes @i and @i + 1."""
        for k in ("frames", "bytes"):
            for word, tx, rx, exact in (("right", a, b, right_exact), ("left", b, a, left_exact)):
                good = tx["tx_" + k] == rx["rx_" + k] if exact else tx["tx_" + k] >= rx["rx_" + k]
                self.check(good, f"link {i} to the {word}: {tx['tx_' + k]} {k} given, {rx['rx_' + k]} taken")

    def ends(self, chain):
        for p in (chain.process[0], chain.process[-1]):
            c = p.right or p.left
            if c and "lost" in c:
                self.check(c["lost"] == 0 and c["order"] == 0, f"an end missed {c['lost']} frames, {c['order']} were damaged or out of order")

    def counted(self, chain):
        gen, pong = chain.process[0].right, chain.process[-1].left
        if pong:
            self.count["right"] += pong["rx_frames"]
            self.count["bytes"] += pong["rx_bytes"]
        if gen:
            self.count["left"] += gen["rx_frames"]
            self.count["bytes"] += gen["rx_bytes"]

    # ---- rounds ----

    def round_stop(self, rng, elements, link, seconds):
        chain = Chain(self.folder, rng, elements, link)
        try:
            self.disturb(chain, rng, seconds)
            if not self.check(chain.works(), "nothing comes through"):
                return chain.text
            chain.process[0].signal(signal.SIGUSR1)
            chain.process[-1].signal(signal.SIGUSR1)
            if not self.ended(chain):
                return chain.text
            for i, p in enumerate(chain.process):
                said = p.read_counters()
                self.check(p.status == 0 and not said, f"process {i} ended with {p.status} and said {said}")
            for i, p in enumerate(chain.process[1:-1], 1):
                if self.check(p.left and p.right, f"element {i} has no counters"):
                    self.passed_on(i, p)
            for i, (a, b) in enumerate(zip(chain.process, chain.process[1:])):
                if self.check(a.right and b.left, f"link {i} has no counters"):
                    self.link(i, a.right, b.left, True, True)
                    self.check(not a.right["drops"] and not b.left["drops"], f"link {i}: {a.right['drops']} and {b.left['drops']} frames dropped")
                    self.check(a.right["is"] == b.left["is"] == link, f"link {i} is {a.right['is']} and {b.left['is']}")
            self.ends(chain)
            self.counted(chain)
        finally:
            chain.close()
        return chain.text

    def round_kill(self, rng, elements, link, _):
        chain = Chain(self.folder, rng, elements, link)
        who = rng.randrange(len(chain.process))
        try:
            self.disturb(chain, rng, rng.choice([rng.uniform(0, 0.05), rng.uniform(0, 1)]))
            victim = chain.process[who]
            victim.killed = not victim.ended()
            victim.signal(signal.SIGKILL)
            self.count["kills"] += 1
            chain.text += f", process {who} killed"
            if not self.ended(chain):
                return chain.text
            for i, p in enumerate(chain.process):
                said = p.read_counters()
                if i == who:
                    continue
                # a stream may be cut by that, for the one who reads it
                # who comes when its neighbour is dead already says that it has no way back
                said = [s for s in said if "frames dropped: " not in s and not (i > who and "nobody listens there" in s)]
                cut = i == who + 1 and p.status == 1 and len(said) == 1 and "input cut" in said[0]
                self.check((p.status == 0 and not said) or cut, f"process {i} ended with {p.status} and said {said}")
                if p.left and p.right:
                    self.passed_on(i, p, abs(i - who) == 1)
            for i, (a, b) in enumerate(zip(chain.process, chain.process[1:])):
                if a.right and b.left and who not in (i, i + 1):
                    self.link(i, a.right, b.left, i > who, False)
            self.ends(chain)
            self.counted(chain)
        finally:
            chain.close()
        return chain.text

    def round_disk(self, rng, elements, link, _):
        name, limit, wrap = os.path.join(self.folder, "disk"), None, ()
        size = rng.randrange(20000, 3000000)
        kinds = ["full", "limit"] + ["small"] * (os.getuid() == 0)
        kind = kinds[self.count["disks"] % len(kinds)]
        self.count["disks"] += 1
        if kind == "full":
            name = "/dev/full"
        elif kind == "limit":
            limit = size
        else:
            script = 'mount -t tmpfs -o size="$1" none "$2" && shift 2 && "$@" >"$0/x"; s=$?; cp "$0/x" /dev/fd/1 && exit $s'
            os.makedirs(os.path.join(self.folder, "small"), exist_ok=True)
            mount = os.path.join(self.folder, "small")
            wrap = ("unshare", "-m", "sh", "-c", script, mount, str(size), mount)
        chain = Chain(self.folder, rng, elements, link, name, limit, wrap)
        chain.text += f", {kind} disk"
        try:
            if not self.ended(chain):
                return chain.text
            for i, p in enumerate(chain.process):
                said = [s for s in p.read_counters() if "frames dropped: " not in s]
                if i < len(chain.process) - 1:
                    self.check(p.status == 0 and not said, f"process {i} ended with {p.status} and said {said}")
                else:
                    self.check(p.status == 111 and len(said) == 1 and "unable to write: " in said[0], f"the last ended with {p.status} and said {said}")
                if p.left and p.right:
                    self.passed_on(i, p)
            if kind != "full":
                self.contiguous(name)
        finally:
            chain.close()
        return chain.text

    def contiguous(self, name):
        """The frames of a file that was cut anywhere."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("STDPKT_")}
        data = subprocess.run([STDPKT, "cat", "-o", "pcap", name], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
        at, n = 24, 0
        while at < len(data):
            caplen = struct.unpack_from("=I", data, at + 8)[0]
            if not self.check(struct.unpack_from("=Q", data, at + 16 + 14)[0] == n, f"frame {n} of the file is another one"):
                break
            at, n = at + 16 + caplen, n + 1
        self.check(n > 0, "the file has no frames")
        self.count["right"] += n

    def run(self, elements, seconds):
        kinds = [self.round_stop, self.round_kill, self.round_kill, self.round_disk, self.round_kill]
        began, i = time.monotonic(), 0
        while i < len(kinds) or time.monotonic() < began + seconds:
            rng = random.Random(f"{self.seed} {elements} {i}")
            before = len(self.wrong)
            text = kinds[i % len(kinds)](rng, elements, KINDS[(i + self.seed) % 3], max(0.3, min(8, seconds / 5)))
            self.count["rounds"] += 1
            for w in self.wrong[before:]:
                print(f"# round {i} ({text}): {w}")
            i += 1
        c = self.count
        print(
            f"{'not ok' if self.wrong else 'ok'} soak: {elements} elements, {c['rounds']} rounds: {c['right']} frames to the right and {c['left']} to the left, "
            f"{c['bytes'] / 1e9:.1f} GB; {c['stops']} stops, {c['kills']} kills, {c['disks']} full disks; longest end {self.longest:.2f} s",
            flush=True,
        )
        return not self.wrong


def main():
    seed = int(os.environ.get("SOAK_SEED") or random.SystemRandom().randrange(1 << 31))
    seconds = float(os.environ.get("SOAK_TIME") or 60)
    good, folder = True, tempfile.mkdtemp(prefix="stdpkt-soak-")
    print(f"# SOAK_SEED={seed}", flush=True)
    try:
        subprocess.run([STDPKT, "freeze", os.path.join(ROOT, "cmd", "bridge.sh"), "-o", os.path.join(folder, "bridge")], check=True)
        for elements in map(int, (os.environ.get("SOAK_CHAIN") or "2 4 8 16").split()):
            good = Soak(folder, seed).run(elements, seconds) and good
    finally:
        shutil.rmtree(folder)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
