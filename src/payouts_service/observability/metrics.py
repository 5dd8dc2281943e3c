"""Metrics for Prometheus, right with several processes. The only file that imports ``prometheus_client``.

A counter or histogram lives in each process, in a file under ``METRICS_DIR``, and is summed when somebody asks.
What PostgreSQL knows better than any process (payouts by status, ready, in flight) is not counted but asked for at
that moment, by the functions given to ``register_collector``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError

if settings.METRICS_DIR is not None:
    # prometheus_client decides at its import, from this variable, whether values are shared between processes.
    if "prometheus_client" in sys.modules:
        raise ImproperlyConfigured("Import payouts_service.observability.metrics before prometheus_client.")
    settings.METRICS_DIR.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(settings.METRICS_DIR)

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    Metric,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

__all__ = [
    "Counter",
    "GaugeMetricFamily",
    "Histogram",
    "Metric",
    "register_collector",
    "render",
    "serve_metrics",
]

_log = structlog.get_logger(__name__)
_collectors: list[Callable[[], Iterable[Metric]]] = []
_scrape_errors = Counter(
    "payouts_scrape_errors", "Scrapes in which a collector could not ask PostgreSQL.", labelnames=["collector"]
)


def register_collector(collect: Callable[[], Iterable[Metric]]) -> Callable[[], Iterable[Metric]]:
    """Let ``collect`` answer from PostgreSQL each time ``/metrics`` is asked; usable as a decorator.

    It yields ``GaugeMetricFamily`` objects and may raise Django's database errors: its metrics are then missing from
    that scrape, ``payouts_scrape_errors_total`` counts it, and everything else is still shown.
    """
    _collectors.append(collect)
    return collect


def render() -> tuple[bytes, str]:
    """The metrics of all processes and of PostgreSQL, as the text format of Prometheus with its content type."""
    asked = CollectorRegistry()
    asked.register(_Answers([metric for collect in _collectors for metric in _ask(collect)]))
    return generate_latest(_processes()) + generate_latest(asked), CONTENT_TYPE_LATEST


def serve_metrics(port: int) -> None:
    """Serve the metrics of this container's processes on ``port``, in a thread, for a worker that has no web server.

    PostgreSQL's answers are not among them: they are the same everywhere, and the web process gives them once.
    Without METRICS_DIR the worker's children could not be seen: the environment refuses such settings. Raises OSError
    when the port is taken.
    """
    start_http_server(port, registry=_processes())


class _Answers(Collector):
    """Metrics that are already there, in the shape that the text format is made from."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _ask(collect: Callable[[], Iterable[Metric]]) -> list[Metric]:
    name = collect.__qualname__
    try:
        return list(collect())
    except DatabaseError as error:
        _scrape_errors.labels(collector=name).inc()
        _log.warning("metrics_not_collected", collector=name, error=type(error).__name__)
        return []


def _processes() -> CollectorRegistry:
    if settings.METRICS_DIR is None:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(settings.METRICS_DIR))  # type: ignore[no-untyped-call]  # No types there.
    return registry
