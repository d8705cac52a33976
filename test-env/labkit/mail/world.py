"""Who runs where: all servers of the lab's mail world, started together and stopped together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterable

from .certificate import ensure_certificate, trusted
from .exchanger import MailServer
from .host import Host
from .postfix import PostfixServer, Routing
from .relay import Relay
from .vpn import Vpn
from .web import WebServer


@dataclass(frozen=True)
class Cast:
    """The names of the hosts that play the parts; ``local_isp`` and ``relay`` play only if the network has them."""

    residential: str = "r1"
    business: str = "b1"
    isp: str = "isp"
    local_isp: str = "isp2"
    exchangers: tuple[str, str] = ("mx1", "mx2")
    hosted: str = "host"
    vpn: str = "vpn"
    relay: str = "relay"


class MailWorld:
    """The servers of the mail world, inside hosts of a network that is up."""

    def __init__(self, hosts: Iterable[Host], state: Path, cast: Cast = Cast(), vpn: bool = True) -> None:
        """``state`` is a directory of the lab; everything written lies below ``state/mail``."""
        by_name = {host.name: host for host in hosts}
        self.cast = cast
        self.state = state / "mail"
        self.residential = by_name[cast.residential]
        self.business = by_name[cast.business]
        self.isp_host = by_name[cast.isp]
        self.exchanger_hosts = [by_name[name] for name in cast.exchangers]
        self.hosted_host = by_name[cast.hosted]
        certificate = ensure_certificate(self.state)
        self.trust = trusted(self.state)
        self.exchangers = [MailServer(host, host.domain or f"{host.name}.example", self.state) for host in self.exchanger_hosts]
        self.hosted = MailServer(self.hosted_host, "mail.hosted.example", self.state, certificate)
        routes: dict[str, str] = {}
        for exchanger in self.exchangers:
            for family in (4, 6):
                routes[foreign_domain(exchanger, family)] = address(exchanger.host, family)

        self._routes, self.certificate = routes, certificate
        self.isp = self.postfix(self.isp_host, "smtp.isp.example", "isp.example")
        self.business_mta = self.postfix(self.business, "mail.business.example", "business.example")
        self.web = WebServer(self.hosted_host, self.state, certificate)
        self.vpn = Vpn(self.residential, by_name[cast.vpn], self.state) if vpn else None
        self.local_isp: PostfixServer | None = None
        if cast.local_isp in by_name:
            self.local_isp = self.postfix(by_name[cast.local_isp], "smtp2.isp.example", "isp.example")
        self.relay: Relay | None = None
        if cast.relay in by_name:
            host = by_name[cast.relay]
            self.relay = Relay(host, host.domain or "relay.isp.example", routes, self.state, certificate)
        self._started: list = []

    def postfix(self, host: Host, name: str, domain: str) -> PostfixServer:
        """One more Postfix, not started: it takes mail for ``domain`` and knows the foreign mail exchangers."""
        return PostfixServer(host, name, Routing(domain, self._routes), self.state, self.certificate)

    def server(self, host: Host, name: str) -> MailServer:
        """One more small mail server on port 25, not started."""
        return MailServer(host, name, self.state)

    def exchanger_addresses(self, family: int) -> list[str]:
        """The addresses of the foreign mail exchangers, IPv4 or IPv6."""
        return [address(host, family) for host in self.exchanger_hosts]

    def start(self, progress: Callable[[str], None] = lambda _: None) -> "MailWorld":
        """Start every server, all at once; if one fails the others are stopped and its StartError is raised."""
        self.state.mkdir(parents=True, exist_ok=True)
        servers = [self.isp, self.business_mta, *self.exchangers, self.hosted, self.web]
        servers += [server for server in (self.vpn, self.local_isp, self.relay) if server is not None]
        self._started = servers
        with ThreadPoolExecutor(len(servers)) as pool:
            starts = {pool.submit(server.start): server for server in servers}
        failures = [start.exception() for start in starts if start.exception() is not None]
        if failures:
            self.stop()
            raise failures[0]
        progress(f"mail world up: {len(servers)} servers")
        return self

    def stop(self) -> None:
        """Stop every server; a second call does nothing."""
        servers, self._started = self._started, []
        if servers:
            with ThreadPoolExecutor(len(servers)) as pool:
                list(pool.map(lambda server: server.stop(), servers))

    def __enter__(self) -> "MailWorld":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def address(host: Host, family: int) -> str:
    """A host's IPv4 or IPv6 address."""
    return host.ip4 if family == 4 else host.ip6


def foreign_domain(exchanger: MailServer, family: int) -> str:
    """A domain whose mail goes to this mail exchanger, over IPv4 or IPv6."""
    return f"v{family}.{exchanger.name}"
