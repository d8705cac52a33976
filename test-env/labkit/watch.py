"""Watching a fault: a worm, lawful traffic and a capture on the uplink, all at once, and the line it leaves.

Every "nothing leaked" has its controls in the same run: the worm's own count says that it sent, and the capture must have
seen the business subscriber's SYNs, or it was blind.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

from .errors import LabError
from .lawful import PATIENCE, LawfulCounts, LawfulTraffic
from .mail import frames
from .mail.capture import Capture
from .mail.world import MailWorld
from .mail.worm import SynCounts, SynWorm
from .network import AccessNetwork

WORM_RATE = 600
"""SYNs per second and family that the worm is set to."""
WORM_FLOOR = 500
"""... and that it must have sent on average for the run to count."""


@dataclass(frozen=True)
class Line:
    """What came out of one fault."""

    fault: str
    mode: str
    repetitions: int
    worm: SynCounts
    leaked: int
    lawful: LawfulCounts

    @property
    def rate(self) -> float:
        """The slower family's SYNs per second, on average."""
        return min(self.worm.sent4, self.worm.sent6) / max(self.worm.seconds, 0.001)


class Traffic:
    """The worm on the residential line and lawful connections on both lines."""

    def __init__(self, network: AccessNetwork, world: MailWorld) -> None:
        self._network = network
        state = world.state / "watch"
        state.mkdir(parents=True, exist_ok=True)
        residential, business = network.host("r1"), network.host("b1")
        isp, hosted = network.host("isp"), network.host("host")
        exchanger = network.host("mx1")
        self.worm = SynWorm(residential, [network.host("mx2").ip4, network.host("mx2").ip6], state, WORM_RATE)
        self._lawful = LawfulTraffic(
            [
                (residential, [(isp.ip4, 587), (isp.ip6, 587), (hosted.ip4, 587), (hosted.ip6, 587), (isp.ip4, 25)]),
                (business, [(exchanger.ip4, 25), (exchanger.ip6, 25)]),
            ],
            state,
        )

    def start(self) -> "Traffic":
        """Starts both."""
        self.worm.start()
        self._lawful.start()
        return self

    def stop(self) -> Tuple[SynCounts, LawfulCounts]:
        """Ends both; returns the worm's counts and the lawful ones."""
        lawful = self._lawful.stop()
        return self.worm.stop(), lawful


class Watch:
    """A fault under way. As a context manager it ends everything whatever happens; :meth:`line` gives the result.

    The capture may be taken up again and again (:meth:`look`, :meth:`look_away`), for faults with times in which mail may
    pass; what it saw adds up.
    """

    def __init__(self, network: AccessNetwork, world: MailWorld, fault: str, mode: str) -> None:
        self._network = network
        self._world = world
        self._fault = fault
        self._mode = mode
        self._traffic = Traffic(network, world)
        self._capture: Optional[Capture] = None
        self.leaked = 0
        """SYNs of residential subscribers that left by the uplink while it looked, those to the ISP's server excepted."""
        self.evidence: Optional[Path] = None
        """The capture of the last look, if something leaked in it."""
        self.repetitions = 0

    def __enter__(self) -> "Watch":
        self._traffic.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._capture is not None:
            with self._capture:
                pass
            self._capture = None
        if kind is not None:
            self._traffic.stop()

    @property
    def worm(self) -> SynWorm:
        """The worm."""
        return self._traffic.worm

    def look(self) -> None:
        """Begins to capture what leaves by the uplink."""
        assert self._capture is None, "already looking"
        pcap = self._world.state / "watch" / f"uplink-{time.monotonic_ns()}.pcap"
        self._capture = Capture(self._network.uplink(), pcap).start()

    def look_away(self) -> int:
        """Ends the capture, adds up what it saw, and returns the SYNs that leaked in this look.

        Raises LabError if it was blind: not one SYN of the business subscriber over one of the families.
        """
        assert self._capture is not None, "not looking"
        capture, self._capture = self._capture, None
        business = self._network.host("b1")
        controls = (business.ip4, business.ip6)
        # a look may be shorter than the lawful traffic's interval: wait for its control, not for a time
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not all(capture.leak().syns_from(one) for one in controls):
            time.sleep(0.1)
        leak = capture.stop()
        for one in controls:
            if not leak.syns_from(one):
                raise LabError(f"the capture on the uplink saw nothing of {one}, whose mail is allowed: it proves nothing")
        leaked = self._leaked_of(capture)
        self.leaked += leaked
        # kept for who has to find out; where mail may pass, the caller forgets it
        self.evidence = capture.pcap if leaked else None
        if not leaked:
            capture.pcap.unlink()
        return leaked

    def forgive(self, leaked: int) -> None:
        """Takes back what a look at a time when mail may pass has added up."""
        self.leaked -= leaked
        if self.evidence is not None:
            self.evidence.unlink()
            self.evidence = None

    def _leaked_of(self, capture: Capture) -> int:
        residential = {address for name in ("r1", "r2") for address in self._both(name)}
        lawful = set(self._both("isp"))
        return sum(
            1
            for packet in capture.packets()
            if packet.src in residential
            and packet.dst not in lawful
            and ((packet.is_syn and packet.dport == 25) or (packet.first_fragment and packet.protocol == frames.TCP))
        )

    def _both(self, name: str) -> Tuple[str, str]:
        host = self._network.host(name)
        return host.ip4, host.ip6

    def line(self) -> Line:
        """Ends worm and lawful traffic and returns what came out."""
        worm, lawful = self._traffic.stop()
        return Line(self._fault, self._mode, self.repetitions, worm, self.leaked, lawful)


def table(lines: Sequence[Line]) -> str:
    """The faults, one a line."""
    heads = ("fault", "forwarding", "times", "SYNs sent", "per s and family", "leaked", "lawful", "failed", "slowest")
    rows: List[Sequence[str]] = [heads]
    for line in lines:
        rows.append(
            (
                line.fault, line.mode, str(line.repetitions), str(line.worm.sent), f"{line.rate:.0f}", str(line.leaked),
                str(line.lawful.tried), str(len(line.lawful.failures)), f"{line.lawful.slowest:.1f} s",
            )
        )  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    text = []
    for row in rows:
        left = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2])]
        right = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:])]
        text.append("  ".join([*left, *right]).rstrip())
    return "\n".join(["leaked SYNs by fault", *text])
