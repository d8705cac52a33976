"""Ratios of things measured in the same run, and how sure one may be of them."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import Sequence, Tuple

# Student's t, two-sided 95 %, for 1 to 30 degrees of freedom (any table); beyond, the normal distribution's 1.96
_T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


@dataclass(frozen=True)
class Ratio:
    """A ratio of pairs: geometric mean and 95 % confidence interval."""

    mean: float
    low: float
    high: float
    pairs: int

    def __str__(self) -> str:
        return f"{self.mean:.3f}  (95 %: {self.low:.3f} to {self.high:.3f}, {self.pairs} pairs)"


def ratio(pairs: Sequence[Tuple[float, float]]) -> Ratio:
    """The ratio first ÷ second over interleaved pairs of positive numbers.

    Raises ValueError for fewer than two pairs.
    """
    if len(pairs) < 2:
        raise ValueError("a confidence interval needs two pairs at least")
    logs = [math.log(first / second) for first, second in pairs]
    mean = statistics.fmean(logs)
    freedom = len(logs) - 1
    t = _T95[freedom - 1] if freedom <= len(_T95) else 1.96
    half = t * statistics.stdev(logs) / math.sqrt(len(logs))
    return Ratio(math.exp(mean), math.exp(mean - half), math.exp(mean + half), len(pairs))


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows as aligned text, the first column to the left and the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
