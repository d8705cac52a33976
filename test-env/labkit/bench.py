"""``lab bench``: the figures. Ratios of things measured in the same run; nothing here passes or fails."""

from __future__ import annotations

import json
import socket
import statistics
import time
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

from . import session
from .errors import LabError
from .figures import columns, ratio
from .mail import frames
from .mail.host import module_command
from .mail.worm import SynWorm
from .network import addresses
from .onos import ManagedOnos
from .processes import wait_until
from .progress import say, step
from .registry import Registry
from .session import Lab, Options

DEVICE = addresses.device_id(1)
SUBSCRIBERS = (10, 100, 1000)
CHANGES = 20
PAIRS = 8
SECONDS = 3.0
CLIENTS = 4
_PORT = 7000
_SETTLE_SECONDS = 120


def require_name(name: Optional[str]) -> None:
    """Raises LabError if there is no such figure."""
    if name is not None and name not in _FIGURES:
        raise LabError(f"no figure {name!r}; there are {', '.join(_FIGURES)}")


def run(options: Options, registry: Registry, name: Optional[str]) -> int:
    """Measures the named figure, or all, and prints a table for each. Returns 0."""
    session.prepare(options, registry)
    lab = Lab(options, registry)
    lab.start_onos()
    try:
        tables: List[str] = []
        for each, figure in _FIGURES.items():
            if name in (None, each):
                with step(f"figure {each}"):
                    tables.append(figure(lab))
        print("\n\n".join(["", *tables]), flush=True)
    finally:
        lab.close()
    return 0


def _enforced(lab: Lab) -> None:
    lab.build_network()
    lab.enforce()


# ---------------------------------------------------------------- rules per device


