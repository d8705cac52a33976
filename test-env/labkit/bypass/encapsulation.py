"""How the frames of techniques and of their lawful neighbours are built.

A :class:`Build` makes the frames of one flight. Those that carry TCP take its destination port, so that the same trick can
be tried towards port 587, where it has to work.
"""

from __future__ import annotations

import dataclasses
import struct
from typing import Callable, List, Sequence, Tuple

from ..mail import frames
from ..mail.frames import ACK, FIN, PSH, RST, SYN, ethernet, ip, packed, tcp, udp
from .flight import Flight

SMTP = 25
SUBMISSION = 587

#: Makes the frames of a flight towards a TCP port.
Build = Callable[[Flight, int], List[bytes]]

#: A destination address that hosts of both families have: every node on the link.
BROADCAST_MAC = "ff:ff:ff:ff:ff:ff"
ALL_NODES_MAC = "33:33:00:00:00:01"
ALL_NODES = "ff02::1"
UNSPECIFIED = "::"

_IPV4, _IPV6, _ARP = frames.ETH_IPV4, frames.ETH_IPV6, 0x0806
_LLC_SNAP = bytes.fromhex("aaaa03000000")
_IPIP, _IN6 = 4, 41
_GRE, _ESP, _AH = 47, 50, 51


# ---------------------------------------------------------------- TCP, plain


def segment(
    flight: Flight, port: int, flags: int = SYN, sport: int = 40000, payload: bytes = b"", options: bytes = b""
) -> bytes:
    """A TCP segment whose sequence and acknowledgement numbers are the mark."""
    return tcp(flight.src, flight.dst, sport, port, flags, flight.sequence, flight.acknowledgement, payload, options)


def _frame(flight: Flight, ether_type: int, payload: bytes, vlan: int | None = None) -> bytes:
    return ethernet(flight.hop, flight.sender.mac, ether_type, payload, vlan)


def syn(flight: Flight, port: int) -> List[bytes]:
    """A plain SYN."""
    return segments(SYN)(flight, port)


def segments(*flags: int, sport: int = 40000, payload: bytes = b"", options: bytes = b"") -> Build:
    """Segments with these flags."""

    def build(flight: Flight, port: int) -> List[bytes]:
        some = [segment(flight, port, each, sport, payload, options) for each in flags]
        return [_frame(flight, *ip(flight.src, flight.dst, frames.TCP, one)) for one in some]

    return build


#: What has no SYN, or more than one should have: none of it opens a connection, all of it may carry data of one.
STRAY_FLAGS = (ACK, PSH | ACK, FIN | ACK, RST, SYN | FIN, SYN | 0xC0, 0)

#: Where answers go: what a client might have chosen.
_CLIENT_PORT = 40000


def answers(sport: int) -> Build:
    """What a server on this port answers: to a SYN, to data, and to the end of it."""

    def build(flight: Flight, _: int) -> List[bytes]:
        # the number in the segment too: a router takes off what is behind the packet
        some = [
            segment(flight, _CLIENT_PORT, flags, sport, flight.mark + bytes([n]))
            for n, flags in enumerate((SYN | ACK, ACK, PSH | ACK, RST))
        ]
        return [_frame(flight, *ip(flight.src, flight.dst, frames.TCP, one)) for one in some]

    return build


def answers_in_fragments(sport: int) -> Build:
    """A server's answer in two fragments."""

    def build(flight: Flight, _: int) -> List[bytes]:
        body = segment(flight, _CLIENT_PORT, SYN | ACK, sport, flight.mark + bytes([1]), b"\1" * 40)
        pieces = frames.fragments(flight.src, flight.dst, frames.TCP, body, [24], flight.acknowledgement)
        return [_frame(flight, *piece) for piece in pieces]

    return build


#: A Fast Open option with a cookie (RFC 7413), and padding.
FAST_OPEN = bytes([34, 10]) + bytes(8) + bytes([1, 1])


def to_mac(mac: str) -> Build:
    """A SYN to another Ethernet address than the router's."""
    return lambda flight, port: syn(dataclasses.replace(flight, hop=mac), port)


