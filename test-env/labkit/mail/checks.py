"""What the lab shows: every row of the demo as a check with real traffic, and what it must show before and after.

A check returns what it *saw* in one word; a row says what must be seen before the policy is in force and after. Mail
counts as delivered only when the receiver has it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Callable, Iterable, Mapping, Sequence

from .clients import Dialogue, fetch, new_token, submit
from .exchanger import MailServer
from .host import Host
from .postfix import PostfixServer
from .processes import await_condition
from .vpn import CLIENT4, CLIENT6
from .web import GREETING
from .worm import run_smtp_worm
from .world import MailWorld, address, foreign_domain

DELIVERED = "delivered"
BLOCKED = "blocked"
REFUSED = "refused 530"
REACHED = "reached"
COUNTED = "counted"
#: Something between: part of it worked, or it failed in another way than by the policy. Never what a row expects.
OTHER = "other"

FAMILIES = (4, 6)

#: Seconds until a blocked attempt must be in the product's count: ONOS polls statistics every 5 s.
COUNT_PATIENCE = 20.0

#: Reads the product's count of attempts by subscriber id; None before the product is there.
Attempts = Callable[[], Mapping[str, int]]


@dataclass(frozen=True)
class Result:
    """What one check saw."""

    name: str
    outcome: str
    evidence: str

    @property
    def delivered(self) -> bool:
        """Whether mail arrived."""
        return self.outcome == DELIVERED


@dataclass(frozen=True)
class Row:
    """A row of the demo; ``before`` is None if it makes no sense without the policy."""

    name: str
    check: Callable[[MailWorld], Result]
    before: str | None
    after: str


def _each(jobs: Iterable[Callable[[], tuple[bool, str]]]) -> list[tuple[bool, str]]:
    jobs = list(jobs)
    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(lambda job: job(), jobs))


def _all(name: str, good: str, parts: Sequence[tuple[bool, str]]) -> Result:
    """``good`` if every part was, else OTHER; the evidence is the parts', each said once."""
    outcome = good if all(part for part, _ in parts) else OTHER
    return Result(name, outcome, "; ".join(dict.fromkeys(text for _, text in parts)))


# ---------------------------------------------------------------- the worm


def worm_delivers(world: MailWorld, family: int, host: Host | None = None, name: str = "") -> Result:
    """The SMTP worm on ``host`` (the residential subscriber) against both foreign mail exchangers."""
    host = host or world.residential
    token = new_token("spam")
    deliveries = run_smtp_worm(host, world.exchanger_addresses(family), token)
    received = _received(world, token)
    name = name or f"worm, IPv{family}"
    if all(delivery.delivered for delivery in deliveries) and len(received) == len(world.exchangers):
        return Result(name, DELIVERED, f"{', '.join(server.name for server in received)} have it")
    if not received and not any(delivery.connected for delivery in deliveries):
        return Result(name, BLOCKED, f"0 of {len(deliveries)} connections: {deliveries[0].detail}")
    return Result(name, OTHER, "; ".join(f"{delivery.target}: {delivery.detail}" for delivery in deliveries))


def _received(world: MailWorld, token: str) -> list[MailServer]:
    """The mail exchangers that have a message; those that take a moment to write it down are waited for."""
    await_condition(lambda: all(server.journal.find(token) for server in world.exchangers), 0.3, 0.05)
    return [server for server in world.exchangers if server.journal.find(token)]


def worm_refused(world: MailWorld, family: int, host: Host) -> Result:
    """The SMTP worm where its connections are steered to the relay: told to authenticate, and no mail exchanger hears of it."""
    token = new_token("spam")
    deliveries = run_smtp_worm(host, world.exchanger_addresses(family), token)
    received = _received(world, token)
    refused = all(delivery.connected and "530 5.7.0" in delivery.detail for delivery in deliveries) and not received
    evidence = "; ".join(f"{delivery.target}: {delivery.detail}" for delivery in deliveries)
    return Result(f"worm at the relay, IPv{family}", REFUSED if refused else OTHER, evidence)


def sends_through_relay(world: MailWorld, family: int, host: Host) -> Result:
    """A mail client that authenticates at "the mail exchanger's" port 25: the relay sends its mail there, as itself."""
    exchanger, token = world.exchangers[0], new_token()
    recipient = f"{token}@{foreign_domain(exchanger, family)}"
    dialogue = submit(host, address(exchanger.host, family), 25, recipient, token, auth=True)
    arrived = exchanger.journal.await_message(token) if dialogue.accepted else None
    name = f"authenticated on 25, by the relay, IPv{family}"
    if arrived is None or world.relay is None:
        return Result(name, OTHER, dialogue.answer)
    by_relay = arrived.peer == address(world.relay.host, family)
    return Result(name, DELIVERED if by_relay else OTHER, f"{exchanger.name} has it from {arrived.peer}")


# ---------------------------------------------------------------- the ISP's submission server


