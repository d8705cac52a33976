"""Real Postfix inside a host: the ISP's submission server, a relay, a business subscriber's own MTA; Dovecot for AUTH.

A private instance with its own configuration, queue and data directory under the lab's state; Debian's instance is
neither used nor touched. Its processes see that directory at ``/mnt`` in a mount namespace of their own, which ends with
them: Postfix and Dovecot run as users of their own and could not reach it below a directory that is closed to them,
such as root's home.
"""

from __future__ import annotations

import grp
import os
import pwd
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator, Mapping

from ..processes import wait_until
from .exchanger import PASSWORD, USER
from .host import Host
from .processes import HostProcess, await_condition, greets

#: Where the instance's processes see its directory.
_INSIDE = "/mnt"

#: What the log has each time the configuration was read again.
_RELOAD = "reload -- "

_MASTER = "/usr/lib/postfix/sbin/master"

#: Refused before anything else is said, with the code RFC 4954 names; Postfix's own default would be 554.
_REFUSAL = "check_client_access static:{530 5.7.0 Authentication required}"
_AUTH_REQUIRED = f"{{ smtpd_client_restrictions = permit_sasl_authenticated, {_REFUSAL} }}"

_QUEUE_DIRECTORIES = "active bounce corrupt defer deferred flush hold incoming private saved trace".split()

