"""What the README and the page of deployment say beside examples, which test_the_pages_are_true.py walks."""

from __future__ import annotations

import json
import re

from payouts_service.environment import Environment
from payouts_service.observability.metrics import render
from tests.client import Client
from tests.prose.markdown import ROOT, blocks
from tests.simulator_process import SimulatorProcess

README = (ROOT / "README.md").read_text()
DEPLOYMENT = (ROOT / "docs/how-to/deploy-without-containers.md").read_text()


def test_the_first_answer_is_printed_whole(acme: Client) -> None:
    printed = next(json.loads(block.text) for block in blocks(README) if block.language == "json")
    assert list(printed) == list(acme.create())


def test_the_settings_of_a_deployment_exist() -> None:
    table = DEPLOYMENT.partition("## Settings")[2].partition("\n## ")[0]
    named = {name for row in table.splitlines() if row.startswith("| `") for name in re.findall(r"`([A-Z_]+)`", row)}
    assert named - {"WEB_CONCURRENCY"} <= {name.upper() for name in Environment.model_fields}  # Gunicorn's own.
    assert len(named) > 10


def test_the_metrics_to_watch_exist(acme: Client, simulator: SimulatorProcess) -> None:
    acme.create()
    shown = acme.get("/metrics").content.decode() + render()[0].decode()
    table = DEPLOYMENT.partition("## What to watch")[2]
    named = set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) | set(re.findall(r"`(payouts_\w+_total)`", table))
    assert {name for name in named if f"# HELP {name} " not in shown} == set()
    assert len(named) == 19
