"""The table of events. Rows are added and read; PostgreSQL refuses UPDATE, DELETE and TRUNCATE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Func
from django.db.models.expressions import Combinable

from payouts_service.kit import ids

if TYPE_CHECKING:
    _Field = models.Field[int, int]
else:
    _Field = models.Field  # Django's fields take no parameters at run time.


class TransactionId(_Field):
    """PostgreSQL's own id of the writing transaction (``xid8``), so that a reader can stay behind open ones."""

    def db_type(self, connection: Any) -> str:
        """``xid8``, which orders and never wraps."""
        return "xid8"

    def pre_save(self, model_instance: models.Model, add: bool) -> Combinable:  # noqa: FBT001 - Django's signature.
        """Always the current transaction; nobody sets it."""
        return Func(function="pg_current_xact_id", output_field=TransactionId())

    def from_db_value(self, value: str | None, *_: object) -> int | None:
        """Psycopg gives text for ``xid8``."""
        return None if value is None else int(value)


class Event(models.Model):
    """One fact in the past tense about one object, as it was then, without anything personal."""

    position = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True, default=ids.new_id, editable=False)
    transaction_id = TransactionId()
    tenant_id = models.UUIDField()
    type = models.TextField(help_text="payout.completed")
    object_type = models.TextField(help_text="payout")
    object_id = models.UUIDField()
    sequence = models.PositiveIntegerField(help_text="The object's version after this fact.")
    data = models.JSONField(help_text="The object on the wire at this fact; details masked.")
    actor_type = models.TextField(help_text="api_key, worker or system")
    actor_id = models.TextField(blank=True)
    request_id = models.TextField(blank=True)
    occurred_at = models.DateTimeField()

    class Meta:
        """One event a version; the feed's index serves one tenant in the order of commits."""

        constraints = (models.UniqueConstraint(fields=["object_id", "sequence"], name="event_one_a_version"),)
        indexes = (
            # GET /api/events/: WHERE tenant_id = … AND (transaction_id, position) > … ORDER BY transaction_id, position
            models.Index(fields=["tenant_id", "transaction_id", "position"], name="event_feed"),
        )

    def __str__(self) -> str:
        """``payout.completed po_… #3``."""
        return f"{self.type} {self.object_id} #{self.sequence}"
