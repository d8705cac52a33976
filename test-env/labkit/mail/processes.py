"""Processes the mail world starts inside hosts, and their clean end: each by its own pid."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Callable, Iterable, Sequence

from ..errors import LabError
from .host import Host


class StartError(LabError):
    """A server or tool of the mail world did not come up; the message says which, and its last output."""


def await_condition(condition: Callable[[], bool], seconds: float, interval: float = 0.02) -> bool:
    """Poll until ``condition`` holds or ``seconds`` have passed; return whether it held."""
    deadline = time.monotonic() + seconds
    while True:
        if condition():
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(interval)


def tail(log: Path, characters: int = 800) -> str:
    """The end of a log file, or a remark that there is none."""
    try:
        return log.read_text(errors="replace")[-characters:].strip() or "(no output)"
    except OSError:
        return "(no log)"


def greets(host: Host, ports: Iterable[int], first: int) -> bool:
    """Whether the host listens on all these ports, and greets as SMTP does on the first one.

    Servers listen before anything else of them works, so only a greeting says that they serve.
    """
    listening = host.run(["ss", "-Hltn"], timeout=5).stdout
    if not all(f":{port} " in listening for port in (first, *ports)):
        return False
    greeting = host.run(["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{first}; head -c 4 <&3"], timeout=3)
    return greeting.stdout.startswith("220")


class HostProcess:
    """One process inside a host, with a log file and a condition that says when it is ready."""

    def __init__(self, host: Host, argv: Sequence[str], log: Path, title: str) -> None:
        self.host = host
        self.log = log
        self.title = title
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
        self.process: subprocess.Popen = host.popen(list(argv), log=str(log))

    @property
    def pid(self) -> int:
        """The process's id."""
        return self.process.pid

    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return self.process.poll() is None

    def await_ready(self, ready: Callable[[], bool], seconds: float = 15.0) -> "HostProcess":
        """Wait until ``ready`` holds; raises StartError if the process ends first or the time is up."""
        held = await_condition(lambda: not self.running() or ready(), seconds)
        if not held or (not self.running() and not ready()):
            code = self.process.poll()
            state = "is not ready" if code is None else f"ended with status {code}"
            message = f"{self.title} on host {self.host.name} {state}: {tail(self.log)}"
            self.stop()
            raise StartError(message)
        return self

    def await_output(self, text: str, seconds: float = 15.0) -> "HostProcess":
        """Wait until the log holds ``text``; raises StartError if the process ends first or the time is up."""
        return self.await_ready(lambda: text in self.log.read_text(errors="replace"), seconds)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 5.0) -> int:
        """End the process with a signal, with SIGKILL if it does not heed it, and return its status."""
        if self.running():
            try:
                os.kill(self.process.pid, number)
                return self.process.wait(seconds)
            except ProcessLookupError:
                pass
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait(seconds)
