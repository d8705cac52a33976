"""Who is behind a port: subscribers told apart by source prefix or MAC address, hundreds of them, and one subscriber on two ports.

Behind the lines of ``r2``, ``r3`` and ``r6`` stand hosts of their own (:mod:`labkit.stations`) with real clients and real mail.
``r2`` shares its port with two that are told by prefix, ``r3`` with two told by MAC address, ``r6`` with hundreds of whom three are
there; who is registered for the port itself is whoever else stands behind it. Behind ``r7`` are hundreds of VLANs, tried with
frames. ``r4`` and ``r8``, each on a switch of its own, are one subscriber.
"""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Dict, Iterator, List, Sequence, Set

import pytest

from enforcement.scene import FAMILIES, PLAN, Scene, connected, eventually, quarantined, together
from labkit.hosts import Host
from labkit.mail import checks, frames
from labkit.mail.checks import BLOCKED, DELIVERED, REACHED
from labkit.network import addresses
from labkit.session import Lab
from labkit.stations import Stations

PREFIX, MAC = "prefix", "MAC"


@dataclass(frozen=True)
class Tenant:
    """A subscriber behind somebody's port, told by a source of its own."""

    name: str
    line: str
    told_by: str
    number: int
    service_class: str = "residential"

    @property
    def interface(self) -> addresses.Interface:
        """Its addresses, inside the pools, of which its number makes it the only one."""
        return addresses.Interface(
            f"10.64.{200 + self.number // 250}.{1 + self.number % 250}/16",
            f"2001:db8:64::c8:{self.number:x}/64",
            f"02:64:c8:00:{self.number >> 8:02x}:{self.number & 255:02x}",
        )

    @property
    def row(self) -> dict:
        """As an import has it."""
        side, point = self.interface, PLAN.subscriber(self.line).connect_point
        prefixes = [f"{side.address4}/32", f"{side.address6}/128"]
        told, field = (prefixes, "prefixes") if self.told_by == PREFIX else ([side.mac], "macs")
        attachments = [f"{point}@{sign}" for sign in told]
        return {"id": self.name, "class": self.service_class, "attachments": attachments, field: told}


#: By what they are told: the line, the one that sends, the neighbour.
PORTS = {
    by: (line, Tenant(f"{by.lower()}-shop", line, by, number, "business"), Tenant(f"{by.lower()}-home", line, by, number + 1))
    for by, line, number in ((PREFIX, "r2", 0), (MAC, "r3", 2))
}

#: Subscribers behind one port.
HUNDREDS = 300

CROWD = [Tenant(f"crowd{i:03}", "r6", MAC, 10 + i, "business" if i == 7 else "residential") for i in range(HUNDREDS)]
SENDS, CAUGHT, THIRD = CROWD[7], CROWD[150], CROWD[-1]

#: The VLANs of the crowd that is told by VLAN, and of them three; the last is nobody's.
VLANS = range(1000, 1000 + HUNDREDS)
SENDING, QUARANTINED, ORDINARY, NOBODYS = 1007, 1150, 1299, 1300

DUAL = ("r4", "r8")


@dataclass
class Sharing:
    """All of them, registered; and the hosts of those that are there."""

    scene: Scene
    hosts: Dict[str, Host]

    def host(self, name: str) -> Host:
        """The host of a tenant, or of a line."""
        return self.hosts.get(name) or self.scene.host(name)

    def fates(self, *names: str) -> List[str]:
        """What becomes of SMTP worms of each, over both families: one word, or both."""
        jobs = [(name, family) for name in names for family in FAMILIES]
        done = dict(zip(jobs, together(*[lambda job=job: self._worm(*job) for job in jobs])))
        return [" and ".join(sorted({done[name, family] for family in FAMILIES})) for name in names]

    def _worm(self, name: str, family: int) -> str:
        return checks.worm_delivers(self.scene.world, family, self.host(name)).outcome

    def submit(self, *names: str) -> None:
        """Each sends by port 587, over both families, to the ISP's server and to a foreign one."""
        world = self.scene.world
        results = together(
            *[lambda h=self.host(name): checks.submission(world, 587, h) for name in names],
            *[lambda h=self.host(name): checks.hosted_domain(world, 587, h) for name in names],
        )
        assert [r.outcome for r in results] == [DELIVERED] * len(names) + [REACHED] * len(names), results

    def is_cut_off(self, name: str) -> bool:
        """Whether no mail port of anybody answers a host: neither the ISP's server nor a foreign one, over both families."""
        isp, hosted = self.scene.host("isp"), self.scene.host("host")
        targets = (isp.ip4, isp.ip6, hosted.ip4, hosted.ip6)
        answers = together(*[lambda p=port: connected(self.host(name), p, *targets) for port in (25, 465, 587)])
        return not any(map(any, answers))

    def set_class(self, name: str, service_class: str) -> None:
        """An operator's order."""
        self.scene.postern.set_class(name, service_class)


