"""The mail worm: what the policy is against.

Two of them. The *SMTP worm* holds real dialogues straight with foreign mail exchangers and delivers mail: it shows that
a subscriber can or cannot spam. The *SYN worm* opens connections at a steady pace from many source ports and never
answers: it finds the shortest window in which the policy is not in force.

Run inside a host as ``python3 -m labkit.mail.worm smtp|syn``; :func:`run_smtp_worm` and :class:`SynWorm` do that.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Sequence

from . import frames
from ..errors import LabError
from .host import Host, module_command
from .nexthop import next_hop
from .processes import HostProcess, await_condition

SMTP_PORT = 25

#: Seconds the SMTP worm waits for any one answer. A blocked SYN is sent again after 1 s, so one retransmission is seen.
ANSWER_TIMEOUT = 1.5

#: Frames built before the SYN worm starts, per family, for so many seconds; each has its own source port.
FRAMES_SECONDS = 15
MOST_FRAMES = 8192

#: The least source port of the SYN worm.
FIRST_SOURCE_PORT = 20000


@dataclass(frozen=True)
class Delivery:
    """What became of one message of the SMTP worm."""

    target: str
    token: str
    delivered: bool
    connected: bool
    detail: str


# ---------------------------------------------------------------- SMTP worm


def _expect(stream: "socket.SocketIO", code: str) -> str:
    while True:
        line = stream.readline().decode("ascii", "replace")
        if not line:
            raise ConnectionError("connection closed by the mail exchanger")
        if line[3:4] != "-":
            if not line.startswith(code):
                raise ConnectionError(f"mail exchanger said {line.strip()}")
            return line.strip()


def spam(target: str, recipient: str, token: str, port: int = SMTP_PORT, timeout: float = ANSWER_TIMEOUT) -> Delivery:
    """Deliver one message to a mail exchanger in a plain SMTP dialogue (RFC 5321)."""
    connected = False
    try:
        with socket.create_connection((target, port), timeout) as connection:
            connected = True
            stream = connection.makefile("rb")
            _expect(stream, "220")
            lines = (
                ("EHLO bot.invalid", "250"),
                ("MAIL FROM:<bot@bot.invalid>", "250"),
                (f"RCPT TO:<{recipient}>", "250"),
                ("DATA", "354"),
                (f"Subject: {token}\r\nMessage-ID: <{token}@bot.invalid>\r\n\r\nBuy now.\r\n.", "250"),
            )
            answer = ""
            for line, code in lines:
                connection.sendall(line.encode("ascii") + b"\r\n")
                answer = _expect(stream, code)
            connection.sendall(b"QUIT\r\n")
            return Delivery(target, token, True, True, answer)
    except OSError as error:
        return Delivery(target, token, False, connected, str(error) or type(error).__name__)


def _smtp_main(arguments: argparse.Namespace) -> None:
    jobs = [(target, f"{arguments.token}.{number}") for target in arguments.target for number in range(arguments.messages)]
    with ThreadPoolExecutor(max(1, len(jobs))) as pool:
        for delivery in pool.map(
            lambda job: spam(job[0], f"{job[1]}@{arguments.domain}", job[1], arguments.port, arguments.timeout), jobs
        ):
            print(json.dumps(asdict(delivery)), flush=True)


def run_smtp_worm(
    host: Host,
    targets: Sequence[str],
    token: str,
    domain: str = "victims.example",
    messages: int = 1,
    timeout: float = ANSWER_TIMEOUT,
    port: int = SMTP_PORT,
) -> list[Delivery]:
    """Run the SMTP worm inside ``host`` against ``targets`` (addresses), all at once; one Delivery per message."""
    command = module_command("worm", "smtp", "--token", token, "--domain", domain, "--messages", messages)
    command += ["--timeout", str(timeout), "--port", str(port)]
    for target in targets:
        command += ["--target", target]
    finished = host.run(command, timeout=timeout * 6 + 20)
    if finished.rc != 0:
        raise LabError(f"the SMTP worm on {host.name} failed: {finished.stderr.strip()[-500:]}")
    return [Delivery(**json.loads(line)) for line in finished.stdout.splitlines() if line.startswith("{")]


# ---------------------------------------------------------------- SYN worm


def _syn_frames(
    target_addresses: Sequence[str], count: int, port: int, vlan: int | None
) -> tuple[str, list[bytes]]:
    hops = {target: next_hop(target) for target in target_addresses}
    interface = next(iter(hops.values())).interface
    built = []
    for number in range(count):
        target = target_addresses[number % len(target_addresses)]
        hop = hops[target]
        segment = frames.tcp(
            hop.source,
            target,
            FIRST_SOURCE_PORT + number % 40000,
            port,
            frames.SYN,
            seq=random.getrandbits(32),
            options=b"\x02\x04\x05\xb4",  # maximum segment size 1460, as an ordinary client
        )
        ether_type, packet = frames.ip(hop.source, target, frames.TCP, segment)
        built.append(frames.ethernet(hop.mac, hop.source_mac, ether_type, packet, vlan))
    return interface, built


class _Counters:
    """The SYN worm's counters, written to a file that is replaced whole so that a reader never sees half of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.sent = {4: 0, 6: 0}
        self.errors = 0
        self._mark = (time.monotonic(), dict(self.sent))
        self._slowest: float | None = None
        self._started = time.monotonic()

    def write(self) -> None:
        now = time.monotonic()
        then, before = self._mark
        if now - then >= 1.0:
            rates = [(self.sent[f] - before[f]) / (now - then) for f in self.sent if self.sent[f]]
            slowest = min(rates, default=0.0)
            self._slowest = slowest if self._slowest is None else min(self._slowest, slowest)
            self._mark = (now, dict(self.sent))
        text = json.dumps(
            {
                "sent4": self.sent[4],
                "sent6": self.sent[6],
                "errors": self.errors,
                "seconds": now - self._started,
                "slowest": self._slowest,
            }
        )
        part = self._path.with_suffix(".part")
        part.write_text(text)
        part.replace(self._path)


