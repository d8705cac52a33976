"""Ordinary mail and web clients: swaks and curl, run inside a host, and what they were told."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from .exchanger import PASSWORD, USER
from .frames import family_of
from .host import Host


def new_token(word: str = "mail") -> str:
    """A word found in no other message of the lab."""
    return f"{word}-{secrets.token_hex(5)}"


@dataclass(frozen=True)
class Dialogue:
    """What a client saw: whether the server took the message, its decisive answer, and the whole transcript."""

    accepted: bool
    connected: bool
    answer: str
    transcript: str


def submit(
    host: Host,
    server: str,
    port: int,
    recipient: str,
    token: str,
    auth: bool = False,
    timeout: float = 4.0,
    source: str | None = None,
) -> Dialogue:
    """Send one message with swaks: STARTTLS on 587 and with AUTH, implicit TLS on 465; ``timeout`` in seconds."""
    command = ["swaks", "-6" if family_of(server) == 6 else "-4", "--server", server, "--port", str(port)]
    command += ["--from", "alice@isp.example", "--to", recipient, "--helo", f"{host.name}.isp.example"]
    command += ["--header", f"Subject: {token}", "--header", f"Message-Id: <{token}@isp.example>", "--body", token]
    command += ["--timeout", f"{max(1, round(timeout))}s"]
    if port == 465:
        command.append("--tls-on-connect")
    elif port == 587 or auth:
        command.append("--tls")
    if auth:
        command += ["--auth", "PLAIN", "--auth-user", USER, "--auth-password", PASSWORD]
    if source is not None:
        command += ["--local-interface", source]
    finished = host.run(command, timeout=timeout * 4 + 10)
    text = finished.stdout + finished.stderr
    # swaks marks what the server said with "<-" or, over TLS, "<~", and refusals with a second star.
    said = re.findall(r"^<(?:-|~|\*\*|~\*)\s+(\d{3} .*)$", text, re.MULTILINE)
    refusals = [line for line in said if line[0] in "45"]
    accepted = finished.rc == 0
    local = re.findall(r"^\*\*\* (.*)$", text, re.MULTILINE)
    if accepted:
        answer = next((line for line in reversed(said) if line.startswith("250")), said[-1] if said else "")
    else:
        answer = (refusals or local or ["no answer"])[0]
    return Dialogue(accepted, "=== Connected" in text, answer, text)


@dataclass(frozen=True)
class Page:
    """What curl fetched."""

    status: int
    text: str
    error: str


def fetch(host: Host, url_host: str, address: str, secure: bool, trust: Path, timeout: float = 3.0) -> Page:
    """Fetch ``/`` from a web server at ``address`` under the name ``url_host``; HTTPS is verified against ``trust``."""
    scheme, port = ("https", 443) if secure else ("http", 80)
    literal = f"[{address}]" if family_of(address) == 6 else address
    command = ["curl", "-sS", "--noproxy", "*", "--max-time", str(timeout), "--cacert", str(trust)]
    command += ["--resolve", f"{url_host}:{port}:{literal}", "-w", "\n%{http_code}", f"{scheme}://{url_host}/"]
    finished = host.run(command, timeout=timeout + 5)
    text, _, status = finished.stdout.rpartition("\n")
    return Page(int(status) if status.isdigit() else 0, text, finished.stderr.strip())
