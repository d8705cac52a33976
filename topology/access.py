"""Access networks for Mininet, dual-stack.

With plain Mininet and any controller that speaks OpenFlow 1.3::

    mn --custom topology/access.py --topo access,switches=2,subscribers=2,shape=chain \\
       --controller remote,ip=127.0.0.1 --switch ovs,protocols=OpenFlow13,datapath=user,failMode=secure

Parameters of ``access``: ``switches``, ``subscribers`` (a switch), ``business`` (of them), ``shape`` (star, chain, ring),
``local_server`` (0 or 1: an ISP server on port 50 of ``s1``), ``relay`` and ``portal`` (0 or 1: a mail relay, a remediation
portal, both on the subscribers' own segment). Names and addresses: ``addresses.py``.

::

    r1 ─┐                                       ┌─ isp    the ISP's submission server
    r2 ─┤ s1 ──100── agg1 ────── edge (router) ─┤
    b1 ─┘ (OpenFlow) (bridge)                   └─ inet1 (bridge) ── mx1, mx2, host, vpn
                     │   │
                  relay portal

Only the access switches ``s1``, ``s2``, ... are the controller's: aggregation and internet are plain learning bridges in a
namespace of their own. A chain hangs every further switch on the one before it; a ring closes the chain with a link that
is down until somebody takes it up (the ring's protection link), since plain forwarding would loop.
"""

from __future__ import annotations

import os
import sys

# mn --custom executes this file as text: neither __file__ nor the folder's name on the path is set then
sys.path.insert(0, os.path.dirname(os.path.abspath(sys._getframe().f_code.co_filename)))

from mininet.node import Node, Switch  # noqa: E402
from mininet.topo import Topo  # noqa: E402

import addresses  # noqa: E402
from addresses import Interface, Plan  # noqa: E402


def _quiet(node: Node, name: str) -> None:
    # without this, ping works over Open vSwitch's userspace datapath and TCP is dead: checksums are left to a card that
    # does not exist
    node.cmd(f"ethtool -K {name} tx off")


def _address(node: Node, name: str, interface: Interface) -> None:
    node.cmd(f"ip addr add {interface.ip4} dev {name}")
    node.cmd(f"ip -6 addr add {interface.ip6} dev {name} nodad")
    # for Mininet's own commands (``r1 ping mx1``), which know IPv4 only
    known = node.intf(name)
    if not known.ip:
        known.ip, known.prefixLen = interface.ip4.split("/")


class DualStackHost(Node):
    """A host with one interface, both families, and a default route for each."""

    def config(self, interface=None, gateway4=None, gateway6=None, also=(), **params):
        """Called by Mininet when the links are there. ``also``: more addresses of the same interface."""
        self.cmd("sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0")
        self.cmd("sysctl -qw net.ipv6.conf.all.accept_ra=0 net.ipv6.conf.default.accept_ra=0")
        result = super().config(mac=interface.mac, lo="up")
        name = self.defaultIntf().name
        _quiet(self, name)
        for one in (interface, *also):
            _address(self, name, one)
        self.cmd(f"ip link set {name} up")
        self.cmd(f"ip route add default via {gateway4} dev {name}")
        self.cmd(f"ip -6 route add default via {gateway6} dev {name}")
        return result


