"""Tries the matrix on a stage: all frames together, dialogues and checks several at once, scenarios one by one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Callable, Dict, List, Sequence, Set, Tuple

from . import encapsulation as e
from .flight import UPLINK
from .lawful import LAWFUL, Lawful
from .scenarios import Scenario
from .stage import Observation, Stage
from .techniques import TECHNIQUES, Leg, Technique
from ..mail.clients import new_token
from ..mail.fragments import Variant, hold_dialogue
from ..mail.world import address, foreign_domain

#: Dialogues and checks at a time: most of their time is spent waiting for an answer that does not come.
_AT_ONCE = 8


@dataclass
class Tried:
    """What was seen of a technique in one family; None for what was not tried."""

    attack: Observation | None = None
    control: Observation | None = None
    monitored: Observation | None = None
    to_587: Observation | None = None


#: A technique and a family.
Case = Tuple[Technique, int]


@dataclass
class Trial:
    """What was seen on a stage."""

    techniques: Dict[Case, Tried] = field(default_factory=dict)
    lawful: Dict[Tuple[str, int], List[Observation]] = field(default_factory=dict)


def cases(techniques: Sequence[Technique] = TECHNIQUES) -> List[Case]:
    """Every technique with each of its families."""
    return [(technique, family) for technique in techniques for family in technique.families]


def try_techniques(stage: Stage, trial: Trial, wanted: Callable[[Technique], bool] = lambda _: True) -> None:
    """Tries techniques and, if Postern is in force, what has to arrive beside each."""
    chosen = [case for case in cases() if wanted(case[0])]
    for case in chosen:
        trial.techniques[case] = Tried()
    for upsets in (False, True):
        some = [case for case in chosen if case[0].upsets == upsets]
        probes = [case for case in some if callable(case[0].how)]
        _probes(stage, {case: trial.techniques[case] for case in probes})
        if upsets and probes:
            stage.heal()
        _dialogues(stage, {case: trial.techniques[case] for case in some if isinstance(case[0].how, Variant)})
        for technique, family in some:
            if isinstance(technique.how, Scenario):
                tried = trial.techniques[technique, family]
                tried.attack = _guarded(lambda t=technique, f=family: t.how.run(stage, f))
                if stage.enforced:
                    tried.control = _guarded(lambda t=technique, f=family: t.how.control(stage, f))
                    if technique.how.to_587 is not None:
                        tried.to_587 = _guarded(lambda t=technique, f=family: t.how.to_587(stage, f))


def try_lawful(stage: Stage, trial: Trial) -> None:
    """Tries every lawful neighbour."""
    pairs = [(entry, family) for entry in LAWFUL for family in entry.families]
    framed = [(entry, family) for entry, family in pairs if not entry.real]
    sent = _Batch(stage)
    for entry, family in framed:
        sent.add(entry.leg, family, entry.how, e.SMTP)
    seen = sent.fly()
    for (entry, family), observation in zip(framed, seen):
        trial.lawful.setdefault((entry.name, family), []).append(observation)
    real = [(entry, family) for entry, family in pairs if entry.real]

    def check(pair: Tuple[Lawful, int]) -> Observation:
        entry, family = pair

        def went_well() -> Observation:
            good = entry.how(stage, family)
            return Observation(good, good, "as it has to be" if good else f"{entry.how.__name__.strip('_')}: failed")

        return _guarded(went_well)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for (entry, family), observation in zip(real, pool.map(check, real)):
            trial.lawful.setdefault((entry.name, family), []).append(observation)


def _guarded(act: Callable[[], Observation]) -> Observation:
    try:
        return act()
    except Exception as error:  # noqa: BLE001 (whatever broke is the evidence; it counts as neither open nor closed)
        return Observation(False, True, f"broke: {type(error).__name__}: {error}")


# ---------------------------------------------------------------- frames


class _Batch:
    """Frames of many flights that go out together under one watch."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._frames: List[Tuple[str, bytes, List[bytes]]] = []
        self._expected: List[Tuple[str, bytes, Set[int], Tuple[int, ...] | None]] = []

    def add(self, leg: Leg, family: int, build: e.Build, port: int, decisive: Tuple[int, ...] | None = None) -> None:
        """Adds the frames of one flight."""
        flight = self._stage.flight(leg.sender, leg.target, family)
        frames = build(flight, port)
        self._frames.append((leg.sender, flight.mark, frames))
        self._expected.append((leg.seen, flight.mark, set(range(len(frames))), decisive))

    def fly(self) -> List[Observation]:
        """Sends everything and returns what was seen, in the order in which it was added."""
        if not self._frames:
            return []
        places = {seen for seen, *_ in self._expected} - {UPLINK}
        with self._stage.watch(*sorted(places)) as watch:
            self._stage.send(self._frames)
            watch.stop()
        observations = []
        for place, mark, numbers, decisive in self._expected:
            seen = watch.seen(place, mark)
            any_left = bool(seen & set(decisive) if decisive is not None else seen)
            missing = sorted(numbers - seen)
            told = f"{len(seen)} of {len(numbers)} frames at {place}" + (f", not {missing}" if seen and missing else "")
            observations.append(Observation(numbers <= seen, any_left, told))
        return observations


