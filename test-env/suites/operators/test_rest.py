"""REST: as documented, for who may, as fast as allowed; with a client that was generated, and fed from RADIUS accounting.

Every answer in this file is held against the OpenAPI document that the running application serves, see :mod:`labkit.rest`.
"""

from __future__ import annotations

import json
import os
import threading
import time
from datetime import datetime, timedelta, timezone
from typing import Dict, Iterator, List

import pytest

from labkit.build import ROOT
from labkit.mail.checks import BLOCKED, DELIVERED
from labkit.onos import ManagedOnos
from labkit.processes import Result, run, wait_until
from labkit.rest import PROBLEM, Answer, Rest

from enforcement.scene import PLAN, S1, Scene, eventually

#: A port of the first switch that nobody is plugged into.
VACANT = f"{S1}/900"

LIMITS = "org.postern.rest.RequestLimits"

#: Seconds a build of the client may take on a busy machine, with a download of the generator.
BUILD = 300.0

VIEWER = ("vic", "sees")
WRITER = ("wanda", "writes")
STRANGER = ("sid", "stays-out")


@pytest.fixture(scope="module")
def rest(scene: Scene) -> Rest:
    """The API for an administrator."""
    return Rest(scene.postern.onos)


@pytest.fixture
def users(scene: Scene) -> None:
    """Users of ONOS with one role each."""
    onos = scene.postern.onos
    if not isinstance(onos, ManagedOnos):
        pytest.skip("the users of somebody else's ONOS are not the lab's to change")
    file = onos.karaf / "etc/users.properties"
    roles = {VIEWER: "viewer", WRITER: "admin", STRANGER: "ssh"}
    missing = [f"{name} = {word},{role}" for (name, word), role in roles.items() if f"{name} =" not in file.read_text()]
    with open(file, "a") as out:
        out.write("\n" + "\n".join(missing) + "\n")


