"""Subscribers behind one port and one outer VLAN, told apart by the inner of two tags: real mail over QinQ interfaces, and frames.

On the line of ``r2`` stand three more: one that sends its own mail, a residential one, and one that nobody registered. Their far
end is the edge router, on interfaces with the same two tags. The switch must look behind two tags (``vlan-limit`` 2); where it
does not, nothing with two tags comes through.
"""

from __future__ import annotations

import struct
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Callable, Dict, Iterator, List, Mapping, Sequence, Set, Tuple, TypeVar

import pytest

from labkit import ovs
from labkit.bypass import flight
from labkit.hosts import Host
from labkit.mail import frames
from labkit.mail.capture import WHOLE, Capture, read_pcap
from labkit.mail.checks import DELIVERED
from labkit.mail.clients import new_token, submit
from labkit.mail.exchanger import MailServer
from labkit.mail.worm import run_smtp_worm
from labkit.network import addresses
from labkit.qinq import INNER_TYPE, OUTER_TYPE, TaggedInterfaces

from enforcement.scene import FAMILIES, PLAN, S1, Scene, eventually, refused_command, refused_configuration, together

OUTER, SHOP, HOME, STRANGER = 100, 7, 8, 9
LINE = PLAN.subscriber("r2").connect_point

Tag = Tuple[int, int]
Key = TypeVar("Key")


@dataclass(frozen=True)
class Pair:
    """One inner VLAN within the outer one, with an interface of the subscriber and one of the far end."""

    inner: int

    @property
    def attachment(self) -> str:
        """As an operator writes it."""
        return f"{LINE}/{OUTER}.{self.inner}"

    @property
    def prefixes(self) -> Tuple[str, str]:
        """Within the pools: answers to what does not send its own mail are dropped."""
        return f"10.64.{200 + self.inner}.0/24", f"2001:db8:64:{self.inner}::/64"

    def near(self, family: int) -> str:
        """The subscriber's address."""
        return {4: f"10.64.{200 + self.inner}.2", 6: f"2001:db8:64:{self.inner}::2"}[family]

    def far(self, family: int) -> str:
        """The far end's."""
        return {4: f"10.64.{200 + self.inner}.1", 6: f"2001:db8:64:{self.inner}::1"}[family]


PAIRS = {inner: Pair(inner) for inner in (SHOP, HOME, STRANGER)}


@dataclass
class Lines:
    """The three of them, and the mail server at the far end."""

    scene: Scene
    host: Host
    far: Host
    server: MailServer
    tags_seen: int = 1

    def look_behind(self, tags: int) -> None:
        """Has the switches look behind so many tags; 0 is as many as they can.

        Open vSwitch asks its datapath how many it can tell when it starts, and goes on to check its cached flows by that: they
        would outlive a change of the rules, or of this setting. So it is restarted, as an operator has to.
        """
        if tags == self.tags_seen:
            return
        self.tags_seen = tags
        assert ovs.query("set", "open", ".", f"other_config:vlan-limit={tags}").ok
        network = self.scene.network
        network.switch(1).restart()
        for switch in network.switches():
            switch.wait_connected()
        eventually("the permits are back", lambda: self.scene.fates("b1", "b2") == {DELIVERED})

    def mail(self, inner: int, family: int) -> bool:
        """Whether direct mail arrives; a connection that ends in anything else is neither and fails."""
        token = new_token("spam")
        delivery = run_smtp_worm(self.host, [PAIRS[inner].far(family)], token)[0]
        arrived = self.server.journal.await_message(token, 0.3)
        assert delivery.connected == delivery.delivered == (arrived is not None), delivery
        if arrived is not None:
            assert arrived.peer == PAIRS[inner].near(family)
        return delivery.delivered

    def submission(self, inner: int, family: int) -> bool:
        """Whether authenticated mail by port 587 arrives."""
        token = new_token()
        recipient = f"{token}@hosted.example"
        dialogue = submit(self.host, PAIRS[inner].far(family), 587, recipient, token, auth=True, timeout=3)
        arrived = self.server.journal.await_message(token, 0.3)
        return dialogue.accepted and arrived is not None and arrived.port == 587

    def mailing(self) -> Set[int]:
        """The inner VLANs whose direct mail arrives, over both families; negative, if over one only."""
        return self._each(self.mail)

    def submitting(self) -> Set[int]:
        """The inner VLANs whose mail by 587 arrives, over both families; negative, if over one only."""
        return self._each(self.submission)

    @staticmethod
    def _each(arrives: Callable[[int, int], bool]) -> Set[int]:
        jobs = [(inner, family) for inner in PAIRS for family in FAMILIES]
        done = dict(zip(jobs, together(*[lambda job=job: arrives(*job) for job in jobs])))
        both = {inner for inner in PAIRS if done[inner, 4] and done[inner, 6]}
        return both | {-inner for inner in PAIRS if done[inner, 4] != done[inner, 6]}