_SERVICES = """\
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Routing:
    """Which domains a server takes for itself, and where it sends the rest (domain to address of its mail exchanger)."""

    own_domain: str
    exchangers: Mapping[str, str] = field(default_factory=dict)


class PostfixServer:
    """A private Postfix instance inside a host."""

    def __init__(
        self,
        host: Host,
        name: str,
        routing: Routing,
        state: Path,
        certificate: Path,
        capture_port: int | None = None,
        more: Mapping[int, Mapping[str, str]] | None = None,
    ) -> None:
        """It serves 25, 587 and 465 and takes AUTH (through Dovecot) on each, never without TLS.

        ``capture_port``: one more port, for connections meant for somebody else's port 25; AUTH is demanded of everybody there.
        ``more``: further ports, each with parameters of Postfix that hold there only.
        """
        self.host = host
        self.name = name
        self.routing = routing
        self._certificate = certificate
        self._capture_port = capture_port
        self._more = dict(more or {})
        self._base = state / f"postfix-{name}"
        self._processes: list[HostProcess] = []

    # -- what it took

    def inbox(self) -> list[str]:
        """The text of every message delivered to this server's own domain."""
        new = self._base / "mail" / "inbox" / "new"
        return [path.read_text(errors="replace") for path in new.iterdir()] if new.is_dir() else []

    def await_delivered(self, token: str, seconds: float = 6.0) -> str | None:
        """Wait for a message to the own domain that holds the token, and return its text."""
        await_condition(lambda: any(token in text for text in self.inbox()), seconds, 0.05)
        return next((text for text in self.inbox() if token in text), None)

    def log(self) -> str:
        """The server's mail log."""
        path = self._base / "maillog"
        return path.read_text(errors="replace") if path.exists() else ""

    @contextmanager
    def setting(self, **parameters: str) -> Iterator[None]:
        """Other parameters of Postfix, on all ports that have none of their own; afterwards they are as before."""
        before = (self._base / "etc" / "main.cf").read_text()
        try:
            self._reload("main.cf", before + "".join(f"{name} = {value}\n" for name, value in parameters.items()))
            yield
        finally:
            self._reload("main.cf", before)

    @contextmanager
    def setting_at(self, port: int, **parameters: str) -> Iterator[None]:
        """Other parameters of Postfix on one port, whatever it has of its own; afterwards they are as before."""
        before = (self._base / "etc" / "master.cf").read_text()
        # of one parameter the last word counts
        more = "".join(f" -o {{ {name} = {value} }}" for name, value in parameters.items())
        lines = [line + more if line.startswith(f"{port} inet ") else line for line in before.splitlines()]
        try:
            self._reload("master.cf", "\n".join(lines) + "\n")
            yield
        finally:
            self._reload("master.cf", before)

    @contextmanager
    def showing(self, certificate: Path) -> Iterator[None]:
        """Another certificate, a file with key and certificate; afterwards it shows its own again."""
        shown = self._base / "etc" / "other-key-and-certificate.pem"
        shown.touch(0o600)
        shown.write_bytes(certificate.read_bytes())
        with self.setting(smtpd_tls_chain_files=f"{_INSIDE}/etc/{shown.name}"):
            yield

    def _reload(self, file: str, text: str) -> None:
        (self._base / "etc" / file).write_text(text)
        read = self.log().count(_RELOAD)
        # the master ends idle processes of the old configuration, as "postfix reload" has it do
        os.kill(self._master_pid(), signal.SIGHUP)
        # one signal upon the other, and the master waits for the process that writes its log, which waits to be started
        wait_until("Postfix has read its configuration again", lambda: self.log().count(_RELOAD) > read, 20)
        time.sleep(1)

    def _master_pid(self) -> int:
        return int((self._base / "queue" / "pid" / "master.pid").read_text())

    # -- life

    def start(self) -> "PostfixServer":
        """Write the configuration, start, and wait until all ports listen."""
        self._lay_out()
        self._start_dovecot()
        command = [_MASTER, "-c", f"{_INSIDE}/etc", "-d"]
        master = HostProcess(self.host, self._inside(command), self._base / "master.log", f"Postfix {self.name}")
        self._processes.append(master)
        master.await_ready(self._greets)
        return self

    def stop(self) -> None:
        """End Postfix and Dovecot; both take their children with them."""
        for process in reversed(self._processes):
            process.stop()
        self._processes.clear()

    def _inside(self, command: list[str]) -> list[str]:
        mount = f'mount --bind "$0" {_INSIDE} && exec "$@"'
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, str(self._base), *command]

    def _greets(self) -> bool:
        ports = [465, 587, *self._more] + ([self._capture_port] if self._capture_port else [])
        return greets(self.host, ports, first=25)

    def _lay_out(self) -> None:
        owner = pwd.getpwnam("postfix").pw_uid
        drop = grp.getgrnam("postdrop").gr_gid
        base = self._base
        for name in ("", "etc", "queue", "queue/pid", "mail", "dovecot"):
            path = base / name
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o755)
        for name in _QUEUE_DIRECTORIES:
            path = base / "queue" / name
            path.mkdir(mode=0o700, exist_ok=True)
            os.chown(path, owner, -1)
        for name, mode in (("maildrop", 0o730), ("public", 0o710)):
            path = base / "queue" / name
            path.mkdir(exist_ok=True)
            os.chown(path, owner, drop)
            path.chmod(mode)
        for name in ("data", "mail"):
            path = base / name
            path.mkdir(exist_ok=True)
            os.chown(path, owner, -1)
        key = base / "etc" / "key-and-certificate.pem"
        key.touch(0o600)
        key.write_bytes(self._certificate.read_bytes())
        (base / "etc" / "main.cf").write_text(self._main_cf(owner))
        (base / "etc" / "master.cf").write_text(self._master_cf())

    def _main_cf(self, owner: int) -> str:
        base = _INSIDE
        routes = ", ".join(f"{{{domain} = smtp:[{address}]:25}}" for domain, address in self.routing.exchangers.items())
        lines = {
            "compatibility_level": "3.6",
            "queue_directory": f"{base}/queue",
            "data_directory": f"{base}/data",
            "maillog_file": f"{base}/maillog",
            "maillog_file_prefixes": str(base),
            "myhostname": self.name,
            "mydestination": "",
            "mynetworks": "127.0.0.0/8 [::1]/128",
            "inet_interfaces": "all",
            "inet_protocols": "all",
            "biff": "no",
            "alias_maps": "",
            "local_recipient_maps": "",
            # Mail to the own domain goes into one maildir, where the lab looks for it.
            "virtual_mailbox_domains": self.routing.own_domain,
            "virtual_mailbox_base": f"{base}/mail",
            "virtual_mailbox_maps": "static:inbox/",
            "virtual_minimum_uid": "1",
            "virtual_uid_maps": f"static:{owner}",
            "virtual_gid_maps": f"static:{pwd.getpwuid(owner).pw_gid}",
            # No DNS in the lab: the exchangers are named here. Anything else is an error at once, not a deferral.
            "disable_dns_lookups": "yes",
            "smtp_host_lookup": "native",
            "transport_maps": f"inline:{{ {routes} }}" if routes else "",
            "relay_domains": "",
            "smtpd_peername_lookup": "no",
            # On 25 too, whoever wants mail relayed is told to authenticate. Postfix demands the last word.
            "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, permit_auth_destination, "
            f"{_REFUSAL}, reject_unauth_destination",
            "smtpd_tls_security_level": "may",
            "smtpd_tls_chain_files": f"{base}/etc/key-and-certificate.pem",
            "smtpd_tls_auth_only": "yes",
            "smtpd_sasl_auth_enable": "yes",
            "smtpd_sasl_type": "dovecot",
            "smtpd_sasl_path": "private/auth",
            "smtpd_sasl_security_options": "noanonymous",
            # The lab's clients connect more often than a person would.
            "smtpd_client_connection_rate_limit": "0",
            "smtpd_client_connection_count_limit": "0",
            "smtp_connect_timeout": "3s",
            "minimal_backoff_time": "5s",
            "queue_run_delay": "5s",
        }
        return "".join(f"{name} = {value}\n" for name, value in lines.items())

    def _master_cf(self) -> str:
        options = f"-o {_AUTH_REQUIRED} -o syslog_name=postfix"
        ports = "25 inet n - n - - smtpd\n"
        ports += f"587 inet n - n - - smtpd -o smtpd_tls_security_level=encrypt {options}/submission\n"
        ports += f"465 inet n - n - - smtpd -o smtpd_tls_wrappermode=yes {options}/submissions\n"
        if self._capture_port:
            ports += f"{self._capture_port} inet n - n - - smtpd {options}/captured\n"
        for port, parameters in self._more.items():
            changed = " ".join(f"-o {{ {name} = {value} }}" for name, value in parameters.items())
            ports += f"{port} inet n - n - - smtpd {changed} -o syslog_name=postfix/{port}\n"
        return ports + _SERVICES

    def _start_dovecot(self) -> None:
        base = self._base / "dovecot"
        users = base / "users"
        users.write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        users.chmod(0o644)
        socket_path = self._base / "queue" / "private" / "auth"
        (base / "dovecot.conf").write_text(
            f"""\
protocols =
base_dir = {_INSIDE}/dovecot/run
state_dir = {_INSIDE}/dovecot/run
log_path = {_INSIDE}/dovecot/log
ssl = no
auth_mechanisms = plain login
disable_plaintext_auth = no
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = passwd-file
  args = {_INSIDE}/dovecot/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
service auth {{
  unix_listener {_INSIDE}/queue/private/auth {{
    mode = 0666
  }}
}}
service stats {{
  chroot =
}}
"""
        )
        command = ["dovecot", "-F", "-c", f"{_INSIDE}/dovecot/dovecot.conf"]
        dovecot = HostProcess(self.host, self._inside(command), base / "output", f"Dovecot of {self.name}")
        self._processes.append(dovecot)
        dovecot.await_ready(socket_path.exists)
