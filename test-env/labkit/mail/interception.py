"""Transparent capture by nftables: whoever this host is sent for, on one port, is answered by a server of its own.

What the switch steers here keeps its IP destination. The capture translates it on the way in and, by connection tracking, the
answers back: they leave as the destination that was asked for, with this host's MAC address.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import LabError
from .host import Finished, Host


@dataclass(frozen=True)
class Interception:
    """TCP to ``port`` of any destination that arrives at ``host`` goes to its own ``server_port``, IPv4 and IPv6."""

    host: Host
    port: int
    server_port: int

    @property
    def table(self) -> str:
        """The name of its nftables table."""
        return f"capture_{self.port}"

    def ruleset(self) -> str:
        """The lines as ``nft -f`` reads them."""
        return f"""\
table inet {self.table} {{
  chain prerouting {{
    type nat hook prerouting priority dstnat;
    iifname "{self.host.intf}" tcp dport {self.port} redirect to :{self.server_port}
  }}
}}
"""

    def lay(self) -> None:
        """Puts it in force. Raises LabError with nft's own words."""
        # a table declared before it is deleted: no error if it was not there
        finished = self._nft(f"table inet {self.table}\ndelete table inet {self.table}\n{self.ruleset()}")
        if finished.rc != 0:
            raise LabError(f"nft on {self.host.name}: {finished.stderr.strip()}")

    def lift(self) -> None:
        """Takes it away if it is there; connections that are captured go on to be."""
        self._nft(f"table inet {self.table}\ndelete table inet {self.table}\n")

    def _nft(self, text: str) -> Finished:
        return self.host.run(["sh", "-c", 'printf %s "$0" | nft -f -', text], timeout=10)
