"""The lawful neighbours of the techniques as data: what looks like a trick, or lies beside one, and has to work.

An entry is either frames, which have to be seen, or a check with real programs. Entries may share a name: the matrix shows
it once.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Callable, List, Tuple, Union

from . import encapsulation as e
from .flight import Flight
from .stage import Stage
from .techniques import BOTH, IPV4, IPV6, NEITHER, ORDINARY, Leg
from ..mail import checks, frames, probes
from ..mail.clients import new_token
from ..mail.fragments import Variant, hold_dialogue
from ..mail.frames import ethernet, icmp_echo, ip, ipv6, udp
from ..mail.processes import await_condition
from ..mail.world import address
from ..network import addresses

#: Whether a check with real programs went well.
Check = Callable[[Stage, int], bool]


@dataclass(frozen=True)
class Lawful:
    """``frames`` on the way of ``leg``, or a ``check``."""

    name: str
    families: Tuple[int, ...]
    how: Union[e.Build, Check]
    leg: Leg = ORDINARY
    real: bool = False


# ---------------------------------------------------------------- frames


def _extended(flight: Flight, _: int) -> List[bytes]:
    """UDP and an echo request behind each of the extension headers."""
    made = []
    echo = icmp_echo(flight.src, flight.dst, flight.mark)
    datagram = (frames.UDP, udp(flight.src, flight.dst, 40000, 7, flight.mark))
    for protocol, body in (datagram, echo):
        for number, header in (
            (frames.HOP_BY_HOP, frames.padded_options(protocol)),
            (frames.DESTINATION_OPTIONS, frames.padded_options(protocol)),
            (frames.ROUTING, frames.routing_header(protocol)),
            (frames.FRAGMENT_HEADER, frames.atomic_fragment_header(protocol)),
        ):
            made.append(ethernet(flight.hop, flight.sender.mac, *ip(flight.src, flight.dst, number, header + body)))
    return made


def _shortest(flight: Flight, _: int) -> List[bytes]:
    """The shortest whole packets there are: TCP that is a header without options, UDP and an echo request without data."""
    segments = e.segments(frames.SYN, frames.ACK)(flight, e.SUBMISSION)
    bodies = ((frames.UDP, udp(flight.src, flight.dst, 40000, 7, b"")), icmp_echo(flight.src, flight.dst, b""))
    packets = [ip(flight.src, flight.dst, protocol, body) for protocol, body in bodies]
    return segments + [ethernet(flight.hop, flight.sender.mac, *packet) for packet in packets]


def _listener_report(flight: Flight, _: int) -> List[bytes]:
    """A report of MLDv2 (RFC 3810) from the link-local address, and from :: as before the first address is there."""
    made = []
    record = struct.pack("!BBH", 4, 0, 0) + frames.packed("ff02::1:ff00:25")
    for src in (e.link_local(flight.sender.mac), e.UNSPECIFIED):
        message = frames.icmpv6(src, "ff02::16", 143, struct.pack("!HH", 0, 1) + record)
        alert = bytes([frames.ICMPV6, 0, 5, 2, 0, 0, 1, 0])
        packet = ipv6(src, "ff02::16", frames.HOP_BY_HOP, alert + message, 1)
        made.append(ethernet("33:33:00:00:00:16", flight.sender.mac, frames.ETH_IPV6, packet))
    return made


def _link_protocols(flight: Flight, _: int) -> List[bytes]:
    """EAPOL start, LACP, LLDP, CFM continuity check and ONOS's own BDDP."""
    mac = flight.sender.mac
    lldp = bytes.fromhex("020704") + bytes.fromhex(mac.replace(":", "")) + bytes.fromhex("0403026574" "06020078" "0000")
    return [
        ethernet("01:80:c2:00:00:03", mac, 0x888E, bytes([2, 1, 0, 0]).ljust(46, b"\0")),
        ethernet("01:80:c2:00:00:02", mac, 0x8809, bytes([1, 1, 1, 20]).ljust(110, b"\0")),
        ethernet("01:80:c2:00:00:0e", mac, 0x88CC, lldp.ljust(46, b"\0")),
        ethernet("01:80:c2:00:00:30", mac, 0x8902, bytes([0, 1, 0, 70]).ljust(75, b"\0")),
        ethernet(e.BROADCAST_MAC, mac, 0x8942, lldp.ljust(46, b"\0")),
    ]


_DHCP_COOKIE = bytes.fromhex("63825363")


