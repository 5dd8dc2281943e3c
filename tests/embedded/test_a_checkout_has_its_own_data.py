"""Data belong to one checkout: one that is cloned anew at the same place begins anew."""

from __future__ import annotations

import shutil
from pathlib import Path

from payouts_service.cli.embedded.places import Places


def test_the_places_stay_the_same(tmp_path: Path) -> None:
    assert Places.of(tmp_path) == Places.of(tmp_path)


def test_a_checkout_cloned_anew_does_not_meet_the_data_of_the_first(tmp_path: Path) -> None:
    first = Places.of(tmp_path)
    shutil.rmtree(first.local)

    assert Places.of(tmp_path).run != first.run
