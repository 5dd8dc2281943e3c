"""Payouts, their attempts and the decisions about them: tables, constraints, and indexes with their queries."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from payouts_service.kit import ids


class Status(models.TextChoices):
    """The four public statuses; ``lifecycle.MOVES`` holds the ways between them."""

    CREATED = "created"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class Progress(models.TextChoices):
    """What is known of a payout in ``processing``."""

    IN_FLIGHT = "in_flight"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    RETRYING = "retrying"


class Payout(models.Model):
    """One request to pay one recipient. Only ``lifecycle`` writes ``status``."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.TextField()
    details_masked = models.JSONField(help_text="What may be shown of the recipient's details.")
    details_sealed = models.BinaryField(help_text="The recipient's details, sealed for this row and column.")
    recipient_index = models.BinaryField(
        null=True, help_text="The blind index of the recipient's account; NULL: made before there was one."
    )
    status = models.TextField(choices=Status.choices, default=Status.CREATED)
    blockers = ArrayField(models.TextField(), default=list)
    ready_at = models.DateTimeField(help_text="PostgreSQL's time from which the payout may be claimed.")
    scheduled_for = models.DateTimeField(null=True)
    connector = models.TextField()
    progress = models.TextField(choices=Progress.choices, null=True)  # noqa: DJ001 - NULL: nothing is in progress.
    failure_code = models.TextField(null=True)  # noqa: DJ001 - NULL: it has not failed.
    failure_party = models.TextField(null=True)  # noqa: DJ001 - as above.
    failure_message = models.TextField(null=True)  # noqa: DJ001 - as above.
    failure_retryable = models.BooleanField(null=True)
    open_attempt = models.ForeignKey(
        "payouts.PayoutAttempt", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    attempts = models.PositiveIntegerField(default=0)
    claimed_on = models.DateField(null=True, help_text="The UTC day on which it was claimed, and counts for limits.")
    possible_duplicate_of = models.UUIDField(
        null=True, help_text="An earlier payout of the same amount to the same account; for people's information."
    )
    next_attempt_at = models.DateTimeField(null=True, help_text="When a refused payout is tried again.")
    held = models.BooleanField(default=False, help_text="The ledger holds its amount: exactly while in processing.")
    returned_amount = models.DecimalField(
        max_digits=19, decimal_places=4, default=0, help_text="The sum of its returns; PostgreSQL lets it be no more."
    )
    comment = models.TextField(blank=True, default="")
    external_id = models.TextField(null=True)  # noqa: DJ001 - NULL: the tenant gave none, and NULLs do not collide.
    metadata = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """PostgreSQL refuses what the rules refuse; each index names its query."""

        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "external_id"], condition=Q(external_id__isnull=False), name="payout_external_id_once"
            ),
        )
        indexes = (
            # Claim: WHERE connector = … AND status = 'created' AND blockers = '{}' AND ready_at <= … ORDER BY ready_at
            models.Index(
                fields=["connector", "ready_at", "id"], condition=Q(status="created", blockers=[]), name="payout_ready"
            ),
            # Resume, sweep: WHERE tenant_id = … AND status = 'created' AND blockers @> '{paused}' ORDER BY ready_at, id
            models.Index(
                fields=["tenant", "ready_at", "id"],
                condition=Q(status="created", blockers__contains=["paused"]),
                name="payout_paused",
            ),
            # Release: WHERE tenant_id = … AND currency = … AND blockers @> '{funds}' ORDER BY ready_at, id
            models.Index(
                fields=["tenant", "currency", "ready_at", "id"],
                condition=Q(status="created", blockers__contains=["funds"]),
                name="payout_without_funds",
            ),
            # Catch up: WHERE (held AND finished_at IS NOT NULL) OR (status = 'processing' AND NOT held)
            models.Index(
                fields=["id"],
                condition=Q(held=True, finished_at__isnull=False) | Q(status="processing", held=False),
                name="payout_out_of_step",
            ),
            # Limits: WHERE tenant_id = … AND recipient_index = … AND claimed_on >= …
            models.Index(
                fields=["tenant", "recipient_index", "claimed_on"],
                condition=Q(recipient_index__isnull=False, claimed_on__isnull=False),
                name="payout_claimed_for",
            ),
            # Sweep: WHERE status = 'created' AND blockers @> '{limit}' AND ready_at <= … ORDER BY ready_at, id
            models.Index(
                fields=["ready_at", "id"],
                condition=Q(status="created", blockers__contains=["limit"]),
                name="payout_limited",
            ),
            # GET /api/payouts/: WHERE tenant_id = … ORDER BY created_at DESC, id DESC
            models.Index(F("tenant"), F("created_at").desc(), F("id").desc(), name="payout_newest"),
            # GET /api/payouts/?status=…: the same with AND status = …
            models.Index(
                F("tenant"), F("status"), F("created_at").desc(), F("id").desc(), name="payout_newest_by_status"
            ),
            # POST /api/payouts/search/: the same with AND recipient_index = …
            models.Index(
                F("tenant"),
                F("recipient_index"),
                F("created_at").desc(),
                F("id").desc(),
                condition=Q(recipient_index__isnull=False),
                name="payout_by_recipient",
            ),
            # Retry: WHERE connector = … AND progress = 'retrying' AND next_attempt_at <= … ORDER BY next_attempt_at, id
            models.Index(
                fields=["connector", "next_attempt_at", "id"], condition=Q(progress="retrying"), name="payout_retry"
            ),
            # Gauges at /metrics and the console: what is not finished, by status.
            models.Index(
                fields=["status", "progress"], condition=Q(finished_at__isnull=True), name="payout_unfinished"
            ),
        )

    def __str__(self) -> str:
        """The wire id and the status."""
        return f"{ids.to_text('po', self.id)} {self.status}"