def to_address(address4: str, address6: str) -> Build:
    """A SYN to other IP addresses than the target's."""

    def build(flight: Flight, port: int) -> List[bytes]:
        target = dataclasses.replace(flight.target, ip4=address4, ip6=address6)
        return syn(dataclasses.replace(flight, target=target), port)

    return build


def bad_header_checksum(flight: Flight, port: int) -> List[bytes]:
    """A SYN whose IPv4 header checksum is wrong."""
    _, packet = ip(flight.src, flight.dst, frames.TCP, segment(flight, port))
    return [_frame(flight, _IPV4, packet[:10] + b"\xde\xad" + packet[12:])]


def cut_header(flight: Flight, port: int) -> List[bytes]:
    """A packet that ends within the TCP header, behind the ports and the numbers."""
    return [_frame(flight, *ip(flight.src, flight.dst, frames.TCP, segment(flight, port)[:12]))]


def padded(length: int) -> Build:
    """A SYN with bytes behind the packet that belong to none."""
    return lambda flight, port: [frame + bytes(length) for frame in syn(flight, port)]


def ipv4_options(options: bytes) -> Build:
    """A SYN with IPv4 options."""
    return lambda flight, port: [
        _frame(flight, *ip(flight.src, flight.dst, frames.TCP, segment(flight, port), options))
    ]


def source_routed(flight: Flight, port: int) -> List[bytes]:
    """A SYN to the router that asks to be sent on to the target (loose source route; IPv6 routing header, type 0)."""
    via = flight.cast["edge"].ip(flight.family)
    return _routed(flight, port, via)


def source_routed_by_server(flight: Flight, port: int) -> List[bytes]:
    """A SYN to the ISP's submission server, which is permitted, that asks to be sent on to the target."""
    return _routed(flight, port, flight.cast["isp"].ip(flight.family))


def _routed(flight: Flight, port: int, via: str) -> List[bytes]:
    body = segment(flight, port)
    if flight.family == 4:
        option = bytes([131, 7, 4]) + packed(flight.dst) + b"\1"
        return [_frame(flight, *ip(flight.src, via, frames.TCP, body, option))]
    header = frames.routing_header(frames.TCP, 1, flight.dst)
    return [_frame(flight, *ip(flight.src, via, frames.ROUTING, header + body))]


# ---------------------------------------------------------------- IPv6 headers, fragments


def extended(*lengths: int, header: int = frames.DESTINATION_OPTIONS) -> Build:
    """A SYN behind IPv6 options headers of these lengths."""

    def build(flight: Flight, port: int) -> List[bytes]:
        protocol, body = frames.TCP, segment(flight, port)
        for length in reversed(lengths):
            body, protocol = frames.padded_options(protocol, length) + body, header
        return [_frame(flight, *ip(flight.src, flight.dst, protocol, body))]

    return build


def fragmented(cut: int = 24, tags: Sequence[Tuple[int, int]] = ()) -> Build:
    """A SYN in two fragments."""

    def build(flight: Flight, port: int) -> List[bytes]:
        body = segment(flight, port, options=b"\1" * 40)
        ident = flight.acknowledgement
        pieces = frames.fragments(flight.src, flight.dst, frames.TCP, body, [cut], ident)
        return [_tagged_frame(flight, tags, *piece) for piece in pieces]

    return build


def overlapping_fragments(flight: Flight, port: int) -> List[bytes]:
    """Fragments of which the second replaces the first one's harmless port (RFC 1858)."""
    harmless, meant = (segment(flight, each, options=b"\1" * 40) for each in (SUBMISSION, port))
    ident = flight.acknowledgement & 0xFFFF
    pieces = ((harmless[:24], 0, True), (meant[:24], 0, True), (meant[24:], 24, False))
    return [
        _frame(flight, _IPV4, frames.ipv4(flight.src, flight.dst, frames.TCP, body, ident, offset, more))
        for body, offset, more in pieces
    ]


