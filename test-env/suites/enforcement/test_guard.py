"""The guard: ONOS probes the ISP's real submission server and relay, and refuses to redirect to a relay that is open.

The lab's controller has no way to the servers but the management links of this module; the guard is switched off elsewhere.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Dict, Iterator, List, Sequence, Tuple

import pytest

from labkit.mail import checks
from labkit.mail.certificate import ensure_certificate
from labkit.mail.checks import DELIVERED, REFUSED
from labkit.management import ManagementLink
from labkit.network import addresses
from labkit.postern import SUBMISSION_GUARD
from labkit.rest import Rest
from labkit.session import Lab

from .scene import Scene, eventually

OPEN = {"smtpd_relay_restrictions": "check_client_access static:OK, reject"}
"""Takes mail for everywhere from everybody, but where AUTH is demanded already."""

PUTS_OFF = {"smtpd_client_restrictions": "check_client_access static:{450 4.7.1 Greylisted, try again later}"}
"""Nobody is told whether he may send."""

APART = timedelta(seconds=30)
"""Within this time two looks that fail are one, as the guide has it."""

LINE = "r2"


@pytest.fixture(scope="module", autouse=True)
def links(scene: Scene, lab: Lab) -> Iterator[None]:
    """The controller reaches the ISP's servers."""
    with ManagementLink(lab.registry, scene.host("isp"), 1), ManagementLink(lab.registry, scene.host("relay"), 2):
        yield


@pytest.fixture(scope="module")
def steered(scene: Scene) -> Iterator[str]:
    """A line in the class that redirects."""
    scene.register(LINE, addresses.STEERED)
    eventually("the line is steered", lambda: scene.is_steered(LINE))
    yield LINE
    scene.register(LINE, "residential")


def look(scene: Scene) -> Dict[Tuple[str, str, int], dict]:
    """Has the servers probed now; what was found, by kind, address and port."""
    return known(scene, "POST", "/submission-servers/probe")


def known(scene: Scene, method: str = "GET", path: str = "/submission-servers") -> Dict[Tuple[str, str, int], dict]:
    """What was found last, by kind, address and port."""
    found: List[dict] = Rest(scene.postern.onos).ask(method, path, expect=200).json
    return {(one["kind"], one["address"], one["port"]): one for one in found}


def alarms(scene: Scene) -> Dict[Tuple[str, str, int], set]:
    """What the status says is wrong, but for the certificate: ONOS's Java does not know the lab's authority."""
    told: Dict[Tuple[str, str, int], set] = {}
    for alarm in scene.postern.status()["alarms"]:
        if alarm["alarm"] != "certificate-refused":
            told.setdefault((alarm["kind"], alarm["address"], alarm["port"]), set()).add(alarm["alarm"])
    return told


def everywhere(scene: Scene, *alarm: str, ports: Sequence[int] = (25, 465, 587)) -> Dict[Tuple[str, str, int], set]:
    """These alarms on ports of the ISP's server, at both of its addresses."""
    isp = scene.host("isp")
    return {("server", address, port): set(alarm) for address in (isp.ip4, isp.ip6) for port in ports}


@contextmanager
def guarding(scene: Scene, name: str, value: str, otherwise: str) -> Iterator[None]:
    """A property of the guard, and afterwards what it is by default."""
    onos, component = scene.postern.onos, f"configuration/{SUBMISSION_GUARD}"
    onos.rest("POST", component, body={name: value})
    try:
        yield
    finally:
        onos.rest("POST", component, body={name: otherwise})


def test_servers_are_probed_again_and_again_by_themselves(scene: Scene) -> None:
    onos, component = scene.postern.onos, f"configuration/{SUBMISSION_GUARD}"
    since = datetime.now(timezone.utc).isoformat()
    onos.rest("POST", component, body={"probeInterval": "1"})

    def probed() -> bool:
        found = Rest(onos).ask("GET", "/submission-servers", expect=200).json
        return bool(found) and all(one["at"] and one["at"] > since for one in found)

    try:
        # a minute after the last time, and ten seconds at most until somebody looks whose turn it is
        eventually("each is probed", probed, 120)
    finally:
        onos.rest("POST", component, body={"probeInterval": "0"})


