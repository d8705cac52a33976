"""Suite ``submission``: the survey in the lab, of one simulated provider of every kind of answer, by the jar without ONOS."""

from __future__ import annotations

import csv
import json
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple

import pytest

from labkit.mail.exim import EximServer
from labkit.mail.opensmtpd import OpenSmtpdServer
from labkit.mail.postfix import PostfixServer
from labkit.processes import Result, wait_until

from .providers import FIREWALLED, ONEANDONE, PROVIDERS, TWO_FAMILIES, ProviderWorld
from .scene import ELSEWHERE, Scene

_KNOWN = 6
"""So many providers are known when the survey is broken off: fewer than are quick to answer."""


class Survey(NamedTuple):
    """A survey of the providers, from a subscriber's host."""

    scene: Scene
    world: ProviderWorld
    directory: Path

    @property
    def file(self) -> Path:
        """Whom to ask."""
        return self.directory / "providers.csv"

    @property
    def journal(self) -> Path:
        """What is known."""
        return self.directory / "providers.journal"

    def output(self, name: str) -> Path:
        """A file that the survey writes."""
        return self.directory / name

    def command(self, *words: object) -> List[str]:
        """The command line, with the lab's names."""
        options = ["--journal", str(self.journal), "--greeting", "4", "--recipient", ELSEWHERE]
        java = self.scene.java("survey", str(self.file), *options, *map(str, words))
        return self.world.names.command(java)

    def run(self, *words: object) -> Result:
        """Surveys to the end."""
        done = self.scene.prober.run(self.command(*words), timeout=150)
        assert done.rc == 0, done
        return done

    def known(self) -> List[str]:
        """The whole lines of the journal."""
        text = self.journal.read_text() if self.journal.exists() else ""
        return text.splitlines()[: text.count("\n")]


@pytest.fixture(scope="module")
def survey(
    scene: Scene, postfix: PostfixServer, exim: EximServer, opensmtpd: OpenSmtpdServer
) -> Iterator[Survey]:
    """The providers are there, nobody was asked yet."""
    directory = scene.state / "survey"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    world = ProviderWorld(scene.network, directory)
    survey = Survey(scene, world, directory)
    with open(survey.file, "w", newline="", encoding="utf-8") as out:
        lines = csv.writer(out)
        lines.writerow(["provider", "host", "note"])
        lines.writerows([provider.name, provider.host, provider.note] for provider in PROVIDERS)
    try:
        world.start()
        yield survey
    finally:
        world.stop()


