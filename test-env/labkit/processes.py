"""Starting programs so that the registry can always end them."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Optional, Sequence, Union

from .errors import LabError
from .registry import Registry

Command = Union[str, Sequence[str]]


@dataclass(frozen=True)
class Result:
    """What a finished program returned."""

    argv: List[str]
    rc: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        """Whether the exit status was 0."""
        return self.rc == 0


class CommandFailed(AssertionError):
    """A program that had to succeed did not; the message holds its output."""


def argv_of(command: Command) -> List[str]:
    """A command as an argument list; text goes through ``sh -c``."""
    return ["sh", "-c", command] if isinstance(command, str) else [str(part) for part in command]


def run(
    command: Command,
    timeout: Optional[float] = 60.0,
    check: bool = False,
    input: Optional[str] = None,
    prefix: Sequence[str] = (),
    env: Optional[dict] = None,
    cwd: Optional[Path] = None,
) -> Result:
    """Runs a program to its end.

    :param timeout: seconds; when over, the program and its children are ended and the exit status is 124
    :param check: whether an exit status other than 0 raises CommandFailed
    :param prefix: what to put before the command (``mnexec -a PID``)
    """
    argv = [*prefix, *argv_of(command)]
    child = subprocess.Popen(
        argv,
        stdin=subprocess.PIPE if input is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
        env=env,
        cwd=cwd,
    )
    try:
        stdout, stderr = child.communicate(input, timeout)
        rc = child.returncode
    except subprocess.TimeoutExpired:
        end_group(child)
        stdout, stderr = child.communicate()
        rc = 124
    except BaseException:
        end_group(child)
        raise
    result = Result(argv, rc, stdout, stderr)
    if check and rc != 0:
        raise CommandFailed(f"{shlex.join(argv)} returned {rc}\n{stdout}{stderr}")
    return result


def start(
    registry: Registry,
    command: Command,
    name: str,
    log: Path,
    prefix: Sequence[str] = (),
    env: Optional[dict] = None,
    cwd: Optional[Path] = None,
) -> subprocess.Popen:
    """Starts a program in a session of its own, its output in ``log``, and journals it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as out:
        child = subprocess.Popen(
            [*prefix, *argv_of(command)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=env,
            cwd=cwd,
        )
    registry.process(child.pid, name)
    return child


def end_group(child: subprocess.Popen, patience: float = 2.0) -> None:
    """Ends a program started in a session of its own, with its children: TERM, then after ``patience`` seconds KILL."""
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            pass
        try:
            child.wait(seconds)
            break
        except subprocess.TimeoutExpired:
            continue
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def wait_until(what: str, condition: Callable[[], object], seconds: float, every: float = 0.05) -> object:
    """Polls until ``condition`` returns something true, and returns that.

    Raises LabError naming ``what`` when ``seconds`` are over.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise LabError(f"{what}: not so after {seconds:.0f} s")
        time.sleep(every)
