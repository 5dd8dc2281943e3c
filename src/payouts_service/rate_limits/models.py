"""The table of counters. It is not logged: a commit that only counts waits for no disk, and a crash begins anew."""

from __future__ import annotations

from django.db import models


class Window(models.Model):
    """The requests of one caller since the first one of its current window."""

    subject = models.TextField(primary_key=True, help_text="A key's id, or the keyed hash of an address.")
    started_at = models.DateTimeField(help_text="PostgreSQL's time.")
    taken = models.BigIntegerField()

    def __str__(self) -> str:
        """Who, and how often."""
        return f"{self.subject}: {self.taken}"