def _dhcp(flight: Flight, _: int) -> List[bytes]:
    """A DISCOVER, or a SOLICIT."""
    mac = bytes.fromhex(flight.sender.mac.replace(":", ""))
    if flight.family == 4:
        head = bytes([1, 1, 6, 0]) + flight.mark[4:] + bytes(20) + mac.ljust(16, b"\0") + bytes(192)
        body = udp("0.0.0.0", "255.255.255.255", 68, 67, head + _DHCP_COOKIE + bytes([53, 1, 1, 255]))
        packet = frames.ipv4("0.0.0.0", "255.255.255.255", frames.UDP, body)
        return [ethernet(e.BROADCAST_MAC, flight.sender.mac, frames.ETH_IPV4, packet)]
    src = e.link_local(flight.sender.mac)
    identifier = struct.pack("!HHHH", 1, 10, 3, 1) + mac
    body = udp(src, "ff02::1:2", 546, 547, bytes([1]) + flight.mark[4:7] + identifier)
    packet = ipv6(src, "ff02::1:2", frames.UDP, body)
    return [ethernet("33:33:00:01:00:02", flight.sender.mac, frames.ETH_IPV6, packet)]


def _dhcp_answer(flight: Flight, _: int) -> List[bytes]:
    """An OFFER, or an ADVERTISE."""
    mac = bytes.fromhex(flight.target.mac.replace(":", ""))
    if flight.family == 4:
        # the mark as the server's name: bridges may cut off what is behind the packet
        name = flight.mark.ljust(64, b"\0")
        head = bytes([2, 1, 6, 0]) + flight.mark[4:] + bytes(20) + mac.ljust(16, b"\0") + name + bytes(128)
        body = udp(flight.src, "255.255.255.255", 67, 68, head + _DHCP_COOKIE + bytes([53, 1, 2, 255]))
        packet = frames.ipv4(flight.src, "255.255.255.255", frames.UDP, body)
        return [ethernet(e.BROADCAST_MAC, flight.sender.mac, frames.ETH_IPV4, packet)]
    src, dst = e.link_local(flight.sender.mac), e.link_local(flight.target.mac)
    body = udp(src, dst, 547, 546, bytes([2]) + flight.mark[4:7] + struct.pack("!HH", 17, 8) + flight.mark)
    return [ethernet(flight.target.mac, flight.sender.mac, frames.ETH_IPV6, ipv6(src, dst, frames.UDP, body))]


_ARP = e.several(e.arp(1, "0.0.0.0", "self"), e.arp(1, "self", "self"), e.arp(1, "self", "edge"))
_DAD = e.neighbour_solicitation("2001:db8:64::dad:1", e.UNSPECIFIED)
_DISCOVERY = e.several(
    _DAD,
    e.neighbour_solicitation("edge"),
    e.neighbour_solicitation("edge", "own"),
    e.neighbour_advertisement("self"),
)
_UDP_TUNNELS = e.several(*(e.udp_tunnel(port) for port in (51820, 500, 4500, 1701, 4789)))


# ---------------------------------------------------------------- real programs


def _ping(sender: str) -> Check:
    return lambda stage, family: probes.ping(stage.host(sender), address(stage.host("mx1"), family), 3000)


def _big_datagram(sender: str) -> Check:
    return lambda stage, family: all(
        probes.datagram_comes_back(stage.host(sender), address(stage.host("mx1"), family), size) for size in (3000, 20000)
    )


def _dns(stage: Stage, family: int) -> bool:
    return probes.large_answer_comes_back(stage.host("r1"), address(stage.host("mx1"), family), 4096)


def _submission(stage: Stage, _: int) -> bool:
    def once() -> bool:
        return (
            checks.submission(stage.world, 587, stage.host("r1")).outcome == checks.DELIVERED
            and checks.hosted_domain(stage.world, 587, stage.host("r1")).outcome == checks.REACHED
        )

    # a mail server may be slow once; a switch that drops drops again
    return once() or once()


def _business_mail(stage: Stage, family: int) -> bool:
    """The business line's own server sends to foreign mail exchangers, as itself, and is sent to."""
    sent, received = checks.business_sends(stage.world, family), checks.business_receives(stage.world, family)
    return (sent.outcome, received.outcome) == (checks.DELIVERED, checks.DELIVERED)


def _vpn(stage: Stage, _: int) -> bool:
    return checks.vpn_mail(stage.world).outcome == checks.DELIVERED


def _fragments_to_server(first: int) -> Check:
    def check(stage: Stage, family: int) -> bool:
        token, server = new_token(), address(stage.world.isp_host, family)
        outcome = hold_dialogue(stage.host("r1"), server, f"{token}@isp.example", token, Variant(family, first))
        return outcome.delivered and stage.world.isp.await_delivered(token) is not None

    return check


def _kernel_finds_neighbours(stage: Stage, family: int) -> bool:
    host = stage.host("r1")
    for target in (addresses.GATEWAY.address4 if family == 4 else addresses.GATEWAY.address6, stage.host("r3").ip(family)):
        host.run(["ip", f"-{family}", "neigh", "flush", "to", target])
        if not host.run(["ping", f"-{family}", "-c1", "-W2", target]).ok:
            return False
    return True