def test_server_and_relay_that_demand_authentication_raise_no_alarm(scene: Scene) -> None:
    isp, relay = scene.host("isp"), scene.host("relay")
    found = look(scene)
    expected = {("server", address, port) for address in (isp.ip4, isp.ip6) for port in (25, 465, 587)}
    assert set(found) == expected | {("relay", address, 25) for address in (relay.ip4, relay.ip6)}
    # on 25 the server is the ISP's mail exchanger: its own domain is found by the name in its greeting
    exchanges = {("server", address, 25) for address in (isp.ip4, isp.ip6)}
    assert {one["verdict"] for key, one in found.items() if key not in exchanges} == {"enforced-at-rcpt"}, found
    assert {found[key]["verdict"] for key in exchanges} == {"local-unauth"}, found
    assert alarms(scene) == {}
    for port in (465, 587):
        (refused,) = found[("server", isp.ip6, port)]["alarms"]
        assert refused["alarm"] == "certificate-refused" and found[("server", isp.ip6, port)]["certificateUntil"], refused
    # as the console tells it
    assert scene.postern.query("postern-submission") == list(found.values())


def test_server_that_offers_passwords_in_clear_is_an_alarm_until_it_does_not(scene: Scene) -> None:
    isp, before = scene.host("isp"), scene.postern.audit_length()
    with scene.world.isp.setting(smtpd_tls_auth_only="no"):
        clear = {("server", address, 25): {"auth-in-clear"} for address in (isp.ip4, isp.ip6)}
        # processes that serve by the old configuration end by and by
        eventually("both are alarms", lambda: look(scene) and alarms(scene) == clear)
        assert "port 25: alarm for" in " ".join(scene.postern.command("postern-status").stdout.split())
    eventually("they are over", lambda: look(scene) and alarms(scene) == {})
    assert scene.postern.audited("alarm-raised", "auth-in-clear", since=before)
    assert scene.postern.audited("alarm-over", "auth-in-clear", since=before)


def test_server_that_restarts_is_no_alarm_and_one_that_stays_down_is_as_a_relay_that_puts_off(scene: Scene) -> None:
    isp, relay, before = scene.world.isp, scene.host("relay"), scene.postern.audit_length()
    put_off = {("relay", address, 25): {"not-judged"} for address in (relay.ip4, relay.ip6)}
    expected = {**everywhere(scene, "down"), **put_off}
    begun = datetime.now(timezone.utc)
    with scene.world.relay.server.setting(**PUTS_OFF):
        isp.stop()
        try:
            found = look(scene)
            assert {one["verdict"] for key, one in found.items() if key[0] == "server"} == {"closed"}, found
            assert alarms(scene) == {}, "it may be restarting"
            # who looks again and again neither hastens the alarms nor puts them off
            eventually("all are alarms", lambda: look(scene) and alarms(scene) == expected, 60)
            told = [one for one in scene.postern.status()["alarms"] if one["alarm"] != "certificate-refused"]
            assert all(datetime.fromisoformat(one["since"]) >= begun + APART for one in told), told
            assert all("450 4.7.1" in one["reason"] for one in told if one["alarm"] == "not-judged"), told
            # nothing is known against the relay
            assert not [hop for hop in scene.postern.status()["nextHops"] if hop["refused"]]
            text = " ".join(scene.postern.command("postern-status").stdout.split())
            assert re.search(r"port 587: alarm for [^,]+, down: closed: ", text), text
            # the status names only some
            text = scene.postern.command("postern-submission").stdout
            assert len(re.findall(r"alarm for [^,]+, not-judged: inconclusive: ", text)) == len(put_off), text
        finally:
            isp.start()
    eventually("they are over", lambda: look(scene) and alarms(scene) == {})
    for alarm in ("down", "not-judged"):
        assert scene.postern.audited("alarm-raised", alarm, since=before)
        assert scene.postern.audited("alarm-over", alarm, since=before)


