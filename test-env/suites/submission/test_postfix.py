"""Suite ``submission``: the probe of submission servers, run by itself inside a subscriber's host, against a real Postfix.

It has every configuration on a port of its own: right ones, and the mistakes that operators make. The mail that the probe
pretends to send goes nowhere: that is looked at too.
"""

from __future__ import annotations

import pytest

from labkit.mail.postfix import PostfixServer

from .scene import POSTFIX, Scene

#: The address of nobody, behind the router.
VACANT = "203.0.113.99"


@pytest.mark.parametrize("family", [4, 6])
def test_the_isps_own_server_enforces_authentication(scene: Scene, postfix: PostfixServer, family: int) -> None:
    results = scene.probe(postfix.host.ip4 if family == 4 else postfix.host.ip6, "--port", "587,465")
    assert [(r["port"], r["verdict"]) for r in results] == [(587, "enforced-at-rcpt"), (465, "enforced-at-rcpt")], results
    assert all(r["tls"]["version"].startswith("TLSv1.") for r in results), results


def test_every_configuration_of_postfix_has_its_verdict_with_its_evidence(scene: Scene, postfix: PostfixServer) -> None:
    scene.judges(postfix.host, POSTFIX)


def test_no_answer_is_told_from_a_refused_connection(scene: Scene, postfix: PostfixServer) -> None:
    (closed,) = scene.probe(postfix.host.ip4, "--port", "2599")
    assert closed["verdict"] == "closed", closed
    (filtered,) = scene.probe(VACANT, "--port", "587")
    assert filtered["verdict"] == "filtered", filtered


def test_nothing_was_sent_by_all_this(postfix: PostfixServer) -> None:
    assert postfix.inbox() == []
    log = postfix.log()
    assert "NOQUEUE: reject" in log, "the server saw the probe"
    assert "status=sent" not in log and "postfix/cleanup" not in log
