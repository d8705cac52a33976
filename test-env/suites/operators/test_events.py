"""Ports and hosts that appear, move and vanish: wherever a host is plugged in, its first packet has the policy of that port.

A newcomer's host stands behind an interface that is plugged into the first switch while it runs, and that sends before it is:
SYNs to port 25, and as the control SYNs to port 587, which must be heard.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import pytest

from enforcement.scene import FAMILIES, S1, Scene, at_work, eventually
from labkit.hosts import Host
from labkit.mail.capture import Capture
from labkit.mail.processes import HostProcess
from labkit.mail.worm import SynWorm
from labkit.network import addresses
from labkit.onos import ManagedOnos
from labkit.processes import run
from labkit.session import Lab

#: Ports of the first switch that nobody is plugged into, and that no configuration names.
VACANT, OTHER = 8, 9

SIDE = addresses.Interface("10.64.210.9/16", "2001:db8:64::d2:9/64", "02:64:d2:00:00:09")

MAIL, SUBMISSION = 25, 587
FILTER = "tcp dst port 25 or tcp dst port 587"

#: SYNs per family that have to be heard, or to be sent without being heard.
SYNS = 200


@dataclass
class Newcomer:
    """A host and the interface that is plugged in for it."""

    scene: Scene
    host: Host
    plug: str

    @contextmanager
    def plugged(self, port: int) -> Iterator[None]:
        """Into the first switch, for as long as the body lasts."""
        switch = self.scene.network.switch(1)
        switch.plug(self.plug, port)
        try:
            yield
        finally:
            switch.remove_port(self.plug)

    def worm(self, port: int) -> SynWorm:
        """SYNs to foreign mail servers, over both families."""
        target = self.scene.host("mx2")
        return SynWorm(self.host, [target.ip4, target.ip6], self.scene.state, rate=300, port=port)

    def await_heard(self, capture: Capture, port: int, syns: int = SYNS) -> None:
        """Waits until so many more SYNs to a port have left by the uplink, in each family."""
        before = self.heard(capture)
        wanted = {(family, port): before[family, port] + syns for family in FAMILIES}

        def enough() -> bool:
            now = self.heard(capture)
            return all(now[key] >= number for key, number in wanted.items())

        eventually(f"SYNs to port {port} leave", enough)

    def heard(self, capture: Capture) -> Counter:
        """Its SYNs that left by the uplink, by family and port."""
        own = (self.host.ip4, self.host.ip6)
        return Counter((p.family, p.dport) for p in capture.packets() if p.is_syn and p.src in own)


@pytest.fixture(scope="module")
def newcomer(scene: Scene, lab: Lab) -> Iterator[Newcomer]:
    """A host with addresses of the pools, plugged in nowhere; it knows its gateway's MAC already, so that it need not ask."""
    plug, inside, line = "newcomer-s1", "newcomer", scene.host("r2")
    script = "ip link set lo up && echo ready && exec sleep infinity"
    with ExitStack() as stack:
        process = HostProcess(line, ["unshare", "--net", "sh", "-c", script], line.dir / "newcomer.log", "the newcomer")
        stack.callback(process.stop)
        process.await_output("ready")
        lab.registry.intend_links([plug])
        run(f"ip link add {plug} type veth peer name {inside} address {SIDE.mac}", check=True)
        # if its namespace is gone, so is it
        stack.callback(lambda: run(f"ip link del {plug}"))
        lab.registry.made_links([plug])
        Path(f"/proc/sys/net/ipv6/conf/{plug}/disable_ipv6").write_text("1")
        run(f"ip link set {inside} netns {process.pid} && ip link set {plug} up", check=True)
        host = Host(inside, process.pid, inside, SIDE.address4, SIDE.address6, SIDE.mac, lab.registry)
        device, gateway = f"dev {inside}", addresses.GATEWAY
        commands = [
            f"ip addr add {SIDE.ip4} {device}",
            f"ip -6 addr add {SIDE.ip6} {device} nodad",
            f"ip link set {device} up",
        ]
        for address in (gateway.address4, gateway.address6):
            commands += [
                f"ip neigh replace {address} lladdr {gateway.mac} nud permanent {device}",
                f"ip route add default via {address} {device}",
            ]
        host.run(" && ".join(commands), check=True)
        yield Newcomer(scene, host, plug)


