# SPDX-License-Identifier: GPL-2.0-only
"""test/diff/prepare.py - captures made into input for a router: addressed to it, from inside to outside"""
import ipaddress

from frames import ETH_HEAD, Frame

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