def submission(
    world: MailWorld, port: int, host: Host | None = None, server: PostfixServer | None = None, name: str = ""
) -> Result:
    """Authenticated mail through the ISP's server, IPv4 and IPv6, delivered at a foreign mail exchanger over both."""
    host, server = host or world.residential, server or world.isp

    def part(family: int) -> tuple[bool, str]:
        exchanger, token = world.exchangers[0], new_token()
        recipient = f"{token}@{foreign_domain(exchanger, family)}"
        dialogue = submit(host, address(server.host, family), port, recipient, token, auth=True)
        if not dialogue.accepted:
            return False, f"IPv{family}: {dialogue.answer}"
        arrived = exchanger.journal.await_message(token)
        if arrived is None:
            return False, f"IPv{family}: accepted ({dialogue.answer}), not delivered"
        return True, f"accepted, delivered to {exchanger.name} by {server.name}"

    return _all(name or f"authenticated on {port}", DELIVERED, _each([lambda f=f: part(f) for f in FAMILIES]))


def unauthenticated(world: MailWorld, port: int, host: Host | None = None) -> Result:
    """Mail to a foreign domain through the ISP's server without AUTH, IPv4 and IPv6."""

    def part(family: int) -> tuple[bool, str]:
        exchanger, token = world.exchangers[0], new_token()
        recipient = f"{token}@{foreign_domain(exchanger, family)}"
        dialogue = submit(host or world.residential, address(world.isp_host, family), port, recipient, token)
        refused = not dialogue.accepted and dialogue.answer.startswith("530")
        return refused and exchanger.journal.find(token) is None, _shortened(dialogue)

    parts = _each([lambda f=f: part(f) for f in FAMILIES])
    return _all(f"unauthenticated on {port}", REFUSED, parts)


def _shortened(dialogue: Dialogue) -> str:
    code, _, rest = dialogue.answer.partition(" ")
    enhanced = rest.split(" ", 1)[0]
    return f"{code} {enhanced} {rest.rsplit(': ', 1)[-1] if ': ' in rest else rest.removeprefix(enhanced).strip()}".strip()


# ---------------------------------------------------------------- other people's servers


def hosted_domain(world: MailWorld, port: int, host: Host | None = None) -> Result:
    """Authenticated mail to a hosted domain's own server, IPv4 and IPv6."""

    def part(family: int) -> tuple[bool, str]:
        token = new_token()
        recipient = f"{token}@hosted.example"
        dialogue = submit(host or world.residential, address(world.hosted_host, family), port, recipient, token, auth=True)
        arrived = world.hosted.journal.find(token)
        if arrived is None or arrived.port != port:
            return False, f"IPv{family}: {dialogue.answer}"
        return True, f"{world.hosted.name} has it from {arrived.user} on {port}"

    return _all(f"hosted domain's server on {port}", REACHED, _each([lambda f=f: part(f) for f in FAMILIES]))


def business_sends(world: MailWorld, family: int, sender: PostfixServer | None = None, name: str = "") -> Result:
    """The business subscriber's own MTA delivers on port 25 to both foreign mail exchangers."""
    mta = sender or world.business_mta

    def part(exchanger: MailServer) -> tuple[bool, str]:
        token = new_token()
        recipient = f"{token}@{foreign_domain(exchanger, family)}"
        dialogue = submit(mta.host, "127.0.0.1", 25, recipient, token)
        arrived = exchanger.journal.await_message(token)
        if arrived is None:
            return False, f"{exchanger.name} has nothing ({dialogue.answer})"
        # The sender's own address: the mail has come by itself, not through the ISP's server.
        own = address(mta.host, family)
        return arrived.peer == own, f"{exchanger.name} has it from {arrived.peer}"

    parts = _each([lambda e=e: part(e) for e in world.exchangers])
    return _all(name or f"business MTA sends, IPv{family}", DELIVERED, parts)


def business_receives(world: MailWorld, family: int) -> Result:
    """A foreign host delivers on port 25 to the business subscriber's own MTA."""
    token = new_token()
    sender = world.exchanger_hosts[0]
    dialogue = submit(sender, address(world.business, family), 25, f"{token}@business.example", token)
    arrived = world.business_mta.await_delivered(token) if dialogue.accepted else None
    name = f"business MTA receives, IPv{family}"
    if arrived is None:
        return Result(name, OTHER, dialogue.answer)
    return Result(name, DELIVERED, f"in the maildir of {world.business_mta.name}")


def web_mail(world: MailWorld, secure: bool) -> Result:
    """Web mail over HTTP or HTTPS (certificate verified), IPv4 and IPv6."""

    def part(family: int) -> tuple[bool, str]:
        page = fetch(world.residential, "webmail.hosted.example", address(world.hosted_host, family), secure, world.trust)
        good = page.status == 200 and GREETING in page.text
        return good, f"200 from {world.hosted_host.name}" if good else f"IPv{family}: {page.status} {page.error}"

    return _all(f"web mail, {'HTTPS' if secure else 'HTTP'}", REACHED, _each([lambda f=f: part(f) for f in FAMILIES]))


