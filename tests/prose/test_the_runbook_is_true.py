from __future__ import annotations

import re
from typing import Any

import yaml

from tests.client import Client
from tests.prose.markdown import ROOT, blocks, headings, slugs

RUNBOOK = (ROOT / "RUNBOOK.md").read_text()
ALERTS = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())
OURS = re.compile(r"\b(?:payouts|http)_[a-z0-9_]+\b")
SERIES = {"counter": [""], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"]}


def rules() -> list[dict[str, Any]]:
    return [rule for group in ALERTS["groups"] for rule in group["rules"]]


def shown_to_prometheus(client: Client) -> dict[str, str]:
    """Each metric of ours by its name at /metrics, and its type."""
    text = client.get("/metrics").content.decode()
    return dict(re.findall(r"^# TYPE (\w+) (counter|gauge|histogram)$", text, re.MULTILINE))


def test_every_alert_asks_for_metrics_that_exist(acme: Client) -> None:
    series = {name + ending for name, kind in shown_to_prometheus(acme).items() for ending in SERIES[kind]}
    asked = {name for rule in rules() for name in OURS.findall(rule["expr"])}

    assert asked - series == set()
    assert len(asked) > 10


def test_the_alerts_ask_for_the_job_that_the_documents_make() -> None:
    page = (ROOT / "docs" / "how-to" / "monitor.md").read_text()
    [scrape] = [yaml.safe_load(block.text) for block in blocks(page) if block.language == "yaml"]

    [job] = scrape["scrape_configs"]
    asked = {job for rule in rules() for job in re.findall(r'job="(\w+)"', rule["expr"])}
    assert asked == {job["job_name"]}


def test_every_alert_leads_to_its_heading() -> None:
    places = {f"RUNBOOK.md#{slug}" for slug in slugs(RUNBOOK)}

    assert [rule["alert"] for rule in rules() if rule["annotations"]["runbook"] not in places] == []


def test_the_metrics_it_names_exist(acme: Client) -> None:
    named = {name for name in re.findall(r"`((?:payouts|http)_[a-z_]+)", RUNBOOK) if not name.endswith("_service")}

    assert named - shown_to_prometheus(acme).keys() == set()


def test_the_log_lines_it_names_are_written() -> None:
    code = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    sentences = re.findall(r"[Ll]og lines? ([^.:;]*)", " ".join(RUNBOOK.split()))
    named = {word for sentence in sentences for word in re.findall(r"`([a-z_]+)`", sentence)} - {"error", "why"}

    assert {word for word in named if f'"{word}"' not in code} == set()
    assert len(named) > 8


def test_every_case_says_what_it_means_how_to_look_and_what_to_do() -> None:
    cases = re.split(r"^## ", RUNBOOK, flags=re.MULTILINE)[1:]

    assert len(cases) == len([level for level, _ in headings(RUNBOOK) if level == 2])
    parts = {case.splitlines()[0]: re.findall(r"^\*\*(\w+)\.\*\*", case, re.MULTILINE) for case in cases}
    assert {title: found for title, found in parts.items() if found != ["Means", "Look", "Do"]} == {}
