"""A switch that keeps ONOS's driver: what redirects, quarantines and walls in does so in its one table too.

The second switch leaves the front table for it while the first keeps it, as an operator would go over one by one; afterwards it
goes back.
"""

from __future__ import annotations

from typing import Iterator

import pytest

from labkit.hosts import Host
from labkit.mail.checks import BLOCKED, DELIVERED
from labkit.mail.worm import SynWorm
from labkit.network import addresses
from labkit.postern import STOCK_DRIVER
from labkit.services import resolves

from enforcement.scene import (
    FAMILIES,
    PLAN,
    S2,
    Scene,
    at_work,
    browses,
    connected,
    eventually,
    lawful_neighbour,
    mail_doors,
    quarantined,
    reaches_contact,
    together,
)

RELAY = addresses.RELAY

#: SYNs a worm sends, per family.
SYNS = 400


@pytest.fixture(scope="module", autouse=True)
def one_table(scene: Scene) -> Iterator[None]:
    """The second switch with the policy in its one table."""
    configuration, _ = scene.configuration()
    device = configuration["devices"][S2]
    device["basic"]["driver"] = STOCK_DRIVER
    device["postern"].update(PLAN.single_table(2))
    scene.postern.withdraw(S2, STOCK_DRIVER)
    try:
        scene.post(configuration)
        scene.postern.enforce(S2)
        scene.settle()
        yield
    finally:
        scene.postern.withdraw(S2)
        scene.restore()
        scene.postern.enforce(S2)
        scene.settle()


def test_switch_has_gone_over_and_holds_rules_in_one_table_only(scene: Scene) -> None:
    row = scene.postern.devices()[S2]
    assert (row["backend"], row["driver"], row["state"]) == ("single-table", STOCK_DRIVER, "IN_FORCE")
    assert row["limits"] and not any("goto_table" in rule for rule in scene.network.switch(2).flows())
    assert scene.fates("r6") == {BLOCKED} and scene.fates("b1", "b2") == {DELIVERED}
    lawful_neighbour(scene, "r6")


def test_redirected_line_is_steered_and_nothing_of_it_leaves_for_anybody_but_the_relay(scene: Scene) -> None:
    targets = [*scene.world.exchanger_addresses(4), *scene.world.exchanger_addresses(6)]
    transit = f"{addresses.switch_name(2)}-eth{addresses.UPSTREAM_PORT}"
    with scene.line("r6", addresses.STEERED) as host:
        eventually("the line is steered", lambda: scene.is_steered("r6"))
        not_to_relay = f"tcp dst port 25 and not ether dst {RELAY.interface.mac}"
        with scene.capture(transit, not_to_relay) as capture:
            lawful = scene.host("b2")
            with at_work(SynWorm(host, targets, scene.state), SynWorm(lawful, targets, scene.state, rate=50)) as (bad, good):
                bad.await_sent(SYNS)
                good.await_sent(10)
                bad.stop()
                good.stop()
            leak = capture.stop()
        assert leak.syns_from(host.ip4, host.ip6) == 0
        assert leak.syns[lawful.ip4] > 0 and leak.syns[lawful.ip6] > 0
        lawful_neighbour(scene, "r6")
    eventually("residential again, it is blocked", lambda: scene.is_dropped("r6"))


def test_mail_quarantine_closes_every_mail_port_and_leaves_the_contact_path(scene: Scene) -> None:
    with quarantined(scene, "r7") as host:
        assert [door for door, open_ in mail_doors(scene, host).items() if any(open_)] == []
        assert browses(scene, host, scene.host("host"), True) == [200, 200]
        assert reaches_contact(scene, host)
        lawful_neighbour(scene, "r6")


def test_walled_garden_steers_to_the_portal_and_closes_the_rest(scene: Scene, foreign_web: Host) -> None:
    host, isp = scene.host("r8"), scene.host("isp")
    assert browses(scene, host, foreign_web, False) == browses(scene, host, foreign_web, True) == [200, 200]
    with quarantined(scene, "r8", "-c", "walled-garden"):
        scene.desk.update()
        eventually("HTTP lands on the portal", lambda: browses(scene, host, foreign_web, False) == [511, 511])
        assert connected(host, 443, foreign_web.ip4, foreign_web.ip6) == [False, False]
        assert together(*[lambda a=isp.ip(family): resolves(host, a) for family in FAMILIES]) == [True, True]
        assert browses(scene, host, scene.host("host"), True) == [200, 200], "the allow-list"
        assert reaches_contact(scene, host)
        assert browses(scene, scene.host("r6"), foreign_web, True) == [200, 200]
    eventually("released, it browses", lambda: browses(scene, host, foreign_web, False) == [200, 200])
