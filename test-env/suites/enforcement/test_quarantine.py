"""Quarantine in both depths: what is closed, what stays open, what the portal says, and the way out.

Everything that must be closed is open to a neighbour in the same moment; everything that must be open is used for real.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Callable, Dict, Iterator, List

import pytest

from labkit.hosts import Host
from labkit.mail import checks, probes
from labkit.mail.checks import BLOCKED, DELIVERED
from labkit.mail.clients import fetch, new_token
from labkit.mail.worm import run_smtp_worm
from labkit.services import offered_a_lease, resolves, told_the_time

from .scene import (
    FAMILIES,
    REASON,
    Scene,
    browses,
    connected,
    eventually,
    lawful_neighbour,
    mail_doors,
    quarantined,
    quarantines,
    reaches_contact,
    refused_command,
    together,
)

# ------------------------------------------------------------------------------------------- depth mail


def test_mail_quarantine_closes_every_mail_port_and_nothing_else(scene: Scene) -> None:
    everything = mail_doors(scene, scene.host("r3"))
    assert {door for door, open_ in everything.items() if not all(open_)} == {"mail exchanger 25", "hosted 25"}
    with quarantined(scene, "r3") as host:
        assert [door for door, open_ in mail_doors(scene, host).items() if any(open_)] == []
        assert browses(scene, host, scene.host("host"), False) == [200, 200]
        assert browses(scene, host, scene.host("host"), True) == [200, 200]
        assert all(resolves(host, address) for address in (scene.host("isp").ip4, scene.host("isp").ip6))
        assert all(probes.ping(host, scene.host("mx1").ip(family), 3000) for family in FAMILIES)
        assert reaches_contact(scene, host), "the contact path is open, mail included"
        lawful_neighbour(scene)
        row = quarantines(scene)["r3"]
        assert (row["depth"], row["reason"]) == ("mail", REASON) and row["since"] and row["by"]


def test_leaving_the_mail_quarantine_works_for_the_next_connection(scene: Scene) -> None:
    with quarantined(scene, "r3") as host:
        result = checks.submission(scene.world, 587, host)
        assert result.outcome != DELIVERED, result.evidence
        scene.postern.order("postern-release", "r3")
        result = checks.submission(scene.world, 587, host)
        assert result.outcome == DELIVERED, result.evidence
        assert "r3" not in quarantines(scene)
    assert scene.fates("r3") == {BLOCKED}, "released, it is what it was: residential"


def test_quarantine_of_a_business_line_stops_its_own_mail_server_and_gives_its_class_back(scene: Scene) -> None:
    assert scene.fates("b2") == {DELIVERED}
    with quarantined(scene, "b2"):
        eventually("the quarantined business line is blocked", lambda: scene.fates("b2") == {BLOCKED})
        assert scene.fates("b1") == {DELIVERED}
        scene.postern.order("postern-release", "b2")
        eventually("released it delivers", lambda: scene.fates("b2") == {DELIVERED})
    (row,) = [row for row in scene.postern.query("postern-subscribers") if row["id"] == "b2"]
    assert row["class"] == "business"


# ------------------------------------------------------------------------------------------- depth walled garden


@pytest.fixture
def garden(scene: Scene) -> Iterator[Host]:
    """A subscriber in the walled garden, the portal's list up to date."""
    with quarantined(scene, "r4", "-c", "walled-garden") as host:
        scene.desk.update()
        yield host


def test_walled_garden_leaves_name_service_leases_time_portal_and_allow_list_open(scene: Scene, garden: Host) -> None:
    isp, portal = scene.host("isp"), scene.host("portal")
    answers = together(
        *[lambda a=address: resolves(garden, a) for address in (isp.ip4, isp.ip6)],
        *[lambda a=address: resolves(garden, a, tcp=True) for address in (isp.ip4, isp.ip6)],
        *[lambda a=address: told_the_time(garden, a) for address in (isp.ip4, isp.ip6)],
        *[lambda f=family: offered_a_lease(garden, f) for family in FAMILIES],
        *[lambda a=address: fetch(garden, portal.domain, a, False, scene.world.trust).status == 200 for address in (portal.ip4, portal.ip6)],
    )  # fmt: skip
    assert answers == [True] * len(answers)
    for secure in (False, True):
        assert browses(scene, garden, scene.host("host"), secure) == [200, 200], "the allow-list, not the portal"
    assert reaches_contact(scene, garden)


