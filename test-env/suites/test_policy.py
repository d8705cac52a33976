"""Suite ``policy``: what Postern does to mail, seen with real servers, real clients and a capture on the uplink.

One network has it all: two access switches in a daisy chain (the first has the uplink), residential and business
subscribers on both, an ISP server on a server port of the first. What decides whether the product works runs with both
ways of forwarding; the rest with ``normal``. Every "must be blocked" has its positive control in the same test.
"""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator, List, Mapping

import pytest

from labkit.hosts import Host
from labkit.mail import checks
from labkit.mail.capture import Capture
from labkit.mail.checks import BLOCKED, DELIVERED, ROWS, Result, Row
from labkit.mail.clients import new_token, submit
from labkit.mail.postfix import PostfixServer
from labkit.mail.worm import SynWorm, run_smtp_worm
from labkit.mail.world import MailWorld, address
from labkit.network import AccessNetwork, Plan, addresses
from labkit.onos import OnosError
from labkit.postern import Postern

PLAN = Plan(switches=2, subscribers=4, business=1, shape="chain", local_server=True)

#: Seconds an order of an operator may take until traffic shows it. Generous: it bounds a wait, it measures nothing.
PATIENCE = 20.0

#: Seconds between two polls of flow statistics.
POLL = 1

#: SYNs of a worm that a capture must see all or none of, per family.
SYNS = 600

FAMILIES = (4, 6)

#: The policy in the one table of switches that keep ONOS's driver, and forwarding as with ``normal``.
SINGLE_TABLE = "single-table"

all_ways = pytest.mark.parametrize("scene", ["normal", "reactive", SINGLE_TABLE], indirect=True, scope="module")
both_tables = pytest.mark.parametrize("scene", ["normal", SINGLE_TABLE], indirect=True, scope="module")
single_table = pytest.mark.parametrize("scene", [SINGLE_TABLE], indirect=True, scope="module")

#: What asks the same of the same code whatever the switches have: input that is refused before any device is concerned.
one_way = pytest.mark.parametrize("scene", ["normal"], indirect=True, scope="module")


@dataclass
class Scene:
    """The network with the policy in force and all mail servers up."""

    network: AccessNetwork
    postern: Postern
    world: MailWorld
    state: Path
    forwarding: str

    def host(self, name: str) -> Host:
        """A host of the network."""
        return self.network.host(name)

    def capture(self, interface: str | None = None) -> Capture:
        """A capture of what goes out of the first switch's uplink, or of another interface; not started."""
        interface = interface or self.network.uplink(1)
        return Capture(interface, self.state / f"capture-{time.monotonic_ns()}.pcap")

    def worm(self, name: str, family: int) -> Result:
        """The SMTP worm on a subscriber's line."""
        return checks.worm_delivers(self.world, family, self.host(name))

    def worms(self, *names: str) -> dict[tuple[str, int], str]:
        """What becomes of SMTP worms on these lines, all at once, by subscriber and family."""
        jobs = [(name, family) for name in names for family in FAMILIES]
        with ThreadPoolExecutor(len(jobs)) as pool:
            results = pool.map(lambda job: self.worm(*job).outcome, jobs)
            return dict(zip(jobs, results))

    def register(self, name: str, service_class: str, prefixes: bool = True) -> None:
        """Registers a subscriber of the plan anew; with its prefixes it may be given any class."""
        subscriber = PLAN.subscriber(name)
        if any(row["id"] == name for row in self.postern.query("postern-subscribers")):
            self.postern.order("postern-subscriber-remove", name)
        words = ["postern-subscriber-add", "-c", service_class]
        for prefix in subscriber.prefixes if prefixes else ():
            words += ["-p", prefix]
        # Karaf takes options before the arguments only
        self.postern.order(*words, name, subscriber.connect_point)

    def attempts(self, name: str) -> int:
        """Blocked attempts counted against a subscriber since its class was last changed."""
        return self.postern.attempts().get(name, 0)

    def settle(self) -> None:
        """Waits until the policy is in force on every switch."""
        self.postern.wait_in_force()