def nested_fragment_headers(flight: Flight, port: int) -> List[bytes]:
    """A first IPv6 fragment behind the fragment header of a packet that is none."""
    body = segment(flight, port, options=b"\1" * 40)
    inner = struct.pack("!BBHI", frames.TCP, 0, 1, flight.acknowledgement)
    header = frames.atomic_fragment_header(frames.FRAGMENT_HEADER)
    return [_frame(flight, *ip(flight.src, flight.dst, frames.FRAGMENT_HEADER, header + inner + body[:40]))]


# ---------------------------------------------------------------- tags and other Ethernet


def tagged(*tags: Tuple[int, int]) -> Build:
    """A SYN behind VLAN tags, each an Ethernet type and a VID, the outer one first."""
    return lambda flight, port: [
        _tagged_frame(flight, tags, *ip(flight.src, flight.dst, frames.TCP, segment(flight, port)))
    ]


def _tagged_frame(flight: Flight, tags: Sequence[Tuple[int, int]], ether_type: int, payload: bytes) -> bytes:
    for kind, vid in reversed(tags):
        payload, ether_type = struct.pack("!HH", vid, ether_type) + payload, kind
    return _frame(flight, ether_type, payload)


def pppoe(flight: Flight, port: int) -> List[bytes]:
    """A SYN in a PPPoE session (RFC 2516)."""
    _, packet = ip(flight.src, flight.dst, frames.TCP, segment(flight, port))
    protocol = 0x0021 if flight.family == 4 else 0x0057
    return [_frame(flight, 0x8864, struct.pack("!BBHHH", 0x11, 0, 7, len(packet) + 2, protocol) + packet)]


def mpls(flight: Flight, port: int) -> List[bytes]:
    """A SYN behind an MPLS label, unicast and multicast."""
    _, packet = ip(flight.src, flight.dst, frames.TCP, segment(flight, port))
    label = struct.pack("!I", 16 << 12 | 1 << 8 | 64)
    return [_frame(flight, kind, label + packet) for kind in (0x8847, 0x8848)]


def snap(flight: Flight, port: int) -> List[bytes]:
    """A SYN in an IEEE 802.3 frame with LLC and SNAP (RFC 1042)."""
    ether_type, packet = ip(flight.src, flight.dst, frames.TCP, segment(flight, port))
    payload = _LLC_SNAP + struct.pack("!H", ether_type) + packet
    return [_frame(flight, len(payload), payload)]


def llc(flight: Flight, port: int) -> List[bytes]:
    """A SYN in an IEEE 802.3 frame with the LLC address of IP (0x06)."""
    payload = bytes([6, 6, 3]) + ip(flight.src, flight.dst, frames.TCP, segment(flight, port))[1]
    return [_frame(flight, len(payload), payload)]


#: Ethernet types of other encapsulations: PBB, MACsec, NSH, redundancy tag, E-tag, VN-tag, security group tag, transparent
#: Ethernet, and one for experiments.
OTHER_ENCAPSULATIONS = (0x88E7, 0x88E5, 0x894F, 0xF1C1, 0x893F, 0x8926, 0x8909, 0x6558, 0x88B5)


def other_encapsulations(flight: Flight, port: int) -> List[bytes]:
    """A SYN behind eight bytes of other Ethernet types' headers."""
    packet = ip(flight.src, flight.dst, frames.TCP, segment(flight, port))[1]
    return [_frame(flight, kind, bytes(8) + packet) for kind in OTHER_ENCAPSULATIONS]


# ---------------------------------------------------------------- borrowed addresses


def as_another(name: str, build: Build, mac: bool = True, address: bool = True) -> Build:
    """What a technique builds, with another host's MAC or IP address, or both, as the source."""

    def borrowed(flight: Flight, port: int) -> List[bytes]:
        other, own = flight.cast[name], flight.sender
        sender = dataclasses.replace(
            own,
            mac=other.mac if mac else own.mac,
            ip4=other.ip4 if address else own.ip4,
            ip6=other.ip6 if address else own.ip6,
        )
        return build(dataclasses.replace(flight, sender=sender), port)

    return borrowed


