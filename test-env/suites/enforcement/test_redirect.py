"""Redirect: port 25 of a class is steered to a relay that demands AUTH; nothing of it reaches a foreign mail exchanger.

One redirected line is on the switch with the uplink, one behind it in the chain. What must not leak is looked for on the
uplink: whatever goes to port 25 there without the relay's MAC address, the business line's SYNs being the control.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import Callable, Iterator, List

import pytest

from labkit.mail import checks
from labkit.mail.capture import Capture
from labkit.mail.checks import BLOCKED, DELIVERED, REACHED
from labkit.mail.worm import SynWorm
from labkit.network import addresses
from labkit.processes import run
from labkit.stage import UPLINK

from .scene import PLAN, S1, Scene, at_work, eventually, refused_command, together

STEERED = ("r2", "r6")
RELAY = addresses.RELAY
RELAY_ADDRESSES = [RELAY.interface.address4, RELAY.interface.address6]

#: SYNs a worm sends, per family, before and after something happens to the network.
SYNS = 400


@pytest.fixture(scope="module", autouse=True)
def steered(scene: Scene) -> Iterator[None]:
    """Two lines in the class that redirects."""
    for name in STEERED:
        scene.register(name, addresses.STEERED)
    eventually("both lines are steered", lambda: scene.is_steered(*STEERED))
    yield
    for name in STEERED:
        scene.register(name, "residential")


@contextmanager
def nothing_leaks(scene: Scene, name: str = "r2", mac: str = RELAY.interface.mac) -> Iterator[SynWorm]:
    """A SYN worm on a redirected line meanwhile: not one of its SYNs leaves by the uplink for anybody but the relay."""
    targets = [*scene.world.exchanger_addresses(4), *scene.world.exchanger_addresses(6)]
    worm, lawful = scene.host(name), scene.host("b1")
    not_to_relay = f"tcp dst port 25 and not ether dst {RELAY.interface.mac} and not ether dst {mac}"
    with scene.capture(filter_text=not_to_relay) as capture:
        with at_work(SynWorm(worm, targets, scene.state), SynWorm(lawful, targets, scene.state, rate=50)) as (bad, good):
            bad.await_sent(SYNS)
            yield bad
            bad.await_sent(SYNS)
            good.await_sent(10)
            bad.stop()
            good.stop()
        leak = capture.stop()
    assert leak.syns_from(worm.ip4, worm.ip6) == 0 and leak.segments[worm.ip4] + leak.segments[worm.ip6] == 0
    assert leak.syns[lawful.ip4] > 0 and leak.syns[lawful.ip6] > 0, "the business line was not heard: the capture proves nothing"


def reachable(scene: Scene) -> bool:
    """Whether the relay is, as the status tells it; if not, the reason must name it."""
    (relay,) = [hop for hop in scene.postern.status()["nextHops"] if hop["name"] == RELAY.name]
    assert relay["reachable"] or RELAY.name in relay["reason"]
    return relay["reachable"]


# ------------------------------------------------------------------------------------------- what it does


@pytest.mark.parametrize("name", STEERED)
def test_worm_gets_530_and_an_authenticated_client_on_port_25_sends_through(scene: Scene, name: str) -> None:
    for result in scene.steered(name):
        assert result.outcome in (checks.REFUSED, DELIVERED), result.evidence
    assert scene.is_dropped("r1")


def test_no_syn_of_a_redirected_line_leaves_for_anybody_but_the_relay(scene: Scene) -> None:
    with nothing_leaks(scene, "r6"):
        assert scene.is_steered("r6")


def test_answers_come_as_from_the_destination_that_was_meant_with_the_relays_mac(scene: Scene) -> None:
    host, exchangers = scene.host("r2"), {*scene.world.exchanger_addresses(4), *scene.world.exchanger_addresses(6)}
    capture = Capture(host.intf, scene.state / f"answers-{time.monotonic_ns()}.pcap", "tcp src port 25", "in", host)
    with capture:
        assert scene.is_steered("r2")
        capture.stop()
    answers = list(capture.packets())
    assert {packet.src for packet in answers} == exchangers
    assert {packet.src_mac for packet in answers} == {RELAY.interface.mac}


def test_submission_and_foreign_587_and_465_of_a_redirected_line_are_untouched(scene: Scene) -> None:
    world = scene.world
    jobs: List[Callable[[], checks.Result]] = []
    for name in STEERED:
        host = scene.host(name)
        jobs += [lambda h=host, p=port: checks.hosted_domain(world, p, h) for port in (587, 465)]
        jobs += [lambda h=host, p=port: checks.submission(world, p, h) for port in (587, 465, 25)]
    results = together(*jobs)
    assert [result.outcome for result in results] == [REACHED, REACHED, DELIVERED, DELIVERED, DELIVERED] * 2, results
    # as themselves, not by the relay: the hosted domain's server has seen the subscriber's own address
    peers = {message.peer for message in world.hosted.journal.messages()}
    assert set(RELAY_ADDRESSES).isdisjoint(peers) and {scene.host("r2").ip4, scene.host("r6").ip6} <= peers


# ------------------------------------------------------------------------------------------- the relay goes and comes


@contextmanager
def host_forgotten(scene: Scene) -> Iterator[None]:
    """ONOS does not know the relay any more, as when its entry has aged."""
    scene.postern.onos.forget_host(RELAY.interface.mac)
    yield
    scene.stage.tell(scene.postern.onos)


@contextmanager
def port_down(scene: Scene) -> Iterator[None]:
    """The port where the relay is goes down: here it is a spare one, so that the network goes on."""
    spare = f"{addresses.switch_name(1)}-eth{PLAN.subscriber('r4').port}"
    onos, side = scene.postern.onos, RELAY.interface
    onos.tell_host(side.mac, RELAY_ADDRESSES, f"{S1}/{PLAN.subscriber('r4').port}")
    run(["ip", "link", "set", spare, "down"], check=True)
    try:
        yield
    finally:
        run(["ip", "link", "set", spare, "up"], check=True)
        scene.stage.tell(scene.postern.onos)


@pytest.mark.parametrize("loss", [host_forgotten, port_down], ids=lambda loss: loss.__name__)
def test_unreachable_relay_falls_back_to_drop_says_so_and_comes_back_by_itself(scene: Scene, loss: Callable) -> None:
    before = scene.postern.audit_length()
    with nothing_leaks(scene):
        with loss(scene):
            eventually("the status says that the relay is unreachable", lambda: not reachable(scene))
            eventually("redirected lines are dropped", lambda: scene.is_dropped(*STEERED))
            result = checks.submission(scene.world, 587, scene.host("r2"))
            assert result.outcome == DELIVERED, result.evidence
        eventually("redirected lines are steered again", lambda: scene.is_steered(*STEERED))
    assert reachable(scene)
    assert scene.postern.audited("next-hop-lost", RELAY.name, since=before)
    assert scene.postern.audited("next-hop-reachable", RELAY.interface.mac, since=before)


def test_dead_link_of_the_relay_that_nobody_reports_leaks_nothing_either(scene: Scene) -> None:
    relay = scene.host("relay")
    with nothing_leaks(scene):
        relay.run(["ip", "link", "set", relay.intf, "down"], check=True)
        try:
            assert scene.is_dropped(*STEERED)
        finally:
            relay.run(["ip", "link", "set", relay.intf, "up"], check=True)
            for family, gateway in (("-4", RELAY.gateway4), ("-6", RELAY.gateway6)):
                relay.run(["ip", family, "route", "replace", "default", "via", gateway, "dev", relay.intf])
            # IPv6 addresses go with the link
            relay.run(["ip", "-6", "addr", "replace", RELAY.interface.ip6, "dev", relay.intf, "nodad"])
            relay.run(["ip", "-6", "route", "replace", "default", "via", RELAY.gateway6, "dev", relay.intf])
        eventually("redirected lines are steered again", lambda: scene.is_steered(*STEERED))


def test_class_whose_fallback_allows_sends_directly_while_the_relay_is_unreachable(scene: Scene) -> None:
    with scene.policy(lambda policy: policy["classes"][-1].update(fallback="allow")):
        assert scene.is_steered("r2"), "reachable, it is steered"
        with host_forgotten(scene):
            eventually("redirected lines send directly", lambda: scene.fates(*STEERED) == {DELIVERED})
            assert scene.fates("r1") == {BLOCKED}
        eventually("redirected lines are steered again", lambda: scene.is_steered(*STEERED))


def test_relay_with_another_mac_address_is_followed(scene: Scene) -> None:
    relay, mac = scene.host("relay"), "02:64:00:00:01:25"

    def become(own: str, before: str) -> None:
        relay.run(["ip", "link", "set", relay.intf, "address", own], check=True)
        scene.postern.onos.tell_host(own, RELAY_ADDRESSES, UPLINK)
        scene.postern.onos.forget_host(before)

    with nothing_leaks(scene, mac=mac):
        become(mac, RELAY.interface.mac)
        try:
            eventually("steered to the new address", lambda: scene.is_steered(*STEERED))
        finally:
            become(RELAY.interface.mac, mac)
        eventually("steered to the old address", lambda: scene.is_steered(*STEERED))


# ------------------------------------------------------------------------------------------- moves and reconnects


def replug(name: str, port: int) -> None:
    """Puts a subscriber's cable into another port of its switch."""
    subscriber = PLAN.subscriber(name)
    switch = addresses.switch_name(subscriber.switch)
    cable = f"{switch}-eth{subscriber.port}"
    run(["ovs-vsctl", "del-port", switch, cable], check=True)
    run(["ovs-vsctl", "add-port", switch, cable, "--", "set", "interface", cable, f"ofport_request={port}"], check=True)


