# SPDX-License-Identifier: GPL-2.0-only
"""test/diff/frames.py - captures in, captures out, and frames made comparable

A reader of its own for pcap and pcapng (no line shared with stdpkt/), so that what stdpkt writes is read by somebody else.
https://ietf-opsawg-wg.github.io/draft-ietf-opsawg-pcap/draft-ietf-opsawg-pcap.html and ...-pcapng.html
"""
import hashlib
import struct

ETHERNET = 1  # link type
ETH_HEAD = 14
VLAN_TAG = 4


class BadCapture(Exception):
    pass


class Frame:
    """One frame of a capture: its bytes, and how long it was on the wire (more than there are bytes, if the capture cut it)."""

    __slots__ = ("data", "wire")

    def __init__(self, data, wire=None):
        self.data = data
        self.wire = len(data) if wire is None else wire

    def sendable(self):
        """What neither side takes: shorter than an Ethernet header, or cut by the capture. stdpkt counts it as runt."""
        return len(self.data) >= ETH_HEAD and len(self.data) >= self.wire


def _pcap(blob, order):
    link = struct.unpack_from(order + "I", blob, 20)[0] & 0xFFFF  # the rest: FCS length and reserved
    if link != ETHERNET:
        raise BadCapture(f"link type {link}, not Ethernet")
    at, frames = 24, []
    while at + 16 <= len(blob):
        cap, wire = struct.unpack_from(order + "II", blob, at + 8)
        if at + 16 + cap > len(blob):
            break
        frames.append(Frame(blob[at + 16:at + 16 + cap], wire))
        at += 16 + cap
    return frames


def _pcapng(blob):
    at, order, frames, links, snap = 0, "<", [], [], []
    while at + 12 <= len(blob):
        kind = struct.unpack_from("<I", blob, at)[0]
        if kind == 0x0A0D0D0A:  # section header: the byte order may change, interfaces are numbered anew
            order = "<" if struct.unpack_from("<I", blob, at + 8)[0] == 0x1A2B3C4D else ">"
            links, snap = [], []
        kind, total = struct.unpack_from(order + "II", blob, at)
        if total < 12 or at + total > len(blob):
            break
        body = blob[at + 8:at + total - 4]
        if kind == 1:  # interface description
            link, _, limit = struct.unpack_from(order + "HHI", body)
            links.append(link)
            snap.append(limit)
        elif kind in (6, 2):  # enhanced packet; the obsolete packet block has the same lengths in the same place
            port = struct.unpack_from(order + ("I" if kind == 6 else "H"), body)[0]
            cap, wire = struct.unpack_from(order + "II", body, 12)
            if links[port] != ETHERNET:
                raise BadCapture(f"link type {links[port]}, not Ethernet")
            frames.append(Frame(body[20:20 + cap], wire))
        elif kind == 3:  # simple packet: of the first interface
            wire = struct.unpack_from(order + "I", body)[0]
            cap = min(wire, snap[0] or wire, len(body) - 4)
            frames.append(Frame(body[4:4 + cap], wire))
        at += total
    return frames


def read(path):
    """All whole frames of a capture file. An empty file is no frames: what an element writes that got none."""
    with open(path, "rb") as f:
        blob = f.read()
    if not blob:
        return []
    magic = blob[:4]
    if magic == b"\x0a\x0d\x0d\x0a":
        return _pcapng(blob)
    for order in "<>":
        if magic in (struct.pack(order + "I", 0xA1B2C3D4), struct.pack(order + "I", 0xA1B23C4D)):
            return _pcap(blob, order)
    raise BadCapture("neither pcap nor pcapng")


def write(path, frames):
    """A pcap file; times are the frames' numbers in microseconds, nothing here depends on them."""
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, ETHERNET))
        for n, fr in enumerate(frames):
            f.write(struct.pack("<IIII", n // 1000000, n % 1000000, len(fr.data), fr.wire) + fr.data)


def digest(datas):
    """sha256 over the sequence of frames, each behind its length: order, boundaries and bytes."""
    h = hashlib.sha256()
    for d in datas:
        h.update(struct.pack(">I", len(d)) + d)
    return h.hexdigest()


def _fold(total):
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def internet_sum(data):
    """RFC 1071: the checksum of data whose checksum field is zero."""
    data = bytes(data) + b"\0" * (len(data) & 1)
    return _fold(sum(struct.unpack(f">{len(data) // 2}H", data))) ^ 0xFFFF


def _patch_sum(data, at, old, new):
    """RFC 1624 eqn. 3: a checksum after a 16-bit word has changed from old to new."""
    was = struct.unpack_from(">H", data, at)[0]
    struct.pack_into(">H", data, at, _fold((~was & 0xFFFF) + (~old & 0xFFFF) + new) ^ 0xFFFF)


def renumber(datas, public):
    """Make translated frames comparable: which port or ICMP id a router gives to a flow when the flow's own is taken is random.

    Every flow from the public address (protocol, destination, destination port, translated port) gets the number of its first
    appearance as port, the checksum is corrected by the difference, all other bytes stay. Two sequences come out equal exactly when a
    one-to-one mapping of ports turns one into the other. Unfragmented TCP, UDP and ICMP echo only; all else stays as it is.
    """
    seen, out = {}, []
    for d in datas:
        d = bytearray(d)
        out.append(d)
        if len(d) < ETH_HEAD + 20 or d[12:14] != b"\x08\0" or bytes(d[26:30]) != public.packed:
            continue
        l4 = ETH_HEAD + (d[14] & 15) * 4
        proto = d[23]
        if struct.unpack_from(">H", d, 20)[0] & 0x3FFF or len(d) < l4 + 8:
            continue
        if proto in (6, 17):
            at, check, peer = l4, l4 + (16 if proto == 6 else 6), bytes(d[l4 + 2:l4 + 4])
        elif proto == 1 and d[l4] == 8:
            at, check, peer = l4 + 4, l4 + 2, b""
        else:
            continue
        if len(d) < check + 2:
            continue
        old = struct.unpack_from(">H", d, at)[0]
        new = seen.setdefault((proto, bytes(d[30:34]), peer, old), len(seen) + 1)
        struct.pack_into(">H", d, at, new)
        if proto != 17 or d[check:check + 2] != b"\0\0":  # a UDP checksum of 0 is none (RFC 768)
            _patch_sum(d, check, old, new)
    return [bytes(d) for d in out]


def _ip6_fragment(d):
    """Offset of an IPv6 fragment header's identification in a frame, or None. Behind the headers that stand before it (RFC 8200 4.1)."""
    at = 12
    while d[at:at + 2] in (b"\x81\0", b"\x88\xa8"):
        at += VLAN_TAG
    if d[at:at + 2] != b"\x86\xdd" or len(d) < at + 42:
        return None
    kind, at = d[at + 8], at + 42
    while kind in (0, 43, 60) and len(d) >= at + 8:
        kind, at = d[at], at + 8 + 8 * d[at + 1]
    return at + 4 if kind == 44 and len(d) >= at + 8 else None


def reidentify(datas, given):
    """A bridge that has put IPv6 fragments together to look at them sends them on under an identification of its own, which is random.

    Identifications that do not occur in the frames given to it get the number of their first appearance; no checksum covers them.
    """
    known, seen, out = set(), {}, []
    for d in given:
        at = _ip6_fragment(d)
        if at:
            known.add(d[at:at + 4])
    for d in datas:
        at = _ip6_fragment(d)
        if at and d[at:at + 4] not in known:
            d = d[:at] + struct.pack(">I", seen.setdefault(d[at:at + 4], len(seen) + 1)) + d[at + 4:]
        out.append(d)
    return out
