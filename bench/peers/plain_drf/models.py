"""The one table."""

import uuid
from typing import ClassVar

from django.db import models


class Payout(models.Model):
    """A request to pay."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    name = models.CharField(max_length=140)
    iban = models.CharField(max_length=34)
    comment = models.CharField(max_length=1000, blank=True)
    status = models.CharField(max_length=16, default="created", db_index=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects: ClassVar[models.Manager["Payout"]]  # For mypy, whose plugin reads the settings of our service only.

    def __str__(self) -> str:
        """The amount and the status."""
        return f"{self.amount} {self.currency} {self.status}"
