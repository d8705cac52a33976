"""The portal's HTTP server, and its start inside the portal's host.

On its own name it answers 200 with the case of whoever asks, known by source address. Requests for other hosts get here because
the switch steers a quarantined subscriber's port 80 to this host and nftables captures it: they are answered 511 Network
Authentication Required (RFC 6585), the captive portal probes of operating systems among them, never as if they were the page
that was asked for. Nothing may be cached.
"""

from __future__ import annotations

import argparse
import datetime
import socket
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Optional, Sequence
from urllib.parse import parse_qs, urlsplit

from ..mail.host import PACKAGE_ROOT, PYTHON, Host
from ..mail.interception import Interception
from ..mail.processes import HostProcess
from . import page
from .case import Case, NoList, QuarantineList, Request, RequestBook, address_of

HTTP_PORT = 80
_LONGEST_FORM = 8192
"""Bytes of a form; the portal's own takes a tenth of it."""
_IDLE_SECONDS = 10
"""After so many seconds without a byte a connection is closed: a portal is open to infected computers."""
_MOST_CONNECTIONS = 256
"""Served at once; more wait. For the same reason."""
_LINGER_SECONDS, _LINGER_READS = 1, 16
_FORM = "application/x-www-form-urlencoded"
_HTML = "text/html; charset=utf-8"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
"""No script runs and nothing is fetched, whatever gets into a page."""


class Portal:
    """The portal inside its host: the server, and the capture that brings it every port 80."""

    def __init__(self, host: Host, state: Path, contact: str = "abuse@isp.example") -> None:
        self.host = host
        self.name = host.domain
        self._log = state / "portal" / "portal.log"
        self._contact = contact
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self.quarantines = QuarantineList(self._log.with_name("quarantines.json"))
        self.requests = RequestBook(self._log.with_name("requests.jsonl"))
        self.capture = Interception(host, HTTP_PORT, HTTP_PORT)
        self._process: Optional[HostProcess] = None

    def start(self) -> "Portal":
        """Starts it with nobody quarantined and no request, and waits until it listens; then captures."""
        self.quarantines.replace([])
        self.requests.path.unlink(missing_ok=True)
        command = ["/usr/bin/env", f"PYTHONPATH={PACKAGE_ROOT}", PYTHON, "-B", "-u", "-m", "labkit.remediation.server"]
        command += ["--name", self.name, "--contact", self._contact]
        for address in (self.host.ip4, self.host.ip6):
            command += ["--address", address]
        command += ["--quarantines", str(self.quarantines.path), "--requests", str(self.requests.path)]
        self._process = HostProcess(self.host, command, self._log, "remediation portal").await_output("listening")
        self.capture.lay()
        return self

    def stop(self) -> None:
        """Ends both."""
        self.capture.lift()
        if self._process is not None:
            self._process.stop()

    def __enter__(self) -> "Portal":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


# ---------------------------------------------------------------- inside the host