def _kernel_detects_duplicates(stage: Stage, _: int) -> bool:
    """An address becomes usable on one line, and is refused on the next as a duplicate."""
    wanted = "2001:db8:64::dad:2/64"
    lines = [stage.host("r1"), stage.host("r3")]

    def state(host) -> str:
        return host.run(["ip", "-6", "-o", "addr", "show", "to", wanted]).stdout

    try:
        for host in lines:
            host.run(["sysctl", "-qw", f"net.ipv6.conf.{host.intf}.accept_dad=1"], check=True)
            host.run(["ip", "-6", "addr", "add", wanted, "dev", host.intf], check=True)
            if not await_condition(lambda: "tentative" not in state(host) or "dadfailed" in state(host), 5, 0.1):
                return False
        return "dadfailed" not in state(lines[0]) and "dadfailed" in state(lines[1])
    finally:
        for host in lines:
            host.run(["ip", "-6", "addr", "del", wanted, "dev", host.intf])
            host.run(["sysctl", "-qw", f"net.ipv6.conf.{host.intf}.accept_dad=0"])


# ---------------------------------------------------------------- the table

_GUARDED, _NO_TUNNELS, _SHARED = Leg("r2"), Leg("r4"), Leg("r3")
_FRAGMENTS = "UDP of 20000 bytes, in fragments"

LAWFUL: Tuple[Lawful, ...] = (
    Lawful("submission on 587", NEITHER, _submission, real=True),
    Lawful("a business line's own mail, both ways", BOTH, _business_mail, real=True),
    Lawful("shortest TCP segments to port 587, UDP and echo without data", BOTH, _shortest),
    Lawful("TCP fragments to the submission server", BOTH, _fragments_to_server(8 * 5), real=True),
    Lawful("TCP fragments to the submission server", IPV4, _fragments_to_server(8), real=True),
    Lawful("ping of 3000 bytes", BOTH, _ping("r1"), real=True),
    Lawful(_FRAGMENTS, BOTH, _big_datagram("r1"), real=True),
    Lawful("DNS answer of 4096 bytes, in fragments", BOTH, _dns, real=True),
    Lawful("UDP and echo behind IPv6 extension headers", IPV6, _extended),
    Lawful("multicast listener report", IPV6, _listener_report),
    Lawful("EAPOL, LACP, LLDP, CFM", NEITHER, _link_protocols),
    Lawful("ARP probe and announcement", IPV4, _ARP),
    Lawful("ARP probe and announcement", IPV4, _kernel_finds_neighbours, real=True),
    Lawful("neighbour discovery", IPV6, _DISCOVERY),
    Lawful("neighbour discovery", IPV6, _kernel_finds_neighbours, real=True),
    Lawful("duplicate address detection", IPV6, _kernel_detects_duplicates, real=True),
    Lawful("DHCP", BOTH, _dhcp),
    Lawful("DHCP", BOTH, _dhcp_answer, Leg("edge", "r1", "r1")),
    Lawful("OpenVPN with mail through it", NEITHER, _vpn, real=True),
    Lawful("WireGuard, IKE, L2TP, VXLAN", BOTH, _UDP_TUNNELS),
    Lawful("ESP, AH", BOTH, e.several(e.esp, e.ah)),
    Lawful("answers of the submission server", BOTH, e.answers(25), Leg("isp", "r1", "r1")),
    Lawful("answers of the submission server", BOTH, e.answers(25), Leg("isp2", "r1", "r1")),
    Lawful("answers from ports 587, 465", BOTH, e.answers(587), Leg("mx1", "r1", "r1")),
    Lawful("answers from ports 587, 465", BOTH, e.answers(465), Leg("mx1", "r1", "r1")),
    Lawful("answers from port 587, in fragments", BOTH, e.answers_in_fragments(587), Leg("mx1", "r1", "r1")),
    Lawful("from its own addresses", BOTH, e.datagram(), _GUARDED),
    Lawful("DHCP, own ARP and neighbour discovery, guarded line", BOTH, _dhcp, _GUARDED),
    Lawful("DHCP, own ARP and neighbour discovery, guarded line", BOTH, _dhcp_answer, Leg("edge", "r2", "r2")),
    Lawful("DHCP, own ARP and neighbour discovery, guarded line", IPV4, _ARP, _GUARDED),
    Lawful("DHCP, own ARP and neighbour discovery, guarded line", IPV6, e.several(_DISCOVERY, _listener_report), _GUARDED),
    Lawful(f"{_FRAGMENTS}, tunnels blocked", BOTH, _big_datagram("r4"), real=True),
)
