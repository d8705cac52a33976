"""Frames that are known again: sent out of a host, and seen on the uplink or at another host.

Every frame ends with a mark behind the packet, as padding that neither switch nor receiver looks at, and the number of the
frame within its technique. A router takes that off; so a technique that is judged behind one has the mark in its packet too
(a TCP segment as its sequence and acknowledgement numbers).

Run inside a host as ``python3 -m labkit.bypass.flight INTERFACE`` with the frames in hexadecimal on standard input.
"""

from __future__ import annotations

import re
import secrets
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Mapping, Sequence, Set, Tuple

from ..errors import LabError
from ..hosts import Host
from ..mail.capture import WHOLE, Capture, read_pcap
from ..mail.host import PACKAGE_ROOT, PYTHON

#: The place that is not a host: what went out of the access switch's uplink port.
UPLINK = "uplink"

#: Every frame goes out so many times, against a loss that is not the policy's.
COPIES = 2

_MARK_HEAD = b"PSTN"
_MARK_LENGTH = 8
#: Looks ahead, since one mark may begin within what looks like another.
_MARK = re.compile(b"(?=(" + re.escape(_MARK_HEAD) + b".{4}))", re.DOTALL)


def new_mark() -> bytes:
    """Eight bytes by which a technique's frames are known again."""
    return _MARK_HEAD + secrets.token_bytes(_MARK_LENGTH - len(_MARK_HEAD))


@dataclass(frozen=True)
class Line:
    """A host's name and addresses."""

    name: str
    mac: str
    ip4: str
    ip6: str

    @classmethod
    def of(cls, host: Host) -> "Line":
        """What a host of the network has."""
        return cls(host.name, host.mac, host.ip4, host.ip6)

    def ip(self, family: int) -> str:
        """Its address of family 4 or 6."""
        return {4: self.ip4, 6: self.ip6}[family]


@dataclass(frozen=True)
class Flight:
    """From whom to whom a technique's frames go; ``hop`` is the MAC address of the next one on the way.

    ``family`` is 4 or 6, or 0 for a technique that is neither. ``cast`` holds every host of the network by name, for
    techniques that borrow a third one's addresses.
    """

    sender: Line
    target: Line
    family: int
    hop: str
    cast: Mapping[str, Line]
    mark: bytes = field(default_factory=new_mark)

    @property
    def src(self) -> str:
        """The sender's IP address."""
        return self.sender.ip(self.family)

    @property
    def dst(self) -> str:
        """The target's IP address."""
        return self.target.ip(self.family)

    @property
    def sequence(self) -> int:
        """The mark's first half, as a TCP sequence number."""
        return int.from_bytes(self.mark[:4], "big")

    @property
    def acknowledgement(self) -> int:
        """The mark's second half, as a TCP acknowledgement number."""
        return int.from_bytes(self.mark[4:], "big")


def send(host: Host, flights: Sequence[Tuple[bytes, Sequence[bytes]]]) -> None:
    """Sends frames out of a host, each with its mark and number behind it.

    :param flights: for each mark its frames
    """
    lines = [(frame + mark + bytes([n])).hex() for mark, some in flights for n, frame in enumerate(some)]
    command = ["/usr/bin/env", f"PYTHONPATH={PACKAGE_ROOT}", PYTHON, "-B", "-m", "labkit.bypass.flight", host.intf]
    result = host.run(command, timeout=60, input="\n".join(lines))
    if not result.ok:
        raise LabError(f"frames from {host.name} were not sent: {result.stderr.strip()[-400:]}")


class Watch:
    """Captures on the uplink and at hosts, all at once; tells which marked frames were seen where."""

    def __init__(self, uplink: str, hosts: Sequence[Host], state: Path) -> None:
        stamp = time.monotonic_ns()
        self._captures: Dict[str, Capture] = {
            UPLINK: Capture(uplink, state / f"watch-{stamp}-uplink.pcap", "", kept=WHOLE),
            **{
                host.name: Capture(host.intf, state / f"watch-{stamp}-{host.name}.pcap", "", "in", host, WHOLE)
                for host in hosts
            },
        }
        self._seen: Dict[Tuple[str, bytes], Set[int]] = {}

    def __enter__(self) -> "Watch":
        for capture in self._captures.values():
            capture.start()
        return self

    def __exit__(self, *arguments: object) -> None:
        for capture in self._captures.values():
            capture.__exit__(*arguments)

    def stop(self) -> None:
        """Ends the captures. Raises CaptureError if one of them is not complete."""
        for place, capture in self._captures.items():
            capture.stop()
            for frame in read_pcap(capture.pcap):
                for mark, number in _marks(frame):
                    self._seen.setdefault((place, mark), set()).add(number)

    def seen(self, place: str, mark: bytes) -> Set[int]:
        """The numbers of the frames with this mark that were seen at a place; 0 for one whose number a router took off."""
        if place not in self._captures:
            raise LabError(f"nobody watches {place}")
        return self._seen.get((place, mark), set())


def _marks(frame: bytes) -> List[Tuple[bytes, int]]:
    found: Dict[bytes, int] = {}
    for match in _MARK.finditer(frame):
        mark, behind = match[1], frame[match.end(1) :]
        found[mark] = behind[0] if len(behind) == 1 else found.get(mark, 0)
    return list(found.items())


def main() -> None:
    """Send what standard input holds."""
    frames = [bytes.fromhex(line) for line in sys.stdin.read().split()]
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as link:
        link.bind((sys.argv[1], 0))
        for frame in frames:
            for _ in range(COPIES):
                link.send(frame)
                time.sleep(0.001)


if __name__ == "__main__":
    main()
