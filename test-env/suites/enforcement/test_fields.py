"""Every field that the suite's features have added: a value that cannot be is refused, by its name, and changes nothing."""

from __future__ import annotations

from typing import Callable, List, Tuple

import pytest

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
        (lambda p: p["classes"].append({"name": "g", "sourceGuard": "yes"}), ["classes[6].sourceGuard", "yes", "true or false"]),
        (lambda p: p["classes"].append({"name": "t", "blockTunnels": 1}), ["classes[7].blockTunnels", "1", "true or false"]),
    ],
    "reject": [(lambda p: p.update(reject={"burst": 1001}), ["reject.burst", "1001", "1 to 1000"])],
    "reject, no burst at all": [(lambda p: p.update(reject={"burst": 0}), ["reject.burst", "0", "1 to 1000"])],
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


PORTS = "it must be one of the uplink, transit and server ports"
MAC = "02:64:00:00:00:50"

#: Ways to spoil what is said of a device, and what the reason must name: the device, the field, the value, what to do.
BAD_DEVICE = {
    "mode, backend, Ethernet types": (
        {"mode": "watch", "backend": "two-tables", "etherTypes": ["0x8864", "0x05ff", "88b8", "0x88b8", "0x88b8"]},
        [
            ".mode", "watch", "use one of enforce, monitor",
            ".backend", "two-tables", "use one of front-table, single-table",
            ".etherTypes[0]", "0x8864", "OpenFlow cannot look into",
            ".etherTypes[1]", "0x05ff", "0x0600 or higher",
            ".etherTypes[2]", "88b8", "in quotation marks",
            ".etherTypes[4]", "it is named twice",
        ],
    ),
    "exit and via without their backend": (
        {"exit": 100, "via": {MAC: 100}}, [".exit", "100", ".via", MAC, 'only a device with backend "single-table" has it']
    ),
    "exit and via by a subscriber's port, via no host": (
        {"backend": "single-table", "exit": 1, "via": {MAC: 2, "02:64": 100}},
        [".exit: 1 ", f".via.{MAC}: 2 ", PORTS, ".via: 02:64 ", "it must be a MAC address, six pairs of digits"],
    ),
    "exit that is no number, via that is a list, Ethernet types that are none": (
        {"backend": "single-table", "exit": "100", "via": [100], "etherTypes": "0x88b8"},
        [".exit", '"100"', PORTS, ".via", "[100]", "ports by MAC address", ".etherTypes", "0x88b8", "it must be a list"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("fields, named", BAD_DEVICE.values(), ids=list(BAD_DEVICE))
def test_bad_field_of_a_device_is_refused_by_name(scene: Scene, fields: dict, named: List[str]) -> None:
    configuration, _ = scene.configuration()
    configuration["devices"][S1]["postern"].update(fields)
    refused_configuration(scene, configuration, [S1, *named])
    assert scene.is_dropped("r1")


@pytest.fixture(scope="module", autouse=True)
def good_again(scene: Scene):
    """In the end the policy is what it was all the while, and the good configuration is posted again."""
    scene.settle()
    yield
    try:
        assert scene.is_dropped("r1")
    finally:
        scene.restore()


def test_subscriber_file_with_a_bad_mode_is_refused_by_name(scene: Scene) -> None:
    path = scene.state / "import.json"
    scene.state.mkdir(parents=True, exist_ok=True)
    path.write_text('[{"id": "r98", "attachments": ["%s/48"], "mode": "watch"}]' % S1)
    refused_command(scene, ["postern-import", str(path)], ["mode", "watch"])
