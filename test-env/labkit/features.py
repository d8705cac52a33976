"""Figures of single features of a class: what throughput it costs a line, and what a redirect costs a connection."""

from __future__ import annotations

import json
import statistics
from typing import Callable, Dict, List, Tuple

from .errors import LabError
from .figures import columns, ratio
from .hosts import Host
from .mail import refusals
from .mail.relay import CAPTURE_PORT
from .network import Plan, addresses
from .processes import wait_until
from .progress import say
from .session import Lab
from .stage import Stage

PAIRS = 6
SECONDS = 2
PATIENCE = 60

LINE = "r1"
OFF = "residential"

#: What a class is made of that has one feature; the subscriber has prefixes and a MAC for the source guard to hold it to.
FEATURES: Dict[str, dict] = {
    "redirect": {"outbound": "redirect", "relay": addresses.RELAY.name},
    "reject": {"outbound": "reject"},
    "monitor": {"outbound": "drop", "mode": "monitor"},
    "sourceGuard": {"outbound": "drop", "sourceGuard": True},
    "blockTunnels": {"outbound": "drop", "blockTunnels": True},
    "allow": {"outbound": "allow"},
}
#: The quarantine classes by what they are called here. The garden lets the measured stream pass.
QUARANTINES = {"quarantine mail": "quarantined", "quarantine walled-garden": "walled-garden"}

_PORT = 7000
_TIMES = 10
_PAUSE = 0.02


def throughput(lab: Lab) -> str:
    """One TCP stream of a subscriber to the internet, with each feature on and off in turns."""
    _build(lab)
    far, near = lab.network.host("host"), lab.network.host(LINE)
    server = far.popen(["iperf3", "-s", "-p", str(_PORT)])
    wait_until("iperf3 listens", lambda: far.listens(_PORT, 6) or far.listens(_PORT, 4), PATIENCE)

    def measure() -> float:
        answer = near.run(["iperf3", "-J", "-c", far.ip4, "-p", str(_PORT), "-t", str(SECONDS)], check=True)
        return json.loads(answer.stdout)["end"]["sum_received"]["bits_per_second"] / 1e6

    rows = [("one TCP stream, Mb/s, median", "on", "off", "on ÷ off")]
    try:
        for name in (*FEATURES, *QUARANTINES):
            pairs = _in_turns(lab, name, measure)
            on, off = (statistics.median(values) for values in zip(*pairs))
            rows.append((name, f"{on:.0f}", f"{off:.0f}", str(ratio(pairs))))
            say(f"  {name}: {rows[-1][-1]}")
    finally:
        server.terminate()
    return "throughput by feature\n" + columns(rows)


def redirect(lab: Lab) -> str:
    """Time to connect to port 25 of a mail exchanger: redirected, against plain connections on the same paths."""
    network = _build(lab)
    with Stage(network, lab.registry.state) as stage:
        stage.tell(lab.onos)
        line, relay, exchanger = network.host(LINE), stage.world.relay.host, network.host("mx1")
        rows = [("connect, median ms", "redirected", "plain, to the relay", "plain, to the exchanger", "÷ relay", "÷ exchanger")]
        for family in (4, 6):
            target = exchanger.ip(family)
            steered: List[float] = []
            direct: List[float] = []
            plain: List[float] = []

            def redirected() -> None:
                _set(lab, "redirect")
                wait_until("port 25 is redirected", lambda: _is_answered(line, target), PATIENCE, 0.5)
                steered.append(_connect(line, target, refusals.SMTP_PORT))
                direct.append(_connect(line, relay.ip(family), CAPTURE_PORT))

            def allowed() -> None:
                _set(lab, "allow")
                wait_until("port 25 passes", lambda: _is_answered(line, target), PATIENCE, 0.5)
                plain.append(_connect(line, target, refusals.SMTP_PORT))

            for number in range(PAIRS):
                for measure in (redirected, allowed)[:: -1 if number % 2 else 1]:
                    measure()
            rows.append(
                (
                    f"IPv{family}",
                    *(f"{statistics.median(values) * 1e3:.2f}" for values in (steered, direct, plain)),
                    str(ratio(list(zip(steered, direct)))),
                    str(ratio(list(zip(steered, plain)))),
                )
            )
    return "redirect\n" + columns(rows)


def _build(lab: Lab):
    """A network whose policy has a class for each feature, in force."""
    network = lab.build_network(Plan(relay=True))
    lab.enforce()
    configuration = network.plan.network_configuration()
    policy = configuration["apps"]["org.postern"]["postern"]
    policy["quarantine"] = {"allow": [f"{network.host('host').ip4}/32"]}
    policy["classes"] += [{"name": _class_of(name), **made} for name, made in FEATURES.items()]
    lab.onos.post_network_configuration(configuration)
    subscriber = network.plan.subscriber(LINE)
    words = ["postern-subscriber-add", "--replace", "-m", subscriber.interface.mac]
    for prefix in subscriber.prefixes:
        words += ["-p", prefix]
    lab.postern.order(*words, LINE, subscriber.connect_point)
    last = _class_of(list(FEATURES)[-1])
    wait_until("the classes are known", lambda: lab.postern.command("postern-set-class", LINE, last).ok, PATIENCE, 0.5)
    _set(lab, OFF)
    return network


def _class_of(feature: str) -> str:
    return f"bench-{feature.lower()}"


def _set(lab: Lab, feature: str) -> None:
    """Gives the line a class with a feature, or none, and waits until ONOS's store has its rules."""
    if feature in QUARANTINES:
        lab.postern.order("postern-quarantine", "-c", QUARANTINES[feature], "--reason", "bench", LINE)
    else:
        lab.postern.set_class(LINE, OFF if feature == OFF else _class_of(feature))
    lab.postern.wait_in_force()


def _in_turns(lab: Lab, feature: str, measure: Callable[[], float]) -> List[Tuple[float, float]]:
    """The feature on and off in turns, the order of each pair the other way round from the last."""
    pairs: List[Tuple[float, float]] = []
    now = False
    for number in range(PAIRS):
        values: Dict[bool, float] = {}
        for on in (now, not now):
            if on != now:
                if on:
                    _set(lab, feature)
                elif feature in QUARANTINES:
                    lab.postern.order("postern-release", LINE)
                    lab.postern.wait_in_force()
                else:
                    _set(lab, OFF)
                now = on
            values[on] = measure()
        pairs.append((values[True], values[False]))
    if now:
        if feature in QUARANTINES:
            lab.postern.order("postern-release", LINE)
        _set(lab, OFF)
    return pairs


def _is_answered(line: Host, target: str) -> bool:
    return refusals.connect(line, [target])[0].outcome == refusals.CONNECTED


def _connect(line: Host, target: str, port: int) -> float:
    """Median seconds of some connections one after the other. Raises LabError if one of them fails."""
    attempts = refusals.connect(line, [target], port, _TIMES, _PAUSE)
    if any(attempt.outcome != refusals.CONNECTED for attempt in attempts):
        raise LabError(f"port {port} of {target}: {[attempt.outcome for attempt in attempts]}")
    return statistics.median(attempt.seconds for attempt in attempts)
