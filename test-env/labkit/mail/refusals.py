"""Connections that are refused: what an ordinary client is told, and the reset itself, bit by bit.

Run inside a host as ``python3 -m labkit.mail.refusals connect|answers``; :func:`connect` and :func:`answers` do that.
"""

from __future__ import annotations

import argparse
import errno
import json
import random
import select
import socket
import struct
import time
from dataclasses import asdict, dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from . import frames
from ..errors import LabError
from .host import Host, module_command
from .nexthop import next_hop

SMTP_PORT = 25

#: What a client is told that gets a reset to its SYN.
REFUSED = "ECONNREFUSED"
CONNECTED = "connected"

#: Seconds a client waits. Longer than the pause before a SYN is sent again (1 s): who is refused at once does not notice.
PATIENCE = 3.0

#: Seconds within which a reset comes if any comes.
_ANSWER_SECONDS = 0.8

_ETH_ALL = 3


# ---------------------------------------------------------------- an ordinary client


@dataclass(frozen=True)
class Attempt:
    """What became of one connection: ``connected``, or the name of the error; and the seconds until that was known."""

    target: str
    outcome: str
    seconds: float


def _attempt(target: str, port: int, patience: float) -> Attempt:
    begun = time.monotonic()
    try:
        with socket.create_connection((target, port), patience):
            outcome = CONNECTED
    except socket.timeout:
        outcome = "timeout"
    except OSError as problem:
        outcome = errno.errorcode.get(problem.errno or 0, str(problem))
    return Attempt(target, outcome, time.monotonic() - begun)


def connect(
    host: Host, targets: Sequence[str], port: int = SMTP_PORT, times: int = 1, pause: float = 0.0, patience: float = PATIENCE
) -> List[Attempt]:
    """Connects from ``host`` to every target, ``times`` times one after the other, with a pause after each."""
    command = module_command("refusals", "connect", "--port", port, "--times", times, "--pause", pause, "--patience", patience)
    command += list(targets)
    finished = host.run(command, timeout=len(targets) * times * (patience + pause) + 20)
    if finished.rc != 0:
        raise LabError(f"connecting from {host.name} failed: {finished.stderr.strip()[-500:]}")
    return [Attempt(**json.loads(line)) for line in finished.stdout.splitlines() if line.startswith("{")]


def _connect_main(arguments: argparse.Namespace) -> None:
    for _ in range(arguments.times):
        for target in arguments.target:
            print(json.dumps(asdict(_attempt(target, arguments.port, arguments.patience))), flush=True)
            time.sleep(arguments.pause)


# ---------------------------------------------------------------- segments of every kind


@dataclass(frozen=True)
class Kind:
    """A TCP segment that belongs to no connection; ``vlan`` and addresses apart, what may change the answer."""

    flags: int
    payload: int = 0
    options: bytes = b""
    damaged: bool = False


_MSS = b"\x02\x04\x05\xb4"

KINDS: Dict[str, Kind] = {
    "SYN": Kind(frames.SYN, options=_MSS),
    "SYN with data": Kind(frames.SYN, payload=11),
    "SYN and FIN": Kind(frames.SYN | frames.FIN),
    "SYN, ECN asked for": Kind(frames.SYN | 0xC0, options=_MSS),
    "SYN and ACK": Kind(frames.SYN | frames.ACK),
    "ACK": Kind(frames.ACK),
    "data": Kind(frames.ACK | frames.PSH, payload=100),
    "FIN": Kind(frames.FIN | frames.ACK),
    "FIN without ACK": Kind(frames.FIN, payload=3),
    "nothing set": Kind(0),
    "RST": Kind(frames.RST),
    "RST and ACK": Kind(frames.RST | frames.ACK),
    "SYN and RST": Kind(frames.SYN | frames.RST),
    "SYN with a wrong checksum": Kind(frames.SYN, damaged=True),
}


@dataclass(frozen=True)
class Reset:
    """An answer, as far as it does not follow from the addresses.

    ``seq`` and ``ack`` count from the segment's own: ``seq`` from its acknowledgement number if it has ACK, else from 0,
    ``ack`` from its sequence number if the answer has ACK.
    """

    flags: int
    seq: int
    ack: int
    window: int
    urgent: int
    header: int
    length: int
    tos: int
    ip_options: int
    dont_fragment: bool
    hop_limit: int
    checksums: bool


def _segment(kind: Kind, source: str, target: str, sport: int, port: int, seq: int, ack: int) -> bytes:
    segment = frames.tcp(source, target, sport, port, kind.flags, seq, ack, b"x" * kind.payload, kind.options)
    if kind.damaged:
        segment = segment[:16] + struct.pack("!H", struct.unpack("!H", segment[16:18])[0] ^ 0x0100) + segment[18:]
    return segment


