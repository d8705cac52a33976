"""What a server's processes see in place of the machine's files: for servers whose paths and users are built into them.

They run in a mount namespace of their own, which ends with them. The machine's own files are neither written to nor changed.
"""

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path
from typing import Dict, List, Mapping, Sequence, Tuple

#: Where the processes see the directory of the instance, whatever is closed above it.
INSIDE = "/mnt"

#: Users that the machine does not know have numbers from here down: Debian gives none of these away by itself.
_HIGHEST = 64400


class Enclosure:
    """A directory that is at :data:`INSIDE`, further ones of its own over the machine's, and users that only it knows."""

    def __init__(self, base: Path, users: Sequence[str] = (), over: Mapping[str, str] | None = None) -> None:
        """``base``: the instance's directory; ``users``: who has to be known, each with a group of the same name.

        ``over``: directories and files of the machine, each with the path below ``base`` of what is seen in its place; what
        the machine does not have is left out.
        """
        self.base = base
        self._users = list(users)
        self._over = {place: name for place, name in (over or {}).items() if Path(place).exists()}
        self.ids: Dict[str, Tuple[int, int]] = {}
        """The number of each user and of its group, when it is laid out."""

    def lay_out(self, *directories: str) -> None:
        """Makes the instance's directory, these below it, what is seen in place of the machine's, and the lists of users."""
        for name in ("", "etc", *directories):
            self._directory(name)
        for place, name in self._over.items():
            if Path(place).is_dir():
                self._directory(name)
        self._write_users()

    def directory(self, name: str, owner: int, group: int, mode: int = 0o755) -> Path:
        """Makes a directory below the instance's that belongs to somebody else."""
        path = self._directory(name)
        os.chown(path, owner, group)
        path.chmod(mode)
        return path

    def command(self, argv: Sequence[str]) -> List[str]:
        """The command line that runs a program inside; the process started is the program in the end."""
        mounts = [(str(self.base), INSIDE), (f"{self.base}/etc/passwd", "/etc/passwd"), (f"{self.base}/etc/group", "/etc/group")]
        mounts += [(f"{self.base}/{name}", place) for place, name in self._over.items()]
        words = [word for mount in mounts for word in mount]
        script = f'for n in {" ".join("x" for _ in mounts)}; do mount --bind "$1" "$2" || exit; shift 2; done; exec "$@"'
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", *words, *argv]

    def _directory(self, name: str) -> Path:
        path = self.base / name
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o755)
        return path

    def _write_users(self) -> None:
        known = {user.pw_name: (user.pw_uid, user.pw_gid) for user in pwd.getpwall()}
        taken = {user.pw_uid for user in pwd.getpwall()} | {group.gr_gid for group in grp.getgrall()}
        free = iter(number for number in range(_HIGHEST, 60000, -1) if number not in taken)
        users, groups = Path("/etc/passwd").read_text(), Path("/etc/group").read_text()
        for name in self._users:
            if name not in known:
                number = next(free)
                known[name] = (number, number)
                users += f"{name}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin\n"
                groups += f"{name}:x:{number}:\n"
            self.ids[name] = known[name]
        (self.base / "etc" / "passwd").write_text(users)
        (self.base / "etc" / "group").write_text(groups)
