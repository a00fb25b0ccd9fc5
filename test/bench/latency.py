#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test/bench/latency.py LINES - how long a frame takes through `stdpkt cat` in a pipe, and a byte through cat

One line at a time: written when the one before has come out. Interleaved batches; of each program the median of its best batch in us,
which is what it takes when nothing else runs. Prints "stdpkt cat US", "cat US" and "difference US".
"""
import statistics
import subprocess
import sys
import time

BATCH = 200


class Stage:
    def __init__(self, argv):
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.best = float("inf")

    def pass_on(self, line):
        self.process.stdin.write(line)
        got = b""
        while got.count(b"\n") < line.count(b"\n"):
            got += self.process.stdout.read(65536)

    def batch(self, line):
        took = []
        for _ in range(BATCH):
            began = time.perf_counter_ns()
            self.pass_on(line)
            took.append(time.perf_counter_ns() - began)
        self.best = min(self.best, statistics.median(took) / 1000)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    with open(sys.argv[1], "rb") as f:
        head, line = f.readline(), f.readline()
    ours, theirs = Stage(["stdpkt", "cat"]), Stage(["cat"])
    ours.process.stdin.write(head)
    ours.process.stdin.write(line)
    got = b""
    while got.count(b"\n") < 2:
        got += ours.process.stdout.read(65536)
    for _ in range(10):
        ours.batch(line)
        theirs.batch(line)
    ours.close()
    theirs.close()
    print(f"stdpkt cat {ours.best:.1f}\ncat {theirs.best:.1f}\ndifference {ours.best - theirs.best:.1f}")


if __name__ == "__main__":
    main()
