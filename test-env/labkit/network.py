"""The access network of the lab: Mininet's topology on a private Open vSwitch, with hosts and switches to work with."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

from .errors import LabError
from .hosts import Host
from .ovs import AccessSwitch, OpenVSwitch
from .processes import run, wait_until
from .progress import say
from .registry import Registry

TOPOLOGY = Path(__file__).resolve().parents[2] / "topology"
sys.path.insert(0, str(TOPOLOGY))

import addresses  # noqa: E402
from addresses import Plan  # noqa: E402

__all__ = ["AccessNetwork", "Plan", "addresses"]


class AccessNetwork:
    """An access network, either built by this process (:meth:`start`) or found running (:meth:`attach`)."""

    def __init__(self, registry: Registry, plan: Optional[Plan] = None) -> None:
        self.plan = plan or Plan()
        self._registry = registry
        self.openvswitch = OpenVSwitch(registry)
        self._mininet: Any = None
        self._hosts: Dict[str, Host] = {}
        self._switches: Dict[int, AccessSwitch] = {
            i: AccessSwitch(addresses.switch_name(i), addresses.dpid(i), self.openvswitch)
            for i in range(1, self.plan.switches + 1)
        }

    # ---------------------------------------------------------------- life

    def start(self) -> "AccessNetwork":
        """Builds it. No switch has a controller or a rule yet: nothing is forwarded. Returns itself."""
        say(f"access network: {self.plan.switches} switch(es), {self.plan.subscribers} subscriber(s) each")
        self.openvswitch.start()
        from functools import partial

        from mininet.log import setLogLevel
        from mininet.net import Mininet
        from mininet.node import OVSSwitch

        import access

        setLogLevel("error")
        # Mininet would change the machine's limits and kernel settings for good
        Mininet.inited = True
        topology = access.AccessTopo(plan=self.plan)
        outside = self._root_interfaces(topology)
        self._registry.intend_links(outside)
        OVSSwitch.setup()
        switch = partial(
            OVSSwitch, datapath="user", protocols="OpenFlow13", failMode="secure", reconnectms=1000, inband=False
        )
        self._mininet = Mininet(topo=topology, switch=switch, controller=None, waitConnected=False)
        for node in self._mininet.hosts:
            self._registry.process(node.pid, f"host {node.name}", host=True)
        self._mininet.start()
        self._registry.made_links(outside)
        for name in outside:
            # the machine itself must not speak on the subscribers' lines
            Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
        for node in self._mininet.hosts:
            self._hosts[node.name] = self._host(node.name, node.pid)
        self._registry.note(
            what="network",
            plan={f.name: getattr(self.plan, f.name) for f in dataclasses.fields(self.plan) if f.init and f.name[0] != "_"},
            hosts={name: host.pid for name, host in self._hosts.items()},
        )
        self._await_addresses()
        if self.plan.shape == "ring":
            self.protection_link(up=False)
        say("access network: up")
        return self

    @classmethod
    def attach(cls, registry: Registry) -> "AccessNetwork":
        """The network that another process holds up, by the journal.

        Raises LabError if there is none.
        """
        for entry in reversed(registry.entries()):
            if entry["kind"] == "note" and entry.get("what") == "network":
                network = cls(registry, Plan(**entry["plan"]))
                network.openvswitch.attach()
                network._hosts = {name: network._host(name, pid) for name, pid in entry["hosts"].items()}
                return network
        raise LabError("no network is up; start one with 'lab up'")

    def stop(self) -> None:
        """Takes it down."""
        if self._mininet is not None:
            self._mininet.stop()
            self._mininet = None
        self.openvswitch.stop()

    def _root_interfaces(self, topology: Any) -> List[str]:
        names = [addresses.switch_name(i) for i in self._switches]
        for first, second, information in topology.links(withInfo=True):
            for node, port in ((information["node1"], information["port1"]), (information["node2"], information["port2"])):
                if node in names and node in (first, second):
                    names_of_port = f"{node}-eth{port}"
                    if names_of_port not in names:
                        names.append(names_of_port)
        return names

    def _host(self, name: str, pid: int) -> Host:
        if name == "edge":
            side, domain = addresses.GATEWAY, ""
        else:
            servers = {server.name: server for server in self.plan.servers()}
            if name in servers:
                side, domain = servers[name].interface, servers[name].domain
            else:
                side, domain = self.plan.subscriber(name).interface, ""
        return Host(name, pid, f"{name}-eth0", side.address4, side.address6, side.mac, self._registry, domain)

    def _await_addresses(self) -> None:
        def settled() -> bool:
            return not any("tentative" in host.run(["ip", "-6", "addr", "show"]).stdout for host in self.hosts())

        wait_until("every IPv6 address is usable", settled, 15)

    # ---------------------------------------------------------------- parts

    def host(self, name: str) -> Host:
        """The host of that name. Raises LabError naming the ones there are."""
        try:
            return self._hosts[name]
        except KeyError:
            raise LabError(f"no host {name!r}; there are {', '.join(self._hosts)}") from None

    def hosts(self) -> List[Host]:
        """Every host, the edge router among them."""
        return list(self._hosts.values())

    def switch(self, number: int = 1) -> AccessSwitch:
        """Access switch ``number``, from 1. Raises LabError if there is none."""
        try:
            return self._switches[number]
        except KeyError:
            raise LabError(f"no access switch {number}; there are 1 to {len(self._switches)}") from None

    def switches(self) -> List[AccessSwitch]:
        """Every access switch."""
        return list(self._switches.values())

    def uplink(self, number: int = 1) -> str:
        """The interface, in this process's namespace, by which access switch ``number`` reaches the aggregation."""
        return f"{addresses.switch_name(number)}-eth{addresses.UPLINK_PORT}"

    # ---------------------------------------------------------------- acts

    def forward_plainly(self) -> None:
        """Makes every access switch an ordinary learning switch (no controller, no policy)."""
        for switch in self.switches():
            switch.forward_plainly()

    def connect(self, address: str = "127.0.0.1", port: int = 6653) -> None:
        """Names the controller of every access switch and waits until all are connected."""
        for switch in self.switches():
            switch.connect(address, port)
        for switch in self.switches():
            switch.wait_connected()

    def protection_link(self, up: bool) -> None:
        """Takes the link that closes a ring up or down; a ring starts with it down."""
        assert self.plan.shape == "ring", "only a ring has one"
        ends = (
            f"{addresses.switch_name(self.plan.switches)}-eth{addresses.DOWNSTREAM_PORT}",
            f"{addresses.switch_name(1)}-eth{addresses.UPSTREAM_PORT}",
        )
        for end in ends:
            run(["ip", "link", "set", end, "up" if up else "down"], check=True)

    def network_configuration(self, driver: Optional[str] = "postern-ovs", postern: bool = True) -> dict:
        """See :meth:`addresses.Plan.network_configuration`."""
        return self.plan.network_configuration(driver, postern)
