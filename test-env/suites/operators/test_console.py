"""A day of the help desk at the console, on a terminal of 80 columns: lists, questions, TAB."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Iterator, List, Tuple

import pytest

from labkit.mail.checks import BLOCKED, DELIVERED
from labkit.terminal import COLUMNS, INTERRUPT, Terminal

from enforcement.scene import S1, Scene, eventually

#: Asked before something is opened or cut off.
QUESTION = re.compile(r"\(yes/no\) ?$")

#: Longer than a line, as customers' reasons are.
REASON = "the customer runs its own mail server for a club of forty members, moves to a business line by the end of the month"


@pytest.fixture(scope="module")
def terminal(scene: Scene) -> Iterator[Terminal]:
    """An operator's session, open while something is there to be listed: exemptions of all kinds, a quarantine, a suspension."""
    order = scene.postern.order
    scene.register("r2", "residential")
    scene.register("r3", "residential")
    order("postern-exempt", "--id", "day-1", "--for", "2d", "--reason", REASON, "--ticket", "T-20261126-000017",
          "--note", "sendingHost=mail.a-rather-long-name-of-a-club.example", "r2")  # fmt: skip
    order("postern-exempt", "--id", "day-2", "--for", "90d", "--reason", "x", "--to", "203.0.113.25/32",
          "--to", "2001:db8:113::25/128", "r3")  # fmt: skip
    order("postern-quarantine", "--reason", REASON, "r4")
    order("postern-suspend", "--class", "walled-garden", "--for", "10m", "--reason", REASON)
    try:
        with Terminal(scene.postern.onos) as terminal:
            yield terminal
    finally:
        order("postern-suspend", "--resume", "--class", "walled-garden")
        order("postern-release", "r4")
        for row in scene.postern.query("postern-exemptions"):
            order("postern-revoke", "--reason", "the day is over", row["id"])


#: Every command that lists or shows, and what has to be on the screen.
LISTS: List[Tuple[str, List[str]]] = [
    ("postern-status", [S1, "walled-garden"]),
    ("postern-devices", [S1]),
    ("postern-subscribers", ["r2", "b1", "residential"]),
    ("postern-subscriber r2", ["r2", "day-1", "club"]),
    ("postern-subscriber r4", ["r4", "quarantine"]),
    ("postern-exemptions", ["day-1", "day-2", "T-20261126-000017", "2001:db8:113::25"]),
    ("postern-exemptions --subscriber r3", ["day-2"]),
    ("postern-quarantines", ["r4", "club"]),
    ("postern-attempts", ["r1"]),
    ("postern-audit --limit 50", ["exempt", "quarantine", "console"]),
]


@pytest.mark.parametrize("command, named", LISTS, ids=lambda value: value if isinstance(value, str) else "")
def test_list_fits_the_terminal(scene: Scene, terminal: Terminal, command: str, named: List[str]) -> None:
    if command == "postern-attempts":
        assert scene.fates("r1") == {BLOCKED}, "there is an attempt to be listed"
        eventually("it is counted", lambda: scene.counted("r1") > 0)
    shown = terminal.command(command)
    assert [line for line in shown if len(line) > COLUMNS] == []
    assert [word for word in named if word not in "\n".join(shown)] == [], shown


