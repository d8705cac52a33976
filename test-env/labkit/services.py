"""What every line needs before anything else works: DNS, DHCP and NTP of the ISP, and clients for them.

DNS and DHCP are dnsmasq: the resolver on the ISP's server, the DHCP server (both families) on the edge router, since DHCP is
answered on the subscribers' segment. The clock is a small SNTP server (RFC 4330). The clients run inside hosts as
``python3 -m labkit.services dns|dhcp4|dhcp6|ntp`` and take no address: they ask and say whether they were answered.
"""

from __future__ import annotations

import argparse
import ipaddress
import random
import socket
import struct
import time
from pathlib import Path
from typing import List

from .hosts import Host
from .mail import frames
from .mail.host import PACKAGE_ROOT, PYTHON
from .mail.processes import HostProcess
from .network import AccessNetwork, addresses

DNS_PORT, NTP_PORT = 53, 123
_DHCP4_SERVER, _DHCP4_CLIENT = 67, 68
_DHCP6_SERVER, _DHCP6_CLIENT = 547, 546
_DHCP6_SERVERS = "ff02::1:2"
_MAGIC = b"\x63\x82\x53\x63"
"""In front of DHCP's options (RFC 2131, section 3)."""
_UNTIL_1970 = 2208988800
"""Seconds from NTP's epoch to that of Unix."""
_ATTEMPTS = 2
_SECONDS = 1.5
"""A client waits so long for each of its attempts."""


def _program(*words: object) -> List[str]:
    return ["/usr/bin/env", f"PYTHONPATH={PACKAGE_ROOT}", PYTHON, "-B", "-u", "-m", "labkit.services", *map(str, words)]


class NetworkServices:
    """The three services in a network that is up."""

    def __init__(self, network: AccessNetwork, state: Path) -> None:
        self._isp, self._edge = network.host("isp"), network.host("edge")
        self._servers = [*network.plan.servers()]
        self._state = state / "services"
        self._running: List[HostProcess] = []

    def start(self) -> "NetworkServices":
        """Starts them and waits until each is ready."""
        self._state.mkdir(parents=True, exist_ok=True)
        names = [
            f"--host-record={server.domain},{server.interface.address4},{server.interface.address6}" for server in self._servers
        ]
        resolver = self._dnsmasq(self._isp, "resolver", "--no-resolv", "--no-hosts", *names)
        ranges = ["10.64.250.1,10.64.250.200,255.255.0.0,1h", "2001:db8:64::fa:1,2001:db8:64::fa:ff,64,1h"]
        leases = [f"--dhcp-range={text}" for text in ranges]
        dhcp = self._dnsmasq(
            self._edge, "dhcp", "--port=0", f"--interface={self._edge.intf}", "--leasefile-ro", "--no-ping", *leases
        )
        clock = HostProcess(self._isp, _program("clock"), self._state / "clock.log", "SNTP server")
        self._running = [resolver, dhcp, clock]
        for process, text in ((resolver, "started"), (dhcp, "started"), (clock, "listening")):
            process.await_output(text)
        return self

    def stop(self) -> None:
        """Ends them."""
        running, self._running = self._running, []
        for process in running:
            process.stop()

    def _dnsmasq(self, host: Host, name: str, *options: str) -> HostProcess:
        command = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--log-facility=-"]
        command += [f"--pid-file={self._state / name}.pid", "--bind-dynamic", *options]
        return HostProcess(host, command, self._state / f"{name}.log", f"dnsmasq ({name})")

    def __enter__(self) -> "NetworkServices":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


# ---------------------------------------------------------------- clients


def resolves(host: Host, server: str, name: str = addresses.PORTAL.domain, tcp: bool = False) -> bool:
    """Whether the resolver at ``server`` tells this host the address of ``name``."""
    return host.run(_program("dns", "--server", server, "--name", name, *(["--tcp"] if tcp else [])), timeout=15).ok


def offered_a_lease(host: Host, family: int) -> bool:
    """Whether a DHCP server answers this host's DISCOVER (4) or SOLICIT (6)."""
    return host.run(_program(f"dhcp{family}", "--interface", host.intf, "--mac", host.mac), timeout=15).ok


def told_the_time(host: Host, server: str) -> bool:
    """Whether the clock at ``server`` answers this host."""
    return host.run(_program("ntp", "--server", server), timeout=15).ok


# ---------------------------------------------------------------- inside a host


def _family(address: str) -> int:
    return socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET


def _asked(server: str, port: int, question: bytes) -> bytes:
    """The answer to a datagram; empty if there is none."""
    with socket.socket(_family(server), socket.SOCK_DGRAM) as client:
        client.settimeout(_SECONDS)
        client.connect((server, port))
        for _ in range(_ATTEMPTS):
            try:
                client.send(question)
                return client.recv(4096)
            except OSError:
                continue
    return b""


def _dns(arguments: argparse.Namespace) -> bool:
    ident = random.getrandbits(16)
    labels = b"".join(bytes([len(label)]) + label.encode() for label in arguments.name.split("."))
    # RFC 1035, section 4.1: recursion desired, one question, type A, class IN
    question = struct.pack("!HHHHHH", ident, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)
    if arguments.tcp:
        answer = _dns_over_tcp(arguments.server, question)
    else:
        answer = _asked(arguments.server, DNS_PORT, question)
    if len(answer) < 12:
        return False
    reply, flags, _, answers = struct.unpack_from("!HHHH", answer)
    return reply == ident and flags & 0x800F == 0x8000 and answers > 0


