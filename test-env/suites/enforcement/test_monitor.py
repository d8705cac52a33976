"""Monitor mode: a class, a device or a subscriber is only watched. What enforcement would have hit passes and is counted."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import Dict, Iterator, Tuple

from labkit.bypass import encapsulation as e
from labkit.bypass.flight import COPIES, UPLINK
from labkit.bypass.stage import Stage
from labkit.mail import checks
from labkit.mail.checks import BLOCKED, DELIVERED
from labkit.mail.clients import new_token
from labkit.mail.fragments import Variant, hold_dialogue
from labkit.mail.world import address

from .scene import FAMILIES, S2, Scene, eventually

#: A dialogue in fragments that a Linux receiver puts together.
FRAGMENTED = (Variant(4, 8), Variant(4, 40), Variant(6, 40))


@contextmanager
def delivers_and_is_counted(scene: Scene, name: str) -> Iterator[None]:
    """After the body the line delivers, and the count is of just as many packets as left by the uplink for port 25."""
    host = scene.host(name)
    with scene.capture() as capture:
        yield
        eventually("the order begins a new count", lambda: scene.counted(name, "monitored") == 0)
        # what is dropped before the order takes effect does not leave by the uplink and is counted as an attempt
        eventually("the monitored line delivers", lambda: scene.fates(name) == {DELIVERED})
        leak = capture.stop()
    sent = leak.segments[host.ip4] + leak.segments[host.ip6]
    assert leak.syns[host.ip4] > 0 and leak.syns[host.ip6] > 0
    eventually(f"{sent} packets are counted", lambda: scene.counted(name, "monitored") >= sent)
    assert scene.counted(name, "monitored") == sent


def test_monitored_subscriber_delivers_fragments_too_and_the_count_says_how_much(scene: Scene) -> None:
    with delivers_and_is_counted(scene, "r3"):
        scene.register("r3", "residential", "--monitor")
    try:
        assert scene.fates("r1") == {BLOCKED}, "its neighbour is enforced"
        for variant in FRAGMENTED:
            token = new_token()
            target = address(scene.host("mx1"), variant.family)
            outcome = hold_dialogue(scene.host("r3"), target, f"{token}@mx1.example.net", token, variant)
            assert outcome.delivered, (str(variant), outcome.answers)
        result = checks.submission(scene.world, 587, scene.host("r3"))
        assert result.outcome == DELIVERED, result.evidence
    finally:
        scene.register("r3", "residential")
    eventually("enforced again, it is blocked", lambda: scene.fates("r3") == {BLOCKED})


def test_monitored_class_delivers_and_the_count_says_how_much(scene: Scene) -> None:
    watched = {"name": "watched", "outbound": "drop", "inbound": "allow", "mode": "monitor"}
    with scene.policy(lambda policy: policy["classes"].append(watched)):
        try:
            with delivers_and_is_counted(scene, "r4"):
                scene.register("r4", "watched")
            assert scene.fates("r1") == {BLOCKED}
        finally:
            scene.register("r4", "residential")


def test_monitored_device_delivers_and_counts_while_the_other_enforces(scene: Scene) -> None:
    configuration, _ = scene.configuration()
    configuration["devices"][S2]["postern"]["mode"] = "monitor"
    try:
        with delivers_and_is_counted(scene, "r7"):
            scene.post(configuration)
        assert scene.fates("r3") == {BLOCKED}
    finally:
        scene.restore()
    eventually("enforced again, it is blocked", lambda: scene.fates("r7") == {BLOCKED})


# ------------------------------------------------------------------------------------------- what is not mail


@dataclass(frozen=True)
class Offence:
    """Frames each of which enforcement drops, once, of a class that guards sources and blocks tunnels."""

    name: str
    build: e.Build
    families: Tuple[int, ...] = FAMILIES


#: Each with a number of frames of its own, so that one kind cannot stand for another in the count.
OFFENCES = (
    Offence("a foreign source address", e.several(*[e.as_another("vpn", e.datagram(), mac=False)] * 3)),
    Offence("a neighbour's source address, in fragments", e.as_another("r3", e.datagram_in_fragments, mac=False)),
    Offence("the router's address by ARP", e.several(*[e.arp(1, "vpn", "edge")] * 5), (4,)),
    Offence("ARP that Open vSwitch cannot read", e.several(*[e.arp(1, "self", "edge", e.IEEE_802_HARDWARE)] * 7), (4,)),
    Offence("ND that Open vSwitch cannot read", e.several(*[e.neighbour_advertisement("self", 2)] * 4), (6,)),
    Offence("PPPoE", e.pppoe),
    Offence("MPLS", e.mpls),
    Offence("other encapsulations", e.other_encapsulations),
    Offence("two tags more than the switch looks behind", e.tagged((0x88A8, 7), (0x8100, 8), (0x8100, 9))),
    Offence("IP in IP", e.several(e.ip_in_ip(4), e.ip_in_ip(6))),
    Offence("GRE", e.several(e.gre(4), e.gre(6))),
    Offence("Teredo", e.udp_tunnel(3544, inner_family=6), (4,)),
    Offence("TCP in fragments", e.fragmented(), (4,)),
)

#: What the same line may send: the positive control while it is enforced, and what must not be counted.
LAWFUL = Offence("a datagram from its own address", e.datagram())

STRICT = {"name": "watched", "outbound": "drop", "inbound": "allow", "sourceGuard": True, "blockTunnels": True}


class Flights:
    """Offences of one line and what was seen of them on the uplink."""

    def __init__(self, scene: Scene, name: str) -> None:
        self._stage = Stage(scene.network, scene.world, scene.state, enforced=True)
        self._name = name

    def fly(self, *offences: Offence) -> Dict[str, Tuple[int, int]]:
        """Sends every frame of these :data:`COPIES` times. Of each offence: how many frames that were, how many were seen."""
        flights = [(o, self._stage.flight(self._name, "mx1", family)) for o in offences for family in o.families]
        # answers from port 25 to what is in fragments would be counted too
        frames = [(o.name, flight.mark, o.build(flight, e.SUBMISSION)) for o, flight in flights]
        with self._stage.watch() as watch:
            self._stage.send([(self._name, mark, some) for _, mark, some in frames])
            watch.stop()
        told: Dict[str, Tuple[int, int]] = {}
        for name, mark, some in frames:
            sent, seen = told.get(name, (0, 0))
            told[name] = sent + len(some), seen + len(watch.seen(UPLINK, mark) & set(range(len(some))))
        return told


def _sent(told: Dict[str, Tuple[int, int]]) -> int:
    return COPIES * sum(sent for sent, _ in told.values())


def _partly(told: Dict[str, Tuple[int, int]]) -> Dict[str, Tuple[int, int]]:
    return {name: counts for name, counts in told.items() if counts[0] != counts[1]}


def test_what_of_a_class_is_not_mail_is_dropped_when_enforced_and_when_monitored_passes_and_is_counted(scene: Scene) -> None:
    flights = Flights(scene, "r2")
    configuration, policy = scene.configuration()
    policy["classes"].append(STRICT)
    try:
        scene.post(configuration)
        scene.register("r2", "watched")
        scene.settle()
        enforced = flights.fly(*OFFENCES, LAWFUL)
        assert enforced.pop(LAWFUL.name) == (len(FAMILIES), len(FAMILIES)), "the line sends what it may"
        assert {name: seen for name, (_, seen) in enforced.items() if seen} == {}, "dropped, every frame of it"
        assert scene.counted("r2", "monitored-other") == 0

        policy["classes"][-1] = {**STRICT, "mode": "monitor"}
        scene.post(configuration)
        scene.settle()
        before = scene.counted("r2", "monitored-other")
        monitored = flights.fly(*OFFENCES, LAWFUL)
        assert monitored.pop(LAWFUL.name) == (len(FAMILIES), len(FAMILIES))
        assert _partly(monitored) == {}, "everything passes"
        assert {name: sent for name, (sent, _) in monitored.items()} == {name: sent for name, (sent, _) in enforced.items()}
        hit = _sent(enforced)
        eventually(f"{hit} packets are counted", lambda: scene.counted("r2", "monitored-other") - before >= hit)
        scene.settle()
        assert scene.counted("r2", "monitored-other") - before == hit, "as many as enforcement dropped"
    finally:
        scene.register("r2", "residential")
        scene.restore()
