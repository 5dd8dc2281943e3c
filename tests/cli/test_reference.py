"""docs/reference is what the code says, and the dashboard asks for metrics that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from payouts_service.subscriptions import MEANINGS, SUBSCRIPTIONS
from tests.cli.terminal import run
from tests.client import Client
from tests.prose.markdown import ROOT
from tools import dashboard_rules

PAGES = ROOT / "docs" / "reference"
OURS = re.compile(r"\b(?:payouts|http)_[a-z0-9_]+\b")
SERIES = {"counter": [""], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"]}


def test_every_page_is_current(tmp_path: Path) -> None:
    assert run("reference", "--write", str(tmp_path)).exit_code == 0

    made = {file.name: file.read_text() for file in tmp_path.iterdir()}
    kept = {file.name: file.read_text() for file in PAGES.iterdir()}
    assert made.keys() == kept.keys()
    stale = [name for name in made if made[name] != kept[name]]
    assert stale == [], "run: make docs"


def test_a_page_can_be_read_alone() -> None:
    assert run("reference", "settings").output == (PAGES / "settings.md").read_text()
    assert run("reference").exit_code == 2


def test_every_event_has_its_meaning() -> None:
    assert MEANINGS.keys() == SUBSCRIPTIONS.keys()


@pytest.fixture
def shown(acme: Client) -> dict[str, str]:
    """Each metric of ours by its name at /metrics, and its type."""
    text = acme.get("/metrics").content.decode()
    found = dict(re.findall(r"^# TYPE (\w+) (counter|gauge|histogram)$", text, re.MULTILINE))
    return {name: kind for name, kind in found.items() if OURS.fullmatch(name) and not name.endswith("_created")}


def test_the_page_of_metrics_is_what_prometheus_sees(shown: dict[str, str]) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", (PAGES / "metrics.md").read_text(), re.MULTILINE)

    assert dict(rows) == shown


def test_the_dashboard_asks_for_metrics_that_exist(shown: dict[str, str]) -> None:
    series = {name + ending for name, kind in shown.items() for ending in SERIES[kind]}
    asked = {name for query in dashboard_rules.expressions() for name in OURS.findall(query)}

    assert asked - series == set()
    assert {name for name, kind in shown.items() if kind == "gauge"} - asked == set()
