"""Progress lines: ``[ 12.3s] building the applications``. Seconds count from the start of the command."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager
from typing import Iterator

CLOCK = "POSTERN_LAB_CLOCK"
"""The environment variable by which a test session goes on with the seconds of the command that started it."""
_START = float(os.environ.get(CLOCK) or time.monotonic())
os.environ[CLOCK] = str(_START)
_TICK_SECONDS = 10.0
_lock = threading.Lock()


def say(text: str) -> None:
    """Prints one progress line on standard error (standard output is for results)."""
    with _lock:
        try:
            print(f"[{time.monotonic() - _START:6.1f}s] {text}", file=sys.stderr, flush=True)
        except (BrokenPipeError, OSError):
            # the terminal is gone (SIGHUP): cleaning up must go on without it
            pass


@contextmanager
def step(text: str) -> Iterator[None]:
    """Announces a step and, while it lasts, says every ten seconds that it still runs.

    Raises whatever the body raises.
    """
    say(f"{text} …")
    begun = time.monotonic()
    done = threading.Event()

    def tick() -> None:
        while not done.wait(_TICK_SECONDS):
            say(f"{text}: still at it after {time.monotonic() - begun:.0f} s")

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()
    say(f"{text}: done in {time.monotonic() - begun:.1f} s")
