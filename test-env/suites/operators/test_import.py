"""Files of subscribers: compared, guarded, done all or not at all, and written back, with what comes of it in real traffic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, Iterator, List

import pytest

from labkit.mail.checks import BLOCKED, DELIVERED
from labkit.processes import Result

from enforcement.scene import PLAN, S2, Scene, eventually

#: Subscribers of a file: a block of the second switch where nobody is plugged in.
MANY = 300
FIRST_PORT = 1001

#: So many of them are let send directly: more than 5 % of all, and than the ten that may always be.
OPENED = 40

#: A line that really is there, opened with them.
LINE = "r7"

COLUMNS = "id,class,attachments,prefixes,macs,mode\n"


@pytest.fixture(scope="module")
def folder(scene: Scene) -> Path:
    """Where the files are."""
    folder = scene.state / "import"
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    return folder


@pytest.fixture(scope="module", autouse=True)
def directory(scene: Scene, folder: Path) -> Iterator[None]:
    """The directory as it is, and afterwards is again; :data:`LINE` has its prefixes, as others may have left it without."""
    scene.register(LINE, "residential")
    before = folder / "before.csv"
    scene.postern.order("postern-export", str(before))
    yield
    scene.postern.order("postern-import", "--mirror", "--force", str(before), timeout=120)
    left = scene.postern.query("postern-import", "--mirror", "--dry-run", str(before))
    assert counted(left) == [0, 0, 0, len(PLAN.all_subscribers())]


def written(folder: Path, name: str, opened: int) -> str:
    """A file of the many, the first ones business, and of the line likewise."""
    real = PLAN.subscriber(LINE)
    lines = [f"{LINE},{'business' if opened else 'residential'},{real.connect_point},{' '.join(real.prefixes)},,"]
    for k in range(MANY):
        service_class = "business" if k < opened else "residential"
        lines.append(f"home-{k},{service_class},{S2}/{FIRST_PORT + k},10.64.{100 + k // 250}.{1 + k % 250}/32,,enforce")
    path = folder / name
    path.write_text(COLUMNS + "\n".join(lines) + "\n")
    return str(path)


def classes(scene: Scene) -> Dict[str, int]:
    """How many of the many are in each class."""
    found: Dict[str, int] = {}
    for row in scene.postern.query("postern-subscribers"):
        if row["id"].startswith("home-"):
            found[row["class"]] = found.get(row["class"], 0) + 1
    return found


def counted(result: dict) -> List[int]:
    """How many are added, changed, removed and unchanged."""
    numbers = result["difference"]["numbers"]
    return [numbers[kind] for kind in ("added", "changed", "removed", "unchanged")]


def refused(result: Result, *named: str) -> None:
    """That an order was refused, with a line that names these things."""
    told = (result.stdout + result.stderr).strip().splitlines()
    assert result.rc != 0, told
    assert [name for name in named if name not in told[-1]] == [] and "Exception" not in told[-1], told[-1]


def test_dry_run_shows_the_difference_the_import_makes_it_and_again_there_is_nothing_to_do(scene: Scene, folder: Path) -> None:
    file = written(folder, "many.csv", opened=0)
    shown = scene.postern.query("postern-import", "--dry-run", file)
    assert shown["outcome"] == "checked" and counted(shown) == [MANY, 0, 0, 1]
    assert classes(scene) == {}, "only looked at"
    done = scene.postern.query("postern-import", file)
    assert done["outcome"] == "done" and counted(done) == [MANY, 0, 0, 1]
    assert classes(scene) == {"residential": MANY}
    assert "nothing to do" in scene.postern.order("postern-import", file)


def test_opening_more_than_a_twentieth_is_refused_unless_it_is_forced(scene: Scene, folder: Path) -> None:
    scene.postern.order("postern-import", written(folder, "many.csv", opened=0))
    assert scene.fates(LINE) == {BLOCKED}
    file = written(folder, "open.csv", OPENED)
    refused(scene.postern.command("postern-import", file), f"{OPENED + 1} of ", "5 %", "--force")
    assert classes(scene) == {"residential": MANY}, "all or nothing"
    assert scene.fates(LINE) == {BLOCKED}
    done = scene.postern.query("postern-import", "--force", file)
    assert done["outcome"] == "done" and done["reach"]["opened"] == OPENED + 1
    assert classes(scene) == {"residential": MANY - OPENED, "business": OPENED}
    eventually("the line that was opened delivers", lambda: scene.fates(LINE) == {DELIVERED})
    assert scene.fates("r1") == {BLOCKED}
    # back, which cuts as many off
    back = written(folder, "back.csv", opened=0)
    refused(scene.postern.command("postern-import", back), "cut off", "--force")
    scene.postern.order("postern-import", "--force", back)
    eventually("cut off again, it is blocked", lambda: scene.fates(LINE) == {BLOCKED})


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_what_is_exported_makes_no_difference_when_it_is_imported(scene: Scene, folder: Path, kind: str) -> None:
    scene.postern.order("postern-import", written(folder, "many.csv", opened=0))
    file = folder / f"all.{kind}"
    assert scene.postern.query("postern-export", str(file))["subscribers"] == MANY + len(PLAN.all_subscribers())
    shown = scene.postern.query("postern-import", "--mirror", "--dry-run", str(file))
    assert counted(shown) == [0, 0, 0, MANY + len(PLAN.all_subscribers())]
    refused(scene.postern.command("postern-export", str(file)), str(file))


def test_hostile_file_is_refused_with_its_line_numbers_and_changes_nothing(scene: Scene, folder: Path) -> None:
    before = scene.postern.query("postern-subscribers")
    lines: Dict[int, bytes] = {
        2: f"good,residential,{S2}/2001,,,".encode(),
        3: f"good,residential,{S2}/2002,,,".encode(),
        4: f"café,residential,{S2}/2003,,,".encode(),
        5: f"=cmd|'/c calc'!A1,residential,{S2}/2004,,,".encode(),
        6: f"../../etc/passwd,residential,{S2}/2005,,,".encode(),
        7: f"gold,gold,{S2}/2006,,,".encode(),
        8: f"taken,residential,{PLAN.subscriber('b1').connect_point},,,".encode(),
        9: f'open,"residential,{S2}/2008,,,'.encode(),
        10: b"wide,residential," + b"9" * 100_000,
    }
    path = folder / "hostile.csv"
    path.write_bytes(COLUMNS.encode() + b"\n".join(lines.values()) + b"\n")
    answer = scene.postern.command("postern-import", "--force", str(path))
    refused(answer, str(path), "nothing was changed")
    told = answer.stdout + answer.stderr
    # another subscriber's attachment shows only once the file as such is good
    assert [n for n in sorted({*lines} - {2, 8}) if f"line {n}" not in told] == [], told
    assert max(map(len, told.splitlines())) < 1000, "nobody is sent the line of 100 000 digits"
    # what is not UTF-8 cannot be read on
    path.write_bytes(COLUMNS.encode() + lines[2] + b"\n" + "café".encode("latin-1") + b"\n")
    refused(scene.postern.command("postern-import", "--force", str(path)), "line 3", "UTF-8")
    path.write_bytes(COLUMNS.encode() + lines[2] + b"\n" + lines[8] + b"\n")
    refused(scene.postern.command("postern-import", "--force", str(path)), "taken", "b1")
    after = scene.postern.query("postern-subscribers")
    assert [{**row, "attempts": 0} for row in after] == [{**row, "attempts": 0} for row in before]
    path.write_bytes(COLUMNS.encode() + lines[2] + b"\n")
    scene.postern.order("postern-import", str(path))
    assert "good" in {row["id"] for row in scene.postern.query("postern-subscribers")}


@pytest.mark.parametrize("file", ["/nowhere/x.csv", "/etc", "/dev/zero"])
def test_file_that_is_none_is_refused_in_one_line(scene: Scene, file: str) -> None:
    refused(scene.postern.command("postern-import", "--format", "csv", file), file)


def test_import_is_one_entry_of_the_audit_with_its_numbers(scene: Scene, folder: Path) -> None:
    path = folder / "two.csv"
    path.write_text(COLUMNS + f"two-1,residential,{S2}/3001,,,\ntwo-2,residential,{S2}/3002,,,\n")
    scene.postern.order("postern-import", str(path))
    text = scene.postern.order("postern-audit", "-j", "--limit", "1")
    entry = json.loads(text)
    assert (entry["by"], entry["via"]) == (scene.postern.onos.user, "console") and entry["details"] == 2, entry
    log = folder / "audit.jsonl"
    scene.postern.order("postern-audit", "--subject", "two-2", "--export", str(log))
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["subject"], line["after"]["class"]) for line in lines if line["after"]][-1] == ("two-2", "residential"), lines
