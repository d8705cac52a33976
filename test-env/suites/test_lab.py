"""Suite ``lab``: the lab itself. An interrupted command leaves nothing behind; bad input is told in one line.

The commands under test run in a network namespace of their own, so that they find free ports beside the session's ONOS.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence, Set

import pytest

from labkit import build
from labkit.errors import LabError
from labkit.mail import unpacked
from labkit.network import Plan, addresses
from labkit.processes import Result, end_group, run, wait_until
from labkit.registry import Registry

LAB = Path(__file__).resolve().parents[1] / "lab"
PATIENCE = 120
"""Seconds a command may take to come to a point, or to end: a bound of a wait."""


class Space:
    """A network namespace to run commands in, and a way to see what they leave in it and on the machine."""

    def __init__(self, holder: int, state: Path) -> None:
        self.prefix = ["nsenter", "-t", str(holder), "-n"]
        self.state = state
        self.mark = f"POSTERN_LAB_TEST={uuid.uuid4().hex}"
        self._holder = holder

    def environment(self) -> Dict[str, str]:
        """That of a user who is in no other lab, with a mark that every child inherits."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("POSTERN_", "OVS_"))}
        key, value = self.mark.split("=")
        return {**kept, key: value, "POSTERN_LAB_STATE": str(self.state), "POSTERN_LAB_NO_BUILD": "1"}

    def lab(self, *arguments: str, timeout: float = PATIENCE) -> Result:
        """Runs a command of the lab to its end."""
        return run([str(LAB), *arguments], timeout=timeout, prefix=self.prefix, env=self.environment())

    def start(self, *arguments: str) -> "Running":
        """Starts a command of the lab."""
        return Running([*self.prefix, str(LAB), *arguments], self.environment())

    def interfaces(self) -> Set[str]:
        """The names of all interfaces in the namespace."""
        lines = run(["ip", "-o", "link"], prefix=self.prefix, check=True).stdout.splitlines()
        return {line.split(": ")[1].split("@")[0] for line in lines}

    def processes(self) -> List[str]:
        """The commands of all processes that inherited the mark, name the state directory, or live in the namespace."""
        ours = os.stat(f"/proc/{self._holder}/ns/net").st_ino
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                marked = self.mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
                inside = os.stat(f"/proc/{pid}/ns/net").st_ino == ours and int(pid) != self._holder
            except (OSError, ProcessLookupError):
                continue
            if command and (marked or inside or str(self.state) in command):
                found.append(f"{pid} {command}")
        return found

    def is_clean(self) -> bool:
        """Whether nothing is left."""
        return self.interfaces() == {"lo"} and not self.processes()

    def left(self) -> str:
        """What is left, to be told."""
        return f"interfaces {sorted(self.interfaces())}, processes {self.processes()}"


class Running:
    """A command of the lab under way."""

    def __init__(self, argv: Sequence[str], environment: Dict[str, str]) -> None:
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env=environment, start_new_session=True,
        )  # fmt: skip
        self.said: List[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)

    def await_begun(self) -> None:
        """Waits until the lab itself runs: before, its interpreter is being started, or what starts that."""

        def is_heeded() -> bool:
            masks = re.findall(r"^Sig(?:Blk|Cgt):\s*([0-9a-f]+)$", Path(f"/proc/{self.process.pid}/status").read_text(), re.M)
            return any(int(mask, 16) >> (signal.SIGTERM - 1) & 1 for mask in masks)

        wait_until("it holds or handles SIGTERM", is_heeded, PATIENCE, 0.01)

    def await_said(self, text: Optional[str]) -> None:
        """Waits until its progress says ``text``; None waits for nothing."""
        if text is None:
            return
        wait_until(f"'{text}' is said", lambda: self.has_said(text) or self.process.poll() is not None, PATIENCE)
        assert self.has_said(text), f"it ended before it said {text!r}: {''.join(self.said[-5:])}"

    def has_said(self, text: str) -> bool:
        """Whether its progress has said ``text``."""
        return any(text in line for line in self.said)


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Space]:
    """A fresh namespace and state directory."""
    holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "ip link set lo up; exec sleep infinity"], start_new_session=True)
    ours = os.stat("/proc/self/ns/net").st_ino
    wait_until("the namespace is there", lambda: os.stat(f"/proc/{holder.pid}/ns/net").st_ino != ours, 10)
    space = Space(holder.pid, tmp_path / "state")
    wait_until("its loopback is up", lambda: "UP" in run(["ip", "link", "show", "lo"], prefix=space.prefix).stdout, 10)
    try:
        yield space
    finally:
        space.lab("down")
        end_group(holder)