@pytest.mark.parametrize(
    "line, words",
    [
        ("postern-e", ["postern-exempt", "postern-exemptions", "postern-export", "postern-enforce"]),
        ("postern-exempt --for 1d --reason x ", ["r1", "r8", "b2"]),
        ("postern-exempt --for ", ["12h", "30d"]),
        ("postern-suspend --for ", ["10m", "24h"]),
        ("postern-audit --since ", ["30m", "7d"]),
        ("postern-audit --export /", ["etc", "tmp"]),
        ("postern-exempt --class ", ["business", "residential"]),
        ("postern-exempt --note ", ["contact=", "reviewDate="]),
        ("postern-exemptions --subscriber ", ["r2", "r3"]),
        ("postern-exemptions --state ", ["pending", "in-force", "ending", "waiting", "ended"]),
        ("postern-renew --for 1d ", ["day-1", "day-2"]),
        ("postern-revoke --reason x ", ["day-1", "day-2"]),
        ("postern-subscriber ", ["r1", "r8", "b2"]),
        ("postern-subscribers --class ", ["business", "residential", "steered"]),
        ("postern-withdraw ", ["of:000000000000000"]),
        ("postern-audit --action ", ["exempt", "quarantine"]),
        ("postern-audit --by ", ["onos", "postern"]),
        ("postern-audit --via ", ["console", "rest"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_tab_offers_what_may_stand_there(terminal: Terminal, line: str, words: List[str]) -> None:
    assert terminal.offers(line, *words) == []


def test_dangerous_command_asks_and_no_leaves_all_as_it_is_while_yes_does_it(scene: Scene, terminal: Terminal) -> None:
    def told(line: str, answer: str, consequence: str) -> str:
        terminal.enter(line)
        asked = terminal.read_until(QUESTION)
        question = asked.split("\n")[1:]
        assert [text for text in question if len(text) > COLUMNS] == []
        assert consequence in " ".join(text.strip() for text in question), asked
        terminal.reply(answer if answer == INTERRUPT else answer + "\r")
        return "\n".join(terminal.answer())

    eventually("the exempted line delivers", lambda: scene.fates("r2") == {DELIVERED})
    directory, devices = scene.postern.query("postern-subscribers"), scene.postern.devices()
    revoke = "postern-revoke --reason x day-1"
    for line, consequence in (
        (revoke, "r2 loses"),
        (f"postern-withdraw {S1}", f"not enforced on {S1}"),
        ("postern-subscriber-remove r5", "subscriber r5"),
        ("postern-suspend --class residential --for 1m --reason x", "for class residential"),
    ):
        for answer in ("no", "", "maybe", INTERRUPT):
            assert "nothing was done" in told(line, answer, consequence), line
    assert {row["id"] for row in scene.postern.query("postern-exemptions")} == {"day-1", "day-2"}
    assert [row["id"] for row in scene.postern.query("postern-subscribers")] == [row["id"] for row in directory]
    assert {name: row["state"] for name, row in scene.postern.devices().items()} == {n: r["state"] for n, r in devices.items()}
    assert [s["scope"] for s in scene.postern.status()["suspensions"]] == ["class walled-garden"]
    assert scene.fates("r2") == {DELIVERED}
    assert "revoked day-1" in told(revoke, "yes", "r2 loses")
    eventually("revoked, it is blocked", lambda: scene.fates("r2") == {BLOCKED})


def test_wrong_argument_is_one_clear_line_on_the_terminal(terminal: Terminal) -> None:
    for line, named in (("postern-renew --for 1d nobody", "nobody"), ("postern-exempt --for 1d --reason x r99", "r99")):
        (told,) = [text for text in terminal.command(line) if text]
        assert named in told and "Exception" not in told and "\tat " not in told, told


def test_probe_and_survey_ask_from_the_controller(scene: Scene, tmp_path: Path) -> None:
    probed = scene.postern.query("postern-probe", "--port", "2599", "--family", "4", "127.0.0.1")
    assert [port["verdict"] for port in probed["ports"]] == ["closed"], probed
    providers = tmp_path / "providers.csv"
    providers.write_text("provider,host,note\nNobody,127.0.0.1,said yes on the phone\n")
    survey = scene.postern.query("postern-survey", "--family", "4", "--csv", str(tmp_path / "sheet.csv"), str(providers))
    assert '"closed"' in json.dumps(survey), survey
    assert "said yes on the phone" in (tmp_path / "sheet.csv").read_text()
    assert len(providers.with_suffix(".csv.journal").read_text().splitlines()) == 1
