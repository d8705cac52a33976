"""A thousand providers on one machine: a program that answers on 587 and 465 of many addresses, each in its way.

What a provider does is told by the second part of its address, so that nobody needs a list: see :data:`KINDS`. Run in a
network namespace of its own as ``python3 -m labkit.mail.fleet serve CERTIFICATE FILE``, which says what it has counted for each line
on standard input, counts anew, and ends with it; and beside it as ``… visit FILE PARALLEL``, a client that only connects,
is greeted, shakes hands and goes, with the survey's pauses. FILE has an address a line.
"""

from __future__ import annotations

import json
import resource
import selectors
import socket
import ssl
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, NoReturn, Tuple

SUBMISSION, SUBMISSIONS = 587, 465

#: How long a client waits: for a greeting as the survey is told (``--greeting``), else as the probe does of itself.
GREETING_SECONDS = 3.0
_CONNECT_SECONDS = 10.0
_TLS_SECONDS = 20.0
_LONGEST_REPLY = 10_000

#: After each connection, before its address is asked again or another in its place (``ProbeLimits``, ``Turns``).
_PAUSE_SECONDS = 0.5

_TLS_FIRST = "530 5.7.0 Must issue a STARTTLS command first"
_AUTH_FIRST = "530 5.7.0 Authentication required"
_OK = "250 2.1.0 Ok"


@dataclass(frozen=True)
class Kind:
    """What a provider answers, and what a survey must say of it."""

    name: str
    share: int
    """How many of a thousand."""
    answer: Tuple[str, str]
    """The verdicts of 587 and 465."""
    verdict: str
    greeting: str = "220 provider.example ESMTP"
    starttls: str = "220 2.0.0 Ready to start TLS"
    """What is said to STARTTLS; empty if it is not offered."""
    auth_in_clear: bool = False
    mail: str = _AUTH_FIRST
    """What is said to MAIL within TLS; in clear TLS is demanded."""
    rcpt: str = _AUTH_FIRST
    own: str = _AUTH_FIRST
    listens: Tuple[int, ...] = (SUBMISSION, SUBMISSIONS)
    tls: bool = True
    """Whether TLS comes of it: after STARTTLS, and first on 465."""
    dropped: bool = False
    """Whether a packet filter is before it."""
    seconds: float = 0.0
    """How long each reply takes."""
    lines: int = 1
    """Of the greeting; 0 for none at all."""


def _both(name: str, share: int, verdict: str, **more: object) -> Kind:
    return Kind(name, share, (verdict, verdict), verdict, **more)  # type: ignore[arg-type]


#: In the second part of the address: 11, 12 and so on.
KINDS: Tuple[Kind, ...] = (
    _both("enforced", 320, "enforced"),
    _both("enforced at RCPT", 200, "enforced-at-rcpt", mail=_OK),
    Kind("passwords in clear", 80, ("auth-in-clear", "enforced"), "auth-in-clear", auth_in_clear=True),
    Kind("no STARTTLS", 40, ("tls-required-only", "enforced"), "tls-required-only", starttls=""),
    _both("its own from anybody", 40, "local-unauth", mail=_OK, rcpt="554 5.7.1 Relay access denied", own="250 2.1.5 Ok"),
    _both("relay", 20, "relay-suspected", mail=_OK, rcpt="250 2.1.5 Ok"),
    _both("closed", 100, "closed", listens=()),
    Kind("465 alone", 40, ("closed", "enforced"), "closed", listens=(SUBMISSIONS,)),
    _both("packets dropped", 30, "filtered", dropped=True),
    _both("silent", 10, "no-banner", lines=0),
    _both("broken TLS", 30, "tls-failure", tls=False),
    _both("not wanted", 40, "inconclusive", greeting="554 5.7.1 You are on a block list"),
    _both("slow", 40, "enforced", seconds=0.5),
    _both("endless greeting", 10, "inconclusive", lines=1_000_000),
)


def address(kind: int, number: int) -> str:
    """Of the provider of that number, from 0, of ``KINDS[kind]``."""
    return f"127.{11 + kind}.{number // 250}.{1 + number % 250}"


