"""From a change to the first packet that it lets out."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Optional

from .errors import LabError
from .mail import frames

APPLICATION = "org.postern.lab.bench"
"""On whose behalf the bare flow change is posted."""


class Uplink:
    """Sees when a host's SYNs to port 25 leave by the uplink."""

    def __init__(self, interface: str, source: str) -> None:
        """
        :param interface: of the access switch, in this process's namespace
        :param source: the host's IPv4 address
        """
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self._socket.bind((interface, 0))
        self._source = source

    def _next(self, until: float) -> Optional[float]:
        while True:
            left = until - time.monotonic()
            if left <= 0:
                return None
            self._socket.settimeout(left)
            try:
                frame = self._socket.recv(2048)
            except (TimeoutError, socket.timeout):
                return None
            now = time.monotonic()
            packet = frames.parse(frame)
            if packet is not None and packet.src == self._source and packet.dport == 25 and packet.is_syn:
                return now

    def first_after(self, change: Callable[[], object], seconds: float = 30) -> float:
        """Seconds from the start of ``change`` to the first SYN that leaves.

        Raises what ``change`` raises, and LabError if no SYN leaves.
        """
        while self._next(time.monotonic() + 0.01) is not None:
            pass
        with ThreadPoolExecutor(1) as changing:
            begun = time.monotonic()
            changed = changing.submit(change)
            seen = self._next(begun + seconds)
        changed.result()
        if seen is None:
            raise LabError("no SYN left after the change that allows it")
        return seen - begun

    def await_silence(self, seconds: float = 30) -> None:
        """Waits until no SYN leaves for half a second. Raises LabError if that does not come."""
        end = time.monotonic() + seconds
        while self._next(time.monotonic() + 0.5) is not None:
            if time.monotonic() > end:
                raise LabError("SYNs go on leaving after the change that stops them")


def permit_rule(port: int) -> dict:
    """The bare flow change that a change of policy is held against: lets a port's SYNs to port 25 out."""
    return {
        "priority": 62000,
        "tableId": "0",
        "isPermanent": True,
        "timeout": 0,
        "selector": {
            "criteria": [
                {"type": "IN_PORT", "port": port},
                {"type": "ETH_TYPE", "ethType": "0x800"},
                {"type": "IP_PROTO", "protocol": 6},
                {"type": "TCP_DST", "tcpPort": 25},
            ]
        },
        "treatment": {"instructions": [{"type": "OUTPUT", "port": "NORMAL"}]},
    }
