"""``lab demo``: the product's main job as a table of before and after, with real traffic."""

from __future__ import annotations

import sys
from typing import List, Tuple

from . import keeper, session
from .keeper import Outcome
from .mail.checks import Shown, run_rows
from .mail.world import MailWorld
from .progress import say, step
from .registry import Registry
from .session import Lab, Options

_GREEN, _RED, _PLAIN = "\033[32m", "\033[31m", "\033[0m"


def run(options: Options, registry: Registry, keep: bool, mode: str) -> Outcome:
    """Shows it; the outcome's status is 0 only if every row is as it must be.

    :param keep: whether to leave everything up
    :param mode: who forwards behind Postern, see :mod:`forwarding`
    """
    session.prepare(options, registry)
    lab = Lab(options, registry)
    try:
        lab.start_onos()
        lab.build_network(mode=mode)
        world = MailWorld(lab.network.hosts(), options.state)
        with step("starting the mail servers"):
            world.start(say)
        with step("real traffic, before the policy"):
            before = run_rows(world, after=False)
        lab.enforce()
        with step("real traffic, with the policy in force"):
            after = run_rows(world, after=True, attempts=lab.postern.attempts)
    except BaseException:
        lab.abandon()
        raise
    print(table(before, after))
    wrong = [shown for shown in (*before, *after) if not shown.ok]
    status = 1 if wrong else 0
    print("every row is as it must be" if not wrong else f"{len(wrong)} of {len(before) + len(after)} checks are not as they must be")
    if keep:
        registry.note(what="up", onos=lab.onos.url)
        print(session.where(lab), flush=True)
        return Outcome(status, lambda: keeper.hold(registry, lambda: _close(world, lab)))
    _close(world, lab)
    return Outcome(status)


def _close(world: MailWorld, lab: Lab) -> None:
    with step("taking the lab down"):
        world.stop()
        lab.close()


def table(before: List[Shown], after: List[Shown]) -> str:
    """The rows, one a line; what is not as it must be says what it should be and what was seen."""
    colour = sys.stdout.isatty()
    earlier = {shown.row: shown for shown in before}
    rows: List[Tuple[str, str, str, bool, str]] = []
    for shown in after:
        first = earlier.get(shown.row)
        good = shown.ok and (first is None or first.ok)
        rows.append((shown.row, _cell(first), _cell(shown), good, shown.result.evidence))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    heads = ("what is tried", "before", "with Postern")
    widths = [max(width, len(head)) for width, head in zip(widths, heads)]
    lines = ["", "  ".join(head.ljust(width) for head, width in zip(heads, widths)) + "      evidence"]
    lines.append("  ".join("─" * width for width in widths) + "  ──  ────────")
    for name, first_cell, second_cell, good, evidence in rows:
        cells = "  ".join(cell.ljust(width) for cell, width in zip((name, first_cell, second_cell), widths))
        mark = "ok" if good else "NO"
        if colour:
            mark = f"{_GREEN if good else _RED}{mark}{_PLAIN}"
        lines.append(f"{cells}  {mark}  {evidence}")
    for shown in (*before, *after):
        if not shown.ok:
            phase = "before" if shown in before else "with Postern"
            lines.append(f"NO  {shown.row} ({phase}): {shown.expected!r} expected; {shown.result.evidence}")
    return "\n".join(lines) + "\n"


def _cell(shown: Shown | None) -> str:
    return "" if shown is None else shown.result.outcome
