"""The gate: a run beside the committed results of the same size.

It looks at ratios only, since both sides of a ratio met the same machine in the same minutes, and allows each a third:
more than noise takes from a median of rounds in turn, and less than a fast path is worth that deserves its code.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from bench.figures import Comparison

TOLERANCE: Final = 1 / 3


def judged(committed: Sequence[Comparison], measures: Collection[int]) -> list[Comparison]:
    """Those of the committed lines that the gate looks at, of these measures."""
    return [line for line in committed if line.measure in measures and line.peer is not None and line.gated]


def judge(now: Sequence[Comparison], committed: Sequence[Comparison]) -> list[str]:
    """A sentence for each ratio that is worse than the committed one by more than the tolerance, or is missing."""
    found = {line.key: line for line in now}
    sentences = []
    for before in committed:
        line = found.get(before.key)
        if line is None:
            sentences.append(f"{before.key}: it was not measured; measure it, or commit new results.")
        elif _worse(line, before):
            was, is_now = before.spread().median, line.spread().median
            sentences.append(f"{before.key}: the ratio was {was:.2f} and is {is_now:.2f}.")
    return sentences


def _worse(line: Comparison, before: Comparison) -> bool:
    was, is_now = before.spread().median, line.spread().median
    if line.bound == "at least":
        return is_now < was * (1 - TOLERANCE)
    return is_now > was * (1 + TOLERANCE)