@pytest.fixture(scope="module")
def broken_off(survey: Survey) -> List[str]:
    """What was known when it was broken off by a signal; and the last line of that was torn, as when the power fails."""
    process: subprocess.Popen = survey.scene.prober.popen(
        survey.command("--parallel", "4", "--json", survey.output("broken.json")), log="survey.log"
    )
    wait_until("some providers are known", lambda: len(survey.known()) > _KNOWN, 60)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) != 0, "it had not ended before"
    known = survey.known()
    assert _KNOWN < len(known) < len(PROVIDERS)
    survey.journal.write_text("".join(line + "\n" for line in known[:-1]) + known[-1][: len(known[-1]) // 2])
    return known[:-1]


@pytest.fixture(scope="module")
def whole(survey: Survey, broken_off: List[str], figures: Any) -> "Whole":
    """The same command again, which goes on where it was."""
    before = survey.world.connections()
    began = time.monotonic()
    outputs = [word for kind in ("csv", "json", "html") for word in (f"--{kind}", survey.output(f"first.{kind}"))]
    done = survey.run("--parallel", "32", *outputs, "--compare", "2005")
    seconds = time.monotonic() - began
    asked = len(PROVIDERS) - len(broken_off)
    figures.add(f"survey of {asked} providers, 32 at a time, some of which do not answer: {seconds:.0f} s")
    return Whole(done, before, survey.world.connections())


class Whole(NamedTuple):
    """A survey that came to its end: what it said, and connections to each provider before and after."""

    done: Result
    before: Dict[str, int]
    after: Dict[str, int]


def test_a_survey_that_was_broken_off_asks_the_rest_only(survey: Survey, broken_off: List[str], whole: Whole) -> None:
    assert not survey.output("broken.json").exists(), "files are written when all is known"
    asked_before = {(line["provider"], line["host"]) for line in map(json.loads, broken_off)}
    rest = [p for p in PROVIDERS if (p.name, p.host) not in asked_before]
    assert f"{len(asked_before)} of {len(PROVIDERS)} known already" in whole.done.stderr, whole.done
    assert f"asked {len(rest)} of {len(rest)}: " in whole.done.stderr, whole.done
    assert survey.known()[: len(broken_off)] == broken_off, "what was known is as it was"
    assert len(survey.known()) == len(PROVIDERS)
    # and so say the servers
    known = {host for _, host in asked_before}
    assert known & set(whole.after), "one of those known has a server that counts"
    for host, count in whole.after.items():
        if host in known:
            assert count == whole.before[host], (host, whole.before, whole.after)
    quick = {p.host for p in rest if p.submission and 587 not in p.filtered}
    assert quick and all(whole.after[host] > 0 for host in quick), whole.after


def test_each_provider_has_its_row_in_the_file_for_spreadsheets(survey: Survey, whole: Whole) -> None:
    with open(survey.output("first.csv"), newline="", encoding="utf-8-sig") as text:
        rows = list(csv.DictReader(text))
    expected = [(provider, row) for provider in PROVIDERS for row in provider.rows]
    assert [(r["provider"], r["host"], r["family"]) for r in rows] == [(p.name, p.host, e.family) for p, e in expected]
    assert [(r["host"], r["587"], r["465"], r["verdict"]) for r in rows] == [
        (p.host, *e.answer, e.verdict) for p, e in expected
    ]
    for row, (provider, its) in zip(rows, expected):
        for column, text in its.cells.items():
            assert text in row[column] and (text or not row[column]), (column, row)
        assert row["note"] == provider.note, row
        assert f"port 587: {its.answer[0]}: " in row["transcript"], row
        assert row["checked at"].startswith("2") and row["checked at"].endswith("Z"), row
    answers_of_2005 = {r["provider"]: r["2005"] for r in rows}
    assert answers_of_2005["ThePlanet"] == "not by default: never asked for"
    assert answers_of_2005["Silent"] == ""


def test_a_provider_of_both_families_has_a_row_for_each(survey: Survey, whole: Whole) -> None:
    with open(survey.output("first.csv"), newline="", encoding="utf-8-sig") as text:
        of4, of6 = [row for row in csv.DictReader(text) if row["host"] == TWO_FAMILIES.host]
    assert (of4["family"], of4["587"], of6["family"], of6["587"]) == ("IPv4", "enforced", "IPv6", "filtered"), (of4, of6)
    assert f"connecting to {TWO_FAMILIES.address} port 587" in of4["transcript"], of4
    # as Java writes addresses
    assert f"connecting to 2001:db8:113:0:0:0:0:{TWO_FAMILIES.number} port 587" in of6["transcript"], of6
    assert "TLSv1." in of6["TLS"] and of6["AUTH after TLS"] == "PLAIN LOGIN", of6


def test_programs_and_browsers_are_told_the_same(survey: Survey, whole: Whole) -> None:
    providers = json.loads(survey.output("first.json").read_text())["providers"]
    verdicts = [tuple(port["verdict"] for port in p["result"]["ports"]) for p in providers]
    assert verdicts == [tuple(verdict for row in p.rows for verdict in row.answer) for p in PROVIDERS]
    page = survey.output("first.html").read_text()
    assert "<script" not in page
    for provider in PROVIDERS:
        assert provider.host in page and f">{provider.verdict}<" in page, provider
        assert provider.host[:22] in whole.done.stdout, whole.done.stdout


def test_todays_answers_are_told_beside_those_of_2005(whole: Whole) -> None:
    told = " ".join(whole.done.stdout.split())
    assert "1and1: in 2005 yes; now smtp.1and1.example IPv4: enforced (587 enforced, 465 enforced)" in told
    assert "EV1: in 2005 no response; now smtp.ev1.example IPv4: filtered (587 filtered, 465 filtered)" in told
    assert "now dedicated.verio.example IPv4: closed (587 closed, 465 enforced)" in told


def test_behind_the_firewall_the_server_does_listen(survey: Survey, whole: Whole) -> None:
    """From the server's own network, where no packet filter is between."""
    inside = survey.scene._replace(prober=survey.scene.network.host("vpn"))
    for address in (FIREWALLED.address, TWO_FAMILIES.address6):
        (result,) = inside.probe(address or "", "--port", "587")
        assert result["verdict"] == "enforced", result


def test_who_has_changed_since_is_told_and_nobody_else(survey: Survey, whole: Whole) -> None:
    # the firewall is opened; and a provider's server lets everybody relay
    survey.world.filter([p for p in PROVIDERS if p is not FIREWALLED])
    survey.world.lead({ONEANDONE.host: 2606})
    done = survey.run(
        "--parallel", "32", "--again", "--json", survey.output("second.json"), "--compare", survey.output("first.json")
    )
    changes = json.loads(survey.output("second.json").read_text())["changes"]
    of_firewalled = f"{FIREWALLED.name} {FIREWALLED.host} IPv4: "
    of_oneandone = f"{ONEANDONE.name} {ONEANDONE.host} IPv4: "
    assert f"{of_firewalled}587 enforced, was filtered" in changes, changes
    assert f"{of_firewalled}verdict enforced, was filtered" in changes, changes
    assert f"{of_oneandone}587 relay-suspected, was enforced" in changes, changes
    assert f"{of_oneandone}verdict relay-suspected, was enforced" in changes, changes
    assert all(change.startswith((of_firewalled, of_oneandone)) for change in changes), changes
    assert "587 relay-suspected, was enforced" in " ".join(done.stdout.split()), done


def test_nothing_was_sent_by_all_this(postfix: PostfixServer, exim: EximServer, opensmtpd: OpenSmtpdServer) -> None:
    assert postfix.inbox() == [] and "status=sent" not in postfix.log()
    assert exim.spooled() == [] and opensmtpd.spooled() == []
