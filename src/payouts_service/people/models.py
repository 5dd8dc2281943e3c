"""Persons and their memberships in tenants."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

from payouts_service.kit import ids


class Person(AbstractBaseUser):
    """Somebody who signs in with an e-mail address and a password; what they may do stands in their memberships."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    email = models.TextField(unique=True, help_text="In lower case; by it the person signs in.")
    name = models.TextField(help_text="For other people, in the console.")
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    def __str__(self) -> str:
        """The id alone: name and address are personal."""
        return ids.to_text("pe", self.id)


class Membership(models.Model):
    """What one person is to one tenant."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships", db_index=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False)
    role = models.TextField(help_text="One of ``roles.Role``.")
    runs_service = models.BooleanField(
        default=False, help_text="May also do what concerns every tenant, as far as the role goes."
    )
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="From then on the person has no access to the tenant.")
    version = models.PositiveIntegerField(default=1, help_text="Counts changes; each has its event.")

    class Meta:
        """One membership of a person in a tenant; its index finds a person's. Users are listed by their age."""

        constraints = (models.UniqueConstraint(fields=["person", "tenant"], name="membership_once"),)
        indexes = (
            # The console's users: WHERE tenant_id = … AND (created_at, id) < … ORDER BY created_at DESC, id DESC
            models.Index(fields=["tenant", "created_at", "id"], name="membership_page"),
        )

    def __str__(self) -> str:
        """The id and the role."""
        return f"{ids.to_text('me', self.id)} {self.role}"