def test_redirected_subscriber_that_moves_to_another_port_is_steered_there_and_leaks_nothing_on_the_way(scene: Scene) -> None:
    home = PLAN.subscriber("r2")
    away = 30
    with nothing_leaks(scene):
        try:
            replug("r2", away)
            eventually("at a port that nobody registered it is dropped", lambda: scene.is_dropped("r2"))
            scene.register("r2", addresses.STEERED, attachment=f"{S1}/{away}")
            eventually("registered there it is steered", lambda: scene.is_steered("r2"))
        finally:
            replug("r2", home.port)
            scene.register("r2", addresses.STEERED)
        eventually("at home it is steered again", lambda: scene.is_steered("r2"))


def test_switch_that_loses_its_controller_goes_on_steering_and_steers_after_the_reconnect(scene: Scene) -> None:
    switch = scene.network.switch(1)
    with nothing_leaks(scene):
        switch.cut_control()
        try:
            eventually("the switch is on its own", lambda: not switch.is_connected())
            assert scene.is_steered("r2")
        finally:
            switch.restore_control()
        switch.wait_connected()
        eventually("redirected lines are steered", lambda: scene.is_steered(*STEERED))


def test_switch_that_comes_back_empty_steers_again_without_a_leaked_packet(scene: Scene) -> None:
    with nothing_leaks(scene):
        scene.network.switch(1).recreate()
        eventually("redirected lines are steered again", lambda: scene.is_steered(*STEERED))


# ------------------------------------------------------------------------------------------- refused with the reason


def test_subscriber_in_another_vlan_than_the_relay_is_refused_with_the_reason(scene: Scene) -> None:
    words = ["postern-subscriber-add", "-c", addresses.STEERED, "r99", f"{S1}/40/7"]
    refused_command(scene, words, [RELAY.name, "VLAN", "7"])
    assert [row for row in scene.postern.query("postern-subscribers") if row["id"] == "r99"] == []
