"""Suite ``submission``: servers that mean harm end in a verdict, the process in a status, and a survey goes on to the next.

The probes and the survey run at once, from a subscriber's host: what takes its time is waiting.
"""

from __future__ import annotations

import csv
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Tuple

import pytest

from labkit.hosts import Host
from labkit.mail.hostile import PLAYS, HostileServer
from labkit.mail.postfix import PostfixServer
from labkit.processes import Result

from .scene import ELSEWHERE, LOCAL, Scene


class Case(NamedTuple):
    """What a server does, the verdict that it must have, and what must be in the reason."""

    play: str
    verdict: str
    reason: str


class Call(NamedTuple):
    """One run of the probe: over which family, what its status must be, and whom it asks, by port."""

    family: int
    status: int
    cases: Dict[int, Case]


_TOO_LONG = "a line of more than 2048 bytes"
_TOO_MANY = "a reply of more than 128 lines"
_CLOSED = "the server closed the connection"
_HANDSHAKE = "the TLS handshake fails: "

#: Who takes longest has nobody beside it.
CALLS: List[Call] = [
    Call(4, 3, {2801: Case("first-line-of-ehlo", "inconclusive", "no complete answer within 30 s")}),
    Call(
        4,
        1,
        {
            2811: Case("endless-handshake", "tls-failure", _HANDSHAKE + "no complete answer within 20 s"),
            2812: Case("tarpit", "no-banner", "no complete answer within 4 s"),
            2813: Case("relays-and-resets", "relay-suspected", "RCPT of an address elsewhere in clear was accepted"),
            2814: Case("clear-and-closed", "auth-in-clear", "and then " + _CLOSED),
            2815: Case("plain-handshake", "tls-failure", 'the server speaks plain text: "554 TLS? what TLS?'),
            2816: Case("closed-handshake", "tls-failure", _HANDSHAKE + _CLOSED),
            2817: Case("garbage-handshake", "tls-failure", _HANDSHAKE),
            2818: Case("early-within", "inconclusive", 'out of turn: "530 5.7.0 Authentication required'),
            2819: Case("endless-within", "inconclusive", _TOO_LONG),
        },
    ),
    Call(
        6,
        3,
        {
            2821: Case("silent", "no-banner", "no complete answer within 4 s"),
            2822: Case("endless-line", "inconclusive", _TOO_LONG),
            2823: Case("endless-reply", "inconclusive", _TOO_MANY),
            2824: Case("garbage", "inconclusive", "what greets is no SMTP server: "),
            2825: Case("nul", "inconclusive", r'no SMTP reply: "\x00\x00\x00"'),
            2826: Case("reset", "no-banner", "reset"),
            2827: Case("closed", "no-banner", _CLOSED),
            2828: Case("half-a-greeting", "no-banner", _CLOSED),
            2829: Case("two-codes", "inconclusive", "a reply of two codes, 220 and 554"),
            2830: Case("no-code", "inconclusive", 'no SMTP reply: "999 a"'),
            2831: Case("early", "inconclusive", 'out of turn: "250 a'),
            2832: Case("two-replies", "inconclusive", 'out of turn: "530 5.7.0 Authentication required'),
            2833: Case("reset-at-mail", "inconclusive", "the connection broke: "),
            2834: Case("invites", "inconclusive", "354 End data with"),
            2835: Case("injected", "tls-failure", 'came plain text, before TLS: "250 injected'),
            2836: Case("refused-starttls", "tls-failure", "STARTTLS is offered, and refused: 454 4.7.0"),
        },
    ),
    # the only one that can be judged, and of whom nothing bad was seen
    Call(6, 0, {2841: Case("escapes", "enforced", r"530 5.7.0 \x00\x1b[31mAuthentication required\u202e\x07")}),
    Call(
        4,
        3,
        {
            2842: Case("closing", "inconclusive", "the server closes the connection: 421 4.3.2"),
            2843: Case("endless-ehlo", "inconclusive", _TOO_MANY),
            2844: Case("huge-replies", "inconclusive", "more than 262144 bytes were sent"),
            2845: Case("half-of-ehlo", "inconclusive", _CLOSED),
        },
    ),
]

#: Once more, as people are told: what a terminal must not be told as it came.
SHOWN: Tuple[int, ...] = (2822, 2824, 2825, 2835, 2841)