def datagram_in_fragments(flight: Flight, _: int) -> List[bytes]:
    """A UDP datagram in two fragments."""
    body = udp(flight.src, flight.dst, 40000, 7, flight.mark * 8)
    pieces = frames.fragments(flight.src, flight.dst, frames.UDP, body, [32], flight.acknowledgement)
    return [_frame(flight, *piece) for piece in pieces]


def datagram(sport: int = 40000, dport: int = 7, payload: bytes = b"") -> Build:
    """A UDP datagram that holds the mark."""

    def build(flight: Flight, _: int) -> List[bytes]:
        body = udp(flight.src, flight.dst, sport, dport, flight.mark + payload)
        return [_frame(flight, *ip(flight.src, flight.dst, frames.UDP, body))]

    return build


#: Hardware types of ARP that a Linux host on Ethernet takes: Ethernet, and IEEE 802, which Open vSwitch does not look into.
ETHERNET_HARDWARE, IEEE_802_HARDWARE = 1, 6


def arp(operation: int, claimed: str, asked: str, hardware: int = ETHERNET_HARDWARE, to: str = "") -> Build:
    """An ARP packet; ``claimed`` and ``asked`` are IPv4 addresses or the names of hosts, ``self`` the sender.

    ``to`` is the host that gets it; by default all of the link do.
    """

    def build(flight: Flight, _: int) -> List[bytes]:
        sender, target = (_address4(flight, text) for text in (claimed, asked))
        own = bytes.fromhex(flight.sender.mac.replace(":", ""))
        other = bytes(6) if operation == 1 else b"\xff" * 6
        body = struct.pack("!HHBBH", hardware, _IPV4, 6, 4, operation) + own + packed(sender) + other + packed(target)
        return [ethernet(flight.cast[to].mac if to else BROADCAST_MAC, flight.sender.mac, _ARP, body)]

    return build


def in_snap(build: Build) -> Build:
    """What another builds, in IEEE 802.3 frames with LLC and SNAP."""
    return lambda flight, port: [
        frame[:12] + struct.pack("!H", len(frame) - 12 + len(_LLC_SNAP)) + _LLC_SNAP + frame[12:]
        for frame in build(flight, port)
    ]


def several(*builds: Build) -> Build:
    """What several build, one after the other."""
    return lambda flight, port: [frame for build in builds for frame in build(flight, port)]


def _address4(flight: Flight, text: str) -> str:
    if text == "self":
        return flight.sender.ip4
    return flight.cast[text].ip4 if text in flight.cast else text


def link_local(mac: str) -> str:
    """The link-local address that a host makes of its MAC address (RFC 4291, appendix A)."""
    octets = bytes.fromhex(mac.replace(":", ""))
    return "fe80::" + (bytes([octets[0] ^ 2]) + octets[1:3] + b"\xff\xfe" + octets[3:]).hex(":", 2)


def neighbour_advertisement(claimed: str, options: int = 1, behind: int | None = None) -> Build:
    """An unsolicited advertisement to all nodes that another host's IPv6 address, or one's own (``self``), is here.

    ``options`` is how often it has the target's link-layer address: of two Linux takes the first, Open vSwitch neither.
    ``behind`` is the number of an IPv6 options header before it.
    """

    def build(flight: Flight, _: int) -> List[bytes]:
        address = flight.sender.ip6 if claimed == "self" else flight.cast[claimed].ip6
        src, mac = link_local(flight.sender.mac), flight.sender.mac
        option = bytes([2, 1]) + bytes.fromhex(mac.replace(":", ""))
        message = frames.icmpv6(src, ALL_NODES, 136, bytes([0x20, 0, 0, 0]) + packed(address) + option * options)
        protocol = frames.ICMPV6
        if behind is not None:
            message, protocol = frames.padded_options(protocol) + message, behind
        return [ethernet(ALL_NODES_MAC, mac, _IPV6, frames.ipv6(src, ALL_NODES, protocol, message, 255))]

    return build


