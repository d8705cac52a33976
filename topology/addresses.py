"""Names, numbers and addresses of the access network: the one place that decides them.

Everything is a function of two numbers, the access switch *i* (from 1) and the subscriber's port *k* (from 1), so that a
test can say what it means without asking the network. No dependency but the standard library.

=====================  ==============================================  =======================================
what                   IPv4                                            IPv6
=====================  ==============================================  =======================================
subscriber (i, k)      10.64.i.k/16, gateway 10.64.0.1                 2001:db8:64::i:k/64, gateway 2001:db8:64::1
ISP's servers          198.51.100.0/25, gateway .1                     2001:db8:51::/64, gateway ::1
... on a server port   198.51.100.128/25, gateway .129                 2001:db8:51:1::/64, gateway ::1
the internet           203.0.113.0/24, gateway .1                      2001:db8:113::/64, gateway ::1
relay (optional)       10.64.0.25/16                                   2001:db8:64::25/64
portal (optional)      10.64.0.80/16, the contact desk .81             2001:db8:64::80/64, ::81
=====================  ==============================================  =======================================

A business subscriber lives *inside* the pool, the harder case: it is told apart by its prefix.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple

POOLS = ("10.64.0.0/16", "2001:db8:64::/48")

UPLINK_PORT = 100
"""Towards the aggregation."""
UPSTREAM_PORT = 101
"""Chain and ring: towards the neighbour with the smaller number."""
DOWNSTREAM_PORT = 102
"""Chain and ring: towards the neighbour with the larger number."""
SERVER_PORT = 50
"""An ISP server attached to the access switch itself."""

EDGE_PORT = 200
"""Of the aggregation: towards the edge router."""
RELAY_PORT = 201
"""Of the aggregation: the mail relay."""
PORTAL_PORT = 202
"""Of the aggregation: the remediation portal."""

MAX_SWITCHES = 90
MAX_SUBSCRIBERS = 49

SHAPES = ("star", "chain", "ring")


@dataclass(frozen=True)
class Interface:
    """One interface of a host: addresses with prefix length."""

    ip4: str
    ip6: str
    mac: str

    @property
    def address4(self) -> str:
        """The IPv4 address without its prefix length."""
        return self.ip4.split("/")[0]

    @property
    def address6(self) -> str:
        """The IPv6 address without its prefix length."""
        return self.ip6.split("/")[0]


@dataclass(frozen=True)
class Subscriber:
    """A subscriber's host and where it is attached."""

    name: str
    switch: int
    port: int
    service_class: str

    @property
    def interface(self) -> Interface:
        """Its addresses, inside the pools whatever its class."""
        return Interface(
            f"10.64.{self.switch}.{self.port}/16",
            f"2001:db8:64::{self.switch:x}:{self.port:x}/64",
            f"02:64:00:{self.switch:02x}:00:{self.port:02x}",
        )

    @property
    def connect_point(self) -> str:
        """ONOS's name of the attachment, ``of:0000000000000001/2``."""
        return f"{device_id(self.switch)}/{self.port}"

    @property
    def prefixes(self) -> Tuple[str, str]:
        """The prefixes that identify it inside a pool: its own addresses."""
        return f"{self.interface.address4}/32", f"{self.interface.address6}/128"


@dataclass(frozen=True)
class Server:
    """A host outside the subscribers' reach: name, the name its mail carries, and addresses."""

    name: str
    domain: str
    interface: Interface
    gateway4: str
    gateway6: str


GATEWAY = Interface("10.64.0.1/16", "2001:db8:64::1/64", "02:64:00:00:00:01")
"""The edge router on the subscribers' side."""
GATEWAY_LOCAL_SERVERS = Interface("198.51.100.129/25", "2001:db8:51:1::1/64", GATEWAY.mac)
"""The edge router's second pair of addresses on that side, for servers on a server port."""
GATEWAY_SERVERS = Interface("198.51.100.1/25", "2001:db8:51::1/64", "02:51:00:00:00:01")
"""The edge router on the ISP servers' side."""
GATEWAY_INTERNET = Interface("203.0.113.1/24", "2001:db8:113::1/64", "02:71:00:00:00:01")
"""The edge router on the internet's side."""


def _internet(name: str, domain: str, number: int) -> Server:
    return Server(
        name,
        domain,
        Interface(f"203.0.113.{number}/24", f"2001:db8:113::{number}/64", f"02:71:00:00:00:{number:02x}"),
        GATEWAY_INTERNET.address4,
        GATEWAY_INTERNET.address6,
    )


