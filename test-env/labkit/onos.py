"""ONOS: the one the lab starts, or one that runs already. REST, console, applications, network configuration, log."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence

from .errors import LabError
from .processes import Result, end_group, run, start, wait_until
from .progress import say, step
from .registry import Registry

DEFAULT_URL = "http://127.0.0.1:8181"
OPENFLOW_PORT = 6653
POLL_SECONDS = 5
"""How often ONOS polls flow statistics by default."""
CONSOLE_PORT = 8101
_BOOT_SECONDS = 180
_FLOW_PROVIDERS = (
    "org.postern.lab.openflow.OfFlowRuleProvider",
    "org.onosproject.provider.of.flow.impl.OpenFlowRuleProvider",
)
_APP_SECONDS = 15
_ATTEMPTS = 3
_DEADLOCK_SECONDS = 20
_EXEC = {"KARAF_EXEC": "exec"}
"""Karaf's script gives way to Java, so that signals reach it."""
_SSH = (
    "-o", "StrictHostKeyChecking=no",
    "-o", "UserKnownHostsFile=/dev/null",
    "-o", "GlobalKnownHostsFile=/dev/null",
    "-o", "LogLevel=ERROR",
    "-o", "PubkeyAuthentication=no",
    "-o", "HostKeyAlgorithms=+ssh-rsa",
    "-o", "ConnectTimeout=10",
)  # fmt: skip


