"""What Prometheus is told of payouts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

from payouts_service.connectors import registry
from payouts_service.events.log import Fact
from payouts_service.observability.metrics import Counter, GaugeMetricFamily, Histogram, Metric, register_collector

_created = Counter("payouts_created", "Payouts accepted.", labelnames=["connector", "currency"])
_finished = Counter("payouts_finished", "Payouts that reached an end.", labelnames=["connector", "currency", "status"])
_outcomes = Counter("payouts_outcomes", "Answers of connectors that were settled.", labelnames=["outcome"])
_time_to_end = Histogram(
    "payouts_time_to_completed_seconds",
    "From the acceptance of a payout to its completion.",
    labelnames=["connector"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 86400),
)


def count_outcome(kind: str) -> None:
    """One settled answer of a connector."""
    _outcomes.labels(outcome=kind).inc()


def count_created(facts: Sequence[Fact]) -> None:
    """Subscriber of ``payout.created``."""
    for fact in facts:
        _created.labels(connector=fact.data["connector"], currency=fact.data["currency"]).inc()


def count_finished(facts: Sequence[Fact]) -> None:
    """Subscriber of ``payout.completed`` and ``payout.failed``."""
    for fact in facts:
        payout = fact.data
        _finished.labels(connector=payout["connector"], currency=payout["currency"], status=payout["status"]).inc()
        if payout["status"] == "completed":
            elapsed = datetime.fromisoformat(payout["updated_at"]) - datetime.fromisoformat(payout["created_at"])
            _time_to_end.labels(connector=payout["connector"]).observe(elapsed.total_seconds())


@register_collector
def unfinished() -> Iterable[Metric]:
    """What is not finished, by connector; answered from the partial index of unfinished payouts."""
    count = GaugeMetricFamily(
        "payouts_unfinished", "Payouts not finished, by what they are doing.", labels=["connector", "state"]
    )
    oldest = GaugeMetricFamily(
        "payouts_oldest_ready_seconds", "Age of the oldest payout that is ready and not claimed.", labels=["connector"]
    )
    submitting = registry.names_that_submit()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT connector, CASE WHEN status = 'processing' THEN 'in_flight'"
            "  WHEN ready_at <= clock_timestamp() AND blockers = '{}' THEN 'ready' ELSE 'waiting' END AS state,"
            " count(*), extract(epoch FROM clock_timestamp() - min(ready_at))"
            " FROM payouts_payout WHERE finished_at IS NULL GROUP BY 1, 2"
        )
        for connector, state, number, age in cursor.fetchall():
            by_people = connector not in submitting
            count.add_metric([connector, "for_people" if by_people and state == "ready" else state], number)
            if state == "ready" and not by_people:
                oldest.add_metric([connector], float(age))
    return [count, oldest]