# ---------------------------------------------------------------- interruptions


@pytest.mark.parametrize(
    ("said", "later", "number"),
    [
        (None, 0.0, signal.SIGINT),
        ("starting ONOS", 2.0, signal.SIGTERM),
        ("access network: 1", 0.3, signal.SIGHUP),
        ("connecting the switches", 0.5, signal.SIGINT),
    ],
    ids=["at once", "while ONOS starts", "while the network is built", "while the switches connect"],
)
def test_an_interrupted_up_leaves_nothing_behind(space: Space, said: Optional[str], later: float, number: int) -> None:
    """Whatever the moment and the signal."""
    assert space.is_clean(), space.left()
    running = space.start("up", "--bare")
    running.await_begun()
    running.await_said(said)
    if said is not None:
        assert not space.is_clean(), "the check sees nothing even of a lab under way"
    time.sleep(later)
    running.process.send_signal(number)
    assert running.process.wait(PATIENCE) == 128 + number
    wait_until(f"nothing is left ({space.left()})", space.is_clean, 10)


def test_what_a_killed_up_leaves_is_taken_away_by_down(space: Space) -> None:
    """SIGKILL leaves no time to clean up: the journal does it later."""
    running = space.start("up", "--bare")
    running.await_said("access network: up")
    for pid in [int(line.split()[0]) for line in space.processes() if "test-env/lab" in line or "/lab up" in line]:
        os.kill(pid, signal.SIGKILL)
    running.process.wait(PATIENCE)
    assert not space.is_clean()
    assert space.lab("down").ok
    wait_until(f"nothing is left ({space.left()})", space.is_clean, 10)


def test_up_stays_up_until_down(space: Space) -> None:
    """What ``up`` leaves is all there: hosts, console, status; a second one is refused; ``down`` takes it away."""
    assert space.lab("up", "--bare", "--topology", "switches=2,shape=chain").ok
    answer = space.lab("shell", "r3", "ping", "-c1", "-W2", addresses.MX1.interface.address6)
    assert answer.ok, answer.stdout + answer.stderr
    assert space.lab("status").stdout.count(" connected") == 2
    assert "in use by 'lab up'" in space.lab("up").stderr
    unknown = space.lab("shell", "nobody")
    assert unknown.rc == 1 and "no host 'nobody'; there are b1, b2" in unknown.stderr
    assert space.lab("down").ok
    wait_until(f"nothing is left ({space.left()})", space.is_clean, 10)


# ---------------------------------------------------------------- bad input


