"""The guard: ONOS probes the ISP's real submission server and relay, and refuses to redirect to a relay that is open.

The lab's controller has no way to the servers but the management links of this module; the guard is switched off elsewhere.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Dict, Iterator, List, Tuple

import pytest

from labkit.mail import checks
from labkit.mail.checks import DELIVERED
from labkit.management import ManagementLink
from labkit.network import addresses
from labkit.postern import SUBMISSION_GUARD
from labkit.rest import Rest
from labkit.session import Lab

from .scene import Scene, eventually

OPEN = {"smtpd_relay_restrictions": "check_client_access static:OK, reject"}
"""Takes mail for everywhere from everybody, but where AUTH is demanded already."""

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
    found: List[dict] = Rest(scene.postern.onos).ask("POST", "/submission-servers/probe", expect=200).json
    return {(one["kind"], one["address"], one["port"]): one for one in found}


def alarms(scene: Scene) -> Dict[Tuple[str, str, int], set]:
    """What the status says is wrong, but for the certificate: ONOS's Java does not know the lab's authority."""
    told: Dict[Tuple[str, str, int], set] = {}
    for alarm in scene.postern.status()["alarms"]:
        if alarm["alarm"] != "certificate-refused":
            told.setdefault((alarm["kind"], alarm["address"], alarm["port"]), set()).add(alarm["alarm"])
    return told


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
    assert {one["verdict"] for one in found.values()} == {"enforced-at-rcpt"}, found
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


def test_server_that_restarts_is_no_alarm(scene: Scene) -> None:
    isp = scene.world.isp
    isp.stop()
    try:
        found = look(scene)
        assert {one["verdict"] for key, one in found.items() if key[0] == "server"} == {"closed"}, found
        assert alarms(scene) == {}
    finally:
        isp.start()
    look(scene)
    assert alarms(scene) == {}


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
