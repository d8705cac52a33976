"""The scene of several suites: one network, Postern in force, and everybody that a policy may point to.

Two access switches in a daisy chain; the relay and the portal stand on the subscribers' segment behind the aggregation. Who is
who, so that files do not get into each other's way: ``r1`` stays residential and ``b1``, ``b2`` business, as controls;
``r2`` to ``r4`` on the first switch and ``r6`` to ``r8`` on the second are anybody's; a test leaves them residential (or on the
way there) and the configuration good. What an order does is waited for in the traffic (:func:`eventually`).
"""

from __future__ import annotations

import copy
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, Hashable, Iterator, List, Mapping, Sequence, Set, Tuple, TypeVar

from labkit.bypass import flight
from labkit.bypass.flight import UPLINK, Watch
from labkit.hosts import Host
from labkit.mail import checks
from labkit.mail.capture import Capture
from labkit.mail.checks import BLOCKED, DELIVERED, REACHED, REFUSED, Result
from labkit.mail.clients import fetch, new_token, submit
from labkit.mail.web import GREETING
from labkit.mail.world import MailWorld
from labkit.mail.worm import SynWorm
from labkit.network import AccessNetwork, Plan, addresses
from labkit.onos import OnosError
from labkit.postern import Postern
from labkit.remediation.desk import RemediationDesk
from labkit.stage import Stage

PLAN = Plan(switches=2, subscribers=5, business=1, shape="chain", relay=True, portal=True)

#: Seconds an order of an operator may take until traffic shows it. Generous: it bounds a wait, it measures nothing.
PATIENCE = 30.0

FAMILIES = (4, 6)

#: Seconds between two polls of flow statistics. ONOS's own 5 s would be most of what the suites take.
POLL = 1

#: Why somebody is quarantined: text that a page must not take for its own.
REASON = 'mail worm <b>"Example"</b> & others, 31 complaints'
CONTACT = {4: addresses.CONTACT.address4, 6: addresses.CONTACT.address6}

#: What a flight of frames is called.
K = TypeVar("K", bound=Hashable)

S1, S2 = addresses.device_id(1), addresses.device_id(2)


