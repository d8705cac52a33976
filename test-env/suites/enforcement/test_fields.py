"""Every field that the suite's features have added: a value that cannot be is refused, by its name, and changes nothing."""

from __future__ import annotations

from typing import Callable, List

import pytest

from labkit.mail.checks import BLOCKED, DELIVERED

from .scene import S1, Scene, refused_command, refused_configuration


def steered(policy: dict) -> dict:
    """The class that redirects."""
    return policy["classes"][-1]


def relay(policy: dict) -> dict:
    """The relay."""
    return policy["relays"][0]


BAD_POLICY = {
    "outbound": (lambda p: steered(p).update(outbound="divert"), ["classes[1].outbound", "divert"]),
    "mode": (lambda p: steered(p).update(mode="watch"), ["classes[1].mode", "watch"]),
    "fallback": (lambda p: steered(p).update(fallback="reject"), ["classes[1].fallback", "reject"]),
    "fallback without redirect": (lambda p: p["classes"][0].update(fallback="drop"), ["classes[0].fallback"]),
    "relay without redirect": (lambda p: p["classes"][0].update(relay="relay"), ["classes[0].relay"]),
    "relay no text": (lambda p: steered(p).update(relay=7), ["classes[1].relay"]),
    "quarantine": (lambda p: p["classes"].append({"name": "q", "quarantine": "deep"}), ["classes[2].quarantine", "deep"]),
    "quarantine and outbound": (
        lambda p: p["classes"].append({"name": "q", "quarantine": "mail", "outbound": "drop"}),
        ["classes[2]", "outbound"],
    ),
    "relays": (lambda p: p.update(relays={"name": "relay"}), ["relays"]),
    "relay name": (lambda p: relay(p).pop("name"), ["relays[0].name"]),
    "relay twice": (lambda p: p["relays"].append(dict(relay(p))), ["relays[1].name", "relay"]),
    "relay address": (lambda p: relay(p).update(addresses=["10.64.0.300"]), ["relays[0].addresses[0]", "10.64.0.300"]),
    "relay mac": (lambda p: relay(p).update(mac="02:64:zz:00:00:19"), ["relays[0].mac", "02:64:zz:00:00:19"]),
    "relay mac of a group": (lambda p: relay(p).update(mac="01:00:5e:00:00:19"), ["relays[0].mac", "01:00:5e:00:00:19"]),
    "relay vlan": (lambda p: relay(p).update(vlans=[4095]), ["relays[0].vlans[0]", "4095"]),
    "relay field": (lambda p: relay(p).update(colour="red"), ["relays[0].colour"]),
    "portal": (lambda p: p["quarantine"].update(portal={}), ["quarantine.portal.addresses"]),
    "portal address": (
        lambda p: p["quarantine"]["portal"].update(addresses=["portal"]),
        ["quarantine.portal.addresses[0]", "portal"],
    ),
    "portal mac": (lambda p: p["quarantine"]["portal"].update(mac="x"), ["quarantine.portal.mac", "x"]),
    "contact": (lambda p: p["quarantine"].update(contact=["10.64.0.81/33"]), ["quarantine.contact[0]", "10.64.0.81/33"]),
    "contact everything": (lambda p: p["quarantine"].update(contact=["0.0.0.0/0"]), ["quarantine.contact[0]", "0.0.0.0/0"]),
    "allow": (lambda p: p["quarantine"].update(allow=["updates.example"]), ["quarantine.allow[0]", "updates.example"]),
    "resolvers": (lambda p: p["quarantine"].update(resolvers=["::g"]), ["quarantine.resolvers[0]", "::g"]),
    "quarantine field": (lambda p: p["quarantine"].update(colour="red"), ["quarantine.colour"]),
}


@pytest.mark.parametrize("change, named", BAD_POLICY.values(), ids=list(BAD_POLICY))
def test_bad_field_of_the_policy_is_refused_by_name(scene: Scene, change: Callable, named: List[str]) -> None:
    configuration, policy = scene.configuration()
    change(policy)
    refused_configuration(scene, configuration, named)


def test_bad_mode_of_a_device_is_refused_by_name(scene: Scene) -> None:
    configuration, _ = scene.configuration()
    configuration["devices"][S1]["postern"]["mode"] = "watch"
    refused_configuration(scene, configuration, ["mode", "watch"])


@pytest.fixture(scope="module", autouse=True)
def good_again(scene: Scene):
    """After all of them the good configuration is posted, and all the while the last good one was in force."""
    yield
    try:
        assert scene.fates("r1") == {BLOCKED} and scene.fates("b1") == {DELIVERED}
        assert scene.is_dropped("r2")
    finally:
        scene.restore()


def test_subscriber_file_with_a_bad_mode_is_refused_by_name(scene: Scene) -> None:
    path = scene.state / "import.json"
    scene.state.mkdir(parents=True, exist_ok=True)
    path.write_text('[{"id": "r98", "attachments": ["%s/48"], "mode": "watch"}]' % S1)
    refused_command(scene, ["postern-import", str(path)], ["mode", "watch"])
