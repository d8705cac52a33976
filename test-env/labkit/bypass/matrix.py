"""The matrix as it is printed, and as the guide has it.

Run as ``python3 -m labkit.bypass.matrix`` it prints what the guide has to carry.
"""

from __future__ import annotations

from typing import Callable, Dict, List, Tuple

from .lawful import LAWFUL
from .techniques import CAUGHT, CLOSED, LEAKS, OPEN, TECHNIQUES, Technique
from .trial import Case, Trial, cases

_FAMILIES = {0: "-", 4: "IPv4", 6: "IPv6"}
_SAME_TO_587 = "the same to port 587"


def naive_of(naive: Trial, case: Case) -> str:
    """What the naive rule did: ``leaks`` or ``caught``."""
    attack = naive.techniques[case].attack
    return LEAKS if attack is None or attack.any else CAUGHT


def postern_of(enforced: Trial, case: Case) -> str:
    """What Postern did: ``closed`` or ``open``."""
    attack = enforced.techniques[case].attack
    return OPEN if attack is None or attack.any else CLOSED


def neighbours(technique: Technique) -> List[str]:
    """The names of its lawful neighbours."""
    return ([_SAME_TO_587] if technique.same_to_587 else []) + list(technique.collateral)


def failed_neighbours(enforced: Trial, case: Case) -> List[str]:
    """Those of a technique's lawful neighbours that did not work."""
    technique, family = case
    failed = []
    to_587 = enforced.techniques[case].to_587
    if technique.same_to_587 and not (to_587 and to_587.all):
        failed.append(_SAME_TO_587)
    for name in technique.collateral:
        if not works(enforced, name, family):
            failed.append(name)
    return failed


def works(enforced: Trial, name: str, family: int) -> bool:
    """Whether a lawful neighbour works, as far as it has anything to do with a family."""
    families = {some for entry in LAWFUL if entry.name == name for some in entry.families}
    asked = [0] if family not in families and 0 in families else [family] if family in families else sorted(families)
    seen = [observation for some in asked for observation in enforced.lawful.get((name, some), [])]
    return bool(seen) and all(observation.all for observation in seen)


def printed(naive: Trial, enforced: Trial) -> str:
    """The matrix as it was seen."""
    rows = [("technique", "family", "naive rule", "Postern", "control", "collateral")]
    for case in cases():
        technique, family = case
        tried = enforced.techniques[case]
        control = "-" if tried.control is None else tried.control.outcome
        failed = failed_neighbours(enforced, case)
        collateral = f"BROKEN: {', '.join(failed)}" if failed else "works" if neighbours(technique) else "-"
        rows.append(
            (technique.name, _FAMILIES[family], naive_of(naive, case), postern_of(enforced, case), control, collateral)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def guide_table() -> str:
    """The matrix as the guide carries it, in Markdown: what is expected, the families of a technique in one line."""
    lines: Dict[Tuple[str, ...], List[int]] = {}
    for technique in TECHNIQUES:
        rest = (technique.naive, technique.postern, technique.closed_by, "; ".join(neighbours(technique)) or "–")
        lines.setdefault((technique.name, *rest), []).extend(technique.families)
    text = ["| technique | family | naive rule | Postern | what closes it | lawful neighbour, works |"]
    text.append("|---|---|---|---|---|---|")
    emphasis: Callable[[str], str] = lambda word: f"**{word}**" if word in (LEAKS, OPEN) else word  # noqa: E731
    for (name, naive, postern, closed_by, beside), families in lines.items():
        told = ", ".join(dict.fromkeys(_FAMILIES[family] for family in sorted(families)))
        text.append(f"| {name} | {told} | {emphasis(naive)} | {emphasis(postern)} | {closed_by} | {beside} |")
    return "\n".join(text)


if __name__ == "__main__":
    print(guide_table())