@contextmanager
def registered(scene: Scene, rows: Sequence[dict]) -> Iterator[None]:
    """Subscribers that are there for a while, imported all at once."""
    path = scene.state / "sharing.json"
    path.write_text(json.dumps(rows))
    try:
        scene.postern.order("postern-import", "--force", str(path))
        yield
    finally:
        scene.postern.remove_subscribers(ids={row["id"] for row in rows})


@pytest.fixture(scope="module")
def sharing(scene: Scene, lab: Lab) -> Iterator[Sharing]:
    """Everybody registered, the policy in force."""
    pairs = [tenant for _, *tenants in PORTS.values() for tenant in tenants]
    point = PLAN.subscriber("r7").connect_point
    vlans = [
        {"id": f"vlan{vlan}", "class": "business" if vlan == SENDING else "residential", "attachments": [f"{point}/{vlan}"]}
        for vlan in VLANS
    ]
    rows = [*(tenant.row for tenant in (*pairs, *CROWD)), *vlans]
    there = [*pairs, SENDS, CAUGHT, THIRD]
    hosts: Dict[str, Host] = {}
    with ExitStack() as stack:
        for line in ("r2", "r3", "r6"):
            sides = {tenant.name: tenant.interface for tenant in there if tenant.line == line}
            stations = Stations(scene.host(line), sides, lab.registry)
            hosts.update(stations.start())
            stack.callback(stations.stop)
        stack.enter_context(registered(scene, rows))
        scene.settle()
        yield Sharing(scene, hosts)


# ------------------------------------------------------------------------------------------- two behind a port


@pytest.mark.parametrize("told_by", PORTS)
def test_who_sends_is_told_from_the_neighbour_on_the_same_port_and_587_is_everybodys(sharing: Sharing, told_by: str) -> None:
    scene, (line, shop, home) = sharing.scene, PORTS[told_by]
    before = scene.counted(home.name)
    with scene.capture() as capture:
        assert sharing.fates(shop.name, home.name, line) == [DELIVERED, BLOCKED, BLOCKED]
        leak = capture.stop()
    sender = sharing.host(shop.name)
    assert leak.syns[sender.ip4] > 0 and leak.syns[sender.ip6] > 0
    silent = [sharing.host(name) for name in (home.name, line)]
    assert [leak.syns_from(host.ip4, host.ip6) for host in silent] == [0, 0]
    sharing.submit(shop.name, home.name, line)
    eventually("the neighbour's attempts are counted as its own", lambda: scene.counted(home.name) > before)
    assert scene.counted(shop.name) == 0


@pytest.mark.parametrize("told_by", PORTS)
def test_change_of_class_is_that_ones_on_the_port_only(sharing: Sharing, told_by: str) -> None:
    _, shop, home = PORTS[told_by]
    names = (shop.name, home.name)
    sharing.set_class(home.name, "business")
    try:
        eventually("both send", lambda: sharing.fates(*names) == [DELIVERED, DELIVERED])
        sharing.set_class(shop.name, "residential")
        eventually("the other one sends", lambda: sharing.fates(*names) == [BLOCKED, DELIVERED])
    finally:
        sharing.set_class(shop.name, "business")
        sharing.set_class(home.name, "residential")
    eventually("it is as before", lambda: sharing.fates(*names) == [DELIVERED, BLOCKED])


@pytest.mark.parametrize("caught", ["shop", "home"])
@pytest.mark.parametrize("told_by", PORTS)
def test_quarantine_is_that_ones_on_the_port_only(sharing: Sharing, told_by: str, caught: str) -> None:
    line, shop, home = PORTS[told_by]
    one, other = (shop, home) if caught == "shop" else (home, shop)
    with quarantined(sharing.scene, one.name, host=sharing.host(one.name)):
        assert sharing.is_cut_off(one.name)
        assert sharing.fates(other.name) == [BLOCKED if other is home else DELIVERED]
        sharing.submit(other.name, line)
    eventually("released, it is as before", lambda: sharing.fates(shop.name, home.name) == [DELIVERED, BLOCKED])
    sharing.submit(one.name)


# ------------------------------------------------------------------------------------------- hundreds behind a port


def test_of_hundreds_behind_a_port_one_sends_one_is_quarantined_and_the_rest_are_residential(sharing: Sharing) -> None:
    scene, names = sharing.scene, (SENDS.name, CAUGHT.name, THIRD.name)
    with quarantined(scene, CAUGHT.name, host=sharing.host(CAUGHT.name)):
        assert sharing.is_cut_off(CAUGHT.name)
        with scene.capture() as capture:
            assert sharing.fates(*names, "r6") == [DELIVERED, BLOCKED, BLOCKED, BLOCKED]
            leak = capture.stop()
        sender = sharing.host(SENDS.name)
        assert leak.syns[sender.ip4] > 0 and leak.syns[sender.ip6] > 0
        silent = [sharing.host(name) for name in (CAUGHT.name, THIRD.name, "r6")]
        assert [leak.syns_from(host.ip4, host.ip6) for host in silent] == [0, 0, 0]
        sharing.submit(SENDS.name, THIRD.name, "r6")
    eventually("released, it is as the others", lambda: sharing.fates(*names) == [DELIVERED, BLOCKED, BLOCKED])
    sharing.submit(CAUGHT.name)


