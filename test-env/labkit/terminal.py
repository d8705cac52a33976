"""The Karaf console as an operator has it: an ssh session on a terminal, with echo, prompt and TAB completion."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from typing import List, Optional

from .errors import LabError
from .onos import Onos, plain
from .processes import end_group

COLUMNS = 80
"""The narrowest terminal that operators have."""
_ROWS = 50
_PATIENCE = 60.0
"""Seconds an answer may take: a bound of a wait, no measurement."""
_COMPLETION = 20.0
"""Seconds a list of candidates may take."""
INTERRUPT = "\x03"
"""Ctrl-C."""
_NO_NEWLINE = re.compile(r"\x1b\[90m~\x1b\[0m +\r \r")
"""Written before a prompt so that it stands in a line of its own; wiped out unless something stood there."""
_PROMPT = re.compile(r"\S+@root[^\n]*> ?$")
_PROMPTS = re.compile(r"\S+@root[^>\n]*> ?")
"""What stands before each typed line, also when it is drawn again."""
_ANSWERED = re.compile(r"\n" + _PROMPT.pattern)


class Terminal:
    """A session that is open between ``with`` and its end."""

    def __init__(self, onos: Onos, columns: int = COLUMNS) -> None:
        self._onos = onos
        self._columns = columns
        self._child: Optional[subprocess.Popen] = None
        self._screen = -1
        self._seen = b""

    def __enter__(self) -> "Terminal":
        self._screen, keyboard = pty.openpty()
        try:
            # ssh tells the other side the size of the terminal that it is started on
            fcntl.ioctl(keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, self._columns, 0, 0))
            self._child = subprocess.Popen(
                self._onos.console_command(terminal=True),
                stdin=keyboard,
                stdout=keyboard,
                stderr=keyboard,
                start_new_session=True,
                env={**self._onos.console_environment(), "TERM": "xterm", "COLUMNS": str(self._columns)},
            )
        finally:
            os.close(keyboard)
        try:
            self.read_until(_PROMPT)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            end_group(self._child)
            self._child = None
        os.close(self._screen)

    # ---------------------------------------------------------------- acts

    def command(self, line: str) -> List[str]:
        """Types a command and Enter; the lines that are shown until the next prompt."""
        self.enter(line)
        return self.answer()

    def enter(self, line: str) -> None:
        """Types a line, which has to be shorter than the screen is wide, and Enter."""
        self._press(line + "\r")

    def reply(self, keys: str) -> None:
        """Answers a question that a command asks."""
        self._press(keys)

    def answer(self) -> List[str]:
        """The lines shown since Enter until the next prompt."""
        first, *lines = self.read_until(_ANSWERED).split("\n")
        return [line.rstrip() for line in lines[:-1]]

    def offers(self, line: str, *words: str) -> List[str]:
        """Types this much of a command and TAB, and gives the line up again; which of these words were not shown."""
        self._press(line)
        self._press("\t")
        deadline = time.monotonic() + _COMPLETION
        while missing := [word for word in words if word not in self._beside(line)]:
            left = deadline - time.monotonic()
            if left <= 0 or not self._read(left):
                break
        self._press(INTERRUPT)
        self.read_until(_ANSWERED)
        return missing

    def _beside(self, line: str) -> str:
        """What is shown beside what was typed, its echo and, behind each prompt, its repetition."""
        typed = re.escape(line.strip())
        return re.sub(rf"\A\s*{typed}|{_PROMPTS.pattern}({typed})?", "", self._text())

    def read_until(self, wanted: "re.Pattern[str]") -> str:
        """What is shown since the last key, once it holds ``wanted``. Raises LabError with it when that does not come."""
        deadline = time.monotonic() + _PATIENCE
        while not wanted.search(self._text()):
            if time.monotonic() > deadline or not self._read(deadline - time.monotonic()):
                raise LabError(f"the console does not show {wanted.pattern!r} but {self._text()[-400:]!r}")
        return self._text()

    # ---------------------------------------------------------------- keyboard and screen

    def _press(self, keys: str) -> None:
        self._seen = b""
        os.write(self._screen, keys.encode())

    def _text(self) -> str:
        return plain(_NO_NEWLINE.sub("", self._seen.decode(errors="replace")))

    def _read(self, seconds: float) -> bool:
        if not select.select([self._screen], [], [], max(seconds, 0))[0]:
            return False
        try:
            some = os.read(self._screen, 1 << 16)
        except OSError:
            some = b""
        self._seen += some
        return bool(some)
