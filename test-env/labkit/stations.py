"""Several hosts behind one line: network namespaces of their own, each on a macvlan device of the line's interface.

What they send goes out of the line's port with their own MAC and IP addresses, as from behind a customer's switch; among each
other they speak without the access switch.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Dict, List, Mapping

from .hosts import Host
from .mail.processes import HostProcess
from .network import addresses
from .registry import Registry


class Stations:
    """The hosts behind one line, by name; they end with :meth:`stop`."""

    def __init__(self, line: Host, interfaces: Mapping[str, addresses.Interface], registry: Registry) -> None:
        """``interfaces``: the addresses of each, on the subscribers' segment. Names are those of interfaces: 15 letters at most."""
        self._line = line
        self._interfaces = interfaces
        self._registry = registry
        self._running = ExitStack()

    def start(self) -> Dict[str, Host]:
        """Makes them, up, with addresses and default routes; if one fails the others are taken away and its error is raised."""
        with ExitStack() as stack:
            hosts = {name: self._make(name, side, stack) for name, side in self._interfaces.items()}
            self._running = stack.pop_all()
        return hosts

    def stop(self) -> None:
        """Takes them away: a namespace's devices go with it."""
        self._running.close()

    def _make(self, name: str, side: addresses.Interface, stack: ExitStack) -> Host:
        script = "ip link set lo up && echo ready && exec sleep infinity"
        log = self._line.dir / f"{name}.log"
        process = HostProcess(self._line, ["unshare", "--net", "sh", "-c", script], log, f"station {name}")
        stack.callback(process.stop)
        process.await_output("ready")
        intf, device = self._line.intf, f"dev {name}"
        self._line.run(f"ip link add link {intf} name {name} address {side.mac} type macvlan mode bridge", check=True)
        self._line.run(f"ip link set {device} netns {process.pid}", check=True)
        host = Host(name, process.pid, name, side.address4, side.address6, side.mac, self._registry)
        commands: List[str] = [
            f"ip addr add {side.ip4} {device}",
            f"ip -6 addr add {side.ip6} {device} nodad",
            f"ip link set {device} up",
            f"ip route add default via {addresses.GATEWAY.address4} {device}",
            f"ip -6 route add default via {addresses.GATEWAY.address6} {device}",
        ]
        host.run(" && ".join(commands), check=True)
        return host
