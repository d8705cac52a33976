#!/usr/bin/env python3
"""Tells Postern who is on line, from RADIUS accounting: attachments, prefixes and classes of subscribers, over REST.

Reads accounting records as FreeRADIUS writes them with its module ``detail`` (one attribute a line, records apart by an empty
line) from standard input, or from the files named, in order::

    export POSTERN_URL=http://controller:8181/onos/postern/v1 POSTERN_USER=provisioning POSTERN_PASSWORD=...
    radius_accounting.py /var/log/freeradius/radacct/*/detail

What it takes from a record, each replaceable below:

===========================  ==================================================================================================
User-Name                    the subscriber's identifier
ADSL-Agent-Circuit-Id        its attachment as the access switch was told to write it (RFC 3046, TR-101): DEVICE/PORT[/VLAN]
Framed-IP-Address            an IPv4 prefix of one address
Framed-IPv6-Prefix,          its IPv6 prefixes
Delegated-IPv6-Prefix
Calling-Station-Id           its hardware address, if that is what it holds: by it a line is told from others also between sessions
Class                        service class, as the RADIUS server sent it at log-in; without it the class stays, or is residential
===========================  ==================================================================================================

Start and Interim-Update register the subscriber, or bring it up to date; Stop takes the prefixes of the session away and keeps
the rest, so that a customer's line has the same class at the next log-in. A record that comes twice changes nothing.

Exit status 0 if every record was done; 1 if Postern refused one (the others are done all the same); 2 if Postern could not be
asked, so that this and the later records are to be read again.
"""

from __future__ import annotations

import base64
import fileinput
import ipaddress
import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Optional

RETRIES = 20
"""How often a change is decided anew because somebody else was faster, and how often a busy controller is asked again."""

PREFIXES = ("Framed-IP-Address", "Framed-IPv6-Prefix", "Delegated-IPv6-Prefix")
CIRCUIT = ("ADSL-Agent-Circuit-Id", "Agent-Circuit-Id", "NAS-Port-Id")
_ATTRIBUTE = re.compile(r"\s+([A-Za-z0-9-]+)(?::\d+)? = (.*)")

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")

Record = Dict[str, List[str]]


class Refused(Exception):
    """Postern will not do this, however often it is asked."""


class Unreachable(Exception):
    """Postern cannot be asked at present."""


@dataclass
class Answer:
    """What Postern said."""

    status: int
    tag: Optional[str]
    body: dict
    wait: float


class Postern:
    """Postern's REST API."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url.rstrip("/")
        self.token = base64.b64encode(f"{user}:{password}".encode()).decode()

    def ask(
        self, method: str, subscriber: str, body: Optional[dict] = None, condition: Optional[Dict[str, str]] = None, why: str = ""
    ) -> Answer:
        """Asks for a subscriber; waits while the controller is too busy, or its cluster does not answer. Why is for the audit."""
        path = urllib.parse.quote(subscriber, safe="") + (f"?reason={urllib.parse.quote(why)}" if why else "")
        for _ in range(RETRIES):
            answer = self._once(method, path, body, condition or {})
            if answer.status not in (429, 503):
                return answer
            time.sleep(answer.wait)
        raise Unreachable(answer.body.get("detail", f"status {answer.status}"))

    def _once(self, method: str, path: str, body: Optional[dict], condition: Dict[str, str]) -> Answer:
        headers = {"Authorization": f"Basic {self.token}", **condition}
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(
            f"{self.url}/subscribers/{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers=headers,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, answer.headers["ETag"], json.loads(answer.read() or b"{}"), 0)
        except urllib.error.HTTPError as problem:
            try:
                body = json.loads(problem.read())
            except ValueError:
                body = {}
            return Answer(problem.code, None, body, float(problem.headers.get("Retry-After") or 1))
        except OSError as problem:
            raise Unreachable(f"{self.url}: {problem}") from None


def records(lines: Iterable[str]) -> Iterator[Record]:
    """The records of a detail file."""
    record: Record = {}
    for line in lines:
        attribute = _ATTRIBUTE.fullmatch(line.rstrip("\n"))
        if attribute:
            record.setdefault(attribute[1], []).append(attribute[2].strip('"'))
        elif not line.strip() and record:
            yield record
            record = {}
    if record:
        yield record


def prefixes(record: Record) -> List[str]:
    """The session's prefixes; an address is one of its full length."""
    return [str(ipaddress.ip_network(value)) for name in PREFIXES for value in record.get(name, [])]


