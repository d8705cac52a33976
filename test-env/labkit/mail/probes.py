"""Single packets and plain datagrams, for questions a whole dialogue cannot ask.

Does a SYN-ACK nobody asked for arrive? Does a tagged frame leave? Does a big UDP datagram still pass? Run inside a host as
``python3 -m labkit.mail.probes send|echo|datagram``.
"""

from __future__ import annotations

import argparse
import random
import secrets
import socket
import time
from pathlib import Path

from . import frames
from ..errors import LabError
from .capture import Capture
from .frames import family_of
from .host import Host, module_command
from .nexthop import next_hop
from .processes import HostProcess, await_condition

_FLAGS = {"S": frames.SYN, "A": frames.ACK, "R": frames.RST, "P": frames.PSH, "F": frames.FIN}

#: The port of the echo service (RFC 862).
ECHO_PORT = 7


def new_sequence() -> int:
    """A TCP sequence number by which a probe is known again."""
    return random.randint(1 << 24, (1 << 32) - 1)


def send_tcp(
    host: Host, target: str, sport: int, dport: int, flags: str, sequence: int, count: int = 3, vlan: int | None = None
) -> None:
    """Send the same TCP segment ``count`` times out of ``host``, past its own TCP; ``flags`` of ``SARPF``."""
    command = module_command("probes", "send", "--target", target, "--sport", sport, "--dport", dport, "--flags", flags)
    command += ["--sequence", str(sequence), "--count", str(count)]
    if vlan is not None:
        command += ["--vlan", str(vlan)]
    finished = host.run(command, timeout=15)
    if finished.rc != 0:
        raise LabError(f"probe from {host.name} to {target}: {finished.stderr.strip()[-300:]}")


class Listener:
    """Sees which TCP probes arrive at a host, by their sequence numbers."""

    def __init__(self, host: Host, state: Path) -> None:
        pcap = state / f"probes-{host.name}-{time.monotonic_ns()}.pcap"
        self._capture = Capture(host.intf, pcap, "tcp or ip6", direction="in", host=host)

    def __enter__(self) -> "Listener":
        self._capture.start()
        return self

    def __exit__(self, *arguments: object) -> None:
        self._capture.__exit__(*arguments)

    def count(self, sequence: int) -> int:
        """How often the probe has arrived so far."""
        return sum(packet.seq == sequence for packet in self._capture.packets())

    def await_probe(self, sequence: int, seconds: float = 3.0) -> bool:
        """Wait until the probe has arrived; return whether it has."""
        return await_condition(lambda: self.count(sequence) > 0, seconds)


class Echo:
    """A UDP echo server inside a host, both families."""

    def __init__(self, host: Host, state: Path) -> None:
        self._host, self._log = host, state / f"echo-{host.name}.log"
        self._process: HostProcess | None = None

    def __enter__(self) -> "Echo":
        self._process = HostProcess(self._host, module_command("probes", "echo"), self._log, "echo server")
        self._process.await_output("listening")
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.stop()


def datagram_comes_back(host: Host, target: str, size: int) -> bool:
    """Whether a UDP datagram of ``size`` bytes reaches the echo server at ``target`` and comes back whole."""
    finished = host.run(module_command("probes", "datagram", "--target", target, "--size", size), timeout=15)
    return finished.rc == 0


def ping(host: Host, target: str, size: int) -> bool:
    """Whether a ping of ``size`` data bytes is answered."""
    family = f"-{family_of(target)}"
    return host.run(["ping", family, "-c", "2", "-i", "0.2", "-W", "2", "-s", str(size), target], timeout=10).rc == 0


# ---------------------------------------------------------------- inside the host


def _send(arguments: argparse.Namespace) -> int:
    hop = next_hop(arguments.target)
    flags = sum(_FLAGS[letter] for letter in arguments.flags)
    segment = frames.tcp(hop.source, arguments.target, arguments.sport, arguments.dport, flags, arguments.sequence, 1)
    ether_type, packet = frames.ip(hop.source, arguments.target, frames.TCP, segment)
    frame = frames.ethernet(hop.mac, hop.source_mac, ether_type, packet, arguments.vlan)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as link:
        link.bind((hop.interface, 0))
        for _ in range(arguments.count):
            link.send(frame)
            time.sleep(0.02)
    return 0


def _echo(_: argparse.Namespace) -> int:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as server:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        server.bind(("::", ECHO_PORT))
        print("listening", flush=True)
        while True:
            data, peer = server.recvfrom(65535)
            server.sendto(data, peer)


def _datagram(arguments: argparse.Namespace) -> int:
    family = socket.AF_INET if family_of(arguments.target) == 4 else socket.AF_INET6
    data = secrets.token_bytes(arguments.size)
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(2)
        client.connect((arguments.target, ECHO_PORT))
        for _ in range(2):
            try:
                client.send(data)
                if client.recv(65535) == data:
                    return 0
            except (socket.timeout, ConnectionRefusedError):
                continue
    return 1


def main() -> int:
    """Run one probe inside the present network namespace."""
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    send = kinds.add_parser("send")
    send.add_argument("--target", required=True)
    send.add_argument("--sport", type=int, required=True)
    send.add_argument("--dport", type=int, required=True)
    send.add_argument("--flags", required=True)
    send.add_argument("--sequence", type=int, required=True)
    send.add_argument("--count", type=int, default=1)
    send.add_argument("--vlan", type=int)
    kinds.add_parser("echo")
    datagram = kinds.add_parser("datagram")
    datagram.add_argument("--target", required=True)
    datagram.add_argument("--size", type=int, required=True)
    arguments = parser.parse_args()
    return {"send": _send, "echo": _echo, "datagram": _datagram}[arguments.kind](arguments)


if __name__ == "__main__":
    raise SystemExit(main())
