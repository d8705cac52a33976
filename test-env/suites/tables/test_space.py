"""Table space: an access switch that has no room for all of the policy. Nobody is open, it is said, and ends by itself.

More subscribers are registered on the first switch than its tables have room for: some drop, some send. The worms are on real
lines; the crowd's lines are ports that nobody is plugged into, which to the tables is the same.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import Dict, Iterator, List

import pytest

from labkit.mail.checks import BLOCKED, DELIVERED
from labkit.mail.worm import SynWorm

from enforcement.scene import S1, Scene, at_work, eventually, lawful_neighbour, refused_configuration

#: Rules in a table of the switch.
LIMIT = 64

#: Postern's tables: those before FORWARD, which is everybody's.
TABLES = range(12)

DROPPING, SENDING = 90, 90
FIRST_PORT = 1000

#: SYNs a worm sends, per family, after the tables are full.
SYNS = 300


def crowd() -> List[dict]:
    """Subscribers of the first switch; ``x…`` comes after every line of the plan, so these are closed first."""
    dropping = [
        {"id": f"x{i:03}", "class": "residential", "attachments": [f"{S1}/{FIRST_PORT + i}"]} for i in range(DROPPING)
    ]
    sending = [
        {
            "id": f"y{i:03}",
            "class": "business",
            "attachments": [f"{S1}/{FIRST_PORT + DROPPING + i}"],
            "macs": [f"02:64:fe:00:00:{i:02x}"],
        }
        for i in range(SENDING)
    ]
    return dropping + sending


def register_crowd(scene: Scene) -> None:
    """Registers them all at once."""
    path = scene.state / "crowd.json"
    path.write_text(json.dumps(crowd()))
    scene.postern.order("postern-import", "--force", str(path))


def remove_crowd(scene: Scene) -> None:
    """Removes those that are there."""
    scene.postern.remove_subscribers(ids={row["id"] for row in crowd()})


@contextmanager
def nobody_is_open(scene: Scene) -> Iterator[None]:
    """Meanwhile a worm on a dropping line gets not one SYN out of the uplink, while a sending line's do."""
    targets = [*scene.world.exchanger_addresses(4), *scene.world.exchanger_addresses(6)]
    worm, lawful = scene.host("r2"), scene.host("b1")
    with scene.capture() as capture:
        with at_work(SynWorm(worm, targets, scene.state), SynWorm(lawful, targets, scene.state, rate=50)) as (bad, good):
            bad.await_sent(SYNS)
            yield
            bad.await_sent(SYNS)
            good.await_sent(10)
            bad.stop()
            good.stop()
        leak = capture.stop()
    assert leak.segments[worm.ip4] + leak.segments[worm.ip6] == 0
    assert leak.syns[lawful.ip4] > 0 and leak.syns[lawful.ip6] > 0, "the sending line was not heard: the capture proves nothing"


def told(scene: Scene) -> str:
    """What ``postern-devices`` says of the first switch's table space."""
    return "; ".join(scene.postern.devices()[S1]["tableSpace"])


def rules(scene: Scene) -> Dict[int, List[str]]:
    """The switch's own rules, by table."""
    return {table: scene.network.switch(1).flows(table) for table in TABLES}


def is_settled(scene: Scene) -> bool:
    """Whether the switch has all that it is to have."""
    row = scene.postern.devices()[S1]
    return row["rules"]["verified"] == row["rules"]["desired"] and row["state"] in ("IN_FORCE", "DEGRADED")


def compact_form_holds(scene: Scene, limit_said: str) -> None:
    """What the compact form of a switch promises, said and done."""
    eventually("the permits that have no room are named", lambda: "are missing" in told(scene))
    eventually("the switch has what it has room for", lambda: is_settled(scene), 60)
    said = told(scene)
    assert limit_said in said and "not counted singly" in said and "y0" in said, said
    row = scene.postern.devices()[S1]
    assert row["state"] == "DEGRADED" and "table space" in row["reason"], row
    text = scene.postern.order("postern-devices")
    assert "table space: compact form" in text and "permits of" in text
    there = rules(scene)
    assert {table: len(lines) for table, lines in there.items() if len(lines) > LIMIT} == {}
    assert len(there[2]) > LIMIT // 2, "as many permits as there is room for"
    assert scene.fates("r1", "r2") == {BLOCKED}
    assert scene.fates("b1") == {DELIVERED}, "it comes first: there is room for its permit"
    lawful_neighbour(scene, "r2")


def whole_form_is_there(scene: Scene, with_crowd: bool) -> None:
    """Nothing is left out any more, and the status says nothing of it."""
    eventually("nothing is left out", lambda: told(scene) == "", 60)
    scene.settle()
    last = f"in_port={FIRST_PORT + DROPPING + SENDING - 1}"
    permit = [line for line in rules(scene)[2] if last in line.replace(",", " ").split()]
    assert bool(permit) is with_crowd, permit
    assert scene.is_dropped("r1", "r2")


@pytest.fixture
def room(scene: Scene) -> Iterator[None]:
    """The policy in force; afterwards it is again as it was, without limit and crowd."""
    scene.settle()
    yield
    scene.network.switch(1).lift_limits()
    remove_crowd(scene)
    scene.restore()


@pytest.fixture
def good_again(scene: Scene) -> Iterator[None]:
    """The policy in force; afterwards the good configuration is posted again."""
    scene.settle()
    yield
    scene.restore()


def test_switch_that_takes_no_more_gets_the_compact_form_and_the_whole_when_it_has_room(scene: Scene, room: None) -> None:
    switch = scene.network.switch(1)
    switch.limit_tables(LIMIT, TABLES)
    with nobody_is_open(scene):
        register_crowd(scene)
        compact_form_holds(scene, "learnt: the switch refused more")
    switch.lift_limits()
    with nobody_is_open(scene):
        # a switch that comes back may have more room
        switch.cut_control()
        eventually("it is away", lambda: scene.postern.devices()[S1]["state"] == "OFFLINE")
        switch.restore_control()
        whole_form_is_there(scene, with_crowd=True)


def test_configured_limit_gives_the_compact_form_and_ends_with_the_subscribers(scene: Scene, room: None) -> None:
    configuration, _ = scene.configuration()
    configuration["devices"][S1]["postern"]["ruleLimit"] = LIMIT
    scene.post(configuration)
    with nobody_is_open(scene):
        register_crowd(scene)
        compact_form_holds(scene, f"room for {LIMIT} rules (ruleLimit)")
        remove_crowd(scene)
        whole_form_is_there(scene, with_crowd=False)


@pytest.mark.parametrize("limit", [0, 1_000_001, 64.5, "64", None])
def test_bad_limit_is_refused_by_name(scene: Scene, good_again: None, limit: object) -> None:
    configuration, _ = scene.configuration()
    configuration["devices"][S1]["postern"]["ruleLimit"] = limit
    refused_configuration(scene, configuration, ["ruleLimit", "1 to 1000000"])


def test_limit_within_which_nothing_could_be_enforced_is_refused_with_what_it_takes(scene: Scene, good_again: None) -> None:
    configuration, _ = scene.configuration()
    configuration["devices"][S1]["postern"]["ruleLimit"] = 16
    refused_configuration(scene, configuration, [S1, "ruleLimit", "16", "or more", "hold for everybody"])
