"""The bypass matrix as data: one entry for each technique.

A technique is a probe (single frames, judged by where they were seen), a dialogue (real SMTP in disguise, judged by the
mail that arrived and by what was seen on the uplink) or a scenario (several steps). The *naive rule* is a plain filter
``tcp,tp_dst=25 drop`` for IPv4 and IPv6 in front of forwarding.

The hosts: r1 an ordinary residential line, b1 a business line, r2 one whose class has the source guard, r3 a neighbour
that shares its port with a business subscriber in VLAN 200, r4 one whose class blocks tunnels, r5 one whose class is only
monitored, r6 one that sends mail freely but has the source guard, isp2 an ISP server on a
server port, isp the ISP's submission server, mx1 a foreign mail exchanger, edge the router.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from typing import Tuple, Union

from . import encapsulation as e
from .flight import UPLINK
from .scenarios import (
    ARP_802_BELIEVED,
    ARP_BELIEVED,
    HOST_MOVES,
    MAC_STOLEN,
    ND_BELIEVED,
    ND_TWICE_BELIEVED,
    ROUTERS_MAC,
    Scenario,
)
from ..mail.fragments import Variant
from ..mail.frames import DESTINATION_OPTIONS, HOP_BY_HOP, SYN

LEAKS, CAUGHT = "leaks", "caught"
CLOSED, OPEN = "closed", "open"

NEIGHBOURS_VLAN = 200
MONITORED = "r5"


@dataclass(frozen=True)
class Leg:
    """From whom to whom, and where it is seen if nothing stops it."""

    sender: str = "r1"
    target: str = "mx1"
    seen: str = UPLINK


ORDINARY, BUSINESS, SERVER = Leg(), Leg("b1"), Leg("isp2")
BOTH, IPV4, IPV6, NEITHER = (4, 6), (4,), (6,), (0,)


@dataclass(frozen=True)
class Technique:
    """A way round a filter of port 25.

    ``how`` builds its frames, is the dialogue's disguise, or the scenario. ``leg`` is the way it is tried, ``control`` the
    way on which the same has to arrive. ``closed_by`` is what the guide says. ``collateral`` names entries of
    :data:`lawful.LAWFUL`, the neighbours of the trick that have to work; with ``same_to_587`` the very same frames to port
    587 are one. ``decisive`` are the numbers of the frames that decide (None: all of them). ``ipv4_rule_only``: the naive
    filter has no rule for IPv6. ``upsets``: it spoils what switch and hosts have learnt, so it is tried after the others.
    """

    name: str
    families: Tuple[int, ...]
    how: Union[e.Build, Variant, Scenario]
    naive: str
    closed_by: str
    leg: Leg = ORDINARY
    control: Leg = BUSINESS
    postern: str = CLOSED
    collateral: Tuple[str, ...] = ()
    same_to_587: bool = False
    decisive: Tuple[int, ...] | None = None
    ipv4_rule_only: bool = False
    upsets: bool = False

    @property
    def monitored(self) -> Leg | None:
        """The control's way for a line that is only monitored, where the control is a business line's."""
        if self.postern == OPEN or isinstance(self.how, Scenario):
            return None
        names = [MONITORED if name == BUSINESS.sender else name for name in astuple(self.control)]
        return Leg(*names) if MONITORED in names else None


_ON_PORT = "rule by ingress port, whatever stands before TCP"
_FRAGMENT = "TCP fragments of classes that drop (port 0)"
_HIDDEN = "IPv6 whose TCP header is in a later fragment (protocol 0)"
_ETHER = "ethertype guard"
_RETURN = "TCP from port 25 towards the pools"
_SERVER_GUARD = "server guard"
_SOURCE_GUARD = "source guard (class option)"
_UNREADABLE = "ARP and ND that the switch cannot read"
_TUNNELS = "`blockTunnels` (class option)"

_FRAGMENTS_PASS = ("ping of 3000 bytes", "UDP of 20000 bytes, in fragments", "DNS answer of 4096 bytes, in fragments")
_EXTENSIONS_PASS = ("UDP and echo behind IPv6 extension headers", "multicast listener report")
_ND_PASS = ("neighbour discovery", "duplicate address detection")
_ARP_PASS = ("ARP probe and announcement",)
_L2_PASS = ("EAPOL, LACP, LLDP, CFM", "ARP probe and announcement")
_VPN_PASS = ("OpenVPN with mail through it", "WireGuard, IKE, L2TP, VXLAN", "ESP, AH")
_BUSINESS_PASS = ("a business line's own mail, both ways",)
_GUARDED_PASS = ("from its own addresses", "DHCP, own ARP and neighbour discovery, guarded line")


def _both(name: str, closed_by: str, naive: str = CAUGHT, **disguise: object) -> Tuple[Technique, ...]:
    """A dialogue of both families."""
    return tuple(
        Technique(name, (family,), Variant(family, **disguise), naive, closed_by, collateral=("submission on 587",))
        for family in BOTH
    )


def _dialogue(name: str, family: int, naive: str, closed_by: str, *collateral: str, **disguise: object) -> Technique:
    first = disguise.get("first") is not None
    # of an IPv6 fragment the first piece is dropped: without it nothing is put together
    decisive = (0,) if first and family == 6 else None
    return Technique(
        name, (family,), Variant(family, **disguise), naive, closed_by, collateral=collateral, decisive=decisive
    )


def _fragments(name: str, first: int, **disguise: object) -> Tuple[Technique, ...]:
    # RFC 8200, section 4.5: a first IPv6 fragment without the whole TCP header is refused by Linux
    whole = first >= 40
    return tuple(
        _dialogue(
            name, family, LEAKS, _FRAGMENT, *_FRAGMENTS_PASS,
            first=first, receivable=whole or family == 4, **disguise,
        )
        for family in BOTH
    )  # fmt: skip


PLAIN: Tuple[Technique, ...] = (
    *_both("plain SMTP", "drop by ingress port, both families"),
    Technique(
        "plain IPv6, rule for IPv4 only", IPV6, Variant(6), LEAKS, "both families in every rule", ipv4_rule_only=True,
        collateral=("submission on 587",),
    ),
    *_both("from port 25", _ON_PORT, sport=25),
    *_both("from port 587", _ON_PORT, sport=587),
    *_both("from port 0", _ON_PORT, sport=0, receivable=False),
    *_both("data in the SYN (TCP Fast Open)", _ON_PORT, early_data=True),
    Technique(
        "data in the SYN, with a cookie", BOTH, e.segments(SYN, payload=b"EHLO bot\r\n", options=e.FAST_OPEN), CAUGHT,
        _ON_PORT, same_to_587=True,
    ),
    Technique("segments without a SYN, odd flags", BOTH, e.segments(*e.STRAY_FLAGS), CAUGHT, _ON_PORT, same_to_587=True),
    Technique(
        "packet that ends within the TCP header", BOTH, e.cut_header, LEAKS, _FRAGMENT,
        collateral=("shortest TCP segments to port 587, UDP and echo without data",),
    ),
    Technique("to the broadcast MAC address", BOTH, e.to_mac(e.BROADCAST_MAC), CAUGHT, _ON_PORT, same_to_587=True),
    Technique("wrong IPv4 header checksum", IPV4, e.bad_header_checksum, CAUGHT, _ON_PORT, same_to_587=True),
    Technique("300 bytes behind the packet", BOTH, e.padded(300), CAUGHT, _ON_PORT, same_to_587=True),
    Technique(
        "to an IPv4 host by NAT64", IPV6, e.to_address("192.0.2.1", "64:ff9b::cb00:7119"), CAUGHT, _ON_PORT,
        same_to_587=True,
    ),
)  # fmt: skip

HEADERS: Tuple[Technique, ...] = (
    _dialogue("IPv4 options", 4, CAUGHT, _ON_PORT, "submission on 587", ip_options=True),
    Technique("source route by the router", IPV4, e.source_routed, CAUGHT, _ON_PORT, same_to_587=True),
    Technique("source route by the router", IPV6, e.source_routed, CAUGHT, _ON_PORT, same_to_587=True),
    *(
        _dialogue(f"{name} header", 6, CAUGHT, _ON_PORT, *_EXTENSIONS_PASS, **disguise)
        for name, disguise in (
            ("hop-by-hop", {"header": "hop-by-hop"}),
            ("destination options", {"options": (8,)}),
            ("routing", {"header": "routing"}),
            ("atomic fragment", {"header": "atomic fragment"}),
        )
    ),
    Technique(
        "eight headers of options", IPV6, e.extended(*[8] * 8), CAUGHT, _ON_PORT, collateral=_EXTENSIONS_PASS,
        same_to_587=True,
    ),
    Technique(
        "a kilobyte of hop-by-hop options", IPV6, e.extended(1024, header=HOP_BY_HOP), CAUGHT, _ON_PORT,
        collateral=_EXTENSIONS_PASS, same_to_587=True,
    ),
)  # fmt: skip

FRAGMENTS: Tuple[Technique, ...] = (
    *_fragments("fragments, 8 bytes in the first", 8),
    *_fragments("fragments, 16 bytes in the first", 16),
    *_fragments("fragments, whole TCP header in the first", 40),
    *_fragments("fragments, the last one first", 40, backwards=True),
    Technique(
        "fragments that replace the port (RFC 1858)", IPV4, e.overlapping_fragments, LEAKS, _FRAGMENT,
        collateral=_FRAGMENTS_PASS,
    ),
    Technique(
        "fragments in a VLAN tag", BOTH, e.fragmented(24, ((0x8100, 7),)), LEAKS, _FRAGMENT, collateral=_FRAGMENTS_PASS,
        decisive=(0,),
    ),
    Technique("two fragment headers", IPV6, e.nested_fragment_headers, LEAKS, _FRAGMENT, collateral=_FRAGMENTS_PASS),
    _dialogue(
        "TCP header behind the second options header, in a later fragment", 6, LEAKS, _HIDDEN, *_FRAGMENTS_PASS,
        *_EXTENSIONS_PASS, first=8, options=(8, 8),
    ),
    _dialogue(
        "options header itself cut", 6, LEAKS, _HIDDEN, *_FRAGMENTS_PASS, *_EXTENSIONS_PASS,
        first=8, options=(16,), receivable=False,
    ),
    _dialogue(
        "TCP header behind options, in a later fragment", 6, LEAKS, _HIDDEN, *_FRAGMENTS_PASS, *_EXTENSIONS_PASS,
        first=16, options=(16,), receivable=False,
    ),
)  # fmt: skip

TAGS: Tuple[Technique, ...] = (
    *_both("priority tag (VID 0)", _ON_PORT, vlan=0),
    Technique("unknown VID, 802.1Q", BOTH, e.tagged((0x8100, 7)), CAUGHT, _ON_PORT, same_to_587=True),
    Technique("VID 4095, priority 7, drop eligible", BOTH, e.tagged((0x8100, 0xFFFF)), CAUGHT, _ON_PORT, same_to_587=True),
    Technique("unknown VID, 802.1ad", BOTH, e.tagged((0x88A8, 7)), CAUGHT, _ON_PORT, same_to_587=True),
    Technique(
        "a neighbour's business VLAN", BOTH, e.tagged((0x8100, NEIGHBOURS_VLAN)), CAUGHT, _ON_PORT, control=Leg("r3"),
        same_to_587=True,
    ),
    *(
        Technique(f"two tags, {name}", BOTH, e.tagged(*tags), LEAKS, _ETHER, control=SERVER, collateral=_L2_PASS)
        for name, tags in (
            ("8100/8100", ((0x8100, 7), (0x8100, 8))),
            ("88a8/8100", ((0x88A8, 7), (0x8100, 8))),
            ("8100/88a8", ((0x8100, 7), (0x88A8, 8))),
            ("priority tag outside", ((0x8100, 0), (0x8100, 8))),
            ("9100/8100", ((0x9100, 7), (0x8100, 8))),
        )
    ),
    Technique(
        "three tags", BOTH, e.tagged((0x88A8, 7), (0x8100, 8), (0x8100, 9)), LEAKS, _ETHER, control=SERVER,
        collateral=_L2_PASS,
    ),
    Technique("tag of type 9100", BOTH, e.tagged((0x9100, 7)), LEAKS, _ETHER, control=SERVER, collateral=_L2_PASS),
)  # fmt: skip

ETHERNET: Tuple[Technique, ...] = (
    Technique("PPPoE session", BOTH, e.pppoe, LEAKS, _ETHER, control=SERVER, collateral=_L2_PASS),
    Technique("MPLS label", BOTH, e.mpls, LEAKS, _ETHER, control=SERVER, collateral=_L2_PASS),
    Technique(
        "other ethertypes (PBB, MACsec, NSH, R-tag, …)", BOTH, e.other_encapsulations, LEAKS, _ETHER, control=SERVER,
        collateral=_L2_PASS,
    ),
    Technique("802.3 with LLC/SNAP", BOTH, e.snap, CAUGHT, _ON_PORT, same_to_587=True),
    Technique("802.3 with LLC", BOTH, e.llc, LEAKS, _ETHER, control=SERVER, collateral=_L2_PASS),
    Technique(
        "PPPoE, MPLS in a VLAN tag", BOTH, lambda f, p: [
            frame[:12] + bytes.fromhex("81000007") + frame[12:] for frame in e.pppoe(f, p) + e.mpls(f, p)
        ], LEAKS, _ETHER, control=SERVER, collateral=_L2_PASS,
    ),
)  # fmt: skip

TUNNELS: Tuple[Technique, ...] = tuple(
    technique
    for name, families, how in (
        ("IPv4 in IP (IPIP, 4in6)", BOTH, e.ip_in_ip(4)),
        ("IPv6 in IP (6in4, 6in6)", BOTH, e.ip_in_ip(6)),
        ("GRE", BOTH, e.gre(4)),
        ("Teredo", IPV4, e.udp_tunnel(3544, inner_family=6)),
        ("GRE in fragments", BOTH, e.gre_in_fragments),
    )
    for technique in (
        Technique(
            name, families, how, LEAKS, "open by default: lawful VPNs use them", postern=OPEN, collateral=_VPN_PASS
        ),
        Technique(
            f"{name}, tunnels blocked", families, how, LEAKS, _TUNNELS, leg=Leg("r4"), control=ORDINARY, decisive=(0,),
            collateral=("UDP of 20000 bytes, in fragments, tunnels blocked",),
        ),
    )
)  # fmt: skip

TUNNELS += (
    Technique(
        "GRE behind IPv6 options, tunnels blocked", IPV6, e.gre_behind_options, LEAKS, f"{_TUNNELS}; {_HIDDEN}",
        leg=Leg("r4"), collateral=_EXTENSIONS_PASS,
    ),
)  # fmt: skip

RETURN: Tuple[Technique, ...] = (
    Technique(
        "triangular spamming, relay role: answers from port 25", BOTH, e.answers(25), LEAKS, _RETURN,
        leg=Leg("mx1", "r1", "r1"), control=Leg("mx1", "b1", "b1"), collateral=("answers of the submission server",),
    ),
    Technique(
        "triangular spamming, relay role: answers in fragments", BOTH, e.answers_in_fragments(25), LEAKS,
        "not closed: mail exchangers send nothing in fragments", leg=Leg("mx1", "r1", "r1"), control=Leg("mx1", "b1", "b1"),
        postern=OPEN, collateral=("answers from port 587, in fragments", "DNS answer of 4096 bytes, in fragments"),
    ),
    Technique(
        "triangular spamming, spoofing role: a business line's source address", BOTH,
        e.as_another("b1", e.syn, mac=False), CAUGHT, _ON_PORT, collateral=_BUSINESS_PASS,
    ),
    Technique(
        "triangular spamming, spoofing role: a far source address", BOTH, e.as_another("vpn", e.syn, mac=False), CAUGHT,
        _ON_PORT, same_to_587=True,
    ),
    Technique(
        "a neighbour's mail server on the same switch", BOTH, e.syn, CAUGHT, _ON_PORT,
        leg=Leg("r1", "b1", "b1"), control=Leg("b1", "r1", "r1"), same_to_587=True,
    ),
)  # fmt: skip

SPOOFING: Tuple[Technique, ...] = (
    Technique(
        "a business line's MAC and IP address on another port", BOTH, e.as_another("b1", e.syn), CAUGHT, _ON_PORT,
        collateral=_BUSINESS_PASS,
    ),
    Technique(
        "rogue submission server: its address as source, to a neighbour", BOTH,
        e.in_tags(e.as_another("isp", e.answers(587), mac=False), (0x8100, 0)), LEAKS, _SERVER_GUARD,
        leg=Leg("r1", "r3", "r3"), control=Leg("isp2", "r3", "r3"), collateral=("answers of the submission server",),
    ),
    Technique(
        "rogue submission server: its address as source, to outside", BOTH,
        e.in_tags(e.as_another("isp", e.datagram(), mac=False), (0x8100, 7)), LEAKS, _SERVER_GUARD, control=SERVER,
        collateral=("answers of the submission server", "submission on 587"),
    ),
    Technique(
        "rogue submission server: its address claimed by ARP", IPV4, e.several(
            e.in_tags(e.arp(2, "isp2", "edge"), (0x8100, 7)), e.arp(1, "isp", "isp"), e.in_snap(e.arp(2, "isp", "r3")),
        ), LEAKS, _SERVER_GUARD, control=SERVER, collateral=_ARP_PASS,
    ),
    Technique(
        "rogue submission server: its address claimed by ARP of hardware type 6", IPV4,
        e.arp(2, "isp2", "edge", e.IEEE_802_HARDWARE), LEAKS, _UNREADABLE, control=SERVER, collateral=_ARP_PASS,
    ),
    Technique(
        "rogue submission server: its address claimed by ND", IPV6, e.several(
            e.in_tags(e.neighbour_advertisement("isp2"), (0x8100, 7)), e.neighbour_advertisement("isp"),
            e.neighbour_advertisement("isp", behind=DESTINATION_OPTIONS),
            e.neighbour_advertisement("isp", behind=HOP_BY_HOP),
        ), LEAKS, _SERVER_GUARD, control=SERVER, collateral=_ND_PASS,
    ),
    Technique(
        "rogue submission server: its address claimed by ND with two link-layer addresses", IPV6,
        e.neighbour_advertisement("isp2", 2), LEAKS, _UNREADABLE, control=SERVER, collateral=_ND_PASS,
    ),
    Technique(
        "source guard: a guarded line's foreign source address", BOTH, e.as_another("vpn", e.datagram(), mac=False), LEAKS,
        _SOURCE_GUARD, leg=Leg("r2"), control=ORDINARY, collateral=_GUARDED_PASS,
    ),
    Technique(
        "source guard: a guarded line with a neighbour's address", BOTH, e.as_another("b1", e.datagram(), mac=False), LEAKS,
        _SOURCE_GUARD, leg=Leg("r2"), control=ORDINARY, collateral=_GUARDED_PASS,
    ),
    Technique(
        "source guard: a guarded line's foreign source address in fragments", BOTH,
        e.as_another("vpn", e.datagram_in_fragments, mac=False), LEAKS, _SOURCE_GUARD, leg=Leg("r2"), control=ORDINARY,
        collateral=_GUARDED_PASS,
    ),
    Technique(
        "source guard: a guarded line with the router's MAC address", BOTH, ROUTERS_MAC, LEAKS, _SOURCE_GUARD,
        collateral=_GUARDED_PASS,
    ),
    *(
        Technique(
            f"source guard: a guarded line that sends mail freely, with a neighbour's address{how}", BOTH,
            e.as_another("r3", build, mac=False), naive, _SOURCE_GUARD, leg=Leg("r6"), control=BUSINESS,
            collateral=("from its own addresses",),
        )
        for how, build, naive in (("", e.syn, CAUGHT), (", in fragments", e.fragmented(), LEAKS))
    ),
    Technique(
        "source guard: a guarded line claims the router by ARP", IPV4, e.several(
            e.arp(2, "edge", "r3"), e.arp(1, "edge", "edge"), e.in_snap(e.arp(2, "edge", "r3")),
        ), LEAKS, _SOURCE_GUARD, leg=Leg("r2"), control=ORDINARY, collateral=_GUARDED_PASS,
    ),
    Technique(
        "source guard: a stranger with a guarded line's address", BOTH, e.as_another("r2", e.datagram(), mac=False), LEAKS,
        _SOURCE_GUARD, control=Leg("r2"), collateral=("from its own addresses",),
    ),
    Technique(
        "source guard: a stranger with a guarded line's MAC address", BOTH, e.as_another("r2", e.datagram(), address=False),
        LEAKS, _SOURCE_GUARD, control=Leg("r2"), collateral=("from its own addresses",),
    ),
    Technique(
        "source guard: a line guarded by its prefixes only, with a guarded line's MAC address", BOTH,
        e.as_another("r2", e.datagram(), address=False), LEAKS, _SOURCE_GUARD, leg=Leg("r6"), control=Leg("r2"),
        collateral=("from its own addresses",),
    ),
    Technique(
        "source guard: a guarded line's address claimed by ARP", IPV4, ARP_BELIEVED, LEAKS, _SOURCE_GUARD,
        collateral=_ARP_PASS,
    ),
    Technique(
        "source guard: the same by ARP of hardware type 6", IPV4, ARP_802_BELIEVED, LEAKS, _UNREADABLE, collateral=_ARP_PASS
    ),
    Technique(
        "source guard: a guarded line's address claimed by ND", IPV6, ND_BELIEVED, LEAKS, _SOURCE_GUARD, collateral=_ND_PASS
    ),
    Technique(
        "source guard: the same by ND with two link-layer addresses", IPV6, ND_TWICE_BELIEVED, LEAKS, _UNREADABLE,
        collateral=_ND_PASS,
    ),
    Technique(
        "source guard: a guarded line's MAC address stolen for its answers", BOTH, MAC_STOLEN, LEAKS, _SOURCE_GUARD,
        leg=Leg("r1"), control=Leg("r2"), collateral=("from its own addresses",),
    ),
    Technique(
        "a host that moves to a port nobody registered", BOTH, HOST_MOVES, CAUGHT, "unnamed ports are access ports",
        same_to_587=True,
    ),
)  # fmt: skip

BY_DESIGN: Tuple[Technique, ...] = tuple(
    Technique(
        f"port {number}", BOTH, lambda flight, _, number=number: e.syn(flight, number), LEAKS,
        "not closed: mail exchangers do not listen there", postern=OPEN, collateral=("submission on 587",),
    )
    for number in (26, 2525)
)  # fmt: skip

#: Every technique, in the order of the matrix.
TECHNIQUES: Tuple[Technique, ...] = (
    *PLAIN, *HEADERS, *FRAGMENTS, *TAGS, *ETHERNET, *TUNNELS, *RETURN,
    *(replace(technique, upsets=True) for technique in SPOOFING), *BY_DESIGN,
)  # fmt: skip
