"""The command says what is wrong before it starts anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import results
from bench.__main__ import MEASURES, in_order, main
from bench.sizes import SIZES


@pytest.mark.parametrize("only", ["4", "one", "1,,2", ""])
def test_a_measure_that_there_is_not_is_refused(only: str) -> None:
    outcome = CliRunner().invoke(main, ["--only", only])

    assert outcome.exit_code == 2
    assert "Give --only some of 1, 2, 3" in outcome.output


def test_measures_run_in_an_order_of_their_own_however_they_are_asked_for() -> None:
    assert in_order([6, 13, 1]) == [1, 13, 6]


def test_a_machine_without_the_load_generator_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    outcome = CliRunner().invoke(main, ["--only", "1"])

    assert outcome.exit_code == 1
    assert "install it" in outcome.output


def test_a_check_without_results_to_compare_with_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)

    outcome = CliRunner().invoke(main, ["--check"])

    assert outcome.exit_code == 1
    assert "no committed results of the size full" in outcome.output


def test_every_size_has_rounds_enough_for_its_claims() -> None:
    assert SIZES["full"].rounds >= 5
    assert all(size.grown > size.grown_from for size in SIZES.values())
    assert sorted(MEASURES) == [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13]