def _probes(stage: Stage, tried: Dict[Case, Tried]) -> None:
    batch = _Batch(stage)
    slots: List[Tuple[Tried, str]] = []

    def add(case: Case, leg: Leg, port: int, slot: str) -> None:
        technique, family = case
        batch.add(leg, family, technique.how, port, technique.decisive)
        slots.append((tried[case], slot))

    for case in tried:
        add(case, case[0].leg, e.SMTP, "attack")
    if stage.enforced:
        for case in tried:
            add(case, case[0].control, e.SMTP, "control")
            if case[0].monitored:
                add(case, case[0].monitored, e.SMTP, "monitored")
            if case[0].same_to_587:
                add(case, case[0].leg, e.SUBMISSION, "to_587")
    for (some, slot), observation in zip(slots, batch.fly()):
        setattr(some, slot, observation)


# ---------------------------------------------------------------- dialogues


def _dialogues(stage: Stage, tried: Dict[Case, Tried]) -> None:
    jobs = [(case, case[0].leg, "attack") for case in tried]
    if stage.enforced:
        jobs += [(case, case[0].control, "control") for case in tried]
        jobs += [(case, case[0].monitored, "monitored") for case in tried if case[0].monitored]
    if not jobs:
        return
    flights = [stage.flight(leg.sender, leg.target, case[1]) for case, leg, _ in jobs]
    tokens = [new_token("spam") for _ in jobs]
    exchanger = stage.world.exchangers[0]

    def hold(number: int):
        (technique, family), leg, _ = jobs[number]
        recipient = f"{tokens[number]}@{foreign_domain(exchanger, family)}"
        target = address(exchanger.host, family)
        return hold_dialogue(
            stage.host(leg.sender), target, recipient, tokens[number], technique.how, mark=flights[number].mark
        )

    with stage.watch() as watch, ThreadPoolExecutor(_AT_ONCE) as pool:
        outcomes = list(pool.map(hold, range(len(jobs))))
        watch.stop()
    for (case, _, slot), flight, token, outcome in zip(jobs, flights, tokens, outcomes):
        seen = watch.seen(UPLINK, flight.mark)
        received = exchanger.journal.find(token) is not None
        decisive = case[0].decisive
        left = bool(seen & set(decisive) if decisive is not None else seen) or outcome.syn_ack or received
        arrived = outcome.delivered and received if case[0].how.receivable else left
        told = "mail delivered" if received else "no mail"
        if not case[0].how.receivable:
            told = "the exchanger refuses it, others do not"
        pieces = f"fragments {sorted(seen)} on the uplink" if seen else "nothing on the uplink"
        setattr(tried[case], slot, Observation(arrived, left, f"{told}, {pieces}"))