@pytest.fixture
def business(scene: Scene, newcomer: Newcomer) -> Iterator[str]:
    """The newcomer registered as a business at the vacant port, with its MAC and addresses."""
    host, name = newcomer.host, "newcomer"
    words = ["-c", "business", "-p", f"{host.ip4}/32", "-p", f"{host.ip6}/128", "-m", host.mac]
    scene.postern.order("postern-subscriber-add", *words, name, f"{S1}/{VACANT}")
    try:
        yield name
    finally:
        scene.postern.remove_subscribers(ids={name})
        scene.postern.onos.forget_host(host.mac)


# ------------------------------------------------------------------------------------------- ports


def test_port_that_appears_or_comes_back_lets_no_mail_out_and_submission_from_its_first_moment(
    scene: Scene, newcomer: Newcomer
) -> None:
    mail, submission = newcomer.worm(MAIL), newcomer.worm(SUBMISSION)
    with scene.capture(filter_text=FILTER) as capture, at_work(mail, submission):
        for _ in range(2):
            with newcomer.plugged(VACANT):
                newcomer.await_heard(capture, SUBMISSION)
                mail.await_sent(SYNS)
        sent = mail.stop()
        capture.stop()
    heard = newcomer.heard(capture)
    assert sent.sent4 >= 2 * SYNS and sent.sent6 >= 2 * SYNS
    assert [heard[family, MAIL] for family in FAMILIES] == [0, 0], heard
    assert min(heard[family, SUBMISSION] for family in FAMILIES) >= 2 * SYNS


# ------------------------------------------------------------------------------------------- hosts


def test_registered_host_that_moves_has_the_class_of_the_port_it_is_at_from_its_first_packet(
    scene: Scene, newcomer: Newcomer, business: str
) -> None:
    mail, submission = newcomer.worm(MAIL), newcomer.worm(SUBMISSION)
    with at_work(mail, submission):
        with scene.capture(filter_text=FILTER) as home:
            with newcomer.plugged(VACANT):
                newcomer.await_heard(home, MAIL)
            home.stop()
        with scene.capture(filter_text=FILTER) as away:
            with newcomer.plugged(OTHER):
                newcomer.await_heard(away, SUBMISSION)
                mail.await_sent(SYNS)
            away.stop()
        heard = newcomer.heard(away)
        assert [heard[family, MAIL] for family in FAMILIES] == [0, 0], heard
        with scene.capture(filter_text=FILTER) as back, newcomer.plugged(VACANT):
            newcomer.await_heard(back, MAIL)
            back.stop()


def test_registered_host_that_onos_sees_elsewhere_is_told_of_once(scene: Scene, newcomer: Newcomer, business: str) -> None:
    onos, host = scene.postern.onos, newcomer.host
    if not isinstance(onos, ManagedOnos):
        pytest.skip("the log of somebody else's ONOS is not at hand")
    told = f"address of subscriber {business} is seen at {S1}/"
    since = onos.log_size()
    onos.tell_host(host.mac, [host.ip4], f"{S1}/{VACANT}")
    onos.tell_host(host.mac, [host.ip4], f"{S1}/{OTHER}")
    eventually("it is told", lambda: onos.log_lines(f"{told}{OTHER},", since))
    for _ in range(3):
        onos.tell_host(host.mac, [host.ip4], f"{S1}/{VACANT}")
        onos.tell_host(host.mac, [host.ip4], f"{S1}/{OTHER}")
    # of another port it is told anew, and after all that was before
    onos.tell_host(host.mac, [host.ip4], f"{S1}/{OTHER + 1}")
    eventually("it is told anew", lambda: onos.log_lines(f"{told}{OTHER + 1},", since))
    assert len(onos.log_lines(f"{told}{OTHER},", since)) == 1
    assert onos.log_lines(f"{told}{VACANT},", since) == []
