"""How many new TCP connections a second pass: a server that accepts and closes, and clients that connect and close.

Programs that run inside hosts: ``python3 -m labkit.connections serve PORT`` and ``… measure ADDRESS PORT SECONDS CLIENTS``.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import time
from typing import List

_LINGER = struct.pack("ii", 1, 0)
"""Closing resets: no port waits in TIME_WAIT, so that a fast client does not run out of them."""


def _serve(port: int) -> None:
    server = socket.socket(socket.AF_INET6)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.bind(("::", port))
    server.listen(1024)
    print("listening", flush=True)
    while True:
        client, _ = server.accept()
        client.close()


def _count(address: str, port: int, seconds: float) -> int:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    done = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket(family) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
            client.settimeout(5)
            client.connect((address, port))
            done += 1
    return done


def _measure(address: str, port: int, seconds: float, clients: int) -> None:
    pipes: List[int] = []
    for _ in range(clients):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.write(writing, str(_count(address, port, seconds)).encode())
            os._exit(0)
        os.close(writing)
        pipes.append(reading)
    total = 0
    for pipe in pipes:
        with os.fdopen(pipe) as stream:
            total += int(stream.read() or 0)
    print(json.dumps({"connections": total, "per second": total / seconds}))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        _serve(int(sys.argv[2]))
    else:
        _measure(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