def eventually(what: str, condition: Callable[[], object], seconds: float = PATIENCE, every: float = 0.2) -> None:
    """Fails with ``what`` unless ``condition`` becomes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not so after {seconds:.0f} s"
        time.sleep(every)


def fate(scene: Scene, outcome: str, *names: str) -> Callable[[], bool]:
    """A condition: the SMTP worm on each of these lines, IPv4 and IPv6, comes to ``outcome``."""
    return lambda: set(scene.worms(*names).values()) == {outcome}


@pytest.fixture(scope="module")
def scene(request, lab) -> Iterator[Scene]:
    """The network, by way of forwarding; taken down with the module."""
    state: Path = lab.registry.state
    way, alone = ("normal", True) if request.param == SINGLE_TABLE else (request.param, False)
    # whoever asks whether the policy is in force, or what was counted, waits for polls
    with lab.onos.polling_every(POLL):
        network = lab.build_network(PLAN, way, single_table=alone)
        with MailWorld(network.hosts(), state) as world:
            postern = lab.enforce()
            yield Scene(network, postern, world, state / "policy", way)


@pytest.fixture
def second_business_mta(scene: Scene) -> Iterator[PostfixServer]:
    """A real Postfix on the business subscriber of the second switch."""
    server = scene.world.postfix(scene.host("b2"), "mail.downstream.example", "downstream.example")
    try:
        yield server.start()
    finally:
        server.stop()


# ------------------------------------------------------------------------------------------- the demo's rows


@all_ways
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row_of_the_demo_is_as_it_must_be(scene: Scene, row: Row) -> None:
    result = row.check(scene.world)
    assert result.outcome == row.after, result.evidence


@all_ways
def test_blocked_attempts_are_counted_by_subscriber_and_lawful_mail_is_not(scene: Scene) -> None:
    assert scene.worms("r1", "b1") == {("r1", 4): BLOCKED, ("r1", 6): BLOCKED, ("b1", 4): DELIVERED, ("b1", 6): DELIVERED}
    result = checks.attempts_counted(scene.world, scene.postern.attempts)
    assert result.outcome == checks.COUNTED, result.evidence


@all_ways
def test_no_syn_of_a_worm_leaves_by_the_uplink_while_a_business_line_is_heard(scene: Scene) -> None:
    targets = [*scene.world.exchanger_addresses(4), *scene.world.exchanger_addresses(6)]
    worm, lawful = scene.host("r1"), scene.host("b1")
    with ExitStack() as stack:
        capture = stack.enter_context(scene.capture())
        bad = stack.enter_context(SynWorm(worm, targets, scene.state))
        good = stack.enter_context(SynWorm(lawful, targets, scene.state, rate=50))
        bad.await_sent(SYNS)
        sent, heard = bad.stop(), good.stop()
        leak = capture.stop()
    assert sent.sent4 >= SYNS and sent.sent6 >= SYNS and sent.errors == 0
    assert leak.syns_from(worm.ip4, worm.ip6) == 0
    assert leak.syns[lawful.ip4] > 0 and leak.syns[lawful.ip6] > 0
    if scene.forwarding == "normal":
        # Reactive forwarding may lose or repeat a packet that goes by the controller; a plain rule does not.
        assert leak.syns[lawful.ip4] == heard.sent4 and leak.syns[lawful.ip6] == heard.sent6


# ------------------------------------------------------------------------------------------- change of class


@pytest.fixture
def movable(scene: Scene) -> Iterator[str]:
    """A residential subscriber that may be given any class, since its prefixes are known."""
    scene.register("r2", "residential")
    scene.settle()
    yield "r2"
    scene.register("r2", "residential", prefixes=False)
    scene.settle()


@all_ways
def test_change_of_class_is_followed_by_real_mail_both_ways_and_attempts_count_from_it(scene: Scene, movable: str) -> None:
    assert set(scene.worms(movable).values()) == {BLOCKED}
    eventually("the residential subscriber's attempts are counted", lambda: scene.attempts(movable) > 0)

    scene.postern.set_class(movable, "business")
    eventually("as business it delivers", fate(scene, DELIVERED, movable))
    # An attempt of the time before may still be on its way to the count while the order takes effect; allowed packets
    # from now on must add nothing. That polls have passed is seen by another subscriber's attempts.
    before = scene.attempts(movable)
    for _ in range(2):
        known = scene.attempts("r1")
        assert scene.worms(movable, "r1") == {
            (movable, 4): DELIVERED,
            (movable, 6): DELIVERED,
            ("r1", 4): BLOCKED,
            ("r1", 6): BLOCKED,
        }
        eventually("the other subscriber's attempts are counted", lambda: scene.attempts("r1") > known)
    assert scene.attempts(movable) == before == 0

    scene.postern.set_class(movable, "residential")
    eventually("as residential again it is blocked", fate(scene, BLOCKED, movable))
    assert set(scene.worms("b1").values()) == {DELIVERED}
    eventually("its attempts are counted again", lambda: scene.attempts(movable) > 0)


@both_tables
def test_an_allowing_class_inside_a_pool_is_refused_without_prefix_mac_or_vlan(scene: Scene, movable: str) -> None:
    scene.register(movable, "residential", prefixes=False)
    answer = scene.postern.command("postern-set-class", movable, "business")
    told = (answer.stdout + answer.stderr).strip()
    assert not answer.ok and movable in told
    assert "prefix" in told.lower() and "mac" in told.lower() and "vlan" in told.lower()
    assert set(scene.worms(movable).values()) == {BLOCKED}
    # and with its MAC address it is accepted
    scene.postern.order("postern-subscriber-remove", movable)
    line = PLAN.subscriber(movable)
    scene.postern.order("postern-subscriber-add", "-c", "business", "-m", line.interface.mac, movable, line.connect_point)
    eventually("with its MAC address known it delivers", fate(scene, DELIVERED, movable))


# ------------------------------------------------------------------------------------------- daisy chain, server port


@all_ways
def test_business_subscriber_downstream_in_a_daisy_chain_sends_and_receives(
    scene: Scene, second_business_mta: PostfixServer
) -> None:
    for family in FAMILIES:
        sent = checks.business_sends(scene.world, family, second_business_mta)
        assert sent.outcome == DELIVERED, sent.evidence
        token = new_token()
        target = address(second_business_mta.host, family)
        dialogue = submit(scene.host("mx1"), target, 25, f"{token}@downstream.example", token)
        assert dialogue.accepted, dialogue.answer
        assert second_business_mta.await_delivered(token)


@all_ways
def test_worm_downstream_in_a_daisy_chain_does_not_leave_its_switch(scene: Scene) -> None:
    worm, lawful = scene.host("r4"), scene.host("b2")
    transit = f"{addresses.switch_name(2)}-eth{addresses.UPSTREAM_PORT}"
    with scene.capture(transit) as capture:
        assert scene.worms("r4", "b2") == {
            ("r4", 4): BLOCKED,
            ("r4", 6): BLOCKED,
            ("b2", 4): DELIVERED,
            ("b2", 6): DELIVERED,
        }
        leak = capture.stop()
    assert leak.syns_from(worm.ip4, worm.ip6) == 0
    assert leak.syns[lawful.ip4] > 0 and leak.syns[lawful.ip6] > 0


@all_ways
@pytest.mark.parametrize("port", [587, 465, 25])
@pytest.mark.parametrize("subscriber", ["r1", "r4"])
def test_isp_server_on_a_server_port_takes_authenticated_mail_and_delivers_it(
    scene: Scene, subscriber: str, port: int
) -> None:
    result = checks.submission(scene.world, port, scene.host(subscriber), scene.world.local_isp)
    assert result.outcome == DELIVERED, result.evidence


@both_tables
def test_isp_server_on_a_server_port_receives_mail_from_outside(scene: Scene) -> None:
    server = scene.world.local_isp
    assert server is not None
    for family in FAMILIES:
        token = new_token()
        dialogue = submit(scene.host("mx1"), address(server.host, family), 25, f"{token}@isp.example", token)
        assert dialogue.accepted, dialogue.answer
        assert server.await_delivered(token)


# ------------------------------------------------------------------------------------------- towards subscribers


@both_tables
def test_tcp_to_port_25_of_a_subscriber_follows_the_inbound_rule_of_its_class(scene: Scene, movable: str) -> None:
    configuration = good_configuration(scene)
    configuration["apps"]["org.postern"]["postern"]["classes"].append(
        {"name": "sheltered", "outbound": "drop", "inbound": "drop"}
    )
    outside, sheltered, neighbour = scene.host("mx1"), scene.host(movable), scene.host("r3")
    servers = [scene.world.server(host, f"mail.{host.name}.example") for host in (sheltered, neighbour)]

    def reached(host: Host) -> List[bool]:
        return [d.delivered for d in run_smtp_worm(outside, [host.ip4, host.ip6], new_token())]

    with ExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)
            server.start()
        stack.callback(restore_configuration, scene)
        scene.postern.onos.post_network_configuration(configuration)
        scene.settle()
        assert reached(sheltered) == [True, True], "by default unsolicited mail towards a subscriber passes"
        eventually("the class is known", lambda: scene.postern.command("postern-set-class", movable, "sheltered").ok)
        eventually("its class shelters it", lambda: reached(sheltered) == [False, False])
        assert reached(neighbour) == [True, True]
        assert set(scene.worms(movable).values()) == {BLOCKED}
        assert checks.submission(scene.world, 587, sheltered).outcome == DELIVERED
        scene.postern.set_class(movable, "residential")
        eventually("it is reached again", lambda: reached(sheltered) == [True, True])


@all_ways
def test_residential_subscriber_reaches_a_neighbours_587_but_not_its_25(
    scene: Scene, second_business_mta: PostfixServer
) -> None:
    for neighbour, domain in ((scene.world.business_mta, "business.example"), (second_business_mta, "downstream.example")):
        targets = [neighbour.host.ip4, neighbour.host.ip6]
        attempts = run_smtp_worm(scene.host("r1"), targets, new_token(), domain)
        assert [attempt.connected for attempt in attempts] == [False, False]
        assert all(d.delivered for d in run_smtp_worm(scene.host("mx1"), targets, new_token(), domain))
        for target in targets:
            for port in (587, 465):
                token = new_token()
                dialogue = submit(scene.host("r1"), target, port, f"{token}@{domain}", token, auth=True)
                assert dialogue.accepted, dialogue.answer
                assert neighbour.await_delivered(token)


@both_tables
def test_business_subscribers_deliver_to_each_other_across_the_chain(
    scene: Scene, second_business_mta: PostfixServer
) -> None:
    first, second = scene.host("b1"), second_business_mta
    sent = run_smtp_worm(first, [second.host.ip4, second.host.ip6], new_token(), "downstream.example")
    back = run_smtp_worm(second.host, [first.ip4, first.ip6], new_token(), "business.example")
    assert all(delivery.delivered for delivery in (*sent, *back))


# ------------------------------------------------------------------------------------------- ports without a role


@both_tables
def test_port_without_a_role_is_treated_as_access(scene: Scene) -> None:
    configuration = good_configuration(scene)
    device = addresses.device_id(1)
    configuration["devices"][device]["postern"]["access"].remove(PLAN.subscriber("r3").port)
    with ExitStack() as stack:
        stack.callback(scene.settle)
        stack.callback(scene.register, "r3", "residential", False)
        stack.callback(restore_configuration, scene)
        scene.postern.order("postern-subscriber-remove", "r3")
        scene.postern.onos.post_network_configuration(configuration)
        scene.settle()
        unknown = scene.postern.attempts().get("", 0)
        with scene.capture() as capture:
            assert set(scene.worms("r3").values()) == {BLOCKED}
            leak = capture.stop()
        stranger = scene.host("r3")
        assert leak.syns_from(stranger.ip4, stranger.ip6) == 0
        assert checks.hosted_domain(scene.world, 587, stranger).outcome == checks.REACHED
        assert set(scene.worms("b1").values()) == {DELIVERED}
        eventually("its attempts are counted as unknown", lambda: scene.postern.attempts().get("", 0) > unknown)


# ------------------------------------------------------------------------------------------- break-glass


@pytest.fixture
def resumed(scene: Scene) -> Iterator[None]:
    """Whatever the test suspends is resumed afterwards."""
    yield
    for suspension in scene.postern.status()["suspensions"]:
        words = suspension["scope"].split()
        scope = ["--everywhere"] if words == ["everywhere"] else [f"--{words[0]}", words[1]]
        scene.postern.command("postern-suspend", "--resume", *scope)
    scene.settle()


@all_ways
def test_suspension_opens_everywhere_and_resuming_closes(scene: Scene, resumed: None) -> None:
    assert set(scene.worms("r1", "r4").values()) == {BLOCKED}
    # the audit of the other ways of forwarding is in the same log
    before = scene.postern.audit_length()
    reason = "outage of the mail cluster"
    scene.postern.order("postern-suspend", "--everywhere", "--for", "10m", "--reason", reason)
    eventually("suspended, mail is delivered", fate(scene, DELIVERED, "r1", "r4"))
    status = scene.postern.status()
    (suspension,) = status["suspensions"]
    assert suspension["scope"] == "everywhere" and suspension["reason"] == reason
    assert suspension["until"] and suspension["by"]
    assert not status["inForce"]
    assert {device["state"] for device in status["devices"]} == {"SUSPENDED"}
    scene.postern.order("postern-suspend", "--resume", "--everywhere")
    eventually("resumed, mail is blocked", fate(scene, BLOCKED, "r1", "r4"))
    assert set(scene.worms("b1", "b2").values()) == {DELIVERED}
    scene.settle()
    assert scene.postern.status()["suspensions"] == []
    assert scene.postern.audited("action=suspend", "everywhere", reason, since=before)
    assert scene.postern.audited("action=resume", "everywhere", since=before)


@both_tables
def test_suspension_of_one_device_leaves_the_other_enforced_and_expires_by_itself(scene: Scene, resumed: None) -> None:
    scene.postern.order("postern-suspend", "--device", addresses.device_id(2), "--for", "15s", "--reason", "test line")
    eventually("on the suspended switch mail is delivered", fate(scene, DELIVERED, "r4"), 14)
    assert set(scene.worms("r1").values()) == {BLOCKED}
    eventually("the suspension ends by itself", fate(scene, BLOCKED, "r4"), 40)
    assert set(scene.worms("b2").values()) == {DELIVERED}
    eventually("the status says so", lambda: scene.postern.status()["suspensions"] == [])
    scene.settle()


@both_tables
def test_suspension_of_a_class_opens_that_class_only(scene: Scene, movable: str, resumed: None) -> None:
    configuration = good_configuration(scene)
    configuration["apps"]["org.postern"]["postern"]["classes"].append(
        {"name": "strict", "outbound": "drop", "inbound": "allow"}
    )
    with ExitStack() as stack:
        stack.callback(restore_configuration, scene)
        stack.callback(scene.register, movable, "residential")
        scene.postern.onos.post_network_configuration(configuration)
        scene.settle()
        eventually("the class is known", lambda: scene.postern.command("postern-set-class", movable, "strict").ok)
        scene.settle()
        scene.postern.order("postern-suspend", "--class", "strict", "--for", "10m", "--reason", "migration")
        eventually("the suspended class delivers", fate(scene, DELIVERED, movable))
        assert set(scene.worms("r1").values()) == {BLOCKED}
        scene.postern.order("postern-suspend", "--resume", "--class", "strict")
        eventually("resumed, it is blocked", fate(scene, BLOCKED, movable))
        assert set(scene.worms("b1").values()) == {DELIVERED}


# ------------------------------------------------------------------------------------------- single table


@single_table
def test_single_table_says_what_it_does_not_do_and_has_no_other_rule(scene: Scene) -> None:
    for switch in scene.network.switches():
        row = scene.postern.devices()[switch.device]
        assert (row["backend"], row["driver"], row["state"]) == ("single-table", "ovs", "IN_FORCE")
        told = " | ".join(row["limits"])
        for limit in ("until ONOS has restored them", "a port that appears", "known to hide IP"):
            assert limit in told, told
        # the second switch has no port towards the ISP of its own
        assert ("from port 25 to pool" in told) == (switch.device == S1), told
        rules = switch.flows()
        assert all("table=0" in rule for rule in rules)
        assert not any("goto_table" in rule for rule in rules)
        assert row["rules"]["desired"] == sum(bool(re.search(r"priority=60\d{3}\b", rule)) for rule in rules) > 0
        # 587 and 465 are nobody's business
        assert not any(f"tp_dst={port}" in rule for rule in rules for port in (587, 465))


@single_table
def test_new_port_of_a_single_table_gets_its_denials(scene: Scene) -> None:
    switch = scene.network.switch(1)
    port, name = 9, "late-port"
    denial = f"in_port={port},tp_dst=25"

    def denied() -> bool:
        return {family for family in ("tcp", "tcp6") for rule in switch.flows(0) if f"{family},{denial} actions=drop" in rule} == {
            "tcp",
            "tcp6",
        }

    assert not denied()
    switch.add_port(name, port)
    try:
        eventually(f"{denial} is dropped, IPv4 and IPv6", denied)
        assert "drop" in switch.trace(f"in_port={port},tcp,tp_dst=25")
        assert "drop" not in switch.trace(f"in_port={port},tcp,tp_dst=587").splitlines()[-1]
    finally:
        switch.remove_port(name)
    eventually("and the rules go with it", lambda: not denied())
    scene.settle()


# ------------------------------------------------------------------------------------------- bad input


def good_configuration(scene: Scene) -> dict:
    """A fresh copy of the network configuration in force."""
    return scene.postern.configuration()


def restore_configuration(scene: Scene) -> None:
    """Posts the good configuration again and waits until it is accepted and in force."""
    scene.postern.configure()
    eventually("the good configuration is accepted", lambda: scene.postern.status()["configuration"]["valid"])
    scene.settle()


@pytest.fixture
def still_in_force(scene: Scene) -> Iterator[None]:
    """After the test the policy is what it was: same subscribers, in force, worm blocked, lawful mail delivered."""

    def subscribers() -> list:
        rows = scene.postern.query("postern-subscribers")
        return sorted((r["id"], r["class"], r["attachments"], r["prefixes"], r["macs"]) for r in rows)

    before = subscribers()
    yield
    assert subscribers() == before
    status = scene.postern.status()
    assert status["inForce"] and status["suspensions"] == []
    assert {row["state"] for row in status["devices"]} == {"IN_FORCE"}


S1 = addresses.device_id(1)
UNKNOWN_DEVICE = "of:00000000000000ff"

#: Karaf commands that cannot be obeyed, and what the one line that refuses them must name.
BAD_COMMANDS = (
    (["postern-set-class", "nobody", "business"], ["nobody"]),
    (["postern-set-class", "r1", "gold"], ["gold"]),
    (["postern-set-class", "r1", "business"], ["r1", "prefix"]),
    (["postern-subscriber-add", "r99", "nonsense"], ["nonsense"]),
    (["postern-subscriber-add", "r99", f"{S1}/0"], [f"{S1}/0"]),
    (["postern-subscriber-add", "r99", f"{S1}/7/5000"], [f"{S1}/7/5000"]),
    (["postern-subscriber-add", "r99", f"{S1}/1"], ["r1"]),
    (["postern-subscriber-add", "-c", "gold", "r99", f"{S1}/7"], ["gold"]),
    (["postern-subscriber-add", "-p", "10.64.1.300/32", "r99", f"{S1}/7"], ["10.64.1.300/32"]),
    (["postern-subscriber-add", "-p", "10.64.1.7/33", "r99", f"{S1}/7"], ["10.64.1.7/33"]),
    (["postern-subscriber-add", "-m", "02:64:zz:00:00:00", "r99", f"{S1}/7"], ["02:64:zz:00:00:00"]),
    (["postern-subscriber-remove", "nobody"], ["nobody"]),
    (["postern-import", "/nonexistent/subscribers.json"], ["/nonexistent/subscribers.json"]),
    (["postern-attempts", "nobody"], ["nobody"]),
    (["postern-subscribers", "--class", "gold"], ["gold"]),
    (["postern-subscribers", "--device", UNKNOWN_DEVICE], [UNKNOWN_DEVICE]),
    (["postern-suspend", "--everywhere", "--for", "banana", "--reason", "x"], ["banana"]),
    (["postern-suspend", "--everywhere", "--for", "0m", "--reason", "x"], ["0m"]),
    (["postern-suspend", "--everywhere", "--for", "10m"], ["reason"]),
    (["postern-suspend", "--everywhere", "--reason", "x"], ["for"]),
    (["postern-suspend", "--for", "10m", "--reason", "x"], ["--everywhere"]),
    (["postern-suspend", "--device", UNKNOWN_DEVICE, "--for", "10m", "--reason", "x"], [UNKNOWN_DEVICE]),
    (["postern-suspend", "--class", "gold", "--for", "10m", "--reason", "x"], ["gold"]),
    (["postern-suspend", "--resume", "--class", "residential"], ["residential"]),
    (["postern-withdraw", UNKNOWN_DEVICE], [UNKNOWN_DEVICE]),
    (["postern-withdraw", "not-a-device"], ["not-a-device"]),
    (["postern-withdraw", "--driver", "no-such-driver", S1], ["no-such-driver"]),
    (["postern-enforce", UNKNOWN_DEVICE], [UNKNOWN_DEVICE]),
)


#: A record that could be imported, were it not for the other one in the file.
GOOD = {"id": "r98", "attachments": [f"{S1}/8"]}


def records(*rows: dict) -> str:
    """A file for ``postern-import``."""
    return json.dumps(rows)


def refused_with(scene: Scene, words: List[str], named: List[str]) -> None:
    """Gives an order that must be refused with a non-zero status and one line that names these things."""
    answer = scene.postern.command(*words)
    lines = [line for line in (answer.stdout + answer.stderr).splitlines() if line.strip()]
    assert answer.rc != 0, f"status 0: {lines}"
    assert len(lines) == 1, f"one clear line: {lines}"
    assert "Exception" not in lines[0]
    assert [name for name in named if name not in lines[0]] == [], lines[0]


@one_way
@pytest.mark.parametrize("words, named", BAD_COMMANDS, ids=[" ".join(words) for words, _ in BAD_COMMANDS])
def test_bad_command_is_refused_in_one_line_and_changes_nothing(
    scene: Scene, still_in_force: None, words: List[str], named: List[str]
) -> None:
    refused_with(scene, words, named)


@one_way
@pytest.mark.parametrize(
    "text, named",
    [
        ("[{", "JSON"),
        ('{"id": "r99"}', "list"),
        (records(GOOD, {"id": "r99", "attachments": ["nonsense"]}), "nonsense"),
        (records(GOOD, {"id": "r99", "class": "gold", "attachments": [f"{S1}/9"]}), "gold"),
        (records(GOOD, {**GOOD, "id": "r99"}), "r98"),
        (records({**GOOD, "colour": "red"}), "colour"),
    ],
    ids=["malformed", "no list", "bad attachment", "unknown class", "attached twice", "unknown field"],
)
def test_bad_import_is_refused_as_a_whole(scene: Scene, still_in_force: None, text: str, named: str) -> None:
    scene.state.mkdir(parents=True, exist_ok=True)
    path = scene.state / "import.json"
    path.write_text(text)
    refused_with(scene, ["postern-import", str(path)], [str(named)])


@both_tables
def test_import_of_a_good_file_takes_effect(scene: Scene) -> None:
    line = PLAN.subscriber("r3")
    record = {"id": "r3", "class": "business", "attachments": [line.connect_point], "prefixes": line.prefixes, "macs": []}
    scene.state.mkdir(parents=True, exist_ok=True)
    path = scene.state / "import.json"
    path.write_text(records(record))
    assert set(scene.worms("r3").values()) == {BLOCKED}
    try:
        scene.postern.order("postern-import", str(path))
        eventually("the imported subscriber delivers", fate(scene, DELIVERED, "r3"))
    finally:
        scene.register("r3", "residential", prefixes=False)
    eventually("and is blocked again", fate(scene, BLOCKED, "r3"))
    scene.settle()


def _policy(configuration: dict) -> dict:
    return configuration["apps"]["org.postern"]["postern"]


def _device(configuration: dict) -> dict:
    return configuration["devices"][S1]["postern"]


#: Ways to spoil the configuration, and what the status must name: the field and the value.
BAD_CONFIGURATIONS: Mapping[str, tuple] = {
    "malformed IPv4 address": (
        lambda c: _policy(c)["submissionServers"][0].update(addresses=["198.51.100.999"]),
        ["submissionServers[0].addresses[0]", "198.51.100.999"],
    ),
    "malformed IPv6 address": (
        lambda c: _policy(c)["submissionServers"][0].update(addresses=["2001:db8::g"]),
        ["submissionServers[0].addresses[0]", "2001:db8::g"],
    ),
    "server without a name": (lambda c: _policy(c)["submissionServers"][0].update(name=""), ["submissionServers[0].name"]),
    "server without an address": (
        lambda c: _policy(c)["submissionServers"][0].update(addresses=[]),
        ["submissionServers[0].addresses"],
    ),
    "port out of range": (
        lambda c: _policy(c)["submissionServers"][0].update(ports=[25, 70000]),
        ["submissionServers[0].ports[1]", "70000"],
    ),
    "prefix too long": (lambda c: _policy(c).update(pools=["10.64.0.0/33"]), ["pools[0]", "10.64.0.0/33"]),
    "prefix with host bits": (lambda c: _policy(c).update(pools=["10.64.0.1/16"]), ["pools[0]", "10.64.0.1/16"]),
    "pools that are no list": (lambda c: _policy(c).update(pools="10.64.0.0/16"), ["pools", "10.64.0.0/16"]),
    "unknown action": (
        lambda c: _policy(c).update(classes=[{"name": "business", "outbound": "maybe"}]),
        ["classes[0].outbound", "maybe", "drop", "allow"],
    ),
    "class named twice": (
        lambda c: _policy(c).update(classes=[{"name": "a"}, {"name": "a"}]),
        ["classes[1].name", "a"],
    ),
    "unknown default class": (lambda c: _policy(c).update(defaultClass="gold"), ["defaultClass", "gold"]),
    "unknown field": (lambda c: _policy(c).update(submissionServer=[]), ["submissionServer"]),
    "port with two roles": (lambda c: _device(c).update(server=[1]), [S1, "1", "access", "server"]),
    "port that is no number": (lambda c: _device(c).update(uplink=["eth100"]), [S1, "uplink[0]", "eth100"]),
    "port zero": (lambda c: _device(c).update(uplink=[0]), [S1, "uplink[0]", "0"]),
    "unknown role": (lambda c: _device(c).update(subscribers=[1]), [S1, "subscribers"]),
}


@one_way
@pytest.mark.parametrize("flaw", BAD_CONFIGURATIONS)
def test_bad_configuration_is_named_in_the_status_and_the_last_good_policy_stays_in_force(scene: Scene, flaw: str) -> None:
    spoil, named = BAD_CONFIGURATIONS[flaw]
    configuration = good_configuration(scene)
    spoil(configuration)
    since = scene.postern.status()["configuration"]["since"]
    try:
        try:
            scene.postern.onos.post_network_configuration(configuration)
        except OnosError as refused:
            assert 400 <= refused.status < 500, "refused as the operator's mistake"
        eventually("the status says so", lambda: not scene.postern.status()["configuration"]["valid"])
        status = scene.postern.status()
        told = json.dumps(status["configuration"]["error"])
        assert [name for name in named if name not in told] == [], told
        assert status["configuration"]["since"] != since
        assert status["inForce"], "the last good policy stays in force"
        assert scene.worms("r1", "b1") == {
            ("r1", 4): BLOCKED,
            ("r1", 6): BLOCKED,
            ("b1", 4): DELIVERED,
            ("b1", 6): DELIVERED,
        }
    finally:
        restore_configuration(scene)


@one_way
def test_malformed_json_is_refused_and_changes_nothing(scene: Scene, still_in_force: None) -> None:
    with pytest.raises(OnosError) as refused:
        scene.postern.onos.rest("POST", "network/configuration", content=b'{"apps": {', kind="application/json")
    assert 400 <= refused.value.status < 600
    assert scene.postern.status()["configuration"]["valid"]


@both_tables
def test_uplink_that_the_switch_does_not_have_is_named(scene: Scene) -> None:
    configuration = good_configuration(scene)
    _device(configuration).update(uplink=[addresses.UPLINK_PORT, 77])
    try:
        scene.postern.onos.post_network_configuration(configuration)
        eventually("the port is named with its device", lambda: "77" in json.dumps(scene.postern.devices()[S1]))
        # the policy does not open because of it
        assert set(scene.worms("r1").values()) == {BLOCKED}
        assert set(scene.worms("b1").values()) == {DELIVERED}
    finally:
        restore_configuration(scene)


@both_tables
def test_deleted_configuration_leaves_the_last_good_policy_in_force(scene: Scene) -> None:
    try:
        scene.postern.onos.delete_network_configuration("apps/org.postern")
        eventually("the status says so", lambda: not scene.postern.status()["configuration"]["valid"])
        assert "deleted" in json.dumps(scene.postern.status()["configuration"]["error"])
        assert set(scene.worms("r1").values()) == {BLOCKED}
        assert set(scene.worms("b1").values()) == {DELIVERED}
    finally:
        restore_configuration(scene)
