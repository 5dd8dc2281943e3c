"""Results come back from their file as they were, and are told as a table and as plots."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from bench.plots import plots
from bench.results import Results, read, write
from bench.table import table
from tests.bench.test_a_figure_is_fair import comparison

RESULTS = Results(
    size="quick",
    measured_at="2026-11-26T02:00:00+00:00",
    commit="4e51d73",
    machine={"processor": "AMD EPYC", "cores": "2"},
    versions={"Python": "3.12.1"},
    load_before=0.25,
    lines=[
        comparison(),
        comparison(peer_title="bare <insert>", peer=[2000.0, 2000.0, 2000.0], floor=0.6, goal=1),
        comparison(measure=10, title="at rest", peer_title="", unit="% of a core", peer=None, bound="at most", floor=3),
    ],
    peak_memory_bytes={"web": [120 * 2**20, 45 * 2**20], "PostgreSQL": [2**20] * 9},
)


def test_results_come_back_from_their_file(tmp_path: Path) -> None:
    write(RESULTS, tmp_path)

    assert read("quick", tmp_path) == RESULTS


def test_the_table_tells_each_figure_with_its_spread_and_whether_it_reaches() -> None:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table(RESULTS).splitlines() if "|" in line]

    assert rows[2][2:] == ["1,000 creates/s", "plain", "100 creates/s", "**10×** (9 to 12)", "≥ 6×", "≥ 12×", "floor"]
    assert rows[3][-1] == "no"
    assert "% of a core" in rows[4][5]


def test_the_table_tells_where_of_what_and_with_how_much_memory() -> None:
    text = table(RESULTS)

    assert "at commit 4e51d73 on one machine: AMD EPYC, 2; its load before: 0.25." in text
    assert "| web | 120, 45 |" in text
    assert "| PostgreSQL | 1, 1, 1, 1, 1, 1, … (9 processes) |" in text


def test_a_plot_has_a_bar_for_each_side() -> None:
    [(name, drawn)] = plots(RESULTS).items()

    picture = ET.fromstring(drawn)  # noqa: S314 - drawn by the line above
    texts = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert name == "quick-1.svg"
    assert texts == ["Creates a second", "ours", "1,000", "plain", "100", "bare <insert>", "2,000"]
