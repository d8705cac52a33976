"""Suite ``submission``: the probe against a real OpenSMTPD, which has a configuration on each of its ports.

AUTH in clear is not among them: it cannot be configured.
"""

from __future__ import annotations

import pytest

from labkit.mail.opensmtpd import OpenSmtpdServer

from .scene import OPENSMTPD, Scene


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
