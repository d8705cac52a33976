"""``lab test`` and ``lab soak``: the suites, their progress, and the closing line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from . import build, session
from .errors import LabError
from .mail import unpacked
from .processes import end_group
from .progress import say
from .registry import Registry
from .session import Options

SUITES = Path(__file__).resolve().parents[1] / "suites"
REPETITIONS = "POSTERN_LAB_REPETITIONS"
"""How often the suite ``faults`` repeats each fault; unset outside ``lab soak``."""
_OWN_NAMESPACE = ("unshare", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
"""Where the suites run: whatever ports and interfaces the machine has, another lab's too, are not in their way."""
_FIRST = ("runtime", "policy", "enforcement", "attachments", "tables", "operators", "faults")


def suites() -> List[str]:
    """Every suite: ``unit``, and one for each ``suites/test_*.py`` and each folder ``suites/*/`` that holds ``test_*.py``."""
    found = [path.stem[len("test_") :] for path in SUITES.glob("test_*.py")]
    found += sorted({path.parent.name for path in SUITES.glob("*/test_*.py")})
    return ["unit", *(name for name in _FIRST if name in found), *sorted(set(found) - set(_FIRST))]


def _place(name: str) -> Path:
    named = SUITES / name
    return named if named.exists() else SUITES / f"test_{name}.py"


def require_suites(wanted: Sequence[str]) -> None:
    """Raises LabError naming the first suite that does not exist."""
    for name in wanted:
        if name not in suites():
            raise LabError(f"no suite {name!r}; there are {', '.join(suites())}")


def run(options: Options, registry: Registry, wanted: Sequence[str]) -> int:
    """Runs the wanted suites, or all; prints the totals. Returns 0 only if something ran and nothing failed."""
    chosen = [name for name in suites() if not wanted or name in wanted]
    real = [name for name in chosen if name != "unit"]
    passed = failed = skipped = 0
    failures: List[str] = []
    session.check(options, registry, starts_onos=False)
    if "unit" in chosen:
        totals = build.verify(registry)
        passed, failed, skipped = totals.passed, totals.failed, totals.skipped
        failures += totals.failures
        say(f"suite unit: {passed} passed, {failed} failed")
    if real:
        if "submission" in real:
            _fetch_servers(registry)
        try:
            build.ensure(registry)
            outcome = _pytest(options, registry, real, {})
        except LabError as problem:
            say(f"suites {', '.join(real)} did not run: {problem}")
            outcome = _Outcome(0, 1, 0, [str(problem)])
        passed, failed, skipped = passed + outcome.passed, failed + outcome.failed, skipped + outcome.skipped
        failures += outcome.failures
    return _close(passed, failed, skipped, failures)


def _fetch_servers(registry: Registry) -> None:
    """Here, since the suites run where there is no network. Whatever fails, only that suite's tests need them, and say so."""
    try:
        unpacked.ensure(registry)
    except LabError as problem:
        say(str(problem))


def soak(options: Options, registry: Registry, repetitions: int) -> int:
    """The suite ``faults`` with every fault, restarts of the whole controller among them, ``repetitions`` times; and once
    what operators ordered before a crash."""
    session.check(options, registry, starts_onos=False)
    build.ensure(registry)
    outcome = _pytest(options, registry, ["faults", "operators/test_restart.py"], {REPETITIONS: str(repetitions)})
    return _close(outcome.passed, outcome.failed, outcome.skipped, outcome.failures)


def _close(passed: int, failed: int, skipped: int, failures: Sequence[str]) -> int:
    sys.stderr.flush()
    for failure in failures:
        print(f"failed: {failure}")
    if skipped:
        print(f"{skipped} skipped")
    if not passed and not failed:
        print("nothing ran")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if passed and not failed else 1


class _Outcome:
    def __init__(self, passed: int, failed: int, skipped: int, failures: List[str]) -> None:
        self.passed, self.failed, self.skipped, self.failures = passed, failed, skipped, failures


def _minutes(cases: Sequence[Element]) -> str:
    """How long each suite took, what it waited for first included, the longest first."""
    seconds: Dict[str, float] = {}
    for case in cases:
        suite = re.sub("^test_", "", case.get("classname", "").split(".")[0])
        seconds[suite] = seconds.get(suite, 0.0) + float(case.get("time", 0))
    longest = sorted(seconds.items(), key=lambda item: -item[1])
    return ", ".join(f"{suite} {took / 60:.1f}" for suite, took in longest)


def _pytest(options: Options, registry: Registry, names: Sequence[str], extra: Dict[str, str]) -> _Outcome:
    report = registry.state / "logs" / "suites.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    environment = {
        **os.environ,
        **extra,
        "PYTHONDONTWRITEBYTECODE": "1",
        "POSTERN_LAB_STATE": str(options.state),
        "POSTERN_LAB_HELD": "1",
    }
    if options.onos is not None:
        environment["POSTERN_LAB_ONOS"] = options.onos
    if options.onos_home is not None:
        environment["POSTERN_LAB_ONOS_HOME"] = str(options.onos_home)
    command = [
        "/usr/bin/python3", "-m", "pytest", "-v", "-s", "--tb=short", "-p", "no:cacheprovider",
        f"--junitxml={report}", f"--rootdir={SUITES}", *(str(_place(name)) for name in names),
    ]  # fmt: skip
    if options.starts_onos:
        command = [*_OWN_NAMESPACE, *command]
    child = subprocess.Popen(command, cwd=SUITES, stdin=subprocess.DEVNULL, start_new_session=True, env=environment)
    try:
        status = child.wait()
    except BaseException:
        end_group(child, patience=20)
        raise
    if not report.exists():
        return _Outcome(0, 1, 0, [f"pytest ended with status {status} before it ran anything"])
    passed = failed = skipped = 0
    failures: List[str] = []
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    say(f"minutes: {_minutes(cases)}")
    for case in cases:
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            failures.append(f"{case.get('classname')}::{case.get('name')}")
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    if status not in (0, 1) and not failed:
        failed += 1
        failures.append(f"pytest ended with status {status}")
    return _Outcome(passed, failed, skipped, failures)
