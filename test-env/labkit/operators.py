"""What a directory of an ISP's size costs the product: import, an exemption's way to the first packet, memory."""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Optional, Tuple

from .directory_bench import BASE, Scale, store
from .errors import LabError
from .figures import columns
from .first_packet import APPLICATION, Uplink, permit_rule
from .mail.worm import SynWorm
from .network import addresses
from .onos import Onos
from .postern import Postern
from .processes import wait_until
from .progress import say
from .rest import Rest
from .session import Lab

LINE = "r1"
EXEMPTIONS = 100
_IMPORT_SECONDS = 1800
_IN_FORCE_SECONDS = 300

#: Where the imported subscribers of the switch that is there are: a port that it does not have.
_FURTHER_PORT = 40
_PORTS = 48
_VLANS = 100
_BUSINESS_EVERY = 25
_POOLS = ("100.64.0.0/10", "2001:db8:8000::/33")


class Operator:
    """The product's own words: every command and request that these figures give, in one place."""

    def __init__(self, postern: Postern, onos: Onos) -> None:
        self._postern = postern
        self._rest = Rest(onos)

    def bring_in(self, file: Path) -> str:
        """Imports a file; returns what the operator was told."""
        return self._postern.order("postern-import", "--force", str(file), timeout=_IMPORT_SECONDS)

    def count(self) -> int:
        """How many subscribers there are."""
        return int(self._postern.status()["subscribers"])

    def exempt_over_rest(self, name: str) -> None:
        """Exempts a subscriber from everything for an hour."""
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        body = {"subscriber": name, "reason": "bench", "ticket": "BENCH-1", "until": until}
        self._ask("PUT", f"/exemptions/{self._exemption(name)}", body)

    def revoke_over_rest(self, name: str) -> None:
        """Ends what :meth:`exempt_over_rest` began."""
        self._ask("DELETE", f"/exemptions/{self._exemption(name)}?reason=bench")

    def _ask(self, method: str, path: str, body: Optional[dict] = None) -> None:
        answer = self._rest.ask(method, path, body)
        if answer.status >= 400:
            raise LabError(f"{method} {path}: {answer.status} {answer.text}")

    def register(self, subscriber: addresses.Subscriber) -> None:
        """Registers a subscriber anew with its prefixes, by which the answers to its mail are told from its neighbours'."""
        words = [word for prefix in subscriber.prefixes for word in ("-p", prefix)]
        attached = subscriber.connect_point
        self._postern.order("postern-subscriber-add", "--replace", "-c", "residential", *words, subscriber.name, attached)

    def exempt(self, name: str) -> None:
        """Exempts a subscriber from everything, by the console."""
        words = ("--id", self._exemption(name), "--reason", "bench", "--ticket", "BENCH-1", "--for", "1h")
        self._postern.order("postern-exempt", *words, name)

    def revoke(self, name: str) -> None:
        """Ends what :meth:`exempt` began."""
        self._postern.order("postern-revoke", "-y", "--reason", "bench", self._exemption(name))

    @staticmethod
    def _exemption(name: str) -> str:
        return f"bench-{name}"


def operators(lab: Lab, scale: Scale) -> str:
    """Import ÷ the raw store's puts, exemption ÷ a bare flow change, and the heap that a subscriber takes."""
    raw = store(lab, BASE, scale)
    say(f"  raw store: {raw['oneByOne']['seconds']:.1f} s one by one, {raw['windowed']['seconds']:.1f} s 64 at a time")
    lab.build_network()
    lab.enforce()
    _tell_devices(lab, scale)
    operator = Operator(lab.postern, lab.onos)
    empty, there = _used_heap(lab), operator.count()
    seconds = _bring_in(lab, operator, scale)
    # the planner follows the directory
    wait_until(
        f"{there + scale.subscribers} subscribers are planned for",
        lambda: operator.count() == there + scale.subscribers,
        _IN_FORCE_SECONDS,
        1.0,
    )
    _await_in_force(lab)
    full = _used_heap(lab)
    took = _exemptions(lab, operator)
    return "\n\n".join(
        (
            f"operators: {scale.subscribers} subscribers on {scale.devices} devices",
            columns(_import_rows(seconds, raw)),
            columns(_exemption_rows(took)),
            columns(
                [
                    ("used heap after collection", ""),
                    (f"with {there} subscribers, MB", f"{empty / 1e6:.1f}"),
                    (f"with {there + scale.subscribers} subscribers, MB", f"{full / 1e6:.1f}"),
                    ("bytes a subscriber", f"{(full - empty) / scale.subscribers:.0f}"),
                ]
            ),
        )
    )


def _await_in_force(lab: Lab) -> None:
    # not the policy as a whole: devices that never connect are not in force
    device = addresses.device_id(1)
    wait_until(
        f"the policy is in force on {device}",
        lambda: lab.postern.devices()[device]["state"] == "IN_FORCE",
        _IN_FORCE_SECONDS,
        1.0,
    )


# ---------------------------------------------------------------- import


def _tell_devices(lab: Lab, scale: Scale) -> None:
    """Configures the access devices that the imported subscribers are attached to; most never connect."""
    with_policy = lab.postern.configuration(driver=False)
    with_policy["apps"]["org.postern"]["postern"]["pools"] += _POOLS
    roles = {"uplink": [addresses.UPLINK_PORT], "access": list(range(1, _PORTS + 1))}
    for switch in range(lab.network.plan.switches + 1, scale.devices + 1):
        with_policy["devices"][addresses.device_id(switch)] = {"postern": roles}
    for switch in range(1, lab.network.plan.switches + 1):
        with_policy["devices"][addresses.device_id(switch)]["postern"]["access"].append(_FURTHER_PORT)
    begun = time.monotonic()
    lab.onos.post_network_configuration(with_policy)
    say(f"  {scale.devices} access devices configured in {time.monotonic() - begun:.1f} s")


