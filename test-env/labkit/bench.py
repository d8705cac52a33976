"""``lab bench``: the figures. Ratios of things measured in the same run; nothing here passes or fails."""

from __future__ import annotations

import json
import re
import statistics
import time
from functools import partial
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

from . import directory_bench, features, operators, session, survey_bench
from .build import ROOT
from .directory_bench import Scale
from .errors import LabError
from .figures import columns, ratio
from .first_packet import APPLICATION, Uplink, permit_rule
from .mail import refusals
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
    if name is not None and name not in {**_FIGURES, **_SCALED}:
        raise LabError(f"no figure {name!r}; there are {', '.join({**_FIGURES, **_SCALED})}")


def run(options: Options, registry: Registry, name: Optional[str], scale: Scale) -> int:
    """Measures the named figure, or all, and prints a table for each. Returns 0.

    :param scale: of those figures that depend on the size of the directory
    """
    session.prepare(options, registry)
    lab = Lab(options, registry)
    scaled = {each: partial(figure, scale=scale) for each, figure in _SCALED.items()}
    try:
        tables: List[str] = []
        controlled = False
        for each, figure in {**_FIGURES, **scaled}.items():
            if name in (None, each):
                if not controlled and each not in _WITHOUT_ONOS:
                    lab.start_onos()
                    controlled = True
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

    measured = _Coefficients(lab, base).measure()
    formula = [("term of the guide's formula", "measured", "guide")]
    formula += [
        (f"– {term.split(' – ')[1]}" if " – " in term else term, str(measured.get(term, "-")), str(number))
        for term, number in guide_formula().items()
    ]
    slopes = [
        (f"from {small} to {large} subscribers", "rules each"),
        ("residential subscribers", f"{slope('residential'):.2f}"),
        ("business subscribers with a prefix per family", f"{slope('business'):.2f}"),
    ]
    return "rules per device\n" + "\n\n".join(columns(table) for table in (rows, slopes, formula))


def guide_formula() -> Dict[str, int]:
    """Rules by term, as the table in docs/guide.md has them; a unit test holds that against the compiler.

    A line of the table that begins with a dash belongs to the last that does not: its term here begins with that one's.
    """
    section = (ROOT / "docs/guide.md").read_text(encoding="utf-8").split("\n## 7. Rules per device", 1)[1]
    terms: Dict[str, int] = {}
    above = ""
    for term, number in re.findall(r"^\| (.+) \| (\d+) \|$", section, re.MULTILINE):
        if not term.startswith("–"):
            above = term
            terms[above] = int(number)
        else:
            terms[f"{above} {term}"] = int(number)
    return terms


#: A change of the configuration: of the ISP's part, and of the device's port roles.
_Change = Callable[[dict, dict], object]

#: A class that drops both ways, and a port of the device that is free for other roles while the formula is measured.
_SILENT = "bench-silent"
_SPARE_PORT = 3
_PREFIX4, _PREFIX6, _MAC = ("-p", "10.64.200.1/32"), ("-p", "2001:db8:64:200::1/128"), ("-m", "02:64:00:00:02:01")

_DROPS = "each attachment of a subscriber whose class drops (its counter)"
_INBOUND = "if the default class, or the class of a subscriber here, has `inbound` drop"


