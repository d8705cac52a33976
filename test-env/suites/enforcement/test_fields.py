"""Every field that the suite's features have added: a value that cannot be is refused, by its name, and changes nothing."""

from __future__ import annotations

from typing import Callable, List, Tuple

import pytest

from labkit.mail.checks import BLOCKED, DELIVERED
from labkit.network import addresses

from .scene import S1, Scene, refused_command, refused_configuration


def steered(policy: dict) -> dict:
    """The class that redirects."""
    return policy["classes"][-1]


def relay(policy: dict) -> dict:
    """The relay."""
    return policy["relays"][0]


#: Ways to spoil the policy, and what the reason must name: the field and the value. Those of one group go together into one
#: configuration, for an operator is told everything at once.
BAD_POLICY = {
    "class that redirects": [
        (lambda p: steered(p).update(mode="watch"), ["classes[1].mode", "watch"]),
        (lambda p: steered(p).update(fallback="reject"), ["classes[1].fallback", "reject"]),
        (lambda p: steered(p).update(relay=7), ["classes[1].relay"]),
        (lambda p: p["classes"][0].update(fallback="drop", relay="relay"), ["classes[0].fallback", "classes[0].relay"]),
        (lambda p: p["classes"].append({"name": "r", "outbound": "divert"}), ["classes[2].outbound", "divert", "redirect"]),
        (lambda p: p["classes"].append({"name": "q", "quarantine": "deep"}), ["classes[3].quarantine", "deep"]),
        (lambda p: p["classes"].append({"name": "o", "quarantine": "mail", "outbound": "drop"}), ["classes[4]", "outbound"]),
        (lambda p: p["classes"].append({"name": "n", "outbound": "redirect"}), ["classes[5]", "relay"]),
    ],
    "relay that is not there": [(lambda p: steered(p).update(relay="nowhere"), ["classes[1].relay", "nowhere"])],
    "no relay at all": [(lambda p: p.pop("relays"), ["classes[1].relay", addresses.RELAY.name])],
    "relays that are no list": [(lambda p: p.update(relays={"name": "relay"}), ["relays"])],
    "relays": [
        (lambda p: relay(p).update(colour="red"), ["relays[0].colour"]),
        (lambda p: relay(p).update(vlans=[7, 4095]), ["relays[0].vlans[1]", "4095"]),
        (lambda p: p["relays"].append({"addresses": ["10.64.0.26"]}), ["relays[1].name"]),
        (lambda p: p["relays"].append({"name": "relay", "addresses": ["10.64.0.26"]}), ["relays[2].name", "relay"]),
        (lambda p: p["relays"].append({"name": "b", "addresses": ["10.64.0.300"]}), ["relays[3].addresses[0]", "10.64.0.300"]),
        (lambda p: p["relays"].append({"name": "c", "mac": "02:64:zz:00:00:19"}), ["relays[4].mac", "02:64:zz:00:00:19"]),
        (lambda p: p["relays"].append({"name": "d", "mac": "01:00:5e:00:00:19"}), ["relays[5].mac", "01:00:5e:00:00:19"]),
        (lambda p: p["relays"].append({"name": "e", "addresses": []}), ["relays[6].addresses"]),
        (lambda p: p["relays"].append("relay"), ["relays[7]"]),
    ],
    "quarantine": [
        (lambda p: p["quarantine"].update(portal={"mac": "x"}), ["quarantine.portal.mac", "x"]),
        (lambda p: p["quarantine"].update(contact=["10.64.0.81/33", "0.0.0.0/0"]), ["quarantine.contact[0]", "10.64.0.81/33"]),
        (lambda p: None, ["quarantine.contact[1]", "0.0.0.0/0"]),
        (lambda p: p["quarantine"].update(allow=["updates.example"]), ["quarantine.allow[0]", "updates.example"]),
        (lambda p: p["quarantine"].update(resolvers=["::g"]), ["quarantine.resolvers[0]", "::g"]),
        (lambda p: p["quarantine"].update(colour="red"), ["quarantine.colour"]),
    ],
    "portal that is nowhere": [(lambda p: p["quarantine"].update(portal={}), ["quarantine.portal.addresses"])],
    "quarantine that is no object": [(lambda p: p.update(quarantine="mail"), ["quarantine", "mail"])],
}


@pytest.mark.parametrize("flaws", BAD_POLICY.values(), ids=list(BAD_POLICY))
def test_bad_field_of_the_policy_is_refused_by_name(scene: Scene, flaws: List[Tuple[Callable, List[str]]]) -> None:
    configuration, policy = scene.configuration()
    for change, _ in flaws:
        change(policy)
    refused_configuration(scene, configuration, [name for _, named in flaws for name in named])


def test_bad_mode_of_a_device_is_refused_by_name(scene: Scene) -> None:
    configuration, _ = scene.configuration()
    configuration["devices"][S1]["postern"]["mode"] = "watch"
    refused_configuration(scene, configuration, ["mode", "watch"])


@pytest.fixture(scope="module", autouse=True)
def good_again(scene: Scene):
    """In the end the policy is what it was all the while, and the good configuration is posted again."""
    scene.settle()
    yield
    try:
        assert scene.fates("r1") == {BLOCKED} and scene.fates("b1") == {DELIVERED}
    finally:
        scene.restore()


def test_subscriber_file_with_a_bad_mode_is_refused_by_name(scene: Scene) -> None:
    path = scene.state / "import.json"
    scene.state.mkdir(parents=True, exist_ok=True)
    path.write_text('[{"id": "r98", "attachments": ["%s/48"], "mode": "watch"}]' % S1)
    refused_command(scene, ["postern-import", str(path)], ["mode", "watch"])