class OnosError(LabError):
    """ONOS refused a request; ``status`` is the HTTP status, 0 if there was no answer at all."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Onos:
    """A running ONOS, whoever started it."""

    restartable = False
    """Whether the lab may stop and start it: only one that it started itself."""

    def __init__(self, url: str = DEFAULT_URL, user: Optional[str] = None, password: Optional[str] = None) -> None:
        """:param url: scheme, host and port; a trailing ``/onos`` is understood

        User and password default to ``ONOS_USER`` and ``ONOS_PASSWORD``, and these to onos and rocks.
        """
        parts = urllib.parse.urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise LabError(f"--onos {url}: not a URL like {DEFAULT_URL}")
        self.address = parts.hostname
        self.url = f"{parts.scheme}://{parts.netloc}"
        self.user = user or os.environ.get("ONOS_USER", "onos")
        self.password = password or os.environ.get("ONOS_PASSWORD", "rocks")

    # ---------------------------------------------------------------- REST

    def rest(
        self,
        method: str,
        path: str,
        body: Any = None,
        content: Optional[bytes] = None,
        kind: str = "application/octet-stream",
        timeout: float = 30,
    ) -> Any:
        """A request below ``/onos/v1``; returns the decoded JSON, or None if the answer is empty.

        :param body: to be sent as JSON
        :param content: bytes to be sent instead, of content type ``kind``
        Raises OnosError for anything but a status of 2xx.
        """
        data = json.dumps(body).encode() if body is not None else content
        request = urllib.request.Request(f"{self.url}/onos/v1/{path.lstrip('/')}", data=data, method=method)
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
        if data is not None:
            request.add_header("Content-Type", "application/json" if body is not None else kind)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                text = answer.read().decode(errors="replace")
        except urllib.error.HTTPError as problem:
            detail = problem.read().decode(errors="replace")
            try:
                detail = json.loads(detail).get("message") or detail
            except (ValueError, AttributeError):
                pass
            raise OnosError(problem.code, f"{method} {path}: {problem.code} {detail[:400]}") from None
        except (OSError, http.client.HTTPException) as problem:
            raise OnosError(0, f"{method} {self.url}: {getattr(problem, 'reason', problem)}") from None
        if not text:
            return None
        try:
            return json.loads(text)
        except ValueError:
            raise OnosError(0, f"{method} {path}: what answers at {self.url} is not ONOS's REST") from None

    def get(self, path: str) -> Any:
        """``GET``; see :meth:`rest`."""
        return self.rest("GET", path)

    def is_ready(self) -> bool:
        """Whether every node of the cluster is READY."""
        try:
            nodes = self.get("cluster")["nodes"]
        except OnosError:
            return False
        return bool(nodes) and all(node["status"] == "READY" for node in nodes)

    def require(self) -> None:
        """Raises LabError if nothing answers, the credentials are wrong, or a port of it is closed."""
        try:
            nodes = self.get("cluster")["nodes"]
        except OnosError as problem:
            if problem.status in (401, 403):
                raise LabError(
                    f"--onos {self.url}: wrong credentials for user {self.user}; set ONOS_USER and ONOS_PASSWORD"
                ) from None
            raise LabError(f"--onos {self.url}: no ONOS answers there ({problem})") from None
        late = [node["id"] for node in nodes if node["status"] != "READY"]
        if late:
            raise LabError(f"--onos {self.url}: node {late[0]} is not READY; wait for it and try again")
        for port, purpose in ((CONSOLE_PORT, "Karaf console"), (OPENFLOW_PORT, "OpenFlow")):
            try:
                socket.create_connection((self.address, port), 5).close()
            except OSError as problem:
                raise LabError(f"--onos {self.url}: port {port} ({purpose}) does not answer: {problem}") from None

    # ---------------------------------------------------------------- console

    def console_command(self, *command: str, terminal: bool = False) -> List[str]:
        """The ssh call for a Karaf command, or for a session if there is none."""
        options = ["-tt"] if terminal else ["-T"]
        return [
            "sshpass", "-e", "ssh", *options, *_SSH, "-p", str(CONSOLE_PORT), f"{self.user}@{self.address}", *command,
        ]  # fmt: skip

    def console_environment(self) -> Dict[str, str]:
        """The environment that :meth:`console_command` needs."""
        return {**os.environ, "SSHPASS": self.password}

    def console(self, command: str, timeout: float = 60) -> Result:
        """Runs a Karaf command as an operator would over ssh; the result has its exit status and output."""
        result = run(self.console_command(command), timeout=timeout, env=self.console_environment())
        return Result(result.argv, result.rc, plain(result.stdout), plain(result.stderr))

    # ---------------------------------------------------------------- applications

    def install_app(self, oar: Path, activate: bool = True) -> str:
        """Installs an ``.oar`` over REST; returns the application's name. Raises OnosError 409 if it is there already."""
        path = f"applications?activate={'true' if activate else 'false'}"
        deadline = time.monotonic() + _APP_SECONDS
        while True:
            try:
                return self.rest("POST", path, content=oar.read_bytes(), timeout=60)["name"]
            except OnosError as problem:
                # ONOS takes a moment to forget one that was just uninstalled
                if problem.status != 409 or time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def activate_app(self, name: str) -> None:
        """Activates an installed application."""
        self.rest("POST", f"applications/{name}/active", timeout=60)

    def deactivate_app(self, name: str) -> None:
        """Deactivates an application."""
        self.rest("DELETE", f"applications/{name}/active", timeout=60)

    def uninstall_app(self, name: str) -> None:
        """Uninstalls an application and waits until it is gone."""
        self.rest("DELETE", f"applications/{name}", timeout=60)
        wait_until(f"{name} is uninstalled", lambda: self.app_state(name) == "ABSENT", _APP_SECONDS, 0.1)

    def app_state(self, name: str) -> str:
        """``ACTIVE``, ``INSTALLED``, or ``ABSENT``."""
        try:
            return self.get(f"applications/{name}")["state"]
        except OnosError as problem:
            if problem.status == 404:
                return "ABSENT"
            raise

    # ---------------------------------------------------------------- configuration and flows

    def post_network_configuration(self, configuration: dict) -> None:
        """Posts network configuration. Raises OnosError with ONOS's reason if it is refused."""
        self.rest("POST", "network/configuration", body=configuration)

    def delete_network_configuration(self, path: str) -> None:
        """Deletes a part of it, ``apps/org.postern`` or ``devices/of:0000000000000001``; absent is fine."""
        try:
            self.rest("DELETE", f"network/configuration/{path}")
        except OnosError as problem:
            if problem.status != 404:
                raise

    def network_configuration(self) -> dict:
        """All of it."""
        return self.get("network/configuration")

    def devices(self) -> Dict[str, dict]:
        """The devices that ONOS knows, by id."""
        return {device["id"]: device for device in self.get("devices")["devices"]}

    def wait_for_device(self, device: str, seconds: float = 30) -> None:
        """Waits until a device is known and available."""
        wait_until(f"device {device} is available", lambda: self.devices().get(device, {}).get("available"), seconds)

    def flows(self, device: str) -> List[dict]:
        """ONOS's flow store for a device."""
        return self.get(f"flows/{device}")["flows"]

    def post_flow(self, device: str, application: str, rule: dict) -> str:
        """Posts one flow rule on behalf of ``application``; returns its id (decimal)."""
        answer = self.rest("POST", f"flows?appId={application}", body={"flows": [{"deviceId": device, **rule}]})
        return str(answer["flows"][0]["flowId"])

    def delete_flow(self, device: str, flow: str) -> None:
        """Deletes one flow rule by its id (decimal)."""
        self.rest("DELETE", f"flows/{device}/{flow}")

    def delete_flows_of(self, application: str) -> None:
        """Deletes every flow rule of an application; none is fine."""
        try:
            self.rest("DELETE", f"flows/application/{application}")
        except OnosError as problem:
            if problem.status != 404:
                raise

    def tell_host(self, mac: str, addresses: Sequence[str], location: str, vlan: str = "None") -> None:
        """Adds a host, or moves the one of that MAC address and VLAN, as a host provider would that has heard of it.

        :param location: device and port, ``of:0000000000000001/100``
        """
        element, _, port = location.rpartition("/")
        host = {"mac": mac, "vlan": vlan, "ipAddresses": list(addresses)}
        self.rest("POST", "hosts", body={**host, "locations": [{"elementId": element, "port": port}]})

    def forget_host(self, mac: str, vlan: str = "None") -> None:
        """Removes a host; absent is fine."""
        try:
            self.rest("DELETE", f"hosts/{mac}/{vlan}")
        except OnosError as problem:
            if problem.status != 404:
                raise

    def hosts(self) -> Dict[str, dict]:
        """The hosts that ONOS knows, by MAC address in lower case."""
        return {host["mac"].lower(): host for host in self.get("hosts")["hosts"]}

    @contextmanager
    def polling_every(self, seconds: int) -> Iterator[None]:
        """Has flow statistics polled so often for a while, then as usual; see :meth:`set_poll_interval`."""
        self.set_poll_interval(seconds)
        try:
            yield
        finally:
            if self.is_ready():
                self.set_poll_interval(POLL_SECONDS)

    def set_poll_interval(self, seconds: int) -> None:
        """How often flow statistics are polled, in seconds. Whichever flow provider is there is told."""
        told = False
        for provider in _FLOW_PROVIDERS:
            try:
                self.rest("POST", f"configuration/{provider}?preset=true", body={"flowPollFrequency": str(seconds)})
                told = True
            except OnosError:
                continue
        if not told:
            say("no flow provider takes a poll interval: ONOS's own holds")


