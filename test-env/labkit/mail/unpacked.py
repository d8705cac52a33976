"""Debian's mail servers that cannot be installed beside Postfix, since their packages conflict: unpacked, not installed.

They lie below ``test-env/target``, where they stay for the next run, with those libraries of theirs that the machine does
not have. Nothing of it is known to dpkg, and no script of a package runs.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from typing import Dict, List

from ..errors import LabError
from ..machine import apt
from ..processes import run
from ..progress import say
from ..registry import Registry

DIRECTORY = Path(__file__).resolve().parents[2] / "target" / "mail-servers"
"""Where they are unpacked."""

SERVERS = ("exim4-daemon-light", "opensmtpd")
"""Debian packages of the servers: Exim of Debian 12; OpenSMTPD of its backports, since that of Debian 12 fails in every TLS
handshake."""

LIBRARIES = (
    "libcom-err2",
    "libdb5.3",
    "libevent-2.1-7",
    "libffi8",
    "libgmp10",
    "libgnutls-dane0",
    "libgnutls30",
    "libgssapi-krb5-2",
    "libhogweed6",
    "libidn12",
    "libidn2-0",
    "libk5crypto3",
    "libkeyutils1",
    "libkrb5-3",
    "libkrb5support0",
    "libnettle8",
    "libnsl2",
    "libp11-kit0",
    "libpam0g",
    "libpcre2-8-0",
    "libssl3",
    "libtasn1-6",
    "libtirpc3",
    "libunbound8",
    "libunistring2",
)
"""Debian 12 packages of libraries that they are linked to, but for those that every Debian has."""

_LIST = "packages.txt"
_WANTED = "".join(f"{name}\n" for name in (*SERVERS, *LIBRARIES))
"""What is unpacked there, in a file beside it: a checkout that wants others fetches anew."""
_PROGRAMS = {"exim4": "usr/sbin/exim4", "smtpd": "usr/sbin/smtpd"}
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_AS_ROOT = ["-o", "APT::Sandbox::User=root"]
"""The directories of a lab may be closed to apt's own user."""
_OFFLINE = "with a network, 'test-env/lab test submission' fetches them once and for all"


def ensure(registry: Registry) -> None:
    """Fetches and unpacks them, unless they are there and find every library. Nothing else of the machine changes.

    Raises LabError if that is not possible; apt-get's last words are in the message.
    """
    if not _missing(DIRECTORY):
        return
    if shutil.which("apt-get") is None:
        raise LabError(f"{' and '.join(SERVERS)} are not unpacked in {DIRECTORY} and there is no apt-get to fetch them")
    DIRECTORY.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{DIRECTORY}.lock", "w") as lock:
        # another lab of this checkout may be at it
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _missing(DIRECTORY):
            _unpack(registry)


def program(name: str) -> Path:
    """The path of ``exim4`` or ``smtpd``. Raises LabError if it is not there."""
    path = DIRECTORY / _PROGRAMS[name]
    if not path.exists():
        raise LabError(f"{path} is not there: {_OFFLINE}")
    return path


def environment() -> List[str]:
    """What to put before a command line so that the program finds the libraries that were unpacked with it."""
    return ["/usr/bin/env", f"LD_LIBRARY_PATH={_library_path(DIRECTORY)}"]


def _unpack(registry: Registry) -> None:
    log = registry.state / "logs" / "apt.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    libraries = _not_installed()
    say(f"not unpacked yet: {' '.join(SERVERS)}")
    new = Path(f"{DIRECTORY}.new")
    shutil.rmtree(new, ignore_errors=True)
    packages = new / "packages"
    packages.mkdir(parents=True)
    try:
        apt(["update"], "reading the package lists", log)
        apt(["download", *_AS_ROOT, SERVERS[0], *libraries], f"fetching {1 + len(libraries)} Debian package(s)", log, packages)
        backports = _backports(new)
        apt(["update", *backports], "reading the package lists of Debian's backports", log)
        apt(["download", *backports, SERVERS[1]], "fetching 1 Debian package(s) of backports", log, packages)
    except LabError as problem:
        raise LabError(f"{' and '.join(SERVERS)} are not unpacked and cannot be fetched ({problem}); {_OFFLINE}") from None
    for package in sorted(packages.glob("*.deb")):
        run(["dpkg-deb", "-x", package, new], check=True)
    shutil.rmtree(packages)
    shutil.rmtree(new / "apt")
    for name in _PROGRAMS.values():
        # Exim's is set-uid root, which only its package's users have to be able to use
        (new / name).chmod(0o755)
    (new / _LIST).write_text(_WANTED)
    missing = _missing(new)
    if missing:
        raise LabError(f"unpacked in {new}, but not found by the programs there: {' '.join(missing)}; is this Debian 12?")
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    new.rename(DIRECTORY)


def _backports(new: Path) -> List[str]:
    """Options by which apt-get knows the backports of Debian 12 and nothing else, on the server that Debian 12 comes from."""
    query = ["Codename: bookworm", "Component: main", "Created-By: Packages", "--format", "$(SITE)"]
    sites = run(["apt-get", "indextargets", *query]).stdout.split()
    if not sites:
        raise LabError("apt-get has no source of Debian 12 (bookworm)")
    lists = new / "apt" / "lists"
    (lists / "partial").mkdir(parents=True)
    source = new / "apt" / "sources.list"
    source.write_text(f"deb [signed-by={_KEYRING}] {sites[0]} bookworm-backports main\n")
    settings = {
        "Dir::Etc::sourcelist": source,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": lists,
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
    }
    return [*_AS_ROOT, *(word for name, value in settings.items() for word in ("-o", f"{name}={value}"))]


def _not_installed() -> List[str]:
    answer = run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *LIBRARIES]).stdout
    installed = {line.split()[0] for line in answer.splitlines() if line.endswith(" installed")}
    return [library for library in LIBRARIES if library not in installed]


def _library_path(root: Path) -> str:
    triplets = [folder for base in ("usr/lib", "lib") for folder in sorted((root / base).glob("*-linux-gnu*"))]
    return ":".join(map(str, triplets))


def _missing(root: Path) -> List[str]:
    """What keeps ``root`` from being used: that it has other packages, lacks programs, or ``ldd`` misses libraries."""
    listed = root / _LIST
    if not listed.exists() or listed.read_text() != _WANTED:
        return [_LIST]
    environment: Dict[str, str] = {**os.environ, "LD_LIBRARY_PATH": _library_path(root), "LC_ALL": "C"}
    missing: List[str] = []
    for name in _PROGRAMS.values():
        if not (root / name).exists():
            missing.append(name)
            continue
        told = run(["ldd", root / name], env=environment)
        missing += [line.split()[0] for line in told.stdout.splitlines() if line.endswith("not found")]
        if not told.ok and not missing:
            missing.append(name)
    return sorted(set(missing))
