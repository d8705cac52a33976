"""Ethernet, IPv4, IPv6 and TCP frames, built and read without a packet library: fast, and exact about every bit."""

from __future__ import annotations

import ipaddress
import socket
import struct
from dataclasses import dataclass
from typing import Iterator, Sequence

ETH_IPV4 = 0x0800
ETH_IPV6 = 0x86DD
ETH_VLAN = 0x8100

HOP_BY_HOP = 0
ICMP = 1
TCP = 6
UDP = 17
ROUTING = 43
FRAGMENT_HEADER = 44
ICMPV6 = 58
DESTINATION_OPTIONS = 60

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10

#: IPv6 extension headers that may stand between the IPv6 header and TCP (RFC 8200, section 4.1).
_EXTENSIONS = {HOP_BY_HOP, ROUTING, DESTINATION_OPTIONS}


def family_of(address: str) -> int:
    """4 or 6, the IP version of an address."""
    return ipaddress.ip_address(address).version


def packed(address: str) -> bytes:
    """An IPv4 or IPv6 address in network byte order."""
    return ipaddress.ip_address(address).packed


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ethernet(dst: str, src: str, ether_type: int, payload: bytes, vlan: int | None = None) -> bytes:
    """An Ethernet frame, with one 802.1Q tag if ``vlan`` is given."""
    head = bytes.fromhex(dst.replace(":", "")) + bytes.fromhex(src.replace(":", ""))
    if vlan is not None:
        head += struct.pack("!HH", ETH_VLAN, vlan)
    return head + struct.pack("!H", ether_type) + payload


def tcp(
    src: str,
    dst: str,
    sport: int,
    dport: int,
    flags: int,
    seq: int = 0,
    ack: int = 0,
    payload: bytes = b"",
    options: bytes = b"",
    window: int = 8000,
) -> bytes:
    """A TCP segment with its checksum; ``options`` must be a multiple of 4 bytes long."""
    offset = (20 + len(options)) // 4
    head = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, offset << 4, flags, window, 0, 0)
    segment = head + options + payload
    value = checksum(_pseudo_header(src, dst, TCP, len(segment)) + segment)
    return segment[:16] + struct.pack("!H", value) + segment[18:]


def udp(src: str, dst: str, sport: int, dport: int, payload: bytes) -> bytes:
    """A UDP datagram with its checksum."""
    datagram = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload
    value = checksum(_pseudo_header(src, dst, UDP, len(datagram)) + datagram) or 0xFFFF
    return datagram[:6] + struct.pack("!H", value) + datagram[8:]


def icmpv6(src: str, dst: str, kind: int, body: bytes) -> bytes:
    """An ICMPv6 message of type ``kind`` and code 0 with its checksum; ``body`` is what follows the checksum."""
    message = struct.pack("!BBH", kind, 0, 0) + body
    return message[:2] + struct.pack("!H", checksum(_pseudo_header(src, dst, ICMPV6, len(message)) + message)) + body


def icmp_echo(src: str, dst: str, payload: bytes) -> tuple[int, bytes]:
    """An echo request of the addresses' family, with its protocol number."""
    body = struct.pack("!HH", 25, 1) + payload
    if family_of(src) == 6:
        return ICMPV6, icmpv6(src, dst, 128, body)
    return ICMP, struct.pack("!BBH", 8, 0, checksum(b"\x08\0\0\0" + body)) + body


def _pseudo_header(src: str, dst: str, protocol: int, length: int) -> bytes:
    return packed(src) + packed(dst) + struct.pack("!II", length, protocol)


