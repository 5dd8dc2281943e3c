"""``make bench-check``: noise passes, the loss of a fast path does not."""

from __future__ import annotations

from typing import Any

import pytest

from bench.gate import judge, judged
from tests.bench.test_a_figure_is_fair import comparison


@pytest.mark.parametrize(("bound", "ratio"), [("at least", 0.7), ("at least", 2.0), ("at most", 1.3), ("at most", 0.5)])
def test_noise_passes_and_so_does_gain(bound: str, ratio: float) -> None:
    before = comparison(bound=bound, ours=[1000.0], peer=[100.0])
    now = comparison(bound=bound, ours=[1000.0 * ratio], peer=[100.0])

    assert judge([now], [before]) == []


@pytest.mark.parametrize(("bound", "ratio"), [("at least", 0.6), ("at most", 1.4)])
def test_a_lost_fast_path_is_named_with_both_ratios(bound: str, ratio: float) -> None:
    before = comparison(bound=bound, ours=[1000.0], peer=[100.0])
    now = comparison(bound=bound, ours=[1000.0 * ratio], peer=[100.0])

    assert judge([now], [before]) == [f"1: create / plain: the ratio was 10.00 and is {ratio * 10:.2f}."]


def test_a_slower_machine_is_no_loss() -> None:
    before = comparison(ours=[1000.0], peer=[100.0])
    now = comparison(ours=[100.0], peer=[10.0])

    assert judge([now], [before]) == []


def test_a_line_that_was_not_measured_is_missed() -> None:
    [sentence] = judge([], [comparison()])

    assert "it was not measured" in sentence


@pytest.mark.parametrize("ungated", [{"peer": None}, {"gated": False}])
def test_absolute_numbers_and_tails_are_not_judged(ungated: dict[str, Any]) -> None:
    told = comparison(**ungated)
    ratio = comparison()

    assert judged([told, ratio], [1]) == [ratio]


def test_only_the_measures_that_are_asked_for_are_judged() -> None:
    first, second = comparison(measure=1), comparison(measure=2)

    assert judged([first, second], [2]) == [second]
