"""The results as a table in Markdown."""

from __future__ import annotations

from typing import Final

from bench.figures import Comparison, Spread
from bench.results import Results

_HEAD: Final = """\
| # | Work | Ours | Beside | Theirs | Figure (least to greatest) | Floor | Goal | Reached |
|---|---|---|---|---|---|---|---|---|
"""


def table(results: Results) -> str:
    """Every line, and below them the conditions and the memory."""
    lines = "".join(f"{_line(line)}\n" for line in results.lines)
    machine = ", ".join(results.machine.values())
    versions = ", ".join(f"{name} {text}" for name, text in results.versions.items())
    memory = "".join(f"| {name} | {_mebibytes(peaks)} |\n" for name, peaks in sorted(results.peak_memory_bytes.items()))
    return (
        f"# Results, size {results.size}\n\nMade by `make bench`; [../README.md](../README.md) says how, and what each "
        "line means.\n\n"
        f"{_HEAD}{lines}\n"
        f"Measured {results.measured_at} at commit {results.commit} on one machine: {machine}; its load before: "
        f"{results.load_before:.2f}. {versions}.\n\n"
        "## Memory\n\nThe most that each process had resident, MiB, the largest first.\n\n"
        f"| Processes | MiB |\n|---|---|\n{memory}"
    )


def _line(line: Comparison) -> str:
    spread = line.spread()
    theirs = "" if line.peer is None else f"{_short(Spread.of(line.peer).median)} {line.unit}"
    sign = "≥" if line.bound == "at least" else "≤"
    mark = "×" if line.peer is not None else f" {line.unit}"  # noqa: RUF001 - the sign that a ratio has in print
    cells = [
        str(line.measure),
        line.title,
        f"{_short(Spread.of(line.ours).median)} {line.unit}",
        line.peer_title,
        theirs,
        f"**{_short(spread.median)}{mark}** ({_short(spread.least)} to {_short(spread.greatest)})",
        *("" if limit is None else f"{sign} {limit:g}{mark}" for limit in (line.floor, line.goal)),
        _reached(line),
    ]
    return f"| {' | '.join(cells)} |"


def _reached(line: Comparison) -> str:
    if line.reaches(line.goal):
        return "goal"
    return {None: "", True: "floor", False: "no"}[line.reaches(line.floor)]


def _short(figure: float) -> str:
    """Three digits that count; thousands with a comma."""
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"  # noqa: PLR2004  # From there on all count.


def _mebibytes(peaks: list[int]) -> str:
    most = 6
    shown = ", ".join(f"{peak / 2**20:.0f}" for peak in peaks[:most])
    return f"{shown}, … ({len(peaks)} processes)" if len(peaks) > most else shown
