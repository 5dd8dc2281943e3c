"""The scheduler: Celery's, but for a clock that is set back."""

from __future__ import annotations

from typing import Any

from celery.beat import PersistentScheduler


class Scheduler(PersistentScheduler):
    """Goes on from now where the clock was set back.

    Celery counts each interval from the time of the last run, as its file keeps it. After the clock was set back two
    hours that time lies ahead, and no sweep would be given for two hours, however often the scheduler were restarted.
    """

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Give what is due; the seconds until there may be more."""
        ahead = []
        for entry in self.schedule.values():
            now = entry.default_now()
            if entry.last_run_at is not None and entry.last_run_at > now:
                entry.last_run_at = now
                ahead.append(entry)
        if ahead:
            self._heap = None  # Celery makes it anew, from these times.
        delay: float = super().tick(*args, **kwargs)
        return delay
