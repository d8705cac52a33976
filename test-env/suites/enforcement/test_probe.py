"""``postern-probe`` on ONOS's console and ``POST /probes``, made by the controller itself of a real Postfix, the ISP's.

The controller has no way to it but the management link of this module.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Iterator, List

import pytest

from labkit.mail.clients import new_token
from labkit.management import ManagementLink
from labkit.processes import wait_until
from labkit.rest import Rest
from labkit.session import Lab

from .scene import Scene

LOCAL = "inbox@isp.example"
PORTS = [587, 465]
NOBODY = 2599

_TLS_FIRST = "530 5.7.0 Must issue a STARTTLS command first"
_AUTH_FIRST = "530 5.7.0"

#: Begins all addresses elsewhere of this module.
_WORD = "probed"


@pytest.fixture(scope="module", autouse=True)
def before(scene: Scene, lab: Lab) -> Iterator[int]:
    """The controller reaches the ISP's server; how many messages it had taken."""
    with ManagementLink(lab.registry, scene.host("isp"), 3):
        yield len(scene.world.isp.inbox())


@pytest.fixture
def elsewhere() -> str:
    """An address elsewhere that nobody else ever asks for."""
    return f"{new_token(_WORD)}@mx1.example.net"


def said(result: dict, by: str) -> List[str]:
    """What one side has said, or what happened, by the transcript."""
    return [entry["text"] for entry in result["transcript"] if entry["by"] == by]


def is_the_isps(result: dict, address: str, elsewhere: str) -> None:
    """Asserts that a result is that of the ISP's Postfix, with all the evidence."""
    port = result["port"]
    assert result["verdict"] == "enforced-at-rcpt" and result["address"] == address, result
    assert "RCPT of an address elsewhere within TLS: the server refuses for want of authentication" in result["reason"], result
    assert result["greeting"] == {"code": 220, "enhanced": None, "text": "smtp.isp.example ESMTP Postfix"}, result

    tls = result["tls"]
    assert tls["version"] == "TLSv1.3" and tls["cipher"].startswith("TLS_"), tls
    certificate = tls["certificate"]
    # ONOS's Java does not know the lab's authority, and the address is not in it
    assert not certificate["valid"] and certificate["chainProblem"] == "self-signed, and not trusted here", certificate
    assert certificate["nameProblem"].startswith("not for "), certificate
    assert certificate["subject"] == certificate["issuer"] == "CN=smtp.isp.example", certificate
    assert "smtp.isp.example" in certificate["names"] and certificate["chainLength"] == 1, certificate
    left = datetime.fromisoformat(certificate["notAfter"].replace("Z", "+00:00")) - datetime.now(timezone.utc)
    assert timedelta(days=28) < left <= timedelta(days=30), certificate
    assert [w for w in result["warnings"] if "certificate" in w], result["warnings"]

    assert result["authWithinTls"] == ["PLAIN", "LOGIN"] and result["authBeforeTls"] == [], result
    within = result["withinTls"]
    assert within["mail"]["code"] == 250 and within["rcpt"]["code"] == within["rcptLocal"]["code"] == 530, within
    commands = said(result, "client")
    hello = commands[0]
    assert hello.startswith("EHLO "), commands
    trial = ["MAIL FROM:<>", f"RCPT TO:<{elsewhere}>", f"RCPT TO:<{LOCAL}>", "RSET", "QUIT"]
    if port == 587:
        assert result["startTls"] is True and result["beforeTls"]["mail"]["code"] == 530, result
        assert commands == [hello, "MAIL FROM:<>", "STARTTLS", hello, *trial], commands
        assert _TLS_FIRST in said(result, "server"), result
    else:
        assert result["startTls"] is None and result["beforeTls"] is None, result
        assert commands == [hello, *trial], commands
    assert sum(reply.startswith(_AUTH_FIRST) and reply != _TLS_FIRST for reply in said(result, "server")) == 2, result
    events = said(result, "event")
    assert f"{tls['version']} {tls['cipher']}" in events and events[-1].startswith("enforced-at-rcpt: "), events
    moments = [entry["at"] for entry in result["transcript"]]
    assert len(moments) > 10 and all(moment.endswith("Z") for moment in moments), moments