class Usage(models.Model):
    """What of a tenant's payouts, claimed on one day in one currency, is processing or completed."""

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.TextField()
    day = models.DateField(help_text="Of UTC.")
    payouts = models.IntegerField()
    amount = models.DecimalField(max_digits=24, decimal_places=4)

    class Meta:
        """One row a day."""

        constraints = (models.UniqueConstraint(fields=["tenant", "currency", "day"], name="usage_once_a_day"),)

    def __str__(self) -> str:
        """The day and the sum."""
        return f"{self.day}: {self.payouts} payouts of {self.amount} {self.currency}"


class TenantLimit(models.Model):
    """A limit agreed with one tenant, in place of the settings' own."""

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False)
    rule = models.TextField(help_text="EUR.tenant.day.amount")
    value = models.DecimalField(max_digits=19, decimal_places=4, null=True, help_text="NULL: no limit.")

    class Meta:
        """One value for each rule."""

        constraints = (models.UniqueConstraint(fields=["tenant", "rule"], name="tenant_limit_once"),)

    def __str__(self) -> str:
        """The rule and its value."""
        return f"{self.rule} = {self.value}"


class PayoutAttempt(models.Model):
    """One submission of one payout to one connector, stored before anything is sent.

    ``claim_token`` is the fence: whoever writes after a call must still hold it. ``lease_until`` says until when a
    worker owns the attempt, ``next_inquiry_at`` from when another may ask after it, both in PostgreSQL's time.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    connector = models.TextField()
    reference = models.TextField(unique=True, help_text="Our name for the payment towards the rail (EndToEndId).")
    metadata = models.JSONField(default=dict, help_text="The payout's when it opened: one reference, one request.")
    provider_reference = models.TextField(null=True)  # noqa: DJ001 - NULL: the provider has given none.
    outcome = models.TextField(null=True)  # noqa: DJ001 - NULL: none is known yet.
    evidence = models.JSONField(default=dict, help_text="The provider's last answer, redacted.")
    acknowledged = models.BooleanField(default=False, help_text="The provider has said that it has the payment.")
    sends_again = models.BooleanField(default=False, help_text="The next claim submits the same reference again.")
    submitted_at = models.DateTimeField(null=True, help_text="By when its last submission had gone out, if it did.")
    inquiries = models.PositiveIntegerField(default=0, help_text="Answers so far that were no end; makes pauses grow.")
    not_found = models.PositiveIntegerField(default=0, help_text="How often in a row the provider did not have it.")
    claims = models.PositiveIntegerField(default=1, help_text="Claims since the last answer; too many park it.")
    claim_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    leased_for = models.TextField(null=True, help_text="submit or inquire")  # noqa: DJ001 - NULL: never leased.
    next_inquiry_at = models.DateTimeField(null=True)
    returns_due_at = models.DateTimeField(null=True, help_text="From when the provider is asked what has come back.")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """A payout has at most one open attempt."""

        constraints = (
            models.UniqueConstraint(fields=["payout", "number"], name="attempt_number_once"),
            models.UniqueConstraint(fields=["payout"], condition=Q(closed_at__isnull=True), name="attempt_open_once"),
        )
        indexes = (
            # The release before this one asks for inquiries by it; it goes with the next.
            models.Index(
                fields=["connector", "next_inquiry_at", "id"], condition=Q(closed_at__isnull=True), name="attempt_due"
            ),
            # Inquiry: WHERE connector = … AND sends_again = … AND next_inquiry_at <= … ORDER BY next_inquiry_at, id
            # Its condition is no other index's: else a planner whose statistics are old may walk attempt_open_once.
            models.Index(
                fields=["connector", "sends_again", "next_inquiry_at", "id"],
                condition=Q(next_inquiry_at__isnull=False),
                name="attempt_to_ask_or_send",
            ),
            # Returns: WHERE connector = … AND returns_due_at <= … AND closed_at IS NOT NULL ORDER BY returns_due_at, id
            models.Index(
                fields=["connector", "returns_due_at", "id"],
                condition=Q(returns_due_at__isnull=False),
                name="attempt_returns_due",
            ),
            # The console's search: WHERE provider_reference = …
            models.Index(
                fields=["provider_reference"],
                condition=Q(provider_reference__isnull=False),
                name="attempt_by_their_reference",
            ),
            # In flight: WHERE connector = … AND lease_until > … GROUP BY leased_for
            models.Index(
                fields=["connector", "lease_until", "leased_for"],
                condition=Q(lease_until__isnull=False),
                name="attempt_in_flight",
            ),
        )

    def __str__(self) -> str:
        """The reference and what is known."""
        return f"{self.reference} {self.outcome or 'open'}"


class Return(models.Model):
    """Money of a completed payout that came back, all or some of it; rows are added and read."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="returns", db_index=False)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    provider_reference = models.TextField(help_text="The provider's or the bank's name for it; the same once.")
    reason = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        """Each of the provider's names is taken once; the constraint's index finds a payout's returns."""

        constraints = (models.UniqueConstraint(fields=["payout", "provider_reference"], name="return_once"),)

    def __str__(self) -> str:
        """The amount."""
        return f"return of {self.amount}"


