"""Monitor mode: a class, a device or a subscriber is only watched. Everything passes, and what enforcement would have hit is counted."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator

from labkit.mail import checks
from labkit.mail.checks import BLOCKED, DELIVERED
from labkit.mail.clients import new_token
from labkit.mail.fragments import Variant, hold_dialogue
from labkit.mail.world import address

from .scene import S2, Scene, eventually

#: A dialogue in fragments that a Linux receiver puts together.
FRAGMENTED = (Variant(4, 8), Variant(4, 40), Variant(6, 40))


@contextmanager
def delivers_and_is_counted(scene: Scene, name: str) -> Iterator[None]:
    """After the body the line delivers, and the count is of just as many packets as left by the uplink for port 25."""
    host = scene.host(name)
    with scene.capture() as capture:
        yield
        eventually("the order begins a new count", lambda: scene.counted(name, "monitored") == 0)
        # what is dropped before the order takes effect does not leave by the uplink and is counted as an attempt
        eventually("the monitored line delivers", lambda: scene.fates(name) == {DELIVERED})
        leak = capture.stop()
    sent = leak.segments[host.ip4] + leak.segments[host.ip6]
    assert leak.syns[host.ip4] > 0 and leak.syns[host.ip6] > 0
    eventually(f"{sent} packets are counted", lambda: scene.counted(name, "monitored") >= sent)
    assert scene.counted(name, "monitored") == sent


def test_monitored_subscriber_delivers_fragments_too_and_the_count_says_how_much(scene: Scene) -> None:
    with delivers_and_is_counted(scene, "r3"):
        scene.register("r3", "residential", "--monitor")
    try:
        assert scene.fates("r1") == {BLOCKED}, "its neighbour is enforced"
        for variant in FRAGMENTED:
            token = new_token()
            target = address(scene.host("mx1"), variant.family)
            outcome = hold_dialogue(scene.host("r3"), target, f"{token}@mx1.example.net", token, variant)
            assert outcome.delivered, (str(variant), outcome.answers)
        result = checks.submission(scene.world, 587, scene.host("r3"))
        assert result.outcome == DELIVERED, result.evidence
    finally:
        scene.register("r3", "residential")
    eventually("enforced again, it is blocked", lambda: scene.fates("r3") == {BLOCKED})


def test_monitored_class_delivers_and_the_count_says_how_much(scene: Scene) -> None:
    watched = {"name": "watched", "outbound": "drop", "inbound": "allow", "mode": "monitor"}
    with scene.policy(lambda policy: policy["classes"].append(watched)):
        try:
            with delivers_and_is_counted(scene, "r4"):
                scene.register("r4", "watched")
            assert scene.fates("r1") == {BLOCKED}
        finally:
            scene.register("r4", "residential")


def test_monitored_device_delivers_and_counts_while_the_other_enforces(scene: Scene) -> None:
    configuration, _ = scene.configuration()
    configuration["devices"][S2]["postern"]["mode"] = "monitor"
    try:
        with delivers_and_is_counted(scene, "r7"):
            scene.post(configuration)
        assert scene.fates("r3") == {BLOCKED}
    finally:
        scene.restore()
    eventually("enforced again, it is blocked", lambda: scene.fates("r7") == {BLOCKED})
