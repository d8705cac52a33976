"""Full SMTP dialogues in IP fragments and other disguises: the bypasses of a rule that looks for port 25 (``tcp_dst=25``).

A switch sees no port in a later fragment, and Open vSwitch by default in none at all. So a bot may cut every segment of
its dialogue into fragments which the mail exchanger puts together again. Variants:

- IPv4 and IPv6, the first fragment 8 bytes, 16 bytes, or long enough to hold the whole TCP header;
- IPv6 with destination options before TCP, cut so that the TCP header is in a later fragment only: after the first of
  two options headers (the first fragment does not even say that TCP follows), or within the only one.

RFC 8200 (section 4.5) lets a receiver refuse a first fragment without the whole header chain; Linux does so since 5.11,
but for the chain of two. What our mail exchanger refuses others take: such variants are judged by the capture alone.

Not fragmented, a dialogue may have IPv4 options, IPv6 extension headers, an odd source port, a tag, or data in its SYN.

The dialogue is held over a packet socket; the kernel's own resets are kept back by an nftables rule for its one port.
Run inside a host as ``python3 -m labkit.mail.fragments``; :func:`hold_dialogue` does that.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import random
import select
import socket
import subprocess
import time
from dataclasses import asdict, dataclass
from typing import Sequence

from . import frames
from ..errors import LabError
from .host import Host, module_command
from .nexthop import NextHop, next_hop

#: Seconds to wait for one answer; each of our segments is sent once more within it.
ANSWER_TIMEOUT = 0.8

#: No-operation options that make every segment longer than the longest first fragment asked for.
_TCP_PADDING = b"\x01" * 40


@dataclass(frozen=True)
class Variant:
    """How the segments are cut and dressed.

    ``first`` is the length of the first fragment in bytes (None: not fragmented), ``options`` the lengths of the
    destination options headers before TCP, ``receivable`` whether a Linux receiver puts the fragments together,
    ``backwards`` whether the last fragment goes first, ``header`` an IPv6 header before TCP (``hop-by-hop``, ``routing``
    or ``atomic fragment``), ``ip_options`` whether IPv4 options are there, ``sport`` a source port (None: any), ``vlan`` a
    tag, ``early_data`` whether the SYN carries data (TCP Fast Open, RFC 7413).
    """

    family: int
    first: int | None = None
    options: tuple[int, ...] = ()
    receivable: bool = True
    backwards: bool = False
    header: str = ""
    ip_options: bool = False
    sport: int | None = None
    vlan: int | None = None
    early_data: bool = False

    def __str__(self) -> str:
        plain = asdict(Variant(self.family, receivable=self.receivable))
        told = [f"{name} {value}" for name, value in asdict(self).items() if value != plain[name]]
        return ", ".join([f"IPv{self.family}", *told])


_HEADERS = {
    "hop-by-hop": (frames.HOP_BY_HOP, frames.padded_options),
    "routing": (frames.ROUTING, frames.routing_header),
    "atomic fragment": (frames.FRAGMENT_HEADER, frames.atomic_fragment_header),
}

#: Record route (RFC 791) with room for one address, and padding.
RECORD_ROUTE = bytes([7, 7, 4, 0, 0, 0, 0, 1])


@dataclass(frozen=True)
class Outcome:
    """How far a dialogue came."""

    syn_ack: bool
    delivered: bool
    answers: list[str]


def hold_dialogue(
    host: Host, target: str, recipient: str, token: str, variant: Variant, port: int = 25, mark: bytes = b""
) -> Outcome:
    """Hold an SMTP dialogue inside ``host`` with the server at ``target``, cut and dressed as ``variant`` says.

    ``mark`` goes behind every frame, as padding that no receiver looks at, followed by the number of the fragment.
    """
    command = module_command("fragments", "--target", target, "--recipient", recipient, "--token", token, "--port", port)
    command += ["--variant", json.dumps(asdict(variant)), "--mark", mark.hex()]
    finished = host.run(command, timeout=30)
    if finished.rc != 0:
        raise LabError(f"fragment dialogue on {host.name} ({variant}): {finished.stderr.strip()[-500:]}")
    return Outcome(**json.loads(finished.stdout.splitlines()[-1]))


class _Resets:
    """Keeps the kernel from resetting a connection it does not know of; removed at the end."""

    def __init__(self, port: int) -> None:
        # several dialogues of one host may have the same port
        self._table = f"postern_fragments_{port}_{os.getpid()}"
        self._port = port

    def __enter__(self) -> None:
        rules = (
            f"table inet {self._table} {{\n chain out {{\n type filter hook output priority 0;\n"
            f" tcp sport {self._port} tcp flags & rst == rst drop\n }}\n}}\n"
        )
        subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True, capture_output=True)

    def __exit__(self, *_: object) -> None:
        subprocess.run(["nft", "delete", "table", "inet", self._table], check=False, capture_output=True)


class _Connection:
    """A TCP connection of our own making, just good enough for a short dialogue."""

    def __init__(self, target: str, port: int, sport: int, variant: Variant, mark: bytes) -> None:
        self._hop: NextHop = next_hop(target)
        self._target, self._port, self._sport = str(ipaddress.ip_address(target)), port, sport
        self._variant, self._mark = variant, mark
        self._seq, self._ack = random.getrandbits(31), 0
        self._ident = random.getrandbits(31)
        self._link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        self._link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._link.bind((self._hop.interface, 0))
        self._buffer = b""

    def close(self) -> None:
        """Reset the connection, so that the server does not keep it, and give up the packet socket."""
        self._transmit(frames.RST | frames.ACK)
        self._link.close()

    def connect(self) -> bool:
        """Send a SYN and wait for the SYN-ACK."""
        early = b"EHLO bot.invalid\r\n" if self._variant.early_data else b""
        answer = self._exchange(frames.SYN, early, lambda p: p.flags & (frames.SYN | frames.ACK) == frames.SYN | frames.ACK)
        if answer is None:
            return False
        self._seq += 1
        self._ack = answer.seq + 1
        self._transmit(frames.ACK)
        return True

    def read_reply(self, line: bytes = b"") -> str | None:
        """Send a line (or none) and wait for the last line of the server's answer; None if there is none in time."""
        flags = frames.ACK | (frames.PSH if line else 0)
        first = True
        while True:
            answer = self._exchange(flags, line if first else b"", lambda p: p.payload and p.seq == self._ack & 0xFFFFFFFF)
            if answer is None:
                return None
            if first:
                self._seq += len(line)
                first = False
                flags, line = frames.ACK, b""
            self._ack += len(answer.payload)
            self._buffer += answer.payload
            self._transmit(frames.ACK)
            *whole, self._buffer = self._buffer.split(b"\r\n")
            for text in whole:
                if text[3:4] != b"-":
                    return text.decode("ascii", "replace")

    def _exchange(self, flags: int, payload: bytes, wanted) -> frames.Packet | None:
        for _ in range(2):
            if flags & frames.SYN or payload:
                self._transmit(flags, payload)
            deadline = time.monotonic() + ANSWER_TIMEOUT
            while (left := deadline - time.monotonic()) > 0:
                if not select.select([self._link], [], [], left)[0]:
                    break
                packet = frames.parse(self._link.recv(65535))
                if packet and self._is_answer(packet) and wanted(packet):
                    return packet
        return None

    def _is_answer(self, packet: frames.Packet) -> bool:
        return (packet.src, packet.sport, packet.dport) == (self._target, self._port, self._sport)

    def _transmit(self, flags: int, payload: bytes = b"") -> None:
        options = b"\x02\x04\x03\xe8" if flags & frames.SYN else b""  # maximum segment size 1000
        options += _TCP_PADDING[: 40 - len(options)]
        body = frames.tcp(self._hop.source, self._target, self._sport, self._port, flags, self._seq, self._ack, payload, options)
        pieces = list(enumerate(self._cut(body)))
        for number, (ether_type, packet) in reversed(pieces) if self._variant.backwards else pieces:
            frame = frames.ethernet(self._hop.mac, self._hop.source_mac, ether_type, packet, self._variant.vlan)
            self._link.send(frame + self._mark + bytes([number]) if self._mark else frame)

    def _cut(self, body: bytes) -> Sequence[tuple[int, bytes]]:
        protocol = frames.TCP
        for length in reversed(self._variant.options):
            body = frames.padded_options(protocol, length) + body
            protocol = frames.DESTINATION_OPTIONS
        if self._variant.header:
            number, build = _HEADERS[self._variant.header]
            body, protocol = build(protocol) + body, number
        first = self._variant.first
        if first is None:
            options = RECORD_ROUTE if self._variant.ip_options else b""
            return [frames.ip(self._hop.source, self._target, protocol, body, options)]
        self._ident += 1
        # Every piece has the first one's size, so that no fragment holds more of the TCP header than asked for; but
        # behind destination options the TCP header may be whole, since it is the first fragment that hides it.
        cuts = [first] if self._variant.options else list(range(first, len(body), first))
        return list(frames.fragments(self._hop.source, self._target, protocol, body, cuts, self._ident))