def _syn_main(arguments: argparse.Namespace) -> None:
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    flows = []
    for family in (4, 6):
        targets = [target for target in arguments.target if frames.family_of(target) == family]
        if targets:
            interface, built = _syn_frames(targets, min(arguments.rate * FRAMES_SECONDS, MOST_FRAMES), arguments.port, arguments.vlan)
            link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            link.bind((interface, 0))
            flows.append((family, link, built))
    counters = _Counters(Path(arguments.counters))
    counters.write()
    print("running", flush=True)
    start = report = time.monotonic()
    last = start
    position = {family: 0 for family, _, _ in flows}
    due = 0.0
    while not stopping:
        now = time.monotonic()
        # A process that was not scheduled for a while catches up, but with a tenth of a second's frames at most: a
        # burst would be no steady pace and could overrun queues that have nothing to do with the policy.
        due += min(now - last, 0.1) * arguments.rate
        last = now
        for family, link, built in flows:
            while position[family] < int(due):
                try:
                    link.send(built[position[family] % len(built)])
                    counters.sent[family] += 1
                except OSError:
                    counters.errors += 1
                position[family] += 1
        if now - report >= 0.2:
            report = now
            counters.write()
        time.sleep(0.004)
    counters.write()


@dataclass(frozen=True)
class SynCounts:
    """What a SYN worm has sent: SYNs per family, send errors, seconds run, and the lowest rate of any whole second."""

    sent4: int
    sent6: int
    errors: int
    seconds: float
    slowest: float | None

    @property
    def sent(self) -> int:
        """SYNs of both families."""
        return self.sent4 + self.sent6


class SynWorm:
    """A SYN worm inside a host, as a process of its own."""

    def __init__(
        self,
        host: Host,
        targets: Sequence[str],
        state: Path,
        rate: int = 550,
        vlan: int | None = None,
        port: int = SMTP_PORT,
    ) -> None:
        """``rate`` is in SYNs per second and family; ``targets`` are addresses of foreign mail exchangers.

        ``port``: where it knocks; another one than 25 makes it the control of one that must not be heard.
        """
        self.host = host
        self._counters = state / f"worm-{host.name}-{os.getpid()}-{time.monotonic_ns()}.json"
        command = module_command("worm", "syn", "--rate", rate, "--port", port, "--counters", self._counters)
        if vlan is not None:
            command += ["--vlan", str(vlan)]
        for target in targets:
            command += ["--target", target]
        self._command = command
        self._process: HostProcess | None = None

    def start(self) -> "SynWorm":
        """Start it and wait until it sends."""
        log = self._counters.with_suffix(".log")
        self._process = HostProcess(self.host, self._command, log, "the SYN worm").await_output("running", 20)
        await_condition(lambda: self.counts().sent > 0, 5)
        return self

    def counts(self) -> SynCounts:
        """What it has sent so far (at most 0.2 s old while it runs, exact once it is stopped)."""
        return SynCounts(**json.loads(self._counters.read_text()))

    def await_sent(self, more: int, seconds: float = 60.0) -> SynCounts:
        """Wait until ``more`` SYNs per family went out from now on; raises LabError if the worm has ended."""
        before = self.counts()

        def enough() -> bool:
            now = self.counts()
            grown = [now.sent4 - before.sent4] if before.sent4 else []
            grown += [now.sent6 - before.sent6] if before.sent6 else []
            return bool(grown) and min(grown) >= more

        if not await_condition(lambda: enough() or not self.running(), seconds) or not self.running():
            raise LabError(f"the SYN worm on {self.host.name} does not send: {self.counts()}")
        return self.counts()

    def running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.running()

    def stop(self) -> SynCounts:
        """End it and return its exact counts."""
        if self._process is not None:
            self._process.stop()
        return self.counts()

    def __enter__(self) -> "SynWorm":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def main() -> None:
    """Run a worm inside the present network namespace."""
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    smtp = kinds.add_parser("smtp")
    smtp.add_argument("--target", action="append", required=True)
    smtp.add_argument("--token", required=True)
    smtp.add_argument("--domain", required=True)
    smtp.add_argument("--messages", type=int, default=1)
    smtp.add_argument("--timeout", type=float, default=ANSWER_TIMEOUT)
    smtp.add_argument("--port", type=int, default=SMTP_PORT)
    syn = kinds.add_parser("syn")
    syn.add_argument("--target", action="append", required=True)
    syn.add_argument("--rate", type=int, default=550)
    syn.add_argument("--port", type=int, default=SMTP_PORT)
    syn.add_argument("--vlan", type=int)
    syn.add_argument("--counters", required=True)
    arguments = parser.parse_args()
    {"smtp": _smtp_main, "syn": _syn_main}[arguments.kind](arguments)


if __name__ == "__main__":
    main()
