# noqa: INP001  # A script beside the packages.
"""Prints the queries of the Grafana dashboard as rules of Prometheus, for `promtool check rules` to read."""

from __future__ import annotations

import json
import sys
from pathlib import Path

DASHBOARD = Path(__file__).parents[1] / "deploy" / "grafana" / "payouts.json"
FOR_GRAFANA = {"$__rate_interval": "5m", "$connector": ".*"}  # What it puts in before it asks.


def expressions() -> list[str]:
    """Every query of every panel, as Prometheus gets it."""
    targets = [target for panel in json.loads(DASHBOARD.read_text())["panels"] for target in panel.get("targets", [])]
    return [_filled(target["expr"]) for target in targets]


def _filled(expression: str) -> str:
    for variable, value in FOR_GRAFANA.items():
        expression = expression.replace(variable, value)
    return expression


if __name__ == "__main__":
    rules = [{"record": f"dashboard:query:{number}", "expr": query} for number, query in enumerate(expressions())]
    sys.stdout.write(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
