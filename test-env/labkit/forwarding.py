"""Who forwards behind Postern, in both ways that operators do it."""

from __future__ import annotations

from typing import Protocol, Tuple

from . import build
from .network import Plan, addresses
from .onos import Onos, OnosError
from .processes import wait_until

FORWARD_TABLE = 12
MODES = ("normal", "reactive")


class Forwarding(Protocol):
    """A way of forwarding, and what it has to be told as Postern comes and goes."""

    name: str

    def start(self) -> None:
        """Forwards in a network without Postern."""

    def behind(self) -> None:
        """Postern's tables stand in front now."""

    def before_withdrawal(self) -> None:
        """Postern is about to leave."""

    def again(self) -> None:
        """ONOS has restarted: what it forgets is to be said again."""

    def stop(self) -> None:
        """Forwards no more, leaving nothing in ONOS."""


class NormalForwarding:
    """One rule NORMAL for each switch, posted over REST: an operator's static layer 2.

    Postern takes nothing away that was written directly, so it stands in both tables from the start; the one in table 0 goes
    once Postern's tables are in front. A withdrawal copies the one in FORWARD back to table 0, to ONOS the same rule as if it
    had been posted: it has the same device, table, priority, selector and application, and so the same id.
    """

    name = "normal"
    application = "org.postern.lab.forwarding"
    priority = 1

    def __init__(self, onos: Onos, plan: Plan) -> None:
        self._onos = onos
        self._devices = [addresses.device_id(i) for i in range(1, plan.switches + 1)]
        self._tables: Tuple[int, ...] = ()

    def _post(self, *tables: int) -> None:
        for table in tables:
            for device in self._devices:
                self._onos.post_flow(
                    device,
                    self.application,
                    {
                        "priority": self.priority,
                        "tableId": str(table),
                        "isPermanent": True,
                        "timeout": 0,
                        "selector": {"criteria": []},
                        "treatment": {"instructions": [{"type": "OUTPUT", "port": "NORMAL"}]},
                    },
                )

    def start(self) -> None:
        """See :class:`Forwarding`."""
        self._tables = (FORWARD_TABLE, 0)
        self._post(*self._tables)

    def behind(self) -> None:
        """See :class:`Forwarding`: whoever put it there, Postern's copy too, the rule in table 0 goes."""
        self._tables = (FORWARD_TABLE,)
        for device in self._devices:
            for flow in self._onos.flows(device):
                if flow["appId"] == self.application and str(flow["tableId"]) == "0":
                    self._onos.delete_flow(device, str(flow["id"]))

    def before_withdrawal(self) -> None:
        """See :class:`Forwarding`: Postern copies the rule to table 0, where it is to be found again after a restart."""
        self._tables = (FORWARD_TABLE, 0)

    def again(self) -> None:
        """See :class:`Forwarding`: flows posted over REST are in memory only."""
        self._post(*self._tables)

    def stop(self) -> None:
        """See :class:`Forwarding`."""
        self._onos.delete_flows_of(self.application)
        self._tables = ()


class SingleTableForwarding(NormalForwarding):
    """The same rule, in the one table that everybody shares."""

    def start(self) -> None:
        """See :class:`Forwarding`."""
        self._tables = (0,)
        self._post(*self._tables)

    def behind(self) -> None:
        """See :class:`Forwarding`: nothing stands in front."""

    def before_withdrawal(self) -> None:
        """See :class:`Forwarding`: nothing was moved."""


class ReactiveForwarding:
    """The harness's application: packet requests and forwarding objectives, as ONOS's own reactive forwarding."""

    name = "reactive"
    application = "org.postern.lab.reactive"

    def __init__(self, onos: Onos, plan: Plan) -> None:
        self._onos = onos

    def start(self) -> None:
        """See :class:`Forwarding`."""
        if self._onos.app_state(self.application) != "ABSENT":
            self._onos.uninstall_app(self.application)
        self._onos.install_app(build.reactive_oar())
        wait_until(
            "reactive forwarding is active", lambda: self._onos.app_state(self.application) == "ACTIVE", 30, 0.2
        )

    def behind(self) -> None:
        """See :class:`Forwarding`: the driver moves objectives by itself."""

    def before_withdrawal(self) -> None:
        """See :class:`Forwarding`: Postern moves them back."""

    def again(self) -> None:
        """See :class:`Forwarding`: ONOS starts its applications by itself."""

    def stop(self) -> None:
        """See :class:`Forwarding`."""
        try:
            self._onos.uninstall_app(self.application)
        except OnosError as problem:
            if problem.status != 404:
                raise


def forwarding(mode: str, onos: Onos, plan: Plan, single_table: bool = False) -> Forwarding:
    """The forwarding of that name: one of :data:`MODES`.

    :param single_table: whether Postern's rules stand in the same table
    """
    normal = SingleTableForwarding if single_table else NormalForwarding
    kinds = {"normal": normal, "reactive": ReactiveForwarding}
    return kinds[mode](onos, plan)
