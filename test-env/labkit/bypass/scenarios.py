"""Techniques of several steps."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import Callable

from . import encapsulation as e
from .flight import UPLINK, send
from .stage import Observation, Stage
from ..processes import run

#: A port of the switch that no configuration names.
UNNAMED_PORT = 40


@dataclass(frozen=True)
class Scenario:
    """``run`` tries it once on the stage for a family, ``control`` the same with what has to arrive.

    ``to_587`` is the same steps with port 587, for a scenario whose packets have a port.
    """

    run: Callable[[Stage, int], Observation]
    control: Callable[[Stage, int], Observation]
    to_587: Callable[[Stage, int], Observation] | None = None


def _seen(stage: Stage, watched: str, steps: Callable[[], bytes]) -> Observation:
    with stage.watch(*([] if watched == UPLINK else [watched])) as watch:
        mark = steps()
        watch.stop()
    arrived = bool(watch.seen(watched, mark))
    return Observation(arrived, arrived, f"{'seen' if arrived else 'not seen'} at {watched}")


# ---------------------------------------------------------------- a neighbour's MAC address, for its answers


_ANSWER = e.datagram(40001, 40001)

#: How often the thief claims the address; the owner may speak in between.
_CLAIMS = 3


def _settle() -> None:
    """Waits until Open vSwitch has learnt from all it has sent by cached flows, and has looked at these again."""
    for _ in range(2):
        # the first may end a round that began before
        run(["ovs-appctl", "revalidator/wait"], check=True, timeout=20)


def _steal(stage: Stage, family: int) -> Observation:
    answer = stage.flight("mx1", "r2", family)

    def steps() -> bytes:
        for _ in range(_CLAIMS):
            claim = stage.flight("r1", "mx1", family)
            # what the owner sent before the claim must not be learnt after it
            _settle()
            send(stage.host("r1"), [(claim.mark, e.as_another("r2", e.datagram(), address=False)(claim, 0))])
            _settle()
            send(stage.host("mx1"), [(answer.mark, _ANSWER(answer, 0))])
        return answer.mark

    try:
        return _seen(stage, "r1", steps)
    finally:
        stage.heal()


def _unstolen(stage: Stage, family: int) -> Observation:
    answer = stage.flight("mx1", "r2", family)

    def steps() -> bytes:
        send(stage.host("mx1"), [(answer.mark, _ANSWER(answer, 0))])
        return answer.mark

    return _seen(stage, "r2", steps)


MAC_STOLEN = Scenario(_steal, _unstolen)


# ---------------------------------------------------------------- the router's MAC address


def _as_router(name: str) -> Callable[[Stage, int], Observation]:
    """A broadcast from the router's MAC address: the switch learns it at the sender's port, and sends everything there."""

    def run_it(stage: Stage, family: int) -> Observation:
        def steps() -> bytes:
            flight = dataclasses.replace(stage.flight(name, "mx1", family), hop=e.BROADCAST_MAC)
            send(stage.host(name), [(flight.mark, e.as_another("edge", e.datagram(), address=False)(flight, 0))])
            return flight.mark

        try:
            return _seen(stage, UPLINK, steps)
        finally:
            stage.heal()

    return run_it


ROUTERS_MAC = Scenario(_as_router("r2"), _as_router("r1"))


# ---------------------------------------------------------------- a host that moves


def _plug(stage: Stage, name: str, port: int) -> None:
    switch = stage.network.switch(1).name
    interface = f"{switch}-eth{stage.network.plan.subscriber(name).port}"
    # two transactions: taken out and put in again in one is no change at all to the daemon
    run(["ovs-vsctl", "del-port", switch, interface], check=True)
    added = ["add-port", switch, interface, "--", "set", "interface", interface, f"ofport_request={port}"]
    run(["ovs-vsctl", *added], check=True)
    given = run(["ovs-vsctl", "wait-until", "interface", interface, f"ofport={port}"], check=True, timeout=10)
    assert given.ok


def _move(port: int) -> Callable[[Stage, int], Observation]:
    def run_it(stage: Stage, family: int) -> Observation:
        _plug(stage, "r1", UNNAMED_PORT)
        try:
            stage.heal()
            return _from(stage, "r1", family, port)
        finally:
            _plug(stage, "r1", stage.network.plan.subscriber("r1").port)
            stage.heal()

    return run_it


def _from(stage: Stage, name: str, family: int, port: int = e.SMTP) -> Observation:
    def steps() -> bytes:
        flight = stage.flight(name, "mx1", family)
        send(stage.host(name), [(flight.mark, e.syn(flight, port))])
        return flight.mark

    return _seen(stage, UPLINK, steps)


HOST_MOVES = Scenario(_move(e.SMTP), lambda stage, family: _from(stage, "b1", family), _move(e.SUBMISSION))


# ---------------------------------------------------------------- a neighbour that believes a claim

#: Seconds in which Linux takes no second answer for an address (arp(7), locktime).
_LOCKTIME = 1.2


def _believed(build: e.Build, claimed: str, by: str) -> Callable[[Stage, int], Observation]:
    """Whether a neighbour, r3, sends to the thief what is for another host's address, once the thief has claimed it."""

    def run_it(stage: Stage, family: int) -> Observation:
        victim, thief, address = stage.host("r3"), stage.host(by), stage.host(claimed).ip(family)
        try:
            victim.run(["ip", f"-{family}", "neigh", "flush", "to", address])
            known = victim.run(["ping", f"-{family}", "-c1", "-W2", address])
            assert known.ok, f"r3 does not reach {claimed}: {known.stdout}"
            time.sleep(_LOCKTIME)
            flight = stage.flight(by, "r3", family)
            send(thief, [(flight.mark, build(flight, 0))])
            entry = victim.run(["ip", f"-{family}", "neigh", "show", "to", address]).stdout
        finally:
            stage.heal()
        believed = thief.mac in entry
        return Observation(believed, believed, f"r3 knows: {entry.strip()}")

    return run_it


def _claim(build: Callable[[str], e.Build], control: str = "r1") -> Scenario:
    """r1's claim of r2's address, which is guarded; the control is a claim of r4's, which is not, by r1 or another."""
    return Scenario(_believed(build("r2"), "r2", "r1"), _believed(build("r4"), "r4", control))


ARP_BELIEVED = _claim(lambda name: e.arp(2, name, "r3", to="r3"))
ARP_802_BELIEVED = _claim(lambda name: e.arp(2, name, "r3", e.IEEE_802_HARDWARE, "r3"), "isp2")
ND_BELIEVED = _claim(e.neighbour_advertisement)
ND_TWICE_BELIEVED = _claim(lambda name: e.neighbour_advertisement(name, 2), "isp2")