@dataclass
class Scene:
    """The network with the policy in force and all servers up."""

    network: AccessNetwork
    postern: Postern
    stage: Stage
    desk: RemediationDesk
    state: Path

    @property
    def world(self) -> MailWorld:
        """The mail servers."""
        return self.stage.world

    def host(self, name: str) -> Host:
        """A host of the network."""
        return self.network.host(name)

    # ---------------------------------------------------------------- policy

    def configuration(self) -> Tuple[dict, dict]:
        """A fresh copy of the network configuration in force, to be changed; and of it the policy."""
        configuration = copy.deepcopy(PLAN.network_configuration())
        return configuration, configuration["apps"]["org.postern"]["postern"]

    def post(self, configuration: dict) -> None:
        """Posts a configuration and waits until it is read, and on its way into force."""
        since = self.postern.status()["configuration"]["since"]
        self.postern.onos.post_network_configuration(configuration)
        eventually("the configuration is read", lambda: self.postern.status()["configuration"]["since"] != since)

    @contextmanager
    def policy(self, change: Callable[[dict], object]) -> Iterator[None]:
        """The policy as ``change`` makes it, and afterwards as it was."""
        configuration, policy = self.configuration()
        change(policy)
        try:
            self.post(configuration)
            yield
        finally:
            self.restore()

    def restore(self) -> None:
        """Posts the good configuration again and waits until it is accepted, and on its way into force."""
        self.postern.configure()
        eventually("the good configuration is accepted", lambda: self.postern.status()["configuration"]["valid"])

    def settle(self) -> None:
        """Waits until the policy is in force on every switch: two polls, so a test that sees it in traffic does not ask."""
        self.postern.wait_in_force()

    def register(self, name: str, service_class: str, *options: str, attachment: str = "") -> None:
        """Registers a subscriber of the plan, or registers it anew: with its prefixes, at its own attachment or another."""
        subscriber = PLAN.subscriber(name)
        words = ["postern-subscriber-add", "--replace", "-c", service_class, *options]
        for prefix in subscriber.prefixes:
            words += ["-p", prefix]
        # Karaf takes options before the arguments only
        self.postern.order(*words, name, attachment or subscriber.connect_point)

    @contextmanager
    def line(self, name: str, service_class: str, *options: str) -> Iterator[Host]:
        """A subscriber's line in a class, on its way into force; afterwards it is made residential again."""
        self.register(name, service_class, *options)
        try:
            yield self.host(name)
        finally:
            self.register(name, "residential")

    def counted(self, name: str, kind: str = "attempt") -> int:
        """Packets counted for a subscriber since its class was last changed; for the kinds see :meth:`Postern.attempts`."""
        return self.postern.attempts(kind).get(name, 0)

    # ---------------------------------------------------------------- traffic

    def capture(self, interface: str | None = None, filter_text: str | None = None) -> Capture:
        """A capture of what goes out of the first switch's uplink, or of another interface; not started."""
        pcap = self.state / f"capture-{time.monotonic_ns()}.pcap"
        more = () if filter_text is None else (filter_text,)
        return Capture(interface or self.network.uplink(1), pcap, *more)

    def seen_leaving(self, host: Host, flights: Mapping[K, Sequence[bytes]]) -> Dict[K, Set[int]]:
        """The numbers of the frames of each flight, all sent by a host, that leave by the first switch's uplink."""
        marks = {name: flight.new_mark() for name in flights}
        with Watch(self.network.uplink(1), [], self.state) as watch:
            flight.send(host, [(marks[name], some) for name, some in flights.items()])
            watch.stop()
            return {name: watch.seen(UPLINK, mark) for name, mark in marks.items()}

    def worm(self, name: str, family: int) -> Result:
        """The SMTP worm on a subscriber's line."""
        return checks.worm_delivers(self.world, family, self.host(name))

    def worms(self, *names: str) -> Dict[Tuple[str, int], str]:
        """What becomes of SMTP worms on these lines, all at once, by subscriber and family."""
        jobs = [(name, family) for name in names for family in FAMILIES]
        return dict(zip(jobs, together(*[lambda job=job: self.worm(*job).outcome for job in jobs])))

    def fates(self, *names: str) -> set:
        """The different things that become of SMTP worms on these lines."""
        return set(self.worms(*names).values())

    def steered(self, *names: str) -> List[Result]:
        """On each of these lines and both families: what the worm is told, and what becomes of an authenticated client."""
        jobs = []
        for name in names:
            for family in FAMILIES:
                host = self.host(name)
                jobs.append(lambda h=host, f=family: checks.worm_refused(self.world, f, h))
                jobs.append(lambda h=host, f=family: checks.sends_through_relay(self.world, f, h))
        return together(*jobs)

    def is_steered(self, *names: str) -> bool:
        """Whether on each of these lines the worm gets 530 and an authenticated client sends through, IPv4 and IPv6."""
        return [result.outcome for result in self.steered(*names)] == [REFUSED, DELIVERED] * len(FAMILIES) * len(names)

    def is_dropped(self, *names: str) -> bool:
        """Whether no worm on these lines gets a connection, while a business line's delivers at the same time."""
        expected = {**dict.fromkeys(names, BLOCKED), "b1": DELIVERED}
        return all(outcome == expected[name] for (name, _), outcome in self.worms(*expected).items())


def together(*jobs: Callable[[], object]) -> list:
    """The results of all jobs, done at once."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(lambda job: job(), jobs))


@contextmanager
def at_work(*worms: SynWorm) -> Iterator[Tuple[SynWorm, ...]]:
    """SYN worms that begin together; they end with the body."""
    with ExitStack() as stack:
        together(*[lambda w=worm: stack.enter_context(w) for worm in worms])
        yield worms


def eventually(what: str, condition: Callable[[], object], seconds: float = PATIENCE, every: float = 0.2) -> None:
    """Fails with ``what`` unless ``condition`` becomes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not so after {seconds:.0f} s"
        time.sleep(every)


def refused_command(scene: Scene, words: Sequence[str], named: Sequence[str]) -> None:
    """Gives an order that must be refused with a non-zero status and one line that names these things."""
    answer = scene.postern.command(*words)
    lines = [line for line in (answer.stdout + answer.stderr).splitlines() if line.strip()]
    assert answer.rc != 0, f"status 0: {lines}"
    assert len(lines) == 1 and "Exception" not in lines[0], lines
    assert [name for name in named if name not in lines[0]] == [], lines[0]


