"""Maven: builds what is missing or older than its sources, with progress."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import List, Sequence
from xml.etree import ElementTree

from .errors import LabError
from .ovs import OpenVSwitch
from .processes import end_group
from .progress import say, step
from .registry import Registry

ROOT = Path(__file__).resolve().parents[2]
VERSION = "0.1.0"
ASSEMBLY = ROOT / "test-env/onos/assembly/target/assembly"
DRIVERS_OAR = ROOT / f"app/drivers/target/postern-drivers-{VERSION}.oar"
POSTERN_OAR = ROOT / f"app/oar/target/postern-{VERSION}.oar"
REACTIVE = ROOT / "test-env/onos/reactive/target"

_SOURCES = ("app", "cli-commands", "test-env/onos")
_ON_EVERY_CORE = ("-T", "1C")
_SKIP_CHECKS = ("-DskipTests", "-Dspotless.check.skip", "-Dcheckstyle.skip", "-Dspotbugs.skip")
_MODULE = re.compile(r"Building (.+?)\s+(?:\S+\s+)?\[(\d+)/(\d+)\]")


def products() -> List[Path]:
    """What a run of the lab needs from Maven."""
    return [ASSEMBLY / "bin/karaf", DRIVERS_OAR, POSTERN_OAR]


def reactive_oar() -> Path:
    """The harness application for reactive forwarding. Raises LabError if it was not built."""
    found = sorted(REACTIVE.glob("*.oar"))
    if not found:
        raise LabError(f"no .oar in {REACTIVE}: build it with 'mvn package'")
    return found[0]


def fingerprint() -> str:
    """A digest of every source that goes into :func:`products`: paths, sizes and contents' change times."""
    digest = hashlib.sha256()
    files = [ROOT / "pom.xml"]
    for base in _SOURCES:
        for folder, folders, names in os.walk(ROOT / base):
            folders[:] = sorted(f for f in folders if f not in ("target", ".git") and (Path(folder) / f).name != "test")
            files += [Path(folder) / name for name in sorted(names)]
    for file in files:
        status = file.stat()
        digest.update(f"{file.relative_to(ROOT)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _stamp(registry: Registry) -> Path:
    return registry.state / "build.stamp"


def ensure(registry: Registry) -> None:
    """Builds the products if one is missing or any source has changed since the last build.

    ``POSTERN_LAB_NO_BUILD=1`` takes them as they are, for who builds by hand.
    """
    if os.environ.get("POSTERN_LAB_NO_BUILD"):
        return
    now = fingerprint()
    stamp = _stamp(registry)
    missing = [p for p in products() if not p.exists()]
    if not missing and stamp.exists() and stamp.read_text() == now:
        return
    reason = f"{missing[0].relative_to(ROOT)} is missing" if missing else "sources have changed"
    maven(registry, [*_ON_EVERY_CORE, "package", *_SKIP_CHECKS], f"building ONOS runtime and applications ({reason})")
    for product in products():
        if not product.exists():
            raise LabError(f"the build went through but {product.relative_to(ROOT)} is not there")
    stamp.write_text(now)


@dataclass(frozen=True)
class UnitTotals:
    """Surefire's totals over all modules."""

    passed: int
    failed: int
    skipped: int
    failures: Sequence[str]


def verify(registry: Registry) -> UnitTotals:
    """``mvn verify`` from the root; a build that fails without a failing test counts as one failure."""
    for report in _reports():
        report.unlink()
    broken = ""
    now = fingerprint()
    # what the fake switch is held against; without it, for who runs Maven by hand, that is skipped
    openvswitch = OpenVSwitch(registry)
    try:
        openvswitch.start()
        os.environ["POSTERN_OVS_RUNDIR"] = str(openvswitch.directory)
        maven(registry, [*_ON_EVERY_CORE, "verify", "--fail-at-end"], "unit tests, formatter, Checkstyle, SpotBugs (mvn verify)")
        _stamp(registry).write_text(now)
    except LabError as problem:
        broken = str(problem)
    finally:
        openvswitch.stop()
    passed = failed = skipped = 0
    failures: List[str] = []
    for report in _reports():
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                failures.append(f"{case.get('classname')}.{case.get('name')}")
            elif case.find("skipped") is not None:
                skipped += 1
            else:
                passed += 1
    if broken and not failed:
        failed = 1
        failures.append(broken)
    return UnitTotals(passed, failed, skipped, failures)


def _reports() -> List[Path]:
    found: List[Path] = []
    for base in _SOURCES:
        found += (ROOT / base).glob("**/target/surefire-reports/TEST-*.xml")
    return found


def maven(registry: Registry, arguments: List[str], what: str) -> None:
    """Runs Maven at the root with a progress line for each module.

    Raises LabError with Maven's own errors if it fails; the full output is in the log.
    """
    log = registry.state / "logs" / "maven.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with step(what), open(log, "w") as out:
        child = subprocess.Popen(
            ["mvn", "-B", "-ntp", *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        errors: List[str] = []
        try:
            assert child.stdout is not None
            for line in child.stdout:
                out.write(line)
                module = _MODULE.search(line)
                if module:
                    say(f"  module {module.group(2)} of {module.group(3)}: {module.group(1)}")
                if line.startswith("[ERROR]") and len(errors) < 12:
                    errors.append(line[8:].strip())
            status = child.wait()
        except BaseException:
            end_group(child)
            raise
    if status != 0:
        for error in errors:
            say(f"  {error}")
        raise LabError(f"mvn {' '.join(arguments)} failed: {errors[0] if errors else 'no reason given'}; see {log}")
