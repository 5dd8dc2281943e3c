from __future__ import annotations

from pathlib import Path

import yaml

from payouts_service.environment import Environment
from tests.architecture import settings_example

ROOT = Path(__file__).parents[2]
MADE_FOR_ONE_SERVICE_ONLY = {"MIGRATION_DATABASE_URL", "METRICS_PORT"}


def test_the_example_is_what_the_settings_say() -> None:
    command = "PYTHONPATH=src python -m tests.architecture.settings_example"
    assert settings_example.EXAMPLE.read_text() == settings_example.render(), f"run: {command}"


def test_compose_passes_every_setting_on() -> None:
    passed = yaml.safe_load((ROOT / "compose.yaml").read_text())["x-settings"]
    assert set(passed) | MADE_FOR_ONE_SERVICE_ONLY == {name.upper() for name in Environment.model_fields}
