"""The scene of the suite ``enforcement``: built once, shared by its files, gone before another suite's network comes."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from labkit.remediation.desk import RemediationDesk
from labkit.session import Lab
from labkit.stage import Stage

from .scene import PLAN, Scene


@pytest.fixture(scope="package")
def scene(lab: Lab) -> Iterator[Scene]:
    """See :mod:`enforcement.scene`."""
    state: Path = lab.registry.state
    network = lab.build_network(PLAN)
    with Stage(network, state) as stage:
        postern = lab.enforce()
        stage.tell(lab.onos)
        desk = RemediationDesk(postern, stage.portal)
        scene = Scene(network, postern, stage, desk, state / "enforcement")
        scene.state.mkdir(parents=True, exist_ok=True)
        scene.settle()
        yield scene