def saw(scene: Scene, elsewhere: str, times: int) -> None:
    """Asserts that the server refused that recipient so often: it was this Postfix that was probed."""

    def refused() -> int:
        lines = scene.world.isp.log().splitlines()
        return sum("NOQUEUE: reject: RCPT from" in line and f"to=<{elsewhere}>" in line for line in lines)

    wait_until("the server's log has the probe", lambda: refused() == times, 10)


def test_console_probes_the_isps_server_with_all_evidence(scene: Scene, elsewhere: str) -> None:
    address = scene.host("isp").ip4
    options = ["--port", "587,465", "--transcript", "--recipient", elsewhere, "--local-recipient", LOCAL]
    found = scene.postern.query("postern-probe", *options, address)
    assert found["host"] == address and found["summary"] == "sound" and found["dns"] == [], found
    assert [(result["port"], result["family"]) for result in found["ports"]] == [(587, "IPv4"), (465, "IPv4")], found
    for result in found["ports"]:
        is_the_isps(result, address, elsewhere)
    saw(scene, elsewhere, 2)


def test_console_tells_people_the_same(scene: Scene, elsewhere: str) -> None:
    address = scene.host("isp").ip4
    words = ["--port", "587,465", "--transcript", "--recipient", elsewhere, "--local-recipient", LOCAL, address]
    told = " ".join(scene.postern.order("postern-probe", *words).split())
    for port in PORTS:
        assert f"{address} port {port}, IPv4 {address}: enforced-at-rcpt" in told, told
    assert told.count(" TLS TLSv1.3 TLS_") == 2, told
    assert told.count("CN=smtp.isp.example, issued by CN=smtp.isp.example") == 2, told
    assert told.count(f"RCPT TO:<{elsewhere}>") == 2 and told.count("STARTTLS command first") >= 1, told
    saw(scene, elsewhere, 2)


def test_rest_probes_it_over_ipv6_and_tells_who_does_not_listen(scene: Scene, elsewhere: str) -> None:
    address, rest = scene.host("isp").ip6, Rest(scene.postern.onos)
    body = {"host": address, "ports": [*PORTS, NOBODY], "recipient": elsewhere, "localRecipient": LOCAL, "transcript": True}
    found = rest.ask("POST", "/probes", body, 200).json
    by_port = {result["port"]: result for result in found["ports"]}
    assert list(by_port) == [*PORTS, NOBODY] and found["summary"] == "sound", found
    for port in PORTS:
        # as Java writes it
        is_the_isps(by_port[port], by_port[port]["address"], elsewhere)
        assert by_port[port]["family"] == "IPv6" and by_port[port]["address"].endswith(":25"), by_port[port]
    nobody = by_port[NOBODY]
    assert nobody["verdict"] == "closed" and nobody["greeting"] is nobody["tls"] is None, nobody
    saw(scene, elsewhere, 2)


def test_rest_tells_what_was_said_only_if_asked(scene: Scene, elsewhere: str) -> None:
    body = {"host": scene.host("isp").ip4, "ports": [465], "recipient": elsewhere, "localRecipient": LOCAL}
    (result,) = Rest(scene.postern.onos).ask("POST", "/probes", body, 200).json["ports"]
    assert result["verdict"] == "enforced-at-rcpt" and "transcript" not in result, result


def test_rest_tells_a_mail_exchanger_from_a_relay(scene: Scene, elsewhere: str) -> None:
    body = {"host": scene.host("isp").ip4, "ports": [25], "recipient": elsewhere, "localRecipient": LOCAL, "transcript": True}
    rest = Rest(scene.postern.onos)

    def found() -> dict:
        (result,) = rest.ask("POST", "/probes", body, 200).json["ports"]
        assert "DATA" not in said(result, "client"), result
        return result

    with scene.world.isp.setting(smtpd_relay_restrictions="check_client_access static:OK, reject"):
        # processes that serve by the old configuration end by and by
        wait_until("it is found open", lambda: found()["verdict"] == "relay-suspected", 30)
    wait_until("it is found as before", lambda: found()["verdict"] == "local-unauth", 30)
    assert found()["reason"].endswith("; on port 25 a mail exchanger has to"), found()


def test_nothing_was_sent_by_all_this(scene: Scene, before: int) -> None:
    of_ours = [line for line in scene.world.isp.log().splitlines() if f"to=<{_WORD}-" in line]
    assert of_ours and all("NOQUEUE: reject: " in line for line in of_ours), of_ours
    assert len(scene.world.isp.inbox()) == before
