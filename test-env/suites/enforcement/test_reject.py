"""Reject: direct port 25 of a class is answered with a TCP reset at once, as often as the meters in the switch allow.

Two rejecting lines are on the switch with the uplink, one behind it in the chain. What the resets are held against is what
the kernel of a real host answers on a port where nobody listens.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import Iterator, List

import pytest

from labkit.figures import columns
from labkit.forwarding import ReactiveForwarding
from labkit.mail import refusals
from labkit.mail.checks import BLOCKED, DELIVERED
from labkit.mail.refusals import REFUSED
from labkit.mail.worm import SynWorm
from labkit.network import addresses
from labkit.postern import APP

from .scene import PLAN, POLL, S1, Scene, at_work, eventually, refused_configuration, together

LINES = ("r2", "r3", "r6")
CLASS = {"name": "rejecting", "outbound": "reject", "inbound": "allow"}

#: SYNs a second of the flood, per family: 10,000 in all.
FLOOD = 5_000

#: SYNs of it, per family, that must have been sent meanwhile.
FLOODED = 40_000

REJECT_TABLE = 8

#: Nobody listens on port 25 of this host, so its kernel refuses.
SILENT = addresses.VPN

RATE, BURST = 10, 10

#: Seconds until rejecting has begun: ONOS's poll of meters (10 s), Postern's look and plan, the rules.
BEGIN = 60.0


@pytest.fixture(scope="module", autouse=True)
def rejecting(scene: Scene) -> Iterator[None]:
    """Three lines in a class that rejects."""
    with scene.policy(lambda policy: policy["classes"].append(CLASS)):
        for name in LINES:
            scene.register(name, CLASS["name"])
        scene.settle()
        eventually("all three lines are rejected", lambda: is_rejected(scene, *LINES), BEGIN)
        yield
        for name in LINES:
            scene.register(name, "residential")
        scene.settle()


def exchangers(scene: Scene) -> List[str]:
    """An address of each family of a foreign mail exchanger."""
    return [scene.world.exchanger_addresses(4)[0], scene.world.exchanger_addresses(6)[0]]


def outcomes(scene: Scene, name: str) -> List[str]:
    """What clients on a line are told, IPv4 and IPv6."""
    return [attempt.outcome for attempt in refusals.connect(scene.host(name), exchangers(scene))]


def is_rejected(scene: Scene, *names: str) -> bool:
    """Whether clients on all these lines are refused, IPv4 and IPv6."""
    return all(outcomes(scene, name) == [REFUSED, REFUSED] for name in names)


def punted(scene: Scene, switch: int) -> int:
    """Packets that the meters of a switch let through to the controller, by the switch's own count."""
    rules = [flow for flow in scene.network.switch(switch).flows(REJECT_TABLE) if "CONTROLLER" in flow]
    (meter,) = set(re.findall(r"meter:(\d+)", " ".join(rules)))
    told = scene.network.switch(switch).ofctl("meter-stats", f"meter={meter}")
    return int(re.search(r"packet_in_count:(\d+)", told)[1]) - sum(map(int, re.findall(r"\bpacket_count:(\d+)", told)))


# ------------------------------------------------------------------------------------------- what it does


def test_client_is_refused_at_its_first_syn(scene: Scene) -> None:
    eventually("what was sent before is counted", lambda: settled(scene, *LINES))
    before = counts(scene, *LINES)
    assert is_rejected(scene, *LINES)
    assert scene.fates("r1") == {BLOCKED}, "a residential neighbour's SYNs are dropped in silence"
    assert scene.fates("b1") == {DELIVERED}, "the mail exchangers listen"
    eventually("two each are counted", lambda: all(n >= c + 2 for n, c in zip(counts(scene, *LINES), before)))
    assert settled(scene, *LINES)
    assert counts(scene, *LINES) == [count + 2 for count in before], "no SYN was sent again"


def counts(scene: Scene, *names: str) -> List[int]:
    """What is counted of these lines."""
    attempts = scene.postern.attempts()
    return [attempts.get(name, 0) for name in names]


