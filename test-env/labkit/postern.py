"""Postern as an operator meets it: its applications, its configuration and its Karaf commands."""

from __future__ import annotations

import copy
import json
import re
import time
from pathlib import Path
from typing import Any, Collection, Dict, List, Optional

from .errors import LabError
from .network import Plan, addresses
from .onos import ManagedOnos, Onos, OnosError
from .processes import Result, wait_until
from .progress import say

APP = "org.postern"
DRIVERS = "org.postern.drivers"
DRIVER = "postern-ovs"
STOCK_DRIVER = "ovs"
FRONT_TABLE = "org.postern.drivers.FrontTableManager"
SUBMISSION_GUARD = "org.postern.submission.SubmissionGuard"
OBJECTIVE_APPLICATIONS = "objectiveApplications"
REACTIVE = "org.postern.lab.reactive"
IN_FORCE_SECONDS = 60
_LEAVE_SECONDS = 60.0
_REMOVAL_SECONDS = 120.0
_AUDIT = r"\| audit +\|"
"""The column of Karaf's log that names the logger."""
_AT_ONCE = 250
"""Commands in one login: well below what the console takes in one request (Karaf's ssh server: 32 KB a packet)."""
_DANGEROUS = ("postern-withdraw", "postern-suspend", "postern-subscriber-remove", "postern-revoke")
"""Commands that ask before they open or cut off somebody."""


class PosternError(LabError):
    """A Postern command failed; the message is what the operator was told."""


def require_no_data(onos: Onos) -> None:
    """Raises LabError if an ONOS has data of Postern, which the lab would overwrite and in the end remove.

    An installed Postern without any is fine. To be asked before the lab adds its own.
    """
    found: List[str] = []
    deletions: List[str] = []
    configuration = onos.network_configuration()
    delete = f"curl -u {onos.user} -X DELETE {onos.url}/onos/v1/network/configuration"
    # while Postern is not active ONOS shows of its configuration that there is one and nothing more
    if APP in configuration.get("apps", {}):
        found.append(f"network configuration apps/{APP}")
        deletions.append(f"{delete}/apps/{APP}")
    devices = sorted(name for name, parts in configuration.get("devices", {}).items() if "postern" in parts)
    if devices:
        found.append(f"network configuration devices/{devices[0]}/postern" + (f" and {len(devices) - 1} more" if devices[1:] else ""))
        deletions.append(f"{delete}/devices/{'ID' if devices[1:] else devices[0]}/postern")
    state = onos.app_state(APP)
    if state == "ACTIVE":
        subscribers = Postern(onos, Plan()).query("postern-subscribers")
        if subscribers:
            found.append(f"{len(subscribers)} subscriber(s), {subscribers[0]['id']} first")
            deletions.append("postern-subscriber-remove ID, for each")
    elif state != "ABSENT":
        found.append(f"{APP}, installed but not active, so that nobody can see its subscribers")
        deletions.append(f"app activate {APP}, and try again")
    if found:
        raise LabError(
            f"--onos {onos.url}: this ONOS has data of Postern that the lab would overwrite and remove: {'; '.join(found)}."
            f" Use an ONOS without; if it is a left-over of an interrupted lab, delete it: {'; '.join(deletions)}"
        )


