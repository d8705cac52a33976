"""What every suite shares: one lab (one ONOS) for the whole session, and the figures printed at its end.

A suite asks for the fixture ``lab`` and builds its networks with it: ``lab.build_network(plan, mode)``, ``lab.enforce()``,
then ``lab.network``, ``lab.postern``, ``lab.onos``. A network that is up gives way to the next; Postern and its
configuration go with it, ONOS stays. ``lab test`` starts this; by hand, in a checkout that is built, as root::

    /usr/bin/python3 -m pytest -v -s test-env/suites/test_policy.py
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from labkit import keeper, machine, session  # noqa: E402
from labkit.progress import say  # noqa: E402
from labkit.registry import Registry  # noqa: E402
from labkit.session import Lab, Options  # noqa: E402


class Figures:
    """Tables that the session prints at its end, whatever failed."""

    def __init__(self) -> None:
        self.tables: List[str] = []

    def add(self, text: str) -> None:
        """Adds a table."""
        self.tables.append(text)


_figures = Figures()


def pytest_configure(config: pytest.Config) -> None:
    """Lets signals interrupt the session in order, and names the marks."""
    config.addinivalue_line("markers", "restarts_controller: stops or kills ONOS; skipped if it is somebody else's")
    keeper.raise_on_signals()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: List[pytest.Item]) -> None:
    """Has the tests of a module that ask for the same scene run together, so that each is built once.

    pytest itself goes by the place of a parameter in its list, which differs where tests name other lists.
    """

    def scene(item: pytest.Item) -> str:
        return str(item.callspec.params.get("scene", "")) if hasattr(item, "callspec") else ""

    places: Dict[Tuple[Path, str], int] = {}
    for place, item in enumerate(items):
        places.setdefault((item.path, ""), place)
        places.setdefault((item.path, scene(item)), place)
    items.sort(key=lambda item: (places[item.path, ""], places[item.path, scene(item)]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the figures."""
    for table in _figures.tables:
        terminalreporter.write_line("")
        terminalreporter.write_line(table)


@pytest.fixture(scope="session")
def figures() -> Figures:
    """Where a test leaves a table to be printed at the end of the session."""
    return _figures


@pytest.fixture(scope="session")
def options() -> Options:
    """What the user asked for."""
    home = os.environ.get("POSTERN_LAB_ONOS_HOME")
    return Options(
        Path(os.environ.get("POSTERN_LAB_STATE") or session.DEFAULT_STATE).absolute(),
        os.environ.get("POSTERN_LAB_ONOS"),
        Path(home) if home else None,
    )


@pytest.fixture(scope="session")
def registry(options: Options) -> Iterator[Registry]:
    """The journal of what is to be cleaned up: that of ``lab test``, or one of its own."""
    registry = Registry(options.state)
    if os.environ.get("POSTERN_LAB_HELD"):
        registry.join()
        yield registry
        return
    machine.require_root()
    registry.acquire("pytest")
    try:
        keeper.note_owner(registry, "pytest")
        session.check(options, registry, options.starts_onos)
        yield registry
    finally:
        registry.sweep()
        registry.release()


@pytest.fixture(scope="session")
def lab(options: Options, registry: Registry) -> Iterator[Lab]:
    """The lab with its ONOS running and nothing on it."""
    lab = Lab(options, registry)
    lab.start_onos()
    try:
        yield lab
    finally:
        say("taking the lab down")
        lab.close()


@pytest.fixture(autouse=True)
def _own_controller_only(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("restarts_controller") and os.environ.get("POSTERN_LAB_ONOS"):
        pytest.skip("somebody else's ONOS is not restarted")