def vpn_mail(world: MailWorld) -> Result:
    """Mail sent through a VPN straight to a foreign mail exchanger, IPv4 and IPv6 inside the tunnel."""

    def part(family: int) -> tuple[bool, str]:
        token, exchanger = new_token(), world.exchangers[0]
        source = CLIENT4 if family == 4 else CLIENT6
        recipient = f"{token}@{foreign_domain(exchanger, family)}"
        dialogue = submit(world.residential, address(exchanger.host, family), 25, recipient, token, source=source)
        arrived = exchanger.journal.find(token)
        if arrived is None or world.vpn is None:
            return False, f"IPv{family}: {dialogue.answer}"
        through = arrived.peer == address(world.vpn.server, family)
        return through, f"{exchanger.name} has it from {'the VPN' if through else arrived.peer}"

    return _all("VPN, mail through it", DELIVERED, _each([lambda f=f: part(f) for f in FAMILIES]))


def attempts_counted(world: MailWorld, attempts: Attempts) -> Result:
    """The residential subscriber's blocked attempts are counted, and nothing is counted against the business one."""
    worm, lawful = world.cast.residential, world.cast.business
    await_condition(lambda: attempts().get(worm, 0) > 0, COUNT_PATIENCE, 0.5)
    counts = attempts()
    good = counts.get(worm, 0) > 0 and counts.get(lawful, 0) == 0
    evidence = f"{worm}: {counts.get(worm, 0)}, {lawful}: {counts.get(lawful, 0)}"
    return Result("attempts by subscriber", COUNTED if good else OTHER, evidence)


# ---------------------------------------------------------------- the table

#: The demo's rows with real traffic. The count of attempts (after only) is :func:`attempts_counted`.
ROWS: tuple[Row, ...] = (
    Row("worm on a residential line, IPv4, two mail exchangers", lambda w: worm_delivers(w, 4), DELIVERED, BLOCKED),
    Row("worm on a residential line, IPv6, two mail exchangers", lambda w: worm_delivers(w, 6), DELIVERED, BLOCKED),
    Row("ISP's server, authenticated, 587 (STARTTLS)", lambda w: submission(w, 587), DELIVERED, DELIVERED),
    Row("ISP's server, authenticated, 465 (TLS)", lambda w: submission(w, 465), DELIVERED, DELIVERED),
    Row("ISP's server, authenticated, 25", lambda w: submission(w, 25), DELIVERED, DELIVERED),
    Row("ISP's server, unauthenticated, 587", lambda w: unauthenticated(w, 587), REFUSED, REFUSED),
    Row("ISP's server, unauthenticated, 465", lambda w: unauthenticated(w, 465), REFUSED, REFUSED),
    Row("ISP's server, unauthenticated, 25", lambda w: unauthenticated(w, 25), REFUSED, REFUSED),
    Row("hosted domain's own server, 587", lambda w: hosted_domain(w, 587), REACHED, REACHED),
    Row("hosted domain's own server, 465", lambda w: hosted_domain(w, 465), REACHED, REACHED),
    Row("business MTA sends on 25, IPv4", lambda w: business_sends(w, 4), DELIVERED, DELIVERED),
    Row("business MTA sends on 25, IPv6", lambda w: business_sends(w, 6), DELIVERED, DELIVERED),
    Row("business MTA receives on 25, IPv4", lambda w: business_receives(w, 4), DELIVERED, DELIVERED),
    Row("business MTA receives on 25, IPv6", lambda w: business_receives(w, 6), DELIVERED, DELIVERED),
    Row("web mail, HTTP", lambda w: web_mail(w, False), REACHED, REACHED),
    Row("web mail, HTTPS", lambda w: web_mail(w, True), REACHED, REACHED),
    Row("VPN tunnel, mail sent through it", vpn_mail, DELIVERED, DELIVERED),
)

ATTEMPTS_ROW = "blocked attempts counted by subscriber"


@dataclass(frozen=True)
class Shown:
    """A row as it came out in one phase."""

    row: str
    expected: str
    result: Result

    @property
    def ok(self) -> bool:
        """Whether it is as it must be."""
        return self.result.outcome == self.expected


def run_rows(world: MailWorld, after: bool, attempts: Attempts | None = None, workers: int = 6) -> list[Shown]:
    """Run every row of a phase, several at once, in the table's order; with ``attempts`` their count comes last.

    A check that breaks is a row that is not as it must be, never an exception.
    """
    rows = [(row, row.after if after else row.before) for row in ROWS if after or row.before is not None]

    def guarded(name: str, check: Callable[[], Result]) -> Result:
        try:
            return check()
        except Exception as error:  # noqa: BLE001 (whatever broke is the row's evidence)
            return Result(name, OTHER, f"{type(error).__name__}: {error}")

    with ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(lambda pair: guarded(pair[0].name, lambda: pair[0].check(world)), rows))
    shown = [Shown(row.name, expected, result) for (row, expected), result in zip(rows, results)]
    if after and attempts is not None:
        counted = guarded(ATTEMPTS_ROW, lambda: attempts_counted(world, attempts))
        shown.append(Shown(ATTEMPTS_ROW, COUNTED, counted))
    return shown
