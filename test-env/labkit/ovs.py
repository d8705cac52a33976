"""A private Open vSwitch: own database, own run directory, userspace datapath. The machine's own is not touched."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, Iterable, List, Optional

from .processes import Result, end_group, run, start, wait_until
from .registry import Registry

_SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
DATAPATH = "ovs-netdev"
"""The device by which the userspace datapath is seen; there can be one in a network namespace."""
_REFUSING = "tcp:127.0.0.1:1"
"""A controller address that refuses connections at once."""


class OpenVSwitch:
    """The pair of daemons. Its tools find it through the environment, Mininet's calls of ``ovs-vsctl`` among them."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self.directory: Path = registry.state / "ovs"
        self._database = None
        self._switchd = None

    def environment(self) -> Dict[str, str]:
        """The variables by which the tools of Open vSwitch find this instance."""
        return {key: str(self.directory) for key in ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR")}

    def attach(self) -> None:
        """Points this process's tools at this instance without starting it."""
        os.environ.update(self.environment())

    def start(self) -> None:
        """Starts database and switch daemon and waits until both answer.

        Raises LabError if another Open vSwitch with a userspace datapath runs in this namespace.
        """
        self._registry.intend_links([DATAPATH])
        (self.directory / "openvswitch").mkdir(parents=True, exist_ok=True)
        self.attach()
        database = self.directory / "conf.db"
        database.unlink(missing_ok=True)
        run(["ovsdb-tool", "create", database, _SCHEMA], check=True)
        socket = self.directory / "db.sock"
        self._database = start(
            self._registry,
            ["ovsdb-server", database, f"--remote=punix:{socket}", "--pidfile", "--log-file", "-vconsole:off"],
            "ovsdb-server",
            self.directory / "ovsdb-server.out",
        )
        wait_until("the switch database listens", socket.exists, 10)
        run(["ovs-vsctl", "--no-wait", "init"], check=True)
        self.start_switchd()

    def start_switchd(self) -> None:
        """Starts the switch daemon and waits until it answers."""
        self._switchd = start(
            self._registry,
            ["ovs-vswitchd", f"unix:{self.directory}/db.sock", "--pidfile", "--log-file", "-vconsole:off"],
            "ovs-vswitchd",
            self.directory / "ovs-vswitchd.out",
        )
        wait_until("the switch daemon answers", lambda: run(["ovs-appctl", "version"]).ok, 10)
        self.record_devices()

    def record_devices(self) -> None:
        """Journals the devices that the daemon has made for itself: they outlive it if it is not ended in order."""
        names = run(["ovs-vsctl", "list-br"]).stdout.split()
        self._registry.made_links([DATAPATH, *names])

    def stop_switchd(self) -> None:
        """Ends the switch daemon; with it go the tables of every switch."""
        if self._switchd is not None:
            end_group(self._switchd)
        else:
            pid = int((self.directory / "ovs-vswitchd.pid").read_text())
            run(["ovs-appctl", "exit"], check=True)
            wait_until("the switch daemon has ended", lambda: not os.path.exists(f"/proc/{pid}"), 10)

    def stop(self) -> None:
        """Ends both daemons."""
        if self._switchd is not None:
            # --cleanup: without it the bridges' devices stay
            run(["ovs-appctl", "exit", "--cleanup"])
        for child in (self._switchd, self._database):
            if child is not None:
                end_group(child)
        self._switchd = self._database = None


class AccessSwitch:
    """One access switch of the network: what an experiment does to it."""

    def __init__(self, name: str, dpid: str, openvswitch: OpenVSwitch) -> None:
        self.name = name
        self.dpid = dpid
        self._openvswitch = openvswitch
        self.controller: Optional[str] = None
        """Where its controller is, ``tcp:127.0.0.1:6653``; None if it has none."""

    def __repr__(self) -> str:
        return f"AccessSwitch({self.name}, {self.device})"

    @property
    def device(self) -> str:
        """ONOS's id."""
        return f"of:{self.dpid}"

    def ofctl(self, command: str, *arguments: str, check: bool = True) -> str:
        """``ovs-ofctl -O OpenFlow13 COMMAND SWITCH ARGUMENTS...``; returns its output."""
        result = run(["ovs-ofctl", "-O", "OpenFlow13", command, self.name, *arguments], check=check)
        return result.stdout

    def flows(self, table: Optional[int] = None) -> List[str]:
        """The rules on the switch, one line each, with counters."""
        match = [] if table is None else [f"table={table}"]
        lines = self.ofctl("dump-flows", *match).splitlines()
        return [line.strip() for line in lines if "actions=" in line or "priority=" in line]

    def trace(self, flow: str) -> str:
        """``ovs-appctl ofproto/trace`` of a flow in Open vSwitch's notation; returns its output."""
        return run(["ovs-appctl", "ofproto/trace", self.name, flow], check=True).stdout

    def forward_plainly(self) -> None:
        """Makes it an ordinary learning switch: one rule of the lowest priority, NORMAL. For networks without controller."""
        self.ofctl("add-flow", "priority=0,actions=NORMAL")

    def connect(self, address: str = "127.0.0.1", port: int = 6653) -> None:
        """Names its controller. Open vSwitch empties its tables at the first."""
        self.controller = f"tcp:{address}:{port}"
        self._set_controller(self.controller)

    def _set_controller(self, target: str) -> None:
        run(["ovs-vsctl", "set-controller", self.name, target], check=True)
        run(["ovs-vsctl", "set", "controller", self.name, "max_backoff=1000", "inactivity_probe=5000"], check=True)
        run(["ovs-vsctl", "set", "bridge", self.name, "other_config:disable-in-band=true"], check=True)

    def disconnect(self) -> None:
        """Takes its controller away for good. Open vSwitch empties its tables."""
        run(["ovs-vsctl", "del-controller", self.name], check=True)
        self.controller = None

    def is_connected(self) -> bool:
        """Whether the control channel is up."""
        return "true" in run(["ovs-vsctl", "get", "controller", self.name, "is_connected"]).stdout

    def wait_connected(self, seconds: float = 30) -> None:
        """Waits until the control channel is up. Raises LabError when ``seconds`` are over."""
        wait_until(f"{self.name} is connected to its controller", self.is_connected, seconds)

    def cut_control(self) -> None:
        """Cuts the control channel; the switch keeps its tables (``fail_mode=secure``) and goes on trying."""
        self._set_controller(_REFUSING)

    def restore_control(self) -> None:
        """Ends :meth:`cut_control`."""
        assert self.controller is not None, "connect() first"
        self._set_controller(self.controller)

    def add_port(self, name: str, number: int) -> None:
        """Gives it one more port, an internal one, with that number."""
        run(
            ["ovs-vsctl", "add-port", self.name, name, "--", "set", "interface", name, "type=internal"]
            + [f"ofport_request={number}"],
            check=True,
        )
        run(["ip", "link", "set", name, "up"], check=True)

    def plug(self, name: str, number: int) -> None:
        """Gives it an interface of this process's namespace as a port with that number, until :meth:`remove_port`."""
        run(
            ["ovs-vsctl", "add-port", self.name, name, "--", "set", "interface", name, f"ofport_request={number}"],
            check=True,
        )

    def remove_port(self, name: str) -> None:
        """Ends :meth:`add_port` and :meth:`plug`."""
        run(["ovs-vsctl", "del-port", self.name, name], check=True)

    def limit_tables(self, rules: int, tables: Iterable[int]) -> None:
        """Has these tables refuse what is above so many rules, as a switch of little memory does (OFPFMFC_TABLE_FULL)."""
        limit = f"{{{','.join(f'{table}=@limit' for table in tables)}}}"
        new = ["--", "--id=@limit", "create", "Flow_Table", f"flow_limit={rules}", "overflow_policy=refuse"]
        run(["ovs-vsctl", *new, "--", "set", "bridge", self.name, f"flow_tables={limit}"], check=True)

    def lift_limits(self) -> None:
        """Ends :meth:`limit_tables`."""
        run(["ovs-vsctl", "clear", "bridge", self.name, "flow_tables"], check=True)

    def restart(self) -> None:
        """A power cycle: every access switch's tables are lost, for they share one daemon. Aggregation is not concerned."""
        self._openvswitch.stop_switchd()
        self._openvswitch.start_switchd()

    def recreate(self) -> None:
        """Deletes the bridge and makes it anew with the same ports and controller: this switch's tables are lost."""
        ports = {}
        for port in run(["ovs-vsctl", "list-ports", self.name], check=True).stdout.split():
            number = run(["ovs-vsctl", "get", "interface", port, "ofport"], check=True).stdout.strip()
            ports[port] = number
        commands = ["--", "del-br", self.name, "--", "add-br", self.name]
        commands += ["--", "set", "bridge", self.name, "datapath_type=netdev", "fail_mode=secure"]
        commands += ["protocols=OpenFlow13", f"other_config:datapath-id={self.dpid}"]
        commands += ["other_config:disable-in-band=true"]
        for port, number in ports.items():
            commands += ["--", "add-port", self.name, port]
            commands += ["--", "set", "interface", port, f"ofport_request={number}"]
        if self.controller:
            commands += ["--", "set-controller", self.name, self.controller]
            commands += ["--", "set", "controller", self.name, "max_backoff=1000", "inactivity_probe=5000"]
        # del-br and add-br in one transaction is no change at all to the daemon: two transactions
        run(["ovs-vsctl", *commands[1:3]], check=True)
        run(["ovs-vsctl", *commands[4:]], check=True)
        run(["ip", "link", "set", self.name, "up"])
        self._openvswitch.record_devices()


def query(*arguments: str) -> Result:
    """``ovs-vsctl ARGUMENTS`` on the private instance."""
    return run(["ovs-vsctl", *arguments])
