"""Real Exim inside a host: one instance with a configuration for each of its ports.

It runs from where it is unpacked (:mod:`labkit.mail.unpacked`), with its own configuration, spool and user, which only its
processes see (:mod:`labkit.mail.enclosure`). It delivers nothing: there is no router.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Mapping

from . import unpacked
from .enclosure import INSIDE, Enclosure
from .exchanger import PASSWORD, USER
from .host import Host
from .processes import HostProcess, greets

#: The user that Debian has built in; it has to be known wherever Exim is started.
_USER = "Debian-exim"

#: Exim's manual shows this for "not before TLS".
_WITHIN_TLS = "${if def:tls_in_cipher{*}{}}"

#: As cPanel's servers say it.
AUTH_AT_MAIL = """\
  accept authenticated = *
  deny   message = SMTP AUTH is required for message submission on port $received_port
"""

AUTH_AT_RCPT = """\
  accept authenticated = *
  deny   message = 530 5.7.0 Authentication required
"""


@dataclass(frozen=True)
class Listener:
    """What holds on a port, in the words of Exim's configuration: by default AUTH within TLS, demanded at RCPT."""

    connect: str = "  accept\n"
    """ACL for who connects."""
    mail: str = "  accept\n"
    """ACL for MAIL."""
    rcpt: str = AUTH_AT_RCPT
    """ACL for RCPT."""
    auth: str = _WITHIN_TLS
    """``auth_advertise_hosts``."""
    starttls: str = "*"
    """``tls_advertise_hosts``."""
    certificate: str = f"{INSIDE}/etc/certificate.pem"
    """``tls_certificate``."""
    tls_on_connect: bool = False
    """Whether TLS comes first."""


SUBMISSION = Listener(mail=AUTH_AT_MAIL)
SUBMISSIONS = Listener(mail=AUTH_AT_MAIL, tls_on_connect=True)


class EximServer:
    """A private Exim inside a host: 587 and 465 as they should be, and further ports."""

    def __init__(self, host: Host, name: str, domain: str, state: Path, certificate: Path, more: Mapping[int, Listener]) -> None:
        """:param domain: what it takes for its own, ``+local_domains`` in the ACLs of ``more``"""
        self.host = host
        self.name = name
        self._domain = domain
        self._certificate = certificate
        self._listeners = {587: SUBMISSION, 465: SUBMISSIONS, **more}
        self._base = state / f"exim-{name}"
        self._enclosure = Enclosure(self._base, [_USER])
        self._process: HostProcess | None = None

    def log(self) -> str:
        """What it has logged: connections, refusals and messages."""
        logs = [self._base / "log" / name for name in ("main", "reject")]
        return "".join(path.read_text(errors="replace") for path in logs if path.exists())

    def spooled(self) -> list[str]:
        """The names of the files of messages that it has taken."""
        return [path.name for path in self._spool()]

    def discard(self) -> None:
        """Removes those files: it delivers nothing by itself, so nobody else has them in hand."""
        for path in self._spool():
            path.unlink(missing_ok=True)

    def _spool(self) -> list[Path]:
        spool = self._base / "spool" / "input"
        return [path for path in spool.rglob("*") if path.is_file()] if spool.is_dir() else []

    def start(self) -> "EximServer":
        """Forget the messages of an earlier run, write the configuration, start, and wait until all ports listen."""
        self.discard()
        self._lay_out()
        command = [*unpacked.environment(), str(unpacked.program("exim4")), "-C", f"{INSIDE}/etc/exim.conf", "-bdf"]
        log = self._base / "output"
        self._process = HostProcess(self.host, self._enclosure.command(command), log, f"Exim {self.name}")
        self._process.await_ready(lambda: greets(self.host, self._listeners, first=587))
        return self

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.stop()

    def _lay_out(self) -> None:
        self._enclosure.lay_out()
        owner, group = self._enclosure.ids[_USER]
        for name in ("spool", "log"):
            self._enclosure.directory(name, owner, group, 0o750)
        certificate = self._base / "etc" / "certificate.pem"
        certificate.touch(0o600)
        certificate.write_bytes(self._certificate.read_bytes())
        os.chown(certificate, owner, group)
        (self._base / "etc" / "exim.conf").write_text(self._configuration())

    def _by_port(self, value: Callable[[Listener], str]) -> str:
        """An expansion that has this value on each port."""
        values = {port: value(listener) for port, listener in self._listeners.items()}
        cases = [f"${{if ={{$received_port}}{{{port}}}{{{text}}}{{" for port, text in values.items()]
        return "".join(cases) + "}}" * len(cases)

    def _configuration(self) -> str:
        ports = " : ".join(map(str, self._listeners))
        wrapped = " : ".join(str(port) for port, listener in self._listeners.items() if listener.tls_on_connect)
        acls = "".join(
            f"connect_{port}:\n{listener.connect}\nmail_{port}:\n{listener.mail}\nrcpt_{port}:\n{listener.rcpt}\n"
            for port, listener in self._listeners.items()
        )
        same = f"${{if and{{{{eq{{$auth1}}{{{USER}}}}}{{eq{{$auth2}}{{{PASSWORD}}}}}}}}}"
        return f"""\
primary_hostname = {self.name}
spool_directory = {INSIDE}/spool
queue_only
log_file_path = {INSIDE}/log/%s
pid_file_path = {INSIDE}/spool/pid
exim_path = {unpacked.program("exim4")}
keep_environment = LD_LIBRARY_PATH
domainlist local_domains = {self._domain}
daemon_smtp_ports = {ports}
tls_on_connect_ports = {wrapped}
local_interfaces = <; 0.0.0.0 ; ::0
smtp_accept_max = 200
# nothing here asks DNS or the client
host_lookup =
rfc1413_query_timeout = 0s
log_selector = +smtp_protocol_error +smtp_syntax_error +smtp_connection
tls_advertise_hosts = {self._by_port(lambda listener: listener.starttls)}
tls_certificate = {self._by_port(lambda listener: listener.certificate)}
auth_advertise_hosts = {self._by_port(lambda listener: listener.auth)}
acl_smtp_connect = connect_$received_port
acl_smtp_mail = mail_$received_port
acl_smtp_rcpt = rcpt_$received_port

begin acl

{acls}
begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = {same.replace("$auth2", "$auth3").replace("$auth1", "$auth2")}

login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = {same}
"""
