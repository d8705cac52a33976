"""A controller that crashes: what operators ordered outlives it, and an exemption that was over meanwhile is closed.

Not part of ``lab test``, since ONOS takes half a minute to start; ``lab soak`` has it.
"""

from __future__ import annotations

import json
from typing import Iterator, List

import pytest

from labkit.mail.checks import BLOCKED, DELIVERED
from labkit.session import Lab

from enforcement.scene import POLL, Scene, eventually

from .test_exemptions import WHY_REVOKED, exempt, exemptions

#: Seconds: long enough to be seen in traffic, over before ONOS is up again or soon after.
SHORT = 15

#: Seconds that the policy may take to be in force again: a bound of a wait, no measurement.
PATIENCE = 90.0


@pytest.fixture
def lines(scene: Scene) -> Iterator[None]:
    """Two lines with their prefixes."""
    for name in ("r2", "r3"):
        scene.register(name, "residential")
    yield
    for name in ("r2", "r3"):
        scene.register(name, "residential")


def journal(scene: Scene) -> List[dict]:
    """The newest hundred entries of the audit, the oldest first."""
    text = scene.postern.order("postern-audit", "-j", "--limit", "100")
    return [json.loads(line) for line in text.splitlines()][::-1]


@pytest.mark.restarts_controller
def test_directory_exemptions_and_audit_survive_a_kill_and_what_is_over_then_is_closed(lab: Lab, scene: Scene, lines: None) -> None:
    onos = lab.managed
    exempt(scene, "r2", "goes-on", "--for", "1h", "--ticket", "T-7")
    exempt(scene, "r3", "over", "--for", f"{SHORT}s")
    eventually("both are open", lambda: scene.fates("r2", "r3") == {DELIVERED})
    directory = [{**row, "attempts": 0} for row in scene.postern.query("postern-subscribers")]
    long, before = exemptions(scene)["goes-on"], journal(scene)
    onos.restart(crash=True)
    onos.set_poll_interval(POLL)
    scene.postern.await_commands()
    # what was posted over REST is gone with the old one; and only where mail may get through, blocked means anything
    lab.forwarding.again()
    eventually("what goes on is open", lambda: scene.fates("r2", "b1") == {DELIVERED}, PATIENCE)
    eventually("what was over meanwhile is closed", lambda: scene.is_dropped("r3", "r1"), PATIENCE)
    assert scene.fates("r2") == {DELIVERED}
    assert [{**row, "attempts": 0} for row in scene.postern.query("postern-subscribers")] == directory
    assert exemptions(scene) == {"goes-on": long} and "over" in exemptions(scene, "--state", "ended")
    after = journal(scene)
    kept = [entry for entry in after if entry["number"] <= before[-1]["number"]]
    assert kept and kept == before[-len(kept) :], "word for word"
    ended = [entry for entry in after if entry["action"] == "exemption-ended" and entry["text"].startswith("over(")]
    assert len(ended) == 1, ended
    scene.postern.order("postern-revoke", "-y", "--reason", WHY_REVOKED, "goes-on")
    eventually("revoked, it is blocked", lambda: scene.fates("r2") == {BLOCKED})
    scene.stage.tell(onos)
    scene.settle()
