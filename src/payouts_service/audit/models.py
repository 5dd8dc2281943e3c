"""The table of verdicts: what the last periodic audit found. Not a history; the log is."""

from __future__ import annotations

from django.db import models


class Verdict(models.Model):
    """One invariant as it was last judged, for every process that shows metrics."""

    invariant = models.TextField(primary_key=True)
    broken = models.PositiveBigIntegerField(help_text="How many objects break it.")
    judged_at = models.DateTimeField(help_text="PostgreSQL's time.")

    def __str__(self) -> str:
        """The invariant and how many break it."""
        return f"{self.invariant}: {self.broken}"
