#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test/diff/oracle.py - what the host's own kernel makes of a capture: oracle.py [--mac PORT=MAC]... IN OUT SCRIPT [ARG...]

Runs a function (cmd/*.sh) in a network namespace instead of a guest, injects the frames of capture IN at its left port in order, and
writes what leaves by the right one to OUT (pcap). Prints "sent N runt N oversize N". Needs root.

Theory of operation
-------------------
Two namespaces, both this process's own and gone with it:

    wire:  leftx ---------veth--------- left :inner        the script runs in inner, with the same interface names
           rightx --------veth-------- right               and the same defaults as in a guest (cmd/guest.c)

Frames enter by an AF_PACKET socket on leftx and are taken by another on rightx, which is why the outer ends have a namespace of their
own: there no rule, no connection tracking and no address sees them.

None is lost, and no order is changed, without sleeping: the process stays on one CPU, so all frames go through that CPU's backlog queue,
first in, first out. A frame is done with when the queue is empty and this process runs again on that CPU, since a soft interrupt is
not pre-empted by a process. /proc/net/softnet_stat tells its length, and the number of frames that the queue refused, which must
not grow; nor may the receiving socket have lost any (PACKET_STATISTICS). Anything else is an error, not a result.

Frames over the MTU + 14 + 4 are refused by veth (is_skb_forwardable()) exactly where stdpkt's port refuses them; both count.
"""
import ctypes
import errno
import os
import socket
import struct
import subprocess
import sys
import time

import frames

CLONE_NEWNET = 0x40000000
SOL_PACKET, PACKET_STATISTICS, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 6, 8, 23  # linux/if_packet.h
SO_RCVBUFFORCE = 33
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 1 << 4, 1 << 6
ETH_P_ALL = 3
BURST = 64  # frames between two looks at the backlog, which holds net.core.netdev_max_backlog (1000)
PATIENCE = 20  # seconds for what takes microseconds

libc = ctypes.CDLL(None, use_errno=True)


def die(text):
    sys.exit(f"oracle.py: {text}")


def new_namespace():
    if libc.unshare(CLONE_NEWNET):
        err = ctypes.get_errno()
        die(f"unable to make a network namespace: {os.strerror(err)}")


def run(argv, **kw):
    r = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **kw)
    if r.returncode:
        die(f"{' '.join(argv)}: exit status {r.returncode}: {r.stdout.strip()}")
    return r.stdout


def sysctl(name, value):
    with open("/proc/sys/" + name, "w", encoding="ascii") as f:
        f.write(value)


def quiet():
    """As guest_quiet(): interfaces get no link-local address, so say nothing of their own accord."""
    if os.path.exists("/proc/sys/net/ipv6"):
        sysctl("net/ipv6/conf/default/addr_gen_mode", "1")


def plug(macs, script):
    """The four interfaces; the script in the inner namespace. Ends in the wire namespace. Returns what keeps the inner one alive."""
    new_namespace()
    inner = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    quiet()
    # a fresh namespace copies these from the host's; a guest has the kernel's defaults
    for name in ("all", "default"):
        sysctl(f"net/ipv4/conf/{name}/rp_filter", "0")
        for what in ("accept_redirects", "send_redirects", "secure_redirects", "shared_media"):
            sysctl(f"net/ipv4/conf/{name}/{what}", "1")
    sysctl("net/ipv4/ip_forward", "0")
    go_r, go_w = os.pipe()
    child = os.fork()
    if not child:
        os.close(go_w)
        if os.read(go_r, 1) != b"g":
            os._exit(111)
        lines = ["link set lo up"]
        for port in ("left", "right"):
            if port in macs:
                lines.append(f"link set {port} address {macs[port]}")
            lines.append(f"link set {port} up")
        run(["ip", "-batch", "-"], input="\n".join(lines) + "\n")
        os.dup2(2, 1)
        try:
            os.execvp("sh", ["sh", *script])
        finally:
            os._exit(111)
    os.close(go_r)
    new_namespace()
    quiet()
    sysctl("net/ipv6/conf/default/disable_ipv6", "1")
    run(["ip", "-batch", "-"], input="".join(
        f"link add {p}x mtu 65535 type veth peer name {p} mtu 1500 netns {child}\n"
        f"link set {p}x arp off up\n" for p in ("left", "right")))
    os.write(go_w, b"g")
    os.close(go_w)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        die(f"{' '.join(script)}: exit status {status}")
    # a link works when the kernel's link watch has run, which may be after the command that brought it up
    end = time.monotonic() + 10
    for p in ("left", "right"):
        while " state UP " not in subprocess.run(["ip", "-o", "link", "show", f"{p}x"], capture_output=True, text=True).stdout:
            if time.monotonic() > end:
                die(f"{p}x is not up after 10 s")
    return inner


def packet_socket(port, receive):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    if receive:
        s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 512 << 20)
        s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    s.bind((port, ETH_P_ALL if receive else 0))
    s.setblocking(False)
    return s


def backlog(cpu):
    """(frames in the CPU's backlog, frames that it refused so far)"""
    with open("/proc/net/softnet_stat", encoding="ascii") as f:
        for line in f:
            col = [int(c, 16) for c in line.split()]
            if len(col) < 13:
                die("this kernel's /proc/net/softnet_stat does not tell the backlog's length (5.10 and later do)")
            if col[12] == cpu:
                return col[11], col[1]
    return die(f"CPU {cpu} is not in /proc/net/softnet_stat")


def settle(cpu):
    end = time.monotonic() + PATIENCE
    while backlog(cpu)[0]:
        if time.monotonic() > end:
            die("frames stay in the backlog")


def drain(s, out):
    """All frames that have arrived; a VLAN tag that the kernel took out of one is put back."""
    while True:
        try:
            data, anc, _, _ = s.recvmsg(1 << 17, socket.CMSG_SPACE(20))
        except BlockingIOError:
            return
        for level, kind, aux in anc:
            if level != SOL_PACKET or kind != PACKET_AUXDATA:
                continue
            status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", aux[:20])
            if status & TP_STATUS_VLAN_VALID:
                if not status & TP_STATUS_VLAN_TPID_VALID:
                    tpid = 0x8100
                data = data[:12] + struct.pack(">HH", tpid, tci) + data[12:]
        out.append(frames.Frame(data))


def dropped(port):
    with open(f"/proc/{os.getpid()}/net/dev", encoding="ascii") as f:
        for line in f:
            name, _, rest = line.partition(":")
            if name.strip() == port:
                return int(rest.split()[11])  # transmit: drop
    return die(f"no interface {port}")


def replay(todo):
    cpu = min(os.sched_getaffinity(0), key=lambda c: (c + os.getpid()) % os.cpu_count())
    os.sched_setaffinity(0, {cpu})
    inp, outp = packet_socket("leftx", False), packet_socket("rightx", True)
    out, sent, runt, giant, refused = [], 0, 0, 0, backlog(cpu)[1]
    for fr in todo:
        if not fr.sendable():
            runt += 1
            continue
        try:
            inp.send(fr.data)
        except OSError as e:
            if e.errno == errno.EMSGSIZE:  # more than any MTU
                giant += 1
            elif e.errno != errno.ENOBUFS:  # how veth refuses; it counts, see dropped()
                raise
        sent += 1
        if not sent % BURST:
            settle(cpu)
            drain(outp, out)
    settle(cpu)
    drain(outp, out)
    lost = struct.unpack("II", outp.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
    if lost or backlog(cpu)[1] != refused:
        die(f"the host lost frames: {lost} at the socket, {backlog(cpu)[1] - refused} in the backlog; try again on a quieter machine")
    oversize = dropped("leftx") + giant
    print(f"sent {sent - oversize} runt {runt} oversize {oversize}")
    return out


def main(argv):
    macs = {}
    while argv[:1] == ["--mac"]:
        port, _, mac = argv[1].partition("=")
        macs[port] = mac
        argv = argv[2:]
    if len(argv) < 3:
        sys.exit(__doc__.split("\n", 1)[0])
    todo = frames.read(argv[0])
    inner = plug(macs, argv[2:])
    out = replay(todo)
    os.close(inner)
    frames.write(argv[1], out)


main(sys.argv[1:])
