"""The table of events. Rows are added and read; PostgreSQL refuses UPDATE, DELETE and TRUNCATE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.db.models import Func
from django.db.models.expressions import Combinable

from payouts_service.kit import ids

if TYPE_CHECKING:
    _Field = models.Field[int, int]
else:
    _Field = models.Field  # Django's fields take no parameters at run time.


# The later of this transaction and the last one that had ended when the statement began (there is no xid8 - 1).
LATER_OF_OWN_AND_LAST_ENDED: Final = (
    "GREATEST(pg_current_xact_id(), ((pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)::text)::xid8)"
)


class TransactionId(_Field):
    """A transaction's id in PostgreSQL (``xid8``), by which a reader of the feed stays behind open transactions.

    It is the writing transaction's own, or that of a later one which had ended before the row was written. Never an
    earlier one: then a reader could pass the place of a row that is not committed yet. And not always its own: a
    transaction that got its id first may wait for a row that another changes; written afterwards, its event must stand
    behind the other's event of the same object. So events are written by a statement that begins under their locks.
    """

    def db_type(self, connection: Any) -> str:
        """``xid8``, which orders and never wraps."""
        return "xid8"

    def pre_save(self, model_instance: models.Model, add: bool) -> Combinable:  # noqa: FBT001 - Django's signature.
        """Always computed by PostgreSQL; nobody sets it."""
        return Func(template=LATER_OF_OWN_AND_LAST_ENDED, output_field=TransactionId())

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
