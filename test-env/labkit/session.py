"""A lab in use: one ONOS, and one access network at a time with Postern on it or not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

from . import build, machine
from .errors import LabError
from .forwarding import Forwarding, forwarding
from .network import AccessNetwork, Plan
from .onos import ManagedOnos, Onos, OnosDistribution, OnosError
from .postern import Postern, require_no_data
from .processes import wait_until
from .progress import say, step
from .registry import Registry

_CLOSE_SECONDS = 15.0
"""How long the lab's own ONOS may take to end in order when nobody will start it with its data again."""


DEFAULT_STATE = Path(__file__).resolve().parents[1] / ".lab"
"""Where a lab keeps what it needs, unless it is told."""


@dataclass(frozen=True)
class Options:
    """What every command understands."""

    state: Path
    onos: Optional[str] = None
    """URL of an ONOS that runs already."""
    onos_home: Optional[Path] = None
    """Directory of an unpacked official distribution."""

    @property
    def starts_onos(self) -> bool:
        """Whether the lab starts the ONOS itself."""
        return self.onos is None


def check(options: Options, registry: Registry, starts_onos: bool) -> None:
    """What comes first: disk, free ports or an ONOS that answers and has no data of somebody else's Postern, packages, tools.

    :param starts_onos: whether an ONOS is to be started in this network namespace, so that its ports have to be free
    Raises LabError for the first thing that is wrong. Root is checked before, see :func:`machine.require_root`.
    """
    machine.require_disk(options.state)
    if starts_onos:
        machine.require_ports()
    elif options.onos is not None:
        Onos(options.onos).require()
    if options.onos_home is not None:
        OnosDistribution(registry, options.onos_home)
    machine.install_packages(registry)
    if starts_onos:
        # again: without the packages nobody could say who listens
        machine.require_ports()
    elif options.onos is not None:
        # only now: Postern's console is asked over ssh, which the packages bring
        require_no_data(Onos(options.onos))
    machine.require_java()


def prepare(options: Options, registry: Registry) -> None:
    """:func:`check`, then the build of what is missing or stale. Raises LabError."""
    check(options, registry, options.starts_onos)
    build.ensure(registry)


