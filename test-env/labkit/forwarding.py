"""Who forwards behind Postern, in both ways that operators do it."""

from __future__ import annotations

from typing import Dict, List, Protocol, Tuple

from . import build
from .network import Plan, addresses
from .onos import Onos, OnosError
from .processes import wait_until

FORWARD_TABLE = 10
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

    Nobody moves a rule that was written directly, so it stands in both tables from the start; the one in table 0 goes once
    Postern's tables are in front.
    """

    name = "normal"
    application = "org.postern.lab.forwarding"
    priority = 1

    def __init__(self, onos: Onos, plan: Plan) -> None:
        self._onos = onos
        self._devices = [addresses.device_id(i) for i in range(1, plan.switches + 1)]
        self._rules: Dict[Tuple[str, int], str] = {}

    def _post(self, table: int) -> None:
        for device in self._devices:
            self._rules[device, table] = self._onos.post_flow(
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
        self._post(FORWARD_TABLE)
        self._post(0)

    def behind(self) -> None:
        """See :class:`Forwarding`."""
        for device in self._devices:
            rule = self._rules.pop((device, 0), None)
            if rule is not None:
                self._onos.delete_flow(device, rule)

    def before_withdrawal(self) -> None:
        """See :class:`Forwarding`."""
        self._post(0)

    def again(self) -> None:
        """See :class:`Forwarding`: flows posted over REST are in memory only."""
        tables: List[int] = sorted({table for _, table in self._rules}, reverse=True)
        for table in tables:
            self._post(table)

    def stop(self) -> None:
        """See :class:`Forwarding`."""
        self._onos.delete_flows_of(self.application)
        self._rules.clear()


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


def forwarding(mode: str, onos: Onos, plan: Plan) -> Forwarding:
    """The forwarding of that name: one of :data:`MODES`."""
    kinds = {"normal": NormalForwarding, "reactive": ReactiveForwarding}
    return kinds[mode](onos, plan)
