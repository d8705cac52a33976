"""Servers that mean harm to whoever probes them, or are broken: one behaviour a port, by name (:data:`PLAYS`).

Run inside a host as ``python3 -m labkit.mail.hostile CERTIFICATE HEARD PORT=PLAY…``, or ``ADDRESS:PORT=PLAY`` for one address
alone; a port without address has both families. Every line that a client says is added to the file HEARD, after the port.
"""

from __future__ import annotations

import operator
import random
import selectors
import socket
import ssl
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Callable, Dict, List, Mapping, NoReturn, Optional, Union

from .host import Host, module_command
from .processes import HostProcess

#: Between two bytes of who keeps a client waiting.
_TRICKLE_SECONDS = 0.05

_AUTH_FIRST = "530 5.7.0 Authentication required"
_TLS_FIRST = "530 5.7.0 Must issue a STARTTLS command first"


class HostileServer:
    """All of them that a test wants, in one process inside a host."""

    def __init__(self, host: Host, plays: Mapping[str, str], state: Path, certificate: Path) -> None:
        """``plays``: what is done by port, or by ``ADDRESS:PORT``; the addresses are there."""
        self._host, self._plays, self._certificate = host, dict(plays), certificate
        self._heard = state / "hostile.heard"
        self._log = state / "hostile.log"
        self._process: Optional[HostProcess] = None

    def start(self) -> "HostileServer":
        """Starts it and waits until all ports listen."""
        self._heard.write_text("")
        plays = [f"{at}={play}" for at, play in self._plays.items()]
        command = module_command("hostile", self._certificate, self._heard, *plays)
        self._process = HostProcess(self._host, command, self._log, "hostile servers").await_output("listening")
        return self

    def stop(self) -> None:
        """Ends it."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()

    def heard(self) -> Dict[int, List[str]]:
        """What clients have said, by port."""
        found: Dict[int, List[str]] = {}
        for line in self._heard.read_text().splitlines():
            port, _, said = line.partition(" ")
            found.setdefault(int(port), []).append(said)
        return found


# ---------------------------------------------------------------- inside the host


class _Gone(Exception):
    """The client went."""


class _Line:
    """One connection."""

    def __init__(self, connection: socket.socket, context: ssl.SSLContext, told: Callable[[str], None]) -> None:
        self._connection, self._context, self._told = connection, context, told
        self._unread = b""

    def send(self, stream: bytes) -> None:
        """Sends it at once: what fits into a segment arrives as one."""
        self._connection.sendall(stream)

    def say(self, *lines: str) -> None:
        """Sends these lines at once."""
        self.send("".join(f"{line}\r\n" for line in lines).encode())

    def hear(self) -> str:
        """The next line of the client."""
        while b"\n" not in self._unread:
            more = self._connection.recv(4096)
            if not more:
                raise _Gone
            self._unread += more
        line, _, self._unread = self._unread.partition(b"\n")
        said = line.decode(errors="backslashreplace").strip()
        self._told(said)
        return said

    def flood(self, stream: bytes) -> NoReturn:
        """Sends it again and again, as fast as it is taken."""
        while True:
            self.send(stream * max(1, 4096 // len(stream)))

    def trickle(self, stream: bytes) -> NoReturn:
        """Sends it again and again, byte by byte, slowly."""
        while True:
            for byte in stream:
                self.send(bytes([byte]))
                time.sleep(_TRICKLE_SECONDS)

    def wait(self) -> NoReturn:
        """Says nothing any more, whatever comes, until the client goes."""
        while self._connection.recv(4096):
            pass
        raise _Gone

    def close(self) -> None:
        """Lets go of it."""
        self._connection.close()

    def first_byte(self) -> None:
        """Waits for the client's handshake to begin."""
        if not self._connection.recv(1):
            raise _Gone

    def tls(self) -> None:
        """Shakes hands as a good server does."""
        self._connection = self._context.wrap_socket(self._connection, server_side=True)

    def reset(self) -> NoReturn:
        """Breaks the connection off without an end."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()
        raise _Gone

    def hang_up(self) -> None:
        """Ends it in order: without a reset, though there may be something that was never read."""
        try:
            self._connection.shutdown(socket.SHUT_WR)
            while self._connection.recv(4096):
                pass
        except OSError:
            pass  # it went first


Play = Callable[[_Line], object]

#: A play of one method of the connection: ``_does("flood", b"a")``.
_does = operator.methodcaller


def _garbage(length: int, seed: int) -> bytes:
    stream = random.Random(seed)
    return bytes(stream.getrandbits(8) for _ in range(length))


def _one_by_one(*plays: Play) -> Play:
    def play(line: _Line) -> None:
        for each in plays:
            each(line)

    return play


def _dialogue(*offers: str, **answers: Union[str, bytes, Play]) -> Play:
    """Greets, and answers as a server does that demands authentication, or TLS if it offers that, but for some commands.

    ``answers``: by command what is said to it, or a play that is done then and ends the dialogue.
    """

    def play(line: _Line) -> None:
        line.say("220 mx.example ESMTP")
        while True:
            command = line.hear().split(" ")[0].upper()
            answer = answers.get(command)
            if callable(answer):
                answer(line)
                return
            if isinstance(answer, bytes):
                line.send(answer)
            elif answer is not None:
                line.say(answer)
            elif command == "EHLO":
                lines = ["mx.example", *offers]
                line.say(*[f"250-{text}" for text in lines[:-1]], f"250 {lines[-1]}")
            elif command == "MAIL":
                line.say(_TLS_FIRST if "STARTTLS" in offers else _AUTH_FIRST)
            elif command == "QUIT":
                line.say("221 2.0.0 Bye")
                return
            else:
                line.say("250 2.0.0 Ok")

    return play


def _after_starttls(*plays: Play) -> Play:
    return _dialogue("STARTTLS", STARTTLS=_one_by_one(*plays))


_READY = _does("say", "220 2.0.0 Ready")
_HANG_UP = _one_by_one()
_WAIT = _does("wait")
_HEAR = _does("hear")
_TLS = _does("tls")

_A_LONG_LINE = b"220 " + b"a" * 1000
_A_LONG_REPLY = "".join(f"250-{'a' * 2000}\r\n" for _ in range(120)).encode() + b"250 a\r\n"
#: A record of a handshake, 16 KiB, most of which is still to come when the time is up: it is trickled.
_A_LONG_RECORD = bytes([22, 3, 3, 0x40, 0]) + bytes(0x4000)

_GREETINGS: Dict[str, Play] = {
    "silent": _WAIT,
    "tarpit": _does("trickle", b"220-come in and wait\r\n"),
    "endless-line": _does("flood", _A_LONG_LINE),
    "endless-reply": _does("flood", b"220-a\r\n"),
    "garbage": _does("send", _garbage(3000, 1)),
    "nul": _does("send", b"\0\0\0\r\n\0"),
    "reset": _does("reset"),
    "closed": _HANG_UP,
    "half-a-greeting": _does("send", b"220-mx.example\r\n220 wel"),
    "two-codes": _does("say", "220-a", "554 b"),
    "no-code": _does("say", "999 a"),
    # three replies to a question that was never asked, in one segment
    "early": _one_by_one(_does("say", "220 a", "250 a", _AUTH_FIRST), _WAIT),
}

_DIALOGUES: Dict[str, Play] = {
    # on a terminal it would change colours, turn the text around and ring
    "escapes": _dialogue(MAIL="530 5.7.0 \0\x1b[31mAuthentication required\u202e\x07"),
    "huge-replies": _dialogue(EHLO=_A_LONG_REPLY, MAIL=_A_LONG_REPLY),
    "endless-ehlo": _dialogue(EHLO=_does("flood", b"250-a\r\n")),
    "first-line-of-ehlo": _dialogue(EHLO=_one_by_one(_does("say", "250-mx.example"), _does("trickle", b"250-X\r\n"))),
    "half-of-ehlo": _dialogue(EHLO=_does("send", b"250-mx.example\r\n250-STARTT")),
    "reset-at-mail": _dialogue(MAIL=_does("reset")),
    "two-replies": _dialogue(EHLO=f"250 mx.example\r\n{_AUTH_FIRST}"),
    "invites": _dialogue(MAIL="354 End data with <CR><LF>.<CR><LF>"),
    "closing": _dialogue(MAIL="421 4.3.2 Going down"),
    # what was seen to be wrong stays wrong, however the connection ends
    "relays-and-resets": _dialogue(RSET=_does("reset"), MAIL="250 2.1.0 Ok"),
    "clear-and-closed": _dialogue("AUTH PLAIN", MAIL=_HANG_UP),
}

_HANDSHAKES: Dict[str, Play] = {
    "refused-starttls": _dialogue("STARTTLS", STARTTLS="454 4.7.0 TLS not available"),
    "injected": _after_starttls(_does("say", "220 2.0.0 Ready", "250 injected"), _WAIT),
    "plain-handshake": _after_starttls(_READY, _does("first_byte"), _does("say", "554 TLS? what TLS?"), _WAIT),
    "closed-handshake": _after_starttls(_READY, _HANG_UP),
    # what begins as a record of a handshake, of a version that there is not
    "garbage-handshake": _after_starttls(_READY, _does("first_byte"), _does("flood", b"\x16" + _garbage(4095, 2))),
    # not before the client has begun: it would be plain text ahead of TLS, as "injected" is
    "endless-handshake": _after_starttls(_READY, _does("first_byte"), _does("trickle", _A_LONG_RECORD)),
    # in one record
    "early-within": _after_starttls(_READY, _TLS, _HEAR, _does("say", "250 mx.example", _AUTH_FIRST), _WAIT),
    "endless-within": _after_starttls(_READY, _TLS, _HEAR, _does("flood", _A_LONG_LINE)),
}

#: For ports where TLS comes first.
_TLS_AT_ONCE: Dict[str, Play] = {
    "tls-garbage": _does("flood", _garbage(4096, 3)),
    "tls-plain": _one_by_one(_does("say", "220 mx.example ESMTP"), _WAIT),
    "tls-record": _does("trickle", _A_LONG_RECORD),
    "tls-tarpit": _one_by_one(_TLS, _does("trickle", b"220-come in and wait\r\n")),
    "tls-early": _one_by_one(_TLS, _does("say", "220 a", "250 a", _AUTH_FIRST), _WAIT),
}

#: What a server may do, by name.
PLAYS: Dict[str, Play] = {**_GREETINGS, **_DIALOGUES, **_HANDSHAKES, **_TLS_AT_ONCE}


def _attend(connection: socket.socket, play: Play, context: ssl.SSLContext, told: Callable[[str], None]) -> None:
    # a client that hangs would be seen as one, not let go
    connection.settimeout(300)
    line = _Line(connection, context, told)
    try:
        play(line)
        line.hang_up()
    except (OSError, _Gone):
        pass
    finally:
        line.close()


def _listen(at: str) -> socket.socket:
    address, _, port = at.rpartition(":")
    listener = socket.socket(socket.AF_INET if address else socket.AF_INET6)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if not address:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind((address or "::", int(port)))
    listener.listen(16)
    listener.setblocking(False)
    return listener


def main() -> NoReturn:
    """Serves inside the present network namespace."""
    certificate, heard, plays = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    lock = threading.Lock()

    def note(port: int, said: str) -> None:
        with lock, heard.open("a", encoding="utf-8") as journal:
            journal.write(f"{port} {said}\n")

    ready = selectors.DefaultSelector()
    for word in plays:
        at, _, name = word.partition("=")
        ready.register(_listen(at), selectors.EVENT_READ, PLAYS[name])
    print("listening", flush=True)
    while True:
        for key, _ in ready.select():
            try:
                connection, _ = key.fileobj.accept()  # type: ignore[union-attr]
            except OSError:
                continue
            connection.setblocking(True)
            port = connection.getsockname()[1]
            arguments = (connection, key.data, context, lambda said, port=port: note(port, said))
            threading.Thread(target=_attend, args=arguments, daemon=True).start()


if __name__ == "__main__":
    main()