class PortalServer(ThreadingHTTPServer):
    """Serves HTTP on every address, IPv4 and IPv6."""

    address_family = socket.AF_INET6
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, port: int, name: str, addresses: Sequence[str], contact: str, cases: QuarantineList, book: RequestBook
    ) -> None:
        """:param addresses: the portal's own, which it answers to besides its name"""
        self.portal_name, self.contact, self.cases, self.book = name, contact, cases, book
        self.own_names = {name.lower(), *(str(address_of(address)) for address in addresses)}
        self.booking = threading.Lock()
        self._free = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        super().__init__(("::", port), _Handler)

    def server_bind(self) -> None:
        """Listens on IPv4 as well. Asks no name service for its own name, as the standard library would."""
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        socket.socket.bind(self.socket, self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.portal_name, self.server_address[1]

    def process_request(self, request, client_address) -> None:
        """One thread a connection, but not without bound."""
        self._free.acquire()
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request, client_address) -> None:
        """Gives the connection's place back when it is over."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def shutdown_request(self, request) -> None:
        """Reads what the client still sends, within bounds: closed on unread bytes, a socket takes its last answer back."""
        try:
            request.shutdown(socket.SHUT_WR)
            request.settimeout(_LINGER_SECONDS)
            for _ in range(_LINGER_READS):
                if not request.recv(65536):
                    break
        except OSError:
            pass
        self.close_request(request)

    def handle_error(self, request, client_address) -> None:
        """A client that goes away in the middle is no error; everything else is one line in the log."""
        problem = sys.exc_info()[1]
        if not isinstance(problem, (ConnectionError, TimeoutError)):
            print(f"{address_of(client_address[0])}: {type(problem).__name__}: {problem}", flush=True)


class _Handler(BaseHTTPRequestHandler):
    server: PortalServer
    server_version = "portal"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS

    # -- what is asked

    def do_GET(self) -> None:  # noqa: N802 (http.server's name)
        """Any request: the method is looked at where it matters."""
        # one request a connection: whoever is released must not go on talking to the portal by an old one
        self.close_connection = True
        host = self._asked_host()
        if host is None and self.request_version < "HTTP/1.1" and not self.headers.get_all("Host"):
            # before 1.1 nobody had to say; who asks the portal's own name does
            self._intercepted()
        elif host is None:
            self._say(HTTPStatus.BAD_REQUEST, "Bad request", "The request does not say for which host it is.")
        elif host not in self.server.own_names:
            self._intercepted()
        elif self._path() == "/release":
            self._release()
        elif self._path() != "/":
            self._say(HTTPStatus.NOT_FOUND, "No such page", "There is nothing under this address.")
        elif self.command not in ("GET", "HEAD"):
            self._not_allowed("GET, HEAD")
        else:
            self._case_page()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_CONNECT = do_TRACE = do_GET

    def _asked_host(self) -> Optional[str]:
        """The host that is asked for, without port; None if the request does not say (RFC 9112, section 3.2)."""
        hosts = self.headers.get_all("Host") or []
        try:
            target = urlsplit(self.path)
            text = target.netloc if target.scheme and target.netloc else hosts[0]
            name = urlsplit(f"//{text}").hostname
        except (IndexError, ValueError):
            return None
        if len(hosts) > 1 or not name:
            return None
        try:
            return str(address_of(name))
        except ValueError:
            return name.rstrip(".").lower()

    def _path(self) -> str:
        try:
            return urlsplit(self.path).path or "/"
        except ValueError:
            return self.path

    def _client(self) -> str:
        return str(address_of(self.client_address[0]))

    def _case(self) -> Optional[Case]:
        return self.server.cases.find(address_of(self.client_address[0]))

    # -- what is answered

    def _intercepted(self) -> None:
        try:
            case = self._case()
        except NoList as problem:
            print(problem, flush=True)
            case = None
        text = page.intercepted_page(case, self.server.portal_name, self.server.contact)
        self._send(HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED, text)

    def _case_page(self) -> None:
        try:
            case = self._case()
        except NoList as problem:
            self._no_list(problem)
            return
        contact = self.server.contact
        if case is None:
            self._send(HTTPStatus.OK, page.free_page(self._client(), contact))
        else:
            self._send(HTTPStatus.OK, page.case_page(case, self._client(), contact, self.server.book.find(case)))

    def _release(self) -> None:
        if self.command != "POST":
            self._not_allowed("POST")
            return
        origin = self.headers.get("Origin")
        # a page of somebody else's must not ask in the subscriber's name: only his address says who he is
        if origin is not None and (urlsplit(origin).hostname or "").lower() not in self.server.own_names:
            self._say(HTTPStatus.FORBIDDEN, "Not from here", "Use the form on this portal's own page.")
            return
        form = self._form()
        if form is None:
            return
        if form.get("cleaned") != ["yes"]:
            self._say(HTTPStatus.BAD_REQUEST, "One thing is missing", "Say first that you have cleaned your computers.")
            return
        try:
            case = self._case()
        except NoList as problem:
            self._no_list(problem)
            return
        if case is not None:
            self._book(case, " ".join(form.get("note", [""])[0].split())[: page.NOTE_LENGTH])
        self._send(HTTPStatus.SEE_OTHER, "", Location="/")

    def _book(self, case: Case, note: str) -> None:
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0).isoformat().replace("+00:00", "Z")
        with self.server.booking:
            if self.server.book.find(case) is None:
                self.server.book.add(Request(case.subscriber, case.since, self._client(), now, note))

    def _form(self) -> Optional[dict]:
        """The fields of the form; None if they were refused, which is answered then."""
        if self.headers.get("Content-Type", "").split(";")[0].strip().lower() != _FORM:
            self._say(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Not a form", f"This takes {_FORM} only.")
            return None
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            self._say(HTTPStatus.LENGTH_REQUIRED, "No length", "The form does not say how long it is.")
            return None
        if len(length) > 6 or int(length) > _LONGEST_FORM:
            self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Too long", f"At most {_LONGEST_FORM} bytes.")
            return None
        try:
            return parse_qs(self.rfile.read(int(length)).decode(), max_num_fields=16)
        except ValueError:
            self._say(HTTPStatus.BAD_REQUEST, "Not a form", "The form cannot be read.")
            return None

    def _no_list(self, problem: NoList) -> None:
        print(problem, flush=True)
        text = "We cannot look up your connection at the moment. Try again in a minute."
        self._send(HTTPStatus.SERVICE_UNAVAILABLE, page.plain_page("Not now", text, self.server.contact), **{"Retry-After": "60"})

    def _not_allowed(self, allowed: str) -> None:
        text = page.plain_page("Not like that", f"This takes {allowed} only.", self.server.contact)
        self._send(HTTPStatus.METHOD_NOT_ALLOWED, text, Allow=allowed)

    def _say(self, status: HTTPStatus, title: str, text: str) -> None:
        self._send(status, page.plain_page(title, text, self.server.contact))

    def _send(self, status: HTTPStatus, text: str, **headers: str) -> None:
        body = text.encode()
        self.send_response(status)
        if body:
            self.send_header("Content-Type", _HTML)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "same-origin")
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: Optional[str] = None, explain: Optional[str] = None) -> None:
        """What http.server itself refuses (malformed, too long, an unknown method), in the portal's own form."""
        self.close_connection = True
        if not hasattr(self, "command") or self.command is None:
            self.command = "GET"
        if not hasattr(self, "requestline"):
            self.requestline = ""
        self.request_version = self.protocol_version
        self._say(HTTPStatus(code), HTTPStatus(code).phrase, "The request cannot be answered.")

    def log_message(self, form: str, *arguments: object) -> None:
        """One line a request; what the client said is shown as Python text, so that it cannot forge a line."""
        print(f"{self._client()} {form % arguments!r}", flush=True)


def main() -> None:
    """Serve inside the present network namespace."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--address", action="append", required=True)
    parser.add_argument("--contact", required=True)
    parser.add_argument("--quarantines", type=Path, required=True)
    parser.add_argument("--requests", type=Path, required=True)
    arguments = parser.parse_args()
    cases, book = QuarantineList(arguments.quarantines), RequestBook(arguments.requests)
    server = PortalServer(HTTP_PORT, arguments.name, arguments.address, arguments.contact, cases, book)
    print("listening", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
