"""Accounts and entries. Imported by this package only; migrations 0001 and 0003 add what PostgreSQL must refuse."""

from __future__ import annotations

from django.db import models

from payouts_service.kit import ids


class Account(models.Model):
    """One account of a chart, with its balance: credits less debits, kept in step with the entries."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.TextField()
    kind = models.TextField()
    balance = models.DecimalField(max_digits=28, decimal_places=4, default=0)
    least_balance = models.DecimalField(
        max_digits=28, decimal_places=4, null=True, help_text="PostgreSQL lets it fall no lower. NULL: it may."
    )
    fails_without_funds = models.BooleanField(
        default=False, help_text="A payout that does not fit fails at once; else it waits."
    )
    limited_since = models.DateTimeField(null=True, help_text="When ``least_balance`` became what it is.")
    version = models.PositiveIntegerField(default=1, help_text="Counts changes of the policy; each has its event.")

    class Meta:
        """Each kind once in a chart; found by tenant, currency and kind."""

        constraints = (models.UniqueConstraint(fields=["tenant", "currency", "kind"], name="ledger_account_once"),)

    def __str__(self) -> str:
        """The kind and the balance."""
        return f"{self.kind} {self.balance} {self.currency}"


class Entry(models.Model):
    """An amount moved from the debit to the credit account of one chart: balanced because it is one row.

    Rows are added and read. Of one account they come in the order of ``(at, id)``: they are written under its lock, and
    ``at`` is PostgreSQL's time under it.
    """

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    currency = models.TextField()
    kind = models.TextField(help_text="top_up, adjustment, hold, post, void, return or fee")
    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    debit_balance = models.DecimalField(max_digits=28, decimal_places=4, help_text="Of the debit account, after it.")
    credit_balance = models.DecimalField(max_digits=28, decimal_places=4, help_text="Of the credit account, after it.")
    subject_id = models.UUIDField(
        help_text="What the money moved for: a payout, an attempt, a top-up, an adjustment or a return."
    )
    at = models.DateTimeField()

    class Meta:
        """Each side has an index for its account's statement and its balance at a past time."""

        indexes = (
            # WHERE debit_id = … AND (at, id) < … ORDER BY at DESC, id DESC
            models.Index(fields=["debit", "at", "id"], name="ledger_entry_debits"),
            # WHERE credit_id = … AND (at, id) < … ORDER BY at DESC, id DESC
            models.Index(fields=["credit", "at", "id"], name="ledger_entry_credits"),
        )

    def __str__(self) -> str:
        """The kind and the amount."""
        return f"{self.kind} {self.amount} {self.currency}"


class TopUp(models.Model):
    """Money that arrived for a tenant, told by whoever saw it arrive; rows are added and read."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.TextField()
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    external_id = models.TextField(null=True)  # noqa: DJ001 - NULL: none was given, and NULLs do not collide.
    comment = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        """The tenant's own id is that of one top-up."""

        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "external_id"],
                condition=models.Q(external_id__isnull=False),
                name="top_up_external_id_once",
            ),
        )

    def __str__(self) -> str:
        """The amount."""
        return f"top-up of {self.amount} {self.currency}"


class Adjustment(models.Model):
    """Money that was not the tenant's to pay out, taken by an operator; rows are added and read."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.TextField()
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    external_id = models.TextField()
    reason = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        """What it is about is adjusted for once."""

        constraints = (models.UniqueConstraint(fields=["tenant", "external_id"], name="adjustment_external_id_once"),)

    def __str__(self) -> str:
        """The amount."""
        return f"adjustment of {self.amount} {self.currency}"
