"""Suite ``submission``: the probe against a real Exim, which has a configuration on each of its ports."""

from __future__ import annotations

import pytest

from labkit.mail.clients import new_token, submit
from labkit.mail.exim import EximServer
from labkit.mail.processes import await_condition

from .scene import EXIM, LOCAL, Scene


@pytest.mark.parametrize("family", [4, 6])
def test_exim_that_wants_auth_at_mail_enforces_it_on_587_and_465(scene: Scene, exim: EximServer, family: int) -> None:
    results = scene.probe(exim.host.ip4 if family == 4 else exim.host.ip6, "--port", "587,465")
    assert [(r["port"], r["verdict"]) for r in results] == [(587, "enforced"), (465, "enforced")], results
    for result in results:
        assert result["withinTls"]["mail"]["code"] == 550 and result["authWithinTls"] == ["PLAIN", "LOGIN"], result
        assert result["tls"]["version"].startswith("TLSv1."), result
        assert result["tls"]["certificate"]["chainProblem"] is None, result


def test_every_configuration_of_exim_has_its_verdict_with_its_evidence(scene: Scene, exim: EximServer) -> None:
    scene.judges(exim.host, EXIM)


def test_exim_saw_the_probe_and_has_taken_no_message(exim: EximServer) -> None:
    assert "rejected MAIL" in exim.log() and "rejected RCPT" in exim.log()
    assert exim.spooled() == []


def test_message_that_exim_does_take_is_seen_in_its_spool(scene: Scene, exim: EximServer) -> None:
    """The control of the one before: what is sent by who may is there."""
    try:
        dialogue = submit(scene.prober, exim.host.ip4, 587, LOCAL, new_token(), auth=True)
        assert dialogue.accepted, dialogue.transcript
        assert await_condition(lambda: bool(exim.spooled()), 6.0, 0.05), exim.log()
    finally:
        exim.discard()
    assert exim.spooled() == []
