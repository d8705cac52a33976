"""Web mail: an HTTP and HTTPS server that answers with a token, so that a client can tell it was really reached."""

from __future__ import annotations

import argparse
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .host import Host, module_command
from .processes import HostProcess

#: What the web server's page says.
GREETING = "Postern lab web mail"


class WebServer:
    """HTTP on 80 and HTTPS on 443 inside a host, IPv4 and IPv6."""

    def __init__(self, host: Host, state: Path, certificate: Path) -> None:
        self.host = host
        self._log = state / f"web-{host.name}.log"
        self._certificate = certificate
        self._process: HostProcess | None = None

    def start(self) -> "WebServer":
        """Start it and wait until both ports listen."""
        command = module_command("web", "--certificate", self._certificate)
        self._process = HostProcess(self.host, command, self._log, "web server").await_output("listening")
        return self

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.stop()


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # noqa: N802 (http.server's name)
        """Answer with the greeting and the client's address."""
        body = f"{GREETING} to {self.client_address[0]}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _DualStackServer(ThreadingHTTPServer):
    address_family = socket.AF_INET6
    daemon_threads = True

    def server_bind(self) -> None:
        """Listen on IPv4 as well."""
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


def main() -> None:
    """Serve inside the present network namespace."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--certificate", type=Path, required=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(parser.parse_args().certificate)
    plain, secure = _DualStackServer(("::", 80), _Page), _DualStackServer(("::", 443), _Page)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    print("listening", flush=True)
    secure.serve_forever()


if __name__ == "__main__":
    main()
