"""Simulated providers of a survey: one of every kind of answer, each with an address of its own.

Behind the address is a port of one of the real servers (:mod:`submission.scene`): nftables on the server's host brings 587 of
the address there. In front of them all is the edge router, where a packet filter does not let everything through.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple

from labkit.errors import LabError
from labkit.hosts import Host
from labkit.mail.enclosure import Enclosure
from labkit.mail.processes import HostProcess
from labkit.network import AccessNetwork

_TABLE = "providers"
_FIREWALL = "firewall"

ANSWERS, REFUSES = "answers", "refuses"


@dataclass(frozen=True)
class Over6:
    """What is otherwise over IPv6, of a provider that has both families: its verdicts, and what the filter drops."""

    answer: Tuple[str, str]
    verdict: str
    filtered: Tuple[int, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    """Texts that cells of that row must have in them."""


class Expected(NamedTuple):
    """A row that the survey must have of a provider."""

    family: str
    answer: Tuple[str, str]
    verdict: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Provider:
    """A provider: a line of the survey's file, what is behind it, and what the survey must have of it."""

    name: str
    host: str
    answer: Tuple[str, str]
    """The verdicts of 587 and 465."""
    verdict: str
    at: str = ""
    """Host of the network that has its address; empty for an address of nobody."""
    number: int = 0
    """Last part of its IPv4 address; 0 for a name that has none."""
    submission: int = 0
    """Port of the server that 587 leads to; 0 for nobody, who refuses."""
    submissions: str = ANSWERS
    """What 465 does: the server's own, or nobody."""
    filtered: Tuple[int, ...] = ()
    """Ports that the packet filter in front of it drops."""
    cells: Mapping[str, str] = field(default_factory=dict)
    """Texts that cells of its row must have in them."""
    note: str = ""
    over6: Optional[Over6] = None
    """None for who has no IPv6 address."""

    @property
    def address(self) -> Optional[str]:
        """Its IPv4 address."""
        if not self.number:
            return None
        return f"198.51.100.{self.number}" if self.at == "isp" else f"203.0.113.{self.number}"

    @property
    def address6(self) -> Optional[str]:
        """Its IPv6 address."""
        if self.over6 is None:
            return None
        return f"2001:db8:51::{self.number}" if self.at == "isp" else f"2001:db8:113::{self.number}"

    @property
    def rows(self) -> List[Expected]:
        """Its rows in the survey."""
        of4 = Expected("IPv4" if self.address else "", self.answer, self.verdict, self.cells)
        over6 = self.over6
        return [of4] + ([Expected("IPv6", over6.answer, over6.verdict, over6.cells)] if over6 else [])


def _enforced(name: str, host: str, at: str, number: int, port: int, **more: object) -> Provider:
    return Provider(name, host, ("enforced", "enforced"), "enforced", at, number, port, **more)  # type: ignore[arg-type]


ONEANDONE = _enforced("1and1", "smtp.1and1.example", "mx1", 101, 2601, cells={"MAIL code": "530 5.7.0", "STARTTLS": "yes"})
FIREWALLED = Provider(
    "Yahoo! Domains",
    "smtp.bizmail.example",
    ("filtered", "enforced"),
    "filtered",
    "mx1",
    105,
    2601,
    filtered=(587,),
    # of 465, which alone greets
    cells={"MAIL code": "550", "AUTH after TLS": "PLAIN LOGIN", "STARTTLS": ""},
    note="the server listens, but the firewall does not let 587 through",
)
TWO_FAMILIES = _enforced(
    "Two Families",
    "smtp.both.example",
    "mx1",
    117,
    2601,
    over6=Over6(
        ("filtered", "enforced"),
        "filtered",
        (587,),
        # of 465, which alone greets
        {"MAIL code": "550", "STARTTLS": "", "transcript": "no answer to the connection within 10 s"},
    ),
    note="the firewall lets 587 of IPv4 through, and forgot IPv6",
)

