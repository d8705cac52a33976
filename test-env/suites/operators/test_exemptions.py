"""Exemptions as the help desk orders them, and what comes of them: in real mail, by themselves, and in the audit log.

An exempted line is held against its neighbour, which stays blocked, and against itself before and after.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Dict, Iterator, List, Sequence, Tuple

import pytest

from labkit.mail.checks import BLOCKED, DELIVERED
from labkit.mail.clients import new_token
from labkit.mail.fragments import Variant, hold_dialogue
from labkit.mail.worm import run_smtp_worm

from enforcement.scene import FAMILIES, PATIENCE, S1, Scene, eventually, refused_command, together

#: What the help desk writes down.
REASON = "own mail server, asked for by the customer"
WHY_REVOKED = "the customer has cancelled"
WHY_CHANGED = "T-3: a new contract"

#: Seconds until an exemption begins, or ends, by itself.
SHORT = 5

#: Segments in fragments, the TCP header in more than the first one where a Linux receiver takes that.
CUT = {4: Variant(4, first=16), 6: Variant(6, first=64)}


@pytest.fixture(scope="module", autouse=True)
def lines(scene: Scene) -> Iterator[None]:
    """The lines of this file, with their prefixes: without, nobody could tell the answers to one from those to its neighbour."""
    names = ("r2", "r3", "r4", "r6")
    for name in names:
        scene.register(name, "residential")
    yield
    for name in names:
        scene.register(name, "residential")


def exemptions(scene: Scene, *options: str) -> Dict[str, dict]:
    """``postern-exemptions``, by identifier; by default those that are not over."""
    return {row["id"]: row for row in scene.postern.query("postern-exemptions", *options)}


def exempt(scene: Scene, name: str, id_: str, *options: str) -> None:
    """``postern-exempt`` under a given identifier."""
    scene.postern.order("postern-exempt", *options, "--reason", REASON, "--id", id_, name)


@contextmanager
def exempted(scene: Scene, name: str, id_: str, *options: str) -> Iterator[None]:
    """An exemption for an hour, which is revoked in the end."""
    exempt(scene, name, id_, "--for", "1h", *options)
    try:
        yield
    finally:
        scene.postern.order("postern-revoke", "-y", "--reason", WHY_REVOKED, id_)


def audit(scene: Scene, subject: str, *options: str) -> List[dict]:
    """``postern-audit -j`` of a subscriber, the oldest first."""
    text = scene.postern.order("postern-audit", "-j", "--limit", "1000", "--subject", subject, *options)
    return [json.loads(line) for line in text.splitlines()][::-1]


def reached(scene: Scene, name: str) -> Dict[Tuple[str, int], bool]:
    """Which mail exchangers take mail straight from a line, by name and family."""
    doors = {(host.name, family): host.ip(family) for host in scene.world.exchanger_hosts for family in FAMILIES}
    delivered = {d.target: d.delivered for d in run_smtp_worm(scene.host(name), list(doors.values()), new_token("spam"))}
    return {door: delivered[address] for door, address in doors.items()}


def reached_in_fragments(scene: Scene, name: str) -> Dict[Tuple[str, int], bool]:
    """The same for a dialogue whose every segment comes in fragments."""

    def one(target: str, family: int) -> bool:
        return hold_dialogue(scene.host(name), target, "a@victims.example", new_token("cut"), CUT[family]).delivered

    doors = {(host.name, family): host.ip(family) for host in scene.world.exchanger_hosts for family in FAMILIES}
    jobs = [lambda d=door, a=address: one(a, d[1]) for door, address in doors.items()]
    return dict(zip(doors, together(*jobs)))


# ------------------------------------------------------------------------------------------- who may send, and whereto


def test_exempted_line_delivers_to_every_exchanger_and_its_neighbour_stays_blocked(scene: Scene) -> None:
    before = scene.worms("r2", "r3", "b1")
    assert before == {(name, family): DELIVERED if name == "b1" else BLOCKED for name, family in before}
    with exempted(scene, "r2", "all", "--ticket", "T-1001", "--note", "contact=postmaster@r2.example"):
        eventually("the exempted line delivers", lambda: scene.fates("r2") == {DELIVERED})
        assert scene.fates("r3", "r1") == {BLOCKED}
        row = exemptions(scene)["all"]
        assert (row["subscriber"], row["destinations"], row["class"], row["state"]) == ("r2", [], None, "in-force")
        assert (row["ticket"], row["checklist"]) == ("T-1001", {"contact": "postmaster@r2.example"})
    eventually("revoked, it is blocked", lambda: scene.fates("r2") == {BLOCKED})
    assert "all" not in exemptions(scene)


def test_line_exempted_to_one_exchanger_reaches_that_one_and_no_other_whole_or_in_fragments(scene: Scene) -> None:
    mx1, mx2 = scene.world.exchanger_hosts
    named = {(host.name, family): host is mx1 for host in (mx1, mx2) for family in FAMILIES}
    assert not any(reached(scene, "r6").values())
    with exempted(scene, "r6", "named", "--to", f"{mx1.ip4}/32", "--to", f"{mx1.ip6}/128"):
        eventually("the named exchanger is reached, and no other", lambda: reached(scene, "r6") == named)
        own, free = together(lambda: reached_in_fragments(scene, "r6"), lambda: reached_in_fragments(scene, "b2"))
        assert all(free.values()), f"an unrestricted line's fragments are put together: {free}"
        assert own == named
        assert scene.fates("r5") == {BLOCKED}
    eventually("revoked, nobody is", lambda: not any(reached(scene, "r6").values()))
    assert not any(reached_in_fragments(scene, "r6").values())


# ------------------------------------------------------------------------------------------- time


def test_exemption_begins_and_ends_by_itself_and_a_class_for_a_time_likewise(scene: Scene) -> None:
    def holds(name: str) -> str:
        return scene.postern.query("postern-subscriber", name)["effectiveClass"]

    assert scene.fates("r2", "r3", "r4") == {BLOCKED}
    exempt(scene, "r2", "short", "--for", "1h")
    exempt(scene, "r4", "class", "--for", "1h", "--class", "business")
    eventually("both are open", lambda: scene.fates("r2", "r4") == {DELIVERED})
    assert holds("r4") == "business"
    later = datetime.now(timezone.utc) + timedelta(seconds=SHORT)
    exempt(scene, "r3", "later", "--from", later.strftime("%Y-%m-%dT%H:%M:%SZ"), "--for", "1h")
    for id_ in ("short", "class"):
        scene.postern.order("postern-renew", "--for", f"{SHORT}s", id_)
    # no order from here on
    eventually("the exemption that was to come is there", lambda: scene.fates("r3") == {DELIVERED})
    eventually("both have ended", lambda: scene.fates("r2", "r4") == {BLOCKED}, SHORT + PATIENCE)
    assert scene.fates("r3") == {DELIVERED} and holds("r4") == "residential"
    assert {"short", "class"} <= {*exemptions(scene, "--state", "ended")}
    assert {id_: row["state"] for id_, row in exemptions(scene).items()} == {"later": "in-force"}
    for subscriber, id_ in (("r2", "short"), ("r4", "class")):
        eventually("the end is taken down", lambda: audit(scene, subscriber, "--action", "exemption-ended"))
        ended = [e for e in audit(scene, subscriber, "--action", "exemption-ended") if id_ in e["text"]]
        assert len(ended) == 1 and (ended[0]["by"], ended[0]["via"]) == ("postern", "postern"), ended
    scene.postern.order("postern-revoke", "-y", "--reason", WHY_REVOKED, "later")
    eventually("revoked, it is blocked", lambda: scene.fates("r3") == {BLOCKED})


def test_quarantine_beats_the_exemption_and_release_brings_it_back(scene: Scene) -> None:
    with exempted(scene, "r4", "beaten"):
        eventually("exempted, it delivers", lambda: scene.fates("r4") == {DELIVERED})
        scene.postern.order("postern-quarantine", "--reason", "worm", "r4")
        try:
            eventually("quarantined, it is blocked", lambda: scene.fates("r4") == {BLOCKED})
            assert exemptions(scene)["beaten"]["state"] == "in-force"
        finally:
            scene.postern.order("postern-release", "r4")
        eventually("released, it delivers", lambda: scene.fates("r4") == {DELIVERED})
    eventually("revoked, it is blocked", lambda: scene.fates("r4") == {BLOCKED})


# ------------------------------------------------------------------------------------------- orders


def test_every_order_is_in_the_audit_with_who_whence_before_after_and_why(scene: Scene) -> None:
    start = audit(scene, "r3")[-1]["number"]
    exempt(scene, "r3", "written", "--for", "2h", "--to", "203.0.113.25/32", "--ticket", "T-2")
    renewed = scene.postern.query("postern-renew", "--for", "30d", "--reason", "one more month", "written")
    scene.postern.order("postern-revoke", "-y", "--reason", WHY_REVOKED, "written")
    scene.postern.order("postern-set-class", "--reason", WHY_CHANGED, "r3", "business")
    scene.postern.set_class("r3", "residential")
    scene.postern.order("postern-quarantine", "--reason", "worm", "r3")
    scene.postern.order("postern-release", "--reason", "cleaned", "r3")
    entries = [entry for entry in audit(scene, "r3") if entry["number"] > start]
    assert [(entry["action"], entry["reason"]) for entry in entries] == [
        ("exempt", REASON), ("change-exemption", "one more month"), ("revoke-exemption", WHY_REVOKED),
        ("set-class", WHY_CHANGED), ("set-class", ""), ("quarantine", "worm"), ("release", "cleaned"),
    ]  # fmt: skip
    assert {(entry["by"], entry["via"]) for entry in entries} == {(scene.postern.onos.user, "console")}
    first, second, third, *classes = entries[:5]
    assert first["before"] is None and first["after"]["until"] == second["before"]["until"]
    assert second["after"]["until"] == third["before"]["until"] == renewed["until"] > first["after"]["until"]
    assert third["after"] is None and third["before"]["ticket"] == "T-2"
    assert [(c["before"]["class"], c["after"]["class"]) for c in classes] == [
        ("residential", "business"), ("business", "residential"),
    ]  # fmt: skip


def test_why_somebody_is_registered_replaced_imported_and_removed_is_in_the_audit(scene: Scene) -> None:
    file = scene.state / "why.csv"
    mac = "02:64:fe:00:03:85"
    file.write_text(f"id,attachments,macs\nwhy,{S1}/902,{mac}\nwhy-too,{S1}/903,\n")
    start = scene.postern.query("postern-audit", "--limit", "1")["number"]
    add = ("postern-subscriber-add", "-m", mac, "--reason")
    try:
        scene.postern.order(*add, "a new line", "why", f"{S1}/900")
        scene.postern.order(*add, "another port", "--replace", "why", f"{S1}/901")
        scene.postern.order("postern-import", "--reason", "of the inventory", str(file))
        imported = scene.postern.query("postern-audit", "--limit", "1")
        exempt(scene, "why", "why-mail", "--for", "1h")
        scene.postern.order("postern-subscriber-remove", "--reason", "has left", "why")
        refused_command(scene, ("postern-subscriber-remove", "--reason", "x" * 201, "why-too"), ("reason", "200"))
    finally:
        for id_ in ("why", "why-too"):
            scene.postern.command("postern-subscriber-remove", id_)
    entries = [entry for entry in audit(scene, "why") if entry["number"] > start]
    assert [(entry["action"], entry["reason"]) for entry in entries] == [
        ("put-subscribers", "a new line"), ("put-subscribers", "another port"), ("put-subscribers", "of the inventory"),
        ("exempt", REASON), ("remove-subscriber", "has left"), ("revoke-exemption", "the subscriber was removed"),
    ]  # fmt: skip
    assert (imported["number"], imported["details"], imported["reason"]) == (entries[2]["number"], 2, "of the inventory")
    assert entries[2]["detail"] == 1


def test_exemptions_of_a_file_are_all_ordered_or_none_and_what_is_exported_makes_no_difference(scene: Scene) -> None:
    mx1, mx2 = scene.world.exchanger_hosts
    named = {(host.name, family): host is mx1 for host in (mx1, mx2) for family in FAMILIES}
    folder = scene.state / "exemptions"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    until = (datetime.now(timezone.utc) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = [
        f'file-all,r2,,{until},"{REASON}",T-7',
        f'file-one,r6,{mx1.ip4}/32 {mx1.ip6}/128,{until},"=1+1, {REASON}",',
    ]
    file, bad = folder / "in.csv", folder / "bad.csv"
    head = "id,subscriber,destinations,until,reason,ticket\n"
    file.write_text(head + "\n".join(rows) + "\n")
    bad.write_text(head + "\n".join([*rows, f"file-bad,nobody,,{until},x,"]) + "\n")
    load = ("postern-import", "--exemptions")
    refused_command(scene, [*load, str(bad)], ["line 4", "nobody"])
    assert scene.postern.query(*load, "--dry-run", str(file))["difference"]["numbers"]["added"] == 2
    assert not {"file-all", "file-one"} & {*exemptions(scene)}
    assert scene.fates("r2", "r6") == {BLOCKED}
    done = scene.postern.query(*load, "--reason", WHY_CHANGED, str(file))
    try:
        assert (done["outcome"], done["reach"]["opened"]) == ("done", 2)
        eventually("the line of all mail delivers", lambda: scene.fates("r2") == {DELIVERED})
        eventually("the other one reaches what is named", lambda: reached(scene, "r6") == named)
        assert scene.fates("r3") == {BLOCKED}
        for kind in ("csv", "json"):
            out = folder / f"out.{kind}"
            scene.postern.order("postern-export", "--exemptions", str(out))
            assert scene.postern.query(*load, str(out))["outcome"] == "unchanged", out.read_text()
        ordered = scene.postern.query("postern-audit", "--limit", "1", "--action", "put-exemptions")
        assert (ordered["reason"], ordered["details"]) == (WHY_CHANGED, 2), ordered
        assert audit(scene, "r2", "--action", "exempt")[-1]["number"] == ordered["number"]
    finally:
        for id_ in {"file-all", "file-one"} & {*exemptions(scene)}:
            scene.postern.order("postern-revoke", "-y", "--reason", WHY_REVOKED, id_)
    eventually("revoked, both are blocked", lambda: scene.fates("r2", "r6") == {BLOCKED})


def test_bad_order_is_refused_in_one_line_and_exempts_nobody(scene: Scene) -> None:
    good = ("--for", "1h", "--reason", "x")
    bad: List[Tuple[Sequence[str], Sequence[str]]] = [
        (("postern-exempt", *good, "nobody"), ("nobody", "postern-subscribers")),
        (("postern-exempt", "--reason", "x", "r2"), ("--for", "--until")),
        (("postern-exempt", "--for", "1h", "--until", "2099-01-01", "--reason", "x", "r2"), ("--for", "--until")),
        (("postern-exempt", "--for", "1h", "r2"), ("reason",)),
        (("postern-exempt", "--for", "soon", "--reason", "x", "r2"), ("soon",)),
        (("postern-exempt", "--for", "900d", "--reason", "x", "r2"), ("400",)),
        (("postern-exempt", *good, "--to", "0.0.0.0/0", "r2"), ("0.0.0.0/0",)),
        (("postern-exempt", *good, "--to", "mx1.example.net", "r2"), ("mx1.example.net",)),
        (("postern-exempt", *good, "--class", "gold", "r2"), ("gold",)),
        (("postern-exempt", *good, "--class", "business", "--to", "203.0.113.25/32", "r2"), ("not both",)),
        (("postern-exempt", *good, "--note", "colour=red", "r2"), ("colour", "contact")),
        (("postern-renew", "--for", "1h", "none-such"), ("none-such",)),
        (("postern-revoke", "-y", "--reason", "x", "none-such"), ("none-such",)),
        (("postern-exemptions", "--state", "sleeping"), ("sleeping", "in-force")),
    ]
    before = exemptions(scene)
    for words, named in bad:
        refused_command(scene, words, named)
    assert exemptions(scene) == before
    exempt(scene, "r2", "good", *good[:2])
    # not through Postern.command, which says yes
    unsure = scene.postern.onos.console("postern-revoke --reason x good")
    assert unsure.rc != 0 and "-y" in unsure.stdout + unsure.stderr, unsure
    assert exemptions(scene)["good"]["state"] == "in-force", "nobody has said yes"
    scene.postern.order("postern-revoke", "-y", "--reason", WHY_REVOKED, "good")
    assert "good" not in exemptions(scene)
