"""What the machine must have before the lab does anything: root, Debian packages, JDK, Maven, disk, free ports."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import socket
import stat
import subprocess
from pathlib import Path
from typing import Dict, List, Optional

from .errors import LabError
from .processes import end_group, run
from .progress import say, step
from .registry import Registry

PACKAGES = (
    "mininet",
    "openvswitch-switch",
    "iproute2",
    "procps",
    "iputils-ping",
    "ethtool",
    "iperf3",
    "python3-jsonschema",
    "python3-pytest",
    "openssh-client",
    "sshpass",
)
"""Debian 12 packages of the lab itself; the mail world names its own in ``mail/packages.txt``."""

_MAIL_PACKAGES = Path(__file__).with_name("mail") / "packages.txt"

_UNITS = {
    "openvswitch-switch": ("openvswitch-switch.service",),
    "postfix": ("postfix.service",),
    "dovecot-core": ("dovecot.service", "dovecot.socket"),
    "nsd": ("nsd.service",),
    "openvpn": ("openvpn.service",),
}
"""Services that a package enables for the next boot; the lab uses none of them."""

JDK = 17
FREE_BYTES = 2 * 1024**3
PORTS = {
    6653: "OpenFlow",
    8181: "REST",
    8101: "the Karaf console",
    9876: "the cluster",
}
"""Ports that an ONOS started by the lab listens on."""

_POLICY = Path("/usr/sbin/policy-rc.d")


def require_root() -> None:
    """Raises LabError if this is not root, or a root that may not make network namespaces."""
    if os.geteuid() != 0:
        raise LabError("the lab makes network namespaces and switches: run it as root (sudo test-env/lab …)")
    if not run(["unshare", "--net", "true"]).ok:
        raise LabError("this root may not make network namespaces; in a container, run it with --privileged")


def require_directory(state: Path) -> None:
    """Raises LabError if the state directory is something else, or could not be made; it need not be there."""
    for path in (state, *state.parents):
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            if path.is_symlink():
                raise _unfit(state, f"{path} is a link to nothing") from None
            continue
        except NotADirectoryError:
            # what is above it is told
            continue
        except (OSError, ValueError) as problem:
            raise _unfit(state, getattr(problem, "strerror", None) or str(problem)) from None
        if not stat.S_ISDIR(mode):
            raise _unfit(state, f"{path} is no directory")
        return


def _unfit(state: Path, reason: str) -> LabError:
    return LabError(f"state directory {str(state)!r}: {reason}; name another with --state or POSTERN_LAB_STATE")


def require_disk(state: Path) -> None:
    """Raises LabError if the state directory cannot be made or has less than 2 GB free."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(state).free
    except OSError as problem:
        raise _unfit(state, problem.strerror) from None
    if free < FREE_BYTES:
        raise LabError(
            f"{state} has {free / 1024**3:.1f} GB free and the lab needs {FREE_BYTES / 1024**3:.0f} GB;"
            " make room or name another place with --state"
        )


def packages() -> List[str]:
    """Every Debian package the lab needs."""
    lines = (line.split("#")[0].strip() for line in _MAIL_PACKAGES.read_text().splitlines())
    return sorted({*PACKAGES, *filter(None, lines)})


def missing_packages() -> List[str]:
    """The packages that are not installed. Raises LabError if this is no Debian."""
    if shutil.which("dpkg-query") is None:
        raise LabError("this machine has no dpkg: the lab needs Debian 12")
    wanted = packages()
    answer = run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *wanted]).stdout
    installed = {line.split()[0] for line in answer.splitlines() if line.endswith(" installed")}
    return [package for package in wanted if package not in installed]


def install_packages(registry: Registry) -> None:
    """Installs what is missing, starting and enabling no service.

    Raises LabError if that is not possible; apt-get's last words are in the message, its full output in the log.
    """
    missing = missing_packages()
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise LabError(f"missing packages and no apt-get to install them: {' '.join(missing)}")
    say(f"missing Debian packages: {' '.join(missing)}")
    log = registry.state / "logs" / "apt.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    if not _POLICY.exists():
        registry.path(_POLICY)
        _POLICY.write_text("#!/bin/sh\n# written by Postern's lab while it installs packages: no service starts\nexit 101\n")
        _POLICY.chmod(0o755)
        ours = True
    else:
        ours = False
    try:
        _preseed()
        apt(["update"], "reading the package lists", log)
        # --no-remove: another mail server on this machine is its owner's business
        apt(
            ["install", "-y", "--no-install-recommends", "--no-remove", *missing],
            f"installing {len(missing)} Debian package(s)",
            log,
        )
    finally:
        if ours:
            _POLICY.unlink(missing_ok=True)
    for package in missing:
        for unit in _UNITS.get(package, ()):
            if shutil.which("systemctl"):
                run(["systemctl", "disable", "--quiet", unit])
    still = missing_packages()
    if still:
        raise LabError(f"apt-get could not install {' '.join(still)}; see {log}")
    importlib.invalidate_caches()


def _preseed() -> None:
    # Postfix's package must not set the machine up as a mail server
    run(["debconf-set-selections"], input="postfix postfix/main_mailer_type select No configuration\n")


def apt(arguments: List[str], what: str, log: Path, directory: Optional[Path] = None) -> None:
    """Runs apt-get in a directory, its output in a log. Raises LabError with its last words if it fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    command = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=2", *arguments]
    with step(what), open(log, "ab") as out:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
            cwd=directory,
        )
        try:
            status = child.wait()
        except BaseException:
            # dpkg ends the package at hand before it goes
            end_group(child, patience=60)
            raise
    if status != 0:
        errors = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("E:")]
        raise LabError(f"apt-get {arguments[0]} failed: {' '.join(errors[-3:]) or 'no reason given'}; see {log}")


def require_java() -> None:
    """Raises LabError if there is no JDK 17 or newer, or no Maven."""
    version = run(["javac", "-version"]) if shutil.which("javac") else None
    found = re.search(r"javac (\d+)", version.stdout + version.stderr) if version else None
    if found is None or int(found.group(1)) < JDK:
        has = f"javac {found.group(1)}" if found else "no javac"
        raise LabError(f"JDK {JDK} is needed and there is {has}: apt-get install openjdk-{JDK}-jdk-headless")
    if shutil.which("mvn") is None:
        raise LabError("Maven is needed and there is no mvn: apt-get install maven")


def listeners() -> Dict[int, str]:
    """Who listens on which TCP port of this machine, as far as that can be told: ``java (pid 812)``."""
    found: Dict[int, str] = {}
    for line in run(["ss", "-ltnpH"]).stdout.splitlines():
        fields = line.split()
        port = fields[3].rsplit(":", 1)[1]
        owner = re.search(r'"([^"]+)",pid=(\d+)', line)
        found[int(port)] = f"{owner.group(1)} (pid {owner.group(2)})" if owner else "somebody"
    return found


def require_ports() -> None:
    """Raises LabError if a port that ONOS needs is taken; says by whom."""
    taken = listeners() if shutil.which("ss") else {}
    for port, purpose in PORTS.items():
        owner = taken.get(port)
        if owner is None:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                    continue
                except OSError:
                    owner = "somebody"
        raise LabError(
            f"port {port} ({purpose}) is taken by {owner}; end it, or use that ONOS with --onos http://127.0.0.1:8181"
        )