def settled(scene: Scene, *names: str) -> bool:
    """Whether the counts of these lines have stopped growing: no poll of two has brought more."""
    before = counts(scene, *names)
    time.sleep(2 * POLL + 1)
    return counts(scene, *names) == before


def test_resets_are_those_of_a_real_host_where_nobody_listens(scene: Scene) -> None:
    silent = [SILENT.interface.address4, SILENT.interface.address6]
    jobs = [(scene.host("b1"), address) for address in silent] + [(scene.host("r2"), address) for address in exchangers(scene)]
    # two families at once are 8 segments a second at most, below what the meter lets pass
    told = together(*[lambda h=host, a=address: refusals.answers(h, [a], pause=0.25) for host, address in jobs])
    kernel, ours = {**told[0], **told[1]}, {**told[2], **told[3]}
    assert kernel.keys() == ours.keys() and len(kernel) == 2 * len(refusals.KINDS)
    for (family, kind), reset in kernel.items():
        mine = ours[family, kind]
        # the kernel's has a router behind it
        same = None if reset is None else replace(reset, hop_limit=64)
        assert mine == same, f"IPv{family}, {kind}"
    assert kernel[4, "SYN"] is not None and kernel[6, "SYN"] is not None and kernel[4, "RST"] is None


def test_submission_and_everything_else_of_a_rejected_line_passes(scene: Scene) -> None:
    for port in (587, 465):
        attempts = refusals.connect(scene.host("r2"), [scene.world.isp.host.ip4, scene.world.isp.host.ip6], port)
        assert [a.outcome for a in attempts] == [refusals.CONNECTED] * 2
    silent = [SILENT.interface.address4, SILENT.interface.address6]
    before = scene.postern.devices()[S1]["rejected"]
    told = [a.outcome for a in refusals.connect(scene.host("r2"), silent, 587)]
    assert told == [REFUSED, REFUSED], "by the host itself: 587 is not Postern's to refuse"
    assert scene.postern.devices()[S1]["rejected"] == before


def test_nothing_of_a_rejected_line_leaves_by_the_uplink(scene: Scene) -> None:
    line, lawful = scene.host("r2"), scene.host("b1")
    targets = [*scene.world.exchanger_addresses(4), *scene.world.exchanger_addresses(6)]
    with scene.capture() as capture:
        with at_work(SynWorm(line, targets, scene.state, rate=200), SynWorm(lawful, targets, scene.state, rate=50)) as (bad, good):
            bad.await_sent(600)
            good.await_sent(10)
            bad.stop()
            good.stop()
        leak = capture.stop()
    assert leak.syns_from(line.ip4, line.ip6) == 0
    assert leak.syns[lawful.ip4] > 0 and leak.syns[lawful.ip6] > 0


# ------------------------------------------------------------------------------------------- the flood


@contextmanager
def reactive_forwarding(scene: Scene) -> Iterator[None]:
    """Every new flow is a matter of the controller, as with ONOS's reactive forwarding, instead of a rule NORMAL."""
    way = ReactiveForwarding(scene.postern.onos, PLAN)
    way.start()
    try:
        yield
    finally:
        way.stop()


