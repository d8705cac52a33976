"""A capture on the uplink: proves what left the access network, packet by packet."""

from __future__ import annotations

import re
import signal
import struct
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

from . import frames
from ..errors import LabError
from .host import Host
from .processes import StartError, await_condition, tail

#: TCP to port 25, and whatever could hide it: every fragment, every IPv6 extension header that can precede TCP, every tag.
#: (A tcpdump "vlan" shifts the offsets of all that follows it, so it stands last.)
LEAK_FILTER = (
    "tcp dst port 25 or (ip[6:2] & 0x3fff != 0) or "
    "(ip6 and (ip6[6] = 44 or ip6[6] = 60 or ip6[6] = 0 or ip6[6] = 43)) or vlan"
)


#: Bytes kept of a packet: all headers. Small, so that the kernel's buffer holds many packets.
HEADERS = 256
#: Whole packets.
WHOLE = 65535


class CaptureError(LabError):
    """The capture is not complete, so nothing can be concluded from it."""


@dataclass
class Leak:
    """What a capture saw go out, by source address."""

    syns: Counter = field(default_factory=Counter)
    #: All TCP segments to port 25, SYNs among them.
    segments: Counter = field(default_factory=Counter)

    def syns_from(self, *sources: str) -> int:
        """SYNs to port 25 from these source addresses."""
        return sum(self.syns[source] for source in sources)


class Capture:
    """tcpdump on one interface, in the direction *out of* it unless told otherwise."""

    def __init__(
        self,
        interface: str,
        pcap: Path,
        filter_text: str = LEAK_FILTER,
        direction: str = "out",
        host: Host | None = None,
        kept: int = HEADERS,
    ) -> None:
        """``interface``: the access switch's uplink port; what goes out of it has left the access network.

        ``direction``: ``out``, ``in`` or ``inout``, as seen from the interface; ``host``: whose interface it is, if it is
        not one of the switches'; ``kept``: bytes kept of a packet.
        """
        self.interface = interface
        self.pcap = pcap
        self._log = pcap.with_suffix(".log")
        self._host = host
        self._argv = ["tcpdump", "-i", interface, "-Q", direction, "-n", "-p", "-U", "-Z", "root", "-B", "16384"]
        self._argv += ["--immediate-mode", "-s", str(kept), "-w", str(pcap), filter_text]
        self._process: subprocess.Popen | None = None

    def start(self) -> "Capture":
        """Start and wait until tcpdump listens; raises StartError."""
        self.pcap.parent.mkdir(parents=True, exist_ok=True)
        if self._host is not None:
            self._log.write_text("")
            self._process = self._host.popen(self._argv, log=str(self._log))
        else:
            with self._log.open("w") as log:
                self._process = subprocess.Popen(
                    self._argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
        ready = await_condition(lambda: self._process.poll() is not None or "listening on" in self._log.read_text(), 10)
        if not ready or self._process.poll() is not None:
            raise StartError(f"tcpdump on {self.interface} did not start: {tail(self._log)}")
        return self

    def stop(self) -> Leak:
        """Stop, flush, and return what was seen; raises CaptureError if the kernel dropped a packet."""
        if self._process is None:
            raise CaptureError("the capture was never started")
        self._settle()
        ended_by_itself = self._process.poll() is not None
        if not ended_by_itself:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        text = self._log.read_text()
        dropped = re.search(r"(\d+) packets? dropped by kernel", text)
        # An interface that goes down during the run ends or blinds tcpdump: that is no proof of silence.
        if ended_by_itself or dropped is None or int(dropped[1]):
            raise CaptureError(f"the capture on {self.interface} is not complete: {text.strip()[-300:]}")
        return self.leak()

    def _settle(self) -> None:
        # Immediate mode hands packets over one by one; what is still in the socket's ring is read within this time.
        size = -1
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline and self.pcap.stat().st_size != size:
            size = self.pcap.stat().st_size
            time.sleep(0.1)

    def packets(self) -> Iterator[frames.Packet]:
        """The IPv4 and IPv6 packets captured so far."""
        for frame in read_pcap(self.pcap):
            packet = frames.parse(frame)
            if packet is not None:
                yield packet

    def leak(self) -> Leak:
        """What has been captured so far, counted."""
        leak = Leak()
        for packet in self.packets():
            if packet.dport == 25:
                leak.segments[packet.src] += 1
                leak.syns[packet.src] += packet.is_syn
        return leak

    def __enter__(self) -> "Capture":
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def read_pcap(path: Path) -> Iterator[bytes]:
    """The frames of a pcap file written on this machine; an unfinished last record is left out."""
    data = path.read_bytes()
    if len(data) < 24:
        return
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        length = struct.unpack_from(order + "I", data, at + 8)[0]
        if at + 16 + length > len(data):
            return
        yield data[at + 16 : at + 16 + length]
        at += 16 + length