def later(hours: float) -> str:
    """A moment to come, as the API writes it."""
    return (datetime.now(timezone.utc) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def desk(rest: Rest) -> Iterator[str]:
    """A subscriber's identifier that nobody has, before the test and after it."""
    yield "desk"
    rest.ask("DELETE", "/subscribers/desk")


def ended_survey(rest: Rest, path: str) -> dict:
    """A survey, when it runs no longer."""

    def state() -> str:
        return str(rest.ask("GET", path, expect=200).json["state"])

    wait_until("the survey is over", lambda: state() != "running", 60)
    shown: dict = rest.ask("GET", path, expect=200).json
    return shown


def survey_closed_ports(rest: Rest) -> None:
    """Surveys addresses of the controller where nobody takes mail; nothing of it stays."""
    listed = [{"provider": "=Here", "host": "127.0.0.1"}, {"provider": "GoDaddy", "host": "127.0.0.2"}]
    wrong = rest.ask("POST", "/surveys", [*listed, {"provider": "C", "host": "d e"}], expect=422).json
    assert wrong["field"] == "/2/host", wrong
    for kind, body in (("application/json", listed), ("text/csv", b"=Here,127.0.0.1\nGoDaddy,127.0.0.2\n")):
        started = rest.ask("POST", "/surveys?family=4&compare=2005", body, expect=202, Content_Type=kind)
        survey = "/surveys/" + started.json["id"]
        assert started.headers["Location"].endswith(survey), started
        shown = ended_survey(rest, survey)
        assert (shown["state"], shown["done"], shown["of"]) == ("done", 2, 2), shown
        verdicts = [[port["verdict"] for port in one["result"]["ports"]] for one in shown["result"]["providers"]]
        assert verdicts == [["closed", "closed"]] * 2, shown
        assert any(change.startswith("GoDaddy: in 2005 no response; now ") for change in shown["result"]["changes"]), shown
        sheet = rest.ask("GET", survey, expect=200, Accept="text/csv").text.splitlines()
        assert sheet[0].startswith("provider,host,") and sheet[1].startswith("'=Here,127.0.0.1,"), sheet
        assert started.json["id"] in {one["id"] for one in rest.ask("GET", "/surveys", expect=200).json["surveys"]}
        rest.ask("DELETE", survey, expect=204)
        rest.ask("GET", survey, expect=404)


def test_every_operation_of_the_document_answers_as_documented(rest: Rest, scene: Scene, desk: str) -> None:
    here = f"/subscribers/{desk}"
    # what other tests have changed is on its way still
    scene.settle()
    for path in ("/openapi.json", "/status", "/classes", "/devices", f"/devices/{S1}", "/quarantines", "/attempts"):
        rest.ask("GET", path, expect=200)
    assert S1 in {row["device"] for row in rest.ask("GET", "/devices?state=IN_FORCE", expect=200).json["devices"]}
    assert rest.ask("GET", "/devices?state=WITHDRAWN", expect=200).json["devices"] == []
    rest.ask("PUT", f"/devices/{S1}/enforcement", expect=200)
    made = rest.ask("PUT", here, {"attachments": [VACANT], "macs": ["02:64:fe:00:03:84"]}, expect=201)
    assert rest.ask("GET", here, expect=200).tag == made.tag
    rest.ask("GET", here, expect=304, If_None_Match=made.tag)
    rest.ask("GET", f"{here}/report", expect=200)
    assert rest.ask("GET", f"/subscribers?device={S1}&port=900", expect=200).json["subscribers"][0]["id"] == desk
    rest.ask("PUT", f"{here}/class", {"class": "business"}, expect=200)
    rest.ask("PUT", f"{here}/quarantine", {"reason": "worm"}, expect=200)
    rest.ask("GET", f"{here}/quarantine", expect=200)
    rest.ask("DELETE", f"{here}/quarantine", expect=200)
    free = f"/exemptions/{desk}"
    rest.ask("PUT", f"{here}/class", {"class": "residential"}, expect=200)
    exempted = rest.ask("PUT", free, {"subscriber": desk, "reason": "a test", "until": later(1)}, expect=201)
    rest.ask("GET", free, expect=304, If_None_Match=exempted.tag)
    rest.ask("PUT", free, exempted.json, expect=200, If_Match=exempted.tag)
    assert [x["id"] for x in rest.ask("GET", f"/exemptions?subscriber={desk}", expect=200).json["exemptions"]] == [desk]
    rest.ask("POST", f"{free}/renewal", {"until": later(2)}, expect=200)
    assert rest.ask("GET", free, expect=200).json["state"] == "in-force"
    for kind in ("application/json", "text/csv"):
        file = rest.ask("GET", f"/exports/exemptions?subscriber={desk}", expect=200, Accept=kind).text
        done = rest.ask("POST", "/imports/exemptions", file.encode(), expect=200, Content_Type=kind).json
        assert (done["outcome"], done["difference"]["numbers"]["unchanged"]) == ("unchanged", 1), done
    rest.ask("DELETE", f"{free}?reason=over", expect=204)
    for kind in ("application/json", "text/csv"):
        file = rest.ask("GET", "/exports", expect=200, Accept=kind).text
        done = rest.ask("POST", "/imports", file.encode(), expect=200, Content_Type=kind).json
        assert done["outcome"] == "unchanged", done
    entries = rest.ask("GET", f"/audit?subject={desk}&via=rest&by={rest.user}", expect=200).json["entries"]
    assert {"set-class", "quarantine", "release"} <= {entry["action"] for entry in entries}, entries
    lines = rest.ask("GET", f"/audit?subject={desk}", expect=200, Accept="application/x-ndjson").text.splitlines()
    assert len(lines) >= len(entries) and all(json.loads(line)["node"] for line in lines)
    rest.ask("DELETE", here, expect=204)
    rest.ask("POST", "/suspensions", {"scope": "class walled-garden", "seconds": 600, "reason": "a test"}, expect=201)
    assert [s["scope"] for s in rest.ask("GET", "/suspensions", expect=200).json["suspensions"]] == ["class walled-garden"]
    rest.ask("GET", "/suspensions/class%20walled-garden", expect=200)
    rest.ask("DELETE", "/suspensions/class%20walled-garden", expect=204)
    rest.ask("DELETE", "/suspensions", expect=204)
    probed = rest.ask("POST", "/probes", {"host": "127.0.0.1", "ports": [2599], "family": "4"}, expect=200).json
    assert [port["verdict"] for port in probed["ports"]] == ["closed"], probed
    survey_closed_ports(rest)
    # the controller has no way to them: that is what it finds
    watched = rest.ask("POST", "/submission-servers/probe", expect=200).json
    assert {one["verdict"] for one in watched} <= {"inconclusive", "filtered"}, watched
    assert rest.ask("GET", "/submission-servers", expect=200).json == watched
    unknown = rest.ask("POST", "/probes", {"domain": "isp.example", "dnsServer": "127.0.0.1:2599"}, expect=200).json
    assert [lookup["outcome"] for lookup in unknown["dns"]] == ["no-answer"] * 3, unknown
    # of a withdrawal, which takes a while, the other suites tell more; here it is the answers that count
    rest.ask("DELETE", f"/devices/{S1}/enforcement?reason=a%20test", expect=200)
    rest.ask("DELETE", f"/devices/{S1}/enforcement", expect=200)
    assert [row["device"] for row in rest.ask("GET", "/devices?state=WITHDRAWN", expect=200).json["devices"]] == [S1]
    withdrawn = rest.ask("GET", f"/audit?subject={S1}&action=withdraw&limit=1", expect=200).json["entries"]
    assert [entry["reason"] for entry in withdrawn] == ["a test"], withdrawn
    rest.ask("PUT", f"/devices/{S1}/enforcement", expect=202)
    scene.settle()
    assert rest.contract.operations() - rest.contract.succeeded == set()


def test_console_and_rest_tell_the_same(rest: Rest, scene: Scene) -> None:
    def told(rows: List[dict]) -> List[dict]:
        return sorted(({**row, "attempts": 0} for row in rows), key=lambda row: row["id"])

    assert told(rest.all("/subscribers", "subscribers", limit=3)) == told(scene.postern.query("postern-subscribers"))
    assert [row["device"] for row in rest.all("/devices", "devices", limit=1)] == sorted(scene.postern.devices())
    status = rest.ask("GET", "/status", expect=200).json
    assert status.keys() == scene.postern.status().keys()
    report = rest.ask("GET", "/subscribers/r1/report", expect=200).json
    assert {**report, "attempts": []} == {**scene.postern.query("postern-subscriber", "r1"), "attempts": []}


def test_order_over_rest_is_in_traffic_and_in_the_audit(rest: Rest, scene: Scene) -> None:
    here = "/subscribers/r2"
    before = rest.ask("GET", here, expect=200)
    since = scene.postern.audit_length()
    assert scene.is_dropped("r2")
    # without them a business line's answers could not be told from its neighbours'
    rest.ask("PUT", here, {**before.json, "prefixes": list(PLAN.subscriber("r2").prefixes)}, expect=200, If_Match=before.tag)
    rest.ask("PUT", f"{here}/class?reason=HD-4711:%20new%20contract", {"class": "business"}, expect=200)
    try:
        eventually("a business line delivers", lambda: scene.fates("r2") == {DELIVERED})
        rest.ask("PUT", here, before.json, expect=412, If_Match=before.tag)
    finally:
        # what was read first is written back as it was
        rest.ask("PUT", here, before.json, expect=200)
    eventually("a residential line is blocked", lambda: scene.fates("r2") == {BLOCKED})
    assert scene.postern.audited("set-class", "r2", rest.user, "rest", since=since)
    entry = rest.ask("GET", "/audit?subject=r2&action=set-class&limit=1", expect=200).json["entries"][0]
    assert (entry["by"], entry["via"], entry["reason"]) == (rest.user, "rest", "HD-4711: new contract"), entry
    assert (entry["before"]["class"], entry["after"]["class"]) == ("residential", "business"), entry
    assert rest.ask("PUT", f"{here}/class?reason=two%0Alines", {"class": "business"}, expect=400).json["field"] == "reason"
    done = scene.postern.audit_length()
    rest.ask("PUT", here, before.json, expect=200)
    rest.ask("PUT", f"{here}/class", {"class": "residential"}, expect=200)
    assert scene.postern.audit_length() == done, "the same again is no change"


def test_exemption_over_rest_lets_direct_mail_pass_until_it_is_taken_back(rest: Rest, scene: Scene) -> None:
    here, free = "/subscribers/r4", "/exemptions/r4-mail"
    before = rest.ask("GET", here, expect=200).json
    rest.ask("PUT", here, {**before, "prefixes": list(PLAN.subscriber("r4").prefixes)}, expect=200)
    try:
        assert scene.is_dropped("r4")
        rest.ask("PUT", free, {"subscriber": "r4", "reason": "own server", "until": later(1)}, expect=201, If_None_Match="*")
        eventually("the exempted line delivers", lambda: scene.fates("r4") == {DELIVERED})
        rest.ask("DELETE", f"{free}?reason=over", expect=204)
        eventually("it is blocked again", lambda: scene.is_dropped("r4"))
    finally:
        rest.ask("DELETE", f"{free}?reason=over")
        rest.ask("PUT", here, before, expect=200)


def test_viewers_read_and_only_administrators_write(rest: Rest, users: None, desk: str) -> None:
    here, body = f"/subscribers/{desk}", {"attachments": [VACANT]}
    viewer, writer, stranger = rest.other(*VIEWER), rest.other(*WRITER), rest.other(*STRANGER)
    for path in ("/status", "/subscribers", "/subscribers/r1", "/openapi.json"):
        viewer.ask("GET", path, expect=200)
        stranger.ask("GET", path, expect=403)
        # so it is with ONOS's own API: its administrators are viewers as well
        writer.ask("GET", path, expect=403)
    for user in (viewer, writer, stranger):
        user.ask("PUT", here, body, expect=403)
        user.ask("DELETE", "/subscribers/r1", expect=403)
        user.ask("POST", "/suspensions", {"scope": "everywhere", "seconds": 600, "reason": "mischief"}, expect=403)
        user.ask("POST", "/probes", {"host": "127.0.0.1"}, expect=403)
        user.ask("POST", "/surveys", [{"provider": "A", "host": "127.0.0.1"}], expect=403)
        user.ask("POST", "/submission-servers/probe", expect=403)
    rest.ask("GET", here, expect=404)
    rest.ask("GET", "/subscribers/r1", expect=200)
    assert rest.ask("GET", "/suspensions", expect=200).json["suspensions"] == []
    rest.ask("PUT", here, body, expect=201)


@pytest.mark.parametrize("user, password", [("-", ""), ("onos", "wrong"), ("nobody", "x")])
def test_nobody_comes_in_without_a_password(rest: Rest, user: str, password: str) -> None:
    refused = rest.other(user, password).ask("GET", "/status", expect=401)
    assert "basic" in refused.headers["WWW-Authenticate"].lower()


def test_whatever_is_wrong_is_answered_with_problem_details(rest: Rest, desk: str) -> None:
    here = f"/subscribers/{desk}"

    def problem(answer: Answer, field: str | None, *named: str) -> None:
        assert answer.headers["Content-Type"] == PROBLEM
        assert answer.json.get("field") == field, answer
        assert [word for word in named if word not in answer.json["detail"]] == [], answer

    problem(rest.ask("PUT", here, {"attachments": ["nowhere"]}, expect=400), "/attachments/0", "DEVICE/PORT")
    problem(rest.ask("PUT", here, {"attachments": [VACANT], "clas": "business"}, expect=400), "/clas", "unknown")
    problem(rest.ask("PUT", here, b'{"mode":"enforce","mode":"monitor"}', expect=400), "/mode", "Duplicate")
    problem(rest.ask("PUT", here, b"\xff\xfe{", expect=400), "", "not JSON")
    problem(rest.ask("PUT", here, {"attachments": [f"{S1}/{PLAN.subscriber('b1').connect_point.split('/')[1]}"]}, expect=422), "/attachments/0", "b1")
    problem(rest.ask("PUT", here, {"attachments": [f"{S1}/100"]}, expect=422), "/attachments/0", "uplink")
    problem(rest.ask("GET", "/subscribers?clas=business", expect=400), "clas", "unknown")
    problem(rest.ask("GET", "/subscribers/nobody", expect=404), "id", "nobody")
    problem(rest.ask("GET", "/nothing", expect=404), None)
    problem(rest.ask("PATCH", here, {}, expect=405), None)
    problem(rest.ask("GET", "/status", expect=406, Accept="text/html"), None)
    problem(rest.ask("PUT", here, b"x", expect=415, Content_Type="text/plain"), None)
    problem(rest.ask("PUT", here, b" " * (1 << 20) + b"{}", expect=413), None, "1 MiB")
    rest.ask("GET", here, expect=404)
    # the same with room is done
    rest.ask("PUT", here, json.dumps({"attachments": [VACANT]}).encode().ljust(1 << 20), expect=201)


def test_who_asks_too_often_is_told_when_to_come_again(rest: Rest, users: None, scene: Scene) -> None:
    onos = scene.postern.onos
    viewer = rest.other(*VIEWER)

    def audited(which: str) -> Dict[str, str]:
        """The limits before or after their last change, as the audit has it."""
        query = f"/audit?subject={LIMITS}&via=component-configuration&limit=1"
        entries = rest.ask("GET", query, expect=200).json["entries"]
        return (entries[0][which] or {}) if entries else {}

    onos.rest("POST", f"configuration/{LIMITS}", body={"requestsPerSecond": "1", "requestBurst": "3"})
    try:
        answers: List[Answer] = []
        eventually("a request is one too many", lambda: answers.append(viewer.ask("GET", "/classes")) or answers[-1].status == 429, every=0)
        assert [a.status for a in answers[:-1]] == [200] * (len(answers) - 1) and len(answers) > 3
        rest.ask("GET", "/classes", expect=200)
        time.sleep(float(answers[-1].headers["Retry-After"]))
        viewer.ask("GET", "/classes", expect=200)
        eventually("the limits are in the audit", lambda: audited("after").get("requestBurst") == "3")
    finally:
        onos.rest("DELETE", f"configuration/{LIMITS}", body={"requestsPerSecond": "", "requestBurst": ""})
    eventually("the limits are as before", lambda: [viewer.ask("GET", "/classes").status for _ in range(10)] == [200] * 10)
    eventually("so says the audit", lambda: audited("after").get("requestBurst") not in (None, "3"))


def test_client_generated_from_the_document_does_a_day_of_the_help_desk(rest: Rest, scene: Scene) -> None:
    folder = scene.state / "client"
    folder.mkdir(parents=True, exist_ok=True)
    document = folder / "openapi.json"
    document.write_text(rest.ask("GET", "/openapi.json", expect=200).text)
    run(
        ["mvn", "-B", "-q", "-ntp", "-f", str(ROOT / "test-env/client/pom.xml"), "package", "-DskipTests",
         f"-Ddocument={document}", f"-Doutput={folder / 'target'}"],
        timeout=BUILD, check=True, cwd=ROOT,
    )  # fmt: skip
    before = {row["id"] for row in rest.all("/subscribers", "subscribers")}
    done = run(["java", "-jar", str(folder / "target/client.jar"), rest.url, rest.user, rest.password, VACANT], check=True)
    told = json.loads(done.stdout)
    assert told["inForce"] is True and told["added"] == "residential"
    assert told["before"] == str(sorted(before)).replace("'", "")
    assert told["between"] == str(sorted({*before, "desk"})).replace("'", "")
    assert told["reason"] == "called by the desk" and told["quarantined"] == 1 and told["released"] is True
    assert told["stale"]["status"] == 412 and told["malformed"]["status"] == 400 and told["gone"]["status"] == 404
    assert told["malformed"]["field"] == "/prefixes/0" and "10.0.0.0/8" in told["malformed"]["detail"]
    entries = rest.ask("GET", "/audit?subject=desk&limit=4", expect=200).json["entries"]
    assert [(e["action"], e["reason"]) for e in entries[::-1]] == [
        ("put-subscribers", "a new line"), ("quarantine", "called by the desk"), ("release", "cleaned"), ("remove-subscriber", "a test"),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------- the worked example


def record(kind: str, name: str, **attributes: str) -> str:
    """An accounting record as FreeRADIUS writes it."""
    lines = {"Acct-Status-Type": kind, "User-Name": f'"{name}"', **{k.replace("_", "-"): v for k, v in attributes.items()}}
    return "\n".join(["Thu Nov 26 06:00:00 2026", *(f"\t{key} = {value}" for key, value in lines.items()), "", ""])


def feed(rest: Rest, *records: str) -> Result:
    """The example with these records."""
    environment: Dict[str, str] = {
        **os.environ, "POSTERN_URL": rest.url, "POSTERN_USER": rest.user, "POSTERN_PASSWORD": rest.password,
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    script = ROOT / "docs/examples/radius_accounting.py"
    return run(["/usr/bin/python3", str(script)], input="".join(records), env=environment, timeout=120)


def session(name: str, service_class: str = "") -> Dict[str, str]:
    """What the records of a subscriber's session say."""
    subscriber = PLAN.subscriber(name)
    said = {
        "ADSL_Agent_Circuit_Id": f'"{subscriber.connect_point}"',
        "Framed_IP_Address": subscriber.prefixes[0].split("/")[0],
        "Framed_IPv6_Prefix": subscriber.prefixes[1],
        "Calling_Station_Id": f'"{subscriber.interface.mac.replace(":", "-")}"',
    }
    return {**said, **({"Class": f'"{service_class}"'} if service_class else {})}


@pytest.fixture
def line(rest: Rest, scene: Scene) -> Iterator[str]:
    """A residential line, that is so again afterwards."""
    yield "r3"
    scene.register("r3", "residential")


def test_accounting_start_brings_class_and_prefixes_and_stop_takes_the_prefixes(rest: Rest, scene: Scene, line: str) -> None:
    rest.ask("DELETE", f"/subscribers/{line}", expect=204)
    begun = feed(rest, record("Start", line, **session(line, "business")))
    assert begun.ok and f"{line}: Start: registered" in begun.stdout, begun
    there = rest.ask("GET", f"/subscribers/{line}", expect=200).json
    assert there["class"] == "business" and sorted(there["prefixes"]) == sorted(PLAN.subscriber(line).prefixes)
    eventually("the business line delivers", lambda: scene.fates(line) == {DELIVERED})
    again = feed(rest, record("Interim-Update", line, **session(line)))
    assert again.ok and "as it was" in again.stdout, again
    ended = feed(rest, record("Stop", line, **session(line)))
    assert ended.ok and "changed" in ended.stdout, ended
    there = rest.ask("GET", f"/subscribers/{line}", expect=200).json
    assert there["class"] == "business" and there["prefixes"] == []
    told = rest.ask("GET", f"/audit?subject={line}&action=put-subscribers&limit=2", expect=200).json["entries"]
    assert [entry["reason"] for entry in told] == ["RADIUS accounting: Stop", "RADIUS accounting: Start"], told


def test_accounting_record_that_cannot_be_is_refused_and_the_others_are_done(rest: Rest, line: str) -> None:
    wrong = {"ADSL_Agent_Circuit_Id": f'"{S1}/100"'}
    done = feed(rest, record("Start", "x9", **wrong), record("Start", line, **session(line)))
    assert done.rc == 1, done
    assert "x9: refused" in done.stderr and "uplink" in done.stderr and "/attachments/0" in done.stderr, done
    assert f"{line}: Start: changed" in done.stdout, done
    rest.ask("GET", "/subscribers/x9", expect=404)


def test_accounting_does_not_undo_what_others_change_at_the_same_time(rest: Rest, line: str) -> None:
    there = rest.ask("GET", f"/subscribers/{line}", expect=200).json
    rest.ask("PUT", f"/subscribers/{line}", {**there, "class": "residential", "macs": [PLAN.subscriber(line).interface.mac]}, expect=200)
    records = [record(kind, line, **session(line)) for _ in range(10) for kind in ("Stop", "Start")]
    over = threading.Event()
    changed: List[str] = []

    def classes() -> None:
        while not over.is_set():
            for name in ("business", "residential"):
                rest.ask("PUT", f"/subscribers/{line}/class", {"class": name}, expect=200)
                now = rest.ask("GET", f"/subscribers/{line}", expect=200).json["class"]
                changed.append("kept" if now == name else "lost")
                # else the feed, which reads before it writes, might never have its turn
                over.wait(0.03)

    other = threading.Thread(target=classes)
    other.start()
    try:
        done = feed(rest, *records)
    finally:
        over.set()
        other.join()
    assert done.ok, done
    assert len(changed) >= 4 and set(changed) == {"kept"}, changed
    there = rest.ask("GET", f"/subscribers/{line}", expect=200).json
    assert sorted(there["prefixes"]) == sorted(PLAN.subscriber(line).prefixes)
