"""Monitor mode: a class, a device or a subscriber is only watched. Everything passes, and what enforcement would have hit is counted."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator

from labkit.mail import checks
from labkit.mail.checks import BLOCKED, DELIVERED
from labkit.mail.clients import new_token
from labkit.mail.fragments import VARIANTS, hold_dialogue
from labkit.mail.world import address

from .scene import S2, Scene, eventually


@contextmanager
def counted_as_on_the_wire(scene: Scene, name: str) -> Iterator[None]:
    """What the line sends to port 25 meanwhile leaves by the uplink, and the count grows by just as many packets."""
    host = scene.host(name)
    before = scene.attempts(name)
    with scene.capture() as capture:
        yield
        leak = capture.stop()
    sent = leak.segments[host.ip4] + leak.segments[host.ip6]
    assert leak.syns[host.ip4] > 0 and leak.syns[host.ip6] > 0
    eventually(f"{sent} packets are counted", lambda: scene.attempts(name) >= before + sent)
    assert scene.attempts(name) == before + sent


def test_monitored_subscriber_delivers_and_the_count_says_how_much(scene: Scene) -> None:
    with scene.line("r3", "residential", "--monitor"):
        with counted_as_on_the_wire(scene, "r3"):
            assert scene.fates("r3") == {DELIVERED}
        assert scene.fates("r1") == {BLOCKED}, "its neighbour is enforced"
    eventually("enforced again, it is blocked", lambda: scene.fates("r3") == {BLOCKED})


def test_monitored_class_delivers_and_the_count_says_how_much(scene: Scene) -> None:
    watched = {"name": "watched", "outbound": "drop", "inbound": "allow", "mode": "monitor"}
    with scene.policy(lambda policy: policy["classes"].append(watched)), scene.line("r3", "watched"):
        with counted_as_on_the_wire(scene, "r3"):
            assert scene.fates("r3") == {DELIVERED}
        assert scene.fates("r1") == {BLOCKED}


def test_monitored_device_delivers_and_counts_while_the_other_enforces(scene: Scene) -> None:
    configuration, _ = scene.configuration()
    configuration["devices"][S2]["postern"]["mode"] = "monitor"
    try:
        scene.post(configuration)
        with counted_as_on_the_wire(scene, "r6"):
            assert scene.fates("r6") == {DELIVERED}
        assert scene.fates("r2") == {BLOCKED}
    finally:
        scene.restore()
    eventually("enforced again, it is blocked", lambda: scene.fates("r6") == {BLOCKED})


def test_monitored_line_loses_nothing_fragments_included(scene: Scene) -> None:
    with scene.line("r3", "residential", "--monitor") as host:
        for variant in (v for v in VARIANTS if v.receivable and not v.options):
            token = new_token()
            target = address(scene.host("mx1"), variant.family)
            outcome = hold_dialogue(host, target, f"{token}@mx1.example.net", token, variant)
            assert outcome.delivered, (str(variant), outcome.answers)
        result = checks.submission(scene.world, 587, host)
        assert result.outcome == DELIVERED, result.evidence