#: The providers of 2005 with an answer each as theirs was, and one more of every verdict.
PROVIDERS: List[Provider] = [
    ONEANDONE,
    Provider(
        "Interland",
        "smtp.isp.example",
        ("enforced-at-rcpt", "enforced-at-rcpt"),
        "enforced-at-rcpt",
        "isp",
        25,
        587,
        cells={"MAIL code": "250", "RCPT code": "530 5.7.0", "certificate": "valid until"},
    ),
    Provider("ThePlanet", "smtp.theplanet.example", ("closed", "closed"), "closed", "mx1", 103, 0, REFUSES),
    Provider(
        "EV1",
        "smtp.ev1.example",
        ("filtered", "filtered"),
        "filtered",
        "mx1",
        104,
        2601,
        filtered=(587, 465),
        cells={"transcript": "no answer to the connection within 10 s"},
        note="no response: the packets are dropped",
    ),
    FIREWALLED,
    Provider(
        "GoDaddy",
        "smtp.godaddy.example",
        ("filtered", "filtered"),
        "filtered",
        "",
        106,
        cells={"transcript": "the network cannot or will not reach it"},
        note="no response: there is no such machine",
    ),
    _enforced("Verio", "smtp.verio.example", "mx2", 107, 2701),
    Provider("Verio", "dedicated.verio.example", ("closed", "enforced"), "closed", "mx2", 108, 0),
    Provider(
        "Clear, Inc.",
        "smtp.clear.example",
        ("auth-in-clear", "enforced"),
        "auth-in-clear",
        "mx1",
        110,
        2605,
        cells={"AUTH before TLS": "PLAIN LOGIN"},
    ),
    Provider(
        "Half Way",
        "smtp.halfway.example",
        ("tls-required-only", "enforced"),
        "tls-required-only",
        "mx1",
        111,
        2609,
        cells={"STARTTLS": "no", "MAIL code": "530 5.7.0", "AUTH after TLS": ""},
    ),
    Provider(
        "Own Mail",
        "isp.example",
        ("local-unauth", "enforced"),
        "local-unauth",
        "mx1",
        112,
        2608,
        cells={"transcript": "postmaster@isp.example"},
    ),
    Provider(
        "Open House",
        "smtp.open.example",
        ("relay-suspected", "enforced"),
        "relay-suspected",
        "mx2",
        113,
        2706,
        cells={"RCPT code": "250 2.1.5", "certificate": "not valid"},
    ),
    Provider("Silent", "smtp.silent.example", ("no-banner", "enforced"), "no-banner", "mx2", 114, 2709),
    Provider(
        "Broken TLS",
        "smtp.broken.example",
        ("tls-failure", "enforced-at-rcpt"),
        "tls-failure",
        "isp",
        115,
        2511,
        # the column TLS has that of 465
        cells={"STARTTLS": "yes", "AUTH after TLS": "", "transcript": "Received fatal alert: handshake_failure"},
    ),
    Provider(
        "Grey",
        "smtp.grey.example",
        ("inconclusive", "enforced-at-rcpt"),
        "inconclusive",
        "isp",
        116,
        2509,
        cells={"RCPT code": "450 4.7.1"},
    ),
    Provider("Gone", "smtp.gone.example", ("no-such-host", "no-such-host"), "no-such-host"),
    Provider(
        "Unresolved",
        "smtp.unresolved.test",
        ("inconclusive", "inconclusive"),
        "inconclusive",
        cells={"transcript": "it is not known which addresses it has"},
        note="its DNS does not answer",
    ),
    TWO_FAMILIES,
]