def _read(frame: bytes, source: str, target: str, sport: int, port: int, kind: Kind, seq: int, ack: int) -> Optional[Reset]:
    """The answer in a frame, if it is the one to that segment."""
    packet = frames.parse(frame)
    if packet is None or (packet.src, packet.dst, packet.sport, packet.dport) != (target, source, port, sport):
        return None
    at = 14 if packet.vlan is None else 18
    if packet.family == 4:
        header = (frame[at] & 15) * 4
        tos, hops, options = frame[at + 1], frame[at + 8], header - 20
        dont = bool(struct.unpack_from("!H", frame, at + 6)[0] & 0x4000)
        length = struct.unpack_from("!H", frame, at + 2)[0] - header
        whole = frames.checksum(frame[at : at + header]) == 0
    else:
        header, options, dont, whole = 40, 0, True, True
        tos, hops = struct.unpack_from("!I", frame, at)[0] >> 20 & 0xFF, frame[at + 7]
        length = struct.unpack_from("!H", frame, at + 4)[0]
    tcp = frame[at + header : at + header + length]
    window, _, urgent = struct.unpack_from("!HHH", tcp, 14)
    pseudo = frames.packed(target) + frames.packed(source) + struct.pack("!II", length, frames.TCP)
    whole = whole and frames.checksum(pseudo + tcp) == 0
    own_seq = packet.seq - (ack if kind.flags & frames.ACK else 0)
    own_ack = packet.ack - (seq if packet.flags & frames.ACK else 0)
    return Reset(
        packet.flags, own_seq & 0xFFFFFFFF, own_ack & 0xFFFFFFFF, window, urgent, (tcp[12] >> 4) * 4, length, tos, options,
        dont, hops, whole,
    )  # fmt: skip


def _answer(link: socket.socket, kind: Kind, target: str, port: int) -> Optional[Reset]:
    hop = next_hop(target)
    sport, seq, ack = random.randrange(20000, 60000), random.getrandbits(32), random.getrandbits(32)
    segment = _segment(kind, hop.source, target, sport, port, seq, ack)
    ether_type, packet = frames.ip(hop.source, target, frames.TCP, segment)
    link.send(frames.ethernet(hop.mac, hop.source_mac, ether_type, packet))
    deadline = time.monotonic() + _ANSWER_SECONDS
    while select.select([link], [], [], max(0.0, deadline - time.monotonic()))[0]:
        found = _read(link.recv(2048), hop.source, target, sport, port, kind, seq, ack)
        if found is not None:
            return found
    return None


def _answers_main(arguments: argparse.Namespace) -> None:
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_ALL))
    link.bind((next_hop(arguments.target[0]).interface, 0))
    for target in arguments.target:
        for name, kind in KINDS.items():
            answer = _answer(link, kind, target, arguments.port)
            print(json.dumps([target, name, None if answer is None else asdict(answer)]), flush=True)
            time.sleep(arguments.pause)


def answers(host: Host, targets: Sequence[str], port: int = SMTP_PORT, pause: float = 0.2) -> Dict[Tuple[int, str], Optional[Reset]]:
    """Sends a segment of every kind from ``host`` to every target and returns the resets, by family and kind."""
    command = module_command("refusals", "answers", "--port", port, "--pause", pause, *targets)
    finished = host.run(command, timeout=len(targets) * len(KINDS) * (pause + _ANSWER_SECONDS) + 20)
    if finished.rc != 0:
        raise LabError(f"sending segments from {host.name} failed: {finished.stderr.strip()[-500:]}")
    found: Dict[Tuple[int, str], Optional[Reset]] = {}
    for line in finished.stdout.splitlines():
        target, name, fields = json.loads(line)
        found[frames.family_of(target), name] = None if fields is None else Reset(**fields)
    return found


def main() -> None:
    """Run inside the present network namespace."""
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    for name in ("connect", "answers"):
        each = kinds.add_parser(name)
        each.add_argument("target", nargs="+")
        each.add_argument("--port", type=int, default=SMTP_PORT)
        each.add_argument("--pause", type=float, default=0.0)
    kinds.choices["connect"].add_argument("--times", type=int, default=1)
    kinds.choices["connect"].add_argument("--patience", type=float, default=PATIENCE)
    arguments = parser.parse_args()
    {"connect": _connect_main, "answers": _answers_main}[arguments.kind](arguments)


if __name__ == "__main__":
    main()