def _told(result: Result, text: str) -> None:
    assert result.rc not in (0, 124), "it must fail"
    assert text in result.stderr, result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["test", "nonsense"], "no suite 'nonsense'; there are unit"),
        (["bench", "nonsense"], "no figure 'nonsense'; there are survey, rules"),
        (["shell", "r1"], "no network is up"),
        (["console"], "no ONOS is up"),
        (["soak", "--repetitions", "0"], "--repetitions 0: 1 or more"),
        (["up", "--topology", "colour=red"], "parameter 'colour': one of switches"),
        (["up", "--topology", "switches=2,shape=ring"], "a ring needs 3 switches"),
        (["up", "--topology", "subscribers=x"], "--topology: subscribers 'x': a number from 1 to 49"),
        (["up", "--topology", "switches"], "--topology: switches: no value given; a number from 1 to 90"),
        (["up", "--topology", "switches=-1"], "--topology: switches '-1': a number from 1 to 90"),
        (["up", "--topology", "switches=91"], "--topology: switches 91: 1 to 90"),
        (["up", "--topology", "switches=1,switches=2"], "--topology: switches: given twice, '1' and '2'; give it once"),
        (["up", "--topology", "local_server=7"], "--topology: local_server '7': 0 or 1"),
        (["up", "--topology", "relay=2"], "--topology: relay '2': 0 or 1"),
        (["up", "--topology", "portal=yes"], "--topology: portal 'yes': 0 or 1"),
        (["up", "--automatic-release"], "--automatic-release needs --topology portal=1"),
        (["up", "--topology", "shape=tree"], "--topology: shape 'tree': one of star, chain, ring"),
        (["up", "--onos", "http://127.0.0.1:1"], "no ONOS answers there"),
        (["up", "--onos", "nonsense://"], "not a URL like"),
        (["up", "--onos-home", "/nonexistent"], "no unpacked ONOS there"),
        (["up", "--onos", "http://127.0.0.1:1", "--onos-home", "/nonexistent"], "exclude each other"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_told_in_one_line(space: Space, arguments: List[str], text: str) -> None:
    """What was wrong and what there is instead; nothing is begun."""
    _told(space.lab(*arguments), text)
    assert space.is_clean(), space.left()


@pytest.mark.parametrize("command", ["demo", "test", "bench", "soak", "up", "down", "status", "console", "shell r1"])
@pytest.mark.parametrize("by", ["--state", "POSTERN_LAB_STATE"])
def test_a_state_directory_that_is_a_file_is_told_by_every_command(space: Space, command: str, by: str) -> None:
    """However it was named; and the file stays as it was."""
    space.state.write_text("somebody's")
    options = ["--state", str(space.state / "below")] if by == "--state" else []
    result = space.lab(*options, *command.split())
    _told(result, f"{str(space.state)} is no directory; name another with --state or POSTERN_LAB_STATE")
    assert len(result.stderr.splitlines()) == 1
    assert space.state.read_text() == "somebody's"


_ONOS = """
import http.server, json, socket, sys
answers = json.loads(sys.argv[1])
others = [socket.create_server(("127.0.0.1", port)) for port in (8101, 6653)]
class Rest(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = answers.get(self.path[len("/onos/v1/"):])
        self.send_response(200 if body is not None else 404)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 8181), Rest)
print("ready", flush=True)
server.serve_forever()
"""
"""An ONOS of somebody else's, as far as the lab looks at it before it does anything."""


@contextmanager
def _somebodys_onos(space: Space, configuration: dict, state: Optional[str]) -> Iterator[str]:
    """Yields its URL; ``state`` is Postern's there, None if it is not installed."""
    answers = {"cluster": {"nodes": [{"id": "1", "status": "READY"}]}, "network/configuration": configuration}
    if state is not None:
        answers["applications/org.postern"] = {"state": state}
    command = [*space.prefix, "/usr/bin/python3", "-c", _ONOS, json.dumps(answers)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert server.stdout is not None and server.stdout.readline()
        yield "http://127.0.0.1:8181"
    finally:
        end_group(server)


def _console_that_says(folder: Path, text: str) -> Dict[str, str]:
    """The environment in which whatever is asked over ssh is answered so."""
    folder.mkdir()
    (folder / "sshpass").write_text(f"#!/bin/sh\necho '{text}'\n")
    (folder / "sshpass").chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


_POLICY = {"apps": {"org.postern": {"postern": {"pools": ["10.0.0.0/8"]}}}}
_PORTS = {"of:00000000000000aa": {"postern": {"uplink": [1]}}, "of:00000000000000ab": {"postern": {"uplink": [1]}}}


@pytest.mark.parametrize(
    ("configuration", "state", "subscribers", "texts"),
    [
        (_POLICY, "ACTIVE", "[]", ["configuration apps/org.postern", "/onos/v1/network/configuration/apps/org.postern"]),
        ({"apps": {"org.postern": {}}}, None, "", ["configuration apps/org.postern"]),
        ({"devices": _PORTS}, None, "", ["devices/of:00000000000000aa/postern and 1 more", "/devices/ID/postern"]),
        ({}, "ACTIVE", '[{"id": "c1"}, {"id": "c2"}]', ["2 subscriber(s), c1 first", "postern-subscriber-remove ID"]),
        ({}, "INSTALLED", "", ["installed but not active", "app activate org.postern"]),
    ],
    ids=["a policy", "a policy of a Postern that is not active", "port roles", "subscribers", "nobody can see"],
)
def test_an_onos_with_somebodys_policy_is_refused(
    space: Space, tmp_path: Path, configuration: dict, state: Optional[str], subscribers: str, texts: List[str]
) -> None:
    """Before anything of it is overwritten or removed; with what was found, and how to delete a left-over."""
    environment = {**space.environment(), **_console_that_says(tmp_path / "programs", subscribers)}
    with _somebodys_onos(space, configuration, state) as url:
        result = run([str(LAB), "up", "--onos", url], timeout=PATIENCE, prefix=space.prefix, env=environment)
    for text in (f"--onos {url}: this ONOS has data of Postern", "Use an ONOS without", *texts):
        _told(result, text)
    assert len([line for line in result.stderr.splitlines() if line.startswith("lab: ")]) == 1
    assert space.is_clean(), space.left()


@pytest.mark.parametrize("state", [None, "ACTIVE"], ids=["no Postern", "an empty Postern"])
def test_an_onos_without_any_policy_is_taken(space: Space, tmp_path: Path, state: Optional[str]) -> None:
    """Configuration of its devices alone is nothing of Postern's."""
    environment = {**space.environment(), **_console_that_says(tmp_path / "programs", "[]")}
    configuration = {"apps": {}, "devices": {"of:00000000000000aa": {"basic": {"driver": "ovs"}}}}
    with _somebodys_onos(space, configuration, state) as url:
        program = f"from labkit import onos, postern; postern.require_no_data(onos.Onos('{url}'))"
        result = run(["/usr/bin/python3", "-B", "-c", program], prefix=space.prefix, env=environment, cwd=LAB.parent)
    assert result.ok, result.stderr


def test_a_taken_port_is_told_with_its_owner(space: Space) -> None:
    """By whom, and what to do."""
    for port in (6653, 8181):
        holder = subprocess.Popen(
            [
                *space.prefix, "/usr/bin/python3", "-c",
                f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); print(1, flush=True); time.sleep(600)",
            ],
            stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            assert holder.stdout is not None and holder.stdout.readline()
            _told(space.lab("up"), f"port {port} (")
            assert f"pid {holder.pid}" in space.lab("up").stderr
        finally:
            end_group(holder)


def test_who_is_not_root_is_told_so(space: Space) -> None:
    """Before anything else."""
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    _told(run([*nobody, "/usr/bin/python3", "-B", str(LAB), "up"], env=space.environment()), "run it as root")


def test_a_full_disk_is_told_with_what_is_needed(space: Space) -> None:
    """Two gigabytes, in the state directory."""
    script = 'mount -t tmpfs -o size=1m none "$1" && shift && exec "$@"'
    space.state.mkdir()
    command = ["unshare", "--mount", "sh", "-c", script, "sh", str(space.state), str(LAB), "up"]
    _told(run(command, prefix=space.prefix, env=space.environment()), "the lab needs 2 GB")


def test_missing_packages_without_apt_are_named(space: Space, tmp_path: Path) -> None:
    """A machine where they cannot be installed."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "dpkg-query").write_text("#!/bin/sh\necho 'tcpdump installed'\n")
    (programs / "dpkg-query").chmod(0o755)
    for name in ("unshare", "ss", "sh", "true", "env"):
        found = next(Path(folder) / name for folder in ("/usr/bin", "/usr/sbin", "/bin", "/sbin") if (Path(folder) / name).exists())
        (programs / name).symlink_to(found)
    environment = {**space.environment(), "PATH": str(programs)}
    nsenter = ["/usr/bin/" + space.prefix[0], *space.prefix[1:]]
    result = run([*nsenter, "/usr/bin/python3", "-B", str(LAB), "up"], env=environment)
    _told(result, "no apt-get to install them")
    assert "mininet" in result.stderr and " tcpdump" not in result.stderr


def test_mail_servers_that_cannot_be_fetched_are_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exim and OpenSMTPD, which are unpacked where there is a network, once."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "apt-get").write_text("#!/bin/sh\necho 'E: Failed to fetch exim4, no network'\nexit 100\n")
    (programs / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setattr(unpacked, "DIRECTORY", tmp_path / "target" / "mail-servers")
    with pytest.raises(LabError, match="opensmtpd are not unpacked .*no network.*'test-env/lab test submission' fetches them"):
        unpacked.ensure(Registry(tmp_path / "state"))
    assert not unpacked.DIRECTORY.exists(), "what is there is whole"
    with pytest.raises(LabError, match="is not there: with a network"):
        unpacked.program("exim4")


# ---------------------------------------------------------------- topologies


@pytest.mark.parametrize(
    "topology",
    ["switches=2,subscribers=2,shape=star", "switches=3,subscribers=1,shape=chain,business=0", "subscribers=2,local_server=1,relay=1,portal=1"],
)
def test_topologies_work_with_plain_mininet(space: Space, topology: str) -> None:
    """``mn --custom … --topo …`` alone: everybody reaches everybody."""
    directory = space.state / "ovs"
    directory.mkdir(parents=True)
    keys = ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR")
    environment = {**space.environment(), **{key: str(directory) for key in keys}}
    database = directory / "conf.db"
    run(["ovsdb-tool", "create", database, "/usr/share/openvswitch/vswitch.ovsschema"], check=True, env=environment)
    daemons = [
        ["ovsdb-server", str(database), f"--remote=punix:{directory}/db.sock", "--pidfile", "--log-file", "-vconsole:off"],
        ["ovs-vswitchd", f"unix:{directory}/db.sock", "--pidfile", "--log-file", "-vconsole:off"],
    ]
    started = []
    try:
        for daemon in daemons:
            started.append(subprocess.Popen([*space.prefix, *daemon], env=environment, start_new_session=True))
            wait_until(
                f"{daemon[0]} answers", lambda d=daemon: run(["ovs-appctl", "-t", d[0], "version"], env=environment).ok, 10
            )
            if daemon is daemons[0]:
                run(["ovs-vsctl", "--no-wait", "init"], check=True, env=environment)
        answer = run(
            [
                "mn", "--custom", str(build.ROOT / "topology/access.py"), "--topo", f"access,{topology}", "--controller", "none",
                "--switch", "ovs,protocols=OpenFlow13,datapath=user,failMode=standalone", "--test", "pingall",
            ],
            prefix=space.prefix, env=environment, timeout=PATIENCE,
        )  # fmt: skip
        assert "Results: 0% dropped" in answer.stdout + answer.stderr, answer.stdout + answer.stderr
    finally:
        run(["ovs-appctl", "exit", "--cleanup"], env=environment)
        for child in started:
            end_group(child)


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ("colour=red", "access: parameter 'colour': one of switches"),
        ("subscribers=x", "access: subscribers 'x': a number from 1 to 49"),
        ("switches", "access: switches: no value given"),
        ("local_server=7", "access: local_server '7': 0 or 1"),
        ("portal=2", "access: portal '2': 0 or 1"),
    ],
)
def test_plain_mininet_tells_a_bad_parameter_in_one_line(space: Space, parameters: str, text: str) -> None:
    """And does not go on to end every Mininet of the machine, as it does after an exception."""
    command = ["mn", "--custom", str(build.ROOT / "topology/access.py"), "--topo", f"access,{parameters}", "--controller", "none"]
    result = run(command, prefix=space.prefix, env=space.environment())
    _told(result, text)
    assert "Cleaning up" not in result.stdout + result.stderr


def test_network_configuration_names_every_port_once() -> None:
    """A port with two roles would be refused; one without would be taken for a subscriber's."""
    for shape, switches in (("star", 2), ("chain", 3), ("ring", 3)):
        plan = Plan(switches, 3, shape, local_server=True)
        for device in plan.network_configuration()["devices"].values():
            ports = [port for ports in device["postern"].values() for port in ports]
            assert len(ports) == len(set(ports))
            assert {1, 2, 3} <= set(ports)
