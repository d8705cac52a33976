"""Lawful connections, one after another, while something goes wrong: each a *new* TCP connection that must reach its banner.

The program part runs inside a host (``python3 -m labkit.lawful``); :class:`LawfulTraffic` starts it and reads what it saw.
A connection counts as failed if there is no banner within its patience: TCP itself repeats a lost SYN after 1, 3, 7 and 15
seconds, so a patience of 20 seconds forgives a switch that restarts and nothing longer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

from .hosts import Host
from .mail.host import PACKAGE_ROOT, PYTHON
from .mail.processes import HostProcess

PATIENCE = 20.0
INTERVAL = 0.25


@dataclass
class LawfulCounts:
    """What was tried; seconds from the first SYN to the banner."""

    tried: int = 0
    reached: int = 0
    failures: List[str] = field(default_factory=list)
    slowest: float = 0.0

    def __add__(self, other: "LawfulCounts") -> "LawfulCounts":
        return LawfulCounts(
            self.tried + other.tried,
            self.reached + other.reached,
            self.failures + other.failures,
            max(self.slowest, other.slowest),
        )


class LawfulTraffic:
    """Lawful connections from several hosts at once."""

    def __init__(self, flows: Sequence[Tuple[Host, Sequence[Tuple[str, int]]]], state: Path) -> None:
        """:param flows: for each host the servers, address and port, that it talks to"""
        self._flows = flows
        self._state = state
        self._running: List[Tuple[HostProcess, Path]] = []

    def start(self) -> "LawfulTraffic":
        """Starts it everywhere and waits until every server has been reached once."""
        for host, targets in self._flows:
            result = self._state / f"lawful-{host.name}-{time.monotonic_ns()}.json"
            command = [
                "/usr/bin/env", f"PYTHONPATH={PACKAGE_ROOT}", PYTHON, "-B", "-u", "-m", "labkit.lawful",
                "--result", str(result),
            ]  # fmt: skip
            for address, port in targets:
                command += ["--target", f"{address}!{port}"]
            process = HostProcess(host, command, result.with_suffix(".log"), "lawful traffic")
            self._running.append((process, result))
        for process, _ in self._running:
            process.await_output("reached", 2 * PATIENCE)
        return self

    def stop(self) -> LawfulCounts:
        """Starts no more, waits for what is under way, and returns what was seen."""
        total = LawfulCounts()
        running, self._running = self._running, []
        for process, result in running:
            process.stop(signal.SIGTERM, 2 * PATIENCE)
            total += LawfulCounts(**json.loads(result.read_text()))
        return total


# ---------------------------------------------------------------- inside a host


class _Client:
    def __init__(self) -> None:
        self.counts = LawfulCounts()
        self.stopping = False

    async def once(self, address: str, port: int) -> None:
        begun = time.monotonic()
        self.counts.tried += 1
        try:
            banner = await asyncio.wait_for(self._banner(address, port), PATIENCE)
        except (OSError, asyncio.TimeoutError) as problem:
            what = type(problem).__name__ if not str(problem) else str(problem)
            self.counts.failures.append(f"{address} port {port} at {time.strftime('%H:%M:%S')}: {what}")
            return
        if banner.startswith(b"220"):
            self.counts.reached += 1
            self.counts.slowest = max(self.counts.slowest, time.monotonic() - begun)
        else:
            self.counts.failures.append(f"{address} port {port}: {banner[:60]!r}")

    @staticmethod
    async def _banner(address: str, port: int) -> bytes:
        reader, writer = await asyncio.open_connection(address, port)
        try:
            banner = await reader.readline()
            writer.write(b"QUIT\r\n")
            await writer.drain()
            return banner
        finally:
            writer.close()

    async def run(self, targets: Sequence[Tuple[str, int]]) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        for address, port in targets:
            await self.once(address, port)
        if self.counts.reached == len(targets):
            print("reached", flush=True)
        under_way: set = set()
        while not self.stopping:
            for address, port in targets:
                task = loop.create_task(self.once(address, port))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            await asyncio.sleep(INTERVAL)
        if under_way:
            await asyncio.gather(*under_way)

    def _stop(self) -> None:
        self.stopping = True


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", action="append", required=True)
    parser.add_argument("--result", required=True)
    arguments = parser.parse_args()
    targets = [(target.split("!")[0], int(target.split("!")[1])) for target in arguments.target]
    client = _Client()
    try:
        asyncio.run(client.run(targets))
    finally:
        found: Dict[str, object] = vars(client.counts)
        Path(arguments.result).write_text(json.dumps(found))


if __name__ == "__main__":
    _main()
