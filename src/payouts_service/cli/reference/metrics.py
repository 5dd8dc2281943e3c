"""The page of metrics, read from the source: what PostgreSQL is asked for has no name before the first answer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from payouts_service.cli.reference.markdown import code, head, table

_KINDS: Final = {"Counter": "counter", "Histogram": "histogram", "GaugeMetricFamily": "gauge"}
_SOURCE: Final = Path(__file__).resolve().parents[2]


def page() -> str:
    """Every metric of ours at /metrics."""
    told = head(
        "Metrics",
        "`GET /metrics` shows these to Prometheus. Counters and histograms are summed over the processes of a host; "
        "gauges are asked of PostgreSQL at that moment, and say the same on every host.",
    )
    return told + table(("Metric", "Type", "Labels", "What it is"), sorted(_metrics()))


def _metrics() -> Iterator[tuple[str, str, str, str]]:
    for file in sorted(_SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and _is_declaration(node):
                kind = _KINDS[node.func.id]
                name, means = (ast.literal_eval(argument) for argument in node.args[:2])
                ending = "_total" if kind == "counter" else ""
                yield code(f"{name}{ending}"), kind, ", ".join(map(code, _labels(node))), means


def _is_declaration(call: ast.Call) -> bool:
    """A metric has a name; the Counter of ``collections`` has none."""
    kind = getattr(call.func, "id", "")
    return kind in _KINDS and bool(call.args) and isinstance(getattr(call.args[0], "value", None), str)


def _labels(call: ast.Call) -> list[Any]:
    given = {word.arg: word.value for word in call.keywords}
    labels = given.get("labelnames") or given.get("labels")
    return ast.literal_eval(labels) if labels is not None else []