def answering(scene: Scene, seconds: float) -> List[float]:
    """How long ONOS takes to answer a question over REST, again and again for so long."""
    took: List[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        begun = time.monotonic()
        assert scene.postern.onos.get("cluster")
        took.append(time.monotonic() - begun)
        time.sleep(0.05)
    return took


def test_syn_flood_of_one_line_harms_nobody_else(scene: Scene, figures) -> None:
    targets = [*scene.world.exchanger_addresses(4), *scene.world.exchanger_addresses(6)]
    quiet = answering(scene, 3)
    before = punted(scene, 1)
    with reactive_forwarding(scene):
        begun = time.monotonic()
        with SynWorm(scene.host("r2"), targets, scene.state, rate=FLOOD) as flood:
            flood.await_sent(FLOOD)
            # the controller answers
            loud = answering(scene, 3)
            assert scene.postern.status()["inForce"]
            # other lines' connections are refused, here and on the other switch, each of them at once
            others = [scene.host(name) for name in ("r3", "r6")]
            attempts = together(*[lambda h=host: refusals.connect(h, exchangers(scene), times=10, pause=0.12) for host in others])
            assert [[a.outcome for a in some] for some in attempts] == [[REFUSED] * 20] * 2
            # flows that are new are forwarded, by the controller: these lines have said nothing so far
            far, jobs = scene.host("mx1"), [(scene.host(name), family) for name in ("r4", "r5", "b1") for family in (4, 6)]
            pinged = together(*[lambda h=h, f=f: h.run(["ping", f"-{f}", "-c3", "-i0.2", "-W5", far.ip(f)]).ok for h, f in jobs])
            assert pinged == [True] * len(jobs), jobs
            assert any(f["appId"] == ReactiveForwarding.application for f in scene.postern.onos.flows(S1))
            assert scene.fates("b1") == {DELIVERED}
            # a subscriber's class is changed, and the change is in force
            scene.register("r4", CLASS["name"])
            eventually("another line is rejected", lambda: is_rejected(scene, "r4"), BEGIN)
            flood.await_sent(max(1, FLOODED - flood.counts().sent4), 90)
            sent = flood.stop()
        lasted = time.monotonic() - begun
        scene.register("r4", "residential")
    through = punted(scene, 1) - before
    # what the flooding line and three others may send by their meters; the device's lets 200/s through
    allowed = 4 * (RATE * lasted + BURST)
    assert sent.sent4 >= FLOODED and sent.sent6 >= FLOODED
    assert 0 < through <= allowed, f"{through} packets to the controller, of {sent.sent}"
    rejected = scene.postern.devices()[S1]["rejected"]
    figures.add(
        "reject, a SYN flood of one line\n"
        + columns(
            [
                ("", "packets"),
                (f"sent in {lasted:.0f} s ({sent.sent / sent.seconds:.0f}/s)", str(sent.sent)),
                ("of all lines, to the controller", str(through)),
                ("REST answer, median ms, before", f"{median(quiet) * 1e3:.1f}"),
                ("REST answer, median ms, meanwhile", f"{median(loud) * 1e3:.1f}"),
                ("resets of this device so far", str(rejected)),
            ]
        )
    )
    eventually("forwarding is as it was", lambda: scene.fates("b1") == {DELIVERED})


def meters_of(scene: Scene, device_rate: int) -> bool:
    """Whether table REJECT of the first switch names a meter of this rate."""
    found = re.findall(r"meter:(\d+)", " ".join(scene.network.switch(1).flows(REJECT_TABLE)))
    return bool(found) and f"rate={device_rate} " in scene.network.switch(1).ofctl("dump-meter", f"meter={found[0]}")


# ------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "reject, named",
    [
        ([10], ["reject", "[10]"]),
        ({"rate": 0}, ["reject.rate", "0", "1 to 1000"]),
        ({"rate": 100, "deviceRate": 99}, ["reject.deviceRate", "99", "100"]),
        ({"rates": 10}, ["reject.rates", "burst, deviceRate, rate"]),
    ],
    ids=str,
)
def test_bad_rates_are_refused_by_name_and_those_before_stay(scene: Scene, reject, named) -> None:
    configuration, policy = scene.configuration()
    policy["classes"].append(CLASS)
    policy["reject"] = reject
    refused_configuration(scene, configuration, named)


