"""The ISP's side of the portal: keeps its list up to date, and lets subscribers out.

Who decides is the operator: a request stands in :meth:`RemediationDesk.pending` until somebody calls
:meth:`RemediationDesk.release`; an ISP that trusts its customers lets the desk do it (``automatic``).
"""

from __future__ import annotations

import signal
import threading
from typing import Dict, List, Optional

from ..errors import LabError
from ..postern import Postern
from ..progress import say
from .case import Request
from .server import Portal

_INTERVAL_SECONDS = 5.0


class RemediationDesk:
    """Between Postern's commands and the portal's files."""

    def __init__(self, postern: Postern, portal: Portal, automatic: bool = False) -> None:
        """:param automatic: whether every request is granted at once"""
        self._postern = postern
        self._portal = portal
        self.automatic = automatic
        # Postern knows an attachment, not always an address; this network's plan says who has which, as an ISP's leases do
        self._addresses: Dict[str, List[str]] = {s.name: list(s.prefixes) for s in postern.plan.all_subscribers()}
        self._told: List[Request] = []
        self._ending = threading.Event()
        self._thread: Optional[threading.Thread] = None

    def update(self) -> List[dict]:
        """Brings the portal's list up to date and, if it is automatic, grants what was asked. Returns the quarantines that are left.

        Raises PosternError if a command fails.
        """
        rows = self._publish()
        for request in self.pending(rows):
            if self.automatic:
                self.release(request.subscriber)
            elif request not in self._told:
                self._told.append(request)
                say(f"{request.subscriber} asks to be released ({request.note or 'no remark'}): postern-release {request.subscriber}")
        return self._publish() if self.automatic else rows

    def _publish(self) -> List[dict]:
        rows = self._postern.query("postern-quarantines")
        for row in rows:
            row["prefixes"] = row["prefixes"] or self._addresses.get(row["subscriber"], [])
        self._portal.quarantines.replace(rows)
        return rows

    def pending(self, rows: Optional[List[dict]] = None) -> List[Request]:
        """Requests of subscribers whose quarantine they were about still stands."""
        if rows is None:
            rows = self._postern.query("postern-quarantines")
        standing = {(row["subscriber"], str(row["since"])) for row in rows}
        return [request for request in self._portal.requests.all() if (request.subscriber, request.since) in standing]

    def release(self, subscriber: str) -> None:
        """``postern-release``. Raises PosternError."""
        self._postern.order("postern-release", subscriber)

    # ---------------------------------------------------------------- by itself

    def start(self, interval: float = _INTERVAL_SECONDS) -> "RemediationDesk":
        """Updates every ``interval`` seconds from now on."""
        self._thread = threading.Thread(target=self._run, args=(interval,), daemon=True)
        self._thread.start()
        return self

    def _run(self, interval: float) -> None:
        # whoever holds the lab waits for signals in the main thread: none may come here instead
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
        trouble = ""
        while not self._ending.wait(interval):
            try:
                self.update()
                trouble = ""
            except LabError as problem:
                if str(problem) != trouble:
                    trouble = str(problem)
                    say(f"the portal's list is not up to date: {trouble}")

    def stop(self) -> None:
        """Ends :meth:`start`."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