def rules(lab: Lab) -> str:
    """Rules on a device by number of subscribers, and the coefficients of the formula."""
    _enforced(lab)
    lab.postern.remove_subscribers()
    base = _desired(lab)
    rows = [("subscribers", "residential", "business, a prefix per family", "business, a quarter of them")]
    counted: Dict[Tuple[int, str], int] = {}
    for number in SUBSCRIBERS:
        for kind, business in (("residential", 0), ("business", number), ("quarter", number // 4)):
            _import(lab, number, business)
            counted[number, kind] = _desired(lab)
            lab.postern.remove_subscribers()
            say(f"  {number} subscribers, {business} of them business: {counted[number, kind]} rules")
        rows.append((str(number), *(str(counted[number, kind]) for kind in ("residential", "business", "quarter"))))
    small, large = SUBSCRIBERS[0], SUBSCRIBERS[-1]

    def slope(kind: str) -> float:
        return (counted[large, kind] - counted[small, kind]) / (large - small)

    plan = lab.network.plan
    formula = [
        ("coefficient", "rules"),
        ("without subscribers (1 uplink, 1 server of 2 addresses)", str(base)),
        ("each residential subscriber", f"{slope('residential'):.2f}"),
        ("each business subscriber with 2 prefixes", f"{slope('business'):.2f}"),
        ("each uplink more", str(_with(lab, lambda c: c["devices"][DEVICE]["postern"]["uplink"].append(3), base, access=-1))),
        ("each server address more", str(_with(lab, _one_address_more, base))),
    ]
    lab.onos.post_network_configuration(plan.network_configuration())
    return "rules per device\n" + columns(rows) + "\n\n" + columns(formula)


def _one_address_more(configuration: dict) -> None:
    configuration["apps"]["org.postern"]["postern"]["submissionServers"][0]["addresses"].append("198.51.100.26")


def _with(lab: Lab, change: Callable[[dict], object], base: int, access: int = 0) -> int:
    configuration = lab.network.plan.network_configuration()
    if access:
        ports = configuration["devices"][DEVICE]["postern"]["access"]
        del ports[access:]
    change(configuration)
    lab.onos.post_network_configuration(configuration)
    time.sleep(2)
    more = _desired(lab) - base
    lab.onos.post_network_configuration(lab.network.plan.network_configuration())
    return more


def _import(lab: Lab, number: int, business: int) -> None:
    subscribers = []
    for k in range(number):
        entry = {
            "id": f"bench{k}",
            "class": "business" if k < business else "residential",
            "attachments": [f"{DEVICE}/{1 + k % 3}/{10 + k // 3}"],
            "prefixes": [],
            "macs": [],
        }
        if k < business:
            entry["prefixes"] = [f"10.64.{100 + k // 250}.{1 + k % 250}/32", f"2001:db8:64:1::{k + 1:x}/128"]
        subscribers.append(entry)
    path = lab.registry.state / "bench-subscribers.json"
    path.write_text(json.dumps(subscribers))
    lab.postern.order("postern-import", str(path), timeout=120)


def _desired(lab: Lab) -> int:
    """The rules of the device once desired and present agree and stand still."""
    last = [-1]

    def settled() -> Optional[int]:
        device = lab.postern.devices()[DEVICE]
        counts = device["rules"]
        still = counts["desired"] == last[0] and counts["present"] == counts["desired"]
        last[0] = counts["desired"]
        return counts["desired"] if still else None

    return int(wait_until("the rules are in place", settled, _SETTLE_SECONDS, 1.0))  # type: ignore[call-overload]


# ---------------------------------------------------------------- a class change


class _Uplink:
    """Sees when a host's SYNs to port 25 leave by the uplink."""

    def __init__(self, interface: str, source: str) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self._socket.bind((interface, 0))
        self._source = source

    def _next(self, until: float) -> Optional[float]:
        while True:
            left = until - time.monotonic()
            if left <= 0:
                return None
            self._socket.settimeout(left)
            try:
                frame = self._socket.recv(2048)
            except (TimeoutError, socket.timeout):
                return None
            now = time.monotonic()
            packet = frames.parse(frame)
            if packet is not None and packet.src == self._source and packet.dport == 25 and packet.is_syn:
                return now

    def first_after(self, change: Callable[[], object], seconds: float = 30) -> float:
        """Seconds from the start of ``change`` to the first SYN that leaves. Raises LabError if none does."""
        while self._next(time.monotonic() + 0.01) is not None:
            pass
        from threading import Thread

        begun = time.monotonic()
        changing = Thread(target=change)
        changing.start()
        seen = self._next(begun + seconds)
        changing.join()
        if seen is None:
            raise LabError("no SYN left after the change that allows it")
        return seen - begun

    def await_silence(self, seconds: float = 30) -> None:
        """Waits until no SYN leaves for half a second. Raises LabError if that does not come."""
        end = time.monotonic() + seconds
        while self._next(time.monotonic() + 0.5) is not None:
            if time.monotonic() > end:
                raise LabError("SYNs go on leaving after the change that stops them")


def set_class(lab: Lab) -> str:
    """From ``postern-set-class`` to the first packet treated the new way, against one rule posted to ONOS."""
    _enforced(lab)
    postern, subscriber = lab.postern, lab.network.plan.subscriber("r1")
    postern.order("postern-subscriber-remove", "r1")
    words = ["postern-subscriber-add", "-c", "residential"]
    for prefix in subscriber.prefixes:
        words += ["-p", prefix]
    postern.order(*words, "r1", subscriber.connect_point)
    host = lab.network.host("r1")
    uplink = _Uplink(lab.network.uplink(), host.ip4)
    bare = {
        "priority": 62000,
        "tableId": "0",
        "isPermanent": True,
        "timeout": 0,
        "selector": {
            "criteria": [
                {"type": "IN_PORT", "port": subscriber.port},
                {"type": "ETH_TYPE", "ethType": "0x800"},
                {"type": "IP_PROTO", "protocol": 6},
                {"type": "TCP_DST", "tcpPort": 25},
            ]
        },
        "treatment": {"instructions": [{"type": "OUTPUT", "port": "NORMAL"}]},
    }
    by_class: List[float] = []
    by_rule: List[float] = []
    by_command: List[float] = []
    state = lab.registry.state / "bench"
    state.mkdir(parents=True, exist_ok=True)
    with SynWorm(host, [lab.network.host("mx1").ip4], state, rate=1000):
        for _ in range(CHANGES):
            uplink.await_silence()
            begun = time.monotonic()
            postern.order("postern-status")
            by_command.append(time.monotonic() - begun)
            by_class.append(uplink.first_after(lambda: postern.set_class("r1", "business")))
            postern.set_class("r1", "residential")
            uplink.await_silence()
            posted: List[str] = []
            by_rule.append(
                uplink.first_after(lambda: posted.append(lab.onos.post_flow(DEVICE, "org.postern.lab.bench", bare)))
            )
            lab.onos.delete_flow(DEVICE, posted[0])
    medians = [statistics.median(values) * 1000 for values in (by_class, by_rule, by_command)]
    rows = [
        (f"median of {CHANGES}", "ms"),
        ("postern-set-class over ssh, to the first packet let out", f"{medians[0]:.1f}"),
        ("one rule posted over REST, to the first packet let out", f"{medians[1]:.1f}"),
        ("any Postern command over ssh (login included), to its end", f"{medians[2]:.1f}"),
        ("set-class ÷ rule", f"{medians[0] / medians[1]:.2f}"),
    ]
    return "class change\n" + columns(rows)


# ---------------------------------------------------------------- throughput, connections


def _pairs(lab: Lab, measure: Callable[[], float]) -> List[Tuple[float, float]]:
    """Policy on and off in turns, the order of each pair the other way round from the last."""
    found: List[Tuple[float, float]] = []
    enforced = True
    for number in range(PAIRS):
        values: Dict[bool, float] = {}
        for want in (enforced, not enforced):
            if want != enforced:
                if want:
                    lab.postern.enforce(DEVICE)
                    lab.postern.wait_in_force()
                    lab.forwarding.behind()
                else:
                    lab.forwarding.before_withdrawal()
                    lab.postern.withdraw(DEVICE)
                lab.await_forwarding()
                enforced = want
            values[want] = measure()
        found.append((values[True], values[False]))
        say(f"  pair {number + 1} of {PAIRS}: {values[True]:.0f} with the policy, {values[False]:.0f} without")
    return found


def throughput(lab: Lab) -> str:
    """Permitted throughput (one TCP stream, r1 to the internet), policy on ÷ off."""
    _enforced(lab)
    far, near = lab.network.host("host"), lab.network.host("r1")
    server = far.popen(["iperf3", "-s", "-p", str(_PORT)])
    wait_until("iperf3 listens", lambda: far.listens(_PORT, 6) or far.listens(_PORT, 4), 10)

    def measure() -> float:
        answer = near.run(["iperf3", "-J", "-c", far.ip4, "-p", str(_PORT), "-t", str(int(SECONDS))], check=True)
        return json.loads(answer.stdout)["end"]["sum_received"]["bits_per_second"] / 1e6

    pairs = _pairs(lab, measure)
    server.terminate()
    return _paired("permitted throughput, one TCP stream", "Mb/s", pairs)


def connections(lab: Lab) -> str:
    """New connections a second (r1 to the internet, four clients), policy on ÷ off."""
    _enforced(lab)
    far, near = lab.network.host("host"), lab.network.host("r1")
    program = [part.replace("labkit.mail.connections", "labkit.connections") for part in module_command("connections")]
    server = far.popen([*program, "serve", str(_PORT)])
    wait_until("the server listens", lambda: far.listens(_PORT, 6), 10)

    def measure() -> float:
        answer = near.run([*program, "measure", far.ip4, str(_PORT), str(SECONDS), str(CLIENTS)], check=True)
        return json.loads(answer.stdout)["per second"]

    pairs = _pairs(lab, measure)
    server.terminate()
    return _paired("new TCP connections", "1/s", pairs)


def _paired(title: str, unit: str, pairs: List[Tuple[float, float]]) -> str:
    rows = [
        (title, unit),
        ("policy on, median", f"{statistics.median(on for on, _ in pairs):.0f}"),
        ("policy off, median", f"{statistics.median(off for _, off in pairs):.0f}"),
    ]
    return columns(rows) + f"\non ÷ off  {ratio(pairs)}"


# ---------------------------------------------------------------- boot


def boot(lab: Lab) -> str:
    """Boot time of ONOS to READY, and to the policy in force on a switch that waits for it."""
    if not isinstance(lab.onos, ManagedOnos):
        return "boot: not measured on somebody else's ONOS"
    _enforced(lab)
    again: List[float] = []
    forced: List[float] = []
    for _ in range(3):
        begun = time.monotonic()
        lab.onos.stop()
        stopped = time.monotonic()
        lab.onos.start(fresh=False)
        lab.forwarding.again()
        lab.postern.await_commands()
        lab.postern.wait_in_force()
        forced.append(time.monotonic() - stopped)
        again.append(stopped - begun)
    fresh, *later = lab.onos.boot_seconds
    pid = lab.onos.pid
    peak = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    rows = [
        ("boot", "s"),
        ("first start to READY", f"{fresh:.1f}"),
        ("start with data to READY, median of 3", f"{statistics.median(later[-3:]):.1f}"),
        ("start with data to the policy in force, median of 3", f"{statistics.median(forced):.1f}"),
        ("stop, median of 3", f"{statistics.median(again):.1f}"),
    ]
    return columns(rows) + f"\npeak memory of ONOS  {int(peak.split()[1]) // 1024} MB"


_FIGURES: Dict[str, Callable[[Lab], str]] = {
    "rules": rules,
    "set-class": set_class,
    "throughput": throughput,
    "connections": connections,
    "boot": boot,
}