@pytest.fixture(scope="module")
def lines(scene: Scene) -> Iterator[Lines]:
    """The three lines, the two that are somebody's registered, the policy in force."""
    host, far = scene.host("r2"), scene.host("edge")
    with ExitStack() as stack:
        for one, side in ((host, Pair.near), (far, Pair.far)):
            own = {inner: (f"{side(pair, 4)}/24", f"{side(pair, 6)}/64") for inner, pair in PAIRS.items()}
            interfaces = TaggedInterfaces(one, OUTER, own, scene.state)
            stack.callback(interfaces.stop)
            interfaces.start()
        server = MailServer(far, "pairs.example", scene.state, scene.world.certificate).start()
        stack.callback(server.stop)
        for inner, name, service_class in ((SHOP, "shop", "business"), (HOME, "home", "residential")):
            words = ["postern-subscriber-add", "-c", service_class]
            for prefix in PAIRS[inner].prefixes:
                words += ["-p", prefix]
            scene.postern.order(*words, name, PAIRS[inner].attachment)
            stack.callback(scene.postern.order, "postern-subscriber-remove", name)
        lines = Lines(scene, host, far, server)
        stack.callback(ovs.query, "remove", "open", ".", "other_config", "vlan-limit")
        lines.look_behind(2)
        scene.settle()
        yield lines


# ---------------------------------------------------------------- real mail


def test_mail_of_the_pair_that_sends_arrives_and_nobody_elses_and_submission_is_everybodys(lines: Lines) -> None:
    before = lines.scene.counted("home")
    with Capture(lines.scene.network.uplink(1), lines.scene.state / "pairs.pcap", "", kept=WHOLE) as capture:
        assert lines.mailing() == {SHOP}
        assert lines.submitting() == {SHOP, HOME, STRANGER}
        capture.stop()
    mail = [frame for frame in read_pcap(capture.pcap) if is_mail(frame)]
    tags = {frame[12:20] for frame in mail}
    assert tags == {struct.pack("!HHHH", OUTER_TYPE, OUTER, INNER_TYPE, SHOP)}, "both tags are there as they were"
    eventually("the residential pair's attempts are counted as its own", lambda: lines.scene.counted("home") > before)


def is_mail(frame: bytes) -> bool:
    """Whether a frame carries TCP to port 25."""
    packet = frames.parse(frame)
    return packet is not None and packet.dport == 25


@pytest.mark.parametrize("inner, name, mailing", [(SHOP, "shop", set()), (HOME, "home", {SHOP})])
def test_quarantine_of_a_pair_leaves_the_others(lines: Lines, inner: int, name: str, mailing: Set[int]) -> None:
    order = lines.scene.postern.order
    order("postern-quarantine", "--reason", "test", name)
    try:
        rest = {SHOP, HOME, STRANGER} - {inner}
        eventually("only the others submit", lambda: lines.submitting() == rest)
        assert lines.mailing() == mailing
    finally:
        order("postern-release", name)
    eventually("released, it is as before", lambda: (lines.submitting(), lines.mailing()) == ({SHOP, HOME, STRANGER}, {SHOP}))


def test_what_a_pair_cannot_have_is_refused_with_the_reason(lines: Lines) -> None:
    scene = lines.scene
    refused_command(scene, ["postern-set-class", "shop", addresses.STEERED], ["shop", PAIRS[SHOP].attachment, "relay", "tag"])
    shared = f"{LINE}/{OUTER}@10.64.3.0/29"
    refused_command(scene, ["postern-subscriber-add", "other", shared], ["other", shared, "prefix", "inner VLAN"])
    refused_command(scene, ["postern-subscriber-add", "other", f"{LINE}/{OUTER}.{SHOP}"], ["other", "shop"])
    for bad in (f"{LINE}/{OUTER}.0", f"{LINE}/{OUTER}.4095", f"{LINE}/{OUTER}.7.8", f"{LINE}/{OUTER}.7@02:00:00:00:00:01"):
        refused_command(scene, ["postern-subscriber-add", "other", bad], [bad, "OUTER.INNER"])
    scene.settle()
    configuration, _ = scene.configuration()
    configuration["devices"][S1]["postern"]["sTagType"] = "0x9100"
    try:
        refused_configuration(scene, configuration, ["sTagType", "0x9100", "0x88a8"])
    finally:
        scene.restore()
    guarded = {"name": "guarded", "outbound": "drop", "inbound": "allow", "sourceGuard": True}
    with scene.policy(lambda policy: policy["classes"].append(guarded)):
        refused_command(scene, ["postern-set-class", "shop", "guarded"], ["shop", PAIRS[SHOP].attachment, "sourceGuard"])


# ---------------------------------------------------------------- frames