class _Coefficients:
    """Measures the formula's coefficients on a device by changing one thing at a time."""

    def __init__(self, lab: Lab, base: int) -> None:
        """:param base: the rules of the device in the plan's configuration, without subscribers"""
        self._lab = lab
        self._base = base
        self._plan = lab.network.plan

    def measure(self) -> Dict[str, object]:
        """Rules by term of :func:`guide_formula`. The configuration is the plan's again afterwards, without subscribers."""
        try:
            return {**self._of_configuration(), **self._of_senders(), **self._of_inbound_drop()}
        finally:
            self._lab.postern.remove_subscribers()
            self._lab.onos.post_network_configuration(self._plan.network_configuration())

    def _of_configuration(self) -> Dict[str, object]:
        """Ports, servers, pools; what is left of the rules is the constant."""
        by_role = {role: self._more(self._port(role)) for role in ("uplink", "server", "transit")}
        addresses = [self._more(self._address(a)) for a in ("198.51.100.26", "2001:db8:51::26")]
        pools = [self._more(self._pool(p)) for p in ("10.99.0.0/16", "2001:db8:99::/48")]
        contacts = [self._more(self._contact(p)) for p in ("10.99.0.81/32", "2001:db8:99::81/128")]
        relays = [self._more(self._relay(a)) for a in ("10.99.0.25", "2001:db8:99::25")]
        plain = self._plan.network_configuration()
        isp, device = plain["apps"]["org.postern"]["postern"], plain["devices"][DEVICE]["postern"]
        rest = self._base - sum(len(device[role]) * rules for role, rules in by_role.items())
        rest -= sum(len(server["addresses"]) for server in isp["submissionServers"]) * addresses[0]
        rest -= len(isp["pools"]) * pools[0]
        return {
            "every device": rest,
            "each uplink port": by_role["uplink"],
            "each server port": by_role["server"],
            "each transit port": by_role["transit"],
            "each address of a submission server, IPv4 or IPv6": _same(*addresses),
            "each address of a relay or the portal": _same(*relays),
            "each pool prefix, IPv4 or IPv6": _same(*pools),
            "each contact prefix, and each address of the portal, of quarantines": _same(*contacts),
        }

    def _of_senders(self) -> Dict[str, object]:
        """Subscribers whose class drops or sends, and a default class that sends."""
        sends = self._more(self._default("business"))
        self._subscriber("residential", "1")
        dropping_sends = self._more(self._default("business")) - sends
        dropping = self._more()
        business = self._subscriber("business", "1", *_PREFIX4)
        prefix = self._subscriber("business", "1", *_PREFIX4, *_PREFIX6) - business
        mac = self._subscriber("business", "1", *_PREFIX4, *_MAC) - business
        vlan = self._subscriber("business", "1/900", *_PREFIX4) - business
        self._subscriber("business", "1", *_PREFIX4)
        tagged = self._subscriber("residential", "1/900", name="bench-2") - business - dropping
        self._lab.postern.remove_subscribers()
        return {
            _DROPS: dropping,
            f"{_DROPS} – if the port as a whole is a sender's, and this is a VLAN of it": tagged,
            "each attachment of a subscriber whose class sends": business - prefix,
            "each prefix, in a pool, of a sender here": prefix,
            "each MAC address of a sender here": mac,
            "each own VLAN of a sender here": vlan,
            "if the default class sends": sends,
            "if the default class sends – each attachment of a subscriber whose class drops": dropping_sends - dropping,
        }

    def _of_inbound_drop(self) -> Dict[str, object]:
        """A class that drops inbound, as the default class and as a subscriber's."""
        silent = self._default(_SILENT)
        by_default = self._more(silent)
        port = self._more(silent, self._port("uplink")) - by_default - self._more(self._port("uplink"))
        pool = self._more(silent, self._pool("10.99.0.0/16")) - by_default - self._more(self._pool("10.99.0.0/16"))
        roles = self._plan.network_configuration()["devices"][DEVICE]["postern"]
        outside = len(roles["uplink"]) + len(roles["server"])
        self._more()
        one = self._subscriber(_SILENT, "1", *_PREFIX4)
        prefix = self._subscriber(_SILENT, "1", *_PREFIX4, *_PREFIX6) - one
        mac = self._subscriber(_SILENT, "1", *_PREFIX4, *_MAC) - one
        vlan = self._subscriber(_SILENT, "1/900", *_PREFIX4) - one
        dropping = self._subscriber("residential", "1")
        such = "of a subscriber of such a class"
        return {
            _INBOUND: one - dropping - outside * port - prefix,
            f"{_INBOUND} – each uplink or server port": port,
            f"{_INBOUND} – each prefix {such}": prefix,
            f"{_INBOUND} – each MAC address {such}": mac,
            f"{_INBOUND} – each own VLAN {such}, times uplink and server ports": f"{vlan / outside:g}",
            f"{_INBOUND} – each pool prefix, if it is the default class": pool,
        }

    @staticmethod
    def _port(role: str) -> _Change:
        return lambda isp, device: device[role].append(_SPARE_PORT)

    @staticmethod
    def _address(address: str) -> _Change:
        return lambda isp, device: isp["submissionServers"][0]["addresses"].append(address)

    @staticmethod
    def _pool(prefix: str) -> _Change:
        return lambda isp, device: isp["pools"].append(prefix)

    @staticmethod
    def _contact(prefix: str) -> _Change:
        return lambda isp, device: isp.update(quarantine={"contact": [prefix]})

    @staticmethod
    def _relay(address: str) -> _Change:
        return lambda isp, device: isp.update(relays=[{"name": "relay", "addresses": [address]}])

    @staticmethod
    def _default(service_class: str) -> _Change:
        return lambda isp, device: isp.update(defaultClass=service_class)

    def _more(self, *changes: _Change) -> int:
        """How many rules more there are with the plan's configuration so changed; the spare port is no access port."""
        configuration = self._plan.network_configuration()
        isp, device = configuration["apps"]["org.postern"]["postern"], configuration["devices"][DEVICE]["postern"]
        isp["classes"].append({"name": _SILENT, "outbound": "drop", "inbound": "drop"})
        device["access"] = [port for port in device["access"] if port != _SPARE_PORT]
        for change in changes:
            change(isp, device)
        self._lab.onos.post_network_configuration(configuration)
        time.sleep(2)
        return _desired(self._lab) - self._base

    def _subscriber(self, service_class: str, attachment: str, *words: str, name: str = "bench-1") -> int:
        """How many rules more there are with a subscriber on the device, in place of the one of that name."""
        options = ["--replace", "-c", service_class, *words]
        self._lab.postern.order("postern-subscriber-add", *options, name, f"{DEVICE}/{attachment}")
        return _desired(self._lab) - self._base


