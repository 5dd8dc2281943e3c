"""Who pays, and whether those processes run that let them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Max, Min
from kombu import Connection

from payouts_service.audit.models import Verdict
from payouts_service.cli.doctor.finding import Finding, Level, fine
from payouts_service.connectors import registry
from payouts_service.connectors.registry import UnknownConnector
from payouts_service.connectors.safety import UnsafeConnector
from payouts_service.payouts.pausing import connector_states
from payouts_service.payouts.queries import database_now
from payouts_service.payouts.tasks import ASK_QUEUE, PAY_QUEUE, RESCUE_QUEUE
from payouts_service.tenants.models import Tenant

_ANSWER_SECONDS: Final = 1.0
_AUDITED_AT_LEAST_EVERY: Final = timedelta(hours=2)  # It is asked for every hour.


def connectors() -> Finding:
    """Every connector can be built, and none could pay twice."""
    try:
        registry.check_all()
    except (UnknownConnector, UnsafeConnector) as refused:
        return Finding("connectors", Level.FAIL, str(refused), "Correct CONNECTORS, or the connector.")
    names = ", ".join(registry.all_names())
    if settings.SECURE_SSL_REDIRECT and "simulator" in registry.all_names():
        advice = "Name your own connectors in CONNECTORS and DEFAULT_CONNECTOR."
        return Finding("connectors", Level.WARN, f"{names}: the simulated provider pays nobody", advice)
    return fine("connectors", f"{names}: none can pay twice")


def held_back() -> Iterator[Finding]:
    """What people and breakers keep from being sent."""
    for view in connector_states():
        if view.state.paused_at is not None:
            says = f"{view.name} is paused by {view.state.paused_by}: {view.state.pause_reason}"
            yield Finding("pause", Level.WARN, says, f"Resume it: payouts resume --connector {view.name}")
        if view.state.ill_until is not None:
            says = f"the provider of {view.name} does not answer"
            yield Finding(
                "provider", Level.WARN, says, "Ask the provider; payouts go on by themselves when it answers."
            )
    paused = Tenant.objects.exclude(paused_at=None).values_list("name", flat=True)
    if paused:
        says = f"these tenants are paused: {', '.join(paused)}"
        yield Finding("pause", Level.WARN, says, "Resume one: payouts resume --tenant NAME")


def workers() -> Iterator[Finding]:
    """The broker answers, and somebody works on each queue."""
    from payouts_service.celery import app
    from payouts_service.hints.broker import broker_answers, connect

    if not broker_answers():
        advice = "Start it, or correct BROKER_URL; meanwhile payouts are accepted, and paid when it is back."
        yield Finding("broker", Level.FAIL, "it does not answer", advice)
        return
    with connect() as connection:  # Its own: one of the pool's may be of a broker that is gone.
        yield _broker(connection)
        answers = app.control.inspect(timeout=_ANSWER_SECONDS, connection=connection).active_queues() or {}
    served = {queue["name"] for queues in answers.values() for queue in queues}
    missing = sorted({PAY_QUEUE, RESCUE_QUEUE, ASK_QUEUE} - served)
    if missing:
        advice = "Start the worker of each; `make up` starts all, docs/how-to/deploy-without-containers.md lists them."
        yield Finding("workers", Level.FAIL, f"nobody works on these queues: {', '.join(missing)}", advice)
    else:
        yield fine("workers", f"{len(answers)} at work")


def _broker(connection: Connection) -> Finding:
    """It answers; a Redis also keeps what it has taken."""
    if connection.transport.driver_type != "redis":
        return fine("broker", "answers")
    channel: Any = connection.default_channel
    policy = channel.client.info("memory")["maxmemory_policy"]
    if policy == "noeviction":
        return fine("broker", "answers")
    says = f"Redis throws hints away once it is full: its maxmemory-policy is {policy}"
    advice = "Set maxmemory-policy noeviction; payouts whose hint is lost wait for the sweep."
    return Finding("broker", Level.WARN, says, advice)


def scheduler() -> Finding:
    """The scheduler has had the database audited lately, and every promise was kept."""
    last: datetime | None = Verdict.objects.aggregate(last=Max("judged_at"))["last"]
    first: datetime | None = Tenant.objects.aggregate(first=Min("created_at"))["first"]
    now = database_now()
    heard = last or first
    if heard is not None and now - heard > _AUDITED_AT_LEAST_EVERY:
        says = f"no audit since {heard:%Y-%m-%d %H:%M} UTC: the scheduler does not run, or nobody works for it"
        return Finding("scheduler", Level.FAIL, says, "Start one: celery -A payouts_service.celery beat")
    broken = Verdict.objects.filter(broken__gt=0).count()
    if broken:
        return Finding("audit", Level.FAIL, f"{broken} promises are broken", "See which: payouts audit")
    if last is None:
        return fine("scheduler", "not heard of yet; it has the database audited once an hour")
    return fine("scheduler", f"had the database audited at {last:%Y-%m-%d %H:%M} UTC; every promise is kept")