def _subscriber(number: int, scale: Scale) -> dict:
    device, turn = number % scale.devices + 1, number // scale.devices
    port = _FURTHER_PORT if device == 1 else 1 + turn % _PORTS
    name = f"sub-{number:07}"
    business = number % _BUSINESS_EVERY == 0
    high, middle, low = number >> 16, number >> 8 & 255, number & 255
    return {
        "id": name,
        "class": "business" if business else "residential",
        "attachments": [f"{addresses.device_id(device)}/{port}/{_VLANS + turn}"],
        "prefixes": [f"100.{64 + high}.{middle}.{low}/32", f"2001:db8:{0x8000 + high:x}:{number & 0xFFFF:x}::/64"],
        "macs": [f"02:65:00:{high:02x}:{middle:02x}:{low:02x}"],
    }


def _bring_in(lab: Lab, operator: Operator, scale: Scale) -> float:
    file = lab.registry.state / "bench-subscribers.json"
    file.write_text(json.dumps([_subscriber(number, scale) for number in range(scale.subscribers)]))
    begun = time.monotonic()
    told = operator.bring_in(file)
    seconds = time.monotonic() - begun
    say(f"  postern-import: {seconds:.1f} s; {told.strip().splitlines()[-1]}")
    return seconds


def _import_rows(seconds: float, raw: dict) -> List[Tuple[str, ...]]:
    one_by_one, windowed = raw["oneByOne"]["seconds"], raw["windowed"]["seconds"]
    return [
        (f"import of {raw['subscribers']}", "s", "1/s", "postern-import ÷"),
        ("postern-import", f"{seconds:.1f}", f"{raw['subscribers'] / seconds:.0f}", ""),
        ("bare ConsistentMap, one put after the other", *_raw(raw, one_by_one), f"{seconds / one_by_one:.2f}"),
        (f"bare ConsistentMap, {raw['window']} puts at a time", *_raw(raw, windowed), f"{seconds / windowed:.2f}"),
    ]


def _raw(raw: dict, seconds: float) -> Tuple[str, str]:
    return f"{seconds:.1f}", f"{raw['subscribers'] / seconds:.0f}"


# ---------------------------------------------------------------- exemption


@dataclass(frozen=True)
class _Way:
    """A way to let a line's port 25 out, and to stop it again."""

    name: str
    let: Callable[[], object]
    stop: Callable[[], object]


def _ways(lab: Lab, operator: Operator) -> List[_Way]:
    """A bare flow change first, then those by which an operator exempts."""
    posted: List[str] = []
    device, bare = addresses.device_id(1), permit_rule(lab.network.plan.subscriber(LINE).port)
    return [
        _Way(
            "one rule posted to ONOS over REST",
            lambda: posted.append(lab.onos.post_flow(device, APPLICATION, bare)),
            lambda: lab.onos.delete_flow(device, posted.pop()),
        ),
        _Way(
            "exemption over REST",
            lambda: operator.exempt_over_rest(LINE),
            lambda: operator.revoke_over_rest(LINE),
        ),
        _Way("exemption by the console, login included", lambda: operator.exempt(LINE), lambda: operator.revoke(LINE)),
    ]


def _exemptions(lab: Lab, operator: Operator) -> List[Tuple[str, List[float]]]:
    """Seconds from each change to the first SYN let out, the ways in turns."""
    host = lab.network.host(LINE)
    uplink = Uplink(lab.network.uplink(), host.ip4)
    operator.register(lab.network.plan.subscriber(LINE))
    ways = _ways(lab, operator)
    took: List[Tuple[str, List[float]]] = [(way.name, []) for way in ways]
    state = lab.registry.state / "bench"
    state.mkdir(parents=True, exist_ok=True)
    with SynWorm(host, [lab.network.host("mx1").ip4], state, rate=1000):
        for turn in range(EXEMPTIONS):
            for way, (_, seconds) in list(zip(ways, took))[:: -1 if turn % 2 else 1]:
                uplink.await_silence()
                seconds.append(uplink.first_after(way.let))
                way.stop()
            if turn % 10 == 9:
                say(f"  {turn + 1} of {EXEMPTIONS} exemptions")
    return took


def _exemption_rows(took: List[Tuple[str, List[float]]]) -> List[Tuple[str, ...]]:
    base_median, base_late = _median_and_late(took[0][1])
    rows = [(f"to the first packet let out, of {EXEMPTIONS}", "median ms", "p99 ms", "÷ rule, median", "÷ rule, p99")]
    for name, seconds in took:
        median, late = _median_and_late(seconds)
        ratios = (f"{median / base_median:.2f}", f"{late / base_late:.2f}")
        rows.append((name, f"{median * 1e3:.1f}", f"{late * 1e3:.1f}", *ratios))
    return rows


def _median_and_late(seconds: List[float]) -> Tuple[float, float]:
    return statistics.median(seconds), statistics.quantiles(seconds, n=100, method="inclusive")[98]


# ---------------------------------------------------------------- memory


def _used_heap(lab: Lab) -> int:
    answer = lab.onos.console("lab:used-heap", timeout=120)
    try:
        return int(json.loads(answer.stdout)["bytes"])
    except ValueError:
        raise LabError(f"lab:used-heap: {(answer.stdout + answer.stderr).strip()[-400:]}") from None