def kind_of(address_: str) -> Kind:
    """What the provider of an address does."""
    return KINDS[int(address_.split(".")[1]) - 11]


# ---------------------------------------------------------------- the providers


class _Counts:
    """Connections that were accepted, all of them and those at once, and handshakes that came to an end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: Dict[str, int] = {}
        self._connections = self._handshakes = self._most = self._most_of_one = 0

    def opened(self, at: str) -> None:
        with self._lock:
            self._open[at] = self._open.get(at, 0) + 1
            self._connections += 1
            self._most = max(self._most, sum(self._open.values()))
            self._most_of_one = max(self._most_of_one, self._open[at])

    def closed(self, at: str) -> None:
        with self._lock:
            self._open[at] -= 1
            if not self._open[at]:
                del self._open[at]

    def shaken(self) -> None:
        with self._lock:
            self._handshakes += 1

    def told(self) -> dict:
        """What there was since the last time."""
        with self._lock:
            found = {
                "connections": self._connections,
                "handshakes": self._handshakes,
                "most at once": self._most,
                "most at once of an address": self._most_of_one,
                "open": sum(self._open.values()),
            }
            self._connections = self._handshakes = self._most = self._most_of_one = 0
            return found


class _Gone(Exception):
    """The client went."""


class _Dialogue:
    """One connection to a provider."""

    def __init__(self, connection: socket.socket, port: int, kind: Kind, context: ssl.SSLContext, counts: _Counts) -> None:
        self._connection, self._port, self._kind, self._context, self._counts = connection, port, kind, context, counts
        self._unread = b""
        self._within = False

    def run(self) -> None:
        """Answers until the client goes or says QUIT."""
        if not self._kind.lines:
            self._let_it_talk()
        if self._port == SUBMISSIONS and self._kind.tls:
            self._shake()
        text = self._kind.greeting
        for _ in range(self._kind.lines - 1):
            self._connection.sendall(f"{text[:3]}-{text[4:]}\r\n".encode())
        self._say(text)
        while True:
            command = self._line().upper()
            if command.startswith("EHLO"):
                self._say("\r\n".join(f"250-{word}" for word in ("provider.example", *self._offers())) + "\r\n250 HELP")
            elif command.startswith("MAIL"):
                self._say(self._kind.mail if self._within else _TLS_FIRST)
            elif command.startswith("RCPT"):
                self._say(self._kind.own if "POSTMASTER@" in command else self._kind.rcpt)
            elif command == "STARTTLS" and self._kind.starttls:
                self._say(self._kind.starttls)
                if not self._kind.tls:
                    time.sleep(0.05)
                    self._connection.sendall(b"454 4.7.0 TLS not available due to local problem\r\n")
                    self._let_it_talk()
                self._shake()
            elif command == "QUIT":
                self._say("221 2.0.0 Bye")
                return
            else:
                self._say("250 2.0.0 Ok" if command == "RSET" else "502 5.5.2 What?")

    def _offers(self) -> List[str]:
        if self._within:
            return ["AUTH PLAIN LOGIN"]
        offers = ["STARTTLS"] if self._kind.starttls else []
        return [*offers, "AUTH PLAIN LOGIN"] if self._kind.auth_in_clear else offers

    def _shake(self) -> None:
        self._connection = self._context.wrap_socket(self._connection, server_side=True)
        self._within = True
        self._counts.shaken()

    def _say(self, text: str) -> None:
        time.sleep(self._kind.seconds)
        self._connection.sendall(f"{text}\r\n".encode())

    def _let_it_talk(self) -> NoReturn:
        while self._connection.recv(4096):
            pass
        raise _Gone

    def _line(self) -> str:
        while b"\n" not in self._unread:
            more = self._connection.recv(4096)
            if not more:
                raise _Gone
            self._unread += more
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode(errors="replace").strip()

    def close(self) -> None:
        self._connection.close()


def _attend(connection: socket.socket, at: str, port: int, context: ssl.SSLContext, counts: _Counts) -> None:
    connection.settimeout(240)
    dialogue = _Dialogue(connection, port, kind_of(at), context, counts)
    try:
        dialogue.run()
    except (OSError, _Gone):
        pass
    finally:
        dialogue.close()
        counts.closed(at)


def _serve(certificate: str, addresses: List[str]) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    rules = "".join(
        f"    ip daddr 127.{11 + number}.0.0/16 tcp dport {{ 465, 587 }} drop\n"
        for number, kind in enumerate(KINDS)
        if kind.dropped
    )
    chain = "  chain input {\n    type filter hook input priority filter;\n" + rules + "  }\n"
    subprocess.run(["nft", "-f", "-"], input=f"table inet fleet {{\n{chain}}}\n", text=True, check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    counts = _Counts()
    ready = selectors.DefaultSelector()
    for each in addresses:
        for port in kind_of(each).listens:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((each, port))
            listener.listen(8)
            listener.setblocking(False)
            ready.register(listener, selectors.EVENT_READ, (each, port))
    ready.register(sys.stdin, selectors.EVENT_READ, None)
    print(json.dumps({"listening": len(ready.get_map()) - 1}), flush=True)
    while True:
        for key, _ in ready.select():
            if key.data is None:
                if not sys.stdin.readline():
                    return
                print(json.dumps(counts.told()), flush=True)
                continue
            at, port = key.data
            try:
                connection, _ = key.fileobj.accept()  # type: ignore[union-attr]
            except OSError:
                continue
            counts.opened(at)
            connection.setblocking(True)
            arguments = (connection, at, port, context, counts)
            threading.Thread(target=_attend, args=arguments, daemon=True).start()


# ---------------------------------------------------------------- the bare client


class _Caller:
    """One connection that asks nothing: greeting, and TLS where it is offered."""

    def __init__(self, target: str, port: int, context: ssl.SSLContext) -> None:
        self._target, self._port, self._context = target, port, context

    def call(self) -> None:
        """Raises OSError for whoever does not let it in."""
        with socket.create_connection((self._target, self._port), _CONNECT_SECONDS) as plain:
            if self._port == SUBMISSIONS:
                with self._shake(plain) as within:
                    within.settimeout(GREETING_SECONDS)
                    self._reply(within)
                return
            plain.settimeout(GREETING_SECONDS)
            if not self._reply(plain).startswith("220 "):
                return
            plain.settimeout(_CONNECT_SECONDS)
            plain.sendall(b"EHLO [127.0.0.1]\r\n")
            if "STARTTLS" in self._reply(plain):
                plain.sendall(b"STARTTLS\r\n")
                if self._reply(plain).startswith("220"):
                    self._shake(plain).close()

    def _shake(self, connection: socket.socket) -> ssl.SSLSocket:
        connection.settimeout(_TLS_SECONDS)
        return self._context.wrap_socket(connection, server_hostname=self._target)

    @staticmethod
    def _reply(connection: socket.socket) -> str:
        stream = b""
        while len(stream) < _LONGEST_REPLY:
            more = connection.recv(4096)
            stream += more
            lines = stream.split(b"\r\n")
            if not more or len(lines) > 1 and lines[-2][3:4] == b" ":
                break
        return stream.decode(errors="replace")


def _visit(addresses: List[str], parallel: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE

    def visit(target: str) -> None:
        for port in (SUBMISSION, SUBMISSIONS):
            try:
                _Caller(target, port, context).call()
            except OSError:
                pass  # refused, dropped, silent or broken: so are some of them
            time.sleep(_PAUSE_SECONDS)

    begun = time.monotonic()
    with ThreadPoolExecutor(parallel) as threads:
        list(threads.map(visit, addresses))
    print(json.dumps({"seconds": time.monotonic() - begun}))


def main() -> int:
    """Serves or visits."""
    if sys.argv[1] == "serve":
        _serve(sys.argv[2], Path(sys.argv[3]).read_text().split())
    else:
        _visit(Path(sys.argv[2]).read_text().split(), int(sys.argv[3]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