def test_server_that_stops_demanding_authentication_on_587_is_an_alarm_and_subscribers_send_on(scene: Scene) -> None:
    isp, before = scene.host("isp"), scene.postern.audit_length()
    expected = everywhere(scene, "not-enforced", ports=[587])
    with guarding(scene, "probeLocalRecipient", "inbox@isp.example", ""):
        with scene.world.isp.setting_at(587, smtpd_client_restrictions="permit"):
            eventually("587 is an alarm, and nothing else", lambda: look(scene) and alarms(scene) == expected)
            # who takes mail for its own on 25 is a mail exchanger
            assert [known(scene)["server", isp.ip4, port]["verdict"] for port in (25, 587)] == ["local-unauth"] * 2
        with scene.world.isp.setting_at(587, smtpd_client_restrictions="permit", **OPEN):
            worse = {("server", address, 587) for address in (isp.ip4, isp.ip6)}
            eventually("it is worse", lambda: {look(scene)[key]["verdict"] for key in worse} == {"relay-suspected"})
            assert known(scene)["server", isp.ip6, 465]["verdict"] == "enforced-at-rcpt" and alarms(scene) == expected
            assert scene.world.isp.inbox() == [], "the guard sends nothing"
            # it is true, and whoever authenticates is none the worse for it
            assert checks.unauthenticated(scene.world, 587, scene.host("r1")).outcome != REFUSED
            result = checks.submission(scene.world, 587, scene.host("r1"))
            assert result.outcome == DELIVERED, result.evidence
            # over REST the same is told as at the console
            told = Rest(scene.postern.onos).ask("GET", "/status", expect=200).json["alarms"]
            assert told == scene.postern.status()["alarms"]
    eventually("it is over", lambda: look(scene) and alarms(scene) == {})
    assert scene.postern.audited("alarm-raised", "not-enforced: local-unauth", isp.ip4, "port 587", since=before)
    assert scene.postern.audited("alarm-over", "not-enforced: relay-suspected", isp.ip4, "port 587", since=before)


def test_certificate_near_its_end_is_an_alarm_on_every_port_until_another_is_shown(scene: Scene) -> None:
    before, expected = scene.postern.audit_length(), everywhere(scene, "certificate-expires")
    with scene.world.isp.showing(ensure_certificate(scene.state / "brief", days=5)):
        eventually("every port is an alarm", lambda: look(scene) and alarms(scene) == expected)
        for key, one in known(scene).items():
            if key in expected and key[2] == 587:
                # that nobody trusts it either does not hide when it ends
                told = {alarm["alarm"]: alarm["reason"] for alarm in one["alarms"]}
                assert set(told) == {"certificate-expires", "certificate-refused"}, one
                assert told["certificate-expires"].endswith(f"expires at {one['certificateUntil']}"), one
        with guarding(scene, "certificateNotice", "4", "21"):
            eventually("five days are enough", lambda: look(scene) and alarms(scene) == {})
    eventually("the lab's own is shown again", lambda: look(scene) and alarms(scene) == {})
    assert scene.postern.audited("alarm-raised", "certificate-expires", since=before)
    assert scene.postern.audited("alarm-over", "certificate-expires", since=before)


def test_nothing_is_redirected_to_an_open_relay_until_it_demands_authentication(scene: Scene, steered: str) -> None:
    relay, before = scene.host("relay"), scene.postern.audit_length()
    with scene.world.relay.server.setting(**OPEN):
        eventually("it is found open", lambda: look(scene)[("relay", relay.ip4, 25)]["verdict"] == "relay-suspected")
        eventually("the line is dropped", lambda: scene.is_dropped(steered))
        (hop,) = [hop for hop in scene.postern.status()["nextHops"] if hop["name"] == addresses.RELAY.name]
        assert hop["refused"] and not hop["reachable"] and "without authentication" in hop["reason"], hop
        result = checks.submission(scene.world, 587, scene.host(steered))
        assert result.outcome == DELIVERED, result.evidence

        # the operator answers for it
        with scene.policy(lambda policy: [one.update(allowUnauthenticated=True) for one in policy["relays"]]):
            eventually("the line is steered all the same", lambda: scene.is_steered(steered))
        # what was seen of it is not forgotten
        eventually("the line is dropped again", lambda: scene.is_dropped(steered))
    eventually("it is found sound", lambda: look(scene) and alarms(scene) == {})
    eventually("the line is steered again", lambda: scene.is_steered(steered))
    assert scene.postern.audited("next-hop-refused", addresses.RELAY.name, since=before)
    assert scene.postern.audited("next-hop-accepted", addresses.RELAY.name, since=before)
