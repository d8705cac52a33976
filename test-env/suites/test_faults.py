"""Suite ``faults``: what goes wrong, or is done, while a worm is at it.

Every test runs a worm of 500 SYNs a second and more per family on a residential line, lawful connections (each a new one)
on a residential and a business line, and a capture on the uplink. What must come out of each: **no SYN of the worm left
while the policy was in force, and no lawful connection failed**. The table at the end of the session prints both, failed
or not.

Each fault is repeated ten times, but for the restarts of the whole controller, which take half a minute each: twice here, and
ten times in ``lab soak``, where every test also runs with both ways of forwarding.

Flow statistics are polled once a second here instead of every five, so that ten repetitions fit; ``report within a poll`` is
measured in polls, not in seconds.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Callable, Iterator, List

import pytest

from labkit.forwarding import FORWARD_TABLE
from labkit.mail import checks
from labkit.mail.world import MailWorld
from labkit.network import AccessNetwork, addresses
from labkit.postern import APP, DRIVER, DRIVERS, Postern, PosternError
from labkit.processes import wait_until
from labkit.runner import REPETITIONS
from labkit.session import Lab
from labkit.watch import WORM_FLOOR, Line, Watch, table

SOAK = os.environ.get(REPETITIONS)
TIMES = int(SOAK or 10)
RESTARTS = int(SOAK or 2)
POLL = 1
"""Seconds between two polls of flow statistics."""
PATIENCE = 90
"""Seconds to wait for the policy to be in force again: a bound of a wait, no measurement."""
DEVICE = addresses.device_id(1)
POLICY_TABLES = range(0, FORWARD_TABLE)
MAIL_OUT = 2

both = ["normal", "reactive"]
by_switch = pytest.mark.parametrize("scene", both if SOAK else ["normal"], indirect=True, scope="module")
"""Faults of switch and channel: plain forwarding, both in a soak."""
by_life = pytest.mark.parametrize("scene", both if SOAK else ["reactive"], indirect=True, scope="module")
"""Postern comes and goes: reactive forwarding, whose rules have to move; both in a soak."""
by_controller = pytest.mark.parametrize("scene", ["reactive"], indirect=True, scope="module")
"""ONOS restarts: with forwarding that ONOS starts again by itself. A rule posted over REST would be gone with the old one."""

_lines: List[Line] = []


@dataclass
class Scene:
    """A network with the policy in force, mail servers up."""

    lab: Lab
    network: AccessNetwork
    world: MailWorld
    mode: str

    @property
    def postern(self) -> Postern:
        """Postern on this network."""
        return self.lab.postern

    def watch(self, fault: str) -> Watch:
        """Worm, lawful traffic and capture for a fault."""
        return Watch(self.network, self.world, fault, self.mode)

    def policy_rules(self) -> int:
        """How many rules stand in Postern's tables of the switch itself."""
        # not checked: a bridge that is being made anew is not there for a moment
        lines = self.network.switch().ofctl("dump-flows", check=False).splitlines()
        return sum(_is_posterns(line) for line in lines if "actions=" in line)

    def in_force_again(self, rules: int) -> None:
        """Waits until switch, ONOS and Postern are as they were, with ``rules`` rules in Postern's tables."""
        self.network.switch().wait_connected(PATIENCE)
        wait_until(f"{rules} rules in Postern's tables", lambda: self.policy_rules() == rules, PATIENCE, 0.1)
        self.postern.wait_in_force(PATIENCE)
        # whoever forwards must have found its way again too before the next blow
        self.lab.await_forwarding("r1", "b1")

    def leave(self) -> None:
        """Withdraws every device, with whoever forwards told before."""
        self.lab.forwarding.before_withdrawal()
        self.postern.withdraw(DEVICE)

    def bring_into_force(self, late: bool = False) -> None:
        """Installs and configures Postern on a network that is already at work, and waits until it is in force."""
        self.lab.enforce(late)


def _is_posterns(line: str) -> bool:
    """Whether a line of ``dump-flows`` is a rule of Postern's; in table 0 others may have theirs below."""
    table = re.search(r"table=(\d+)", line)
    priority = re.search(r"priority=(\d+)", line)
    number = int(table.group(1)) if table else 0
    height = int(priority.group(1)) if priority else 32768
    return number in POLICY_TABLES and (number > 0 or height == 0 or 60000 <= height < 61000)


