"""What the primitives of ONOS's storage service cost as a directory of subscribers, each against a map by subscriber."""

from __future__ import annotations

import json
import math
import random
import statistics
from dataclasses import dataclass
from typing import Callable, Dict, List, Tuple

from .errors import LabError
from .figures import columns
from .onos import ManagedOnos
from .progress import say
from .session import Lab

CANDIDATES: Dict[str, str] = {
    "subscriber-map": "ConsistentMap, a subscriber each",
    "subscriber-map+index": "the same with an index on the node",
    "device-map": "ConsistentMap, a device each",
    "tree-map": "ConsistentTreeMap",
    "multimap": "ConsistentMultimap, a device each",
    "document-tree": "DocumentTree",
    "eventual-map": "EventuallyConsistentMap",
}
"""What ``lab:directory-store`` measures, the one that the others are divided by first."""
BASE = next(iter(CANDIDATES))
_COMMAND_SECONDS = 1800


@dataclass(frozen=True)
class Scale:
    """How large a directory is measured, and how often."""

    subscribers: int = 100_000
    devices: int = 1_000
    repetitions: int = 3

    def __post_init__(self) -> None:
        if self.repetitions < 1:
            raise LabError(f"--repetitions {self.repetitions}: 1 or more")
        if self.subscribers < self.devices:
            raise LabError(f"--subscribers {self.subscribers}: {self.devices} or more, one on each device")


_WARM_UP = Scale(5_000, 100, 1)
"""Measured first, and thrown away: what comes first would pay for the compiling of what all of them use."""


@dataclass(frozen=True)
class _Figure:
    """A column of the table: what it says of a candidate's measurement, and how many digits are shown."""

    title: str
    of: Callable[[dict], float]
    digits: int = 1


_FIGURES: Tuple[_Figure, ...] = (
    _Figure("import s, one by one", lambda m: m["oneByOne"]["seconds"]),
    _Figure("import s, 64 at a time", lambda m: m["windowed"]["seconds"]),
    _Figure("64 at a time, 1/s", lambda m: m["windowed"]["subscribersPerSecond"], 0),
    _Figure("change ms", lambda m: m["change"]["medianMs"], 2),
    _Figure("change p99", lambda m: m["change"]["p99Ms"], 2),
    _Figure("told ms", lambda m: m["told"]["medianMs"], 2),
    _Figure("told p99", lambda m: m["told"]["p99Ms"], 2),
    _Figure("read all s", lambda m: m["readAllSeconds"], 3),
    _Figure("read device ms", lambda m: m["readDevice"]["medianMs"], 3),
)


def store(lab: Lab, candidate: str, scale: Scale, *options: str) -> dict:
    """``lab:directory-store`` for one candidate. Raises LabError with what ONOS said if it fails."""
    command = f"lab:directory-store -n {scale.subscribers} -d {scale.devices} {' '.join(options)} {candidate}"
    result = lab.onos.console(command, timeout=_COMMAND_SECONDS)
    try:
        return json.loads(result.stdout)
    except ValueError:
        raise LabError(f"{command}: {(result.stdout + result.stderr).strip()[-400:] or f'status {result.rc}'}") from None


def directory(lab: Lab, scale: Scale) -> str:
    """The candidates in an order by chance, in an ONOS started anew for each round."""
    if not isinstance(lab.onos, ManagedOnos):
        return "directory: not measured on somebody else's ONOS, which might not be the same afterwards"
    rounds: List[Dict[str, dict]] = []
    names = list(CANDIDATES)
    for number in range(scale.repetitions):
        if number:
            _anew(lab)
        for name in names:
            store(lab, name, _WARM_UP)
        found: Dict[str, dict] = {}
        for name in random.sample(names, len(names)):
            found[name] = store(lab, name, scale)
            say(f"  round {number + 1} of {scale.repetitions}, {name}: {_line(found[name])}")
        rounds.append(found)
    (lab.registry.state / "bench-directory.json").write_text(json.dumps(rounds, indent=1))
    text = rounds[0][BASE]["textBytes"]
    return "\n\n".join(
        (
            f"directory: {scale.subscribers} subscribers of {text} bytes on {scale.devices} devices,"
            f" median of {scale.repetitions}",
            columns([("", *(figure.title for figure in _FIGURES)), *(_medians(name, rounds) for name in names)]),
            f"÷ {CANDIDATES[BASE]}, in the same round; geometric mean",
            columns([("", *(figure.title for figure in _FIGURES)), *(_ratios(name, rounds) for name in names)]),
        )
    )


def memory(lab: Lab, scale: Scale) -> str:
    """The heap that a subscriber takes in each candidate, in an ONOS started anew for each."""
    if not isinstance(lab.onos, ManagedOnos):
        return "directory-memory: not measured on somebody else's ONOS, since it has to be started anew"
    found: Dict[str, float] = {}
    for name in CANDIDATES:
        if found:
            _anew(lab)
        found[name] = store(lab, name, scale, "-m")["heapBytesPerSubscriber"]
        say(f"  {name}: {found[name]:.0f} bytes a subscriber")
    rows = [(f"heap, of {scale.subscribers} subscribers", "bytes each", "÷ the first")]
    rows += [(CANDIDATES[name], f"{each:.0f}", f"{each / found[BASE]:.2f}") for name, each in found.items()]
    return columns(rows)


def value_size(lab: Lab, _scale: Scale) -> str:
    """The largest value that each candidate takes, doubled from 64 KiB to 32 MiB."""
    if not isinstance(lab.onos, ManagedOnos):
        return "value size: not measured on somebody else's ONOS, which might not be the same afterwards"
    rows = [("largest value", "written", "refused", "reason", "a small one afterwards")]
    for name in CANDIDATES:
        limit = store(lab, name, Scale(1, 1, 1), "-l")
        refused = _size(limit["refusedBytes"]) if "refusedBytes" in limit else "-"
        reason, afterwards = limit.get("refusal", "-"), limit["afterwards"] or "written"
        rows.append((CANDIDATES[name], _size(limit["writtenBytes"]), refused, reason, afterwards))
        if limit["afterwards"]:
            _anew(lab)
    return columns(rows)


def _size(size: int) -> str:
    return f"{size / 1024:.0f} KiB"


def _anew(lab: Lab) -> None:
    lab.managed.stop()
    lab.managed.start()


def _line(measured: dict) -> str:
    return ", ".join(f"{figure.title} {figure.of(measured):.{figure.digits}f}" for figure in _FIGURES)


def _medians(name: str, rounds: List[Dict[str, dict]]) -> Tuple[str, ...]:
    def median(figure: _Figure) -> str:
        return f"{statistics.median(figure.of(found[name]) for found in rounds):.{figure.digits}f}"

    return (CANDIDATES[name], *map(median, _FIGURES))


def _ratios(name: str, rounds: List[Dict[str, dict]]) -> Tuple[str, ...]:
    def mean(figure: _Figure) -> str:
        logs = [math.log(figure.of(found[name]) / figure.of(found[BASE])) for found in rounds]
        return f"{math.exp(statistics.fmean(logs)):.3g}"

    return (CANDIDATES[name], *map(mean, _FIGURES))