ISP = Server(
    "isp",
    "smtp.isp.example",
    Interface("198.51.100.25/25", "2001:db8:51::25/64", "02:51:00:00:00:25"),
    GATEWAY_SERVERS.address4,
    GATEWAY_SERVERS.address6,
)
"""The ISP's submission server, behind the aggregation."""
LOCAL_ISP = Server(
    "isp2",
    "smtp2.isp.example",
    Interface("198.51.100.225/25", "2001:db8:51:1::25/64", "02:51:00:00:01:25"),
    GATEWAY_LOCAL_SERVERS.address4,
    GATEWAY_LOCAL_SERVERS.address6,
)
"""The ISP's second submission server, on the server port of access switch 1 (optional)."""
MX1 = _internet("mx1", "mx1.example.net", 25)
"""A foreign mail exchanger."""
MX2 = _internet("mx2", "mx2.example.org", 26)
"""Another foreign mail exchanger."""
HOSTED = _internet("host", "mail.hosted.example", 80)
"""A hosted domain's own server: submission, mail, web."""
VPN = _internet("vpn", "vpn.example.com", 94)
"""A VPN's far end."""

INTERNET = (MX1, MX2, HOSTED, VPN)


def _adjacent(name: str, domain: str, number: int) -> Server:
    return Server(
        name,
        domain,
        Interface(f"10.64.0.{number}/16", f"2001:db8:64::{number}/64", f"02:64:00:00:00:{number:02x}"),
        GATEWAY.address4,
        GATEWAY.address6,
    )


RELAY = _adjacent("relay", "relay.isp.example", 25)
"""The mail relay that captures steered port 25: a next hop of the subscribers' own segment (optional)."""
PORTAL = _adjacent("portal", "portal.isp.example", 80)
"""The remediation portal for quarantined subscribers, a next hop too (optional)."""
CONTACT = Interface("10.64.0.81/16", "2001:db8:64::81/64", PORTAL.interface.mac)
"""The portal host's second pair of addresses: the ISP's contact desk, which a quarantine never closes."""
STEERED = "steered"
"""The class whose direct port 25 is redirected to the relay."""


def device_id(switch: int) -> str:
    """ONOS's id of access switch ``switch``."""
    return f"of:{switch:016x}"


def dpid(switch: int) -> str:
    """The datapath id of access switch ``switch``, 16 hexadecimal digits."""
    return f"{switch:016x}"


def switch_name(switch: int) -> str:
    """The name of access switch ``switch``: ``s1``."""
    return f"s{switch}"


@dataclass(frozen=True)
class Plan:
    """An access network: how many switches and subscribers, in which shape, with what beside them.

    ``business`` of every switch's subscribers, the ones on its last ports, are business subscribers. Names count through:
    ``r1``, ``r2``, ... residential, ``b1``, ... business.
    """

    switches: int = 1
    subscribers: int = 3
    shape: str = "star"
    business: int = 1
    local_server: bool = False
    relay: bool = False
    portal: bool = False
    _names: Dict[str, Subscriber] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.shape not in SHAPES:
            raise ValueError(f"shape {self.shape!r}: one of {', '.join(SHAPES)}")
        if not 1 <= self.switches <= MAX_SWITCHES:
            raise ValueError(f"switches {self.switches}: 1 to {MAX_SWITCHES}")
        if not 1 <= self.subscribers <= MAX_SUBSCRIBERS:
            raise ValueError(f"subscribers {self.subscribers}: 1 to {MAX_SUBSCRIBERS} a switch")
        if not 0 <= self.business <= self.subscribers:
            raise ValueError(f"business {self.business}: 0 to the {self.subscribers} subscribers of a switch")
        if self.shape == "ring" and self.switches < 3:
            raise ValueError("a ring needs 3 switches at least")
        self._names.update({s.name: s for s in self.all_subscribers()})

    def all_subscribers(self) -> List[Subscriber]:
        """Every subscriber, by switch and port."""
        residential = self.subscribers - self.business
        found = []
        for switch in range(1, self.switches + 1):
            for port in range(1, self.subscribers + 1):
                if port <= residential:
                    name, service_class = f"r{(switch - 1) * residential + port}", "residential"
                else:
                    name, service_class = f"b{(switch - 1) * self.business + port - residential}", "business"
                found.append(Subscriber(name, switch, port, service_class))
        return found

    def subscriber(self, name: str) -> Subscriber:
        """The subscriber of that name. Raises KeyError if there is none."""
        return self._names[name]

    def servers(self) -> List[Server]:
        """Every host that is not a subscriber's, the edge router excepted."""
        optional = ((LOCAL_ISP, self.local_server), (RELAY, self.relay), (PORTAL, self.portal))
        return [ISP, *INTERNET, *(server for server, there in optional if there)]

    def roles(self, switch: int) -> Dict[str, List[int]]:
        """The port roles of an access switch, as Postern's configuration names them."""
        uplink: List[int] = []
        transit: List[int] = []
        if self.shape == "star" or switch == 1:
            uplink.append(UPLINK_PORT)
        if self.shape != "star":
            if switch > 1 or self.shape == "ring":
                transit.append(UPSTREAM_PORT)
            if switch < self.switches or self.shape == "ring":
                transit.append(DOWNSTREAM_PORT)
        return {
            "uplink": uplink,
            "server": [SERVER_PORT] if self.local_server and switch == 1 else [],
            "transit": transit,
            "access": list(range(1, self.subscribers + 1)),
        }

    def submission_servers(self) -> List[dict]:
        """The ISP's submission servers, as Postern's configuration names them."""
        return [
            {
                "name": server.domain,
                "addresses": [server.interface.address4, server.interface.address6],
                "ports": [25, 465, 587],
            }
            for server in ([ISP, LOCAL_ISP] if self.local_server else [ISP])
        ]

    def relays(self) -> List[dict]:
        """The relays, as Postern's configuration names them; their MAC addresses are ONOS's hosts' to tell."""
        return [{"name": RELAY.name, "addresses": _both(RELAY.interface)}] if self.relay else []

    def quarantine(self) -> Optional[dict]:
        """What stays open to quarantined subscribers, as Postern's configuration names it; None without a portal."""
        if not self.portal:
            return None
        return {
            "portal": {"addresses": _both(PORTAL.interface)},
            "contact": _hosts(CONTACT),
            "allow": _hosts(HOSTED.interface),
            "resolvers": _both(ISP.interface),
        }

    def single_table(self, switch: int) -> Dict[str, object]:
        """What an access switch has to know beside its roles to take the policy in its one table: the ways out."""
        ways: Dict[str, object] = {
            "backend": "single-table",
            "exit": UPLINK_PORT if self.roles(switch)["uplink"] else UPSTREAM_PORT,
        }
        if self.roles(switch)["server"]:
            ways["via"] = {LOCAL_ISP.interface.mac: SERVER_PORT}
        return ways

    def network_configuration(
        self, driver: Optional[str] = "postern-ovs", postern: bool = True, single_table: bool = False
    ) -> dict:
        """ONOS network configuration of this network.

        :param driver: the driver to name for every access switch; None names none
        :param postern: whether to carry Postern's part (policy and port roles) or the drivers alone
        :param single_table: whether the policy goes into the one table of the switches, and not in front of it
        """
        configuration: dict = {"devices": {}}
        if postern:
            policy: dict = {
                "submissionServers": self.submission_servers(),
                "pools": list(POOLS),
                "classes": [{"name": "business", "outbound": "allow", "inbound": "allow"}],
                "defaultClass": "residential",
            }
            if self.relay:
                policy["relays"] = self.relays()
                policy["classes"].append(
                    {"name": STEERED, "outbound": "redirect", "relay": RELAY.name, "inbound": "allow"}
                )
            if self.portal:
                policy["quarantine"] = self.quarantine()
            configuration["apps"] = {"org.postern": {"postern": policy}}
        for switch in range(1, self.switches + 1):
            device: dict = {}
            if driver is not None:
                device["basic"] = {"driver": driver}
            if postern:
                device["postern"] = {**self.roles(switch), **(self.single_table(switch) if single_table else {})}
            configuration["devices"][device_id(switch)] = device
        return configuration


