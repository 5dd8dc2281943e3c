"""Every periodic task and its time. A message that nobody took before the next one is dropped by the broker."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

from payouts_service.payouts import tasks

SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    "sweep": {
        "task": tasks.SWEEP,
        "schedule": settings.SWEEP_SECONDS,
        "options": {"queue": tasks.RESCUE_QUEUE, "expires": settings.SWEEP_SECONDS, "ignore_result": True},
    },
}
