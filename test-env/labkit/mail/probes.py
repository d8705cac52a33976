"""Plain datagrams, for questions a whole dialogue cannot ask.

Does a big UDP datagram still pass, a large answer of a name server? Run inside a host as
``python3 -m labkit.mail.probes echo|datagram|query``.
"""

from __future__ import annotations

import argparse
import random
import secrets
import select
import socket
import struct
from pathlib import Path

from .frames import family_of
from .host import Host, module_command
from .processes import HostProcess

#: The port of the echo service (RFC 862).
ECHO_PORT = 7

#: Where the echo service's host answers DNS queries with as much text as they allow (EDNS, RFC 6891).
DNS_PORT = 53


class Echo:
    """A UDP echo server inside a host, both families.

    With ``dns`` it answers DNS queries too, with answers as large as is allowed; not beside a name server.
    """

    def __init__(self, host: Host, state: Path, dns: bool = False) -> None:
        self._host, self._log = host, state / f"echo-{host.name}.log"
        self._command = module_command("probes", "echo", *(["--dns"] if dns else []))
        self._process: HostProcess | None = None

    def __enter__(self) -> "Echo":
        self._process = HostProcess(self._host, self._command, self._log, "echo server")
        self._process.await_output("listening")
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.stop()


def datagram_comes_back(host: Host, target: str, size: int) -> bool:
    """Whether a UDP datagram of ``size`` bytes reaches the echo server at ``target`` and comes back whole."""
    finished = host.run(module_command("probes", "datagram", "--target", target, "--size", size), timeout=15)
    return finished.rc == 0


def large_answer_comes_back(host: Host, target: str, size: int) -> bool:
    """Whether a DNS query that allows ``size`` bytes gets an answer of about that size from :class:`Echo` at ``target``."""
    finished = host.run(module_command("probes", "query", "--target", target, "--size", size), timeout=15)
    return finished.rc == 0


def ping(host: Host, target: str, size: int) -> bool:
    """Whether a ping of ``size`` data bytes is answered."""
    family = f"-{family_of(target)}"
    return host.run(["ping", family, "-c", "2", "-i", "0.2", "-W", "2", "-s", str(size), target], timeout=10).rc == 0


# ---------------------------------------------------------------- inside the host


def _echo(arguments: argparse.Namespace) -> int:
    answers = {ECHO_PORT: lambda data: data}
    if arguments.dns:
        answers[DNS_PORT] = _dns_answer
    servers = {}
    for port, answer in answers.items():
        server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        server.bind(("::", port))
        servers[server] = answer
    print("listening", flush=True)
    while True:
        for server in select.select(list(servers), [], [])[0]:
            data, peer = server.recvfrom(65535)
            server.sendto(servers[server](data), peer)


_DNS_HEADER = struct.Struct("!HHHHHH")
_TXT, _IN, _OPT = 16, 1, 41
_TEXT = bytes([250]) + b"v" * 250


def _dns_answer(query: bytes) -> bytes:
    """An answer with as many TXT records as the query's OPT record allows; the query has one question and that record."""
    end = query.index(b"\0", _DNS_HEADER.size) + 5
    allowed = struct.unpack_from("!H", query, end + 3)[0]
    record = struct.pack("!HHHIH", 0xC000 | _DNS_HEADER.size, _TXT, _IN, 60, len(_TEXT)) + _TEXT
    number = (allowed - end) // len(record)
    head = _DNS_HEADER.pack(struct.unpack_from("!H", query)[0], 0x8580, 1, number, 0, 0)
    return head + query[_DNS_HEADER.size : end] + record * number


def _query(arguments: argparse.Namespace) -> int:
    question = b"\x05large\x07example\0" + struct.pack("!HH", _TXT, _IN)
    option = b"\0" + struct.pack("!HHIH", _OPT, arguments.size, 0, 0)
    family = socket.AF_INET if family_of(arguments.target) == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(2)
        client.connect((arguments.target, DNS_PORT))
        for _ in range(2):
            identifier = random.getrandbits(16)
            client.send(_DNS_HEADER.pack(identifier, 0x0100, 1, 0, 0, 1) + question + option)
            try:
                answer = client.recv(65535)
            except (socket.timeout, ConnectionRefusedError):
                continue
            whole = answer.count(_TEXT) == _DNS_HEADER.unpack_from(answer)[3] > 0
            if whole and struct.unpack_from("!H", answer)[0] == identifier and len(answer) > arguments.size - 300:
                return 0
    return 1


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
    echo = kinds.add_parser("echo")
    echo.add_argument("--dns", action="store_true")
    datagram = kinds.add_parser("datagram")
    datagram.add_argument("--target", required=True)
    datagram.add_argument("--size", type=int, required=True)
    query = kinds.add_parser("query")
    query.add_argument("--target", required=True)
    query.add_argument("--size", type=int, required=True)
    arguments = parser.parse_args()
    return {"echo": _echo, "datagram": _datagram, "query": _query}[arguments.kind](arguments)


if __name__ == "__main__":
    raise SystemExit(main())