def _both(interface: Interface) -> List[str]:
    return [interface.address4, interface.address6]


def _hosts(interface: Interface) -> List[str]:
    return [f"{interface.address4}/32", f"{interface.address6}/128"]


_SWITCHED_ON = ("local_server", "relay", "portal")
"""Parts that are there or not."""
_ALLOWED = {
    "switches": f"a number from 1 to {MAX_SWITCHES}",
    "subscribers": f"a number from 1 to {MAX_SUBSCRIBERS}",
    "business": "a number from 0 to that of a switch's subscribers",
    "shape": f"one of {', '.join(SHAPES)}",
    **{name: "0 or 1" for name in _SWITCHED_ON},
}
"""The parameters of a plan as they may be written, and what each allows."""
_MOST_DIGITS = 4


def plan_with(**values: object) -> Plan:
    """A plan from parameters by name, each a number or text (Mininet makes numbers of what looks like one).

    Raises ValueError naming parameter, value and what is allowed.
    """
    parameters: dict = {}
    for name, value in values.items():
        if name not in _ALLOWED:
            raise ValueError(f"parameter {name!r}: one of {', '.join(_ALLOWED)}")
        text = str(int(value)) if isinstance(value, bool) else str(value)
        if not text:
            raise ValueError(f"{name}: no value given; {_ALLOWED[name]}")
        if name == "shape":
            parameters[name] = text
            continue
        number = int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None
        if number is None or (name in _SWITCHED_ON and number > 1):
            raise ValueError(f"{name} {text!r}: {_ALLOWED[name]}")
        parameters[name] = bool(number) if name in _SWITCHED_ON else number
    return Plan(**parameters)


def plan_of(text: str) -> Plan:
    """A plan from ``switches=2,shape=chain``. Raises ValueError as :func:`plan_with`, and for what is given twice."""
    values: Dict[str, object] = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        if name in values:
            raise ValueError(f"{name}: given twice, {values[name]!r} and {value!r}; give it once: {_ALLOWED[name]}")
        if name not in _ALLOWED:
            raise ValueError(f"parameter {name!r}: one of {', '.join(_ALLOWED)}")
        values[name] = value
    return plan_with(**values)


if __name__ == "__main__":
    import json
    import sys

    try:
        print(json.dumps(plan_of(",".join(sys.argv[1:])).network_configuration(), indent=2))
    except ValueError as problem:
        sys.exit(f"addresses.py: {problem}")
