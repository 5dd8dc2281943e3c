"""A figure is the median of the rounds' ratios, told with the least and the greatest."""

from __future__ import annotations

from typing import Any

import pytest

from bench.figures import Comparison, Spread


def comparison(**changes: Any) -> Comparison:
    usual: dict[str, Any] = {
        "measure": 1,
        "title": "create",
        "peer_title": "plain",
        "unit": "creates/s",
        "ours": [1000.0, 1200.0, 900.0],
        "peer": [100.0, 100.0, 100.0],
        "bound": "at least",
        "floor": 6,
        "goal": 12,
    }
    return Comparison(**{**usual, **changes})


def test_a_round_is_a_pair_of_the_same_minutes() -> None:
    slow_machine_in_the_second_round = comparison(ours=[1000, 100, 1100], peer=[100, 10, 100])

    assert slow_machine_in_the_second_round.spread() == Spread(10, 10, 11)


def test_without_a_peer_the_figure_is_what_was_measured() -> None:
    assert comparison(peer=None, ours=[3.0, 1.0, 2.0]).spread() == Spread(2, 1, 3)


def test_sides_of_unequal_rounds_make_no_figure() -> None:
    with pytest.raises(ValueError, match="shorter"):
        comparison(peer=[100.0]).figures()


@pytest.mark.parametrize(
    ("bound", "figure", "reached"),
    [("at least", 6.0, True), ("at least", 5.9, False), ("at most", 6.0, True), ("at most", 6.1, False)],
)
def test_a_limit_is_reached_in_the_direction_of_its_bound(bound: str, figure: float, reached: bool) -> None:  # noqa: FBT001 - pytest passes parameters by name
    assert comparison(bound=bound, ours=[figure], peer=None).reaches(6) is reached


def test_a_line_without_a_limit_reaches_nothing() -> None:
    assert comparison().reaches(None) is None
