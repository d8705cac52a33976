"""The network a technique is tried on, and what was seen there."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Sequence, Tuple

from .flight import UPLINK, Flight, Line, Watch, send
from ..hosts import Host
from ..mail.world import MailWorld
from ..network import AccessNetwork, addresses
from ..processes import run

_GATEWAYS = {
    **{server.name: addresses.GATEWAY_INTERNET.mac for server in addresses.INTERNET},
    addresses.ISP.name: addresses.GATEWAY_SERVERS.mac,
}
"""The router's MAC address as hosts see it that are not on the subscribers' side."""


@dataclass(frozen=True)
class Observation:
    """What became of one try: whether all of it arrived, and whether any of it did."""

    all: bool
    any: bool
    evidence: str

    @property
    def outcome(self) -> str:
        """``arrived``, ``partly`` or ``nothing``."""
        return "arrived" if self.all else "partly" if self.any else "nothing"


@dataclass(frozen=True)
class Stage:
    """A network with its mail world up; ``enforced`` once Postern is in force, before that there is the naive rule."""

    network: AccessNetwork
    world: MailWorld
    state: Path
    enforced: bool

    def host(self, name: str) -> Host:
        """A host of the network."""
        return self.network.host(name)

    def flight(self, sender: str, target: str, family: int) -> Flight:
        """From one host to another, with a mark of its own."""
        cast = {host.name: Line.of(host) for host in self.network.hosts()}
        return Flight(cast[sender], cast[target], family, self._hop(cast[sender], cast[target]), cast)

    @staticmethod
    def _hop(sender: Line, target: Line) -> str:
        if sender.name in _GATEWAYS:
            return _GATEWAYS[sender.name]
        return addresses.GATEWAY.mac if target.name in _GATEWAYS else target.mac

    def watch(self, *names: str) -> Watch:
        """Captures on the uplink and at these hosts, not started."""
        return Watch(self.network.uplink(1), [self.host(name) for name in names], self.state)

    def send(self, frames: Sequence[Tuple[str, bytes, Sequence[bytes]]]) -> None:
        """Sends frames, each with its sender's name and mark, one sender after the other."""
        by_sender: Dict[str, list] = {}
        for sender, mark, some in frames:
            by_sender.setdefault(sender, []).append((mark, some))
        for sender, flights in by_sender.items():
            send(self.host(sender), flights)

    def heal(self) -> None:
        """Makes switch and hosts learn again who is where, after somebody claimed to be somebody else."""
        for switch in self.network.switches():
            run(["ovs-appctl", "fdb/flush", switch.name], check=True)
        local = [host for host in self.network.hosts() if host.name not in _GATEWAYS]
        with ThreadPoolExecutor(len(local)) as pool:
            list(pool.map(self._forget, local))
            list(pool.map(self._speak, local))

    @staticmethod
    def _forget(host: Host) -> None:
        for family in (4, 6):
            host.run(["ip", f"-{family}", "neigh", "flush", "all"])

    @staticmethod
    def _speak(host: Host) -> None:
        if host.name == "edge":
            return
        gateways = addresses.GATEWAY_LOCAL_SERVERS if host.name == addresses.LOCAL_ISP.name else addresses.GATEWAY
        for family, gateway in ((4, gateways.address4), (6, gateways.address6)):
            host.run(["ping", f"-{family}", "-c1", "-W2", gateway])

    def enforcing(self) -> "Stage":
        """The same network once Postern is in force."""
        return dataclasses.replace(self, enforced=True)