class Postern:
    """Postern on an ONOS, for one access network."""

    def __init__(
        self, onos: Onos, plan: Plan, oars: Optional[Dict[str, Path]] = None, single_table: bool = False
    ) -> None:
        """
        :param oars: the ``.oar`` of each application by its name; by default the built ones
        :param single_table: whether the switches keep ONOS's driver and take the policy in their one table
        """
        from . import build

        self.onos = onos
        self.plan = plan
        self.single_table = single_table
        self.oars = oars or {DRIVERS: build.DRIVERS_OAR, APP: build.POSTERN_OAR}

    # ---------------------------------------------------------------- commands

    def command(self, *words: str, timeout: float = 60) -> Result:
        """A Karaf command, words quoted as needed; the result as it came. What would ask is told to go on."""
        asked = ["-y"] if words[0] in _DANGEROUS and "-y" not in words else []
        return self.onos.console(" ".join(_quoted(word) for word in (words[0], *asked, *words[1:])), timeout)

    def order(self, *words: str, timeout: float = 60) -> str:
        """A command that has to succeed; returns its output. Raises PosternError with what the operator was told."""
        result = self.command(*words, timeout=timeout)
        if not result.ok:
            told = (result.stdout + result.stderr).strip()
            raise PosternError(f"{' '.join(words)}: {told or f'status {result.rc}'}")
        return result.stdout

    def query(self, *words: str) -> Any:
        """A command with ``-j``, its JSON decoded. Raises PosternError."""
        # Karaf takes options before the arguments only
        text = self.order(words[0], "-j", *words[1:])
        try:
            return json.loads(text)
        except ValueError:
            raise PosternError(f"{' '.join(words)} -j: no JSON but {text[:200]!r}") from None

    def status(self) -> dict:
        """``postern-status``."""
        return self.query("postern-status")

    def devices(self) -> Dict[str, dict]:
        """``postern-devices``, by device id."""
        return {device["device"]: device for device in self.query("postern-devices")}

    def attempts(self, kind: str = "attempt") -> Dict[str, int]:
        """``postern-attempts``: what was counted, by subscriber id; "" stands for unknown attachments.

        :param kind: ``attempt`` for what was blocked, ``redirected``, ``monitored``, ``monitored-other``
        """
        counts: Dict[str, int] = {}
        for row in self.query("postern-attempts"):
            if row["kind"] == kind:
                counts[row["subscriber"]] = counts.get(row["subscriber"], 0) + row["attempts"]
        return counts

    def audited(self, *words: str, since: int = 0) -> bool:
        """Whether an entry of the logger org.postern.audit holds all these words; true where the log is not the lab's to read.

        ``since`` is what :meth:`audit_length` said before: only later entries count.
        """
        if not isinstance(self.onos, ManagedOnos):
            return True
        return any(all(word in entry for word in words) for entry in self._audit_entries()[since:])

    def audit_length(self) -> int:
        """How many entries the logger org.postern.audit has written; 0 where the log is not the lab's to read."""
        return len(self._audit_entries()) if isinstance(self.onos, ManagedOnos) else 0

    def _audit_entries(self) -> List[str]:
        # before the logger's name stands the thread's, which is the command: not what was taken down
        return [re.split(_AUDIT, line, 1)[-1] for line in self.onos.log_lines(_AUDIT)]

    def set_class(self, subscriber: str, service_class: str) -> None:
        """``postern-set-class``."""
        self.order("postern-set-class", subscriber, service_class)

    # ---------------------------------------------------------------- life

    def install(self) -> "Postern":
        """Both applications installed, unless they are, and active, over REST, and their commands answering. Returns itself."""
        for name in (DRIVERS, APP):
            if self.onos.app_state(name) != "ABSENT":
                self.onos.activate_app(name)
            else:
                say(f"installing {name} from {self.oars[name].name}")
                self.onos.install_app(self.oars[name])
        self.await_commands()
        self._tell_who_uses_objectives()
        # the lab's controller has no way to the servers, unless a suite makes one and has them probed
        self.onos.rest("POST", f"configuration/{SUBMISSION_GUARD}", body={"probeInterval": "0"})
        return self

    def _tell_who_uses_objectives(self) -> None:
        # the lab's reactive forwarding stands for ONOS's own: its rules move behind the policy as those of fwd do
        component = f"configuration/{FRONT_TABLE}"
        value = self.onos.get(component)[FRONT_TABLE][OBJECTIVE_APPLICATIONS]
        if REACTIVE not in value.split():
            self.onos.rest("POST", component, body={OBJECTIVE_APPLICATIONS: f"{value} {REACTIVE}"})

    def await_commands(self, seconds: float = 60) -> None:
        """Waits until ``postern-status`` answers: an application may be ACTIVE before its commands are there."""
        wait_until("postern-status answers", lambda: self.command("postern-status", "-j").ok, seconds, 0.3)

    def configure(self, driver: bool = True) -> None:
        """Posts the network configuration: policy, port roles and, with ``driver``, the driver's name."""
        self.onos.post_network_configuration(self.configuration(driver))

    def configuration(self, driver: bool = True) -> dict:
        """A fresh copy of what :meth:`configure` posts."""
        name = (STOCK_DRIVER if self.single_table else DRIVER) if driver else None
        return copy.deepcopy(self.plan.network_configuration(name, single_table=self.single_table))

    def name_driver(self, driver: str = DRIVER) -> None:
        """Posts the driver's name alone, for every access switch."""
        self.onos.post_network_configuration(self.plan.network_configuration(driver, postern=False))

    def add_subscribers(self) -> None:
        """``postern-subscriber-add`` for each subscriber of the plan that is not there yet just so."""
        there = {row["id"]: row for row in self.query("postern-subscribers")}
        for subscriber in self.plan.all_subscribers():
            prefixes = list(subscriber.prefixes) if subscriber.service_class != "residential" else []
            wanted = ([subscriber.connect_point], subscriber.service_class)
            row = there.get(subscriber.name)
            if row is not None and (row["attachments"], row["class"]) == wanted:
                continue
            if row is not None:
                self.order("postern-subscriber-remove", subscriber.name)
            words: List[str] = ["postern-subscriber-add"]
            words += ["-c", subscriber.service_class]
            for prefix in prefixes:
                words += ["-p", prefix]
            # Karaf takes options before the arguments only
            self.order(*words, subscriber.name, subscriber.connect_point)

    def remove_subscribers(self, seconds: float = _REMOVAL_SECONDS, ids: Optional[Collection[str]] = None) -> None:
        """``postern-subscriber-remove`` for every one, or for those of ``ids`` that are there, many in one login.

        Raises PosternError with how many are left, and why, if one cannot be removed or it takes longer than ``seconds``.
        """
        deadline = time.monotonic() + seconds
        wanted = [name for name in self._registered() if ids is None or name in ids]
        for first in range(0, len(wanted), _AT_ONCE):
            # the console obeys one after the other and ends, with its status, at the first that fails
            orders = "; ".join(f"postern-subscriber-remove -y {_quoted(name)}" for name in wanted[first : first + _AT_ONCE])
            result = self.onos.console(orders, max(deadline - time.monotonic(), 1.0))
            if not result.ok:
                lines = (result.stdout + result.stderr).strip().splitlines()
                why = f"not done in {seconds:.0f} s" if result.rc == 124 else lines[-1] if lines else f"status {result.rc}"
                left = len(set(wanted).intersection(self._registered()))
                raise PosternError(f"{left} of {len(wanted)} subscribers are left in ONOS ({why}); see postern-subscribers")

    def _registered(self) -> List[str]:
        return [row["id"] for row in self.query("postern-subscribers")]

    def in_force(self) -> bool:
        """Whether the policy is in force on every access switch of the plan."""
        try:
            status = self.status()
        except PosternError:
            return False
        states = {device["device"]: device["state"] for device in status["devices"]}
        return bool(status["inForce"]) and all(
            states.get(addresses.device_id(i)) == "IN_FORCE" for i in range(1, self.plan.switches + 1)
        )

    def wait_in_force(self, seconds: float = IN_FORCE_SECONDS) -> float:
        """Waits until :meth:`in_force`; returns the seconds it took.

        Raises PosternError with each device's state and reason when ``seconds`` are over.
        """
        begun = time.monotonic()
        try:
            wait_until("the policy is in force", self.in_force, seconds, 0.3)
        except LabError:
            raise PosternError(f"the policy is not in force after {seconds:.0f} s: {self._reasons()}") from None
        return time.monotonic() - begun

    def _reasons(self) -> str:
        try:
            status = self.status()
        except PosternError as problem:
            return str(problem)
        reasons = [f"{d['device']} {d['state']} ({d.get('reason') or 'no reason'})" for d in status["devices"]]
        error = status.get("configuration", {}).get("error")
        return "; ".join(([f"configuration: {error}"] if error else []) + reasons) or "no device"

    def withdraw(self, device: str, driver: Optional[str] = None) -> None:
        """``postern-withdraw``: the ordered way out for one device."""
        self.order("postern-withdraw", *(["--driver", driver] if driver else []), device)

    def enforce(self, device: str) -> None:
        """``postern-enforce``: the way back in."""
        self.order("postern-enforce", device)

    def enforce_withdrawn(self) -> None:
        """``postern-enforce`` for each access switch that an operator has withdrawn before: that outlives the application."""
        for device, row in self.devices().items():
            if row["state"] == "WITHDRAWN":
                self.enforce(device)

    def uninstall(self) -> None:
        """Uninstalls both applications and deletes what was configured, whatever is there of it."""
        for name in (APP, DRIVERS):
            if self.onos.app_state(name) != "ABSENT":
                self.onos.uninstall_app(name)
        self.forget_configuration()

    def forget_configuration(self) -> None:
        """Deletes Postern's network configuration and that of the access switches."""
        self.onos.delete_network_configuration(f"apps/{APP}")
        for i in range(1, self.plan.switches + 1):
            self.onos.delete_network_configuration(f"devices/{addresses.device_id(i)}")

    def leave(self, seconds: float = _LEAVE_SECONDS) -> None:
        """The whole way out: withdraws every device, forgets the subscribers, uninstalls. Says what did not work.

        What is not begun after ``seconds`` is left, and said to be.
        """
        deadline = time.monotonic() + seconds
        if self.onos.app_state(APP) == "ACTIVE":
            for i in range(1, self.plan.switches + 1):
                device = addresses.device_id(i)
                left = deadline - time.monotonic()
                if left <= 0:
                    say(f"{device} is not withdrawn: no time left")
                    continue
                result = self.command("postern-withdraw", device, timeout=max(left, 1.0))
                if not result.ok:
                    say(f"postern-withdraw {device}: {(result.stdout + result.stderr).strip() or f'status {result.rc}'}")
            try:
                self.remove_subscribers()
            except PosternError as problem:
                say(str(problem))
        try:
            self.uninstall()
        except OnosError as problem:
            say(f"uninstalling Postern: {problem}")


def _quoted(word: str) -> str:
    # Karaf's shell: what it would interpret goes between single quotes
    return word if word and all(c.isalnum() or c in "-_./:%+,=@" for c in word) else "'" + word.replace("'", "\\'") + "'"
