"""The table of idempotency keys. Rows are added and read, never changed or removed."""

from __future__ import annotations

from django.db import models


class IdempotencyKey(models.Model):
    """The first request that came with this key, and the object it made."""

    tenant_id = models.UUIDField()
    operation = models.TextField(help_text="payouts.create")
    key = models.TextField()
    fingerprint = models.BinaryField(help_text="HMAC-SHA-256 of the canonical request.")
    object_id = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        """A key belongs to a tenant and an operation, for ever."""

        constraints = (models.UniqueConstraint(fields=["tenant_id", "operation", "key"], name="idempotency_key_once"),)

    def __str__(self) -> str:
        """The operation and the object; the key itself may be a secret of the caller's."""
        return f"{self.operation} {self.object_id}"
