"""Everybody that a policy may point to, beside a network that is up: mail servers and relay, portal and contact desk, DNS, DHCP, NTP."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Optional

from .mail.exchanger import MailServer
from .mail.world import MailWorld
from .network import AccessNetwork, addresses
from .onos import Onos
from .progress import step
from .remediation.server import Portal
from .services import NetworkServices


class Stage:
    """The servers of a network; relay and portal are there if the network's plan has them."""

    def __init__(self, network: AccessNetwork, state: Path) -> None:
        self.network = network
        self.world = MailWorld(network.hosts(), state, vpn=False)
        self.services = NetworkServices(network, state)
        self.portal: Optional[Portal] = None
        self.contact: Optional[MailServer] = None
        """The ISP's contact desk takes mail, so that a subscriber without mail can write to somebody."""
        if network.plan.portal:
            host = network.host(addresses.PORTAL.name)
            self.portal = Portal(host, state)
            self.contact = self.world.server(host, "desk.isp.example")
        self._running = ExitStack()

    def start(self) -> "Stage":
        """Starts them all; if one fails the others are stopped and its error is raised."""
        with step("starting the servers"), ExitStack() as stack:
            for server in (self.world, self.services, self.portal, self.contact):
                if server is not None:
                    stack.callback(server.stop)
                    server.start()
            self._running = stack.pop_all()
        return self

    def stop(self) -> None:
        """Ends them all."""
        self._running.close()

    def tell(self, onos: Onos) -> None:
        """Has ONOS hear of relay and portal, at the first switch's uplink: the lab's ONOS has no host provider of its own."""
        for server, there in ((addresses.RELAY, self.network.plan.relay), (addresses.PORTAL, self.network.plan.portal)):
            if there:
                side = server.interface
                onos.tell_host(side.mac, [side.address4, side.address6], UPLINK)

    def __enter__(self) -> "Stage":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


UPLINK = f"{addresses.device_id(1)}/{addresses.UPLINK_PORT}"
"""Where ONOS would hear of who stands behind the aggregation."""