def main() -> None:
    """Hold one dialogue inside the present network namespace and print its outcome as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True)
    parser.add_argument("--recipient", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--port", type=int, default=25)
    parser.add_argument("--variant", type=json.loads, required=True, help="the fields of a Variant as JSON")
    parser.add_argument("--mark", type=bytes.fromhex, default=b"")
    arguments = parser.parse_args()
    variant = Variant(**arguments.variant)
    # by default outside Linux' own range of ephemeral ports
    sport = random.randint(61000, 65000) if variant.sport is None else variant.sport
    answers: list[str] = []
    with _Resets(sport):
        connection = _Connection(arguments.target, arguments.port, sport, variant, arguments.mark)
        syn_ack = connection.connect()
        lines = (
            None,
            "EHLO bot.invalid",
            "MAIL FROM:<bot@bot.invalid>",
            f"RCPT TO:<{arguments.recipient}>",
            "DATA",
            f"Subject: {arguments.token}\r\n\r\n{arguments.token}\r\n.",
        )
        for line in lines if syn_ack else ():
            answer = connection.read_reply(line.encode("ascii") + b"\r\n" if line else b"")
            answers.append(answer or "(no answer)")
            if answer is None or answer[0] not in "23":
                break
        connection.close()
    delivered = len(answers) == len(lines) and answers[-1].startswith("250")
    print(json.dumps(asdict(Outcome(syn_ack, delivered, answers))))


if __name__ == "__main__":
    main()