def macs(record: Record) -> List[str]:
    """The subscriber's equipment, as far as the record says."""
    told = (value.replace("-", ":").lower() for value in record.get("Calling-Station-Id", []))
    return [value for value in told if _MAC.fullmatch(value)]


def attachment(record: Record) -> str:
    """Where the session comes in."""
    for name in CIRCUIT:
        for value in record.get(name, []):
            return value
    raise Refused(f"the record names no line: one of {', '.join(CIRCUIT)} is needed")


def wanted(record: Record, present: Optional[dict]) -> Optional[dict]:
    """The subscriber as it is to be after a record, from what Postern has; None if nothing is to be done."""
    kind = record["Acct-Status-Type"][0]
    if kind == "Stop":
        if present is None:
            return None
        gone = set(prefixes(record))
        return {**present, "prefixes": [p for p in present["prefixes"] if p not in gone]}
    if kind not in ("Start", "Interim-Update", "Alive"):
        return None
    subscriber = dict(present) if present else {"class": "residential"}
    subscriber["attachments"] = [attachment(record)]
    subscriber["prefixes"] = prefixes(record)
    subscriber["macs"] = macs(record) or subscriber.get("macs", [])
    if record.get("Class"):
        subscriber["class"] = record["Class"][0]
    return subscriber


def same(one: dict, other: dict) -> bool:
    """Whether two subscribers are the same, however addresses are written."""
    return json.dumps(one, sort_keys=True).lower() == json.dumps(other, sort_keys=True).lower()


def tell(postern: Postern, record: Record) -> str:
    """Brings Postern up to date with a record; whatever else is changed meanwhile is not lost. Returns what was done."""
    subscriber = record["User-Name"][0]
    for _ in range(RETRIES):
        found = postern.ask("GET", subscriber)
        if found.status not in (200, 404):
            raise Refused(found.body.get("detail", f"status {found.status}"))
        change = wanted(record, found.body if found.status == 200 else None)
        if change is None or same(change, found.body):
            return "as it was"
        # only if it is still as it was read; otherwise it is read again
        condition = {"If-Match": found.tag} if found.tag else {"If-None-Match": "*"}
        answer = postern.ask("PUT", subscriber, change, condition, f"RADIUS accounting: {record['Acct-Status-Type'][0]}")
        if answer.status in (200, 201):
            warning = answer.body.get("warning")
            return ("registered" if answer.status == 201 else "changed") + (f", but {warning}" if warning else "")
        if answer.status != 412:
            field = answer.body.get("field")
            raise Refused(answer.body.get("detail", f"status {answer.status}") + (f" (field {field})" if field else ""))
    raise Unreachable(f"{subscriber} is changed by others all the time")


def main() -> int:
    """Reads all records; returns the exit status."""
    postern = Postern(os.environ["POSTERN_URL"], os.environ["POSTERN_USER"], os.environ["POSTERN_PASSWORD"])
    status = 0
    for record in records(fileinput.input()):
        name = record.get("User-Name", ["?"])[0]
        try:
            print(f"{name}: {record['Acct-Status-Type'][0]}: {tell(postern, record)}", flush=True)
        except (Refused, ValueError, KeyError) as problem:
            print(f"{name}: refused: {problem}", file=sys.stderr)
            status = 1
        except Unreachable as problem:
            print(f"{name}: not done, nor what comes after it: {problem}", file=sys.stderr)
            return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
