"""Foreign mail servers on aiosmtpd: mail exchangers on port 25, and a hosted domain's own server with 587 and 465 too.

They start in 0.2 s and record every message they take; the ISP's own server and the business subscriber's are real
Postfix (:mod:`labkit.mail.postfix`).
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import socket
import ssl
from dataclasses import asdict
from pathlib import Path

from .host import Host, module_command
from .journal import Accepted, Journal
from .processes import HostProcess

USER, PASSWORD = "alice", "secret1"


class MailServer:
    """A foreign mail server inside a host."""

    def __init__(self, host: Host, name: str, state: Path, certificate: Path | None = None) -> None:
        """With a certificate it also listens on 587 (STARTTLS and AUTH required) and 465 (implicit TLS, AUTH required)."""
        self.host = host
        self.name = name
        self.journal = Journal(state / f"{name}.journal")
        self._log = state / f"{name}.log"
        self._certificate = certificate
        self._process: HostProcess | None = None

    def start(self) -> "MailServer":
        """Start it and wait until all its ports listen."""
        self.journal.path.parent.mkdir(parents=True, exist_ok=True)
        self.journal.path.write_text("")
        command = module_command("exchanger", "--name", self.name, "--journal", self.journal.path)
        if self._certificate is not None:
            command += ["--certificate", str(self._certificate)]
        self._process = HostProcess(self.host, command, self._log, f"mail server {self.name}").await_output("listening")
        return self

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.stop()


class _Recorder:
    def __init__(self, name: str, port: int, journal: Path) -> None:
        self._name, self._port, self._journal = name, port, journal

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        text = envelope.content.decode("utf-8", "replace")
        ids = [line.split(":", 1)[1].strip() for line in text.splitlines() if line.lower().startswith("message-id:")]
        login = getattr(session.auth_data, "login", None) if session.authenticated else None
        accepted = Accepted(
            self._name,
            self._port,
            session.peer[0],
            login.decode() if login else None,
            envelope.mail_from,
            envelope.rcpt_tos,
            ids[0] if ids else "",
            text[:2000],
        )
        with self._journal.open("a") as journal:
            journal.write(json.dumps(asdict(accepted)) + "\n")
        return f"250 2.0.0 OK queued by {self._name}"


def _authenticate(server, session, envelope, mechanism, data):
    from aiosmtpd.smtp import AuthResult, LoginPassword

    good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False, auth_data=data)


async def _serve(name: str, journal: Path, certificate: Path | None) -> None:
    from aiosmtpd.smtp import SMTP

    loop = asyncio.get_running_loop()
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    make = functools.partial(SMTP, hostname=name, enable_SMTPUTF8=True, loop=loop)
    auth = {"authenticator": _authenticate, "auth_required": True}
    ports = {25: ({}, None)}
    if context is not None:
        ports[587] = ({"tls_context": context, "require_starttls": True, **auth}, None)
        # TLS is already on when SMTP begins, which aiosmtpd's check for "AUTH over TLS only" does not know.
        ports[465] = ({"auth_require_tls": False, **auth}, context)
    for port, (options, tls) in ports.items():
        factory = functools.partial(make, _Recorder(name, port, journal), **options)
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            listener = socket.socket(family)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address, port))
            # A SYN worm that is let through fills a short queue and would make the positive controls fail.
            listener.listen(1024)
            await loop.create_server(factory, sock=listener, ssl=tls)
    print("listening", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Serve inside the present network namespace."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--certificate", type=Path)
    arguments = parser.parse_args()
    asyncio.run(_serve(arguments.name, arguments.journal, arguments.certificate))


if __name__ == "__main__":
    main()
