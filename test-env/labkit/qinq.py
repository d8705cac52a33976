"""Interfaces behind two VLAN tags, for kernels without VLAN devices: TAP devices whose frames this program tags and untags.

To the host's own TCP they are Ethernet interfaces like any other. Run inside a host as ``python3 -m labkit.qinq INTERFACE OUTER
INNER...``; for each inner VLAN there is an interface ``inner<VLAN>`` as long as it runs.
"""

from __future__ import annotations

import fcntl
import os
import selectors
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Dict, Mapping, Sequence, Tuple

from .errors import LabError
from .hosts import Host
from .mail.host import PACKAGE_ROOT, PYTHON
from .mail.processes import HostProcess

#: Types of the outer tag (IEEE 802.1ad) and of the inner (802.1Q).
OUTER_TYPE, INNER_TYPE = 0x88A8, 0x8100

#: Room for both tags and more: the access network's links take 1500 bytes.
MTU = 1400

#: linux/if_tun.h, linux/if_packet.h.
_TUNSETIFF, _IFF_TAP, _IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
_SOL_PACKET, _PACKET_AUXDATA, _PACKET_OUTGOING, _TP_STATUS_VLAN_VALID = 263, 8, 4, 0x10
_EVERY_PROTOCOL = 3
_LARGEST_FRAME = 65535


class TaggedInterfaces:
    """The interfaces of one host behind an outer tag, by inner VLAN."""

    def __init__(self, host: Host, outer: int, addresses: Mapping[int, Tuple[str, str]], state: Path) -> None:
        """``addresses``: for each inner VLAN an IPv4 and an IPv6 address, with prefix length."""
        self._host = host
        self._outer = outer
        self._addresses = addresses
        self._log = state / f"qinq-{host.name}.log"
        self._process: HostProcess | None = None

    def start(self) -> "TaggedInterfaces":
        """Makes them, up and with their addresses. Raises LabError."""
        command = ["/usr/bin/env", f"PYTHONPATH={PACKAGE_ROOT}", PYTHON, "-B", "-u", "-m", "labkit.qinq", self._host.intf]
        command += map(str, (self._outer, *self._addresses))
        self._process = HostProcess(self._host, command, self._log, "tagged interfaces").await_output("ready")
        for inner, (ip4, ip6) in self._addresses.items():
            name = f"inner{inner}"
            for words in (f"addr add {ip4} dev {name}", f"-6 addr add {ip6} dev {name} nodad"):
                finished = self._host.run(["ip", *words.split()], timeout=10)
                if finished.rc != 0:
                    raise LabError(f"ip {words} on {self._host.name}: {finished.stderr.strip()}")
        return self

    def stop(self) -> None:
        """Takes them away."""
        if self._process is not None:
            self._process.stop()


def _tap(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TAP | _IFF_NO_PI))
    # before anybody waits for it: one that is down counts as readable and fails when it is read
    subprocess.run(["ip", "link", "set", name, "mtu", str(MTU), "up"], check=True)
    return device


def _received(link: socket.socket) -> bytes:
    """A frame as it was on the wire: the kernel takes the outer tag off and tells it beside. Empty for one that went out."""
    frame, told, _, address = link.recvmsg(_LARGEST_FRAME, socket.CMSG_SPACE(20))
    if address[2] == _PACKET_OUTGOING:
        return b""
    for level, kind, data in told:
        if level == _SOL_PACKET and kind == _PACKET_AUXDATA:
            status, *_, control, tag_type = struct.unpack("=IIIHHHH", data)
            if status & _TP_STATUS_VLAN_VALID:
                return frame[:12] + struct.pack("!HH", tag_type, control) + frame[12:]
    return frame


def _serve(interface: str, outer: int, inners: Sequence[int]) -> None:
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERY_PROTOCOL))
    link.bind((interface, 0))
    link.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
    waiting = selectors.DefaultSelector()
    waiting.register(link, selectors.EVENT_READ, b"")
    taps: Dict[bytes, int] = {}
    for inner in inners:
        tags = struct.pack("!HHHH", OUTER_TYPE, outer, INNER_TYPE, inner)
        taps[tags] = _tap(f"inner{inner}")
        waiting.register(taps[tags], selectors.EVENT_READ, tags)
    print("ready", flush=True)
    while True:
        for key, _ in waiting.select():
            if key.data:
                frame = os.read(key.fd, _LARGEST_FRAME)
                link.send(frame[:12] + key.data + frame[12:])
            else:
                frame = _received(link)
                if frame[12:20] in taps:
                    os.write(taps[frame[12:20]], frame[:12] + frame[20:])


def main() -> None:
    """Serves inside the present network namespace."""
    interface, outer, *inners = sys.argv[1:]
    _serve(interface, int(outer), [int(inner) for inner in inners])


if __name__ == "__main__":
    main()