def _dns_over_tcp(server: str, question: bytes) -> bytes:
    try:
        with socket.create_connection((server, DNS_PORT), _ATTEMPTS * _SECONDS) as connection:
            connection.sendall(struct.pack("!H", len(question)) + question)
            stream = connection.makefile("rb")
            return stream.read(int.from_bytes(stream.read(2), "big"))
    except OSError as problem:
        print(problem)
        return b""


def _dhcp4(arguments: argparse.Namespace) -> bool:
    ident = random.getrandbits(32)
    mac = bytes.fromhex(arguments.mac.replace(":", ""))
    # RFC 2131: BOOTREQUEST over Ethernet, broadcast flag set since this client has no address that it would answer for
    head = struct.pack("!BBBBIHH", 1, 1, 6, 0, ident, 0, 0x8000) + bytes(16) + mac.ljust(16, b"\0") + bytes(192)
    message = head + _MAGIC + b"\x35\x01\x01" + b"\x37\x02\x01\x03" + b"\xff"
    datagram = struct.pack("!HHHH", _DHCP4_CLIENT, _DHCP4_SERVER, 8 + len(message), 0) + message
    packet = frames.ipv4("0.0.0.0", "255.255.255.255", socket.IPPROTO_UDP, datagram)
    frame = frames.ethernet("ff:ff:ff:ff:ff:ff", arguments.mac, frames.ETH_IPV4, packet)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(frames.ETH_IPV4)) as link:
        link.bind((arguments.interface, frames.ETH_IPV4))
        for _ in range(_ATTEMPTS):
            link.send(frame)
            deadline = time.monotonic() + _SECONDS
            while time.monotonic() < deadline:
                link.settimeout(max(deadline - time.monotonic(), 0.01))
                try:
                    received = link.recv(4096)
                except OSError:
                    break
                offer = received[14 + 4 * (received[14] & 15) + 8 :]
                # BOOTREPLY to this question with an address in it
                if offer[:1] == b"\x02" and offer[4:8] == struct.pack("!I", ident) and any(offer[16:20]):
                    return True
    return False


def _dhcp6(arguments: argparse.Namespace) -> bool:
    ident = random.getrandbits(24)
    mac = bytes.fromhex(arguments.mac.replace(":", ""))
    client = struct.pack("!HHHH", 1, 10, 3, 1) + mac
    association = struct.pack("!HHIII", 3, 12, 1, 0, 0)
    # RFC 8415, section 16.2: SOLICIT with client identifier, elapsed time and one association
    message = struct.pack("!I", 1 << 24 | ident) + client + struct.pack("!HHH", 8, 2, 0) + association
    index = socket.if_nametoindex(arguments.interface)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as link:
        link.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        link.settimeout(_SECONDS)
        link.bind(("::", _DHCP6_CLIENT))
        for _ in range(_ATTEMPTS):
            link.sendto(message, (_DHCP6_SERVERS, _DHCP6_SERVER, 0, index))
            try:
                answer = link.recv(4096)
            except OSError:
                continue
            # ADVERTISE
            if answer[:4] == struct.pack("!I", 2 << 24 | ident):
                return True
    return False


def _ntp(arguments: argparse.Namespace) -> bool:
    sent = struct.pack("!II", random.getrandbits(32), random.getrandbits(32))
    answer = _asked(arguments.server, NTP_PORT, struct.pack("!B39x", 0x23) + sent)
    # mode 4, server; our time of sending comes back as the time of origin
    return len(answer) >= 48 and answer[0] & 7 == 4 and answer[24:32] == sent


def _clock(_: argparse.Namespace) -> bool:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as server:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        server.bind(("::", NTP_PORT))
        print("listening", flush=True)
        while True:
            question, peer = server.recvfrom(1024)
            if len(question) < 48 or question[0] & 7 != 3:
                continue
            now = time.time() + _UNTIL_1970
            stamp = struct.pack("!II", int(now), int(now % 1 * 2**32))
            # version 4, mode server, stratum 1, poll and precision as usual, reference "LOCL"
            head = struct.pack("!BBbbII4s", 0x24, 1, 6, -20, 0, 0, b"LOCL")
            server.sendto(head + stamp + question[40:48] + stamp + stamp, peer)


def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    dns = kinds.add_parser("dns")
    dns.add_argument("--server", required=True)
    dns.add_argument("--name", required=True)
    dns.add_argument("--tcp", action="store_true")
    for family in (4, 6):
        dhcp = kinds.add_parser(f"dhcp{family}")
        dhcp.add_argument("--interface", required=True)
        dhcp.add_argument("--mac", required=True)
    kinds.add_parser("ntp").add_argument("--server", required=True)
    kinds.add_parser("clock")
    arguments = parser.parse_args()
    work = {"dns": _dns, "dhcp4": _dhcp4, "dhcp6": _dhcp6, "ntp": _ntp, "clock": _clock}[arguments.kind]
    return 0 if work(arguments) else 1


if __name__ == "__main__":
    raise SystemExit(_main())
