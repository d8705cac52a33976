"""The mail relay that a class may redirect to: a real Postfix whose capture port demands AUTH of everybody.

Steered connections arrive for the destinations that the subscribers meant. A worm is refused with 530 5.7.0 and nothing of it
leaves; a mail client that authenticates sends on, by the same user names as at the ISP's submission server.
"""

from __future__ import annotations

from pathlib import Path
from typing import Mapping

from .host import Host
from .interception import Interception
from .postfix import PostfixServer, Routing

CAPTURE_PORT = 2525
"""A port of the relay's own for captured connections: what it demands there it need not demand on 25."""


class Relay:
    """The relay inside its host: Postfix, and the capture that brings it every port 25."""

    def __init__(self, host: Host, name: str, exchangers: Mapping[str, str], state: Path, certificate: Path) -> None:
        """:param exchangers: where authenticated mail goes, address of the mail exchanger by domain"""
        self.host = host
        self.server = PostfixServer(host, name, Routing(f"captured.{name}", exchangers), state, certificate, CAPTURE_PORT)
        self.capture = Interception(host, 25, CAPTURE_PORT)

    def start(self) -> "Relay":
        """Starts Postfix, then captures: who is captured is answered."""
        self.server.start()
        self.capture.lay()
        return self

    def stop(self) -> None:
        """Ends both."""
        self.capture.lift()
        self.server.stop()

    def refusals(self) -> int:
        """Recipients refused so far for want of AUTH on the capture port."""
        return sum("postfix/captured/" in line and "530 5.7.0" in line for line in self.server.log().splitlines())