def refused_configuration(scene: Scene, configuration: dict, named: Sequence[str]) -> None:
    """Posts a configuration that must be refused with a reason that names these things, the last good one staying in force."""
    since = scene.postern.status()["configuration"]["since"]
    try:
        scene.postern.onos.post_network_configuration(configuration)
    except OnosError as problem:
        assert 400 <= problem.status < 500, f"refused as the operator's mistake, not with {problem.status}"
    # the one before may have been bad as well: what counts is that this one has been read
    eventually("the status says so", lambda: scene.postern.status()["configuration"]["since"] != since)
    status = scene.postern.status()
    told = str(status["configuration"]["error"])
    assert not status["configuration"]["valid"]
    assert [name for name in named if name not in told] == [], told
    # the good one before may still be on its way to the switches
    eventually("the last good policy is in force", lambda: scene.postern.status()["inForce"])


# ------------------------------------------------------------------------------------------- who reaches what


@contextmanager
def quarantined(scene: Scene, name: str, *options: str, host: Host | None = None) -> Iterator[Host]:
    """A subscriber whose quarantine shows in traffic; afterwards it is released if it still is in it.

    ``host`` is where it shows, by default the host of the subscriber's name.
    """
    host, isp = host or scene.host(name), scene.host("isp")
    scene.postern.order("postern-quarantine", *options, "--reason", REASON, name)
    try:
        eventually("submission is closed", lambda: connected(host, 587, isp.ip4, isp.ip6, seconds=0.5) == [False, False])
        yield host
    finally:
        if name in quarantines(scene):
            scene.postern.order("postern-release", name)


def quarantines(scene: Scene) -> Dict[str, dict]:
    """``postern-quarantines``, by subscriber."""
    return {row["subscriber"]: row for row in scene.postern.query("postern-quarantines")}


def connected(host: Host, port: int, *targets: str, seconds: float = 2.5) -> List[bool]:
    """Whether a TCP connection to each target comes about; by default with time for a second SYN."""

    def one(target: str) -> bool:
        script = "import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3]))"
        return host.run(["/usr/bin/python3", "-c", script, target, str(port), str(seconds)], timeout=10).ok

    return together(*[lambda t=target: one(t) for target in targets])


def mail_doors(scene: Scene, host: Host) -> Dict[str, List[bool]]:
    """Which mail ports of whom a host gets a connection to, IPv4 and IPv6."""
    doors = {
        **{f"ISP {port}": (port, scene.host("isp")) for port in (25, 465, 587)},
        **{f"hosted {port}": (port, scene.host("host")) for port in (25, 465, 587)},
        "mail exchanger 25": (25, scene.host("mx1")),
    }
    answers = together(*[lambda d=door: connected(host, d[0], d[1].ip4, d[1].ip6) for door in doors.values()])
    return dict(zip(doors, answers))


def reaches_contact(scene: Scene, host: Host) -> bool:
    """Whether mail to the ISP's contact desk arrives there, IPv4 and IPv6."""
    tokens = {family: new_token() for family in FAMILIES}
    run = [lambda f=family: submit(host, CONTACT[f], 25, f"{tokens[f]}@isp.example", tokens[f]) for family in FAMILIES]
    together(*run)
    return all(scene.stage.contact.journal.find(token) for token in tokens.values())


def browses(scene: Scene, host: Host, server: Host, secure: bool) -> List[int]:
    """The status of a page from a web server, IPv4 and IPv6; 0 without an answer, 200 only if it is really that server's."""

    def one(address: str) -> int:
        page = fetch(host, "webmail.hosted.example", address, secure, scene.world.trust)
        return page.status if page.status != 200 or GREETING in page.text else -1

    return together(lambda: one(server.ip4), lambda: one(server.ip6))


def lawful_neighbour(scene: Scene, name: str = "r1") -> None:
    """The neighbour's 587 and 465, to the ISP's server and to a foreign one, work."""
    host = scene.host(name)
    results = together(
        *[lambda p=port: checks.submission(scene.world, p, host) for port in (587, 465)],
        *[lambda p=port: checks.hosted_domain(scene.world, p, host) for port in (587, 465)],
    )
    assert [result.outcome for result in results] == [DELIVERED, DELIVERED, REACHED, REACHED], results