def tagged(frame: bytes, *tags: Tag) -> bytes:
    """A frame with these tags outside: type and control information."""
    return frame[:12] + b"".join(struct.pack("!HH", *tag) for tag in tags) + frame[12:]


#: Tags from outside in. Of all these one is a pair that sends its own mail.
TAGS: Dict[str, Tuple[Tag, ...]] = {
    "the pair that sends": ((OUTER_TYPE, OUTER), (INNER_TYPE, SHOP)),
    "the residential pair": ((OUTER_TYPE, OUTER), (INNER_TYPE, HOME)),
    "a pair of nobody": ((OUTER_TYPE, OUTER), (INNER_TYPE, STRANGER)),
    "no inner tag": ((OUTER_TYPE, OUTER),),
    "the inner tag alone": ((INNER_TYPE, SHOP),),
    "no tag": (),
    "inner priority tag": ((OUTER_TYPE, OUTER), (INNER_TYPE, 0)),
    "outer priority tag": ((INNER_TYPE, 0), (INNER_TYPE, SHOP)),
    "priority tag outside the outer one": ((INNER_TYPE, 0), (OUTER_TYPE, OUTER)),
    "another outer VLAN": ((OUTER_TYPE, 200), (INNER_TYPE, SHOP)),
    "the tags changed about": ((OUTER_TYPE, SHOP), (INNER_TYPE, OUTER)),
    "three tags": ((OUTER_TYPE, OUTER), (INNER_TYPE, SHOP), (INNER_TYPE, SHOP)),
    "three tags, a priority tag first": ((INNER_TYPE, 0), (OUTER_TYPE, OUTER), (INNER_TYPE, SHOP)),
    "three tags, a priority tag between": ((OUTER_TYPE, OUTER), (INNER_TYPE, 0), (INNER_TYPE, SHOP)),
    "inner tag of type 9100": ((OUTER_TYPE, OUTER), (0x9100, SHOP)),
    "outer tag of type 9100": ((0x9100, OUTER), (INNER_TYPE, SHOP)),
    "PPPoE within": ((OUTER_TYPE, OUTER), (INNER_TYPE, SHOP), (0x8864, 0x1100)),
}


def whole(lines: Lines, port: int, family: int) -> bytes:
    """A first segment to a port, without tags."""
    src, dst = PAIRS[SHOP].near(family), PAIRS[SHOP].far(family)
    segment = frames.tcp(src, dst, 40000, port, frames.SYN)
    return frames.ethernet(lines.far.mac, lines.host.mac, *frames.ip(src, dst, frames.TCP, segment))


def forms(lines: Lines, port: int) -> List[bytes]:
    """TCP to a port as whole packets, in fragments, and with its header in a later fragment; without tags."""
    packets: List[Tuple[int, bytes]] = []
    for family in FAMILIES:
        src, dst = PAIRS[SHOP].near(family), PAIRS[SHOP].far(family)
        segment = frames.tcp(src, dst, 40000, port, frames.SYN)
        packets.append(frames.ip(src, dst, frames.TCP, segment))
        for ident, cut in ((25, 8), (26, 24)):
            pieces = list(frames.fragments(src, dst, frames.TCP, segment + bytes(20), [cut], ident))
            # of IPv6 a later piece does not say that it is TCP: without the first it is nothing
            packets += pieces if family == 4 else pieces[:1]
    hidden = frames.padded_options(frames.TCP, 64) + frames.tcp(src, dst, 40000, port, frames.SYN)
    packets += list(frames.fragments(src, dst, frames.DESTINATION_OPTIONS, hidden, [8], 27))[:1]
    return [frames.ethernet(lines.far.mac, lines.host.mac, *packet) for packet in packets]


def seen(lines: Lines, flights: Dict[str, List[bytes]]) -> Dict[str, Set[int]]:
    """Which frames of each flight leave by the uplink."""
    return lines.scene.seen_leaving(lines.host, flights)


@pytest.mark.parametrize("tags_seen", [2, 1, 0])
def test_whatever_the_tags_no_mail_but_of_the_pair_that_sends_leaves(lines: Lines, tags_seen: int) -> None:
    mail, submission = forms(lines, 25), forms(lines, 587)[0]
    passing = tags_seen != 1
    lines.look_behind(tags_seen)
    if passing:
        probe = {"pair": [tagged(mail[0], *TAGS["the pair that sends"])]}
        eventually("the pair that sends has its permit", lambda: seen(lines, probe)["pair"])
    flights = {name: [tagged(frame, *tags) for frame in mail] for name, tags in TAGS.items()}
    flights.update({f"587, {name}": [tagged(submission, *tags)] for name, tags in TAGS.items()})
    left = seen(lines, flights)
    assert {name for name in TAGS if left[name]} == ({"the pair that sends"} if passing else set()), left
    if passing:
        assert left["the pair that sends"] == set(range(len(mail))), "in every form"
    open_to_submission = {name for name, tags in TAGS.items() if is_seen_through(tags, 2 if passing else 1)}
    assert {name for name in TAGS if left[f"587, {name}"]} == open_to_submission, "the lawful neighbour"


