"""The scene of the suite ``submission``: a network without Postern, and real servers of three kinds in it."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from labkit.mail.certificate import ensure_certificate
from labkit.mail.exim import EximServer
from labkit.mail.opensmtpd import OpenSmtpdServer
from labkit.mail.postfix import PostfixServer, Routing
from labkit.mail import unpacked
from labkit.session import Lab

from .scene import EXIM, OPENSMTPD, OWN, POSTFIX, POSTFIX_BY_DNS, Scene, trust_store


@pytest.fixture(scope="package")
def scene(lab: Lab) -> Iterator[Scene]:
    """A network at work, and whom the probe believes."""
    network = lab.build_network(mode="normal")
    state: Path = lab.registry.state / "submission"
    state.mkdir(parents=True, exist_ok=True)
    try:
        yield Scene(network, network.host("r1"), state, ensure_certificate(state), trust_store(state))
    finally:
        lab.drop_network()


@pytest.fixture(scope="package")
def postfix(scene: Scene) -> Iterator[PostfixServer]:
    """A Postfix of many configurations at the ISP's."""
    more = {**{port: server.configuration for port, server in POSTFIX.items()}, **POSTFIX_BY_DNS}
    server = PostfixServer(
        scene.network.host("isp"), "smtp.isp.example", Routing(OWN), scene.state, scene.certificate, more=more
    )
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="package")
def unpacked_servers(lab: Lab) -> None:
    """Exim and OpenSMTPD are there: ``lab test`` has fetched them before, for here is no way out."""
    unpacked.ensure(lab.registry)


@pytest.fixture(scope="package")
def exim(scene: Scene, unpacked_servers: None) -> Iterator[EximServer]:
    """An Exim of many configurations on the internet."""
    more = {port: server.configuration for port, server in EXIM.items()}
    server = EximServer(scene.network.host("mx1"), "mail.hosted.example", OWN, scene.state, scene.certificate, more)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="package")
def opensmtpd(scene: Scene, unpacked_servers: None) -> Iterator[OpenSmtpdServer]:
    """An OpenSMTPD of many configurations, elsewhere on the internet."""
    more = {port: server.configuration for port, server in OPENSMTPD.items()}
    server = OpenSmtpdServer(scene.network.host("mx2"), "mail.business.example", scene.state, scene.certificate, more)
    try:
        yield server.start()
    finally:
        server.stop()