class ManagedOnos(Onos):
    """An ONOS that the lab starts from a fresh copy of an assembly, in the state directory.

    ONOS reads ``../apps`` and ``../config`` beside Karaf's directory, so the copy lies in a directory of its own.
    """

    restartable = True

    def __init__(self, registry: Registry, assembly: Path, heap: str = "768m") -> None:
        super().__init__(DEFAULT_URL, "onos", "rocks")
        self._registry = registry
        self._assembly = assembly
        self._heap = heap
        self.directory = registry.state / "onos"
        self.karaf = self.directory / "karaf"
        self._child: Optional[subprocess.Popen] = None
        self.boot_seconds: List[float] = []
        """How long each start took until READY, in seconds."""

    def prepare(self) -> None:
        """Lays out a fresh copy: no data of an earlier run survives."""
        shutil.rmtree(self.directory, ignore_errors=True)
        for name in ("apps", "config"):
            (self.directory / name).mkdir(parents=True)
        run(["cp", "-a", "--reflink=auto", str(self._assembly), str(self.karaf)], timeout=300, check=True)

    def start(self, fresh: bool = True) -> "ManagedOnos":
        """Starts it and waits until it is READY; returns itself.

        :param fresh: from a fresh copy; otherwise with the data of the last run
        Raises LabError with the log's errors if it ends or is not READY in three minutes.
        """
        if fresh:
            self.prepare()
        begun = time.monotonic()
        with step("starting ONOS" if fresh else "starting ONOS again with its data"):
            for left in range(_ATTEMPTS - 1, -1, -1):
                mark = self.log_size()
                self._child = self._launch()
                if self._await_ready(begun, mark if left else None):
                    break
                say("  ONOS's components have deadlocked as they started (its own fault, seen now and then): once more")
                self.kill()
        self.boot_seconds.append(time.monotonic() - begun)
        return self

    def _launch(self) -> subprocess.Popen:
        environment = {**os.environ, "ONOS_IP": "127.0.0.1", "ONOS_HEAP": self._heap, **_EXEC}
        return start(
            self._registry,
            [str(self.karaf / "bin/karaf"), "server"],
            "ONOS",
            self._registry.state / "logs" / "onos.out",
            env=environment,
            cwd=self.karaf,
        )

    def _await_ready(self, begun: float, mark: Optional[int]) -> bool:
        """True when READY; False if a deadlock shows in the log from byte ``mark`` on and READY does not come."""
        rest = False
        deadlocked: Optional[float] = None
        while True:
            assert self._child is not None
            if self._child.poll() is not None:
                raise LabError(f"ONOS ended with status {self._child.returncode} while starting: {self._why()}")
            try:
                nodes = self.get("cluster")["nodes"]
                if not rest:
                    rest = True
                    say("  ONOS answers, waiting until it is READY")
                if nodes and all(node["status"] == "READY" for node in nodes):
                    return True
            except OnosError:
                pass
            if mark is not None and deadlocked is None and self.log_lines("Could not obtain lock", mark):
                deadlocked = time.monotonic()
            if deadlocked is not None and time.monotonic() - deadlocked > _DEADLOCK_SECONDS:
                return False
            if time.monotonic() - begun > _BOOT_SECONDS:
                raise LabError(f"ONOS is not READY after {_BOOT_SECONDS} s: {self._why()}")
            time.sleep(0.25)

    def _why(self) -> str:
        errors = self.log_lines(r"\| ERROR \|| ERROR ")
        return f"{errors[-1].strip()[:300] if errors else 'no error in its log'}; see {self.log}"

    @property
    def pid(self) -> int:
        """Its process id. Raises LabError if it does not run."""
        if self._child is None:
            raise LabError("ONOS does not run")
        return self._child.pid

    def stop(self, patience: float = 60.0) -> None:
        """Stops it the orderly way, as ``systemctl stop`` would; after ``patience`` seconds it is killed."""
        if self._child is not None:
            with step("stopping ONOS"):
                end_group(self._child, patience)
            self._child = None

    def kill(self) -> None:
        """``kill -9``: a crash."""
        if self._child is not None:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
            self._child = None
            wait_until("ONOS's port is free", lambda: not self._listens(), 10)

    def _listens(self) -> bool:
        try:
            socket.create_connection((self.address, OPENFLOW_PORT), 1).close()
            return True
        except OSError:
            return False

    def restart(self, crash: bool = False) -> None:
        """Stops (or kills) it and starts it again with its data."""
        if crash:
            self.kill()
        else:
            self.stop()
        self.start(fresh=False)

    # ---------------------------------------------------------------- log

    @property
    def log(self) -> Path:
        """Karaf's log file."""
        return self.karaf / "data/log/karaf.log"

    def log_size(self) -> int:
        """Its length in bytes: where :meth:`log_lines` may begin later."""
        return self.log.stat().st_size if self.log.exists() else 0

    def log_lines(self, pattern: str = "", since: int = 0) -> List[str]:
        """The lines that contain a regular expression, from byte ``since`` on."""
        if not self.log.exists():
            return []
        with open(self.log, "rb") as log:
            log.seek(since)
            lines = log.read().decode(errors="replace").splitlines()
        wanted = re.compile(pattern)
        return [line for line in lines if wanted.search(line)]


