"""What a survey of a thousand simulated providers takes: seconds, memory, connections at once."""

from __future__ import annotations

import csv
import json
import os
import random
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

from .build import ROOT, VERSION
from .errors import LabError
from .figures import columns
from .mail import fleet
from .mail.certificate import ensure_certificate
from .mail.host import module_command
from .processes import end_group, run
from .progress import say
from .session import Lab

JAR = ROOT / f"app/probe/target/postern-probe-{VERSION}-standalone.jar"
PARALLEL = (16, 128)
"""How many are asked at once: as a survey does unless it is told, and the most."""
SMALL_HEAP = "-Xmx64m"

_SECONDS = 1200
_SEED = 587


@dataclass(frozen=True)
class _Survey:
    """A survey that was made."""

    seconds: float
    peak: float
    """The most memory that the Java machine had resident, MiB."""
    counts: dict


class _Fleet:
    """The providers, in a network namespace of their own, and the programs that run in it beside them."""

    def __init__(self, lab: Lab, addresses: Sequence[str]) -> None:
        self._lab = lab
        self.state = lab.registry.state / "bench-survey"
        self.state.mkdir(parents=True, exist_ok=True)
        self.list = self.state / "addresses"
        self.list.write_text("\n".join(addresses))
        self._log = self.state / "fleet.log"

    def __enter__(self) -> "_Fleet":
        program = module_command("fleet", "serve", ensure_certificate(self.state), self.list)
        with open(self._log, "wb") as log:
            self._child = subprocess.Popen(
                ["unshare", "--net", *program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self._lab.registry.process(self._child.pid, "fleet of providers")
        say(f"  providers listen at {self._said()['listening']} ports")
        return self

    def __exit__(self, *_: object) -> None:
        end_group(self._child)

    @property
    def prefix(self) -> List[str]:
        """What to put before a command that is to run there."""
        return ["nsenter", f"--net=/proc/{self._child.pid}/ns/net"]

    def counts(self) -> dict:
        """What the providers have counted since the last time."""
        assert self._child.stdin is not None
        self._child.stdin.write("\n")
        self._child.stdin.flush()
        return self._said()

    def _said(self) -> dict:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            raise LabError(f"the fleet of providers has ended: {self._log.read_text()[-800:].strip()}")
        return json.loads(line)


def survey(lab: Lab) -> str:
    """Surveys of all providers, against one of a single provider and against a client that only connects, waits and goes."""
    if not JAR.exists():
        raise LabError(f"{JAR.relative_to(ROOT)} is missing: 'mvn package' makes it")
    everybody = [fleet.address(kind, number) for kind, each in enumerate(fleet.KINDS) for number in range(each.share)]
    random.Random(_SEED).shuffle(everybody)
    with _Fleet(lab, everybody) as providers:
        one = _survey(providers, "one", [fleet.address(0, 0)], 1)
        say(f"  one provider: {one.seconds:.1f} s, {one.peak:.0f} MiB")
        made: Dict[str, _Survey] = {}
        bare: Dict[str, dict] = {}
        for parallel in PARALLEL:
            title = f"{parallel} at once"
            made[title] = _survey(providers, str(parallel), everybody, parallel)
            say(f"  {title}: {made[title].seconds:.1f} s, {made[title].counts}")
            bare[title] = _bare(providers, parallel)
            say(f"  {title}, the bare client: {bare[title]['seconds']:.1f} s, {bare[title]}")
        small = f"{PARALLEL[-1]}, {SMALL_HEAP}"
        made[small] = _survey(providers, "small", everybody, PARALLEL[-1], SMALL_HEAP)
        bare[small] = bare[f"{PARALLEL[-1]} at once"]
    rows = [(f"survey of {len(everybody)} providers", *made)]
    for name, of in (
        ("seconds", lambda m, b: f"{m.seconds:.1f}"),
        ("of a bare client with the same pauses", lambda m, b: f"{b['seconds']:.1f}"),
        ("survey ÷ bare client", lambda m, b: f"{m.seconds / b['seconds']:.2f}"),
        ("resident memory at most, MiB", lambda m, b: f"{m.peak:.0f}"),
        ("÷ that of a survey of 1 provider", lambda m, b: f"{m.peak / one.peak:.2f}"),
        ("connections in all", lambda m, b: str(m.counts["connections"])),
        ("of the bare client", lambda m, b: str(b["connections"])),
        ("TLS handshakes", lambda m, b: str(m.counts["handshakes"])),
        ("of the bare client", lambda m, b: str(b["handshakes"])),
        ("connections at once, at most", lambda m, b: str(m.counts["most at once"])),
        ("to one address, at most", lambda m, b: str(m.counts["most at once of an address"])),
    ):
        rows.append((name, *(of(made[each], bare[each]) for each in made)))
    mixture = [("answers", "of 1000", "587", "465", "verdict")]
    mixture += [(kind.name, str(kind.share), *kind.answer, kind.verdict) for kind in fleet.KINDS]
    return (
        f"survey: every row had its verdict; a survey of 1 provider: {one.seconds:.1f} s, {one.peak:.0f} MiB\n"
        + "\n\n".join((columns(rows), columns(mixture)))
    )


def _survey(providers: _Fleet, name: str, addresses: Sequence[str], parallel: int, *machine: str) -> _Survey:
    """Raises LabError if it fails, if a row has another verdict than its provider's, or for two connections to an address."""
    targets, table = providers.state / f"{name}.csv", providers.state / f"{name}-table.csv"
    table.unlink(missing_ok=True)
    targets.write_text("provider,host\n" + "".join(f"{fleet.kind_of(each).name},{each}\n" for each in addresses))
    command = ["java", *machine, "-jar", str(JAR), "survey", "--again", "--parallel", str(parallel)]
    command += ["--greeting", f"{fleet.GREETING_SECONDS:.0f}", "--csv", str(table), str(targets)]
    providers.counts()
    log = providers.state / f"{name}.log"
    begun = time.monotonic()
    with open(log, "wb") as out:
        child = subprocess.Popen(
            [*providers.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    status, usage = _wait(child, begun + _SECONDS)
    seconds = time.monotonic() - begun
    if status:
        raise LabError(f"the survey ended with status {status}: {log.read_text(errors='replace')[-400:].strip()}")
    counts = providers.counts()
    _require_verdicts(table, addresses)
    if counts["most at once of an address"] > 1:
        raise LabError(f"{counts['most at once of an address']} connections at once to one address")
    return _Survey(seconds, usage.ru_maxrss / 1024, counts)


def _wait(child: subprocess.Popen, deadline: float) -> Tuple[int, resource.struct_rusage]:
    """Exit status and usage of a process that ends before the deadline. Raises LabError if it does not."""
    try:
        while time.monotonic() < deadline:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                child.returncode = os.waitstatus_to_exitcode(status)
                return child.returncode, usage
            time.sleep(0.05)
    except BaseException:
        end_group(child)
        raise
    end_group(child)
    raise LabError(f"the survey has not ended within {_SECONDS} s")


def _require_verdicts(table: Path, addresses: Sequence[str]) -> None:
    with open(table, newline="", encoding="utf-8-sig") as text:
        found = {row["host"]: (row["587"], row["465"], row["verdict"]) for row in csv.DictReader(text)}
    wrong = []
    for each in addresses:
        kind = fleet.kind_of(each)
        if found.get(each) != (*kind.answer, kind.verdict):
            wrong.append(f"{each} ({kind.name}): {found.get(each)}")
    if wrong or len(found) != len(addresses):
        raise LabError(f"{len(found)} rows, {len(wrong)} of {len(addresses)} with another verdict: {'; '.join(wrong[:5])}")


def _bare(providers: _Fleet, parallel: int) -> dict:
    """Seconds of the client that only connects, and what the providers have counted of it."""
    command = module_command("fleet", "visit", providers.list, parallel)
    done = run(command, timeout=_SECONDS, check=True, prefix=providers.prefix)
    return {**json.loads(done.stdout), **providers.counts()}