class ProviderWorld:
    """The providers in a network whose servers run: addresses, names, what is behind them, and the firewall."""

    def __init__(self, network: AccessNetwork, state: Path) -> None:
        self._network = network
        self._edge = network.host("edge")
        self._isp = network.host("isp")
        self._state = state
        self._resolver: Optional[HostProcess] = None
        self.names = Enclosure(
            state / "names",
            over={"/etc/resolv.conf": "etc/resolv.conf", "/etc/hosts": "etc/hosts", "/etc/nsswitch.conf": "etc/nsswitch.conf"},
        )
        """Where names are asked of the lab's resolver, whatever the machine has."""

    def start(self) -> "ProviderWorld":
        """Lays everything and waits until the resolver answers."""
        self._addresses("add")
        for host in self._hosts():
            _nft(host, _TABLE, self._behind(host))
        self.filter(PROVIDERS)
        self.names.lay_out()
        etc = self.names.base / "etc"
        (etc / "resolv.conf").write_text(f"nameserver {self._isp.ip4}\n")
        (etc / "hosts").write_text("127.0.0.1 localhost\n")
        (etc / "nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files dns\n")
        named = [(p.host, ",".join(filter(None, (p.address, p.address6)))) for p in PROVIDERS]
        records = [f"--host-record={host},{addresses}" for host, addresses in named if addresses]
        # what is asked below .example and not known there does not exist; anything else is refused
        command = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--log-facility=-"]
        command += [f"--pid-file={self._state}/resolver.pid", "--bind-dynamic", "--no-resolv", "--no-hosts"]
        command += ["--local=/example/", *records]
        self._resolver = HostProcess(self._isp, command, self._state / "resolver.log", "dnsmasq (providers)")
        self._resolver.await_output("started")
        return self

    def stop(self) -> None:
        """Takes everything away."""
        if self._resolver is not None:
            self._resolver.stop()
        _nft(self._edge, _FIREWALL, "")
        for host in self._hosts():
            _nft(host, _TABLE, "")
        self._addresses("del")

    def filter(self, providers: List[Provider]) -> None:
        """Has the packet filter on the edge router drop what it drops in front of these providers, and nothing else."""
        dropped = [(f"ip daddr {p.address}", port) for p in providers for port in p.filtered]
        dropped += [(f"ip6 daddr {p.address6}", port) for p in providers if p.over6 for port in p.over6.filtered]
        rules = "".join(f"    {to} tcp dport {port} counter drop\n" for to, port in dropped)
        chain = "  chain forward {\n    type filter hook forward priority filter;\n" + rules + "  }\n"
        _nft(self._edge, _FIREWALL, chain)

    def lead(self, changed: Dict[str, int]) -> None:
        """Has 587 of some providers, by their host names, lead to other ports than theirs."""
        for host in self._hosts():
            _nft(host, _TABLE, self._behind(host, changed))

    def connections(self) -> Dict[str, int]:
        """How many connections have come over IPv4 to 587 of each provider that has a server, by host name."""
        found: Dict[str, int] = {}
        by_address = {p.address: p.host for p in PROVIDERS}
        for host in self._hosts():
            listed = host.run(["nft", "-j", "list", "table", "inet", _TABLE], check=True).stdout
            for entry in json.loads(listed)["nftables"]:
                expressions = entry.get("rule", {}).get("expr", [])
                counters = [e["counter"]["packets"] for e in expressions if "counter" in e]
                addresses = [e["match"]["right"] for e in expressions if "match" in e and e["match"]["right"] in by_address]
                if counters and addresses:
                    found[by_address[addresses[0]]] = counters[0]
        return found

    def _hosts(self) -> List[Host]:
        return [self._network.host(name) for name in sorted({p.at for p in PROVIDERS if p.at})]

    def _addresses(self, verb: str) -> None:
        for provider in PROVIDERS:
            if provider.at:
                host = self._network.host(provider.at)
                if provider.address != host.ip4:
                    host.run(["ip", "address", verb, f"{provider.address}/32", "dev", host.intf], check=verb == "add")
                if provider.address6:
                    host.run(["ip", "address", verb, f"{provider.address6}/128", "dev", host.intf], check=verb == "add")

    def _behind(self, host: Host, changed: Mapping[str, int] = {}) -> str:
        redirects, refusals = "", ""
        for provider in PROVIDERS:
            if provider.at != host.name:
                continue
            port = changed.get(provider.host, provider.submission)
            if port:
                # the chain sees the first packet of a connection only: it counts connections
                redirects += f"    ip daddr {provider.address} tcp dport 587 counter redirect to :{port}\n"
                if provider.address6:
                    redirects += f"    ip6 daddr {provider.address6} tcp dport 587 counter redirect to :{port}\n"
            else:
                refusals += f"    ip daddr {provider.address} tcp dport 587 reject with tcp reset\n"
            if provider.submissions == REFUSES:
                refusals += f"    ip daddr {provider.address} tcp dport 465 reject with tcp reset\n"
        return (
            "  chain prerouting {\n    type nat hook prerouting priority dstnat;\n" + redirects + "  }\n"
            "  chain input {\n    type filter hook input priority filter;\n" + refusals + "  }\n"
        )


def _nft(host: Host, table: str, chains: str) -> None:
    # a table declared before it is deleted: no error if it was not there
    text = f"table inet {table}\ndelete table inet {table}\n"
    text += f"table inet {table} {{\n{chains}}}\n" if chains else ""
    finished = host.run(["nft", "-f", "-"], timeout=10, input=text)
    if not finished.ok:
        raise LabError(f"nft on {host.name}: {finished.stderr.strip()}")