def _same(first: int, second: int) -> object:
    return first if first == second else f"{first} or {second}"


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
    lab.postern.order("postern-import", "--force", str(path), timeout=120)


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
    uplink = Uplink(lab.network.uplink(), host.ip4)
    bare = permit_rule(subscriber.port)
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
                uplink.first_after(lambda: posted.append(lab.onos.post_flow(DEVICE, APPLICATION, bare)))
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


# ---------------------------------------------------------------- reject

#: Below the meter of a subscriber, 10 resets a second: what is dropped in silence would be measured as a timeout.
_REJECT_PAUSE = 0.15
_REJECT_ROUNDS = 10
_REJECT_TIMES = 8
_NOBODY_LISTENS = 26


def reject(lab: Lab) -> str:
    """Time until "connection refused": by Postern, against a host on the same path where nobody listens."""
    _enforced(lab)
    configuration = lab.network.plan.network_configuration()
    policy = configuration["apps"]["org.postern"]["postern"]
    policy["classes"].append({"name": "bench-reject", "outbound": "reject"})
    lab.onos.post_network_configuration(configuration)
    wait_until("the class is known", lambda: lab.postern.command("postern-set-class", "r1", "bench-reject").ok, 20, 0.5)
    line, far = lab.network.host("r1"), lab.network.host("mx1")
    tables = [("connection refused, median ms", "by Postern", "by a host", "Postern ÷ host")]
    for family in (4, 6):
        target = [far.ip(family)]
        wait_until(
            f"r1 is refused over IPv{family}",
            lambda: refusals.connect(line, target)[0].outcome == refusals.REFUSED,
            _SETTLE_SECONDS,
            0.5,
        )
        pairs: List[Tuple[float, float]] = []
        took: Dict[int, List[float]] = {refusals.SMTP_PORT: [], _NOBODY_LISTENS: []}
        for number in range(_REJECT_ROUNDS):
            round_: Dict[int, float] = {}
            for port in sorted(took, reverse=bool(number % 2)):
                attempts = refusals.connect(line, target, port, _REJECT_TIMES, _REJECT_PAUSE)
                seconds = [attempt.seconds for attempt in attempts if attempt.outcome == refusals.REFUSED]
                if len(seconds) < _REJECT_TIMES:
                    raise LabError(f"port {port} of {target[0]}: refused {len(seconds)} of {_REJECT_TIMES} times")
                took[port] += seconds
                round_[port] = statistics.median(seconds)
            pairs.append((round_[refusals.SMTP_PORT], round_[_NOBODY_LISTENS]))
        own, host = (statistics.median(took[port]) * 1e3 for port in (refusals.SMTP_PORT, _NOBODY_LISTENS))
        tables.append((f"IPv{family}", f"{own:.2f}", f"{host:.2f}", str(ratio(pairs))))
    return "reject\n" + columns(tables)


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


#: They come first: an ONOS beside them would take their time.
_WITHOUT_ONOS = ("survey",)
_FIGURES: Dict[str, Callable[[Lab], str]] = {
    "survey": survey_bench.survey,
    "rules": rules,
    "set-class": set_class,
    "throughput": throughput,
    "connections": connections,
    "reject": reject,
    "features": features.throughput,
    "redirect": features.redirect,
    "boot": boot,
}
_SCALED: Dict[str, Callable[[Lab, Scale], str]] = {
    "directory": directory_bench.directory,
    "directory-memory": directory_bench.memory,
    "value-size": directory_bench.value_size,
    "operators": operators.operators,
}
