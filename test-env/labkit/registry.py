"""What the lab has made and must take away again.

Everything is written to a journal in the state directory *before* it is made, so that an interruption at any moment, even
SIGKILL, leaves a record for the next command. Three nets catch processes, because none of them catches all:

- every process is started with ``POSTERN_LAB=<id>`` in its environment and inherits it to its children;
- processes that may wash their environment (mail servers) are journalled with pid *and* start time;
- the lab's own process is a child subreaper: a daemon that leaves its parent becomes the lab's child.

Nothing is ever ended by name.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any, Dict, Iterable, Optional, Set

from .errors import LabError
from .progress import say

MARKER = "POSTERN_LAB"
_PR_SET_CHILD_SUBREAPER = 36
_TERM_SECONDS = 2.0


def start_time(pid: int) -> Optional[int]:
    """The kernel's start time of a process in clock ticks since boot, or None if there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] == "Z" else int(fields[19])


def _parent(pid: int) -> Optional[int]:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(stat[stat.rindex(")") + 2 :].split()[1])


def _pids() -> Iterable[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _network_namespace(pid: int) -> Optional[int]:
    try:
        return os.stat(f"/proc/{pid}/ns/net").st_ino
    except OSError:
        return None


def _interface_index(name: str) -> Optional[int]:
    # not from /sys: that shows the namespace it was mounted in
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return None


class Registry:
    """The journal of one state directory. Only one command at a time may hold it (see :meth:`acquire`)."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.journal = state / "registry.jsonl"
        self._lock_file: Optional[Any] = None
        self.marker = ""

    # ---------------------------------------------------------------- holding

    def acquire(self, purpose: str) -> None:
        """Takes the state directory for this process, cleaning up what an interrupted command left in it.

        Raises LabError if another command holds it.
        """
        self.state.mkdir(parents=True, exist_ok=True)
        lock = open(self.state / "lock", "a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "another lab command"
            lock.close()
            raise LabError(
                f"this lab is in use by {holder}; wait for it, or end it with 'lab down', or use another --state"
            ) from None
        lock.truncate(0)
        lock.write(f"'lab {purpose}' (pid {os.getpid()})")
        lock.flush()
        self._lock_file = lock
        if self.entries():
            say("cleaning up after an interrupted run")
            self.sweep()
        self.marker = uuid.uuid4().hex
        os.environ[MARKER] = self.marker
        self._write({"kind": "marker", "id": self.marker, "boot": _boot_id()})
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def join(self) -> None:
        """Uses the journal of the command that started this process (a test session under ``lab test``)."""
        for entry in self.entries():
            if entry["kind"] == "marker":
                self.marker = entry["id"]
        os.environ[MARKER] = self.marker

    def release(self) -> None:
        """Gives the state directory back. What is journalled must have been swept before."""
        if self._lock_file is not None:
            self._lock_file.truncate(0)
            self._lock_file.close()
            self._lock_file = None

    # ---------------------------------------------------------------- recording

    def process(self, pid: int, name: str, host: bool = False) -> int:
        """Journals a process; ``host`` says that it owns the network namespace of a lab host. Returns its pid."""
        self._write({"kind": "process", "pid": pid, "start": start_time(pid), "name": name, "host": host})
        return pid

    def intend_links(self, names: Iterable[str]) -> None:
        """Journals interfaces of the root namespace that are about to be made.

        Raises LabError if one exists already: it is somebody else's.
        """
        names = list(names)
        for name in names:
            if _interface_index(name) is not None:
                raise LabError(
                    f"network interface {name} exists already and is not the lab's; remove it (does another Mininet or userspace Open vSwitch run here?)"
                )
        self._write({"kind": "links", "names": names})

    def made_links(self, names: Iterable[str]) -> None:
        """Journals the interface numbers of made interfaces, so that a namesake made later is left alone."""
        self._write({"kind": "made", "links": {name: _interface_index(name) for name in names}})

    def path(self, path: Path) -> Path:
        """Journals a file or directory to be removed; returns it."""
        self._write({"kind": "path", "path": str(path)})
        return path

    def mount(self, path: Path) -> None:
        """Journals a mount point to be unmounted."""
        self._write({"kind": "mount", "path": str(path)})

    def note(self, **entry: Any) -> None:
        """Journals something for other commands to read (the running network, the controller)."""
        self._write({"kind": "note", **entry})

    def _write(self, entry: dict) -> None:
        with open(self.journal, "a") as out:
            out.write(json.dumps(entry) + "\n")

    def entries(self) -> list:
        """All entries of the journal, oldest first; a half-written last line is ignored."""
        try:
            lines = self.journal.read_text().splitlines()
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    # ---------------------------------------------------------------- cleaning

    def lab_processes(self) -> Set[int]:
        """The pids of all living processes that belong to this journal, this process and its ancestors excepted."""
        entries = self.entries()
        boot = _boot_id()
        markers = {e["id"] for e in entries if e["kind"] == "marker" and e["boot"] == boot}
        if not markers:
            return set()
        needles = {f"{MARKER}={m}".encode() for m in markers}
        spared = set()
        pid: Optional[int] = os.getpid()
        while pid:
            spared.add(pid)
            pid = _parent(pid)
        found: Set[int] = set()
        for pid in _pids():
            try:
                environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if needles.intersection(environment):
                found.add(pid)
        for entry in entries:
            if entry["kind"] == "process" and entry["start"] is not None:
                if start_time(entry["pid"]) == entry["start"]:
                    found.add(entry["pid"])
        found -= spared
        # descendants, and whoever lives in the network namespace (daemons with a washed environment)
        # of a lab *host*: the switches' namespace is the user's own, and so is what else runs there
        foreign = {_network_namespace(os.getpid()), _network_namespace(1), None}
        namespaces = {
            _network_namespace(e["pid"])
            for e in entries
            if e["kind"] == "process" and e["host"] and e["pid"] in found
        } - foreign
        parents = {pid: _parent(pid) for pid in _pids()}
        grown = True
        while grown:
            grown = False
            for pid, parent in parents.items():
                if pid in found or pid in spared:
                    continue
                if parent in found or parent == os.getpid() or _network_namespace(pid) in namespaces:
                    found.add(pid)
                    grown = True
        return {pid for pid in found if start_time(pid) is not None}

    def sweep(self) -> None:
        """Ends and removes everything the journal names, and empties it. Signals are held off meanwhile."""
        held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
        try:
            self._end_processes()
            entries = self.entries()
            same_boot = any(e["kind"] == "marker" and e["boot"] == _boot_id() for e in entries)
            if same_boot:
                made: Dict[str, int] = {}
                for entry in entries:
                    if entry["kind"] == "made":
                        made.update(entry["links"])
                for entry in entries:
                    if entry["kind"] == "mount":
                        subprocess.run(["umount", "-l", entry["path"]], capture_output=True)
                    elif entry["kind"] == "links":
                        for name in entry["names"]:
                            index = _interface_index(name)
                            if index is not None and made.get(name) in (None, index):
                                subprocess.run(["ip", "link", "del", name], capture_output=True)
            for entry in entries:
                if entry["kind"] == "path":
                    path = Path(entry["path"])
                    if path.is_dir() and not path.is_symlink():
                        shutil.rmtree(path, ignore_errors=True)
                    else:
                        path.unlink(missing_ok=True)
            self.journal.unlink(missing_ok=True)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)

    def _end_processes(self) -> None:
        _reap()
        for number, patience in ((signal.SIGTERM, _TERM_SECONDS), (signal.SIGKILL, 5.0)):
            deadline = time.monotonic() + patience
            signalled: Set[int] = set()
            while True:
                left = self.lab_processes()
                for pid in left - signalled:
                    try:
                        os.kill(pid, number)
                    except ProcessLookupError:
                        pass
                    signalled.add(pid)
                _reap()
                if not left:
                    return
                if time.monotonic() > deadline:
                    break
                time.sleep(0.05)
        raise LabError(f"processes {sorted(self.lab_processes())} of the lab could not be ended")


def _reap() -> None:
    """Collects ended children, so that none stays as a zombie of this subreaper."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