class Row(NamedTuple):
    """A provider of the survey: what its 587 and 465 do, their verdicts and the row's, and what the transcript has."""

    name: str
    number: int
    """Last part of its address."""
    plays: Tuple[str, str]
    answer: Tuple[str, str]
    verdict: str
    transcript: Tuple[str, str]

    @property
    def address(self) -> str:
        """Its address."""
        return f"203.0.113.{self.number}"


ROWS: List[Row] = [
    Row("Tarpit", 141, ("tarpit", "tls-tarpit"), ("no-banner", "no-banner"), "no-banner", ("within 4 s", "within 4 s")),
    Row("Endless", 142, ("endless-line", "tls-garbage"), ("inconclusive", "tls-failure"), "inconclusive", (_TOO_LONG, "plain text")),
    Row("Injected", 143, ("injected", "tls-plain"), ("tls-failure", "tls-failure"), "tls-failure", ("250 injected", "220 mx")),
    Row("Slow", 144, ("closed-handshake", "tls-record"), ("tls-failure", "tls-failure"), "tls-failure", (_CLOSED, "within 20 s")),
    Row("Early", 145, ("early", "tls-early"), ("inconclusive", "inconclusive"), "inconclusive", ("out of turn", "out of turn")),
    Row("Open", 146, ("relays-and-resets", "reset"), ("relay-suspected", "no-banner"), "relay-suspected", (ELSEWHERE, "reset")),
    Row("Escapes", 147, ("escapes", "silent"), ("enforced", "no-banner"), "enforced", (r"\x1b[31m", "within 20 s")),
    Row("Nul", 148, ("nul", "closed"), ("inconclusive", "no-banner"), "inconclusive", (r"\x00\x00\x00", _CLOSED)),
]
GOOD = "Good"
"""A provider beside them, the ISP itself."""

#: All that a probe may ever say.
_SAYS = {"EHLO", "HELO", "MAIL", "RCPT", "RSET", "STARTTLS", "QUIT"}


class Told(NamedTuple):
    """What came of it all."""

    calls: List[Result]
    shown: Result
    survey: Result
    directory: Path
    heard: Dict[int, List[str]]


def _run_all(scene: Scene, target: Host, directory: Path) -> Tuple[List[Result], Result, Result]:
    options = ["--greeting", "4", "--recipient", ELSEWHERE]
    probing = [*options, "--local-recipient", LOCAL, "--transcript", "--port"]

    def probe(call: Call) -> Result:
        return scene.prober.run(scene.java("-j", *probing, ",".join(map(str, call.cases)), target.ip(call.family)), timeout=100)

    def survey() -> Result:
        files = ["--journal", str(directory / "journal")]
        files += [word for kind in ("csv", "html", "json") for word in (f"--{kind}", str(directory / f"survey.{kind}"))]
        return scene.prober.run(scene.java("survey", str(directory / "providers.csv"), *options, *files), timeout=100)

    with ThreadPoolExecutor(len(CALLS) + 2) as pool:
        calls = [pool.submit(probe, call) for call in CALLS]
        surveyed = pool.submit(survey)
        shown = pool.submit(scene.prober.run, scene.java(*probing, ",".join(map(str, SHOWN)), target.ip4), 100)
        return [call.result() for call in calls], shown.result(), surveyed.result()


@pytest.fixture(scope="module")
def told(scene: Scene, postfix: PostfixServer) -> Iterator[Told]:
    """All of them were probed, and surveyed."""
    directory = scene.state / "hostile"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    with open(directory / "providers.csv", "w", newline="", encoding="utf-8") as out:
        lines = csv.writer(out)
        lines.writerow(["provider", "host"])
        lines.writerows([row.name, row.address] for row in ROWS)
        lines.writerow([GOOD, postfix.host.ip4])
    target = scene.network.host("host")
    plays = {str(port): case.play for call in CALLS for port, case in call.cases.items()}
    plays.update({f"{row.address}:{port}": play for row in ROWS for port, play in zip((587, 465), row.plays)})
    server = HostileServer(target, plays, directory, scene.certificate)
    try:
        for row in ROWS:
            target.run(["ip", "address", "add", f"{row.address}/32", "dev", target.intf], check=True)
        server.start()
        yield Told(*_run_all(scene, target, directory), directory, server.heard())
    finally:
        server.stop()
        for row in ROWS:
            target.run(["ip", "address", "del", f"{row.address}/32", "dev", target.intf])