def test_walled_garden_closes_everything_else(scene: Scene, garden: Host, foreign_web: Host) -> None:
    free = scene.host("r1")
    isp, far = scene.host("isp"), scene.host("vpn")
    with ExitStack() as stack:
        for host in (isp, far):
            stack.enter_context(probes.Echo(host, scene.state))
        tries: Dict[str, Callable[[Host], bool]] = {}
        for family in FAMILIES:
            tries[f"ping {family}"] = lambda h, f=family: probes.ping(h, far.ip(f), 56)
            tries[f"datagram to the internet {family}"] = lambda h, f=family: probes.datagram_comes_back(h, far.ip(f), 100)
            tries[f"datagram to the resolver {family}"] = lambda h, f=family: probes.datagram_comes_back(h, isp.ip(f), 100)
            tries[f"HTTPS {family}"] = lambda h, f=family: connected(h, 443, foreign_web.ip(f)) == [True]
            for port in (25, 465, 587):
                tries[f"ISP {port} {family}"] = lambda h, f=family, p=port: connected(h, p, isp.ip(f)) == [True]
        opened = together(*[lambda t=one: t(free) for one in tries.values()])
        closed = together(*[lambda t=one: t(garden) for one in tries.values()])
    assert [name for name, open_ in zip(tries, opened) if not open_] == [], "open to the neighbour"
    assert [name for name, open_ in zip(tries, closed) if open_] == [], "closed in the garden"
    assert scene.is_dropped("r4")
    lawful_neighbour(scene)


@pytest.mark.parametrize("name", ["r4", "r8"])
def test_http_of_the_walled_garden_lands_on_the_portal_which_says_why(scene: Scene, foreign_web: Host, name: str) -> None:
    host = scene.host(name)
    eventually("free, it browses", lambda: browses(scene, host, foreign_web, False) == [200, 200])
    with quarantined(scene, name, "-c", "walled-garden"):
        scene.desk.update()
        eventually("HTTP lands on the portal", lambda: browses(scene, host, foreign_web, False) == [511, 511])
        assert browses(scene, scene.host("r1"), foreign_web, False) == [200, 200]
        page = fetch(host, scene.stage.portal.name, scene.host("portal").ip4, False, scene.world.trust)
        assert page.status == 200 and "mail worm &lt;b&gt;" in page.text and quarantines(scene)[name]["since"] in page.text
    eventually("released, it browses", lambda: browses(scene, host, foreign_web, False) == [200, 200])


# ------------------------------------------------------------------------------------------- the way out


def ask_for_release(scene: Scene, host: Host) -> int:
    """Sends the portal's form; the status of the answer."""
    url = f"http://{scene.host('portal').ip4}/release"
    form = ["-d", "cleaned=yes", "--data-urlencode", "note=two computers cleaned"]
    answer = host.run(["curl", "-sS", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code}", *form, url], timeout=15)
    return int(answer.stdout or 0)


def test_request_by_the_portal_waits_for_the_operator_and_then_opens_at_once(scene: Scene, garden: Host, foreign_web: Host) -> None:
    assert ask_for_release(scene, garden) == 303
    scene.desk.update()
    assert [(request.subscriber, request.note) for request in scene.desk.pending()] == [("r4", "two computers cleaned")]
    assert "r4" in quarantines(scene), "who decides is the operator"
    scene.desk.release("r4")
    assert browses(scene, garden, foreign_web, True) == [200, 200], "the next connection passes"
    lawful_neighbour(scene, "r4")
    assert scene.desk.pending() == []
    scene.desk.update()
    page = fetch(garden, scene.stage.portal.name, scene.host("portal").ip4, False, scene.world.trust)
    assert "not quarantined" in page.text


def test_desk_that_trusts_its_customers_opens_by_itself(scene: Scene, garden: Host, foreign_web: Host) -> None:
    scene.desk.automatic = True
    try:
        scene.desk.update()
        assert "r4" in quarantines(scene), "nobody has asked yet"
        assert ask_for_release(scene, garden) == 303
        scene.desk.update()
    finally:
        scene.desk.automatic = False
    assert "r4" not in quarantines(scene)
    assert browses(scene, garden, foreign_web, True) == [200, 200]


def test_quarantined_worm_reaches_nobody_but_the_contact_desk_on_25(scene: Scene, garden: Host) -> None:
    targets = [*scene.world.exchanger_addresses(4), *scene.world.exchanger_addresses(6)]
    assert [d.connected for d in run_smtp_worm(garden, targets, new_token())] == [False] * len(targets)
    assert [d.delivered for d in run_smtp_worm(scene.host("b1"), targets, new_token())] == [True] * len(targets)


# ------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "words, named",
    [
        (["postern-quarantine", "--reason", "x", "nobody"], ["nobody"]),
        (["postern-quarantine", "r3"], ["reason"]),
        (["postern-quarantine", "--reason", "", "r3"], ["reason"]),
        (["postern-quarantine", "-c", "gold", "--reason", "x", "r3"], ["gold"]),
        (["postern-quarantine", "-c", "business", "--reason", "x", "r3"], ["business"]),
        (["postern-release", "nobody"], ["nobody"]),
        (["postern-release", "r3"], ["r3"]),
    ],
    ids=lambda value: " ".join(value) if value and value[0].startswith("postern") else "",
)
def test_bad_command_is_refused_in_one_line_and_quarantines_nobody(scene: Scene, words: List[str], named: List[str]) -> None:
    refused_command(scene, words, named)
    assert quarantines(scene) == {}
