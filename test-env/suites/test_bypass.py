"""Suite ``bypass``: every known way round a filter of port 25, with real packets through a real switch.

The matrix is data: a technique is an entry of ``labkit/bypass/techniques.py``, its lawful neighbour one of ``lawful.py``.
Everything is tried twice on the same network, all at once: first with the *naive rule* (``tcp,tp_dst=25 drop`` for both
families in front of plain forwarding, no controller), then with Postern in force. The tests look at what was seen: the
naive rule does what the matrix says, Postern closes it, the same packets arrive on the control's way, and the lawful
neighbours of the trick work.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Iterator

import pytest

from labkit.build import ROOT
from labkit.bypass import encapsulation as e
from labkit.bypass import matrix
from labkit.bypass.lawful import LAWFUL
from labkit.bypass.stage import Stage
from labkit.bypass.techniques import CLOSED, LEAKS, MONITORED, NEIGHBOURS_VLAN
from labkit.bypass.trial import Case, Trial, cases, try_lawful, try_techniques
from labkit.mail import probes
from labkit.mail.world import MailWorld
from labkit.network import AccessNetwork, Plan
from labkit.ovs import query
from labkit.postern import Postern
from labkit.session import Lab

PLAN = Plan(subscribers=7, business=1, local_server=True)

FAMILIES = (4, 6)

#: Seconds between two polls of flow statistics.
POLL = 1

NAIVE_RULES = {4: "tcp,tp_dst=25", 6: "tcp6,tp_dst=25"}

#: The classes of the lines that are not plainly residential, as Postern's configuration names them.
CLASSES = (
    {"name": "guarded", "outbound": "drop", "inbound": "allow", "sourceGuard": True},
    {"name": "guarded-business", "outbound": "allow", "inbound": "allow", "sourceGuard": True},
    {"name": "watched", "outbound": "drop", "inbound": "allow", "mode": "monitor"},
    {"name": "no-tunnels", "outbound": "drop", "inbound": "allow", "blockTunnels": True},
)


@dataclass
class Scene:
    """What was seen with the naive rule and with Postern, and the network with Postern in force."""

    naive: Trial
    enforced: Trial
    stage: Stage


def lay_naive_rules(network: AccessNetwork) -> None:
    """Makes the switch a filter of port 25 in front of plain forwarding."""
    switch = network.switch(1)
    network.forward_plainly()
    for match in NAIVE_RULES.values():
        switch.ofctl("add-flow", f"priority=100,{match},actions=drop")


def subscribe(postern: Postern) -> None:
    """Gives lines their classes: r2 is guarded, r4 may not tunnel, r5 is only monitored, r6 sends freely."""
    configuration = PLAN.network_configuration()
    configuration["apps"]["org.postern"]["postern"]["classes"] += CLASSES
    postern.onos.post_network_configuration(configuration)

    def register(name: str, service_class: str, *words: str) -> None:
        line = PLAN.subscriber(name)
        prefixes = [word for prefix in line.prefixes for word in ("-p", prefix)]
        postern.order(
            "postern-subscriber-add", "--replace", "-c", service_class, *prefixes, *words, name, line.connect_point
        )

    register("r2", "guarded", "-m", PLAN.subscriber("r2").interface.mac)
    register("r6", "guarded-business")
    register("r4", "no-tunnels")
    register(MONITORED, "watched")
    shared = PLAN.subscriber("r3").connect_point
    postern.order("postern-subscriber-add", "-c", "business", "b-vlan", f"{shared}/{NEIGHBOURS_VLAN}")
    postern.wait_in_force()


@pytest.fixture(scope="module")
def scene(lab: Lab, figures) -> Iterator[Scene]:
    """The network, the matrix tried on it with the naive rule and with Postern."""
    naive, enforced = Trial(), Trial()
    state = lab.registry.state / "bypass"
    state.mkdir(parents=True, exist_ok=True)
    # the policy is in force when two polls have seen it: with ONOS's own 5 s that would be most of the wait
    with ExitStack() as servers, lab.onos.polling_every(POLL):
        stage: Stage

        def try_naive_rule(network: AccessNetwork) -> None:
            nonlocal stage
            lay_naive_rules(network)
            # a switch keeps EAPOL, LACP and LLDP to itself otherwise, whatever the policy lets pass
            query("set", "bridge", network.switch(1).name, "other_config:forward-bpdu=true")
            world = servers.enter_context(MailWorld(network.hosts(), state))
            servers.enter_context(probes.Echo(network.host("mx1"), state, dns=True))
            stage = Stage(network, world, state, enforced=False)
            stage.heal()
            try_techniques(stage, naive, lambda technique: not technique.ipv4_rule_only)
            network.switch(1).ofctl("del-flows", NAIVE_RULES[6])
            try_techniques(stage, naive, lambda technique: technique.ipv4_rule_only)

        lab.build_network(PLAN, "normal", try_naive_rule)
        subscribe(lab.enforce())
        stage = stage.enforcing()
        stage.heal()
        try_lawful(stage, enforced)
        try_techniques(stage, enforced)
        figures.add("bypasses, as seen\n" + matrix.printed(naive, enforced))
        yield Scene(naive, enforced, stage)


def case_id(case: Case) -> str:
    """A technique and its family."""
    return f"{case[0].name}-{case[1]}" if case[1] else case[0].name


@pytest.mark.parametrize("case", cases(), ids=case_id)
def test_naive_rule_does_what_the_matrix_says(scene: Scene, case: Case) -> None:
    seen = scene.naive.techniques[case].attack
    assert seen is not None
    if case[0].naive == LEAKS:
        assert seen.all, seen.evidence
    else:
        assert not seen.any, seen.evidence


@pytest.mark.parametrize("case", cases(), ids=case_id)
def test_postern_does_what_the_matrix_says_and_the_same_arrives_where_it_may(scene: Scene, case: Case) -> None:
    tried = scene.enforced.techniques[case]
    assert tried.attack is not None and tried.control is not None
    assert tried.control.all, f"control: {tried.control.evidence}"
    if case[0].postern == CLOSED:
        assert not tried.attack.any, tried.attack.evidence
    else:
        assert tried.attack.all, tried.attack.evidence


@pytest.mark.parametrize("case", [case for case in cases() if case[0].monitored], ids=case_id)
def test_a_line_that_is_only_monitored_is_not_hindered(scene: Scene, case: Case) -> None:
    seen = scene.enforced.techniques[case].monitored
    assert seen is not None and seen.all, seen and seen.evidence


@pytest.mark.parametrize("case", [case for case in cases() if case[0].same_to_587], ids=case_id)
def test_the_same_trick_to_port_587_passes(scene: Scene, case: Case) -> None:
    seen = scene.enforced.techniques[case].to_587
    assert seen is not None and seen.all, seen and seen.evidence


@pytest.mark.parametrize(
    "name, family", dict.fromkeys((entry.name, family) for entry in LAWFUL for family in entry.families)
)
def test_lawful_neighbour_works(scene: Scene, name: str, family: int) -> None:
    seen = scene.enforced.lawful[name, family]
    assert seen and all(observation.all for observation in seen), [o.evidence for o in seen if not o.all]


@pytest.mark.parametrize("family", FAMILIES)
def test_source_route_through_the_submission_server_ends_there(scene: Scene, family: int) -> None:
    stage = scene.stage
    flight = stage.flight("r1", "mx1", family)
    with stage.watch("isp", "mx1") as watch:
        stage.send([("r1", flight.mark, e.source_routed_by_server(flight, 25))])
        watch.stop()
    assert watch.seen("isp", flight.mark) or watch.seen("uplink", flight.mark), "what goes to the submission server passes"
    assert not watch.seen("mx1", flight.mark)


def test_every_lawful_neighbour_of_a_technique_is_there() -> None:
    known = {entry.name for entry in LAWFUL}
    assert {name for technique, _ in cases() for name in technique.collateral} <= known
    assert [technique.name for technique, _ in cases() if not matrix.neighbours(technique)] == []


def test_guide_carries_the_matrix() -> None:
    assert matrix.guide_table() in (ROOT / "docs/guide.md").read_text(encoding="utf-8")