class OnosDistribution(ManagedOnos):
    """An unpacked official ONOS distribution, started from a copy (``--onos-home``)."""

    _APPS = ("org.onosproject.drivers", "org.onosproject.openflow")

    def __init__(self, registry: Registry, home: Path) -> None:
        karafs = sorted(home.glob("apache-karaf-*"))
        if not karafs or not (home / "bin/onos-service").exists():
            raise LabError(f"--onos-home {home}: no unpacked ONOS there (no bin/onos-service, no apache-karaf-*)")
        super().__init__(registry, home)
        self.karaf = self.directory / karafs[0].name

    def prepare(self) -> None:
        """Copies the distribution, and lets its Karaf start on JDK 17 if it does not know it yet."""
        shutil.rmtree(self.directory, ignore_errors=True)
        run(["cp", "-a", "--reflink=auto", str(self._assembly), str(self.directory)], timeout=600, check=True)
        custom = self.karaf / "etc/custom.properties"
        known = "".join(p.read_text() for p in (custom, self.karaf / "etc/config.properties") if p.exists())
        if "jre-17" not in known:
            with open(custom, "a") as out:
                out.write("\neecap-17 = ${eecap-11}\njre-17 = ${jre-11}\n")

    def start(self, fresh: bool = True) -> "ManagedOnos":
        """See :meth:`ManagedOnos.start`; a fresh one gets its OpenFlow applications activated."""
        super().start(fresh)
        for application in self._APPS if fresh else ():
            self.activate_app(application)
        return self

    def _launch(self) -> subprocess.Popen:
        opens = " ".join(
            f"--add-opens java.base/{package}=ALL-UNNAMED"
            for package in (
                "java.io", "java.lang", "java.lang.invoke", "java.lang.reflect", "java.math", "java.net", "java.nio",
                "java.nio.charset", "java.text", "java.time", "java.util", "java.util.concurrent",
                "java.util.concurrent.atomic", "java.util.concurrent.locks", "java.util.regex", "sun.nio.ch",
            )
        )  # fmt: skip
        environment = {
            **os.environ,
            "ONOS_IP": "127.0.0.1",
            "ONOS_HOME": str(self.directory),
            "ONOS_APPS": "drivers,openflow",
            **_EXEC,
            "EXTRA_JAVA_OPTS": f"-Djdk.util.zip.disableZip64ExtraFieldValidation=true {opens}",
        }
        return start(
            self._registry,
            [str(self.directory / "bin/onos-service"), "server"],
            "ONOS",
            self._registry.state / "logs" / "onos.out",
            env=environment,
            cwd=self.directory,
        )


def plain(text: str) -> str:
    """Text without a terminal's colours, modes and carriage returns."""
    return re.sub(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|[=>])", "", text).replace("\r", "")
