"""Commands that leave the lab up: the work is done by a child that stays and holds everything until ``lab down``.

The child has a session of its own, so that neither a closed terminal nor Ctrl-C reaches it by accident; while it is still
at work its parent passes on what it gets.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, Optional

from .errors import Interrupted, LabError
from .progress import say
from .registry import Registry, start_time

_PR_SET_PDEATHSIG = 1
_DOWN_SECONDS = 240

HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def raise_on_signals() -> None:
    """Lets SIGINT, SIGTERM and SIGHUP raise Interrupted, so that every command cleans up on its way out."""

    def interrupted(number: int, _frame: Any) -> None:
        # the second one must not interrupt the cleaning up after the first
        for handled in HANDLED:
            signal.signal(handled, signal.SIG_IGN)
        raise Interrupted(number)

    for number in HANDLED:
        signal.signal(number, interrupted)
    # held since the command began, see test-env/lab
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)


def in_child(work: Callable[[], "Outcome"]) -> int:
    """Runs ``work`` in a child; returns its exit status when it ends or when it stays to hold the lab.

    ``work`` returns an :class:`Outcome`; it must have cleaned up if that does not ask to stay.
    """
    reading, writing = os.pipe()
    # held until both sides can handle them: a signal in between must not be lost
    held = signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        _child(work, writing)
    os.close(writing)

    def pass_on(number: int, _frame: Any) -> None:
        try:
            os.kill(child, number)
        except ProcessLookupError:
            pass

    for number in HANDLED:
        signal.signal(number, pass_on)
    signal.pthread_sigmask(signal.SIG_SETMASK, held)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    if answer:
        return int(answer)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) % 256


def _child(work: Callable[[], "Outcome"], writing: int) -> None:
    status = 1
    try:
        outcome = work()
        status = outcome.status
        if outcome.hold is not None:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, 0, 0, 0, 0)
            os.write(writing, str(status).encode())
            os.close(writing)
            outcome.hold()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


class Outcome:
    """How work ended: the exit status, and what to do if the child stays."""

    def __init__(self, status: int, hold: Optional[Callable[[], None]] = None) -> None:
        self.status = status
        self.hold = hold


def hold(registry: Registry, close: Callable[[], None]) -> None:
    """Detaches from the terminal and waits for SIGTERM; then ``close``, which a second one cuts short, and the sweep."""
    log = os.open(_log(registry), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
    signal.sigwait(HANDLED)
    try:
        raise_on_signals()
        close()
    except Interrupted:
        say("told again to end: what was still to be done in ONOS is left")
    except Exception as problem:  # noqa: BLE001 (nobody is left to catch it; the sweep does the rest)
        say(f"taking the lab down: {problem}")
    finally:
        registry.sweep()
        registry.release()


def _log(registry: Registry) -> Path:
    return registry.state / "logs" / "keeper.log"


def note_owner(registry: Registry, purpose: str) -> None:
    """Journals which process holds the lab, for :func:`down`."""
    registry.note(what="owner", pid=os.getpid(), start=start_time(os.getpid()), purpose=purpose)


def owner(registry: Registry) -> Optional[Dict[str, Any]]:
    """The living process that holds the lab, as journalled; None if there is none."""
    for entry in reversed(registry.entries()):
        if entry["kind"] == "note" and entry.get("what") == "owner":
            return entry if start_time(entry["pid"]) == entry["start"] else None
    return None


def down(registry: Registry) -> bool:
    """Takes the lab down, whoever holds it; returns whether there was anything to take down.

    What a lab that stays up has to say while it ends is passed on. Raises LabError if the process that holds it does not end.
    """
    holder = owner(registry)
    if holder is not None:
        pid = holder["pid"]
        say(f"ending 'lab {holder['purpose']}' (pid {pid})")
        said = _Said(_log(registry))
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _DOWN_SECONDS
        while start_time(pid) == holder["start"]:
            said.pass_on()
            if time.monotonic() > deadline:
                raise LabError(
                    f"process {pid} is still at it after {_DOWN_SECONDS} s; 'lab down' again cuts it short,"
                    f" and if that does not help: kill -9 {pid}, then 'lab down'"
                )
            time.sleep(0.1)
        said.pass_on()
        return True
    if not Path(registry.journal).exists():
        return False
    registry.acquire("down")
    registry.sweep()
    registry.release()
    return True


class _Said:
    """What is written to a log from now on."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = log.stat().st_size if log.exists() else 0

    def pass_on(self) -> None:
        """Writes what is new to standard error."""
        if not self._log.exists():
            return
        with open(self._log, "rb") as log:
            log.seek(self._read)
            new = log.read()
        self._read += len(new)
        sys.stderr.write(new.decode(errors="replace"))
        sys.stderr.flush()
