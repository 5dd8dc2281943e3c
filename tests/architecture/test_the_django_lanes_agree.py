from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LANE = ROOT / "lanes/django42"
DIFFERENT_ON_PURPOSE = {"django", "djangorestframework"}


def requirements(folder: Path) -> dict[str, str]:
    """The name and the bounds of each dependency of the service, but for those that make the lane."""
    project: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    split = (requirement.partition(" ") for requirement in project["dependencies"])
    return {name: bounds for name, _, bounds in split if name not in DIFFERENT_ON_PURPOSE}


def locked(folder: Path) -> dict[str, str]:
    """The locked version of each package, but for those that make the lane."""
    packages = tomllib.loads((folder / "poetry.lock").read_text())["package"]
    return {package["name"]: package["version"] for package in packages if package["name"] not in DIFFERENT_ON_PURPOSE}


def test_the_lane_needs_what_the_service_needs() -> None:
    assert requirements(LANE) == requirements(ROOT)


def test_the_lane_locks_the_same_versions() -> None:
    ours = locked(ROOT)
    lane = locked(LANE)
    assert lane == {name: ours.get(name) for name in lane}


@pytest.mark.parametrize("folder", [ROOT, LANE], ids=["main", "django42"])
def test_a_lock_records_no_address(folder: Path) -> None:
    assert "://" not in (folder / "poetry.lock").read_text()
