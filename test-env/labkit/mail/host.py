"""What the mail world asks of a host of the network, and how its own programs are started inside one."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Protocol, Sequence

#: The directory that holds the ``labkit`` package.
PACKAGE_ROOT = Path(__file__).resolve().parents[2]

#: Debian's own interpreter: the packages the lab needs are installed for it, whatever comes first on PATH.
PYTHON = "/usr/bin/python3"


class Finished(Protocol):
    """A command that ran to its end; status 124 means that its time was up."""

    rc: int
    stdout: str
    stderr: str


class Host(Protocol):
    """A host of the lab: a network namespace with one interface into the network."""

    name: str
    ip4: str
    ip6: str
    mac: str
    intf: str
    domain: str

    def run(self, command: Sequence[str], timeout: float = ...) -> Finished:
        """Run a command inside the host to its end and return status and output as text."""

    def popen(self, command: Sequence[str], log: str = ...) -> subprocess.Popen:
        """Start a command inside the host, in a session of its own; standard output and error are added to ``log``."""


def module_command(module: str, *arguments: object) -> list[str]:
    """The command line that runs a module of this package as a program of its own."""
    return [
        "/usr/bin/env",
        f"PYTHONPATH={PACKAGE_ROOT}",
        PYTHON,
        "-B",
        "-u",
        "-m",
        f"labkit.mail.{module}",
        *[str(argument) for argument in arguments],
    ]
