"""A real DNS server inside a host: NSD, which answers for the zones it has and looks up nothing for anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Mapping, Optional

from .host import Host
from .processes import HostProcess

_SOA = "@ 60 IN SOA ns hostmaster 1 60 60 60 60\n@ 60 IN NS ns\nns 60 IN A {ip4}\nns 60 IN AAAA {ip6}\n"


class NameServer:
    """A private NSD on port 53 of a host, over UDP and TCP, IPv4 and IPv6."""

    def __init__(self, host: Host, zones: Mapping[str, Optional[str]], state: Path) -> None:
        """``zones``: by name the lines of each, without SOA and NS; a zone of None cannot be loaded, so it is SERVFAIL."""
        self.host = host
        self._zones = dict(zones)
        self._base = state / f"nsd-{host.name}"
        self._process: Optional[HostProcess] = None

    def start(self) -> "NameServer":
        """Writes the zones and waits until they are served."""
        self._base.mkdir(parents=True, exist_ok=True)
        # its own state is kept nowhere else, and it stays who it is: the directory may be closed to others
        lines = ["server:", '  username: "root"', '  pidfile: ""', '  database: ""', "  server-count: 1", "  hide-version: yes"]
        lines += [f'  ip-address: "{address}"' for address in (self.host.ip4, self.host.ip6)]
        lines += [f'  {name}: "{self._base / name}"' for name in ("xfrdfile", "zonelistfile")]
        lines += [f'  {name}: "{self._base}"' for name in ("zonesdir", "xfrdir")]
        lines += ["remote-control:", "  control-enable: no"]
        for name, records in self._zones.items():
            lines += ["zone:", f'  name: "{name}"', f'  zonefile: "{name}.zone"']
            if records is not None:
                head = f"$ORIGIN {name}.\n$TTL 60\n" + _SOA.format(ip4=self.host.ip4, ip6=self.host.ip6)
                (self._base / f"{name}.zone").write_text(head + records)
        configuration = self._base / "nsd.conf"
        configuration.write_text("\n".join(lines) + "\n")
        command = ["nsd", "-d", "-c", str(configuration)]
        self._process = HostProcess(self.host, command, self._base / "nsd.log", f"NSD on {self.host.name}")
        self._process.await_output("nsd started")
        return self

    def stop(self) -> None:
        """Ends it."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()