class EdgeRouter(Node):
    """The ISP's edge: routes between subscribers, the ISP's servers and the internet, both families."""

    def config(self, sides=(), **params):
        """``sides``: for each interface, in the order of the links, the tuple of its address pairs."""
        self.cmd("sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0")
        # subscribers reach a server on their own switch through the router and back: it must not redirect them
        self.cmd("sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0")
        result = super().config(lo="up")
        for number, pairs in enumerate(sides):
            name = self.intfs[number].name
            self.cmd(f"sysctl -qw net.ipv4.conf.{name}.send_redirects=0")
            self.cmd(f"ip link set {name} address {pairs[0].mac}")
            _quiet(self, name)
            for interface in pairs:
                _address(self, name, interface)
            self.cmd(f"ip link set {name} up")
        self.cmd("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
        return result


class PlainBridge(Switch):
    """A learning bridge of the kernel, in a namespace of its own, that no controller sees."""

    def start(self, controllers):
        """Called by Mininet; ``controllers`` is ignored."""
        self.cmd("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1")
        # neighbour discovery is multicast and there is no querier: snooping would lose it
        self.cmd("ip link add bridge type bridge stp_state 0 mcast_snooping 0 forward_delay 0")
        for name in self.intfNames():
            if name != "lo":
                _quiet(self, name)
                self.cmd(f"ip link set {name} master bridge up")
        self.cmd("ip link set bridge up")

    def stop(self, deleteIntfs=True):
        """Called by Mininet."""
        self.cmd("ip link del bridge")
        super().stop(deleteIntfs)

    def connected(self):
        """A bridge without a controller is always connected."""
        return True


class AccessTopo(Topo):
    """See the module's text. Every parameter may come as text from the command line."""

    def build(self, *words, plan=None, **parameters):
        """Called by Mininet. ``plan``, from Python, replaces the other parameters.

        Raises SystemExit with one line for a bad parameter: for any other error ``mn`` ends every Mininet of the machine.
        """
        try:
            plan = plan or self._plan(words, parameters)
        except ValueError as problem:
            raise SystemExit(f"access: {problem}") from None
        self.plan = plan
        access = [
            self.addSwitch(addresses.switch_name(i), dpid=addresses.dpid(i)) for i in range(1, plan.switches + 1)
        ]
        aggregation = self.addSwitch("agg1", cls=PlainBridge, inNamespace=True, dpid=f"{0xA1:016x}")
        internet = self.addSwitch("inet1", cls=PlainBridge, inNamespace=True, dpid=f"{0xB1:016x}")

        for subscriber in plan.all_subscribers():
            self._host(
                subscriber.name, subscriber.interface, addresses.GATEWAY.address4, addresses.GATEWAY.address6
            )
            self.addLink(subscriber.name, addresses.switch_name(subscriber.switch), port2=subscriber.port)

        for i, name in enumerate(access, start=1):
            if plan.shape == "star" or i == 1:
                self.addLink(name, aggregation, port1=addresses.UPLINK_PORT, port2=i)
        if plan.shape != "star":
            for upper, lower in zip(access, access[1:]):
                self.addLink(upper, lower, port1=addresses.DOWNSTREAM_PORT, port2=addresses.UPSTREAM_PORT)
        if plan.shape == "ring":
            self.addLink(access[-1], access[0], port1=addresses.DOWNSTREAM_PORT, port2=addresses.UPSTREAM_PORT)

        edge = self.addHost(
            "edge",
            cls=EdgeRouter,
            sides=(
                (addresses.GATEWAY, addresses.GATEWAY_LOCAL_SERVERS),
                (addresses.GATEWAY_SERVERS,),
                (addresses.GATEWAY_INTERNET,),
            ),
        )
        self.addLink(edge, aggregation, port1=0, port2=addresses.EDGE_PORT)
        self._server(addresses.ISP)
        self.addLink(edge, addresses.ISP.name, port1=1)
        self.addLink(edge, internet, port1=2, port2=1)
        for number, server in enumerate(addresses.INTERNET, start=2):
            self._server(server)
            self.addLink(server.name, internet, port2=number)
        if plan.local_server:
            self._server(addresses.LOCAL_ISP)
            self.addLink(addresses.LOCAL_ISP.name, access[0], port2=addresses.SERVER_PORT)
        if plan.relay:
            self._server(addresses.RELAY)
            self.addLink(addresses.RELAY.name, aggregation, port2=addresses.RELAY_PORT)
        if plan.portal:
            self._server(addresses.PORTAL, also=(addresses.CONTACT,))
            self.addLink(addresses.PORTAL.name, aggregation, port2=addresses.PORTAL_PORT)

    @staticmethod
    def _plan(words, parameters) -> Plan:
        if words:
            raise ValueError(f"{words[0]}: no value given; parameters are written as switches=2,shape=chain")
        return addresses.plan_with(**parameters)

    def _host(self, name, interface, gateway4, gateway6, also=()):
        self.addHost(name, cls=DualStackHost, interface=interface, gateway4=gateway4, gateway6=gateway6, also=also)

    def _server(self, server, also=()):
        self._host(server.name, server.interface, server.gateway4, server.gateway6, also)


topos = {"access": AccessTopo}