@pytest.fixture(scope="module")
def scene(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """The network for a way of forwarding; the policy is in force when a test begins (see ``_in_force``)."""
    network = lab.build_network(mode=request.param)
    world = MailWorld(network.hosts(), lab.options.state, vpn=False).start()
    try:
        with lab.onos.polling_every(POLL):
            yield Scene(lab, network, world, request.param)
    finally:
        world.stop()
        lab.drop_network()


@pytest.fixture(autouse=True)
def _in_force(scene: Scene) -> None:
    # a test that failed half-way must not take the next ones with it
    if not scene.postern.in_force():
        scene.bring_into_force()


@pytest.fixture(scope="module", autouse=True)
def _printed(figures) -> Iterator[None]:
    yield
    if _lines:
        figures.add(table(_lines))
        _lines.clear()


def judge(scene: Scene, watch: Watch) -> None:
    """Ends a watch, keeps its line for the table, and asserts what every fault must come to."""
    line = watch.line()
    _lines.append(line)
    assert line.repetitions > 0, "nothing was done"
    assert line.rate >= WORM_FLOOR, f"the worm made only {line.rate:.0f} SYN/s: this run proves nothing"
    assert line.leaked == 0, f"{line.leaked} SYNs of the worm left by the uplink, see {watch.evidence}"
    assert line.lawful.tried > 0
    assert not line.lawful.failures, f"lawful connections failed: {line.lawful.failures[:5]}"
    assert line.lawful.reached == line.lawful.tried
    lawful_mail_passes(scene)


def lawful_mail_passes(scene: Scene) -> None:
    """Whole messages: the residential subscriber's through the ISP's server, the business subscriber's by itself."""
    results = [checks.submission(scene.world, 587), checks.business_sends(scene.world, 4), checks.business_sends(scene.world, 6)]
    for result in results:
        assert result.outcome == checks.DELIVERED, f"{result.name}: {result.evidence}"


def worm_gets_out(watch: Watch) -> None:
    """The positive control where mail may pass: the same worm, the same capture."""
    watch.look()
    watch.worm.await_sent(100)
    leaked = watch.look_away()
    assert leaked > 0, "nothing of the worm seen where nothing stops it: the capture or the worm is broken"
    watch.forgive(leaked)


def nothing_gets_out(watch: Watch, syns: int = 300) -> None:
    """Looks while the worm sends ``syns`` SYNs more per family; what leaked adds up in the watch."""
    watch.look()
    watch.worm.await_sent(syns)
    watch.look_away()


# ---------------------------------------------------------------- switch, channel


@by_switch
def test_a_switch_that_restarts_lets_nothing_out(scene: Scene) -> None:
    """The daemon restarts, or the bridge is made anew: all tables are lost, ONOS fills them again."""
    rules = scene.policy_rules()
    with scene.watch("switch restart") as watch:
        watch.look()
        for number in range(TIMES):
            if number % 2:
                scene.network.switch().recreate()
            else:
                scene.network.switch().restart()
            scene.in_force_again(rules)
            watch.repetitions += 1
        watch.look_away()
        judge(scene, watch)


@by_switch
def test_a_cut_control_channel_changes_nothing(scene: Scene) -> None:
    """The switch goes on by itself, and ONOS finds everything as it was."""
    rules = scene.policy_rules()
    with scene.watch("control channel cut") as watch:
        watch.look()
        for _ in range(TIMES):
            scene.network.switch().cut_control()
            wait_until("the channel is down", lambda: not scene.network.switch().is_connected(), 30)
            watch.worm.await_sent(500)
            if scene.mode == "normal":
                assert scene.policy_rules() == rules
            scene.network.switch().restore_control()
            scene.in_force_again(rules)
            watch.repetitions += 1
        watch.look_away()
        judge(scene, watch)


@by_switch
def test_drift_is_repaired(scene: Scene) -> None:
    """Rules that vanish from the switch, or from ONOS's store by another's hand, come back; the operator can see it."""
    rules = scene.policy_rules()
    with scene.watch("drift") as watch:
        watch.look()
        for number in range(TIMES):
            repaired = scene.postern.devices()[DEVICE]["driftRepaired"]
            if number % 2:
                scene.network.switch().ofctl("del-flows", f"table={MAIL_OUT}")
                wait_until("the rules are back on the switch", lambda: scene.policy_rules() == rules, PATIENCE, 0.1)
            else:
                _delete_from_the_store(scene)
                wait_until(
                    "the repair is counted",
                    lambda: scene.postern.devices()[DEVICE]["driftRepaired"] > repaired,
                    PATIENCE,
                    0.3,
                )
            scene.in_force_again(rules)
            watch.repetitions += 1
        watch.look_away()
        judge(scene, watch)


def _delete_from_the_store(scene: Scene) -> None:
    ours = [flow for flow in scene.lab.onos.flows(DEVICE) if str(flow["tableId"]) == str(MAIL_OUT)]
    assert ours, "no rule of Postern's in MAIL OUT of ONOS's store"
    scene.lab.onos.delete_flow(DEVICE, ours[0]["id"])


@by_switch
def test_a_foreign_rule_above_the_policy_is_reported_within_a_poll(scene: Scene) -> None:
    """Another ONOS application writes into table 0 over Postern's rules: the operator sees it, Postern leaves it alone."""
    onos, intruder = scene.lab.onos, "org.postern.lab.intruder"
    rule = {
        "priority": 62000,
        "tableId": "0",
        "isPermanent": True,
        "timeout": 0,
        "selector": {
            "criteria": [
                {"type": "ETH_TYPE", "ethType": "0x800"},
                {"type": "IP_PROTO", "protocol": 17},
                {"type": "UDP_DST", "udpPort": 9},
            ]
        },
        "treatment": {"instructions": [{"type": "OUTPUT", "port": "NORMAL"}]},
    }

    def reported() -> List[dict]:
        return [f for f in scene.postern.devices()[DEVICE]["foreignRules"] if f["application"] == intruder]

    with scene.watch("foreign rule in table 0") as watch:
        watch.look()
        for _ in range(TIMES):
            assert not reported(), "reported before it was there"
            identifier = onos.post_flow(DEVICE, intruder, rule)
            try:
                polls = _polls(scene, identifier)
                wait_until("the foreign rule is reported", lambda: reported() or polls() >= 3, PATIENCE, 0.1)
                assert reported(), "three polls have seen the rule and nobody has reported it"
                assert reported()[0]["priority"] == 62000 and str(reported()[0]["table"]) == "0"
            finally:
                onos.delete_flow(DEVICE, identifier)
            wait_until("the report goes with the rule", lambda: not reported(), PATIENCE, 0.1)
            watch.repetitions += 1
        watch.look_away()
        judge(scene, watch)


def _polls(scene: Scene, identifier: str) -> Callable[[], int]:
    """Counts the polls that have seen a rule since the first: its life in ONOS's store changes with each."""
    seen: List[int] = []

    def count() -> int:
        for flow in scene.lab.onos.flows(DEVICE):
            if str(flow["id"]) == identifier and flow["state"] == "ADDED" and flow["life"] not in seen:
                seen.append(flow["life"])
        return len(seen)

    return count


# ---------------------------------------------------------------- Postern comes and goes


@by_life
def test_naming_the_driver_late_stops_the_worm(scene: Scene) -> None:
    """Everything is configured, the driver comes last, in the middle of the traffic: rules of forwarding have to move."""
    with scene.watch("driver named late") as watch:
        for _ in range(TIMES):
            _leave_and_uninstall(scene)
            worm_gets_out(watch)
            scene.bring_into_force(late=True)
            nothing_gets_out(watch)
            watch.repetitions += 1
        judge(scene, watch)


@by_life
def test_deactivating_and_reactivating_leaves_enforcement_and_forwarding(scene: Scene) -> None:
    """First the one application, then the other: known and new connections go on, the worm stays in."""
    rules = scene.policy_rules()
    with scene.watch("deactivate, reactivate") as watch:
        watch.look()
        for number in range(TIMES):
            application = DRIVERS if number % 2 else APP
            scene.lab.onos.deactivate_app(application)
            watch.worm.await_sent(1000)
            _activate_both(scene)
            scene.in_force_again(rules)
            watch.repetitions += 1
        watch.look_away()
        judge(scene, watch)


@by_life
def test_upgrading_in_place_leaves_enforcement_and_forwarding(scene: Scene) -> None:
    """As ONOS's own ``onos-app reinstall!`` does it: the old one is deleted, the new one is installed and activated."""
    rules = scene.policy_rules()
    with scene.watch("upgrade in place") as watch:
        watch.look()
        for number in range(TIMES):
            applications = (DRIVERS, APP) if number % 2 else (APP,)
            for application in applications:
                scene.lab.onos.uninstall_app(application)
                watch.worm.await_sent(300)
                scene.lab.onos.install_app(scene.postern.oars[application])
            _activate_both(scene)
            scene.in_force_again(rules)
            watch.repetitions += 1
        watch.look_away()
        judge(scene, watch)


@by_life
def test_withdrawing_opens_in_order_and_enforcing_closes_again(scene: Scene) -> None:
    """No lawful packet is lost on the way out or in; the worm gets out in between and not after."""
    rules = scene.policy_rules()
    with scene.watch("withdraw, enforce") as watch:
        for _ in range(TIMES):
            nothing_gets_out(watch)
            scene.leave()
            wait_until("the device is withdrawn", lambda: _state(scene) == "WITHDRAWN", PATIENCE, 0.2)
            worm_gets_out(watch)
            scene.postern.enforce(DEVICE)
            scene.in_force_again(rules)
            scene.lab.forwarding.behind()
            nothing_gets_out(watch)
            watch.repetitions += 1
        judge(scene, watch)


@by_life
def test_uninstalling_leaves_the_network_as_it_was_and_installing_later_stops_the_worm(scene: Scene) -> None:
    """The last day, after withdrawing: nothing of Postern's is left. And the usual first day: a network at work, then Postern."""
    with scene.watch("uninstall, install later") as watch:
        for _ in range(TIMES):
            nothing_gets_out(watch)
            _leave_and_uninstall(scene)
            worm_gets_out(watch)
            left = [flow for flow in scene.network.switch().flows() if _is_posterns(flow)]
            assert not left, f"Postern's rules are still there: {left[:3]}"
            scene.bring_into_force()
            nothing_gets_out(watch)
            watch.repetitions += 1
        judge(scene, watch)


@by_life
def test_uninstalling_without_withdrawing_leaves_a_working_network_and_says_what_it_left(scene: Scene) -> None:
    """Enforcement stays with the rules, forwarding works, and the log says what is left and how to get rid of it."""
    with scene.watch("uninstall, not withdrawn") as watch:
        for _ in range(TIMES):
            mark = scene.lab.managed.log_size() if scene.lab.onos.restartable else 0
            watch.look()
            scene.lab.onos.uninstall_app(APP)
            watch.worm.await_sent(1000)
            watch.look_away()
            if scene.lab.onos.restartable:
                told = [line for line in scene.lab.managed.log_lines(r"WARN.*postern", mark) if DEVICE in line]
                assert any("postern-withdraw" in line for line in told), f"nothing said of what it left: {told}"
            scene.bring_into_force()
            nothing_gets_out(watch)
            watch.repetitions += 1
        judge(scene, watch)


def _state(scene: Scene) -> str:
    try:
        return scene.postern.devices()[DEVICE]["state"]
    except (PosternError, KeyError):
        return ""


def _leave_and_uninstall(scene: Scene) -> None:
    scene.leave()
    wait_until("the device is withdrawn", lambda: _state(scene) == "WITHDRAWN", PATIENCE, 0.2)
    scene.postern.uninstall()


def _activate_both(scene: Scene) -> None:
    # deactivating the one may have taken the other with it, as ONOS does with what nobody needs any more
    for application in (DRIVERS, APP):
        if scene.lab.onos.app_state(application) != "ACTIVE":
            scene.lab.onos.activate_app(application)
    scene.postern.await_commands()


# ---------------------------------------------------------------- controller


def _directory(scene: Scene) -> List[dict]:
    """Who is registered, whatever was counted."""
    return [{**row, "attempts": 0} for row in scene.postern.query("postern-subscribers")]


def _driver_named(scene: Scene) -> str:
    devices = scene.lab.onos.network_configuration().get("devices", {})
    return devices.get(DEVICE, {}).get("basic", {}).get("driver", "")


@pytest.mark.restarts_controller
@by_controller
@pytest.mark.parametrize("crash", [False, True], ids=["restart", "kill -9"])
def test_a_controller_that_restarts_lets_nothing_out(scene: Scene, crash: bool) -> None:
    """ONOS stops in order or is killed, and starts again with an empty flow store: the first poll finds rules it does not know.

    Every second time it is killed, somebody has deleted the network configuration before: what was good stays in force.
    """
    rules, directory = scene.policy_rules(), _directory(scene)
    assert directory
    with scene.watch("controller kill -9" if crash else "controller restart") as watch:
        watch.look()
        for number in range(RESTARTS):
            deleted = crash and number % 2 == 1
            if deleted:
                scene.postern.forget_configuration()
                # killed before it is written down that the driver is named again, ONOS would meet the switch with its own
                wait_until("the driver is named again", lambda: _driver_named(scene) == DRIVER, PATIENCE, 0.1)
            scene.lab.managed.restart(crash)
            scene.lab.onos.set_poll_interval(POLL)
            scene.postern.await_commands()
            scene.in_force_again(rules)
            assert _directory(scene) == directory, "subscribers are as they were"
            if deleted:
                assert not scene.postern.status()["configuration"]["valid"], "and it is told"
                scene.postern.configure()
            watch.repetitions += 1
        watch.look_away()
        judge(scene, watch)