def is_seen_through(tags: Sequence[Tag], limit: int) -> bool:
    """Whether a switch that looks behind so many tags sees what is within."""
    return len(tags) <= limit and all(kind in (OUTER_TYPE, INNER_TYPE) for kind, _ in tags)


def test_mail_loses_the_outer_priority_and_nothing_else_is_touched(lines: Lines) -> None:
    lines.look_behind(2)
    eventually("the pair that sends has its permit", lambda: SHOP in lines.mailing())
    src, dst = PAIRS[SHOP].near(4), PAIRS[SHOP].far(4)
    outer, inner = (OUTER_TYPE, 5 << 13 | OUTER), (INNER_TYPE, 3 << 13 | SHOP)
    sent = {}
    for port in (25, 587):
        packet = bytearray(frames.ipv4(src, dst, frames.TCP, frames.tcp(src, dst, 40000, port, frames.SYN)))
        packet[1] = 46 << 2  # expedited forwarding
        packet[10:12] = bytes(2)
        packet[10:12] = struct.pack("!H", frames.checksum(bytes(packet[:20])))
        sent[port] = frames.ethernet(lines.far.mac, lines.host.mac, frames.ETH_IPV4, bytes(packet))
    left = leaving(lines, {port: [tagged(frame, outer, inner)] for port, frame in sent.items()})
    assert left[587] == {tagged(sent[587], outer, inner)}
    assert left[25] == {tagged(sent[25], (OUTER_TYPE, OUTER), inner)}


def leaving(lines: Lines, flights: Mapping[Key, Sequence[bytes]]) -> Dict[Key, Set[bytes]]:
    """Of each flight the frames that leave by the uplink, as they are then."""
    marks = {name: flight.new_mark() for name in flights}
    with Capture(lines.scene.network.uplink(1), lines.scene.state / "pairs.pcap", "", kept=WHOLE) as capture:
        flight.send(lines.host, [(marks[name], some) for name, some in flights.items()])
        capture.stop()
    left: Dict[Key, Set[bytes]] = {name: set() for name in marks}
    for frame in read_pcap(capture.pcap):
        for name, mark in marks.items():
            if mark in frame:
                left[name].add(frame[: frame.index(mark)])
    return left


def test_a_single_tag_stays_a_customers_in_mail_and_beside_a_quarantined_pair(lines: Lines) -> None:
    lines.look_behind(2)
    order = lines.scene.postern.order
    priority = 5 << 13
    single, single_told = ((INNER_TYPE, priority | OUTER),), ((INNER_TYPE, OUTER),)
    pair, pair_told = ((OUTER_TYPE, priority | OUTER), (INNER_TYPE, SHOP)), ((OUTER_TYPE, OUTER), (INNER_TYPE, SHOP))
    mail, submission = forms(lines, 25), [whole(lines, 587, family) for family in FAMILIES]
    flights = {(name, tags): [tagged(frame, *tags) for frame in some]
               for name, some in (("mail", mail), ("587", submission)) for tags in (single, pair)}

    def told(some: Sequence[bytes], *tags: Tag) -> Set[bytes]:
        return {tagged(frame, *tags) for frame in some}

    expected = {
        ("mail", single): told(mail, *single_told),
        ("mail", pair): told(mail, *pair_told),
        ("587", single): told(submission, *single),
        ("587", pair): told(submission, *pair),
    }
    prefixes = [word for prefix in PAIRS[STRANGER].prefixes for word in ("-p", prefix)]
    order("postern-subscriber-add", "-c", "business", *prefixes, "tower", f"{LINE}/{OUTER}")
    try:
        eventually("mail leaves with the tags it had", lambda: leaving(lines, flights) == expected)
        assert lines.mailing() == {SHOP, STRANGER}, "whoever has the rest of the VLAN sends, the residential pair does not"
        order("postern-quarantine", "--reason", "test", "home")
        try:
            eventually("the quarantined pair does not submit", lambda: lines.submitting() == {SHOP, STRANGER})
            # now everything of the line goes by where pairs are told: the priority is lost, the types stay
            expected["587", single] = told(submission, *single_told)
            expected["587", pair] = told(submission, *pair_told)
            eventually("587 leaves with the tags it had", lambda: leaving(lines, flights) == expected)
        finally:
            order("postern-release", "home")
    finally:
        order("postern-subscriber-remove", "tower")
    eventually("it is as before", lambda: (lines.submitting(), lines.mailing()) == ({SHOP, HOME, STRANGER}, {SHOP}))
