"""Plots as SVG: bars of what each side does in a second, with a line from the least round to the greatest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from bench.figures import Comparison, Spread
from bench.results import Results

_WIDTH: Final = 760
_NAMES: Final = 300
_BARS: Final = 340
_ROW: Final = 30
_OURS: Final = "#0b6e4f"
_THEIRS: Final = "#8a939b"
RATES: Final[Mapping[int, str]] = {1: "Creates a second", 2: "Payouts drained a second"}
"""The measures whose sides are plotted, each in a file of its own."""


def plots(results: Results) -> dict[str, str]:
    """SVG by the file's name."""
    drawn = {}
    for measure, title in RATES.items():
        lines = [line for line in results.lines if line.measure == measure and line.peer is not None]
        if lines:
            drawn[f"{results.size}-{measure}.svg"] = _bars(title, lines)
    return drawn


def _bars(title: str, lines: Sequence[Comparison]) -> str:
    rows = [("ours", Spread.of(lines[0].ours), _OURS)]
    rows += [(line.peer_title, Spread.of(line.peer), _THEIRS) for line in lines if line.peer is not None]
    longest = max(spread.greatest for _, spread, _ in rows)
    height = _ROW * (len(rows) + 1) + 20
    drawn = "".join(
        _row(30 + _ROW * (number + 1), name, spread, colour, longest)
        for number, (name, spread, colour) in enumerate(rows)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="13" role="img" aria-label="{escape(title)}">'
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>'
        f'<text x="12" y="24" font-weight="bold">{escape(title)}</text>{drawn}</svg>\n'
    )


def _row(base: int, name: str, spread: Spread, colour: str, longest: float) -> str:
    width, least, greatest = (_BARS * figure / longest for figure in (spread.median, spread.least, spread.greatest))
    middle = base - 5
    return (
        f'<text x="{_NAMES - 8}" y="{base}" text-anchor="end">{escape(name)}</text>'
        f'<rect x="{_NAMES}" y="{base - 15}" width="{width:.1f}" height="20" fill="{colour}"/>'
        f'<line x1="{_NAMES + least:.1f}" x2="{_NAMES + greatest:.1f}" y1="{middle}" y2="{middle}" '
        'stroke="#000000" stroke-width="2"/>'
        f'<text x="{_NAMES + max(width, greatest) + 8:.1f}" y="{base}">{spread.median:,.0f}</text>'
    )