def ipv4(
    src: str,
    dst: str,
    protocol: int,
    payload: bytes,
    ident: int = 0,
    offset: int = 0,
    more: bool = False,
    options: bytes = b"",
) -> bytes:
    """An IPv4 packet; ``offset`` is the fragment offset in bytes, ``more`` the more-fragments flag.

    ``options`` must be a multiple of 4 bytes long.
    """
    fragment = (0x2000 if more else 0) | (offset // 8)
    length = 20 + len(options)
    head = struct.pack("!BBHHHBBH", 0x40 | length // 4, 0, length + len(payload), ident, fragment, 64, protocol, 0)
    head += packed(src) + packed(dst) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6(src: str, dst: str, next_header: int, payload: bytes, hops: int = 64) -> bytes:
    """An IPv6 packet."""
    return struct.pack("!IHBB", 6 << 28, len(payload), next_header, hops) + packed(src) + packed(dst) + payload


def ip(src: str, dst: str, protocol: int, payload: bytes, options: bytes = b"") -> tuple[int, bytes]:
    """An IP packet of the addresses' family, with its Ethernet type; ``options`` are IPv4's."""
    if family_of(src) == 4:
        return ETH_IPV4, ipv4(src, dst, protocol, payload, options=options)
    return ETH_IPV6, ipv6(src, dst, protocol, payload)


def fragments(src: str, dst: str, protocol: int, body: bytes, cuts: Sequence[int], ident: int) -> Iterator[tuple[int, bytes]]:
    """``body`` as IP fragments cut at the given byte offsets (multiples of 8), each with its Ethernet type."""
    edges = [0, *cuts, len(body)]
    for start, end in zip(edges, edges[1:]):
        more = end < len(body)
        if family_of(src) == 4:
            yield ETH_IPV4, ipv4(src, dst, protocol, body[start:end], ident & 0xFFFF, start, more)
        else:
            head = struct.pack("!BBHI", protocol, 0, start | int(more), ident)
            yield ETH_IPV6, ipv6(src, dst, FRAGMENT_HEADER, head + body[start:end])


def padded_options(next_header: int, length: int = 8) -> bytes:
    """An IPv6 destination or hop-by-hop options header of ``length`` bytes (a multiple of 8) that holds padding only."""
    header, left = bytes([next_header, length // 8 - 1]), length - 2
    while left:
        option = min(left, 257)
        header += bytes([1, option - 2]) + bytes(option - 2) if option > 1 else b"\0"
        left -= option
    return header


def routing_header(next_header: int, segments_left: int = 0, via: str = "::") -> bytes:
    """An IPv6 routing header of type 0 with one address (RFC 2460, section 4.4; deprecated by RFC 5095)."""
    return bytes([next_header, 2, 0, segments_left]) + bytes(4) + packed(via)


def atomic_fragment_header(next_header: int) -> bytes:
    """An IPv6 fragment header of a packet that is not fragmented (RFC 6946)."""
    return struct.pack("!BBHI", next_header, 0, 0, 25)


@dataclass(frozen=True)
class Packet:
    """What the lab needs to know of a captured packet."""

    src_mac: str
    family: int
    src: str
    dst: str
    protocol: int
    fragment: bool
    first_fragment: bool
    vlan: int | None = None
    sport: int = -1
    dport: int = -1
    flags: int = 0
    seq: int = 0
    ack: int = 0
    payload: bytes = b""

    @property
    def is_syn(self) -> bool:
        """Whether this opens a TCP connection: SYN without ACK."""
        return self.flags & (SYN | ACK) == SYN


def parse(frame: bytes) -> Packet | None:
    """Read an Ethernet frame; None if it is not IPv4 or IPv6 or is cut short.

    The protocol of a fragment is the first of its payload as its header says. A fragment (atomic IPv6 ones apart) has no
    ports here: a later fragment carries none, a first one may be cut anywhere.
    """
    try:
        return _parse(frame)
    except (struct.error, IndexError, ValueError):
        return None


def _parse(frame: bytes) -> Packet | None:
    ether_type, at, vlan = struct.unpack_from("!H", frame, 12)[0], 14, None
    while ether_type in (ETH_VLAN, 0x88A8):
        tag, ether_type = struct.unpack_from("!HH", frame, at)
        vlan = tag & 0xFFF if vlan is None else vlan
        at += 4
    mac = frame[6:12].hex(":")
    if ether_type == ETH_IPV4:
        length, _, fragment = struct.unpack_from("!HHH", frame, at + 2)
        protocol, end = frame[at + 9], at + length
        src = socket.inet_ntop(socket.AF_INET, frame[at + 12 : at + 16])
        dst = socket.inet_ntop(socket.AF_INET, frame[at + 16 : at + 20])
        family, split, first = 4, bool(fragment & 0x3FFF), fragment & 0x3FFF == 0x2000
        at += (frame[at] & 15) * 4
    elif ether_type == ETH_IPV6:
        length, protocol = struct.unpack_from("!HB", frame, at + 4)
        end = at + 40 + length
        src = socket.inet_ntop(socket.AF_INET6, frame[at + 8 : at + 24])
        dst = socket.inet_ntop(socket.AF_INET6, frame[at + 24 : at + 40])
        family, split, first, at = 6, False, False, at + 40
        while protocol in _EXTENSIONS or protocol == FRAGMENT_HEADER:
            if protocol == FRAGMENT_HEADER:
                protocol, where = frame[at], struct.unpack_from("!H", frame, at + 2)[0]
                at += 8
                if where & 0xFFF9:
                    split, first = True, where & 0xFFF8 == 0
                    break
            else:
                protocol, at = frame[at], at + (frame[at + 1] + 1) * 8
    else:
        return None
    if split or protocol != TCP:
        return Packet(mac, family, src, dst, protocol, split, first, vlan, payload=frame[at:end])
    sport, dport, seq, ack, offset, flags = struct.unpack_from("!HHIIBB", frame, at)
    data = frame[at + (offset >> 4) * 4 : end]
    return Packet(mac, family, src, dst, TCP, False, False, vlan, sport, dport, flags, seq, ack, data)
