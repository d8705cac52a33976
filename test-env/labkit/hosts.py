"""A host of the access network, as tests and servers see it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import List, Optional

from .processes import Command, Result, run, start
from .registry import Registry


class Host:
    """One network namespace with a name and addresses.

    Commands run through ``mnexec -a``, so it does not matter which process built the network: a host found in the state
    directory of a running lab works like one just built.
    """

    def __init__(
        self, name: str, pid: int, intf: str, ip4: str, ip6: str, mac: str, registry: Registry, domain: str = ""
    ) -> None:
        self.name = name
        self.pid = pid
        self.intf = intf
        """The name of its first interface inside the namespace."""
        self.ip4 = ip4
        """Its IPv4 address without prefix length."""
        self.ip6 = ip6
        """Its IPv6 address without prefix length."""
        self.mac = mac
        self.domain = domain
        """The name its mail carries; empty for subscribers."""
        self._registry = registry
        self.dir = registry.state / "hosts" / name
        """A directory of its own below the state directory; hosts share the machine's file system."""
        self.dir.mkdir(parents=True, exist_ok=True)

    def __repr__(self) -> str:
        return f"Host({self.name}, pid {self.pid}, {self.ip4}, {self.ip6})"

    @property
    def prefix(self) -> List[str]:
        """What to put before a command to run it here."""
        return ["mnexec", "-a", str(self.pid)]

    def ip(self, family: int) -> str:
        """Its address of family 4 or 6."""
        return {4: self.ip4, 6: self.ip6}[family]

    def run(
        self, command: Command, timeout: Optional[float] = 60.0, check: bool = False, input: Optional[str] = None
    ) -> Result:
        """Runs a program here to its end. Text goes through ``sh -c``; status 124 means that ``timeout`` seconds ran out.

        Raises CommandFailed with ``check`` and an exit status other than 0.
        """
        return run(command, timeout=timeout, check=check, input=input, prefix=self.prefix)

    def popen(self, command: Command, log: Optional[str] = None) -> subprocess.Popen:
        """Starts a program here in a session of its own; it is ended with the lab.

        :param log: a file name in :attr:`dir` for its output; by default the program's name with ``.log``
        """
        first = command.split()[0] if isinstance(command, str) else str(command[0])
        path = self.dir / (log or f"{Path(first).name}.log")
        return start(self._registry, command, f"{self.name}: {first}", path, prefix=self.prefix)

    def write(self, name: str, text: str, mode: int = 0o644) -> Path:
        """Writes a file in :attr:`dir` and returns its path."""
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def listens(self, port: int, family: int = 4) -> bool:
        """Whether something here listens on a TCP port."""
        return "LISTEN" in self.run(["ss", f"-{family}ltnH", f"sport = :{port}"]).stdout
