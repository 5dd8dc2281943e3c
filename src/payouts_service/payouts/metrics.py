"""What Prometheus is told of payouts."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

from django.db import connection

from payouts_service.connectors import registry
from payouts_service.events.log import Fact
from payouts_service.observability.metrics import Counter, GaugeMetricFamily, Histogram, Metric, register_collector
from payouts_service.payouts import backlog, queries
from payouts_service.payouts.claims import is_payable
from payouts_service.payouts.models import ConnectorState
from payouts_service.tenants.models import Tenant

_created = Counter("payouts_created", "Payouts accepted.", labelnames=["connector", "currency"])
_finished = Counter("payouts_finished", "Payouts that reached an end.", labelnames=["connector", "currency", "status"])
_outcomes = Counter("payouts_outcomes", "Answers of connectors that were settled.", labelnames=["outcome"])
_parked = Counter(
    "payouts_parked", "Payouts left to a person because no worker survived them.", labelnames=["connector"]
)
_discrepancies = Counter(
    "payouts_discrepancies", "Answers of providers that contradict what they said before.", labelnames=["connector"]
)
_time_to_end = Histogram(
    "payouts_time_to_completed_seconds",
    "From the acceptance of a payout to its completion.",
    labelnames=["connector"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 86400),
)


def count_outcomes(kind: str, number: int) -> None:
    """Settled answers of connectors."""
    _outcomes.labels(outcome=kind).inc(number)


def count_created(facts: Sequence[Fact]) -> None:
    """Subscriber of ``payout.created``."""
    for fact in facts:
        _created_of(fact.data["connector"], fact.data["currency"]).inc()


@cache
def _created_of(connector: str, currency: str) -> Counter:
    return _created.labels(connector=connector, currency=currency)


def count_finished(facts: Sequence[Fact]) -> None:
    """Subscriber of ``payout.completed`` and ``payout.failed``."""
    numbers = Tally((fact.data["connector"], fact.data["currency"], fact.data["status"]) for fact in facts)
    for (connector, currency, status), number in numbers.items():
        _finished.labels(connector=connector, currency=currency, status=status).inc(number)
    for fact in facts:
        payout = fact.data
        if payout["status"] == "completed":
            elapsed = datetime.fromisoformat(payout["updated_at"]) - datetime.fromisoformat(payout["created_at"])
            _time_to_end.labels(connector=payout["connector"]).observe(elapsed.total_seconds())


def count_parked(facts: Sequence[Fact]) -> None:
    """Subscriber of ``payout.parked``."""
    for fact in facts:
        _parked.labels(connector=fact.data["connector"]).inc()


def count_discrepancies(facts: Sequence[Fact]) -> None:
    """Subscriber of ``payout.discrepancy_found``."""
    for fact in facts:
        _discrepancies.labels(connector=fact.data["connector"]).inc()


@register_collector
def unknown() -> Iterable[Metric]:
    """Payments of which nobody knows what became: the oldest of each connector."""
    oldest = GaugeMetricFamily(
        "payouts_oldest_unknown_seconds", "Age of the oldest attempt whose outcome is unknown.", labels=["connector"]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT connector, extract(epoch FROM clock_timestamp() - min(opened_at)) FROM payouts_payoutattempt"
            " WHERE closed_at IS NULL AND outcome = 'unknown' GROUP BY connector"
        )
        for connector, age in cursor.fetchall():
            oldest.add_metric([connector], float(age))
    return [oldest]


@register_collector
def connectors() -> Iterable[Metric]:
    """Which connectors are ill or paused."""
    ill = GaugeMetricFamily(
        "payouts_connector_ill", "1 while payouts are kept from an ill provider.", labels=["connector"]
    )
    paused = GaugeMetricFamily("payouts_connector_paused", "1 while a person has paused it.", labels=["connector"])
    at = queries.database_now()
    for state in ConnectorState.objects.filter(connector__in=registry.all_names()):
        # After its pause only a payout can try it: where none waits, nothing is kept from it.
        kept = state.ill_until is not None and (state.ill_until > at or is_payable(state.connector))
        ill.add_metric([state.connector], kept)
        paused.add_metric([state.connector], state.paused_at is not None)
    return [ill, paused, _paused_tenants()]


@register_collector
def unfinished() -> Iterable[Metric]:
    """What is not finished, by connector."""
    count = GaugeMetricFamily(
        "payouts_unfinished", "Payouts not finished, by what they are doing.", labels=["connector", "state"]
    )
    oldest = GaugeMetricFamily(
        "payouts_oldest_ready_seconds", "Age of the oldest payout that is ready and not claimed.", labels=["connector"]
    )
    for part in backlog.unfinished():
        count.add_metric([part.connector, part.state], part.number)
        if part.state == "ready":
            oldest.add_metric([part.connector], part.oldest_seconds)
    return [count, oldest]


@register_collector
def waiting() -> Iterable[Metric]:
    """What waits in ``created``, by what for."""
    count = GaugeMetricFamily(
        "payouts_waiting", "Payouts not begun, by what they wait for.", labels=["connector", "waits_for"]
    )
    oldest = GaugeMetricFamily(
        "payouts_oldest_waiting_seconds", "Age of the oldest of them.", labels=["connector", "waits_for"]
    )
    for part in backlog.waiting():
        count.add_metric([part.connector, part.waits_for], part.number)
        oldest.add_metric([part.connector, part.waits_for], part.oldest_seconds)
    return [count, oldest]


def _paused_tenants() -> Metric:
    number = GaugeMetricFamily("payouts_tenants_paused", "Tenants that a person has paused.")
    number.add_metric([], Tenant.objects.exclude(paused_at=None).count())
    return number
