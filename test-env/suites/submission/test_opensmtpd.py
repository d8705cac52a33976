"""Suite ``submission``: the probe against a real OpenSMTPD, which has a configuration on each of its ports.

AUTH in clear is not among them: it cannot be configured.
"""

from __future__ import annotations

import pytest

from labkit.mail.clients import new_token, submit
from labkit.mail.opensmtpd import OpenSmtpdServer
from labkit.mail.processes import await_condition

from .scene import ELSEWHERE, OPENSMTPD, Scene


@pytest.mark.parametrize("family", [4, 6])
def test_opensmtpd_that_requires_auth_enforces_it_on_587_and_465(
    scene: Scene, opensmtpd: OpenSmtpdServer, family: int
) -> None:
    results = scene.probe(opensmtpd.host.ip4 if family == 4 else opensmtpd.host.ip6, "--port", "587,465")
    assert [(r["port"], r["verdict"]) for r in results] == [(587, "enforced"), (465, "enforced")], results
    for result in results:
        assert result["withinTls"]["mail"]["code"] == 530 and result["authWithinTls"] == ["PLAIN", "LOGIN"], result
        assert result["tls"]["version"].startswith("TLSv1."), result
        assert result["tls"]["certificate"]["chainProblem"] is None, result


def test_every_configuration_of_opensmtpd_has_its_verdict_with_its_evidence(
    scene: Scene, opensmtpd: OpenSmtpdServer
) -> None:
    scene.judges(opensmtpd.host, OPENSMTPD)


def test_opensmtpd_saw_the_probe_and_has_taken_no_message(opensmtpd: OpenSmtpdServer) -> None:
    assert "failed-command" in opensmtpd.log()
    assert opensmtpd.spooled() == []


def test_message_that_opensmtpd_does_take_is_seen_in_its_spool(scene: Scene, opensmtpd: OpenSmtpdServer) -> None:
    """The control of the one before: what is sent by who may is there."""
    try:
        dialogue = submit(scene.prober, opensmtpd.host.ip4, 587, ELSEWHERE, new_token(), auth=True)
        assert dialogue.accepted, dialogue.transcript
        # it can deliver it to nobody: it, or what it says of that, stays
        assert await_condition(lambda: bool(opensmtpd.spooled()), 6.0, 0.05), opensmtpd.log()
    finally:
        opensmtpd.discard()
    assert opensmtpd.spooled() == []
