"""The scene of the suites ``enforcement``, ``attachments`` and ``tables``: built once for each, gone before the next one's comes."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from labkit.hosts import Host
from labkit.mail.web import WebServer
from labkit.remediation.desk import RemediationDesk
from labkit.session import Lab
from labkit.stage import Stage

from .scene import PLAN, POLL, Scene


@pytest.fixture(scope="package")
def scene(lab: Lab) -> Iterator[Scene]:
    """See :mod:`enforcement.scene`."""
    state: Path = lab.registry.state
    # whoever asks whether the policy is in force, or what was counted, waits for polls
    with lab.onos.polling_every(POLL):
        network = lab.build_network(PLAN)
        with Stage(network, state) as stage:
            postern = lab.enforce()
            stage.tell(lab.onos)
            desk = RemediationDesk(postern, stage.portal)
            scene = Scene(network, postern, stage, desk, state / "enforcement")
            scene.state.mkdir(parents=True, exist_ok=True)
            scene.settle()
            yield scene


@pytest.fixture(scope="module")
def foreign_web(scene: Scene) -> Iterator[Host]:
    """A web server that no allow-list names."""
    host = scene.host("mx2")
    server = WebServer(host, scene.state, scene.world.certificate)
    try:
        server.start()
        yield host
    finally:
        server.stop()