def neighbour_solicitation(asked: str, source: str = "link-local") -> Build:
    """A solicitation of another host's address; source ``link-local``, ``own``, or ``::`` (duplicate address detection)."""

    def build(flight: Flight, _: int) -> List[bytes]:
        own = {"link-local": link_local(flight.sender.mac), "own": flight.sender.ip6, UNSPECIFIED: UNSPECIFIED}[source]
        target = packed(flight.cast[asked].ip6 if asked in flight.cast else asked)
        group = "ff02::1:ff" + target[13:14].hex() + ":" + target[14:].hex()
        body = bytes(4) + target
        if source != UNSPECIFIED:
            body += bytes([1, 1]) + bytes.fromhex(flight.sender.mac.replace(":", ""))
        message = frames.icmpv6(own, group, 135, body)
        mac = "33:33:ff:" + target[13:].hex(":")
        return [ethernet(mac, flight.sender.mac, _IPV6, frames.ipv6(own, group, frames.ICMPV6, message, 255))]

    return build


def in_tags(build: Build, *tags: Tuple[int, int]) -> Build:
    """What another builds, untagged and with these tags."""

    def both(flight: Flight, port: int) -> List[bytes]:
        plain = build(flight, port)
        head = b"".join(struct.pack("!HH", kind, vid) for kind, vid in tags)
        return plain + [frame[:12] + head + frame[12:] for frame in plain]

    return both


# ---------------------------------------------------------------- tunnels


def _inner(flight: Flight, family: int) -> bytes:
    source, target = flight.sender.ip(family), flight.cast["mx1"].ip(family)
    body = tcp(source, target, 40000, SMTP, SYN, flight.sequence, flight.acknowledgement)
    return ip(source, target, frames.TCP, body)[1]


def tunnelled(protocol: int, inner_family: int, header: bytes = b"") -> Build:
    """A SYN to port 25 of a mail exchanger inside an IP tunnel."""
    return lambda flight, _: [
        _frame(flight, *ip(flight.src, flight.dst, protocol, header + _inner(flight, inner_family)))
    ]


def ip_in_ip(inner_family: int) -> Build:
    """IPv4 or IPv6 directly in IP (RFC 2003, 2473, 4213)."""
    return tunnelled(_IPIP if inner_family == 4 else _IN6, inner_family)


def gre(inner_family: int) -> Build:
    """GRE (RFC 2784)."""
    return tunnelled(_GRE, inner_family, struct.pack("!HH", 0, _IPV4 if inner_family == 4 else _IPV6))


def gre_behind_options(flight: Flight, _: int) -> List[bytes]:
    """GRE behind IPv6 destination options, and the same in fragments of which the first is cut within the options."""
    header = struct.pack("!HH", 0, _IPV4) + _inner(flight, 4)
    whole = frames.padded_options(_GRE, 8) + header
    cut = frames.padded_options(_GRE, 16) + header
    options, ident = frames.DESTINATION_OPTIONS, flight.acknowledgement
    first = next(frames.fragments(flight.src, flight.dst, options, cut, [8], ident))
    pieces = [ip(flight.src, flight.dst, options, whole), first]
    return [_frame(flight, *piece) for piece in pieces]


def gre_in_fragments(flight: Flight, _: int) -> List[bytes]:
    """GRE in two fragments."""
    body = struct.pack("!HH", 0, _IPV4) + _inner(flight, 4)
    return [
        _frame(flight, *piece)
        for piece in frames.fragments(flight.src, flight.dst, _GRE, body, [24], flight.acknowledgement)
    ]


def opaque(protocol: int) -> Build:
    """A packet of an IP protocol whose contents nobody can read (ESP, AH)."""
    return lambda flight, _: [_frame(flight, *ip(flight.src, flight.dst, protocol, b"\1\2\3\4" * 2 + flight.mark * 4))]


esp, ah = opaque(_ESP), opaque(_AH)


def udp_tunnel(port: int, header: bytes = b"", inner_family: int | None = None) -> Build:
    """A UDP tunnel; without ``inner_family`` its contents are opaque."""

    def build(flight: Flight, _: int) -> List[bytes]:
        inner = flight.mark * 6 if inner_family is None else _inner(flight, inner_family)
        body = udp(flight.src, flight.dst, port, port, header + inner)
        return [_frame(flight, *ip(flight.src, flight.dst, frames.UDP, body))]

    return build
