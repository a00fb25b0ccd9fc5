# SPDX-License-Identifier: GPL-2.0-only
"""test/diff/prepare.py - captures made into input: addressed to a router, with the checksums that a NIC would have filled in"""
import ipaddress
import struct

from frames import ETH_HEAD, Frame, internet_sum

INSIDE, OUTSIDE = (ipaddress.ip_address(a) for a in ("10.0.0.1", "192.0.2.1"))  # nat.sh's defaults
OWN = [ipaddress.ip_network(n) for n in ("10.0.0.0/24", "192.0.2.0/24")]


def mac(address):
    """As cmd/guest.c gives it to a port: 02:00 and the IPv4 address."""
    return b"\x02\0" + address.packed


def mac_text(address):
    return mac(address).hex(":")


def whole(frames):
    """Frames that the capture cut, taken as if they had been that short on the wire: malformed packets for a kernel to judge."""
    return [Frame(f.data) for f in frames]


def checksummed(frames):
    """What a NIC would have made of frames that were captured on the sending host before it filled in the checksums of IPv4, TCP and UDP.

    TCP and UDP on IPv4, or on IPv6 without extension headers, not fragments; a UDP checksum of 0 (none) stays. Without this, conntrack takes such a
    capture's connections for invalid from their first packet, and no rule for what belongs to them is ever reached.
    """
    out = []
    for f in frames:
        d, at = bytearray(f.data), 0
        if f.sendable() and d[12:15] == b"\x08\0\x45" and len(d) >= 34 and d[24:26] == b"\0\0":
            d[24:26] = struct.pack(">H", internet_sum(d[14:34]))
        if f.sendable() and d[12:14] == b"\x08\0" and len(d) >= 34 and not struct.unpack_from(">H", d, 20)[0] & 0x3FFF:
            at, end, proto, addresses = ETH_HEAD + (d[14] & 15) * 4, ETH_HEAD + struct.unpack_from(">H", d, 16)[0], d[23], d[26:34]
        elif f.sendable() and d[12:14] == b"\x86\xdd" and len(d) >= 54:
            at, end, proto, addresses = 54, 54 + struct.unpack_from(">H", d, 18)[0], d[20], d[22:54]
        if at and proto in (6, 17) and at + 20 <= end <= len(d):
            check = at + (16 if proto == 6 else 6)
            if proto == 6 or d[check:check + 2] != b"\0\0":
                d[check:check + 2] = b"\0\0"
                found = internet_sum(addresses + struct.pack(">HH", proto, end - at) + d[at:end])  # RFC 9293 3.1, RFC 768
                struct.pack_into(">H", d, check, found or (0xFFFF if proto == 17 else 0))
        out.append(Frame(bytes(d), f.wire))
    return out


def routed(frames):
    """The IPv4 frames as a host inside would send them to the router.

    Of a conversation only the side that speaks first is taken. Left out is what the router would answer itself or
    keep: its own networks as destination or source, and a TTL that ends here; such answers hold random IP ids and are rate-limited.
    """
    first, out = set(), []
    for f in frames:
        d = f.data
        if not f.sendable() or len(d) < ETH_HEAD + 20 or d[12:14] != b"\x08\0" or d[22] <= 1:
            continue
        src, dst = d[26:30], d[30:34]
        if any(ipaddress.ip_address(a) in n for a in (src, dst) for n in OWN):
            continue
        if (dst, src) in first:
            continue
        first.add((src, dst))
        out.append(Frame(mac(INSIDE) + mac(INSIDE + 1) + d[12:], f.wire))
    return out
