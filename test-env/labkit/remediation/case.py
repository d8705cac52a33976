"""Who is quarantined and who has asked to be released: the two files between the portal and the ISP's side.

The list of quarantines is JSON as ``postern-quarantines -j`` prints it; it is replaced whole. The requests are JSON lines that
the portal adds to.
"""

from __future__ import annotations

import ipaddress
import json
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import List, Optional, Sequence, Tuple, Union

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


class NoList(Exception):
    """The list of quarantines is not there or not readable: nobody can be told anything about his case."""


@dataclass(frozen=True)
class Case:
    """A subscriber's quarantine; ``depth`` is ``mail`` or ``walled-garden``, ``since`` an ISO 8601 moment."""

    subscriber: str
    depth: str
    reason: str
    since: str


@dataclass(frozen=True)
class Request:
    """A subscriber's request to be released: for which case, from which address, when, in what words."""

    subscriber: str
    since: str
    address: str
    at: str
    note: str

    def answers(self, case: Case) -> bool:
        """Whether it is about this case and not an earlier one of the same subscriber."""
        return (self.subscriber, self.since) == (case.subscriber, case.since)


def address_of(text: str) -> Address:
    """A client's address; an IPv4 address that an IPv6 socket has mapped is the IPv4 address."""
    address = ipaddress.ip_address(text.split("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


class QuarantineList:
    """The list of quarantines."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def replace(self, rows: Sequence[dict]) -> None:
        """Writes it anew, so that a reader sees the old one or the new one, never half of it."""
        part = self.path.with_name(self.path.name + ".part")
        part.write_text(json.dumps(list(rows), indent=2))
        part.replace(self.path)

    def find(self, address: Address) -> Optional[Case]:
        """The case of whoever has this address, by the longest prefix; None if it is nobody's. Raises NoList."""
        found: List[Tuple[int, Case]] = []
        try:
            for row in json.loads(self.path.read_text()):
                for prefix in map(ipaddress.ip_network, row["prefixes"]):
                    if address in prefix:
                        case = Case(*(str(row[name]) for name in ("subscriber", "depth", "reason", "since")))
                        found.append((prefix.prefixlen, case))
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise NoList(f"{self.path}: {problem}") from problem
        return max(found, key=lambda pair: pair[0])[1] if found else None


class RequestBook:
    """The requests for release."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def add(self, request: Request) -> None:
        """Adds one, on the disk when this returns."""
        with self._lock, self.path.open("a") as book:
            book.write(json.dumps(asdict(request)) + "\n")
            book.flush()
            os.fsync(book.fileno())

    def all(self) -> List[Request]:
        """Every request, oldest first; a line that is still being written is left out."""
        try:
            lines = self.path.read_text().splitlines()
        except FileNotFoundError:
            return []
        return [Request(**json.loads(line)) for line in lines if line.endswith("}")]

    def find(self, case: Case) -> Optional[Request]:
        """The first request for this case, if there is one."""
        return next((request for request in self.all() if request.answers(case)), None)
