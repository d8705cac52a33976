"""Techniques of several steps."""

from __future__ import annotations

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
    """``run`` tries it once on the stage for a family, ``control`` the same with what has to arrive."""

    run: Callable[[Stage, int], Observation]
    control: Callable[[Stage, int], Observation]


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
#: Seconds in which Open vSwitch looks again at the flows it has cached (revalidator, at most 500 ms).
_REVALIDATION = 0.6


def _steal(stage: Stage, family: int) -> Observation:
    answer = stage.flight("mx1", "r2", family)

    def steps() -> bytes:
        for _ in range(_CLAIMS):
            claim = stage.flight("r1", "mx1", family)
            send(stage.host("r1"), [(claim.mark, e.as_another("r2", e.datagram(), address=False)(claim, 0))])
            time.sleep(_REVALIDATION)
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


def _move(stage: Stage, family: int) -> Observation:
    _plug(stage, "r1", UNNAMED_PORT)
    try:
        stage.heal()
        return _from(stage, "r1", family)
    finally:
        _plug(stage, "r1", stage.network.plan.subscriber("r1").port)
        stage.heal()


def _from(stage: Stage, name: str, family: int) -> Observation:
    def steps() -> bytes:
        flight = stage.flight(name, "mx1", family)
        send(stage.host(name), [(flight.mark, e.syn(flight, e.SMTP))])
        return flight.mark

    return _seen(stage, UPLINK, steps)


HOST_MOVES = Scenario(_move, lambda stage, family: _from(stage, "b1", family))