def without_controls(text: str) -> bool:
    """Whether a text does nothing to a terminal but to go on to the next line."""
    return all(c in "\n\r" or c.isprintable() for c in text)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{min(call.cases)}-{max(call.cases)}")
def test_each_server_has_its_verdict_and_the_process_its_status(told: Told, call: Call) -> None:
    done = told.calls[CALLS.index(call)]
    assert done.stdout.startswith("{") and not done.stderr, done
    results = {result["port"]: result for result in json.loads(done.stdout)["ports"]}
    found = {port: (result["verdict"], result["reason"]) for port, result in results.items()}
    assert {port: verdict for port, (verdict, _) in found.items()} == {p: c.verdict for p, c in call.cases.items()}, found
    for port, case in call.cases.items():
        assert case.reason in found[port][1], (case, found[port])
        events = [entry["text"] for entry in results[port]["transcript"] if entry["by"] == "event"]
        assert any(text.startswith(case.verdict + ": ") for text in events[1:]), results[port]
    # it ended by itself, which a time that ran out is not
    assert done.rc == call.status, done


def test_what_came_is_in_the_transcript_and_no_more_than_can_be_read(told: Told) -> None:
    results = {result["port"]: result for done in told.calls for result in json.loads(done.stdout)["ports"]}
    said = {port: [e["text"] for e in result["transcript"] if e["by"] == "server"] for port, result in results.items()}
    assert said[2812] and said[2812][0] == "220-come in and wait", said[2812]
    assert said[2801][:2] == ["220 mx.example ESMTP", "250-mx.example"] and "250-X" in said[2801], said[2801]
    assert said[2821] == [] and said[2828][-1] == "220 wel ...", said
    # of 240 KiB
    assert sum(map(len, said[2844])) < 65536, said[2844]
    assert " more lines of the server, " in results[2844]["transcript"][-1]["text"], results[2844]["transcript"][-1]


def test_nothing_that_a_server_says_reaches_the_terminal_as_it_came(told: Told) -> None:
    assert told.shown.rc == 3 and not told.shown.stderr, told.shown
    assert without_controls(told.shown.stdout), told.shown
    expected = {port: case.verdict for call in CALLS for port, case in call.cases.items()}
    one_line = " ".join(told.shown.stdout.split())
    for port in SHOWN:
        assert f" port {port}, IPv4 " in one_line and f": {expected[port]} " in one_line, told.shown
    assert r"\x1b[31mAuthentication" in one_line and r"\x00\x00\x00" in one_line, told.shown


def test_a_survey_ends_with_their_verdicts_and_with_that_of_a_good_server(told: Told) -> None:
    assert told.survey.rc == 0, told.survey
    with open(told.directory / "survey.csv", newline="", encoding="utf-8-sig") as text:
        rows = {row["provider"]: row for row in csv.DictReader(text)}
    found = {name: (row["587"], row["465"], row["verdict"]) for name, row in rows.items()}
    expected = {row.name: (*row.answer, row.verdict) for row in ROWS}
    assert found == {**expected, GOOD: ("enforced-at-rcpt", "enforced-at-rcpt", "enforced-at-rcpt")}, found
    for row in ROWS:
        of_587, _, of_465 = rows[row.name]["transcript"].partition("port 465")
        assert row.transcript[0] in of_587 and row.transcript[1] in of_465, rows[row.name]["transcript"]
    for file in ("survey.csv", "survey.html", "survey.json"):
        assert without_controls((told.directory / file).read_text(encoding="utf-8-sig")), file
    assert without_controls(told.survey.stdout), told.survey


def test_nobody_was_told_more_than_a_probe_may_say(told: Told) -> None:
    assert {line.split(" ")[0] for lines in told.heard.values() for line in lines} <= _SAYS, told.heard
    # not even who invites to go on
    assert [line.split(" ")[0] for line in told.heard[2834]] == ["EHLO", "MAIL", "QUIT"], told.heard[2834]
    assert {587, 2813, 2818} <= set(told.heard), told.heard
    asked = {case.play for call in CALLS for case in call.cases.values()} | {play for row in ROWS for play in row.plays}
    assert asked == set(PLAYS), "every play is played"
