"""Tenants and their API keys."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from payouts_service.kit import ids


class Tenant(models.Model):
    """Who owns payouts, keys and accounts; nothing of one tenant is seen by another."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    name = models.TextField(unique=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1, help_text="Counts changes; each has its event.")
    paused_at = models.DateTimeField(null=True, help_text="Since when nothing of it is submitted, by a person's word.")
    paused_by = models.TextField(null=True)  # noqa: DJ001 - NULL: it is not paused.
    pause_reason = models.TextField(null=True)  # noqa: DJ001 - as above.

    def __str__(self) -> str:
        """The tenant's name."""
        return self.name


class ApiKey(models.Model):
    """A key of one tenant, stored as a keyed hash; the key itself is shown once, when it is made."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="api_keys")
    name = models.TextField()
    lookup = models.TextField(unique=True, help_text="The public part of the key, by which it is found.")
    digest = models.BinaryField(help_text="HMAC-SHA-256 of the whole key under the pepper.")
    scopes = ArrayField(models.TextField())
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1, help_text="Counts changes; each has its event.")

    class Meta:
        """A tenant's keys are listed by their age."""

        indexes = (
            # GET /api/keys/: WHERE tenant_id = … AND (created_at, id) < … ORDER BY created_at DESC, id DESC
            models.Index(fields=["tenant", "created_at", "id"], name="api_key_page"),
        )

    def __str__(self) -> str:
        """The name and the public part."""
        return f"{self.name} ({self.lookup})"


class PreviousSecret(models.Model):
    """What a rotation replaced; until it expires the key is known by it too."""

    lookup = models.TextField(primary_key=True, help_text="As of the key, when this was its secret.")
    digest = models.BinaryField(help_text="HMAC-SHA-256 of the whole key as it was, under the pepper.")
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="previous_secrets")
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        """The public part."""
        return self.lookup
