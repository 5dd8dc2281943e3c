"""What Prometheus is told of the last periodic audit, whichever process made it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from payouts_service.observability.metrics import GaugeMetricFamily, Metric


def last_verdicts() -> Iterable[Metric]:
    """How many objects break each invariant, and when that was looked at; nothing before the first audit."""
    broken = GaugeMetricFamily(
        "payouts_audit_broken", "Objects that break the invariant, by the last audit.", labels=["invariant"]
    )
    judged = GaugeMetricFamily("payouts_audit_last_run_timestamp_seconds", "When the last audit began (Unix time).")
    full = GaugeMetricFamily(
        "payouts_audit_last_full_run_timestamp_seconds", "When the last audit of everything began (Unix time)."
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT invariant, broken, extract(epoch FROM judged_at) FROM audit_verdict ORDER BY invariant")
        verdicts = cursor.fetchall()
        cursor.execute("SELECT extract(epoch FROM full_at) FROM audit_mark")
        marks = cursor.fetchall()
    for invariant, number, _ in verdicts:
        broken.add_metric([invariant], number)
    if verdicts:
        judged.add_metric([], float(max(judged_at for _, _, judged_at in verdicts)))
    for (full_at,) in marks:
        full.add_metric([], float(full_at))
    return [broken, judged, full]
