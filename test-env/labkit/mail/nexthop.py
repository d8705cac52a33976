"""The next hop a host would really use: read from its routing and neighbour tables, never assumed."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from dataclasses import dataclass

from ..errors import LabError
from .frames import family_of


class NoNextHop(LabError):
    """The host has no usable route or neighbour for a destination."""


@dataclass(frozen=True)
class NextHop:
    """Source address, interface and MAC addresses of a packet to one destination."""

    interface: str
    source: str
    source_mac: str
    mac: str


def _json(*argv: str) -> list[dict]:
    return json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout or "[]")


def next_hop(destination: str, seconds: float = 5.0) -> NextHop:
    """Resolve the next hop towards ``destination`` from inside the host; raises NoNextHop."""
    try:
        route = _json("ip", "-j", "route", "get", destination)[0]
    except (subprocess.CalledProcessError, IndexError) as error:
        raise NoNextHop(f"no route to {destination}") from error
    interface, gateway = route["dev"], route.get("gateway", destination)
    family = socket.AF_INET if family_of(destination) == 4 else socket.AF_INET6
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.sendto(b"", (destination, 9))  # port 9 is discard (RFC 863): makes the kernel resolve the neighbour
        for entry in _json("ip", "-j", "neigh", "show", "dev", interface):
            if entry["dst"] == gateway and "lladdr" in entry:
                link = _json("ip", "-j", "link", "show", "dev", interface)[0]
                return NextHop(interface, route["prefsrc"], link["address"], entry["lladdr"])
        time.sleep(0.05)
    raise NoNextHop(f"neighbour {gateway} on {interface} does not answer")
