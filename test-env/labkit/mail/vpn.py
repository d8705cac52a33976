"""A lawful VPN: OpenVPN from a subscriber to a provider on the internet, which sends the subscriber's traffic on.

OpenVPN in user space (UDP 1194, TLS with pinned fingerprints): it needs nothing of the kernel but a tun device, which
WireGuard would. Only what is sent from the tunnel's own addresses takes the tunnel, so the subscriber's other traffic,
a worm's included, still meets the access network's policy.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from ..errors import LabError
from .host import Host
from .processes import HostProcess

PORT = 1194
SERVER4, CLIENT4 = "192.168.194.1", "192.168.194.2"
SERVER6, CLIENT6 = "fd00:194::1", "fd00:194::2"
_DEVICE = "tun-vpn"
_TABLE = "194"


class Vpn:
    """An OpenVPN tunnel between two hosts."""

    def __init__(self, client: Host, server: Host, state: Path) -> None:
        self.client = client
        self.server = server
        self._state = state / "vpn"
        self._processes: list[HostProcess] = []

    def start(self) -> "Vpn":
        """Bring the tunnel up and wait until both ends say so."""
        self._state.mkdir(parents=True, exist_ok=True)
        for end in ("server", "client"):
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
                + ["-days", "30", "-subj", f"/CN=vpn-{end}"]
                + ["-keyout", str(self._state / f"{end}.key"), "-out", str(self._state / f"{end}.crt")],
                check=True,
                capture_output=True,
            )
        self._prepare_server()
        serve = ["--tls-server", "--dh", "none", "--port", str(PORT)]
        connect = ["--tls-client", "--remote", self.server.ip4, str(PORT), "--connect-retry", "1", "--nobind"]
        server, client = (SERVER4, SERVER6), (CLIENT4, CLIENT6)
        self._processes = [
            self._openvpn(self.server, "server", "client", serve, server, client),
            self._openvpn(self.client, "client", "server", connect, client, server),
        ]
        for process in self._processes:
            process.await_output("Initialization Sequence Completed", 20)
        for family, address in (("-4", CLIENT4), ("-6", CLIENT6)):
            self._run(self.client, "ip", family, "route", "replace", "default", "dev", _DEVICE, "table", _TABLE)
            self._run(self.client, "ip", family, "rule", "add", "from", address, "lookup", _TABLE, "priority", _TABLE)
        return self

    def stop(self) -> None:
        """Take the tunnel down and the hosts' extra routes and rules with it."""
        for process in self._processes:
            process.stop()
        self._processes = []
        for family in ("-4", "-6"):
            self.client.run(["ip", family, "rule", "del", "lookup", _TABLE], timeout=5)
        self.server.run(["nft", "delete", "table", "inet", "postern_vpn"], timeout=5)

    def _prepare_server(self) -> None:
        for setting in ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"):
            self._run(self.server, "sysctl", "-qw", setting)
        rules = f"""\
table inet postern_vpn {{
  chain out {{
    type nat hook postrouting priority srcnat;
    iifname "{_DEVICE}" masquerade
  }}
}}
"""
        path = self._state / "masquerade.nft"
        path.write_text(rules)
        self._run(self.server, "nft", "-f", str(path))

    def _openvpn(
        self, host: Host, end: str, peer: str, role: list[str], own: tuple[str, str], far: tuple[str, str]
    ) -> HostProcess:
        fingerprint = subprocess.run(
            ["openssl", "x509", "-in", str(self._state / f"{peer}.crt"), "-noout", "-fingerprint", "-sha256"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split("=", 1)[1].strip()
        command = ["openvpn", "--dev", _DEVICE, "--dev-type", "tun", "--proto", "udp4", *role]
        command += ["--ifconfig", own[0], far[0], "--ifconfig-ipv6", f"{own[1]}/64", far[1], "--disable-dco", "--verb", "3"]
        command += ["--cert", str(self._state / f"{end}.crt"), "--key", str(self._state / f"{end}.key")]
        command += ["--peer-fingerprint", fingerprint, "--ping", "5", "--ping-restart", "30"]
        return HostProcess(host, command, self._state / f"{end}.log", f"OpenVPN {end}")

    @staticmethod
    def _run(host: Host, *argv: str) -> None:
        finished = host.run(list(argv), timeout=10)
        if finished.rc != 0:
            raise LabError(f"{' '.join(argv)} on {host.name}: {finished.stderr.strip() or finished.stdout.strip()}")