class Lab:
    """The lab of one command or one test session."""

    def __init__(self, options: Options, registry: Registry) -> None:
        self.options = options
        self.registry = registry
        self.onos: Onos = self._controller()
        self._network: Optional[AccessNetwork] = None
        self._forwarding: Optional[Forwarding] = None
        self._postern: Optional[Postern] = None

    def _controller(self) -> Onos:
        if self.options.onos is not None:
            return Onos(self.options.onos)
        if self.options.onos_home is not None:
            return OnosDistribution(self.registry, self.options.onos_home)
        return ManagedOnos(self.registry, build.ASSEMBLY)

    # ---------------------------------------------------------------- parts

    @property
    def network(self) -> AccessNetwork:
        """The network that is up. Raises LabError if there is none."""
        if self._network is None:
            raise LabError("no network is up")
        return self._network

    @property
    def forwarding(self) -> Forwarding:
        """Who forwards in it. Raises LabError if nobody."""
        if self._forwarding is None:
            raise LabError("nobody forwards")
        return self._forwarding

    @property
    def postern(self) -> Postern:
        """Postern for the network that is up, installed or not. Raises LabError if there is no network."""
        if self._postern is None:
            raise LabError("no network is up")
        return self._postern

    @property
    def managed(self) -> ManagedOnos:
        """The ONOS, if the lab may restart it. Raises LabError if it is somebody else's."""
        if not isinstance(self.onos, ManagedOnos):
            raise LabError(f"the ONOS at {self.onos.url} is not the lab's to restart")
        return self.onos

    # ---------------------------------------------------------------- acts

    def start_onos(self) -> "Lab":
        """Starts ONOS, or makes sure that the one that runs answers. Returns itself."""
        if isinstance(self.onos, ManagedOnos):
            self.onos.start()
        else:
            self.onos.require()
        return self

    def build_network(
        self,
        plan: Optional[Plan] = None,
        mode: str = "normal",
        unconnected: Optional[Callable[[AccessNetwork], None]] = None,
        single_table: bool = False,
    ) -> AccessNetwork:
        """Builds a network, connects it to ONOS and makes it forward, without Postern. One that is up goes first.

        :param unconnected: what to do with it before its switches have a controller, or a rule
        :param single_table: whether Postern is to put the policy into the one table of the switches
        """
        self.drop_network()
        network = AccessNetwork(self.registry, plan)
        self._network = network
        network.start()
        if unconnected is not None:
            unconnected(network)
        self._postern = Postern(self.onos, network.plan, single_table=single_table)
        with step("connecting the switches to ONOS"):
            network.connect(self.onos.address)
            for switch in network.switches():
                self.onos.wait_for_device(switch.device)
            self._forwarding = forwarding(mode, self.onos, network.plan, single_table)
            self._forwarding.start()
            self.await_forwarding()
        return network

    def await_forwarding(self, *names: str) -> None:
        """Waits until these subscribers, by default the first of each switch, reach the internet over both families.

        Raises LabError when that does not come.
        """
        far = self.network.host("mx1")
        first = {s.switch: s.name for s in reversed(self.network.plan.all_subscribers())}
        for host in map(self.network.host, names or first.values()):
            for family in (4, 6):
                wait_until(
                    f"{host.name} reaches {far.name} over IPv{family}",
                    lambda: host.run(["ping", f"-{family}", "-c1", "-W1", far.ip(family)]).ok,
                    30,
                )

    def enforce(self, late: bool = False) -> Postern:
        """Installs Postern if it is not there, configures it and waits until the policy is in force.

        :param late: name the driver last, after everything else
        """
        postern = self.postern
        if any(self.onos.app_state(name) != "ACTIVE" for name in postern.oars):
            postern.install()
        with step("bringing the policy into force"):
            postern.configure(driver=not late)
            postern.add_subscribers()
            if late:
                postern.name_driver()
            postern.enforce_withdrawn()
            postern.wait_in_force()
            self.forwarding.behind()
        return postern

    def drop_network(self) -> None:
        """Takes Postern and the network away; ONOS stays, as it was before."""
        network, self._network = self._network, None
        postern, self._postern = self._postern, None
        way, self._forwarding = self._forwarding, None
        if network is None:
            return
        try:
            if self._answers():
                if postern is not None:
                    with step("taking Postern off again"):
                        postern.leave()
                if way is not None:
                    way.stop()
        finally:
            network.stop()
        if self._answers():
            for switch in network.switches():
                try:
                    self.onos.rest("DELETE", f"devices/{switch.device}")
                except OnosError as problem:
                    if problem.status != 404:
                        say(f"device {switch.device} stays in ONOS: {problem}")

    def _answers(self) -> bool:
        try:
            self.onos.get("cluster")
            return True
        except OnosError:
            return False

    def close(self) -> None:
        """Takes everything down that this lab has made; an ONOS that ran before goes on, without what the lab added."""
        if not isinstance(self.onos, ManagedOnos):
            self.drop_network()
            return
        # what is in the lab's own ONOS goes with it: every start is from a fresh copy
        network, self._network = self._network, None
        self._postern = self._forwarding = None
        try:
            if network is not None:
                network.stop()
        finally:
            self.onos.stop(_CLOSE_SECONDS)

    def abandon(self) -> None:
        """After a failure: leaves somebody else's ONOS as it was found. The sweep takes care of everything on this machine."""
        if isinstance(self.onos, ManagedOnos):
            return
        try:
            self.drop_network()
        except Exception as problem:  # noqa: BLE001 (the first problem is the one to be told)
            say(f"leaving the ONOS at {self.onos.url}: {problem}")


def where(lab: Lab) -> str:
    """How to reach everything of a lab that stays up."""
    command = "test-env/lab" + (f" --state {lab.options.state}" if lab.options.state != DEFAULT_STATE else "")
    lines = [
        "",
        f"Karaf console   {command} console      (ssh -p 8101 {lab.onos.user}@{lab.onos.address})",
        f"REST            {lab.onos.url}/onos/v1   user {lab.onos.user}",
        f"a host's shell  {command} shell HOST",
        f"end             {command} down",
        "",
    ]
    for host in lab.network.hosts():
        lines.append(f"  {host.name:5} {host.ip4:15} {host.ip6:22} pid {host.pid}  {host.domain}".rstrip())
    return "\n".join(lines)