# ------------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize("fault", ["switch restarts", "meters are deleted"])
def test_lost_meters_come_back_and_nothing_leaks_meanwhile(scene: Scene, fault: str) -> None:
    line, lawful, switch = scene.host("r2"), scene.host("b1"), scene.network.switch(1)
    targets = [*scene.world.exchanger_addresses(4), *scene.world.exchanger_addresses(6)]
    with scene.capture() as capture:
        with at_work(SynWorm(line, targets, scene.state, rate=200), SynWorm(lawful, targets, scene.state, rate=50)) as (bad, good):
            if fault == "switch restarts":
                switch.restart()
            else:
                switch.ofctl("del-meters")
                # OpenFlow: with them go the rules that name them
                assert not [flow for flow in switch.flows() if "meter" in flow]
            bad.await_sent(200)
            eventually("rejected again", lambda: is_rejected(scene, "r3"), BEGIN)
            good.await_sent(10)
            bad.stop()
            good.stop()
        leak = capture.stop()
    scene.settle()
    assert leak.syns_from(line.ip4, line.ip6) == 0
    assert leak.syns[lawful.ip4] > 0 and leak.syns[lawful.ip6] > 0


def test_what_comes_to_the_controller_is_no_mail_also_while_postern_is_away(scene: Scene) -> None:
    line, lawful, onos = scene.host("r2"), scene.host("b1"), scene.postern.onos
    targets = scene.world.exchanger_addresses(4)
    eventually("a line of the switch is rejected", lambda: is_rejected(scene, "r2"), BEGIN)
    with reactive_forwarding(scene), scene.capture() as capture:
        onos.deactivate_app(APP)
        try:
            before = punted(scene, 1)
            with at_work(SynWorm(line, targets, scene.state, rate=50), SynWorm(lawful, targets, scene.state, rate=50)) as (bad, good):
                bad.await_sent(200)
                good.await_sent(10)
                bad.stop()
                good.stop()
            given = punted(scene, 1) - before
        finally:
            onos.activate_app(APP)
            scene.postern.await_commands()
        leak = capture.stop()
    assert given > 0, "the switch went on giving them to the controller, where others forward what they are given"
    assert leak.syns_from(line.ip4) == 0 and leak.syns[lawful.ip4] > 0
    eventually("Postern answers again", lambda: is_rejected(scene, "r2"), BEGIN)
    scene.settle()


# ------------------------------------------------------------------------------------------- other rates, and the end


def test_many_flooding_lines_have_the_devices_meter_and_no_more(scene: Scene) -> None:
    slow = {"rate": 10, "burst": 10, "deviceRate": 15}
    configuration, policy = scene.configuration()
    policy["classes"].append(CLASS)
    policy["reject"] = slow
    scene.post(configuration)
    eventually("the new rates hold", lambda: meters_of(scene, 15), BEGIN)
    targets = scene.world.exchanger_addresses(4)
    before, begun = punted(scene, 1), time.monotonic()
    with at_work(SynWorm(scene.host("r2"), targets, scene.state), SynWorm(scene.host("r3"), targets, scene.state)) as (one, two):
        one.await_sent(3000)
        assert is_rejected(scene, "r6"), "the other switch has meters of its own"
        one.stop()
        two.stop()
    through, lasted = punted(scene, 1) - before, time.monotonic() - begun
    assert 0 < through <= 15 * lasted + 15 + 1, f"{through} packets in {lasted:.1f} s"
    assert one.counts().sent4 > 3000 and two.counts().sent4 > 1000


def test_line_that_rejects_no_more_leaves_no_meter(scene: Scene) -> None:
    def named(switch: int) -> set:
        return set(re.findall(r"meter:(\d+)", " ".join(scene.network.switch(switch).flows())))

    def there(switch: int) -> set:
        told = scene.network.switch(switch).ofctl("dump-meters")
        return set(re.findall(r"^ *meter=(\d+)", told, re.MULTILINE))

    eventually("a meter for each line and the device's", lambda: (len(named(1)), len(named(2))) == (3, 2), BEGIN)
    other, own = named(1), named(2)
    assert other <= there(1) and own <= there(2)
    scene.register("r6", "residential")
    scene.settle()
    attempts = refusals.connect(scene.host("r6"), exchangers(scene)[:1])
    assert [a.outcome for a in attempts] == ["timeout"], "dropped in silence again"
    assert not named(2)
    eventually("the second switch has lost them", lambda: not own & there(2))
    assert other <= there(1) and named(1) == other
