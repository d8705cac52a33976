"""Suite ``submission``: the probe of submission servers, run by itself inside a subscriber's host, against real servers.

One Postfix has every configuration on a port of its own: right ones, and the mistakes that operators make. The mail that
the probe pretends to send goes nowhere: that is looked at too.
"""

from __future__ import annotations

import json
from typing import Dict, Iterator, List, Mapping, NamedTuple

import pytest

from labkit.build import ROOT
from labkit.hosts import Host
from labkit.mail.certificate import ensure_certificate
from labkit.mail.host import Host as MailHost
from labkit.mail.postfix import PostfixServer, Routing
from labkit.network import AccessNetwork
from labkit.session import Lab

JAR = "app/probe/target/postern-probe-*-standalone.jar"

OWN = "isp.example"
LOCAL = f"inbox@{OWN}"
ELSEWHERE = "somebody@mx1.example.net"

_DEMAND = "{530 5.7.0 Authentication required}"
_AT_RCPT = {"smtpd_client_restrictions": f"permit_sasl_authenticated, check_client_access static:{_DEMAND}"}
_TLS = {"smtpd_tls_security_level": "encrypt"}
_ANYBODY = "check_client_access static:OK, reject"


class Server(NamedTuple):
    """A configuration, and what the probe must say of it."""

    parameters: Mapping[str, str]
    verdict: str
    told: str = ""


#: By port. 587 and 465 of the same server are the ISP's own, as in all suites.
POSTFIX: Dict[int, Server] = {
    2501: Server(
        {
            **_TLS,
            "smtpd_delay_reject": "no",
            "smtpd_sender_restrictions": f"permit_sasl_authenticated, check_client_access static:{_DEMAND}",
        },
        "enforced",
    ),
    2502: Server({**_TLS, **_AT_RCPT}, "enforced-at-rcpt"),
    2503: Server({**_AT_RCPT, "smtpd_tls_security_level": "may"}, "enforced-at-rcpt"),
    2504: Server({**_AT_RCPT, "smtpd_tls_auth_only": "no"}, "auth-in-clear", "PLAIN"),
    2505: Server({**_TLS, "smtpd_relay_restrictions": _ANYBODY}, "relay-suspected"),
    2506: Server({"smtpd_relay_restrictions": _ANYBODY}, "relay-suspected"),
    2507: Server({**_TLS}, "local-unauth", LOCAL),
    2508: Server({**_TLS, "smtpd_tls_wrappermode": "yes"}, "no-banner"),
    2509: Server(
        {"smtpd_client_restrictions": "check_client_access static:{450 4.7.1 Greylisted, try again later}"}, "inconclusive"
    ),
    2510: Server(
        {
            "smtpd_client_restrictions": "check_client_access static:"
            "{554 5.7.1 Service unavailable; Client host blocked using sbl.blocklist.example}"
        },
        "inconclusive",
    ),
    2511: Server({"smtpd_tls_security_level": "encrypt", "smtpd_tls_chain_files": "/nonexistent"}, "tls-failure"),
}

#: The address of nobody, behind the router.
VACANT = "203.0.113.99"


class Scene(NamedTuple):
    """Who probes, and the server."""

    prober: Host
    server: PostfixServer

    def probe(self, host: str, *words: str) -> List[dict]:
        """What the probe says of a host, a result for each port and address."""
        (jar,) = ROOT.glob(JAR)
        command = ["java", "-jar", str(jar), "-j", "--greeting", "4", "--recipient", ELSEWHERE, "--local-recipient", LOCAL]
        done = self.prober.run([*command, *words, host], timeout=120)
        assert done.stdout.startswith("{"), done
        return json.loads(done.stdout)["ports"]


@pytest.fixture(scope="module")
def scene(lab: Lab) -> Iterator[Scene]:
    """A network at work, without Postern, and a Postfix of many configurations at the ISP's."""
    network: AccessNetwork = lab.build_network(mode="normal")
    host: MailHost = network.host("isp")
    state = lab.registry.state / "submission"
    state.mkdir(parents=True, exist_ok=True)
    more = {port: server.parameters for port, server in POSTFIX.items()}
    postfix = PostfixServer(host, "smtp.isp.example", Routing(OWN), state, ensure_certificate(state), more=more)
    try:
        postfix.start()
        yield Scene(network.host("r1"), postfix)
    finally:
        postfix.stop()
        lab.drop_network()


@pytest.mark.parametrize("family", [4, 6])
def test_the_isps_own_server_enforces_authentication(scene: Scene, family: int) -> None:
    host = scene.server.host
    results = scene.probe(host.ip4 if family == 4 else host.ip6, "--port", "587,465")
    assert [(r["port"], r["verdict"]) for r in results] == [(587, "enforced-at-rcpt"), (465, "enforced-at-rcpt")], results
    assert all(r["tls"]["version"].startswith("TLSv1.") for r in results), results


def test_every_configuration_of_postfix_has_its_verdict_with_its_evidence(scene: Scene) -> None:
    ports = ",".join(str(port) for port in POSTFIX)
    results = {r["port"]: r for r in scene.probe(scene.server.host.ip4, "--port", ports, "--transcript")}
    assert [(p, r["verdict"]) for p, r in results.items()] == [(p, s.verdict) for p, s in POSTFIX.items()]
    for port, server in POSTFIX.items():
        assert server.told in json.dumps(results[port]), results[port]
        assert results[port]["transcript"], results[port]


def test_no_answer_is_told_from_a_refused_connection_and_from_a_name_that_is_none(scene: Scene) -> None:
    (closed,) = scene.probe(scene.server.host.ip4, "--port", "2599")
    assert closed["verdict"] == "closed", closed
    (filtered,) = scene.probe(VACANT, "--port", "587")
    assert filtered["verdict"] == "filtered", filtered


def test_nothing_was_sent_by_all_this(scene: Scene) -> None:
    assert scene.server.inbox() == []
    log = scene.server.log()
    assert "NOQUEUE: reject" in log, "the server saw the probe"
    assert "status=sent" not in log and "postfix/cleanup" not in log
