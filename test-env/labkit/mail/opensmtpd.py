"""Real OpenSMTPD inside a host: one instance with a listener for each of its ports.

It runs from where it is unpacked (:mod:`labkit.mail.unpacked`). Its paths and users are built in: its processes see spool,
socket and empty directory of their own over the machine's (:mod:`labkit.mail.enclosure`).
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Sequence

from . import unpacked
from .enclosure import INSIDE, Enclosure
from .exchanger import PASSWORD, USER
from .host import Host
from .processes import HostProcess, greets

_USERS = ("opensmtpd", "opensmtpq")
_OVER = {"/var/lib": "lib", "/var/spool": "spool", "/run": "run", "/etc/resolv.conf": "etc/resolv.conf"}


@dataclass(frozen=True)
class Listener:
    """What holds on a port, in the words of ``smtpd.conf``: options of ``listen on``, and what is matched there."""

    options: str
    """Such as ``tls-require auth <users>``; what needs a certificate has one."""
    match: Sequence[str] = ()
    """What is accepted there without authentication, such as ``for any`` or ``for domain isp.example``."""
    filters: Sequence[str] = ()
    """Filters of this port, each from its phase on: ``phase rcpt-to match !auth reject "550 …"``."""

    @property
    def tls(self) -> bool:
        """Whether it can speak TLS."""
        return any(word in self.options.split() for word in ("tls", "tls-require", "smtps"))


SUBMISSION = Listener("tls-require auth <users>")
SUBMISSIONS = Listener("smtps auth <users>")


class OpenSmtpdServer:
    """A private OpenSMTPD inside a host: 587 and 465 as they should be, and further ports."""

    def __init__(self, host: Host, name: str, state: Path, certificate: Path, more: Mapping[int, Listener]) -> None:
        """Mail of whoever authenticates is accepted on each port."""
        self.host = host
        self.name = name
        self._certificate = certificate
        self._listeners = {587: SUBMISSION, 465: SUBMISSIONS, **more}
        self._base = state / f"opensmtpd-{name}"
        self._enclosure = Enclosure(self._base, _USERS, _OVER)
        self._process: HostProcess | None = None

    def log(self) -> str:
        """What it has logged: connections, refusals and messages."""
        path = self._base / "output"
        return path.read_text(errors="replace") if path.exists() else ""

    def spooled(self) -> list[str]:
        """The names of the files of messages that it has taken."""
        return [path.name for path in self._spool()]

    def discard(self) -> None:
        """Removes those files. It is stopped meanwhile: else it would write what it has not done yet anew."""
        self.stop()
        self.start()

    def _spool(self) -> list[Path]:
        spool = self._base / "spool" / "smtpd" / "queue"
        return [path for path in spool.rglob("*") if path.is_file()] if spool.is_dir() else []

    def start(self) -> "OpenSmtpdServer":
        """Forget the messages of an earlier run, write the configuration, start, and wait until all ports listen."""
        for path in self._spool():
            path.unlink(missing_ok=True)
        self._lay_out()
        command = [*unpacked.environment(), str(unpacked.program("smtpd")), "-d", "-v", "-f", f"{INSIDE}/etc/smtpd.conf"]
        log = self._base / "output"
        self._process = HostProcess(self.host, self._enclosure.command(command), log, f"OpenSMTPD {self.name}")
        self._process.await_ready(lambda: greets(self.host, self._listeners, first=587))
        return self

    def stop(self) -> None:
        """End it; it takes its children with it."""
        if self._process is not None:
            self._process.stop()

    def _lay_out(self) -> None:
        self._enclosure.lay_out("lib/opensmtpd/empty", "spool/smtpd")
        for name in ("lib/opensmtpd/empty", "spool/smtpd"):
            self._enclosure.directory(name, 0, 0, 0o711)
        # it asks for the name of everybody who connects: of nobody, which is answered at once
        (self._base / "etc" / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        key = self._base / "etc" / "key-and-certificate.pem"
        key.touch(0o600)
        key.write_bytes(self._certificate.read_bytes())
        key.chmod(0o600)
        (self._base / "etc" / "smtpd.conf").write_text(self._configuration())

    def _configuration(self) -> str:
        crypted = subprocess.run(["openssl", "passwd", "-6", PASSWORD], check=True, capture_output=True, text=True).stdout.strip()
        lines = [f'table users {{ {USER} = "{crypted}" }}', 'table inboxes { "@" = nobody }']
        lines += [f'pki "{self.name}" {part} "{INSIDE}/etc/key-and-certificate.pem"' for part in ("cert", "key")]
        lines += ["smtp limit max-mails 1000"]
        matches = []
        for port, listener in self._listeners.items():
            options = f'port {port} {listener.options} hostname "{self.name}" tag "at{port}"'
            options += f' pki "{self.name}"' if listener.tls else ""
            for number, text in enumerate(listener.filters):
                lines.append(f"filter at{port}n{number} {text}")
            if listener.filters:
                lines.append(f"filter at{port} chain {{ {', '.join(f'at{port}n{n}' for n in range(len(listener.filters)))} }}")
                options += f" filter at{port}"
            lines += [f"listen on 0.0.0.0 {options}", f"listen on :: {options}"]
            for text in listener.match:
                action = "outbound" if text == "for any" else "inbox"
                matches.append(f'match tag "at{port}" from any {text} action {action}')
        lines += ["listen on socket", "action outbound relay", f'action inbox maildir "{INSIDE}/mail" virtual <inboxes>']
        lines += [*matches, "match auth from any for any action outbound"]
        return "\n".join(lines) + "\n"