def test_of_hundreds_behind_a_port_another_one_may_send(sharing: Sharing) -> None:
    sharing.set_class(THIRD.name, "business")
    try:
        eventually("it sends too", lambda: sharing.fates(THIRD.name) == [DELIVERED])
        assert sharing.fates(SENDS.name, CAUGHT.name) == [DELIVERED, BLOCKED]
    finally:
        sharing.set_class(THIRD.name, "residential")
    eventually("it sends no more", lambda: sharing.fates(THIRD.name) == [BLOCKED])
    assert sharing.fates(SENDS.name) == [DELIVERED]


def leaving(scene: Scene, vlans: Sequence[int]) -> Dict[int, Set[int]]:
    """To which TCP ports segments from these VLANs behind the line of r7 leave by the uplink; negative: over one family only."""
    host, far, ports = scene.host("r7"), scene.host("mx1"), (25, 465, 587, 443)
    flights = {
        vlan: [
            frames.ethernet(
                addresses.GATEWAY.mac,
                host.mac,
                *frames.ip(host.ip(family), far.ip(family), frames.TCP, frames.tcp(
                    host.ip(family), far.ip(family), 40000, port, frames.SYN
                )),
                vlan,
            )
            for family in FAMILIES
            for port in ports
        ]
        for vlan in vlans
    }  # fmt: skip
    seen = scene.seen_leaving(host, flights)
    left: Dict[int, Set[int]] = {}
    for vlan, numbers in seen.items():
        both = {port for n, port in enumerate(ports) if {n, n + len(ports)} <= numbers}
        left[vlan] = both | {-port for n, port in enumerate(ports) if len({n, n + len(ports)} & numbers) == 1}
    return left


def test_of_hundreds_of_vlans_behind_a_port_one_sends_and_one_is_quarantined(sharing: Sharing) -> None:
    scene, vlans = sharing.scene, (SENDING, QUARANTINED, ORDINARY, NOBODYS)
    expected = {SENDING: {25, 465, 587, 443}, QUARANTINED: {443}, ORDINARY: {465, 587, 443}, NOBODYS: {465, 587, 443}}
    scene.postern.order("postern-quarantine", "--reason", "test", f"vlan{QUARANTINED}")
    try:
        eventually("the quarantine shows", lambda: leaving(scene, [QUARANTINED]) == {QUARANTINED: {443}})
        assert leaving(scene, vlans) == expected
    finally:
        scene.postern.order("postern-release", f"vlan{QUARANTINED}")
    eventually("released, it is as the others", lambda: leaving(scene, vlans) == {**expected, QUARANTINED: {465, 587, 443}})


# ------------------------------------------------------------------------------------------- one on two ports


@pytest.fixture
def dual(scene: Scene) -> Iterator[str]:
    """A subscriber with a port on each switch, those of r4 and r8, which are nobody else's meanwhile."""
    lines = [PLAN.subscriber(name) for name in DUAL]
    prefixes = [prefix for line in lines for prefix in line.prefixes]
    row = {"id": "dual", "attachments": [line.connect_point for line in lines], "prefixes": prefixes}
    with ExitStack() as stack:
        for name in DUAL:
            scene.postern.order("postern-subscriber-remove", name)
            stack.callback(scene.register, name, "residential")
        stack.enter_context(registered(scene, [row]))
        yield row["id"]


def test_class_of_a_subscriber_on_two_ports_holds_on_both(sharing: Sharing, dual: str) -> None:
    assert sharing.fates(*DUAL, "b1") == [BLOCKED, BLOCKED, DELIVERED]
    sharing.submit(*DUAL)
    sharing.set_class(dual, "business")
    eventually("both ports send", lambda: sharing.fates(*DUAL) == [DELIVERED, DELIVERED])
    assert sharing.fates("r1", "r5") == [BLOCKED, BLOCKED], "the neighbours on either switch do not"
    sharing.set_class(dual, "residential")
    eventually("no port sends", lambda: sharing.fates(*DUAL) == [BLOCKED, BLOCKED])


def test_quarantine_of_a_subscriber_on_two_ports_holds_on_both(sharing: Sharing, dual: str) -> None:
    scene = sharing.scene
    with quarantined(scene, dual, host=scene.host(DUAL[0])):
        eventually("the other port is closed too", lambda: sharing.is_cut_off(DUAL[1]))
        assert sharing.is_cut_off(DUAL[0])
        sharing.submit("r1", "r5")
    for name in DUAL:
        eventually("released, it submits", lambda: connected(scene.host(name), 587, scene.host("isp").ip4) == [True])
    sharing.submit(*DUAL)
