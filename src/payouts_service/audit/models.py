"""What the last periodic audit found, and how far it came. Not a history; the log is."""

from __future__ import annotations

from django.db import models

from payouts_service.audit.changes import Moment


class Verdict(models.Model):
    """One invariant as it was last judged, for every process that shows metrics."""

    invariant = models.TextField(primary_key=True)
    broken = models.PositiveBigIntegerField(help_text="How many objects break it.")
    judged_at = models.DateTimeField(help_text="PostgreSQL's time.")

    def __str__(self) -> str:
        """The invariant and how many break it."""
        return f"{self.invariant}: {self.broken}"


class Mark(models.Model):
    """How far the last periodic audit came: one row, from the first one on."""

    id = models.SmallIntegerField(primary_key=True)
    cluster = models.BigIntegerField(help_text="PostgreSQL's system identifier: a restored dump is another cluster.")
    transaction_id = models.BigIntegerField(help_text="Every transaction below it had ended, and was judged.")
    judged_at = models.DateTimeField(help_text="PostgreSQL's time.")
    full_at = models.DateTimeField(help_text="The time of the last one that judged everything.")

    def __str__(self) -> str:
        """The time."""
        return f"judged at {self.judged_at}, everything at {self.full_at}"

    def moment(self) -> Moment:
        """The place in the cluster's history."""
        return Moment(self.cluster, self.transaction_id, self.judged_at)