class ConnectorState(models.Model):
    """What all processes share about one connector; locked by whoever claims for it, so that they count rightly."""

    connector = models.TextField(primary_key=True)
    paused_at = models.DateTimeField(null=True, help_text="Since when nothing is submitted, by a person's word.")
    paused_by = models.TextField(blank=True, default="")
    pause_reason = models.TextField(blank=True, default="")
    failures = models.PositiveIntegerField(default=0, help_text="Submissions in a row of which nobody knows the end.")
    openings = models.PositiveIntegerField(
        default=0, help_text="How often in a row it was found ill; pauses grow with it."
    )
    ill_until = models.DateTimeField(null=True, help_text="Ill; from then on one submission at a time tries it.")
    tokens = models.FloatField(default=0, help_text="Calls that the rate limit allows at ``tokens_at``.")
    tokens_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """The connector's name."""
        return self.connector


class Exchange(models.Model):
    """One call about one attempt and what it brought, redacted; rows are added and read."""

    id = models.BigAutoField(primary_key=True)
    attempt = models.ForeignKey(PayoutAttempt, on_delete=models.PROTECT, related_name="exchanges")
    call = models.TextField(help_text="submit or inquire")
    outcome = models.TextField()
    evidence = models.JSONField(default=dict, help_text="What the provider answered, redacted.")
    late = models.BooleanField(default=False, help_text="It came after the attempt was taken or closed by others.")
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        """The call and its outcome."""
        return f"{self.call}: {self.outcome}"


class Callback(models.Model):
    """A call that a provider made to us, kept as it came; one row for each event of the provider's.

    Where the connector did not understand it, the event is named by the body's hash, and reference and outcome are
    empty; so is the body, once it was understood and kept under the provider's own name.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    connector = models.TextField()
    event_id = models.TextField(help_text="The provider's name for the event.")
    reference = models.TextField(help_text="Ours, of the payment that it is about.")
    outcome = models.TextField(help_text="What it says: accepted, confirmed, rejected or returned.")
    body_sealed = models.BinaryField(help_text="The body as it came, sealed for this row and column.")
    received_at = models.DateTimeField()

    class Meta:
        """Each event is taken once, however often it is sent."""

        constraints = (models.UniqueConstraint(fields=["connector", "event_id"], name="callback_once"),)
        # Settle, replay: WHERE connector = … AND reference IN … AND received_at >= …
        indexes = (models.Index(fields=["connector", "reference", "received_at"], name="callback_about"),)

    def __str__(self) -> str:
        """The event and what it says."""
        return f"{self.connector} {self.event_id}: {self.outcome}"


class Decision(models.Model):
    """A person's closing of an attempt, with what it rests on."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    attempt = models.OneToOneField(PayoutAttempt, on_delete=models.PROTECT, related_name="decision")
    outcome = models.TextField(help_text="confirmed or rejected")
    reason = models.TextField(blank=True)
    evidence_kind = models.TextField(blank=True)
    evidence_text = models.TextField(blank=True)
    actor_type = models.TextField()
    actor_id = models.TextField()
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        """The outcome and who decided."""
        return f"{self.outcome} by {self.actor_id}"
