"""Every periodic task and its time.

No message expires: an expiry is a time of the scheduler's clock, and a worker whose clock is ahead would drop every
sweep. A backlog of sweeps does the work of one.
"""

from __future__ import annotations

from typing import Any, Final

from celery.schedules import crontab
from django.conf import settings

from payouts_service.audit.tasks import AUDIT
from payouts_service.payouts import tasks
from payouts_service.people.tasks import FORGET as FORGET_SESSIONS
from payouts_service.rate_limits.tasks import FORGET

SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    "sweep": {
        "task": tasks.SWEEP,
        "schedule": settings.SWEEP_SECONDS,
        "options": {"queue": tasks.RESCUE_QUEUE, "ignore_result": True},
    },
    "audit": {
        "task": AUDIT,
        "schedule": crontab(minute=17),  # By the clock: an interval would begin anew whenever the scheduler does.
        "options": {"queue": tasks.ASK_QUEUE, "ignore_result": True},  # Apart from the sweep, which must not wait.
    },
    "forget": {
        "task": FORGET,
        "schedule": crontab(minute=47),
        "options": {"queue": tasks.ASK_QUEUE, "ignore_result": True},
    },
    "forget sessions": {
        "task": FORGET_SESSIONS,
        "schedule": crontab(hour=3, minute=7),
        "options": {"queue": tasks.ASK_QUEUE, "ignore_result": True},
    },
}
